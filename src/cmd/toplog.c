#include "cmd/toplog.h"

#include "cmd/topscreen.h"
#include "io/logfile.h"
#include "io/rundir.h"
#include "model/address.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPLOG_LINES 5000   /* that are kept */
#define TOPLOG_HISTORY 1000 /* that are there at first */
#define TOPLOG_CLOCK 11     /* where in the time of a line its hour begins */

struct toplog {
    char address[ADDRESS_MAX + 1], name[ADDRESS_MAX + 1];
    struct logtail *tail;
    char *lines[TOPLOG_LINES]; /* a ring; owned */
    size_t first, n;
    size_t at;       /* the first line that is shown, when it does not follow */
    bool looks_back; /* it does not follow */
    size_t shift;    /* columns that are left out in front */
    size_t page;     /* lines that the screen had room for */
};

static bool toplog_pick(void *arg, const char *name)
{
    const struct toplog *l = arg;
    return strcmp(name, l->name) == 0;
}

static void toplog_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                        const char *text, size_t tlen)
{
    struct toplog *l = arg;
    bool member = strchr(l->address, '/') != NULL;
    if (member && (strlen(l->address) != olen || strncmp(l->address, origin, olen) != 0))
        return;
    char *line = NULL;
    if (asprintf(&line, "%.8s %.*s %c %.*s", time + TOPLOG_CLOCK, (int)olen, origin, mark,
                 (int)tlen, text) < 0)
        return;
    for (char *tab = line; (tab = strchr(tab, '\t')) != NULL;)
        *tab = ' ';
    if (l->n == TOPLOG_LINES) {
        free(l->lines[l->first]);
        l->first = (l->first + 1) % TOPLOG_LINES;
        l->n--;
        l->at -= l->at > 0;
    }
    l->lines[(l->first + l->n++) % TOPLOG_LINES] = line;
}

int toplog_open(const char *system, const char *address, struct toplog **out, struct err *e)
{
    char state[PATH_MAX], dir[PATH_MAX];
    int rc = rundir_state(system, false, state, sizeof state, e);
    if (rc != 0)
        return rc;
    if ((size_t)snprintf(dir, sizeof dir, "%s/logs", state) >= sizeof dir)
        return err_set(e, ERR_TOO_LARGE, "the path of the logs is too long");
    struct toplog *l = calloc(1, sizeof *l);
    if (l == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    (void)snprintf(l->address, sizeof l->address, "%s", address);
    (void)snprintf(l->name, sizeof l->name, "%.*s", (int)strcspn(address, "/"), address);
    l->tail = logtail_new(dir, TOPLOG_HISTORY, toplog_pick, toplog_line, l, e);
    if (l->tail == NULL) {
        rc = e->code;
        free(l);
        return rc;
    }
    toplog_drain(l);
    *out = l;
    return 0;
}

void toplog_close(struct toplog *l)
{
    if (l == NULL)
        return;
    logtail_free(l->tail);
    for (size_t i = 0; i < l->n; i++)
        free(l->lines[(l->first + i) % TOPLOG_LINES]);
    free(l);
}

int toplog_fd(const struct toplog *l)
{
    return logtail_fd(l->tail);
}

void toplog_drain(struct toplog *l)
{
    (void)logtail_drain(l->tail);
}

static size_t toplog_end(const struct toplog *l)
{
    return l->n > l->page ? l->n - l->page : 0;
}

void toplog_move(struct toplog *l, long lines, long columns)
{
    long end = (long)toplog_end(l), at = (l->looks_back ? (long)l->at : end) + lines;
    l->at = at > 0 ? (size_t)(at < end ? at : end) : 0;
    l->looks_back = at < end;
    l->shift = (long)l->shift + columns > 0 ? (size_t)((long)l->shift + columns) : 0;
}

/* Left out in front are whole characters, each of one column as far as this goes. */
static const char *toplog_shifted(const char *line, size_t shift)
{
    for (; shift > 0 && *line != '\0'; shift--)
        for (line++; ((unsigned char)*line & 0xC0) == 0x80;)
            line++;
    return line;
}

void toplog_draw(struct toplog *l)
{
    int height, width;
    char title[ADDRESS_MAX + 64];
    topscreen_size(&height, &width);
    l->page = height > 2 ? (size_t)(height - 2) : 0;
    size_t at = l->looks_back ? l->at : toplog_end(l);
    (void)snprintf(title, sizeof title, "log of %s%s", l->address,
                   l->looks_back ? "" : " (following)");
    topscreen_begin();
    topscreen_text(0, 0, width, TOPLOOK_BAR, title);
    if (l->n == 0 && l->page > 0)
        topscreen_text(1, 0, width, TOPLOOK_PLAIN, "(nothing yet)");
    for (size_t i = 0; i < l->page && at + i < l->n; i++) {
        const char *line = l->lines[(l->first + at + i) % TOPLOG_LINES];
        topscreen_text((int)i + 1, 0, width, TOPLOOK_PLAIN, toplog_shifted(line, l->shift));
    }
    topscreen_text(height - 1, 0, width, TOPLOOK_BAR,
                   "q back  Up Down PgUp PgDn Home End  Left Right");
    topscreen_show(-1, 0);
}
