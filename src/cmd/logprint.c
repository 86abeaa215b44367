#include "cmd/logprint.h"

#include <stdint.h>
#include <string.h>

#define LOGPRINT_TIME_LEN 27

/* The same colour for every member of a pool, and for the same actor in every run. */
static const char *logprint_colour(const char *origin, size_t olen)
{
    static const char *const palette[] = {"36", "33", "32", "35", "34",
                                          "96", "93", "92", "95", "94"};
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < olen && origin[i] != '/'; i++)
        hash = (hash ^ (unsigned char)origin[i]) * 16777619u;
    return palette[hash % (sizeof palette / sizeof palette[0])];
}

void logprint_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                   const char *text, size_t tlen)
{
    struct logprint *p = arg;
    if ((int)olen > p->width)
        p->width = (int)olen;
    if (p->times)
        fprintf(p->out, "%.*s ", LOGPRINT_TIME_LEN, time);
    if (p->colour)
        fprintf(p->out, "\033[%sm%-*.*s %c\033[0m ", logprint_colour(origin, olen), p->width,
                (int)olen, origin, mark);
    else
        fprintf(p->out, "%-*.*s %c ", p->width, (int)olen, origin, mark);
    fwrite(text, 1, tlen, p->out);
    putc('\n', p->out);
}
