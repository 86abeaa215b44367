#include "engine/ownconf.h"

#include <stdlib.h>
#include <string.h>

int ownconf_check(const struct ownconf_more *more, struct err *e)
{
    const char *at = more->env.data, *end = at + more->env.len;

    for (; at < end; at += strlen(at) + 1)
        if (topology_sets(at, strcspn(at, "=")))
            return err_set(e, ERR_INVALID, "%.*s is set by the supervisor, and cannot be given",
                           (int)strcspn(at, "="), at);
    return 0;
}

const char *ownconf_env(struct span packed, struct bytes *texts)
{
    struct span key, value;
    size_t at = 0;
    int rc;

    bytes_init(texts);
    while ((rc = frame_header_next(packed, &at, &key, &value)) > 0) {
        if (memchr(key.data, '=', key.len) != NULL || memchr(key.data, 0, key.len) != NULL ||
            (value.len > 0 && memchr(value.data, 0, value.len) != NULL))
            return "a variable's name has a = in it, or there is a NUL";
        if (bytes_printf(texts, "%.*s=%.*s%c", (int)key.len, (const char *)key.data, (int)value.len,
                         value.len == 0 ? "" : (const char *)value.data, 0) != 0)
            return "the supervisor is out of memory";
    }
    return rc < 0 ? "its environment is broken" : NULL;
}

static size_t ownconf_count(struct span texts)
{
    const char *at = texts.data, *end = at + texts.len;
    size_t n = 0;

    for (; at < end; at += strlen(at) + 1)
        n++;
    return n;
}

/* Appends the texts, which are copied to *text, to a list that has the room. */
static size_t ownconf_add(char **list, size_t n, struct span texts, char **text)
{
    const char *end = (const char *)texts.data + texts.len;

    for (const char *at = texts.data; at < end; at += strlen(at) + 1) {
        size_t size = strlen(at) + 1;
        list[n++] = memcpy(*text, at, size);
        *text += size;
    }
    return n;
}

/* `sh -c TEXT` takes its next word for its own name. */
static bool ownconf_is_shell(const struct topo_actor *c)
{
    return c->argc == 3 && strcmp(c->argv[0], "/bin/sh") == 0 && strcmp(c->argv[1], "-c") == 0;
}

struct topo_actor *ownconf_spawned(const struct topo_actor *template, const char *name,
                                   const struct ownconf_more *more)
{
    size_t name_size = strlen(name) + 1;
    size_t n_argv = template->argc + 2 + ownconf_count(more->args);
    size_t n_env = template->n_env + 1 + ownconf_count(more->env);
    struct topo_actor *c = calloc(1, sizeof(*c) + (n_argv + n_env) * sizeof(char *) + name_size +
                                         more->args.len + more->env.len);

    if (c == NULL)
        return NULL;
    char **argv = (char **)(void *)(c + 1), **env = argv + n_argv, *text = (char *)(env + n_env);
    *c = *template;
    c->template = false;
    char *own_name = memcpy(text, name, name_size);
    c->name = own_name;
    text += name_size;
    memcpy(argv, template->argv, template->argc * sizeof(*argv));
    c->argv = argv;
    if (more->args.len > 0 && ownconf_is_shell(template))
        argv[c->argc++] = own_name;
    c->argc = ownconf_add(argv, c->argc, more->args, &text);
    if (template->n_env > 0)
        memcpy(env, template->env, template->n_env * sizeof(*env));
    c->env = env;
    c->n_env = ownconf_add(env, template->n_env, more->env, &text);
    return c;
}

struct topo_actor *ownconf_grave(const struct topo_actor *c)
{
    size_t size = strlen(c->name) + 1;
    struct topo_actor *grave = calloc(1, sizeof(*grave) + size);

    if (grave == NULL)
        return NULL;
    grave->name = memcpy(grave + 1, c->name, size);
    grave->speaks = SPEAKS_NONE;
    grave->delimiter = c->delimiter;
    grave->mailbox = c->mailbox;
    grave->limit = c->limit;
    grave->log = c->log;
    grave->is_pool = c->is_pool;
    return grave;
}
