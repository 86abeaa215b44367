/* What `run` means: the program is found, and can be executed, before anything is started. */
#include "base/err.h"
#include "config/topoload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOPORUN_LOOKS_MAX = 1000000, TOPORUN_HEAD = 256 };

/* A command word looked up once. */
struct toporun_known {
    const char *word; /* as looked up: bare, or an absolute path */
    const char *program;
    const char *why; /* it cannot be executed, or NULL */
    UT_hash_handle hh;
};

struct toporun {
    struct topo_load *l;
    struct toporun_known *known;
    const char *path; /* PATH of this process */
    bool path_fixed;  /* it has no part that depends on a folder */
    unsigned long looks;
};

static bool toporun_is_fixed(const char *path)
{
    for (const char *p = path;; p++) {
        if (*p != '/')
            return false;
        p = strchr(p, ':');
        if (p == NULL)
            return true;
    }
}

/* Words on why a file cannot be executed; NULL when it can. */
static const char *toporun_mode(const char *program)
{
    struct stat st;

    if (stat(program, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? "there is no such file" : strerror(errno);
    if (S_ISDIR(st.st_mode))
        return "it is a folder";
    if (!S_ISREG(st.st_mode))
        return "it is no file";
    if (faccessat(AT_FDCWD, program, X_OK, AT_EACCESS) != 0)
        return errno == EACCES ? "it is not executable (chmod +x)" : strerror(errno);
    return NULL;
}

/* A file that begins like a text must name its interpreter. */
static const char *toporun_head(char *head, size_t n)
{
    if (n >= 2 && head[0] == '#' && head[1] == '!') {
        char *name = head + 2 + strspn(head + 2, " \t");
        name[strcspn(name, " \t\r\n")] = '\0';
        if (*name == '\0')
            return "its #! line names no interpreter";
        return *name == '/' && access(name, X_OK) != 0
                   ? "the interpreter of its #! line is not there"
                   : NULL;
    }
    for (size_t i = 0; i < 4 && i < n; i++)
        if ((head[i] < ' ' || head[i] > '~') && strchr("\t\r\n", head[i]) == NULL)
            return NULL;
    return "it is neither a program nor a script with a #! line";
}

static bool toporun_is_object(const char *word)
{
    size_t n = strlen(word);

    return n > 3 && strcmp(word + n - 3, ".so") == 0;
}

static const char *toporun_verdict(const char *program)
{
    const char *why = toporun_mode(program);
    char head[TOPORUN_HEAD + 1] = {0};
    int fd;
    ssize_t n;

    if (why != NULL)
        return why;
    /* One that may be executed and not read is no fault. */
    if ((fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
        return NULL;
    n = read(fd, head, TOPORUN_HEAD);
    (void)close(fd);
    return n < 0 ? NULL : toporun_head(head, (size_t)n);
}

/* The program of a bare word on a PATH, in the arena of the result; NULL when there is none.
 * What is there and cannot be executed counts when nothing better comes. */
static const char *toporun_search(struct toporun *r, const char *word, const char *path,
                                  const char *cwd)
{
    char best[PATH_MAX] = "", try[PATH_MAX];

    while (path != NULL && r->looks++ < TOPORUN_LOOKS_MAX) {
        size_t n = strcspn(path, ":");
        struct stat st;
        int len = snprintf(try, sizeof(try), "%s%s%.*s/%s", *path == '/' ? "" : cwd,
                           *path == '/' || n == 0 ? "" : "/", (int)(n < PATH_MAX ? n : PATH_MAX),
                           path, word);
        path = path[n] == '\0' ? NULL : path + n + 1;
        if (len < 0 || (size_t)len >= sizeof(try) || stat(try, &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        if (faccessat(AT_FDCWD, try, X_OK, AT_EACCESS) == 0)
            return schema_keep(&r->l->s, try, strlen(try));
        if (best[0] == '\0')
            memcpy(best, try, (size_t)len + 1);
    }
    return best[0] == '\0' ? NULL : schema_keep(&r->l->s, best, strlen(best));
}

static struct toporun_known *toporun_look(struct toporun *r, const struct topo_draft *d,
                                          const char *word)
{
    const char *own = topo_env_get(&d->a, "PATH");
    bool bare = strchr(word, '/') == NULL, keep = !bare || (own == NULL && r->path_fixed);
    struct toporun_known *k = NULL;

    if (keep)
        HASH_FIND_STR(r->known, word, k);
    if (k != NULL || (k = topo_scratch(r->l, sizeof(*k))) == NULL)
        return k;
    k->word = word;
    k->program = bare ? toporun_search(r, word, own == NULL ? r->path : own, d->a.cwd) : word;
    k->why = k->program == NULL ? "it is not on PATH" : toporun_verdict(k->program);
    if (k->why != NULL)
        k->why = schema_keep(&r->l->s, k->why, strlen(k->why));
    if (keep) {
        HASH_ADD_KEYPTR(hh, r->known, k->word, strlen(k->word), k);
        r->l->s.nomem = r->l->s.nomem || k->hh.tbl == NULL;
    }
    return k;
}

/* The fault of a program that cannot be executed, with what may have been meant. */
static void toporun_fault(struct toporun *r, const char *word, const struct ynode *at,
                          const char *why)
{
    const char *here;
    bool meant = false;

    if (!faults_fresh(r->l->s.faults, at->line, at->col))
        return;
    if (strchr(word, '/') == NULL && (here = topo_path(r->l, r->l->own->t.dir, word)) != NULL)
        meant = access(here, X_OK) == 0;
    if (meant)
        schema_fault(&r->l->s, at, "cannot run `%.*s`: %s (did you mean `./%.*s`?)", TOPO_SHOWN,
                     word, why, TOPO_SHOWN, word);
    else
        schema_fault(&r->l->s, at, "cannot run `%.*s`: %s", TOPO_SHOWN, word, why);
}

/* The place of a command's first word. */
static const struct ynode *toporun_at(const struct ynode *at)
{
    return at->kind == YNODE_LIST && at->n > 0 ? at->items[0] : at;
}

/* With `files`, a program of the file's folder must go along, and be such as can run. */
static void toporun_brought(struct toporun *r, struct topo_draft *d, const char *word,
                            const struct ynode *at)
{
    const char *path = topo_path(r->l, r->l->own->t.dir, word);
    const char *why = NULL;

    if (*word == '/' || strchr(word, '/') == NULL || path == NULL)
        return;
    if (!topo_brings(&d->a, word))
        schema_fault(&r->l->s, toporun_at(at),
                     "cannot run `%.*s` on another host: it is not among the `files` that go along",
                     TOPO_SHOWN, word);
    else if (!d->a.here && (why = toporun_verdict(path)) != NULL)
        toporun_fault(r, word, toporun_at(at), why);
}

/* The program of a command that was written at `at` (NULL: nowhere that could be shown). */
static const char *toporun_command(struct toporun *r, struct topo_draft *d, char *const *argv,
                                   const struct ynode *at)
{
    const char *word = argv[0];
    struct toporun_known *k;

    if (strchr(word, '/') != NULL && (word = topo_path(r->l, r->l->own->t.dir, word)) == NULL)
        return NULL;
    if (r->l->check_files && at != NULL && d->a.on.kind != TOPO_ON_HERE && d->a.n_files > 0)
        toporun_brought(r, d, argv[0], at);
    if (!d->a.here)
        return NULL;
    if (!r->l->check_files)
        return *word == '/' ? word : NULL;
    if (d->a.cwd == NULL || (k = toporun_look(r, d, word)) == NULL)
        return NULL;
    if (k->why != NULL && at != NULL)
        toporun_fault(r, argv[0], toporun_at(at), k->why);
    return k->program;
}

static void toporun_one(struct toporun *r, struct topo_draft *d)
{
    const struct ypair *given = d->given[KEY_RUN];

    if (d->a.argv == NULL)
        return;
    if (topo_is_own(d, KEY_SHELL) || given == NULL)
        given = d->given[KEY_SHELL];
    d->a.object = d->a.argc > 0 && toporun_is_object(d->a.argv[0]) && d->given[KEY_RUN] == given;
    d->a.program = toporun_command(r, d, d->a.argv, given == NULL ? NULL : given->value);
}

/* The command of a check, from the actor's own entry or from `defaults`. */
static void toporun_probe(struct toporun *r, struct topo_draft *d, enum topo_key key,
                          struct topo_probe *p)
{
    const struct ypair *own = d->given[key], *all = r->l->defaults.given[key];
    const struct ynode *at = own == NULL ? NULL : ynode_get(own->value, "exec");

    if (p->how != PROBE_EXEC)
        return;
    if (at == NULL && all != NULL)
        at = ynode_get(all->value, "exec");
    p->program = toporun_command(r, d, p->argv, at);
}

void topo_programs(struct topo_load *l)
{
    struct toporun r = {.l = l, .path = getenv("PATH")};

    if (r.path == NULL)
        r.path = "/usr/local/bin:/usr/bin:/bin";
    r.path_fixed = toporun_is_fixed(r.path);
    for (size_t i = 0; i < l->n && !l->s.nomem; i++) {
        struct topo_draft *d = &l->drafts[i];
        toporun_one(&r, d);
        toporun_probe(&r, d, KEY_READY, &d->a.ready_probe);
        toporun_probe(&r, d, KEY_HEALTH, &d->a.health);
    }
    HASH_CLEAR(hh, r.known);
}
