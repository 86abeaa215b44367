#include "engine/adopt.h"

#include "engine/boxes.h"
#include "engine/confined.h"
#include "engine/events.h"
#include "engine/init.h"
#include "engine/keeping.h"
#include "engine/member.h"
#include "engine/probe.h"
#include "engine/router.h"
#include "engine/routing.h"
#include "engine/scaling.h"
#include "engine/waiting.h"
#include "io/logfile.h"

#include <stdlib.h>
#include <string.h>

struct adoption {
    const struct topo_actor *conf;
    struct topodiff diff;
    struct target *to;
    struct routing *routing; /* for mail with keys, where there was none */
    struct confine confine;
    bool confined;
    regex_t ready_log;
    bool has_ready_log;
};

/* --- beforehand --- */

struct adoption *adopt_prepare(struct actor *a, const struct topo_actor *conf,
                               const struct topodiff *diff, struct err *e)
{
    struct adoption *ad = calloc(1, sizeof(*ad));
    struct target *to = calloc(conf->n_to + 1, sizeof(*to));
    bool keys = conf->route == ROUTE_HASH && a->routing == NULL;
    struct routing *routing = keys ? routing_new(conf) : NULL;

    if (ad == NULL || to == NULL || (keys && routing == NULL)) {
        (void)err_set(e, ERR_NOMEM, "out of memory");
        routing_free(routing);
        free(to);
        free(ad);
        return NULL;
    }
    *ad = (struct adoption){.conf = conf, .diff = *diff, .to = to, .routing = routing};
    ad->has_ready_log = conf->ready == READY_LOG &&
                        regcomp(&ad->ready_log, conf->ready_log, REG_EXTENDED | REG_NOSUB) == 0;
    if (confined_make(a->sys, conf, &ad->confine, &ad->confined, e) == 0 &&
        (!ad->confined || diff->change < CHANGE_RESTART ||
         confined_try(conf, &ad->confine, e) == 0) &&
        init_make(a, conf, e) == 0 && scaling_room(a, conf->template ? 0 : conf->pool, e) == 0)
        return ad;
    adopt_drop(ad);
    return NULL;
}

void adopt_drop(struct adoption *ad)
{
    if (ad == NULL)
        return;
    if (ad->has_ready_log)
        regfree(&ad->ready_log);
    confine_release(&ad->confine);
    routing_free(ad->routing);
    free(ad->to);
    free(ad);
}

const struct topo_actor *adopt_conf(const struct adoption *ad)
{
    return ad->conf;
}

/* --- members --- */

static void adopt_limit(struct member *m)
{
    const struct topo_limit *l = &m->actor->conf->limit;
    struct policy_limiter fresh;

    if (m->limiter.restarts == l->restarts && m->limiter.within_ms == l->within_ms)
        return;
    if (policy_limiter_init(&fresh, l->restarts, l->within_ms) != 0)
        return;
    policy_limiter_release(&m->limiter);
    m->limiter = fresh;
}

/* Its checks begin anew. A process that is not ready yet, and is to say so in another way, has
 * maybe said so before: it is to be started again. */
static void adopt_checks(struct member *m, const struct topodiff *diff)
{
    const struct topo_actor *c = m->actor->conf;
    bool ready = topodiff_has(diff, "ready") && m->state == LIFE_RUNNING;
    struct err e;

    if (probe_prepare(m, &e) != 0)
        return;
    if (ready || (topodiff_has(diff, "health") && m->state == LIFE_READY))
        probe_follow(m);
    if (ready && c->ready == READY_START)
        member_ready(m);
    else if (ready && c->ready != READY_PROBE)
        m->edition = 0;
}

static void adopt_speak(struct member *m, size_t i)
{
    const struct topo_actor *c = m->actor->conf;
    struct err e = {0, ""};

    m->index = c->is_pool ? (unsigned)i + 1 : 0;
    if (member_respeak(m, &e) != 0)
        event_member(m, "internal.error", "reason=\"%s\"", e.text);
}

/* Its output may have somewhere else to go. */
static void adopt_output(struct member *m)
{
    waiting_end(&m->waiter);
    loop_task_queue(&m->room);
}

/* --- its mailboxes --- */

static void adopt_bound(struct actor *a, struct mailbox *box, int member)
{
    const struct topo_mailbox *c = &a->conf->mailbox;

    if (box == NULL)
        return;
    mailbox_bound(box, c->messages, c->bytes);
    if (keeping_wants(a->conf))
        keeping_watch(a, box, member);
}

/* Why it cannot be given what was accepted when it was spoken with in another way. NULL: it can. */
static const char *adopt_refuses(struct actor *a, const struct letter *l)
{
    const struct target t = {a, ADDRESS_ANY};
    const char *why = NULL;
    bool told = a->conf->speaks == SPEAKS_JSON || a->conf->speaks == SPEAKS_FRAMES;

    if (router_takes(&t, l, &why) == 0 && !told && l->type != MSG_REPLY && !mailbox_bounds(l->type))
        why = "it is told nothing of the kind";
    return why;
}

/* The front of box goes to fresh, or to the dead letters. False: no memory. */
static bool adopt_letter(struct actor *a, struct mailbox *box, struct mailbox *fresh)
{
    struct letter l;
    const char *why = mailbox_peek(box, &l) ? adopt_refuses(a, &l) : NULL;

    if (why != NULL)
        router_bury_front(a, box, why);
    else if (mailbox_put(fresh, &l) != 0)
        return false;
    else
        router_moved_front(a, box, fresh);
    return true;
}

/* Spoken with in another way, it is another mailbox. */
static void adopt_box(struct actor *a, struct mailbox **box, int member)
{
    const struct topo_mailbox *c = &a->conf->mailbox;
    struct mailbox *fresh =
        *box == NULL ? NULL : mailbox_new(c->messages, c->bytes, a->conf->delimiter);

    if (fresh == NULL)
        return;
    keeping_watch(a, fresh, member);
    while (mailbox_queued(*box) > 0 && adopt_letter(a, *box, fresh))
        ;
    if (mailbox_queued(*box) > 0) { /* no memory: rather the wrong delimiter than no mail */
        router_move(a, fresh, *box);
        mailbox_free(fresh);
        return;
    }
    mailbox_free(*box);
    *box = fresh;
}

static void adopt_expiry(struct actor *a)
{
    loop_timer_stop(&a->expiry);
    if (a->conf->mailbox.expire_ms != TOPO_FOREVER)
        router_expire(a);
}

static void adopt_boxes(struct actor *a, const struct topo_actor *was, bool replace)
{
    const struct topo_actor *is = a->conf;

    a->closed = a->closed && !replace && is->eof == EOF_UPSTREAM;
    for (size_t i = 0; i < boxes_end(a); i++) {
        struct mailbox **box = boxes_at(a, i);
        if (replace)
            adopt_box(a, box, (int)boxes_member(a, *box));
        adopt_bound(a, *box, (int)boxes_member(a, *box));
    }
    if (was->mailbox.expire_ms != is->mailbox.expire_ms)
        adopt_expiry(a);
    if (copies_has(is) && !copies_has(was))
        copies_anew(a->sys);
    loop_task_queue(&a->deliver);
    loop_task_queue(&a->room);
}

/* --- all of it --- */

static void adopt_parts(struct actor *a, struct adoption *ad)
{
    struct adoption old = {.to = a->to,
                           .confine = a->confine,
                           .ready_log = a->ready_log,
                           .has_ready_log = a->has_ready_log};

    a->to = ad->to;
    a->n_to = 0;
    a->confine = ad->confine;
    a->confined = ad->confined;
    a->ready_log = ad->ready_log;
    a->has_ready_log = ad->has_ready_log;
    ad->to = old.to;
    ad->confine = old.confine;
    ad->ready_log = old.ready_log;
    ad->has_ready_log = old.has_ready_log;
}

void adopt(struct actor *a, struct adoption *ad)
{
    const struct topo_actor *was = a->conf;
    bool replace = ad->diff.change == CHANGE_REPLACE;

    adopt_parts(a, ad);
    adopt_same(a, ad->conf);
    logfile_bound(a->log, a->conf->log.max_bytes, a->conf->log.keep);
    a->edition += ad->diff.change == CHANGE_RESTART;
    for (size_t i = 0; i < a->n_made; i++) {
        struct member *m = a->members[i];
        if (replace)
            adopt_speak(m, i);
        if (a->conf->speaks == SPEAKS_ONCE) /* its next process is one of the new ones */
            m->edition = a->edition;
        adopt_limit(m);
        adopt_checks(m, &ad->diff);
        if (topodiff_has(&ad->diff, "to"))
            adopt_output(m);
    }
    adopt_boxes(a, was, replace);
    routing_adopt(a, was, &ad->routing);
    if (topodiff_has(&ad->diff, "init"))
        init_adopt(a, was);
    adopt_drop(ad);
}

void adopt_same(struct actor *a, const struct topo_actor *conf)
{
    a->conf = conf;
    for (size_t i = 0; i < a->n_made; i++)
        a->members[i]->speak->conf = conf;
}

void adopt_live(struct actor *a, const struct topo_actor *conf, const struct topodiff *diff)
{
    adopt_same(a, conf);
    for (size_t i = 0; i < a->n_made; i++)
        adopt_checks(a->members[i], diff);
}
