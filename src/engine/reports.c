#include "engine/reports.h"

#include "base/text.h"
#include "engine/boxes.h"
#include "engine/events.h"
#include "engine/hosts.h"
#include "engine/mail.h"
#include "engine/member.h"
#include "engine/post.h"
#include "engine/router.h"
#include "model/address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORTS_SAID = 160 };

static const char *const reports_speaks[] = {"lines", "json", "frames", "once", "none"};

void reports_refresh(const struct selection *sel)
{
    for (size_t i = 0; i < sel->n; i++)
        mail_refresh(sel->members[i]);
}

/* On its host it is gone, and what it said last waits for room here. */
static bool reports_is_over(const struct member *m)
{
    return m->process.post != NULL && post_is_over(m->process.post);
}

const char *reports_state(const struct member *m)
{
    bool runs = lifecycle_has_process(m->state);
    bool unwell = m->unfit == UNFIT_UNWELL && !m->halting;
    bool stops = m->state == LIFE_DRAINING || m->state == LIFE_STOPPING ||
                 (runs && (m->halting || reports_is_over(m)));

    return !stops ? lifecycle_name(m->state) : unwell ? "unhealthy" : "stopping";
}

pid_t reports_pid(const struct member *m)
{
    if (!lifecycle_has_process(m->state) || m->process.gone || reports_is_over(m))
        return 0;
    return m->process.post != NULL ? post_pid(m->process.post) : m->process.pid;
}

int64_t reports_uptime(struct system *s, const struct member *m)
{
    return lifecycle_has_process(m->state) ? loop_now(s->loop) - m->since : 0;
}

uint64_t reports_queued(const struct member *m)
{
    const struct actor *a = m->actor;
    uint64_t n = 0;

    for (size_t i = 0; boxes_of(m, i) != NULL; i++)
        n += *boxes_of(m, i) == NULL ? 0 : mailbox_queued(*boxes_of(m, i));
    for (size_t i = 0; m->index <= 1 && boxes_common(a, i) != NULL; i++)
        n += mailbox_queued(*boxes_common(a, i));
    return n;
}

/* age, or that of the oldest in box, if it is more. */
static int64_t reports_older(int64_t age, const struct mailbox *box, uint32_t now)
{
    uint32_t when = 0;

    if (box == NULL || !mailbox_oldest(box, &when) || (int32_t)(now - when) <= age)
        return age;
    return (int32_t)(now - when);
}

int64_t reports_oldest(struct system *s, const struct member *m)
{
    const struct actor *a = m->actor;
    uint32_t now = system_when(s);
    int64_t age = 0;

    for (size_t i = 0; boxes_of(m, i) != NULL; i++)
        age = reports_older(age, *boxes_of(m, i), now);
    for (size_t i = 0; m->index <= 1 && boxes_common(a, i) != NULL; i++)
        age = reports_older(age, *boxes_common(a, i), now);
    return age;
}

/* The last line of stderr of one that has ended badly and does not run again yet; else "". */
static const char *reports_said(const struct member *m, char *buf, size_t size)
{
    const char *tail = m->process.tail;
    size_t end = m->process.tail_len;

    buf[0] = '\0';
    if ((m->state != LIFE_BACKOFF && m->state != LIFE_FAILED) || !m->has_last ||
        policy_exit_ok(&m->last))
        return buf;
    while (end > 0 && isspace((unsigned char)tail[end - 1]))
        end--;
    const char *line = end == 0 ? NULL : memrchr(tail, '\n', end);
    line = line == NULL ? tail : line + 1;
    return text_shown(line, end - (size_t)(line - tail), buf, size);
}

static const char *const reports_in[] = {"process", "thread", "sequence"};

static json_t *reports_member(struct system *s, struct member *m)
{
    char address[ADDRESS_MAX + 1], reason[MEMBER_REASON], how[32], said[REPORTS_SAID];
    const struct topo_actor *c = m->actor->conf;

    return json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:s, "
        "s:s}",
        "name", c->name, "member", (int)m->index, "address",
        member_address(m, address, sizeof(address)), "speaks", reports_speaks[c->speaks], "state",
        reports_state(m), "reason", member_reason(m, reason, sizeof(reason)), "pid",
        (int)reports_pid(m), "host", hosts_name(m), "restarts", (json_int_t)m->restarts, "queued",
        (json_int_t)reports_queued(m), "in_hand", (json_int_t)hand_count(&m->speak->hand),
        "oldest_ms", (json_int_t)reports_oldest(s, m), "handled", (json_int_t)m->handled,
        "uptime_ms", (json_int_t)reports_uptime(s, m), "exit",
        m->has_last ? policy_exit_text(&m->last, how, sizeof(how)) : "", "in",
        reports_in[c->is_host ? IN_PROCESS : c->in], "in_host", c->host != NULL ? c->host : "",
        "said", reports_said(m, said, sizeof(said)));
}

json_t *reports_ps(struct system *s, const struct selection *sel)
{
    json_t *rows = json_array();

    reports_refresh(sel);
    for (size_t i = 0; i < sel->n; i++)
        (void)json_array_append_new(rows, reports_member(s, sel->members[i]));
    return json_pack("{s:o}", "actors", rows);
}

json_t *reports_audit(struct system *s, const struct selection *sel)
{
    json_t *rows = json_array();
    bool all = true;
    const struct actor *before = NULL;

    (void)s;
    reports_refresh(sel);
    for (size_t i = 0; i < sel->n; i++) {
        const struct actor *a = sel->members[i]->actor;
        if (a == before)
            continue;
        before = a;
        uint64_t queued = actor_queued(a), held = actor_held(a);
        bool balanced = books_balance(&a->books, queued, held);
        all = all && balanced;
        (void)json_array_append_new(
            rows, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "name", a->conf->name,
                            "accepted", (json_int_t)a->books.accepted, "handled",
                            (json_int_t)a->books.handled, "queued", (json_int_t)queued, "in_hand",
                            (json_int_t)held, "dead", (json_int_t)a->books.dead, "dropped",
                            (json_int_t)a->books.dropped, "balanced", balanced));
    }
    return json_pack("{s:o, s:b}", "actors", rows, "balanced", all);
}

static void reports_body(json_t *object, const char *key, const void *data, size_t len)
{
    char key64[32];

    if (text_is_utf8(data, len)) {
        (void)json_object_set_new(object, key, json_stringn(data, len));
        return;
    }
    char *text = malloc(4 * ((len + 2) / 3) + 1);
    if (text == NULL)
        return;
    (void)snprintf(key64, sizeof(key64), "%s64", key);
    (void)json_object_set_new(object, key64,
                              json_stringn(text, text_base64_encode(data, len, text)));
    free(text);
}

static json_t *reports_headers(const struct deadletter *d)
{
    json_t *headers = json_object();
    struct span packed = span_of(bytes_at(&d->headers), bytes_len(&d->headers)), key, value;
    size_t at = 0;

    while (headers != NULL && frame_header_next(packed, &at, &key, &value) == 1) {
        char name[256];
        size_t n = key.len < sizeof(name) ? key.len : sizeof(name) - 1;
        memcpy(name, key.data, n);
        name[n] = '\0';
        (void)json_object_set_new(headers, name, json_stringn(value.data, value.len));
    }
    return headers;
}

static json_t *reports_lines(const char *text)
{
    json_t *lines = json_array();

    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, "\n");
        json_t *line = json_stringn(text, n);
        (void)json_array_append_new(lines, line != NULL ? line : json_string("(not UTF-8)"));
        text += n + (text[n] == '\n' ? 1 : 0);
    }
    return lines;
}

json_t *reports_letter(struct system *s, const struct deadletter *d, bool whole)
{
    char id[TEXT_ID_LEN], from[ADDRESS_MAX + 1];
    const char *type = frame_type_name(d->type);

    text_id_format(d->id, id);
    (void)router_origin(s, d->from, from, sizeof(from));
    json_t *o =
        json_pack("{s:s%, s:s, s:s, s:s, s:s, s:i, s:I, s:I}", "id", id, (int)TEXT_ID_LEN, "to",
                  d->to, "from", from, "type", type == NULL ? "?" : type, "reason", d->reason,
                  "attempts", d->attempts, "age_ms", (json_int_t)(loop_now(s->loop) - d->since),
                  "size", (json_int_t)bytes_len(&d->body));
    if (o == NULL || !whole)
        return o;
    (void)json_object_set_new(o, "headers", reports_headers(d));
    reports_body(o, "body", bytes_at(&d->body), bytes_len(&d->body));
    (void)json_object_set_new(o, "evidence",
                              json_pack("{s:s, s:o}", "exit", d->exit == NULL ? "" : d->exit,
                                        "stderr", reports_lines(d->stderr_text)));
    return o;
}

json_t *reports_letters(struct system *s)
{
    json_t *rows = json_array();

    for (const struct deadletter *d = deadletters_first(s->dead); d != NULL; d = d->next)
        (void)json_array_append_new(rows, reports_letter(s, d, false));
    return json_pack("{s:o}", "letters", rows);
}
