#include "engine/events.h"

#include "base/bytes.h"
#include "engine/relay.h"
#include "io/logfile.h"
#include "model/address.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_TEXT_MAX = 2048, EVENT_RETRY_MS = 1000, EVENT_RETRY_MAX_MS = 60 * 1000 };

const char *member_address(const struct member *m, char *buf, size_t size)
{
    if (m->index == 0)
        (void)snprintf(buf, size, "%s", m->actor->conf->name);
    else
        (void)snprintf(buf, size, "%s/%u", m->actor->conf->name, m->index);
    return buf;
}

static bool event_is_number(const char *s, size_t len)
{
    if (len == 0 || len > 15)
        return false;
    for (size_t i = 0; i < len; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

static bool event_begins_field(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz_");

    return n > 0 && s[n] == '=';
}

/* The end of a quoted value: a quote before the end or the next field. It may hold quotes. */
static const char *event_quote_end(const char *s)
{
    for (; *s != '\0'; s++)
        if (*s == '"' && (s[1] == '\0' || (s[1] == ' ' && event_begins_field(s + 2))))
            break;
    return s;
}

static void event_fields(json_t *object, const char *text)
{
    while (*text != '\0') {
        const char *eq = strchr(text, '=');
        if (eq == NULL)
            return;
        char key[64];
        (void)snprintf(key, sizeof(key), "%.*s", (int)(eq - text), text);
        const char *value = eq + 1;
        bool quoted = *value == '"';
        const char *end = quoted ? event_quote_end(++value) : value + strcspn(value, " ");
        size_t len = (size_t)(end - value);
        json_t *v = !quoted && event_is_number(value, len) ? json_integer(strtoll(value, NULL, 10))
                                                           : json_stringn(value, len);
        if (v == NULL)
            v = json_string("(not UTF-8)");
        (void)json_object_set_new(object, key, v);
        text = end + (quoted && *end == '"' ? 1 : 0);
        text += strspn(text, " ");
    }
}

static char *event_json(const char *event, const char *fields)
{
    json_t *object = json_object();

    (void)json_object_set_new(object, "event", json_string(event));
    event_fields(object, fields);
    char *json = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return json;
}

static void event_put(struct logfile *log, const char *origin, const char *text)
{
    if (log != NULL && text != NULL)
        logfile_add(log, origin, '*', text, strlen(text));
}

/* All lines are written at the end of the turn. */
static void event_write(struct system *s, struct logfile *log, const char *origin,
                        const char *event, const char *fields)
{
    char text[EVENT_TEXT_MAX];
    int n = snprintf(text, sizeof(text), "%s%s%s", event, *fields == '\0' ? "" : " ", fields);

    while (n > 0 && (size_t)n < sizeof(text) && text[n - 1] == ' ')
        text[--n] = '\0'; /* an event without fields of its own */
    if (n < 0)
        return;
    char *json = event_json(event, fields);
    event_put(log, origin, log == s->log && s->topology->own_log.json ? json : text);
    event_put(s->events, origin, json);
    free(json);
    loop_task_queue(&s->said);
}

static void event_of(struct member *m, struct logfile *log, const char *event, const char *fmt,
                     va_list ap)
{
    char fields[EVENT_TEXT_MAX], origin[ADDRESS_MAX + 1];
    int n = snprintf(fields, sizeof(fields), "name=%s", m->actor->conf->name);

    if (m->index > 0)
        n += snprintf(fields + n, sizeof(fields) - (size_t)n, " member=%u", m->index);
    if (*fmt != '\0')
        n += snprintf(fields + n, sizeof(fields) - (size_t)n, " ");
    (void)vsnprintf(fields + n, sizeof(fields) - (size_t)n, fmt, ap);
    if (m->actor->sys->relay != NULL) {
        m->actor->sys->relay->event(m, event, fields + n);
        return;
    }
    event_write(m->actor->sys, log, member_address(m, origin, sizeof(origin)), event, fields);
}

void event_member(struct member *m, const char *event, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    event_of(m, m->actor->log, event, fmt, ap);
    va_end(ap);
    loop_task_queue(&m->actor->said);
}

void event_apart(struct member *m, const char *event, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    event_of(m, NULL, event, fmt, ap);
    va_end(ap);
}

void event_actor(struct actor *a, const char *event, const char *fmt, ...)
{
    char fields[EVENT_TEXT_MAX];
    int n = snprintf(fields, sizeof(fields), "name=%s%s", a->conf->name, *fmt != '\0' ? " " : "");
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(fields + n, sizeof(fields) - (size_t)n, fmt, ap);
    va_end(ap);
    event_write(a->sys, a->log, a->conf->name, event, fields);
    loop_task_queue(&a->said);
}

void event_system(struct system *s, const char *event, const char *fmt, ...)
{
    char fields[EVENT_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(fields, sizeof(fields), fmt, ap);
    va_end(ap);
    event_write(s, s->log, "actorsup", event, fields);
}

static void events_look(struct system *s, const struct logfile *log)
{
    if (logfile_lost(log) == 0 || s->gaps_ms > 0)
        return;
    s->gaps_ms = EVENT_RETRY_MS;
    (void)loop_timer_start(&s->gaps, s->gaps_ms);
}

void events_flush_actor(void *actor)
{
    struct actor *a = actor;

    logfile_flush(a->log);
    events_look(a->sys, a->log);
}

void events_flush(void *system)
{
    struct system *s = system;

    logfile_flush(s->log);
    logfile_flush(s->events);
    events_look(s, s->log);
    events_look(s, s->events);
}

void events_gap(void *system, const char *name, uint64_t bytes)
{
    char fields[ADDRESS_MAX + 64];

    (void)snprintf(fields, sizeof(fields), "name=%s bytes=%llu", name, (unsigned long long)bytes);
    event_write(system, NULL, name, "log.gap", fields);
}

void events_retry(void *system)
{
    struct system *s = system;
    int64_t ms = s->gaps_ms * 2;

    s->gaps_ms = 0;
    for (size_t i = 0; i < s->n_actors; i++)
        if (logfile_lost(s->actors[i]->log) > 0)
            events_flush_actor(s->actors[i]);
    events_flush(s);
    if (s->gaps_ms == 0)
        return;
    s->gaps_ms = ms < EVENT_RETRY_MAX_MS ? ms : EVENT_RETRY_MAX_MS;
    (void)loop_timer_start(&s->gaps, s->gaps_ms);
}

void event_output(struct member *m, const char *text, size_t len)
{
    char origin[ADDRESS_MAX + 1];

    if (m->actor->sys->relay != NULL) {
        m->actor->sys->relay->output(m, text, len);
        return;
    }
    if (m->actor->log == NULL)
        return;
    logfile_add(m->actor->log, member_address(m, origin, sizeof(origin)), '|', text, len);
    loop_task_queue(&m->actor->said);
}
