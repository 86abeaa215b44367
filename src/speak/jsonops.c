/* What a json actor may say, one object a line. Keys that an op does not know are passed over, so
 * that an actor may send back what it got with an `op` put in.
 *
 *   send    to? (default: the actor's own `to`), body|body64, headers?, ask? (its own id, 1 to 64
 *           bytes: makes it an ask), timeout? (seconds, or a text such as "250ms")
 *   reply   re (the id of a message in hand), body|body64, headers?; acks it too
 *   ack     id
 *   fail    id, reason?
 *   defer   id
 *   ready
 *   wake    after (as timeout), id?, body|body64?; comes as {"type":"wake","re":id,...}
 *   unwake  id?
 *   log     text, level? (debug, info, warning, error; default info)
 *   spawn   template, name?, id? (the address comes as {"type":"reply","re":id,...}), args? (a
 *           list), env? (an object)
 *   exit    to, now? (true: what waits is not handled first)
 *   watch   to
 *   unwatch to
 *
 * A body, a header or an id that is no string is sent as its compact JSON text; null is as if it
 * were not there.
 */
#include "base/err.h"
#include "base/text.h"
#include "speak/json.h"
#include "speak/jsonvalue.h"
#include "speak/say.h"

#include <stdio.h>
#include <string.h>

enum { JSONOPS_OP_MAX = 32 };

static bool jsonops_is(struct span s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

/* ---- the ops: NULL, or what is wrong, with nothing done ---- */

static const char *jsonops_send(struct json *j, const struct jsonobject *o)
{
    struct speak_out out = {.type = MSG_TELL, .timeout_ms = -1};
    struct jsonvalue tag = {{NULL, 0}, NULL}, body = {{NULL, 0}, NULL};
    struct bytes headers;
    struct span string;
    json_t *other;
    enum jsonobject_kind to = jsonobject_get(o, "to", &out.to, &other);
    const char *why;

    bytes_init(&headers);
    if (to != JSONOBJECT_NONE && (to != JSONOBJECT_STRING || out.to.len == 0))
        return "to is not an address";
    if (jsonobject_get(o, "ask", &string, &other) != JSONOBJECT_NONE) {
        out.type = MSG_ASK;
        why = jsonvalue_tag(o, "ask", true, &tag);
        if (why != NULL)
            goto out;
    }
    why = jsonvalue_time(o, "timeout", &out.timeout_ms);
    if (why == NULL)
        why = jsonvalue_headers(o, "headers", &headers);
    if (why == NULL)
        why = jsonvalue_body(o, &body);
    if (why != NULL)
        goto out;
    out.tag = tag.span;
    out.headers = span_of(bytes_at(&headers), bytes_len(&headers));
    out.body = body.span;
    j->sp.host->send(j->sp.member, &out);
out:
    bytes_release(&headers);
    jsonvalue_free(&tag);
    jsonvalue_free(&body);
    return why;
}

static const char *jsonops_reply(struct json *j, const struct jsonobject *o)
{
    struct jsonvalue body;
    struct bytes headers;
    uint64_t id = 0;
    const char *why = jsonvalue_id(o, "re", &id);

    if (why != NULL)
        return why;
    why = jsonvalue_body(o, &body);
    if (why != NULL)
        return why;
    why = jsonvalue_headers(o, "headers", &headers);
    if (why == NULL) {
        j->sp.host->reply(j->sp.member, id, span_of(bytes_at(&headers), bytes_len(&headers)),
                          body.span);
        (void)handover_ack(&j->ho, &j->sp, id);
    }
    bytes_release(&headers);
    jsonvalue_free(&body);
    return why;
}

static const char *jsonops_ack(struct json *j, const struct jsonobject *o)
{
    uint64_t id = 0;
    const char *why = jsonvalue_id(o, "id", &id);

    if (why != NULL)
        return why;
    return handover_ack(&j->ho, &j->sp, id) || id == 0 ? NULL
                                                       : "no message with this id is in hand";
}

static const char *jsonops_fail(struct json *j, const struct jsonobject *o)
{
    struct jsonvalue reason;
    uint64_t id = 0;
    const char *why = jsonvalue_id(o, "id", &id);

    if (why != NULL)
        return why;
    why = jsonvalue_text(o, "reason", &reason);
    if (why != NULL)
        return why;
    if (!handover_leaves(&j->ho, &j->sp, id)) {
        why = "no message with this id is in hand";
    } else {
        char text[512];
        int n = (int)(reason.span.len < sizeof(text) ? reason.span.len : sizeof(text) - 1);
        (void)snprintf(text, sizeof(text), "%.*s", n, (const char *)reason.span.data);
        j->sp.host->fail(j->sp.member, id, n == 0 ? "failed, with no reason given" : text);
    }
    jsonvalue_free(&reason);
    return why;
}

static const char *jsonops_defer(struct json *j, const struct jsonobject *o)
{
    uint64_t id = 0;
    const char *why = jsonvalue_id(o, "id", &id);

    if (why != NULL)
        return why;
    if (!handover_leaves(&j->ho, &j->sp, id))
        return "no message with this id is in hand";
    j->sp.host->defer(j->sp.member, id);
    return NULL;
}

static const char *jsonops_ready(struct json *j, const struct jsonobject *o)
{
    (void)o;
    j->sp.host->ready(j->sp.member);
    return NULL;
}

static const char *jsonops_wake(struct json *j, const struct jsonobject *o)
{
    struct jsonvalue tag, body;
    int64_t after = -1;
    const char *why = jsonvalue_time(o, "after", &after);

    if (why != NULL)
        return why;
    if (after < 0)
        return "after is missing";
    why = jsonvalue_tag(o, "id", false, &tag);
    if (why != NULL)
        return why;
    why = jsonvalue_body(o, &body);
    if (why == NULL)
        j->sp.host->wake(j->sp.member, after, tag.span, body.span);
    jsonvalue_free(&tag);
    jsonvalue_free(&body);
    return why;
}

static const char *jsonops_unwake(struct json *j, const struct jsonobject *o)
{
    struct jsonvalue tag;
    const char *why = jsonvalue_tag(o, "id", false, &tag);

    if (why != NULL)
        return why;
    j->sp.host->unwake(j->sp.member, tag.span);
    jsonvalue_free(&tag);
    return NULL;
}

static const char *jsonops_level(const struct jsonobject *o, enum speak_level *level)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    json_t *other;
    struct span value;
    enum jsonobject_kind kind = jsonobject_get(o, "level", &value, &other);

    *level = SPEAK_INFO;
    if (kind == JSONOBJECT_NONE)
        return NULL;
    for (size_t i = 0; kind == JSONOBJECT_STRING && i < sizeof(names) / sizeof(names[0]); i++) {
        if (jsonops_is(value, names[i])) {
            *level = (enum speak_level)i;
            return NULL;
        }
    }
    return "level is none of debug, info, warning, error";
}

static const char *jsonops_log(struct json *j, const struct jsonobject *o)
{
    enum speak_level level = SPEAK_INFO;
    struct jsonvalue text;
    const char *why = jsonops_level(o, &level);

    if (why != NULL)
        return why;
    why = jsonvalue_text(o, "text", &text);
    if (why != NULL)
        return why;
    say_log(&j->sp, level, text.span);
    jsonvalue_free(&text);
    return NULL;
}

static const char *jsonops_spawn(struct json *j, const struct jsonobject *o)
{
    struct speak_spawn what = {.template = {NULL, 0}};
    struct jsonvalue tag = {{NULL, 0}, NULL};
    struct bytes args, env;
    json_t *other;
    enum jsonobject_kind name = jsonobject_get(o, "name", &what.name, &other);

    if (jsonobject_get(o, "template", &what.template, &other) != JSONOBJECT_STRING)
        return "template is missing, or not a string";
    if (name == JSONOBJECT_OTHER || (name == JSONOBJECT_STRING && what.name.len == 0))
        return "name is not a name";
    const char *why = jsonvalue_tag(o, "id", false, &tag);
    if (why != NULL)
        return why;
    bytes_init(&env);
    why = jsonvalue_texts(o, "args", &args);
    if (why == NULL)
        why = jsonvalue_headers(o, "env", &env);
    if (why == NULL) {
        what.tag = tag.span;
        what.args = span_of(bytes_at(&args), bytes_len(&args));
        what.env = span_of(bytes_at(&env), bytes_len(&env));
        j->sp.host->spawn(j->sp.member, &what);
    }
    bytes_release(&args);
    bytes_release(&env);
    jsonvalue_free(&tag);
    return why;
}

/* The address that an op needs. */
static const char *jsonops_to(const struct jsonobject *o, struct span *to)
{
    json_t *other;

    return jsonobject_get(o, "to", to, &other) == JSONOBJECT_STRING && to->len > 0
               ? NULL
               : "to is missing, or not an address";
}

static const char *jsonops_exit(struct json *j, const struct jsonobject *o)
{
    struct span to, string;
    json_t *now = NULL;
    const char *why = jsonops_to(o, &to);
    enum jsonobject_kind kind = jsonobject_get(o, "now", &string, &now);

    if (why != NULL)
        return why;
    if (kind == JSONOBJECT_STRING || (kind == JSONOBJECT_OTHER && !json_is_boolean(now)))
        return "now is not true or false";
    j->sp.host->exit(j->sp.member, to, kind == JSONOBJECT_OTHER && json_is_true(now));
    return NULL;
}

static const char *jsonops_watching(struct json *j, const struct jsonobject *o, bool on)
{
    struct span to;
    const char *why = jsonops_to(o, &to);

    if (why == NULL)
        j->sp.host->watch(j->sp.member, to, on);
    return why;
}

static const char *jsonops_watch(struct json *j, const struct jsonobject *o)
{
    return jsonops_watching(j, o, true);
}

static const char *jsonops_unwatch(struct json *j, const struct jsonobject *o)
{
    return jsonops_watching(j, o, false);
}

static const struct jsonops_row {
    const char *name;
    const char *(*run)(struct json *j, const struct jsonobject *o);
} jsonops_rows[] = {
    {"ack", jsonops_ack},         {"send", jsonops_send},     {"reply", jsonops_reply},
    {"fail", jsonops_fail},       {"defer", jsonops_defer},   {"ready", jsonops_ready},
    {"wake", jsonops_wake},       {"unwake", jsonops_unwake}, {"log", jsonops_log},
    {"spawn", jsonops_spawn},     {"exit", jsonops_exit},     {"watch", jsonops_watch},
    {"unwatch", jsonops_unwatch},
};

enum { JSONOPS_ROWS = sizeof(jsonops_rows) / sizeof(jsonops_rows[0]) };

static const char *jsonops_unknown(struct span said, struct err *why)
{
    const char *names[JSONOPS_ROWS + 1] = {NULL};
    char op[JSONOPS_OP_MAX + 1] = "";

    for (size_t i = 0; i < JSONOPS_ROWS; i++)
        names[i] = jsonops_rows[i].name;
    if (said.len > 0 && said.len <= JSONOPS_OP_MAX)
        memcpy(op, said.data, said.len);
    const char *near = op[0] != 0 ? text_nearest(op, names) : NULL;
    if (near != NULL)
        (void)err_set(why, ERR_INVALID, "no such op: did you mean %s?", near);
    else
        (void)err_set(why, ERR_INVALID, "no such op");
    return why->text;
}

static const char *jsonops_run(struct json *j, const struct jsonobject *o, struct err *why)
{
    struct span op;
    json_t *other;

    if (jsonobject_get(o, "op", &op, &other) != JSONOBJECT_STRING)
        return "op is missing, or not a string";
    for (size_t i = 0; i < JSONOPS_ROWS; i++)
        if (jsonops_is(op, jsonops_rows[i].name))
            return jsonops_rows[i].run(j, o);
    return jsonops_unknown(op, why);
}

static bool jsonops_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

const char *jsonops_line(struct json *j, const char *line, size_t len, struct err *why)
{
    struct jsonobject o;

    if (jsonops_blank(line, len))
        return NULL;
    const char *said = jsonobject_read(&o, line, len, why);
    if (said != NULL)
        return said;
    said = jsonops_run(j, &o, why);
    jsonobject_release(&o);
    return said;
}
