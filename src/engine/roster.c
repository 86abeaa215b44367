#include "engine/roster.h"
#include "engine/keeping.h"

#include "engine/adopt.h"
#include "engine/children.h"
#include "engine/confined.h"
#include "engine/dealing.h"
#include "engine/elasticity.h"
#include "engine/events.h"
#include "engine/init.h"
#include "engine/mail.h"
#include "engine/member.h"
#include "engine/names.h"
#include "engine/router.h"
#include "engine/routing.h"
#include "engine/waiting.h"
#include "engine/wakes.h"
#include "engine/watching.h"
#include "io/logfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Actors that senders can be told apart by, see origin.h. */
#define ROSTER_MAX (ORIGIN_SYSTEM / ORIGIN_MEMBERS)

static int roster_members(struct actor *a, struct err *e)
{
    unsigned n = a->conf->template ? 0 : a->conf->pool;

    a->members = calloc(n + 1, sizeof(struct member *));
    if (a->members == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    for (unsigned i = 0; i < n; i++) {
        a->members[i] = member_new(a, a->conf->is_pool ? i + 1 : 0, e);
        if (a->members[i] == NULL)
            return ERR_NOMEM;
        a->n_members = ++a->n_made;
    }
    routing_begin(a);
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

void roster_drop(struct actor *a)
{
    if (a == NULL)
        return;
    wakes_free(a);
    for (size_t i = 0; i < a->n_made; i++)
        member_free(a->members[i]);
    loop_timer_stop(&a->expiry);
    loop_timer_stop(&a->elastic);
    loop_timer_stop(&a->leave);
    loop_task_cancel(&a->deliver);
    loop_task_cancel(&a->room);
    loop_task_cancel(&a->turn);
    loop_task_cancel(&a->said);
    loop_task_cancel(&a->press);
    mailbox_free(a->shared);
    routing_free(a->routing);
    init_free(a);
    logfile_free(a->log);
    if (a->has_ready_log)
        regfree(&a->ready_log);
    confine_release(&a->confine);
    free(a->members);
    free(a->to);
    free(a->feeders.list);
    free(a->later.list);
    adopt_drop(a->pending);
    watching_free(a);
    free(a->own);
    free(a);
}

struct actor *roster_new(struct system *s, const struct topo_actor *conf, struct err *e)
{
    struct actor *a = calloc(1, sizeof(*a));

    if (a == NULL) {
        err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    a->sys = s;
    a->conf = conf;
    a->edition = 1;
    a->enabled = true;
    loop_task_init(&a->deliver, s->loop, dealing_due, a);
    loop_task_init(&a->room, s->loop, mail_room, a);
    loop_task_init(&a->turn, s->loop, waiting_turn, a);
    loop_task_init(&a->said, s->loop, events_flush_actor, a);
    loop_task_init(&a->press, s->loop, mail_press, a);
    loop_timer_init_timed(&a->expiry, s->loop, router_expire, a);
    loop_timer_init(&a->elastic, s->loop, elasticity_due, a);
    loop_timer_init(&a->leave, s->loop, children_leave, a);
    a->service_ms = -1;
    a->has_ready_log = conf->ready == READY_LOG &&
                       regcomp(&a->ready_log, conf->ready_log, REG_EXTENDED | REG_NOSUB) == 0;
    a->shared = mailbox_new(conf->mailbox.messages, conf->mailbox.bytes, conf->delimiter);
    a->routing = conf->route == ROUTE_HASH ? routing_new(conf) : NULL;
    a->to = calloc(conf->n_to + 1, sizeof(*a->to));
    if (a->shared == NULL || a->to == NULL || (conf->route == ROUTE_HASH && a->routing == NULL))
        (void)err_set(e, ERR_NOMEM, "out of memory");
    else if (confined_make(s, conf, &a->confine, &a->confined, e) == 0 && roster_log(a, e) == 0 &&
             init_make(a, conf, e) == 0 && roster_members(a, e) == 0)
        return a;
    roster_drop(a);
    return NULL;
}

/* Where its output goes: the file has been checked, and a->to has the room. A member that a smaller
 * pool does not have is no fault: the others take its mail. */
static void roster_resolve(struct actor *a)
{
    struct address to;

    for (a->n_to = 0; a->n_to < a->conf->n_to; a->n_to++) {
        const char *text = a->conf->to[a->n_to];
        struct target *t = &a->to[a->n_to];
        if (address_parse(text, strlen(text), &to, NULL) == 0)
            *t = (struct target){names_find(a->sys, to.name), to.member};
    }
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

int roster_room(struct system *s, size_t n, struct err *e)
{
    if (s->n_slots - s->n_free + n > ROSTER_MAX)
        return err_set(e, ERR_REFUSED,
                       "it has had %zu actors since it was started: end it and start it again",
                       s->n_slots);
    struct actor **grown = realloc(s->slots, (s->n_slots + n) * sizeof(struct actor *));
    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    s->slots = grown;
    return 0;
}

void roster_enlist(struct actor *a)
{
    struct system *s = a->sys;
    size_t at = s->n_slots;

    if (s->n_free > 0) {
        for (at = 0; s->slots[at] != NULL; at++)
            ;
        s->n_free--;
    } else {
        s->n_slots++;
    }
    a->index = (uint32_t)at;
    s->slots[at] = a;
    if (keeping_wants(a->conf))
        keeping_watch_all(a);
}

void roster_free_slot(struct actor *a)
{
    a->sys->slots[a->index] = NULL;
    a->sys->n_free++;
    roster_drop(a);
}

void roster_names(struct system *s)
{
    HASH_CLEAR(hh, s->by_name);
    s->resolved.len = 0;
    s->n_told = 0;
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i] != NULL)
            s->slots[i]->named = false;
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        s->n_told += a->conf->dead;
        a->named = !a->removed && !a->conf->template;
        if (a->named)
            HASH_ADD_KEYPTR(hh, s->by_name, a->conf->name, strlen(a->conf->name), a);
    }
}

void roster_arrange(struct system *s, struct actor **list, size_t n)
{
    free(s->actors);
    s->actors = list;
    s->n_actors = n;
    roster_names(s);
}

int roster_join(struct actor *a, struct err *e)
{
    struct system *s = a->sys;
    struct actor **grown = realloc(s->actors, (s->n_actors + 2) * sizeof(struct actor *));

    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    s->actors = grown;
    s->actors[s->n_actors++] = a;
    s->actors[s->n_actors] = NULL;
    roster_enlist(a);
    a->group = &s->groups[0];
    if (a->parent != NULL)
        a->parent->n_children++;
    s->n_told += a->conf->dead;
    HASH_ADD_KEYPTR(hh, s->by_name, a->conf->name, strlen(a->conf->name), a);
    a->named = true;
    roster_resolve(a);
    (void)roster_relate(a, e);
    return 0;
}

static void roster_forget(struct actor_list *l, const struct actor *a)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (l->list[i] != a)
            l->list[kept++] = l->list[i];
    l->n = kept;
}

void roster_leave(struct actor *a)
{
    struct system *s = a->sys;
    size_t at = 0;

    for (size_t i = 0; i < a->n_to; i++)
        if (a->to[i].actor != NULL)
            roster_forget(&a->to[i].actor->feeders, a);
    for (size_t i = 0; i < a->conf->n_after; i++) {
        struct actor *other = names_find(s, a->conf->after[i].actor);
        if (other != NULL)
            roster_forget(&other->later, a);
    }
    s->n_told -= a->conf->dead;
    if (a->named)
        HASH_DELETE(hh, s->by_name, a);
    a->named = false;
    s->resolved.len = 0;
    while (s->actors[at] != a)
        at++;
    memmove(&s->actors[at], &s->actors[at + 1], (s->n_actors - at) * sizeof(struct actor *));
    s->n_actors--;
}

int roster_connect(struct system *s, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i] != NULL)
            s->slots[i]->feeders.n = s->slots[i]->later.n = 0;
    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->pending == NULL && !s->actors[i]->removed)
            roster_resolve(s->actors[i]);
    for (size_t i = 0; i < s->n_actors && rc == 0; i++)
        rc = roster_relate(s->actors[i], e);
    return rc;
}

int roster_make(struct system *s, struct err *e)
{
    const struct topology *t = s->topology;
    struct actor **list = calloc(t->n_actors + 1, sizeof(struct actor *));
    int rc = list == NULL ? err_set(e, ERR_NOMEM, "out of memory") : roster_room(s, t->n_actors, e);

    for (size_t i = 0; i < t->n_actors && rc == 0; i++) {
        list[i] = roster_new(s, &t->actors[i], e);
        if (list[i] == NULL)
            rc = e->code;
        else
            roster_enlist(list[i]);
    }
    if (rc != 0) {
        free(list);
        return rc;
    }
    roster_arrange(s, list, t->n_actors);
    return roster_connect(s, e);
}

void roster_free(struct system *s)
{
    HASH_CLEAR(hh, s->by_name);
    for (size_t i = 0; i < s->n_slots; i++)
        roster_drop(s->slots[i]);
    free(s->slots);
    free(s->actors);
    s->actors = s->slots = NULL;
    s->n_actors = s->n_slots = 0;
}
