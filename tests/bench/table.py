"""Figures beside each other: measured in turn, as one table of Markdown."""

import os
import platform
import statistics
import sys

from peers import Missing


def rate(x):
    """Messages a second."""
    return f"{x / 1e6:.2f} M/s" if x < 1e7 else f"{x / 1e6:.1f} M/s"


def span(x):
    """Seconds."""
    return f"{x * 1e6:.1f} us" if x < 1e-3 else f"{x * 1e3:.1f} ms"


class Bound:
    """What a row must show, in words and as a check of the figure and its ratio."""

    def __init__(self, text, check):
        self.text, self.check = text, check


def at_least(ratio):
    return Bound(f"at least {ratio:g}", lambda figure, r: r >= ratio)


def at_most(ratio):
    return Bound(f"at most {ratio:g}", lambda figure, r: r <= ratio)


def figure_at_least(figure, text):
    return Bound(f"at least {text}", lambda f, r: f >= figure)


def figure_at_most(figure, text):
    return Bound(f"at most {text}", lambda f, r: f <= figure)


class Table:
    HEAD = ["what", "actorsup", "beside", "ratio (min to max)", "required"]

    def __init__(self):
        self.rows = []
        self.short = False

    def row(self, *cells, bound=None, figure=None, ratio=None):
        required = ""
        if bound is not None:
            met = bound.check(figure, ratio)
            required = f"{bound.text}: {'yes' if met else 'NO'}"
            self.short = self.short or not met
        cells = list(cells) + [""] * (4 - len(cells))
        self.rows.append([*cells, required])
        print(f"bench: {cells[0]}: {cells[1]}; {cells[2]}; {cells[3]} {required}", file=sys.stderr)

    def pair(self, form, name, own, beside, theirs, bound=None):
        """One of ours and a peer, measured in the same rounds."""
        figure = statistics.median(own)
        ratios = [a / b for a, b in zip(own, theirs)]
        ratio = statistics.median(ratios)
        self.row(name, form(figure), f"{beside} {form(statistics.median(theirs))}",
                 f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                 bound=bound, figure=figure, ratio=ratio)

    def show(self):
        rows = [self.HEAD] + self.rows
        width = [max(len(row[i]) for row in rows) for i in range(len(self.HEAD))]
        rows.insert(1, ["-" * w for w in width])
        for row in rows:
            print("| " + " | ".join(c.ljust(w) for c, w in zip(row, width)) + " |")


def in_turn(place, pairs, measures):
    """The figures of each measure (a name, a function), by name: in each round all in turn. In the
    place of those of a peer that is not installed stands the word that says so."""
    figures = {name: [] for name, _ in measures}
    for _ in range(pairs):
        for name, measure in measures:
            try:
                if isinstance(figures[name], list):
                    figures[name].append(measure(place))
            except Missing as package:
                figures[name] = f"{name}: {package} is not installed"
    return figures


def compare(table, place, pairs, form, ours, peers, bounds=None):
    """A row for each of ours with each peer. bounds: by both names."""
    figures = in_turn(place, pairs, ours + peers)
    for name, _ in ours:
        for beside, _ in peers:
            if isinstance(figures[beside], str):
                table.row(name, form(statistics.median(figures[name])), figures[beside])
            else:
                table.pair(form, name, figures[name], beside, figures[beside],
                           (bounds or {}).get((name, beside)))


def cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def machine(date, pairs):
    return (f"{date}, {os.cpu_count()} cores ({cpu()}), Linux {platform.release()}, "
            f"{pairs} rounds")
