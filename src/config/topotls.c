/* `tls`: the certificate that actors over tls are shown. What the files hold is for a program of
 * its own to judge, so that nothing of TLS is in this one. */
#include "base/libexec.h"
#include "config/topoload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT(field) SCHEMA_AT(struct topo_load, tls.field)

static const struct schema_row topotls_rows[] = {
    {.key = "cert",
     .type = SCHEMA_TEXT,
     AT(cert),
     .doc = "The certificate in PEM, with those that lead to its authority."},
    {.key = "key",
     .type = SCHEMA_TEXT,
     AT(key),
     .doc = "Its private key in PEM, which nobody else may read."},
    {.key = "ca",
     .type = SCHEMA_TEXT,
     AT(ca),
     .doc = "The certificates in PEM of those whom actors trust to sign it."},
    {.key = "name",
     .type = SCHEMA_TEXT,
     AT(name),
     .initial = "localhost",
     .doc = "The name that actors look for in it."},
};
const struct schema_table topo_tls_table = {
    .of = "`tls`", .rows = topotls_rows, .n = sizeof(topotls_rows) / sizeof(topotls_rows[0])};

enum topotls_file { TOPOTLS_CERT, TOPOTLS_KEY, TOPOTLS_CA, TOPOTLS_FILES };

static const char *const topotls_keys[TOPOTLS_FILES] = {"cert", "key", "ca"};

static const struct ynode *topotls_at(const struct topo_load *l, enum topotls_file f)
{
    return ynode_get(l->top[TOP_TLS]->value, topotls_keys[f]);
}

/* False after a fault. */
static bool topotls_readable(struct topo_load *l, enum topotls_file f, const char *path)
{
    const struct ynode *at = topotls_at(l, f);
    const char *key = topotls_keys[f];
    struct stat st;

    if (stat(path, &st) != 0)
        schema_fault(&l->s, at, "`%s`: %s: %s", key, path,
                     errno == ENOENT ? "there is no such file" : strerror(errno));
    else if (!S_ISREG(st.st_mode))
        schema_fault(&l->s, at, "`%s`: %s is no file", key, path);
    else if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        schema_fault(&l->s, at, "`%s`: %s cannot be read: %s", key, path, strerror(errno));
    else if (f == TOPOTLS_KEY && (st.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        schema_fault(&l->s, at, "`%s`: others can read or change %s (chmod 600)", key, path);
    else
        return true;
    return false;
}

/* What the program says, one line; -1 when it cannot be asked. */
static int topotls_ask(char *const *argv, char *buf, size_t size)
{
    posix_spawn_file_actions_t actions;
    int out[2], status = 0;
    size_t len = 0;
    ssize_t n;
    pid_t pid;

    if (pipe2(out, O_CLOEXEC) != 0)
        return -1;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc == 0 && (rc = posix_spawn_file_actions_adddup2(&actions, out[1], 1)) == 0)
        rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, (char *[]){NULL});
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(out[1]);
    while (rc == 0 && len + 1 < size &&
           ((n = read(out[0], buf + len, size - 1 - len)) > 0 || (n < 0 && errno == EINTR)))
        len += n > 0 ? (size_t)n : 0;
    (void)close(out[0]);
    buf[len] = '\0';
    while (rc == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return rc != 0 || !WIFEXITED(status) ? -1 : 0;
}

/* Its line is the number of the file at fault, a blank, and why; none: all is well. */
static void topotls_judge(struct topo_load *l)
{
    const struct topo_tls *t = &l->tls;
    char program[PATH_MAX], text[1024], check[] = "check";
    char *argv[] = {program,         check, (char *)t->cert, (char *)t->key, (char *)t->ca,
                    (char *)t->name, NULL};

    if (libexec_find(LIBEXEC_GATE, program, sizeof(program)) != 0 ||
        topotls_ask(argv, text, sizeof(text)) != 0) {
        schema_fault(&l->s, l->top[TOP_TLS]->key, "%s cannot be executed: install actorsup again",
                     program);
        return;
    }
    unsigned f = (unsigned)(text[0] - '0');
    if (f < TOPOTLS_FILES && text[1] == ' ')
        schema_fault(&l->s, topotls_at(l, f), "`%s`: %.*s", topotls_keys[f],
                     (int)strcspn(text + 2, "\n"), text + 2);
}

static void topotls_files(struct topo_load *l)
{
    const char **paths[TOPOTLS_FILES] = {&l->tls.cert, &l->tls.key, &l->tls.ca};
    bool all = true;

    for (size_t f = 0; f < TOPOTLS_FILES; f++) {
        const struct ynode *at = topotls_at(l, f);
        if (at == NULL)
            schema_fault(&l->s, l->top[TOP_TLS]->key, "`tls` needs `%s` as well", topotls_keys[f]);
        if (*paths[f] == NULL || (*paths[f] = topo_path(l, l->own->t.dir, *paths[f])) == NULL) {
            all = false;
            continue;
        }
        all = (!l->check_files || topotls_readable(l, f, *paths[f])) && all;
    }
    if (all && l->check_files)
        topotls_judge(l);
}

void topo_tls(struct topo_load *l)
{
    if (l->top[TOP_TLS] != NULL && l->top[TOP_TLS]->value->kind == YNODE_MAP)
        topotls_files(l);
    for (size_t i = 0; i < l->n && l->top[TOP_TLS] == NULL; i++) {
        const struct topo_draft *d = &l->drafts[i];
        if (d->a.transport == TRANSPORT_TLS && d->given[KEY_TRANSPORT] != NULL)
            schema_fault(&l->s, d->given[KEY_TRANSPORT]->key,
                         "`transport: tls` needs `tls: {cert, key, ca}` at the top of the file");
    }
}
