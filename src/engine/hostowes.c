/* Where something may still run that a supervisor before this one has begun.
 *
 * A file in the state folder says that a node runs on a host: it is there from when that comes up
 * until it is known to have ended. It has a line of JSON, how the host is reached, and then, as
 * they begin there, a line for each actor: its name, and after how many milliseconds of silence its
 * process ends by itself (0: with its host's `alone`); of several of one name the last counts. A
 * supervisor that finds one waits with those actors until the host is heard of, or until what ran
 * there has ended. One that is not in its file any more is reached as it was, and is let go. */
#include "engine/events.h"
#include "engine/hostparts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWES_FILE_MAX = 16 * 1024 * 1024 };

struct owed {
    int64_t lease_ms;
    UT_hash_handle hh;
    char name[];
};

static void owes_path(const struct system *s, const char *host, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/hosts/%s", s->state_dir, host);
}

int64_t host_alone_ms(const struct host *h)
{
    const struct topo_host *c = h->conf;

    return c->alone_ms > c->down_after_ms ? c->alone_ms : c->down_after_ms;
}

/* --- the actors --- */

static void owed_clear(struct owed **all)
{
    struct owed *o, *next;

    HASH_ITER (hh, *all, o, next) {
        HASH_DEL(*all, o);
        free(o);
    }
}

/* False: it was known as that. */
static bool owed_set(struct owed **all, const char *name, int64_t lease_ms)
{
    struct owed *o = NULL;
    size_t len = strlen(name);

    HASH_FIND(hh, *all, name, len, o);
    bool same = o != NULL && o->lease_ms == lease_ms;
    if (o == NULL && (o = calloc(1, sizeof(*o) + len + 1)) != NULL) {
        memcpy(o->name, name, len + 1);
        HASH_ADD_KEYPTR(hh, *all, o->name, len, o);
    }
    if (o != NULL)
        o->lease_ms = lease_ms;
    return !same;
}

/* --- what a supervisor before has left --- */

/* Lines of NAME LEASE. */
static void owes_read_names(struct host *h, char *text)
{
    char *rest = text;

    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *lease = strchr(line, ' ');
        if (lease == NULL)
            continue;
        *lease = '\0';
        (void)owed_set(&h->owed, line, strtoll(lease + 1, NULL, 10));
    }
}

/* The file, ending with a NUL, the caller's; NULL: there is none that can be read. */
static char *owes_read(const struct system *s, const char *host)
{
    char path[PATH_MAX];
    struct stat st;

    owes_path(s, host, path, sizeof(path));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool fits = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < OWES_FILE_MAX;
    char *text = fits ? calloc(1, (size_t)st.st_size + 1) : NULL;
    if (text != NULL && read(fd, text, (size_t)st.st_size) < 0)
        text[0] = '\0';
    if (fd >= 0)
        (void)close(fd);
    return text;
}

void host_owes_begin(struct host *h)
{
    char *text = owes_read(h->sys, h->conf->name);
    char *names = text == NULL ? NULL : strchr(text, '\n');

    h->owes = text != NULL;
    h->since = loop_now(h->sys->loop);
    if (names != NULL)
        owes_read_names(h, names + 1);
    free(text);
}

/* How it was reached: words and texts are those of the JSON. */
static struct topo_host owes_described(const json_t *head, const char *name, char **launch,
                                       size_t most)
{
    const json_t *words = json_object_get(head, "launch"), *word;
    struct topo_host conf = {.name = name,
                             .ssh = json_string_value(json_object_get(head, "ssh")),
                             .dir = json_string_value(json_object_get(head, "dir")),
                             .join = json_is_true(json_object_get(head, "join")),
                             .launch = launch};
    size_t i;

    json_array_foreach(words, i, word)
    {
        if (json_is_string(word) && conf.n_launch < most)
            launch[conf.n_launch++] = (char *)json_string_value(word);
    }
    conf.alone_ms = json_integer_value(json_object_get(head, "alone_ms"));
    conf.down_after_ms = json_integer_value(json_object_get(head, "down_after_ms"));
    if (conf.down_after_ms <= 0)
        conf.down_after_ms = HOST_DOWN_AFTER_MS;
    return conf;
}

static void owes_find_one(struct system *s, const char *name)
{
    char *launch[LAUNCH_WORDS], *text = owes_read(s, name);
    json_t *head = text == NULL ? NULL : json_loadb(text, strcspn(text, "\n"), 0, NULL);
    const struct topo_host conf = owes_described(head, name, launch, LAUNCH_WORDS);
    struct host *h = NULL;

    if (conf.join || conf.ssh != NULL || conf.n_launch > 0)
        h = host_add(s, &conf);
    if (h != NULL)
        h->by_hand = true;
    if (h != NULL && !conf.join)
        host_go(h);
    json_decref(head);
    free(text);
}

void hosts_owes_find(struct system *s)
{
    char path[PATH_MAX];
    const struct dirent *entry;

    owes_path(s, "", path, sizeof(path));
    DIR *dir = s->topology->single ? NULL : opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && hosts_find(s, entry->d_name) == NULL)
            owes_find_one(s, entry->d_name);
    if (dir != NULL)
        (void)closedir(dir);
}

void host_owes_look(struct host *h)
{
    int64_t heard = h->contact > h->since ? h->contact : h->since;

    if (!h->owes || trunk_attached(h->trunk) || loop_now(h->sys->loop) - heard < host_alone_ms(h))
        return;
    host_owes_nothing(h);
    if (h->by_hand && h->conf->join) /* of before: nobody waits for it */
        host_go(h);
    loop_task_queue(&h->sys->changed);
}

/* Can its process there have ended by itself by now? */
static bool owes_is_over(const struct host *h, const struct owed *o)
{
    return o->lease_ms > 0 && loop_now(h->sys->loop) - h->since >= o->lease_ms;
}

/* One of this name is still to end there. */
static bool owes_stray(const struct host *h, const char *name)
{
    if (h->n_strays == 0 || !host_may_run(h))
        return false;
    for (const struct post *p = h->posts; p != NULL; p = p->hh.next)
        if (p->stray != NULL && strcmp(p->stray, name) == 0)
            return true;
    return false;
}

const struct host *hosts_owed(const struct member *m)
{
    const struct topo_actor *c = m->actor->conf;
    struct owed *o = NULL;

    for (const struct host *h = m->actor->sys->hosts; h != NULL; h = h->next) {
        if (owes_stray(h, c->name))
            return h;
        if (!h->owes || (c->on.kind == TOPO_ON_HOST && host_fits(h, &c->on)))
            continue;
        HASH_FIND(hh, h->owed, c->name, strlen(c->name), o);
        if (o != NULL && !owes_is_over(h, o))
            return h;
    }
    return NULL;
}

/* --- what this one leaves --- */

static void owes_failed(const struct host *h, const char *path)
{
    struct err e;

    (void)err_errno(&e, "%s", path);
    event_system(h->sys, "host.unmarked", "host=%s reason=\"%s\"", h->conf->name, e.text);
}

static void owes_write(const struct host *h, int flags, const struct bytes *text)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/hosts", h->sys->state_dir);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        owes_failed(h, path);
        return;
    }
    owes_path(h->sys, h->conf->name, path, sizeof(path));
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (fd < 0 || write(fd, bytes_at(text), bytes_len(text)) != (ssize_t)bytes_len(text))
        owes_failed(h, path);
    if (fd >= 0)
        (void)close(fd);
}

static char *owes_head(const struct topo_host *c)
{
    json_t *launch = json_array();

    for (size_t i = 0; i < c->n_launch; i++)
        (void)json_array_append_new(launch, json_string(c->launch[i]));
    json_t *head = json_pack("{s:s?,s:o,s:s?,s:b,s:I,s:I}", "ssh", c->ssh, "launch", launch, "dir",
                             c->dir, "join", (int)c->join, "alone_ms", (json_int_t)c->alone_ms,
                             "down_after_ms", (json_int_t)c->down_after_ms);
    char *text = head == NULL ? NULL : json_dumps(head, JSON_COMPACT);
    json_decref(head);
    return text;
}

/* Notes one more; true: it is new, and its line is in text. */
static bool owes_note(struct host *h, const struct member *m, struct bytes *text)
{
    int64_t lease = post_lease(m->actor->conf);

    return owed_set(&h->named, m->actor->conf->name, lease) &&
           bytes_printf(text, "%s %" PRId64 "\n", m->actor->conf->name, lease) == 0;
}

void host_owes_name(struct host *h, const struct member *m)
{
    struct bytes text;

    bytes_init(&text);
    if (owes_note(h, m, &text))
        owes_write(h, O_APPEND, &text);
    bytes_release(&text);
}

void host_owes_keep(struct host *h)
{
    char *head = owes_head(h->conf);
    struct bytes text;

    h->owes = false;
    owed_clear(&h->owed);
    owed_clear(&h->named);
    bytes_init(&text);
    (void)bytes_printf(&text, "%s\n", head == NULL ? "{}" : head);
    for (const struct post *p = h->posts; p != NULL; p = p->hh.next)
        if (p->process != NULL)
            (void)owes_note(h, post_member(p), &text);
    owes_write(h, O_TRUNC, &text);
    bytes_release(&text);
    free(head);
}

void host_owes_nothing(struct host *h)
{
    char path[PATH_MAX];

    h->owes = false;
    owes_path(h->sys, h->conf->name, path, sizeof(path));
    (void)unlink(path);
}

void host_owes_free(struct host *h)
{
    owed_clear(&h->owed);
    owed_clear(&h->named);
}
