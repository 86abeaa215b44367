/* The commands on dead letters. */
#include "engine/deadcalls.h"

#include "base/text.h"
#include "engine/askbook.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/deadletters.h"
#include "engine/keeping.h"
#include "engine/names.h"
#include "engine/reports.h"
#include "engine/router.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct deadletter *deadcalls_letter(struct system *s, const json_t *id)
{
    const char *text = json_string_value(id);
    uint64_t n = 0;

    if (text == NULL || text_id_parse(text, strlen(text), &n) != 0)
        return NULL;
    return deadletters_find(s->dead, n);
}

void deadcalls_ls(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    (void)sel;
    client_result(c, 0, reports_letters(client_system(c)));
}

static void deadcalls_no_letter(struct client *c, const json_t *id)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "no dead letter %.64s (see actorsup dead ls)",
                   json_is_string(id) ? json_string_value(id) : "of that id");
    control_error(c, ERR_UNKNOWN, text);
}

void deadcalls_show(struct client *c, const json_t *req, struct selection *sel)
{
    const json_t *id = json_object_get(req, "id");
    const struct deadletter *d = deadcalls_letter(client_system(c), id);

    (void)sel;
    if (d == NULL)
        deadcalls_no_letter(c, id);
    else
        client_result(c, 0, reports_letter(client_system(c), d, true));
}

/* The actor that it was dead of may have gone, with another now at its address: it then stands in
   the books of that one alone. */
static void deadcalls_accept(struct actor *was, struct actor *now)
{
    if (was == now)
        return;
    if (was != NULL)
        was->books.accepted--;
    now->books.accepted++;
}

/* Nobody is at the address any more: what can be done with the letter, behind why. */
static void deadcalls_nobody(const struct deadletter *d, char *why, size_t size)
{
    char id[TEXT_ID_LEN];
    size_t len = strlen(why);

    text_id_format(d->id, id);
    (void)snprintf(why + len, size - len,
                   ": it stays; try again once there is one, or `actorsup dead drop %.*s`",
                   TEXT_ID_LEN, id);
}

/* Back to the tail of the mailbox it was meant for, with its attempts reset. */
static int deadcalls_put_back(struct system *s, struct deadletter *d, char *why, size_t size)
{
    struct target t;
    const char *reason = NULL;
    struct letter l = {.id = d->id,
                       .from = d->from,
                       .when = system_when(s),
                       .type = d->type,
                       .tag = span_of(bytes_at(&d->tag), bytes_len(&d->tag)),
                       .headers = span_of(bytes_at(&d->headers), bytes_len(&d->headers)),
                       .body = span_of(bytes_at(&d->body), bytes_len(&d->body))};
    int rc = names_resolve(s, span_of(d->to, strlen(d->to)), &t, why, size);

    if (rc != 0)
        deadcalls_nobody(d, why, size);
    if (rc == 0 && l.type == MSG_ASK && !asks_is_open(s, l.id))
        l.type = MSG_TELL; /* its asker has been told; the work is still to be done */
    if (rc == 0 && (rc = router_takes(&t, &l, &reason)) != 0)
        (void)snprintf(why, size, "%s: %s", t.actor->conf->name, reason);
    if (rc != 0)
        return rc;
    if (actor_is_done(t.actor)) {
        (void)snprintf(why, size, "%s is done (actorsup start %s)", t.actor->conf->name,
                       t.actor->conf->name);
        return ERR_REFUSED;
    }
    if (router_put_back(&t, &l, d) != 0) {
        (void)snprintf(why, size, "the supervisor is out of memory");
        return ERR_NOMEM;
    }
    deadcalls_accept(d->actor, t.actor);
    return 0;
}

static int deadcalls_forget(struct system *s, struct deadletter *d, char *why, size_t size)
{
    (void)why;
    (void)size;
    keeping_forget(s, d);
    if (d->actor != NULL)
        d->actor->books.dropped++;
    return 0;
}

struct deadcalls_tally {
    json_int_t done, stay;
    int rc;        /* of the first that stays */
    char why[256]; /* and what is to be said of it */
};

/* What was done stays done. */
static void deadcalls_failed(struct client *c, const struct deadcalls_tally *t)
{
    char text[384], more[48] = "", done[48] = "";

    if (t->stay > 1)
        (void)snprintf(more, sizeof(more), "; %" JSON_INTEGER_FORMAT " more stay as well",
                       t->stay - 1);
    if (t->done > 0)
        (void)snprintf(done, sizeof(done), "; %" JSON_INTEGER_FORMAT " others were done", t->done);
    (void)snprintf(text, sizeof(text), "%s%s%s", t->why, more, done);
    control_error(c, t->rc, text);
}

typedef int deadcalls_letter_op(struct system *s, struct deadletter *d, char *why, size_t size);

static void deadcalls_one(struct system *s, struct deadletter *d, deadcalls_letter_op *op,
                          struct deadcalls_tally *t)
{
    char why[sizeof(t->why)] = "";
    int rc = op(s, d, why, sizeof(why));

    if (rc == 0) {
        t->done++;
        deadletters_take(s->dead, d);
        deadletter_free(d);
        return;
    }
    if (t->stay++ == 0) {
        t->rc = rc;
        memcpy(t->why, why, sizeof(why));
    }
}

static int deadcalls_compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The ids of the letters that are named, sorted; the caller frees the list. NULL: c was told why
 * not. */
static uint64_t *deadcalls_named(struct client *c, const json_t *ids)
{
    size_t n = json_array_size(ids);
    uint64_t *list = calloc(n + 1, sizeof(*list));

    if (list == NULL) {
        control_error(c, ERR_NOMEM, "the supervisor is out of memory");
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        const struct deadletter *d = deadcalls_letter(client_system(c), json_array_get(ids, i));
        if (d == NULL) {
            deadcalls_no_letter(c, json_array_get(ids, i));
            free(list);
            return NULL;
        }
        list[i] = d->id;
    }
    qsort(list, n, sizeof(*list), deadcalls_compare);
    return list;
}

/* The oldest first, in whatever order they are named. */
static void deadcalls_letters(struct client *c, const json_t *req, deadcalls_letter_op *op)
{
    struct system *s = client_system(c);
    const json_t *ids = json_object_get(req, "ids");
    const char *first = json_string_value(json_array_get(ids, 0));
    bool all = first != NULL && strcmp(first, "*") == 0;
    uint64_t *named = all ? NULL : deadcalls_named(c, ids);
    struct deadletter *d = deadletters_first(s->dead), *next;
    struct deadcalls_tally t = {0};

    if (!all && named == NULL)
        return;
    for (size_t i = deadletters_count(s->dead); i > 0 && d != NULL; i--, d = next) {
        next = d->next;
        if (all || bsearch(&d->id, named, json_array_size(ids), sizeof(*named), deadcalls_compare))
            deadcalls_one(s, d, op, &t);
    }
    free(named);
    if (t.stay > 0)
        deadcalls_failed(c, &t);
    else
        client_result(c, 0, json_pack("{s:I}", "count", t.done));
}

void deadcalls_retry(struct client *c, const json_t *req, struct selection *sel)
{
    (void)sel;
    deadcalls_letters(c, req, deadcalls_put_back);
}

void deadcalls_drop(struct client *c, const json_t *req, struct selection *sel)
{
    (void)sel;
    deadcalls_letters(c, req, deadcalls_forget);
}
