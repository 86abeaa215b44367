#include "engine/reload.h"

#include "engine/adopt.h"
#include "engine/budget.h"
#include "engine/confined.h"
#include "engine/elasticity.h"
#include "engine/events.h"
#include "engine/files.h"
#include "engine/gatehouse.h"
#include "engine/groups.h"
#include "engine/hosts.h"
#include "engine/keeping.h"
#include "engine/member.h"
#include "engine/plan.h"
#include "engine/renewing.h"
#include "engine/roster.h"
#include "engine/scaling.h"
#include "engine/service.h"
#include "io/logfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- beforehand --- */

/* What a running system cannot become. */
static int reload_refuse(const struct system *s, const struct topology *t, struct err *e)
{
    if (s->stopping)
        return err_set(e, ERR_REFUSED, "the system is stopping");
    if (strcmp(t->system, s->topology->system) != 0)
        return err_set(e, ERR_REFUSED, "%s describes the system %s, and this one is %s", t->path,
                       t->system, s->topology->system);
    if ((confined_roles(t) & ~s->roles) != 0)
        return err_set(e, ERR_REFUSED,
                       "its `limits` need cgroups that are made at the start of a system: "
                       "`actorsup down`, and `up` again");
    int rc = gatehouse_check(t, e);
    return rc != 0 ? rc : budget_fits_file(t, e);
}

static int reload_prepare_one(struct system *s, struct plan_item *item, struct err *e)
{
    if (item->conf == NULL)
        return 0;
    if (item->actor == NULL) {
        bool starts = system_starts(s, item->conf->name);
        item->made = roster_new(s, item->conf, e);
        if (item->made == NULL)
            return e->code != 0 ? e->code : ERR_NOMEM;
        return starts && item->made->confined ? confined_try(item->conf, &item->made->confine, e)
                                              : 0;
    }
    /* How a process is confined is made only for an actor that may run here. */
    if (item->change == CHANGE_NONE && item->conf->here == item->actor->conf->here)
        return 0;
    item->diff.change = item->change;
    item->adoption = adopt_prepare(item->actor, item->conf, &item->diff, e);
    return item->adoption != NULL ? 0 : e->code != 0 ? e->code : ERR_NOMEM;
}

static int reload_keeping(struct system *s, const struct topology *t, struct err *e)
{
    bool disk = false, copies = false;

    for (size_t i = 0; i < t->n_actors; i++) {
        disk = disk || keeping_stores(&t->actors[i]);
        copies = copies || copies_has(&t->actors[i]);
    }
    return disk || copies ? keeping_open(s, disk, copies, e) : 0;
}

/* Room for all that is to be written down. */
static int reload_room(struct system *s, const struct plan *p, struct actor ***list, struct err *e)
{
    size_t fresh = 0;

    for (size_t i = 0; i < p->n; i++)
        fresh += p->items[i].made != NULL;
    *list = calloc(p->n + s->n_actors + 1, sizeof(struct actor *));
    if (*list == NULL)
        return err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    return fresh > 0 ? roster_room(s, fresh, e) : 0;
}

static int reload_prepare(struct system *s, struct plan *p, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < p->n && rc == 0; i++)
        rc = reload_prepare_one(s, &p->items[i], e);
    return rc;
}

/* --- what can no longer fail --- */

static void reload_take_up(struct plan_item *item)
{
    struct actor *a = item->actor;

    if (item->made != NULL) {
        a = item->actor = item->made;
        item->made = NULL;
        roster_enlist(a);
        a->enabled = system_starts(a->sys, item->conf->name);
        return;
    }
    if (item->conf == NULL) {
        a->removed = true;
        return;
    }
    if (a->removed)
        a->enabled = system_starts(a->sys, item->conf->name);
    a->removed = false;
    bool gone = a->own != NULL && a->conf == a->own; /* nothing is to end first */
    if (item->change == CHANGE_REPLACE && !gone) {
        adopt_drop(a->pending);
        a->pending = item->adoption;
    } else if (item->adoption == NULL) {
        adopt_same(a, item->conf);
    } else {
        adopt(a, item->adoption);
    }
    item->adoption = NULL;
}

/* list: the topology's, then those that are to go. */
static void reload_arrange(struct system *s, struct plan *p, struct actor **list)
{
    struct err e = {0, ""};
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        reload_take_up(&p->items[i]);
    for (size_t i = 0; i < p->topology->n_actors; i++)
        list[n++] = p->items[i].actor;
    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->removed || s->actors[i]->spawned)
            list[n++] = s->actors[i];
    s->topology = p->topology;
    roster_arrange(s, list, n);
    if (roster_connect(s, &e) != 0 || groups_make(s, &e) != 0)
        event_system(s, "internal.error", "reason=\"%s\"", e.text);
}

static void reload_logs(struct system *s)
{
    const struct topo_own_log *c = &s->topology->own_log;

    logfile_bound(s->log, c->log.max_bytes, c->log.keep);
    logfile_bound(s->events, c->log.max_bytes, c->log.keep);
    logfile_set_form(s->log, c->json ? LOGFILE_JSON : LOGFILE_TEXT);
}

/* --- doing it --- */

static void reload_tell(const struct plan_item *item)
{
    char keys[512] = "";
    size_t len = 0;

    if (item->what == PLAN_ADD)
        event_actor(item->actor, "actor.added", "%s", "");
    if (item->what != PLAN_CHANGE)
        return;
    for (size_t i = 0; i < item->diff.n && len < sizeof(keys); i++)
        len += (size_t)snprintf(keys + len, sizeof(keys) - len, "%s%s", i > 0 ? ", " : "",
                                item->diff.keys[i]);
    event_actor(item->actor, "actor.changed", "keys=\"%s\" effect=\"%s\"", keys,
                topodiff_effect(item->change));
}

static void reload_start(struct actor *a)
{
    if (a->n_members == 0 && !a->conf->template) /* it was gone */
        scaling_to(a, a->conf->pool);
    for (size_t i = 0; i < a->n_members && a->enabled; i++)
        if (a->members[i]->state == LIFE_STOPPED)
            member_start(a->members[i]);
}

/* True: its processes are touched. */
static bool reload_act(const struct plan_item *item)
{
    struct actor *a = item->actor;
    const struct topodiff *d = &item->diff;
    bool sized = item->conf != NULL && !item->conf->template;
    bool elastic = sized && item->conf->is_elastic && item->change != CHANGE_NONE;
    bool resized = sized && (elastic || topodiff_has(d, "pool"));

    reload_tell(item);
    if (item->what == PLAN_REMOVE)
        renewing_remove(a);
    else if (a->pending != NULL)
        renewing_replace(a, item->what == PLAN_ADD);
    else if (item->what == PLAN_ADD)
        reload_start(a);
    else if (elastic)
        elasticity_bound(a);
    else if (resized)
        scaling_to(a, item->conf->pool);
    if (a->pending == NULL && item->change == CHANGE_RESTART)
        renewing_restart(a);
    if (a->pending == NULL && item->what == PLAN_CHANGE && item->change == CHANGE_LIVE)
        hosts_change(a);
    return resized || item->change >= CHANGE_RESTART || topodiff_has(d, "ready");
}

/* Of a slot, which may be empty. */
static bool reload_has_touched(const struct actor *a)
{
    return a != NULL && a->touched;
}

/* What a former reload began with it is not over yet, and may still come to a good end. */
static bool reload_goes_on(const struct actor *a)
{
    bool settled = true, hopeless = false, waits = false;

    for (size_t i = 0; i < a->n_members; i++) {
        settled = settled && renewing_settled(a->members[i]);
        hopeless = hopeless || renewing_hopeless(a->members[i]);
        waits = waits || renewing_stale(a->members[i]);
    }
    return waits || (!settled && !hopeless);
}

static void reload_do(struct system *s, struct plan *p, struct actor **list)
{
    for (size_t i = 0; i < s->n_slots; i++)
        if (reload_has_touched(s->slots[i]))
            s->slots[i]->touched = reload_goes_on(s->slots[i]);
    reload_arrange(s, p, list);
    reload_logs(s);
    gatehouse_renew(s);
    hosts_adopt(s);
    for (size_t i = 0; i < p->n; i++)
        if (reload_act(&p->items[i]))
            p->items[i].actor->touched = true;
    loop_task_queue(&s->changed);
}

/* list is taken over. */
static void reload_commit(struct system *s, struct plan *p, struct actor **list, size_t changes)
{
    event_system(s, "system.reload", "file=\"%s\" changes=%zu", p->topology->path, changes);
    service_reloading(s);
    reload_do(s, p, list);
    service_reloaded(s);
}

int reload(struct system *s, const struct reload_request *r, json_t **plan, char **faults,
           struct err *e)
{
    const char *path = r->path != NULL ? r->path : s->topology->path;
    const struct topology *t = NULL;
    struct actor **list = NULL;
    struct plan p = {0};

    *plan = NULL;
    int rc = files_read(s, path, &t, faults, e);
    if (rc == 0 && (rc = reload_refuse(s, t, e)) == 0 && (rc = plan_make(s, t, &p, e)) == 0)
        rc = reload_prepare(s, &p, e);
    if (rc == 0 && !r->dry && (rc = reload_room(s, &p, &list, e)) == 0)
        rc = reload_keeping(s, t, e);
    if (rc == 0 && (*plan = plan_json(s, &p)) == NULL)
        rc = err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    if (rc == 0 && !r->dry)
        reload_commit(s, &p, list, json_array_size(*plan));
    else
        free(list);
    plan_release(&p);
    files_tidy(s);
    return rc;
}

void reload_by_signal(struct system *s)
{
    struct reload_request r = {NULL, false};
    json_t *plan = NULL;
    char *faults = NULL;
    struct err e = {0, ""};

    if (reload(s, &r, &plan, &faults, &e) != 0) {
        event_system(s, "system.reload_refused", "reason=\"%s\"", e.text);
        if (s->front)
            (void)fprintf(stderr, "actorsup: not reloaded: %s\n", e.text);
    }
    free(faults);
    json_decref(plan);
}

int reload_touched(struct system *s, struct selection *out)
{
    size_t total = 0;

    *out = (struct selection){0};
    for (size_t i = 0; i < s->n_slots; i++)
        total += reload_has_touched(s->slots[i]) ? s->slots[i]->n_members : 0;
    out->members = calloc(total + 1, sizeof(struct member *));
    if (out->members == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < s->n_slots; i++)
        for (size_t k = 0; reload_has_touched(s->slots[i]) && k < s->slots[i]->n_members; k++)
            out->members[out->n++] = s->slots[i]->members[k];
    return 0;
}
