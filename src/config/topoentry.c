/* An actor as a file of its own. */
#include "config/topoentry.h"

#include "base/text.h"
#include "base/units.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts are read with ${VAR} and $$ in them. NULL without memory, as all of jansson's. */
static json_t *topoentry_text(const char *text)
{
    size_t n = strlen(text), at = 0;
    char *twice = malloc(2 * n + 1);

    if (twice == NULL)
        return NULL;
    for (const char *p = text; *p != '\0'; p++) {
        twice[at++] = *p;
        if (*p == '$')
            twice[at++] = '$';
    }
    json_t *json = json_stringn(twice, at);
    free(twice);
    return json;
}

static json_t *topoentry_texts(char *const *list, size_t n)
{
    json_t *json = json_array();

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(json, topoentry_text(list[i]));
    return json;
}

static json_t *topoentry_ms(int64_t ms, const char *forever)
{
    char text[32];

    return json_string(ms == TOPO_FOREVER ? forever : units_duration_text(ms, text, sizeof(text)));
}

static json_t *topoentry_number(uint64_t n)
{
    return n == TOPO_NO_LIMIT ? json_string("none") : json_integer((json_int_t)n);
}

static json_t *topoentry_env(const struct topo_actor *a)
{
    json_t *json = json_object();

    for (size_t i = 0; i < a->n_env; i++) {
        size_t n = strcspn(a->env[i], "=");
        char key[1024];
        (void)snprintf(key, sizeof(key), "%.*s", (int)n, a->env[i]);
        (void)json_object_set_new(json, key, topoentry_text(a->env[i] + n + 1));
    }
    return json;
}

/* Below the file's folder: relative, as there may be another one. */
static json_t *topoentry_folder(const struct topology *t, const char *path)
{
    size_t n = strlen(t->dir);

    if (strncmp(path, t->dir, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return topoentry_text(path);
    return path[n] == '\0' ? json_string(".") : topoentry_text(path + n + 1);
}

static json_t *topoentry_probe(const struct topo_probe *p, bool health)
{
    json_t *json = json_object();
    char port[80];

    if (p->how == PROBE_EXEC)
        (void)json_object_set_new(json, "exec", topoentry_texts(p->argv, p->argc));
    if (p->how == PROBE_TCP) {
        (void)snprintf(port, sizeof(port), "%s%s%u", p->host == NULL ? "" : p->host,
                       p->host == NULL ? "" : ":", p->port);
        (void)json_object_set_new(json, "tcp", json_string(port));
    }
    (void)json_object_set_new(json, "timeout", topoentry_ms(p->timeout_ms, "never"));
    if (p->how != PROBE_NONE)
        (void)json_object_set_new(json, "every", topoentry_ms(p->every_ms, "never"));
    if (health)
        (void)json_object_set_new(json, "failures", json_integer((json_int_t)p->failures));
    return json;
}

static json_t *topoentry_ready(const struct topo_actor *a)
{
    if (a->ready == READY_START || a->ready == READY_NOTIFY)
        return json_string(a->ready == READY_START ? "start" : "notify");
    json_t *json = topoentry_probe(&a->ready_probe, false);
    if (a->ready == READY_LOG)
        (void)json_object_set_new(json, "log", topoentry_text(a->ready_log));
    return json;
}

static json_t *topoentry_backoff(const struct topo_backoff *b)
{
    char percent[32];

    (void)snprintf(percent, sizeof(percent), "%.6f%%", b->jitter * 100);
    return json_pack("{s:o,s:o,s:f,s:s,s:o}", "min", topoentry_ms(b->min_ms, ""), "max",
                     topoentry_ms(b->max_ms, ""), "factor", b->factor, "jitter", percent, "reset",
                     topoentry_ms(b->reset_ms, ""));
}

static json_t *topoentry_limits(const struct topo_limits *l)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "memory", topoentry_number(l->memory), "files",
                     topoentry_number(l->files), "processes", topoentry_number(l->processes), "cpu",
                     topoentry_ms(l->cpu_ms, "none"), "core", topoentry_number(l->core));
}

static void topoentry_identity(json_t *json, const struct topo_identity *id)
{
    char text[16];

    if (id->user != NULL)
        (void)json_object_set_new(json, "user", topoentry_text(id->user));
    if (id->group != NULL)
        (void)json_object_set_new(json, "group", topoentry_text(id->group));
    if (id->umask >= 0) {
        (void)snprintf(text, sizeof(text), "%03o", (unsigned)id->umask);
        (void)json_object_set_new(json, "umask", json_string(text));
    }
    if (id->nice != TOPO_NO_NICE)
        (void)json_object_set_new(json, "nice", json_integer(id->nice));
}

/* What only some that speak so may have. */
static void topoentry_speaks(json_t *json, const struct topo_actor *a)
{
    static const char *const speaks[] = {"lines", "json", "frames", "once", "none"};

    (void)json_object_set_new(json, "speaks", json_string(speaks[a->speaks]));
    if (a->speaks == SPEAKS_LINES) {
        (void)json_object_set_new(json, "ack", json_string(a->ack == ACK_READ ? "read" : "line"));
        (void)json_object_set_new(json, "delimiter",
                                  json_string(a->delimiter == '\0' ? "nul" : "newline"));
    }
    if (a->speaks == SPEAKS_ONCE)
        (void)json_object_set_new(json, "concurrency", json_integer((json_int_t)a->concurrency));
    if (a->speaks == SPEAKS_FRAMES)
        (void)json_object_set_new(json, "transport",
                                  json_string(a->transport == TRANSPORT_STDIO ? "stdio" : "ipc"));
    if (a->speaks != SPEAKS_NONE)
        (void)json_object_set_new(json, "mailbox",
                                  json_pack("{s:i}", "retry", (int)a->mailbox.retry));
}

static json_t *topoentry_actor(const struct topology *t, const struct topo_actor *a)
{
    char name[16];
    json_t *json = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:{s:s,s:o}}", "run",
                             topoentry_texts(a->argv, a->argc), "env", topoentry_env(a), "cwd",
                             topoentry_folder(t, a->cwd), "ready", topoentry_ready(a), "backoff",
                             topoentry_backoff(&a->backoff), "limits", topoentry_limits(&a->limits),
                             "stop", "signal", text_signal_name(a->stop.signal, name, sizeof(name)),
                             "grace", topoentry_ms(a->stop.grace_ms, "never"));

    if (json == NULL)
        return NULL;
    if (a->health.how != PROBE_NONE)
        (void)json_object_set_new(json, "health", topoentry_probe(&a->health, true));
    topoentry_speaks(json, a);
    topoentry_identity(json, &a->identity);
    return json;
}

char *topo_entry(const struct topology *t, const struct topo_actor *a)
{
    json_t *all =
        json_pack("{s:s,s:{s:o}}", "system", t->system, "actors", "actor", topoentry_actor(t, a));
    char *text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);

    json_decref(all);
    return text;
}
