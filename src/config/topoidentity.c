/* As whom an actor runs: `user`, `group`, `umask` and `nice`. */
#include "base/text.h"
#include "config/topoload.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOPO_NEAR_MAX = 200 }; /* names of the system that are looked at for a suggestion */

void topo_parse_umask(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                      void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;
    size_t len;

    if (text == NULL)
        return;
    len = strlen(text);
    if ((len == 3 || (len == 4 && text[0] == '0')) && strspn(text, "01234567") == len)
        d->a.identity.umask = (int32_t)strtol(text, NULL, 8);
    else
        schema_fault(c, pair->value,
                     "`umask` takes three octal digits, with a 0 before them or without, as in "
                     "0027; not `%.*s`",
                     TOPO_SHOWN, text);
}

void topo_parse_nice(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                     void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;

    if (text == NULL)
        return;
    const char *digits = text + (*text == '-');
    size_t len = strspn(digits, "0123456789");
    long value = strtol(text, NULL, 10);
    if (len > 0 && len < 4 && digits[len] == '\0' && value >= -20 && value <= 19)
        d->a.identity.nice = (int32_t)value;
    else
        schema_fault(c, pair->value, "`nice` takes a whole number from -20 to 19, not `%.*s`",
                     TOPO_SHOWN, text);
}

/* ---- users and groups ---- */

/* An id as a number: false when it is none. */
static bool topo_id(const char *text, uint32_t *id)
{
    size_t len = strspn(text, "0123456789");
    unsigned long long value;

    if (len == 0 || len > 10 || text[len] != '\0')
        return false;
    value = strtoull(text, NULL, 10);
    *id = (uint32_t)value;
    return value < UINT32_MAX; /* (uid_t)-1 is nobody at all */
}

/* The name of a local user (or group) nearest to this one, in scratch memory; NULL: none is near.
 */
static const char *topo_near_of(struct topo_load *l, const char *path, const char *name)
{
    const char **names = topo_scratch(l, (TOPO_NEAR_MAX + 1) * sizeof(*names));
    char line[1024];
    size_t n = 0;

    FILE *f = names == NULL ? NULL : fopen(path, "re");
    while (f != NULL && n < TOPO_NEAR_MAX && fgets(line, sizeof(line), f) != NULL) {
        size_t len = strcspn(line, ":\n");
        char *copy = len == 0 ? NULL : topo_scratch(l, len + 1);
        if (copy == NULL)
            continue;
        memcpy(copy, line, len);
        names[n++] = copy;
    }
    if (f != NULL)
        (void)fclose(f);
    return n == 0 ? NULL : text_nearest(name, names);
}

static void topo_no_such(struct topo_load *l, const struct ynode *at, const char *what,
                         const char *path, const char *name)
{
    if (!faults_fresh(l->s.faults, at->line, at->col))
        return;
    const char *near = topo_near_of(l, path, name);
    schema_fault(&l->s, at, "there is no %s `%.*s` on this host%s%s%s", what, TOPO_SHOWN, name,
                 near == NULL ? "" : " (did you mean `", near == NULL ? "" : near,
                 near == NULL ? "" : "`?)");
}

/* What stands there for those who shall not log in is of no use to a program that runs $SHELL. */
static bool topo_is_shell(const char *shell)
{
    const char *name = shell == NULL ? NULL : strrchr(shell, '/');

    return name != NULL && strcmp(name, "/nologin") != 0 && strcmp(name, "/false") != 0;
}

static void topo_take_user(struct topo_load *l, struct topo_identity *id, const struct passwd *pw)
{
    id->uid = pw->pw_uid;
    id->gid = pw->pw_gid;
    id->login = schema_keep(&l->s, pw->pw_name, strlen(pw->pw_name));
    if (id->user == NULL)
        return;
    id->home = schema_keep(&l->s, pw->pw_dir, strlen(pw->pw_dir));
    if (topo_is_shell(pw->pw_shell))
        id->shell = schema_keep(&l->s, pw->pw_shell, strlen(pw->pw_shell));
}

/* A number need not be known here, but then nothing says its group. */
static void topo_find_user(struct topo_load *l, struct topo_draft *d, const struct ynode *at)
{
    struct topo_identity *id = &d->a.identity;
    const struct passwd *pw = NULL;
    bool number = topo_id(id->user, &id->uid);

    id->home = "/";
    id->shell = "/bin/sh";
    if (l->check_files)
        pw = number ? getpwuid(id->uid) : getpwnam(id->user);
    if (pw != NULL)
        topo_take_user(l, id, pw);
    else if (!number && l->check_files)
        topo_no_such(l, at, "user", "/etc/passwd", id->user);
    else if (number && id->group == NULL && l->check_files)
        schema_fault(&l->s, at, "the user %s has no name on this host: it needs a `group` as well",
                     id->user);
}

static void topo_find_group(struct topo_load *l, struct topo_draft *d, const struct ynode *at)
{
    struct topo_identity *id = &d->a.identity;

    if (topo_id(id->group, &id->gid) || !l->check_files)
        return;
    const struct group *gr = getgrnam(id->group);
    if (gr != NULL)
        id->gid = gr->gr_gid;
    else
        topo_no_such(l, at, "group", "/etc/group", id->group);
}

/* The socket is in a folder that nobody else may enter. */
static void topo_check_reach(struct topo_load *l, const struct topo_draft *d)
{
    enum topo_key k = topo_is_own(d, KEY_TRANSPORT) ? KEY_TRANSPORT : KEY_SPEAKS;

    if (d->a.speaks != SPEAKS_FRAMES || d->a.transport != TRANSPORT_IPC ||
        d->a.identity.uid == geteuid())
        return;
    schema_fault(&l->s, d->given[k] == NULL ? d->entry : d->given[k]->key,
                 "an actor of another user (%.*s) cannot reach the supervisor's socket: it needs "
                 "`transport: stdio`, or one over the network",
                 TOPO_SHOWN, d->a.identity.user);
}

/* A scalar that was given, with a value that could be read. */
static const struct ynode *topo_given(const struct topo_draft *d, enum topo_key k, const char *text)
{
    return text == NULL || d->given[k] == NULL ? NULL : d->given[k]->value;
}

void topo_identities(struct topo_load *l)
{
    for (size_t i = 0; i < l->n && !l->s.nomem; i++) {
        struct topo_draft *d = &l->drafts[i];
        if (!d->a.here) /* it is another host that knows them */
            continue;
        const struct ynode *user = topo_given(d, KEY_USER, d->a.identity.user);
        const struct ynode *group = topo_given(d, KEY_GROUP, d->a.identity.group);
        const struct passwd *pw;
        size_t faults = l->s.faults->n + l->s.faults->more;
        if (user != NULL)
            topo_find_user(l, d, user);
        else if (group != NULL && l->check_files && (pw = getpwuid(geteuid())) != NULL)
            topo_take_user(l, &d->a.identity, pw);
        if (user == NULL)
            d->a.identity.uid = geteuid();
        if (group != NULL)
            topo_find_group(l, d, group);
        if (user != NULL && l->check_files && faults == l->s.faults->n + l->s.faults->more)
            topo_check_reach(l, d);
    }
}
