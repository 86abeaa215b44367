#include "engine/roster.h"

#include "engine/confined.h"
#include "engine/events.h"
#include "engine/mail.h"
#include "engine/member.h"
#include "engine/names.h"
#include "engine/router.h"
#include "engine/waiting.h"
#include "engine/wakes.h"
#include "io/logfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int roster_members(struct actor *a, struct err *e)
{
    a->members = calloc(a->conf->pool, sizeof(struct member *));
    if (a->members == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    for (unsigned i = 0; i < a->conf->pool; i++) {
        a->members[i] = member_new(a, a->conf->is_pool ? i + 1 : 0, e);
        if (a->members[i] == NULL)
            return ERR_NOMEM;
        a->n_members = ++a->n_made;
    }
    return 0;
}

static int roster_log(struct actor *a, struct err *e)
{
    char dir[4096];

    (void)snprintf(dir, sizeof(dir), "%s/logs", a->sys->state_dir);
    a->log = logfile_new(dir, a->conf->name, a->conf->log.max_bytes, a->conf->log.keep);
    if (a->log == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    logfile_on_gap(a->log, events_gap, a->sys);
    return 0;
}

static void roster_drop(struct actor *a)
{
    if (a == NULL)
        return;
    wakes_free(a);
    for (size_t i = 0; i < a->n_made; i++)
        member_free(a->members[i]);
    loop_timer_stop(&a->expiry);
    loop_task_cancel(&a->deliver);
    loop_task_cancel(&a->room);
    loop_task_cancel(&a->turn);
    loop_task_cancel(&a->said);
    loop_task_cancel(&a->press);
    mailbox_free(a->shared);
    logfile_free(a->log);
    if (a->has_ready_log)
        regfree(&a->ready_log);
    confine_release(&a->confine);
    free(a->members);
    free(a->to);
    free(a->feeders.list);
    free(a->later.list);
    free(a);
}

static struct actor *roster_actor(struct system *s, const struct topo_actor *conf, uint32_t index,
                                  struct err *e)
{
    struct actor *a = calloc(1, sizeof(*a));

    if (a == NULL) {
        err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    a->sys = s;
    a->conf = conf;
    a->index = index;
    a->enabled = true;
    loop_task_init(&a->deliver, s->loop, mail_deliver, a);
    loop_task_init(&a->room, s->loop, mail_room, a);
    loop_task_init(&a->turn, s->loop, waiting_turn, a);
    loop_task_init(&a->said, s->loop, events_flush_actor, a);
    loop_task_init(&a->press, s->loop, mail_press, a);
    loop_timer_init(&a->expiry, s->loop, router_expire, a);
    a->has_ready_log = conf->ready == READY_LOG &&
                       regcomp(&a->ready_log, conf->ready_log, REG_EXTENDED | REG_NOSUB) == 0;
    a->shared = mailbox_new(conf->mailbox.messages, conf->mailbox.bytes, conf->delimiter);
    if (a->shared == NULL || confined_make(a, e) != 0 || roster_log(a, e) != 0 ||
        roster_members(a, e) != 0) {
        roster_drop(a);
        return NULL;
    }
    return a;
}

static int roster_resolve(struct actor *a, struct err *e)
{
    char why[256];

    a->to = calloc(a->conf->n_to + 1, sizeof(*a->to));
    if (a->to == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < a->conf->n_to; i++) {
        const char *to = a->conf->to[i];
        int rc = names_resolve(a->sys, span_of(to, strlen(to)), &a->to[i], why, sizeof(why));
        if (rc != 0)
            return err_set(e, rc, "%s: %s", a->conf->name, why);
        a->n_to++;
    }
    return 0;
}

static int roster_add(struct actor_list *to, struct actor *a, struct err *e)
{
    if (to->n > 0 && to->list[to->n - 1] == a)
        return 0;
    if ((to->n & (to->n - 1)) == 0) { /* full at each power of two */
        size_t cap = to->n == 0 ? 1 : to->n * 2;
        struct actor **grown = realloc(to->list, cap * sizeof(struct actor *));
        if (grown == NULL)
            return err_set(e, ERR_NOMEM, "out of memory");
        to->list = grown;
    }
    to->list[to->n++] = a;
    return 0;
}

/* What others must know of a: whom it feeds, and for whom it waits. */
static int roster_relate(struct actor *a, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < a->n_to && rc == 0; i++) {
        struct actor *fed = a->to[i].actor;
        if (fed != NULL && fed != a)
            rc = roster_add(&fed->feeders, a, e);
    }
    for (size_t i = 0; i < a->conf->n_after && rc == 0; i++) {
        struct actor *other = names_find(a->sys, a->conf->after[i].actor);
        if (other != NULL)
            rc = roster_add(&other->later, a, e);
    }
    return rc;
}

int roster_make(struct system *s, struct err *e)
{
    s->actors = calloc(s->topology->n_actors + 1, sizeof(struct actor *));
    if (s->actors == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < s->topology->n_actors; i++) {
        struct actor *a = roster_actor(s, &s->topology->actors[i], (uint32_t)i, e);
        if (a == NULL)
            return e->code;
        s->actors[s->n_actors++] = a;
        HASH_ADD_KEYPTR(hh, s->by_name, a->conf->name, strlen(a->conf->name), a);
    }
    int rc = 0;
    for (struct actor **a = s->actors; *a != NULL && rc == 0; a++)
        rc = roster_resolve(*a, e);
    for (struct actor **a = s->actors; *a != NULL && rc == 0; a++)
        rc = roster_relate(*a, e);
    return rc;
}

void roster_free(struct system *s)
{
    HASH_CLEAR(hh, s->by_name);
    for (size_t i = 0; i < s->n_actors; i++)
        roster_drop(s->actors[i]);
    free(s->actors);
    s->actors = NULL;
    s->n_actors = 0;
}
