/* Which host a member runs on, and for which it waits. */
#include "base/text.h"
#include "base/units.h"
#include "config/topofar.h"
#include "engine/copies.h"
#include "engine/events.h"
#include "engine/farspeak.h"
#include "engine/hostparts.h"
#include "engine/member.h"
#include "engine/post.h"
#include "model/place.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { HOSTS_WHY_LEAST = 32 }; /* bytes for why it is not up; with less it is left out */

static bool host_has(const struct host *h, const char *name)
{
    return strcmp(h->conf->name, name) == 0;
}

struct host *hosts_find(const struct system *s, const char *name)
{
    struct host *h = s->hosts;

    while (h != NULL && !host_has(h, name))
        h = h->next;
    return h;
}

const char *hosts_name(const struct member *m)
{
    const struct topo_on *on = &m->actor->conf->on;

    if (m->host == NULL && on->kind == TOPO_ON_HOST && m->actor->sys->relay == NULL)
        return on->host; /* for which it waits */
    if (m->host == NULL && on->kind == TOPO_ON_FITTING && !m->actor->conf->here &&
        m->actor->sys->relay == NULL)
        return "-"; /* for any that fits */
    return m->host != NULL ? m->host->conf->name : m->actor->sys->host;
}

/* --- who runs where --- */

bool host_fits(const struct host *h, const struct topo_on *on)
{
    return on->kind == TOPO_ON_HOST ? host_has(h, on->host)
                                    : topo_fits(&h->conf->capabilities, &on->needs);
}

bool hosts_home_fits(const struct actor *a)
{
    static const struct topo_capabilities none = {NULL, 0};
    const struct topo_host *home = hosts_described(a->sys, TOPO_HOME);

    /* What was spawned knows only what the file said then. */
    return a->conf->here &&
           (a->conf->on.kind != TOPO_ON_FITTING ||
            topo_fits(home == NULL ? &none : &home->capabilities, &a->conf->on.needs));
}

/* It fits, is there, and stays; and is not silent for so long that what it ran is started
 * elsewhere.
 */
static bool host_takes(const struct host *h, const struct topo_actor *conf)
{
    return h->state == HOST_UP && !h->going && host_fits(h, &conf->on) &&
           loop_now(h->sys->loop) - h->contact < conf->failover_ms;
}

/* Of a's members, but for one, those that count: how many are on each host, in its tally. Returns
 * how many are here. Once for all hosts: there may be as many hosts as members. */
static unsigned hosts_tally(const struct actor *a, bool (*counts)(const struct member *m),
                            const struct member *but)
{
    unsigned here = 0;

    for (struct host *h = a->sys->hosts; h != NULL; h = h->next)
        h->tally = 0;
    for (size_t i = 0; i < a->n_members; i++) {
        const struct member *m = a->members[i];
        if (m == but || !counts(m))
            continue;
        if (m->host == NULL)
            here++;
        else
            m->host->tally++;
    }
    return here;
}

static bool hosts_runs(const struct member *m)
{
    return lifecycle_has_process(m->state);
}

/* Here, as one more host that an actor may run on. */
static struct place_host hosts_here(const struct member *m, unsigned own)
{
    const struct system *s = m->actor->sys;
    unsigned n = 0;

    if (!hosts_home_fits(m->actor))
        return (struct place_host){.fits = false};
    for (const struct process *p = s->processes; p != NULL; p = p->next)
        n += p->post == NULL;
    return (struct place_host){.fits = true, .own = own, .all = n};
}

/* False: none that fits is up. *h NULL: here. Where its files could not be brought just now others
 * come first. */
static bool hosts_choose_from(const struct member *m, struct host **h, bool failing)
{
    const struct topo_actor *conf = m->actor->conf;
    struct place_host best = hosts_here(m, hosts_tally(m->actor, hosts_runs, m));

    for (struct host *o = m->actor->sys->hosts; o != NULL && conf->on.kind != TOPO_ON_HERE;
         o = o->next) {
        struct place_host p = {.fits = host_takes(o, conf) && (failing || !freight_fails(o, conf)),
                               .own = o->tally,
                               .all = (unsigned)o->n_posts,
                               .cpus = o->cpus};
        if (place_better(&p, &best)) {
            best = p;
            *h = o;
        }
    }
    return best.fits;
}

static bool hosts_choose(const struct member *m, struct host **h)
{
    *h = held_host(m);
    return *h != NULL || hosts_choose_from(m, h, false) ||
           (m->actor->conf->n_files > 0 && hosts_choose_from(m, h, true));
}

static size_t hosts_text(const struct host *h, char *buf, size_t size)
{
    char sends[64] = " (launching)", again[64] = "", left[32];
    uint64_t sent, total;
    int64_t ms = host_again_ms(h);
    bool off = h->state == HOST_OFF;

    if (host_sends(h, &sent, &total) != NULL)
        (void)snprintf(sends, sizeof(sends), " (actorsup is sent: %d %%)",
                       (int)(100.0 * (double)sent / (double)total));
    if (ms >= 0)
        (void)snprintf(again, sizeof(again), " (launched again in %s)",
                       units_age_text(ms, left, sizeof(left)));
    int n = snprintf(buf, size, "host %s%s%s", h->conf->name,
                     h->state == HOST_LAUNCHING ? sends : again,
                     off && *host_why(h) != '\0' ? ": " : "");
    size_t at = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;

    /* What to do stands at its end. */
    if (off && size - at >= HOSTS_WHY_LEAST)
        at += strlen(text_cut(host_why(h), buf + at, size - at));
    return at;
}

static bool hosts_any_has(const struct system *s, const struct topo_capabilities *needs)
{
    const struct host *h = s->hosts;

    while (h != NULL && !topo_fits(&h->conf->capabilities, needs))
        h = h->next;
    return h != NULL;
}

/* What is waited for, as none that is there and up fits. */
static size_t hosts_missing(const struct system *s, const struct topo_on *on, char *buf,
                            size_t size)
{
    const char *known = s->hosts == NULL ? "" : ": none has all that it needs";
    const struct topo_capability *lack = NULL;

    for (size_t i = 0; i < on->needs.n && lack == NULL && s->hosts != NULL; i++)
        if (!hosts_any_has(s, &(struct topo_capabilities){&on->needs.list[i], 1}))
            lack = &on->needs.list[i];
    int n =
        lack != NULL
            ? snprintf(buf, size, "a host that fits: none has %.60s=%.60s", lack->key, lack->value)
            : snprintf(buf, size, "a host that fits%s", hosts_any_has(s, &on->needs) ? "" : known);
    return (size_t)n < size ? (size_t)n : size - 1;
}

static bool hosts_await(const struct member *m,
                        bool (*files)(struct host *h, const struct topo_actor *conf, char *buf,
                                      size_t size),
                        char *buf, size_t size)
{
    const struct topo_on *on = &m->actor->conf->on;
    struct host *h = NULL;

    const struct host *copy = copies_has(m->actor->conf) ? copies_awaited(m->actor->sys) : NULL;
    const struct host *owed = copy != NULL ? copy : held_host(m) != NULL ? NULL : hosts_owed(m);
    if (owed != NULL) {
        size_t at = (size_t)snprintf(buf, size, "%s: ",
                                     copy != NULL ? copies_awaits(m->actor->sys)
                                                  : "word of what may still run there");
        (void)hosts_text(owed, buf + at, size - at);
        return true;
    }
    if (on->kind == TOPO_ON_HERE)
        return false;
    if (hosts_choose(m, &h))
        return h != NULL && files(h, m->actor->conf, buf, size);
    if (on->kind == TOPO_ON_HOST && (h = hosts_find(m->actor->sys, on->host)) != NULL) {
        (void)hosts_text(h, buf, size);
        return true;
    }
    if (on->kind == TOPO_ON_HOST) {
        (void)snprintf(buf, size, "host %s, which was let go", on->host);
        return true;
    }
    size_t n = hosts_missing(m->actor->sys, on, buf, size);
    for (h = m->actor->sys->hosts; h != NULL; h = h->next)
        if (host_fits(h, on) && n + 2 < size) {
            n += (size_t)snprintf(buf + n, size - n, "; ");
            n += hosts_text(h, buf + n, size - n);
        }
    return true;
}

bool hosts_waits(const struct member *m, char *buf, size_t size)
{
    return hosts_await(m, freight_waits, buf, size);
}

bool hosts_says(const struct member *m, char *buf, size_t size)
{
    return hosts_await(m, freight_says, buf, size);
}

void hosts_change(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->process.post != NULL)
            post_changed(a->members[i]);
}

bool hosts_reason(const struct member *m, char *buf, size_t size)
{
    const struct host *h = m->host;
    char age[32];

    if (h == NULL || h->state == HOST_UP || !lifecycle_has_process(m->state) ||
        (m->process.post != NULL && post_is_over(m->process.post)))
        return false;
    size_t n =
        (size_t)snprintf(buf, size, "nothing is heard of it for %s: ",
                         units_age_text(loop_now(h->sys->loop) - h->contact, age, sizeof(age)));
    (void)hosts_text(h, buf + n, size - n);
    return true;
}

int hosts_move(struct member *m, struct err *e)
{
    struct host *h = NULL;
    char why[MEMBER_REASON];

    if (m->actor->conf->on.kind != TOPO_ON_HERE && !hosts_choose(m, &h))
        return err_set(e, ERR_AGAIN, "no host for it is there");
    if (h != NULL && held_host(m) == NULL && freight_waits(h, m->actor->conf, why, sizeof(why)))
        return err_set(e, ERR_AGAIN, "it waits for %s", why);
    bool far = m->speak->ops == &farspeak;
    m->host = h;
    return far != (h != NULL) ? member_respeak(m, e) : 0;
}

/* --- pools --- */

static bool hosts_stays(const struct member *m)
{
    return m->state == LIFE_READY && !m->halting;
}

/* The one of a's members on h that has the least to do. */
static struct member *hosts_idlest(const struct actor *a, const struct host *h)
{
    struct member *least = NULL;

    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        if (m->host == h && hosts_stays(m) &&
            (least == NULL || hand_count(&m->speak->hand) < hand_count(&least->speak->hand)))
            least = m;
    }
    return least;
}

/* h is there now: members go to it from where most are, as many as make it even. They finish what
 * they hold. */
static void hosts_share_actor(struct actor *a, const struct host *h)
{
    for (unsigned moved = 0;; moved++) {
        const struct host *from = NULL;
        unsigned here = hosts_tally(a, hosts_stays, NULL), most = a->conf->here ? here : 0;
        for (const struct host *o = h->sys->hosts; o != NULL; o = o->next) {
            if (o != h && o->tally > most) {
                most = o->tally;
                from = o;
            }
        }
        struct member *m = most > h->tally + moved + 1 ? hosts_idlest(a, from) : NULL;
        if (m == NULL)
            return;
        event_member(m, "actor.move", "to=%s", h->conf->name);
        if (!member_finish(m, true))
            member_stop(m, true);
    }
}

static bool hosts_may_share(const struct actor *a)
{
    return a->conf->on.kind == TOPO_ON_FITTING && a->n_members > 1;
}

static bool hosts_settled(const struct member *m)
{
    return m->state == LIFE_READY ? !m->halting : lifecycle_at_rest(m->state);
}

/* It takes some of a's, and has their files; else these are brought first. */
static bool hosts_is_fit_out(struct host *h, const struct actor *a)
{
    char why[MEMBER_REASON];

    return host_takes(h, a->conf) && !freight_waits(h, a->conf, why, sizeof(why));
}

/* No host that takes some has two fewer than any other: that is looked at whenever something has
 * changed. */
static bool hosts_are_even(const struct actor *a)
{
    unsigned here = hosts_tally(a, hosts_stays, NULL);
    unsigned most = a->conf->here ? here : 0, least = UINT_MAX;

    for (struct host *h = a->sys->hosts; h != NULL; h = h->next) {
        most = h->tally > most ? h->tally : most;
        if (h->tally < least && hosts_is_fit_out(h, a))
            least = h->tally;
    }
    return most <= 1 || most - 1 <= least;
}

void hosts_even(const struct system *s)
{
    for (size_t i = 0; s->hosts != NULL && i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        if (!hosts_may_share(a) || hosts_are_even(a) || !actor_all(a, hosts_settled))
            continue;
        for (struct host *h = s->hosts; h != NULL; h = h->next)
            if (hosts_is_fit_out(h, a))
                hosts_share_actor(a, h);
    }
}
