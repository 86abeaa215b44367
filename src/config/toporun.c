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
static void toporun_fault(struct toporun *r, const struct topo_draft *d, const struct ynode *at,
                          const char *why)
{
    const char *word = d->a.argv[0], *here;
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

static void toporun_one(struct toporun *r, struct topo_draft *d)
{
    const char *word = d->a.argv[0];
    const struct ypair *given = d->given[KEY_RUN];
    struct toporun_known *k;

    if (strchr(word, '/') != NULL && (word = topo_path(r->l, r->l->own->t.dir, word)) == NULL)
        return;
    if (!r->l->check_files) {
        d->a.program = *word == '/' ? word : NULL;
        return;
    }
    if (d->a.cwd == NULL || (k = toporun_look(r, d, word)) == NULL)
        return;
    d->a.program = k->program;
    if (topo_is_own(d, KEY_SHELL) || given == NULL)
        given = d->given[KEY_SHELL];
    if (k->why != NULL && given != NULL)
        toporun_fault(r, d,
                      given->value->kind == YNODE_LIST && given->value->n > 0
                          ? given->value->items[0]
                          : given->value,
                      k->why);
}

void topo_programs(struct topo_load *l)
{
    struct toporun r = {.l = l, .path = getenv("PATH")};

    if (r.path == NULL)
        r.path = "/usr/local/bin:/usr/bin:/bin";
    r.path_fixed = toporun_is_fixed(r.path);
    for (size_t i = 0; i < l->n && !l->s.nomem; i++)
        if (l->drafts[i].a.argv != NULL)
            toporun_one(&r, &l->drafts[i]);
    HASH_CLEAR(hh, r.known);
}
