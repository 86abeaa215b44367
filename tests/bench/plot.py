"""A plot of throughput against the size of a message, both logarithmic, as SVG."""

import math

WIDTH, HEIGHT = 760, 480
LEFT, RIGHT, TOP, BOTTOM = 72, 168, 56, 64
# Of the Okabe-Ito palette, which those can tell apart who see few colours.
COLOURS = ["#0072B2", "#D55E00", "#555555", "#009E73", "#CC79A7", "#E69F00"]
LABEL_GAP = 15


def size_text(size):
    for unit, name in (1 << 20, "MiB"), (1 << 10, "KiB"):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} B"


def rate_text(rate):
    for unit, name in (1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"):
        if rate >= unit:
            return f"{rate / unit:g} {name}"
    return f"{rate:g} B/s"


class Axes:
    def __init__(self, series):
        sizes = [x for points in series.values() for x, _ in points]
        rates = [y for points in series.values() for _, y in points]
        self.sizes = sorted(set(sizes))
        self.low, self.high = math.log2(min(sizes)), math.log2(max(sizes))
        self.bottom, self.top = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))

    def x(self, size):
        return LEFT + (math.log2(size) - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT)

    def y(self, rate):
        return HEIGHT - BOTTOM - ((math.log10(rate) - self.bottom) / (self.top - self.bottom) *
                                  (HEIGHT - TOP - BOTTOM))


def text(x, y, words, more=""):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{words}</text>'


def grid(axes):
    for power in range(axes.bottom, axes.top + 1):
        y = axes.y(10 ** power)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield text(LEFT - 8, y + 4, rate_text(10.0 ** power), 'text-anchor="end"')
    for size in axes.sizes:
        x = axes.x(size)
        yield f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>'
        yield text(x, HEIGHT - BOTTOM + 18, size_text(size), 'text-anchor="middle"')
    yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 42, "size of a message",
               'text-anchor="middle"')


def labels(axes, series):
    """Where the name of each stands, beside its last point and not over another."""
    places, last = {}, None
    for name in sorted(series, key=lambda n: axes.y(series[n][-1][1])):
        y = axes.y(series[name][-1][1]) + 4
        if last is not None and y < last + LABEL_GAP:
            y = last + LABEL_GAP
        places[name] = last = y
    return places


def draw(title, subtitle, series):
    """series: by name, points of size in bytes and rate in bytes a second. The SVG."""
    axes = Axes(series)
    places = labels(axes, series)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(LEFT, 24, title, 'font-size="16" font-weight="bold"'),
           text(LEFT, 42, subtitle, 'fill="#666"')]
    out += grid(axes)
    for (name, points), colour in zip(series.items(), COLOURS):
        path = "L".join(f"{axes.x(x):.1f} {axes.y(y):.1f}" for x, y in points)
        wide = 3 if name.startswith("actorsup") else 1.5
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{wide}"/>')
        out += [f'<circle cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="{wide}" fill="{colour}"/>'
                for x, y in points]
        out.append(text(WIDTH - RIGHT + 10, places[name], name, f'fill="{colour}"'))
    return "\n".join(out + ["</svg>"]) + "\n"
