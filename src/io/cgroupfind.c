/* Where our cgroups are, from what /proc says. Pure. */
#include "io/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A field of a line: not ended by NUL. */
struct cgroup_field {
    const char *at;
    size_t len;
};

static bool cgroup_is(struct cgroup_field f, const char *text)
{
    return strlen(text) == f.len && memcmp(f.at, text, f.len) == 0;
}

/* Is word among those of a list with commas (or blanks) between? */
static bool cgroup_among(struct cgroup_field list, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < list.len;) {
        size_t n = 0;
        while (i + n < list.len && strchr(", \n", list.at[i + n]) == NULL)
            n++;
        if (n == len && memcmp(list.at + i, word, n) == 0)
            return true;
        i += n + 1;
    }
    return false;
}

/* The next field of a line, up to a blank; false at the line's end. */
static bool cgroup_next(const char **line, struct cgroup_field *f)
{
    const char *p = *line + strspn(*line, " ");

    f->at = p;
    f->len = strcspn(p, " \n");
    *line = p + f->len;
    return f->len > 0;
}

/* A line of mountinfo: "36 35 98:0 ROOT POINT OPTIONS TAGS... - TYPE SOURCE SUPER". */
struct cgroup_mount {
    struct cgroup_field root, point, type, super;
};

static bool cgroup_read_mount(const char *line, struct cgroup_mount *m)
{
    struct cgroup_field f;

    for (int i = 0; i < 3; i++)
        if (!cgroup_next(&line, &f))
            return false;
    if (!cgroup_next(&line, &m->root) || !cgroup_next(&line, &m->point))
        return false;
    do {
        if (!cgroup_next(&line, &f))
            return false;
    } while (!cgroup_is(f, "-"));
    return cgroup_next(&line, &m->type) && cgroup_next(&line, &f) && cgroup_next(&line, &m->super);
}

/* Our path in the hierarchy with this controller ("": version 2), from lines "ID:LIST:PATH". */
static bool cgroup_own(const char *own, const char *controller, struct cgroup_field *path)
{
    for (const char *line = own; *line != '\0'; line += strspn(line, "\n")) {
        size_t len = strcspn(line, "\n");
        const char *list = memchr(line, ':', len);
        const char *at =
            list == NULL ? NULL : memchr(list + 1, ':', len - (size_t)(list + 1 - line));
        if (at != NULL) {
            struct cgroup_field f = {list + 1, (size_t)(at - list - 1)};
            if (*controller == '\0' ? f.len == 0 : cgroup_among(f, controller)) {
                *path = (struct cgroup_field){at + 1, len - (size_t)(at + 1 - line)};
                return true;
            }
        }
        line += len;
    }
    return false;
}

static bool cgroup_octal(const char *p, char *out)
{
    for (int i = 1; i <= 3; i++)
        if (p[i] < '0' || p[i] > '7')
            return false;
    *out = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
    return true;
}

/* The mount shows the hierarchy from its root on; our path is below that, or it does not show us.
 * Blanks in it are written \040. */
static bool cgroup_join(const struct cgroup_mount *m, struct cgroup_field path, char *dir,
                        size_t size)
{
    size_t n = 0;

    if (!cgroup_is(m->root, "/")) {
        if (path.len < m->root.len || memcmp(path.at, m->root.at, m->root.len) != 0 ||
            (path.len > m->root.len && path.at[m->root.len] != '/'))
            return false;
        path.at += m->root.len;
        path.len -= m->root.len;
    }
    if (memmem(path.at, path.len, "/..", 3) != NULL || m->point.len + path.len + 1 > size)
        return false;
    for (size_t i = 0; i < m->point.len; i++, n++) {
        dir[n] = m->point.at[i];
        if (dir[n] == '\\' && m->point.len - i > 3 && cgroup_octal(m->point.at + i, &dir[n]))
            i += 3;
    }
    if (!cgroup_is(path, "/")) {
        memcpy(dir + n, path.at, path.len);
        n += path.len;
    }
    dir[n] = '\0';
    return true;
}

static bool cgroup_find_one(const char *mountinfo, const char *own, const char *controller,
                            struct cgroup_place *out)
{
    struct cgroup_field path;

    if (!cgroup_own(own, controller, &path))
        return false;
    for (const char *line = mountinfo; *line != '\0'; line += strspn(line, "\n")) {
        struct cgroup_mount m;
        if (cgroup_read_mount(line, &m) &&
            (*controller == '\0'
                 ? cgroup_is(m.type, "cgroup2")
                 : cgroup_is(m.type, "cgroup") && cgroup_among(m.super, controller)) &&
            cgroup_join(&m, path, out->dir, sizeof(out->dir)))
            return true;
        line += strcspn(line, "\n");
    }
    return false;
}

size_t cgroup_find(const char *mountinfo, const char *own,
                   struct cgroup_place places[CGROUP_PLACES])
{
    static const struct {
        const char *controller;
        unsigned roles;
    } kinds[CGROUP_PLACES] = {{"", CGROUP_KILL}, {"memory", CGROUP_MEMORY}, {"pids", CGROUP_PIDS}};
    size_t n = 0;

    for (size_t i = 0; i < CGROUP_PLACES; i++) {
        if (!cgroup_find_one(mountinfo, own, kinds[i].controller, &places[n]))
            continue;
        places[n].v2 = *kinds[i].controller == '\0';
        places[n].roles = kinds[i].roles;
        n++;
    }
    return n;
}

unsigned cgroup_controllers(const char *text)
{
    struct cgroup_field f = {text, strlen(text)};

    return CGROUP_KILL | (cgroup_among(f, "memory") ? CGROUP_MEMORY : 0u) |
           (cgroup_among(f, "pids") ? CGROUP_PIDS : 0u);
}

size_t cgroup_choose(struct cgroup_place places[], size_t n, unsigned wanted)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        places[i].roles &= wanted;
        wanted &= ~places[i].roles;
        if (places[i].roles != 0 && kept++ != i)
            places[kept - 1] = places[i];
    }
    return kept;
}

uint64_t cgroup_number(const char *text, const char *key)
{
    size_t len = strlen(key);

    for (const char *line = text; *line != '\0'; line += strspn(line, "\n")) {
        if (strncmp(line, key, len) == 0 && line[len] == ' ')
            return strtoull(line + len + 1, NULL, 10);
        line += strcspn(line, "\n");
    }
    return 0;
}
