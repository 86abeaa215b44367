#include "engine/scaling.h"

#include "engine/budget.h"
#include "engine/events.h"
#include "engine/init.h"
#include "engine/member.h"
#include "engine/memberparts.h"
#include "engine/names.h"
#include "engine/post.h"
#include "engine/router.h"
#include "engine/routing.h"
#include "model/elastic.h"

#include <stdlib.h>
#include <string.h>

/* --- fewer --- */

static void scaling_leave(struct member *m)
{
    m->leaving = true;
    if (member_finish(m, false)) {
        event_member(m, "actor.leave", "pid=%d", post_pid_of(&m->process));
        return;
    }
    member_stop(m, false);
    scaling_gone(m);
}

/* It would only tell those who wait that there is room. */
static void scaling_drop(struct mailbox **box)
{
    if (*box == NULL || mailbox_queued(*box) > 0 || mailbox_held(*box) > 0)
        return;
    mailbox_free(*box);
    *box = NULL;
}

void scaling_gone(struct member *m)
{
    struct actor *a = m->actor;

    if (!m->leaving || !lifecycle_at_rest(m->state))
        return;
    router_move(a, m->own, a->shared);
    init_leave(m);
    routing_leave(m);
    scaling_drop(&m->own);
    scaling_drop(&m->keyed);
    while (a->n_members > 0 && a->members[a->n_members - 1]->leaving &&
           lifecycle_at_rest(a->members[a->n_members - 1]->state))
        a->n_members--;
    loop_task_queue(&a->deliver);
    loop_task_queue(&a->sys->changed);
}

/* --- more --- */

int scaling_room(struct actor *a, size_t n, struct err *e)
{
    if (n <= a->n_made)
        return 0;
    struct member **grown = realloc(a->members, n * sizeof(struct member *));

    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    a->members = grown;
    while (a->n_made < n) {
        struct member *m = member_new(a, (unsigned)a->n_made + 1, e);
        if (m == NULL)
            return ERR_NOMEM;
        a->members[a->n_made++] = m;
    }
    return 0;
}

static void scaling_join(struct actor *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct member *m = a->members[i];
        bool joins = i >= a->n_members || m->leaving;
        m->speak->window_matters = m->speak->window_matters || n > 1 || a->conf->is_elastic;
        m->leaving = false;
        if (i >= a->n_members)
            a->n_members = i + 1;
        if (joins && a->enabled)
            member_start(m);
    }
}

/* --- both --- */

void scaling_to(struct actor *a, size_t n)
{
    size_t was = a->n_members;

    if (n != was && was > 0)
        event_actor(a, "actor.scale", "members=%zu before=%zu", n, was);
    scaling_join(a, n);
    for (size_t i = was; i > n; i--)
        scaling_leave(a->members[i - 1]);
    routing_sized(a);
    a->sys->resolved.len = 0;
    if (a->conf->is_elastic)
        (void)loop_timer_start(&a->elastic, ELASTIC_LOOK_MS);
}

/* In a list of them the last has no actor. */
struct scaling {
    struct actor *actor;
    size_t n;
};

/* NULL with e. */
static struct actor *scaling_pool(struct system *s, const char *name, struct err *e)
{
    struct target t = {NULL, 0};
    char why[256];
    int rc = names_resolve(s, span_of(name, strlen(name)), &t, why, sizeof(why));

    if (rc != 0)
        (void)err_set(e, rc, "%s", why);
    else if (t.member != 0)
        (void)err_set(e, ERR_INVALID, "%s is no pool: name the actor itself", name);
    else if (!t.actor->conf->is_pool)
        (void)err_set(e, ERR_REFUSED, "%s is no pool: give it `pool` in the file", name);
    else
        return t.actor;
    return NULL;
}

/* So many may be asked for, and there is a place for each. */
static int scaling_read(struct system *s, const char *name, const json_t *n, struct scaling *out,
                        struct err *e)
{
    json_int_t count = json_is_integer(n) ? json_integer_value(n) : 0;
    struct actor *a = scaling_pool(s, name, e);

    if (a == NULL)
        return e->code != 0 ? e->code : ERR_INVALID;
    *out = (struct scaling){a, 1};
    if (count < 1 || count > TOPO_POOL_MAX)
        return err_set(e, ERR_INVALID, "%s: a pool has from 1 to %d members", name, TOPO_POOL_MAX);
    const struct topo_elastic *el = &a->conf->elastic;
    if (a->conf->is_elastic && (count < el->min || count > el->max))
        return err_set(e, ERR_REFUSED, "%s: its file says from %u to %u members", name, el->min,
                       el->max);
    out->n = (size_t)count;
    return scaling_room(a, out->n, e);
}

static int scaling_read_all(struct system *s, const json_t *pools, struct scaling *list,
                            struct err *e)
{
    uint64_t more = 0;
    size_t i = 0;
    const char *name;
    json_t *n;

    json_object_foreach((json_t *)pools, name, n)
    {
        int rc = scaling_read(s, name, n, &list[i], e);
        if (rc != 0)
            return rc;
        const struct actor *a = list[i].actor;
        if (a != NULL && list[i].n > a->n_members)
            more += budget_of(a->conf, list[i].n - a->n_members);
        i++;
    }
    return more > 0 ? budget_fits(s, more, e) : 0;
}

static int scaling_leavers(const struct scaling *list, struct selection *sel, struct err *e)
{
    size_t total = 0;

    for (size_t i = 0; list[i].actor != NULL; i++)
        total += list[i].actor->n_members;
    struct member **members = calloc(total + 1, sizeof(struct member *));
    if (members == NULL)
        return err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    selection_release(sel);
    sel->members = members;
    for (size_t i = 0; list[i].actor != NULL; i++)
        for (size_t k = list[i].n; k < list[i].actor->n_members; k++)
            sel->members[sel->n++] = list[i].actor->members[k];
    return 0;
}

int scaling_make(struct system *s, const json_t *pools, struct selection *sel, struct err *e)
{
    size_t n = json_object_size(pools);
    struct scaling *list = calloc(n + 1, sizeof(*list));
    int rc = list == NULL ? err_set(e, ERR_NOMEM, "the supervisor is out of memory")
                          : scaling_read_all(s, pools, list, e);

    if (rc == 0)
        rc = scaling_leavers(list, sel, e);
    for (size_t i = 0; rc == 0 && list[i].actor != NULL; i++)
        scaling_to(list[i].actor, list[i].n);
    free(list);
    return rc;
}
