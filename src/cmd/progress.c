#include "cmd/progress.h"

#include "base/units.h"
#include "cmd/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_EVERY_MS 200
#define PROGRESS_AFTER_MS 1000
#define PROGRESS_BAR 20

void progress_init(struct progress *p, int wanted, uint64_t total)
{
    int64_t now = cmd_now();
    *p = (struct progress){
        .on = wanted > 0 || (wanted == 0 && isatty(STDERR_FILENO)),
        .start = now,
        .due = now + (wanted > 0 ? PROGRESS_EVERY_MS : PROGRESS_AFTER_MS),
        .total = total,
    };
}

int progress_wait(const struct progress *p, int64_t now)
{
    if (!p->on)
        return -1;
    return p->due > now ? (int)(p->due - now) : 0;
}

static void progress_bar(const struct progress *p, int64_t now, uint64_t done)
{
    char bar[PROGRESS_BAR + 1], left[32];
    if (done > p->total)
        done = p->total;
    double share = (double)done / (double)p->total;
    for (int i = 0; i < PROGRESS_BAR; i++)
        bar[i] = i < (int)(share * PROGRESS_BAR) ? '#' : '.';
    bar[PROGRESS_BAR] = '\0';
    fprintf(stderr, "  [%s] %3d%%", bar, (int)(share * 100));
    if (share > 0)
        fprintf(stderr, "  %s left",
                units_age_text((int64_t)((double)(now - p->start) * (1 - share) / share), left,
                               sizeof left));
}

void progress_draw(struct progress *p, int64_t now, uint64_t messages, uint64_t done)
{
    if (!p->on || now < p->due)
        return;
    double seconds = (double)(now - p->start) / 1000;
    fprintf(stderr, "\r%s: %" PRIu64 " accepted, %.0f/s", cmd_program, messages,
            seconds > 0 ? (double)messages / seconds : 0.0);
    if (p->total > 0)
        progress_bar(p, now, done);
    fputs("\033[K", stderr);
    p->shown = true;
    p->due = now + PROGRESS_EVERY_MS;
}

void progress_text(struct progress *p, int64_t now, const char *text, uint64_t done, uint64_t total)
{
    p->due = now + PROGRESS_EVERY_MS;
    p->total = total;
    if (!p->on || (*text == '\0' && !p->shown))
        return;
    fprintf(stderr, "\r%s%s%s", *text == '\0' ? "" : cmd_program, *text == '\0' ? "" : ": ", text);
    if (total > 0)
        progress_bar(p, now, done);
    fputs("\033[K", stderr);
    p->shown = *text != '\0';
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
