/* What the state folder remembers of copies, as one line of the file `copies`: which generation
 * counts and the host that has it, the one that was begun last, and where others may have
 * something. */
#include "engine/copiesparts.h"
#include "engine/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COPIES_OPEN "open"

static void copies_path(const struct system *s, const char *suffix, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/copies%s", s->state_dir, suffix);
}

static bool copies_write(const struct copies *c, const char *path)
{
    const struct copies_file *is = &c->file;
    FILE *f = fopen(path, "we");

    if (f == NULL)
        return false;
    bool written =
        fprintf(f, "%" PRIu64 " %s %" PRIu64, is->generation, is->host, is->begun) > 0 &&
        (!c->open || fprintf(f, " " COPIES_OPEN " %" PRIu64 " %" PRIu64, is->from, is->to) > 0) &&
        fputc('\n', f) != EOF;
    return fclose(f) == 0 && written;
}

bool copies_remember(struct copies *c)
{
    char path[4096], fresh[4096];
    bool told = !c->remembered;

    copies_path(c->sys, "", path, sizeof(path));
    copies_path(c->sys, ".new", fresh, sizeof(fresh));
    c->remembered = copies_write(c, fresh) && rename(fresh, path) == 0;
    if (!c->remembered && !told) {
        struct err e;
        (void)err_errno(&e, "%s", path);
        event_system(c->sys, "mail.unmarked", "reason=\"%s\"", e.text);
    }
    return c->remembered;
}

bool copies_counts(struct copies *c)
{
    c->file.generation = c->generation;
    (void)snprintf(c->file.host, sizeof(c->file.host), "%s", c->host->conf->name);
    return copies_remember(c);
}

bool copies_read(const struct system *s, struct copies_file *is, bool *open)
{
    char path[4096], word[8] = "";

    *is = (struct copies_file){.host = COPIES_ANY, .to = UINT64_MAX};
    *open = false;
    copies_path(s, "", path, sizeof(path));
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    _Static_assert(sizeof(is->host) == 256, "as many as are read, and a NUL");
    int n = fscanf(f, "%" SCNu64 " %255s %" SCNu64 " %7s %" SCNu64 " %" SCNu64, &is->generation,
                   is->host, &is->begun, word, &is->from, &is->to);
    (void)fclose(f);
    *open = n == 6 && strcmp(word, COPIES_OPEN) == 0;
    if (n < 2)
        (void)snprintf(is->host, sizeof(is->host), "%s", COPIES_ANY);
    return n >= 2;
}

bool copies_are_left(const struct system *s)
{
    struct copies_file is;
    bool open = false;

    return copies_read(s, &is, &open) && strcmp(is.host, COPIES_NONE) != 0;
}
