#include "engine/taps.h"

#include "base/text.h"
#include "engine/boxes.h"
#include "engine/clientparts.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/events.h"
#include "engine/router.h"
#include "engine/sending.h"
#include "engine/tapset.h"
#include "model/address.h"
#include "speak/jsonline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TAPS_BODY_MAX = 256 * 1024,  /* of a larger body only the size is shown */
    TAPS_SHARE = 10,             /* of the time, one part of so many may go into a tap */
    TAPS_CREDIT_US = 200 * 1000, /* so long a time may count for what is used at once */
    TAPS_TELL_MS = 50,           /* what was lost is told so late at most, behind that time */
};

struct tap {
    struct tap *next;
    struct client *client;
    struct tapset set;
    bool in, out, bodies;   /* which messages are shown, and whether with them */
    bool handling;          /* also their being handed over and handled */
    uint64_t lost;          /* not shown, and not yet told */
    int64_t credit_us;      /* the time of which it may still use its share */
    int64_t since_us;       /* as of then */
    struct loop_timer tell; /* what was lost, though nothing more comes */
    struct bytes text;      /* of what is going on, not yet in the client's buffer */
};

/* --- how it is written --- */

static void tap_time(char *buf, size_t size)
{
    struct timespec now;
    struct tm tm;
    char second[32];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
    (void)snprintf(buf, size, "%s.%06uZ", second, (unsigned)(now.tv_nsec / 1000) % 1000000u);
}

/* {"event":"in","time":"...", still open */
static void tap_head(struct tap *tap, const char *event)
{
    char time[48];

    tap_time(time, sizeof(time));
    (void)bytes_printf(&tap->text, "{\"event\":\"%s\",\"time\":\"%s\"", event, time);
}

static void tap_reason(struct tap *tap, const char *reason)
{
    char shown[512];

    if (reason == NULL)
        return;
    json_t *text = json_string(text_shown(reason, strlen(reason), shown, sizeof(shown)));
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    if (quoted != NULL)
        (void)bytes_printf(&tap->text, ",\"reason\":%s", quoted);
    free(quoted);
    json_decref(text);
}

/* The envelope of actor-json(7), behind what is open. */
static void tap_envelope(struct tap *tap, const struct letter *l, const char *to)
{
    static const char empty[] = "\"body\":\"\"}\n";
    bool body = tap->bodies && l->body.len <= TAPS_BODY_MAX;
    size_t at = bytes_len(&tap->text);
    struct letter shown = *l;
    char from[ADDRESS_MAX + 1];
    size_t n = router_origin(tap->client->sys, l->from, from, sizeof(from));

    if (!body)
        shown.body = span_of(NULL, 0);
    if (jsonline_write(&tap->text, &shown, span_of(from, n), span_of(to, strlen(to))) != 0) {
        (void)bytes_str(&tap->text, "}\n");
        return;
    }
    bytes_at(&tap->text)[at] = ','; /* for its brace */
    if (body)
        return;
    bytes_truncate(&tap->text, bytes_len(&tap->text) - (sizeof(empty) - 1));
    (void)bytes_printf(&tap->text, "\"size\":%zu}\n", l->body.len);
}

/* --- how much --- */

static size_t tap_waiting(const struct tap *tap)
{
    return bytes_len(&tap->client->out) + bytes_len(&tap->text);
}

static void tap_tell_lost(struct tap *tap)
{
    if (tap->lost > 0)
        (void)bytes_printf(&tap->text, "{\"lost\":%llu}\n", (unsigned long long)tap->lost);
    tap->lost = 0;
}

static void tap_earn(struct tap *tap)
{
    int64_t now = loop_clock();

    tap->credit_us += now - tap->since_us;
    if (tap->credit_us > TAPS_CREDIT_US)
        tap->credit_us = TAPS_CREDIT_US;
    tap->since_us = now;
}

/* While its reader does not read there is nothing to wait for: taps_drained comes then. */
static void tap_tell_later(struct tap *tap)
{
    if (tap->lost > 0 && !loop_timer_armed(&tap->tell) && tap_waiting(tap) < TAPS_BUFFER / 2)
        (void)loop_timer_start(&tap->tell, TAPS_TELL_MS);
}

/* False: the n messages are not shown. Once some were lost, half of the buffer must be free. */
static bool tap_open(struct tap *tap, uint64_t n)
{
    tap_earn(tap);
    if (!tap->client->dead && tap->credit_us > 0 &&
        tap_waiting(tap) < (tap->lost > 0 ? TAPS_BUFFER / 2 : TAPS_BUFFER)) {
        tap_tell_lost(tap);
        return true;
    }
    tap->lost += n;
    tap_tell_later(tap);
    return false;
}

static void tap_close(struct tap *tap)
{
    struct frame f = {.kind = FRAME_RESULT,
                      .flags = FRAME_MORE,
                      .body = span_of(bytes_at(&tap->text), bytes_len(&tap->text))};
    int64_t now = loop_clock();

    tap->credit_us -= (now - tap->since_us) * TAPS_SHARE;
    tap->since_us = now;
    tap_tell_later(tap);
    if (bytes_len(&tap->text) == 0)
        return;
    client_send(tap->client, &f);
    bytes_consume(&tap->text, bytes_len(&tap->text));
    loop_task_queue(&tap->client->task);
}

/* --- what is shown --- */

/* As what a tap sees a message that from sends to t; NULL: it does not. */
static const char *tap_way(struct tap *tap, const struct target *t, mail_origin from)
{
    bool in = t != NULL && tapset_has(&tap->set, t->actor->sys,
                                      origin_member(t->actor->index, (unsigned)t->member));
    bool out = tapset_has(&tap->set, tap->client->sys, from);

    if (in && out)
        return "within";
    if (in && tap->in)
        return "in";
    return out && tap->out ? "out" : NULL;
}

static const char *tap_to(const struct target *t, char *buf, size_t size)
{
    if (t->member <= 0)
        return t->actor->conf->name;
    (void)snprintf(buf, size, "%s/%d", t->actor->conf->name, t->member);
    return buf;
}

void taps_accepted(struct system *s, const struct target *t, const struct letter *l)
{
    char to[ADDRESS_MAX + 1];

    for (struct tap *tap = s->taps; tap != NULL; tap = tap->next) {
        const char *way = tap_way(tap, t, l->from);
        if (way == NULL || !tap_open(tap, 1))
            continue;
        tap_head(tap, way);
        tap_envelope(tap, l, tap_to(t, to, sizeof(to)));
        tap_close(tap);
    }
}

void taps_told(struct system *s, mail_origin client, const struct letter *l)
{
    char to[ADDRESS_MAX + 1];

    for (struct tap *tap = s->taps; tap != NULL; tap = tap->next) {
        if (tap_way(tap, NULL, l->from) == NULL || !tap_open(tap, 1))
            continue;
        (void)router_origin(s, client, to, sizeof(to));
        tap_head(tap, "out");
        tap_envelope(tap, l, to);
        tap_close(tap);
    }
}

static void tap_lines(struct tap *tap, const char *way, const char *to, const struct letter *first,
                      const char *data, char delim, uint64_t n)
{
    struct letter l = *first;

    for (; n > 0 && tap_waiting(tap) < TAPS_BUFFER; n--, l.id++) {
        size_t len = 0;
        while (data[len] != delim)
            len++;
        l.body = span_of(data, len);
        tap_head(tap, way);
        tap_envelope(tap, &l, to);
        data += len + 1;
    }
    tap->lost += n;
}

void taps_lines(struct system *s, const struct target *t, const struct letter *first,
                const char *data, char delim, uint64_t n)
{
    char to[ADDRESS_MAX + 1];

    for (struct tap *tap = s->taps; tap != NULL; tap = tap->next) {
        const char *way = tap_way(tap, t, first->from);
        if (way == NULL || !tap_open(tap, n))
            continue;
        tap_lines(tap, way, tap_to(t, to, sizeof(to)), first, data, delim, n);
        tap_close(tap);
    }
}

/* What stands in the mailbox of a pool is for a member once it is handed to it. */
void taps_taken(struct member *m, const struct mail_run *run)
{
    struct system *s = m->actor->sys;
    char to[ADDRESS_MAX + 1];

    for (struct tap *tap = s->taps; tap != NULL; tap = tap->next) {
        if (boxes_member(m->actor, run->mailbox) != 0 || !tap->in ||
            !tapset_has_member(&tap->set, s, member_origin(m)) || !tap_open(tap, run->count))
            continue;
        uint32_t i = 0;
        for (; i < run->count && tap_waiting(tap) < TAPS_BUFFER; i++) {
            struct letter l;
            mail_run_letter(run, i, &l);
            tap_head(tap, "in");
            tap_envelope(tap, &l, member_address(m, to, sizeof(to)));
        }
        tap->lost += run->count - i;
        tap_close(tap);
    }
}

static const char *const taps_whats[] = {
    [WITNESS_TAKEN] = "taken",       [WITNESS_HANDLED] = "handled",   [WITNESS_FAILED] = "failed",
    [WITNESS_DEFERRED] = "deferred", [WITNESS_RETURNED] = "returned", [WITNESS_DEAD] = "dead",
    [WITNESS_DROPPED] = "dropped",
};

void taps_happened(struct member *m, enum witness_what what, uint64_t id, uint64_t n,
                   const char *reason)
{
    bool usual = what == WITNESS_TAKEN || what == WITNESS_HANDLED;
    struct system *s = m->actor->sys;
    char by[ADDRESS_MAX + 1], text[TEXT_ID_LEN];

    for (struct tap *tap = s->taps; tap != NULL; tap = tap->next) {
        if ((usual && !tap->handling) || !tapset_has(&tap->set, s, member_origin(m)) ||
            !tap_open(tap, 1))
            continue;
        text_id_format(id, text);
        tap_head(tap, taps_whats[what]);
        (void)bytes_printf(&tap->text, ",\"id\":\"%.*s\"", TEXT_ID_LEN, text);
        if (n > 1)
            (void)bytes_printf(&tap->text, ",\"count\":%llu", (unsigned long long)n);
        (void)bytes_printf(&tap->text, ",\"by\":\"%s\"", member_address(m, by, sizeof(by)));
        tap_reason(tap, reason);
        (void)bytes_str(&tap->text, "}\n");
        tap_close(tap);
    }
}

void taps_ended(struct system *s, struct actor *a, const char *to, const struct letter *l,
                enum witness_what what, const char *reason)
{
    for (struct tap *tap = s->taps; tap != NULL; tap = tap->next) {
        bool for_it = a != NULL && tapset_has(&tap->set, s, origin_member(a->index, 0));
        if ((!for_it && !tapset_has(&tap->set, s, l->from)) || !tap_open(tap, 1))
            continue;
        tap_head(tap, taps_whats[what]);
        tap_reason(tap, reason);
        tap_envelope(tap, l, to);
        tap_close(tap);
    }
}

/* --- its life --- */

static void tap_tell(void *arg)
{
    struct tap *tap = arg;

    tap_earn(tap);
    if (tap->credit_us >= TAPS_CREDIT_US / 2 && tap_waiting(tap) < TAPS_BUFFER / 2)
        tap_tell_lost(tap);
    tap_close(tap);
}

void taps_drained(struct client *c)
{
    if (c->tap != NULL)
        tap_tell_later(c->tap);
}

void taps_forget(struct client *c)
{
    struct tap *tap = c->tap, **at = &c->sys->taps;

    if (tap == NULL)
        return;
    while (*at != tap)
        at = &(*at)->next;
    *at = tap->next;
    loop_timer_stop(&tap->tell);
    tapset_release(&tap->set);
    bytes_release(&tap->text);
    free(tap);
    c->tap = NULL;
}

void taps_finish(struct system *s)
{
    while (s->taps != NULL) {
        struct client *c = s->taps->client;
        taps_drained(c);
        taps_forget(c);
        client_result(c, 0, json_object());
    }
}

/* The first line: that it has begun, and for whom. */
static void tap_greet(struct tap *tap, const struct selection *sel)
{
    json_t *names = selection_names(sel);
    char *text = json_dumps(names, JSON_COMPACT);

    tap_head(tap, "tap");
    (void)bytes_printf(&tap->text, ",\"actors\":%s}\n", text == NULL ? "[]" : text);
    tap_close(tap);
    free(text);
    json_decref(names);
}

void taps_begin(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    char why[256];

    if (c->tap != NULL) {
        control_error(c, ERR_INVALID, "this connection has a tap already");
        return;
    }
    if (client_stays(c, why, sizeof(why)) != 0) {
        control_error(c, ERR_REFUSED, why);
        return;
    }
    struct tap *tap = calloc(1, sizeof(*tap));
    if (tap == NULL || tapset_init(&tap->set, s, json_object_get(req, "names")) != 0) {
        free(tap);
        client_result(c, ERR_NOMEM, NULL);
        return;
    }
    bool in = json_is_true(json_object_get(req, "in")),
         out = json_is_true(json_object_get(req, "out"));
    tap->client = c;
    tap->in = in || !out;
    tap->out = out || !in;
    tap->handling = json_is_true(json_object_get(req, "handling"));
    tap->bodies = !json_is_false(json_object_get(req, "bodies"));
    tap->credit_us = TAPS_CREDIT_US;
    tap->since_us = loop_clock();
    loop_timer_init(&tap->tell, s->loop, tap_tell, tap);
    tap->next = s->taps;
    s->taps = tap;
    c->tap = tap;
    client_waits(c);
    tap_greet(tap, sel);
}
