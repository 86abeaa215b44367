#include "engine/vain.h"

#include "base/bytes.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/groups.h"

#include <stdio.h>

enum { VAIN_SHOWN = 4 }; /* actors of a chain at most */

static bool vain_any(const struct actor *a, enum life_state state)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->state == state)
            return true;
    return false;
}

/* --- who --- */

/* Those that were found, and whose followers have not been looked at. */
struct vain_queue {
    struct actor *first, **end;
    enum vain kind;
};

static bool vain_mark(struct vain_queue *q, struct actor *a, struct actor *on)
{
    if (a->vain.kind != VAIN_NOT || !vain_any(a, LIFE_WAITING))
        return false;
    a->vain.kind = q->kind;
    a->vain.on = on;
    a->vain.next = NULL;
    *q->end = a;
    q->end = &a->vain.next;
    return true;
}

/* Those that wait for a, whose members of this state will not come. */
static void vain_follow(struct vain_queue *q, struct actor *a, enum life_state state)
{
    for (size_t i = 0; i < a->later.n; i++)
        if (flow_awaits(a->later.list[i], a, state))
            (void)vain_mark(q, a->later.list[i], a);
    /* In a group one that is at rest holds up nobody, and one that lives has seen to those before
     * it. Those behind the first that is marked are its own followers. */
    for (struct actor *b = a->behind; state == LIFE_WAITING && b != NULL; b = b->behind)
        if (vain_mark(q, b, a) || b->vain.kind != VAIN_NOT || groups_alive(b))
            break;
}

static void vain_spread(struct system *s, enum life_state from, enum vain kind)
{
    struct vain_queue q = {NULL, &q.first, kind};

    for (size_t i = 0; i < s->n_actors; i++)
        if (vain_any(s->actors[i], from))
            vain_follow(&q, s->actors[i], from);
    /* Each is marked once, so that this ends whatever the graph. */
    for (struct actor *a = q.first; a != NULL; a = a->vain.next)
        vain_follow(&q, a, LIFE_WAITING);
}

void vain_find(struct system *s)
{
    for (size_t i = 0; i < s->n_actors; i++) {
        s->actors[i]->vain.kind = VAIN_NOT;
        s->actors[i]->vain.on = NULL;
    }
    if (s->stopping)
        return;
    vain_spread(s, LIFE_FAILED, VAIN_FAILED);
    vain_spread(s, LIFE_STOPPED, VAIN_STOPPED);
}

enum vain vain_of(const struct member *m)
{
    return m->state == LIFE_WAITING && m->turn == TURN_NONE ? m->actor->vain.kind : VAIN_NOT;
}

/* --- what is said of it --- */

static const char *vain_why(const struct actor *root, enum vain kind)
{
    return kind == VAIN_FAILED ? "has failed" : root->enabled ? "is stopped" : "was not started";
}

/* The last of the chain behind a, and how many there are between the two. Each one was marked
 * behind the one that it waits for, unless that is where the chain began: it ends there. */
static const struct actor *vain_root(const struct actor *a, size_t *between)
{
    enum life_state began = a->vain.kind == VAIN_FAILED ? LIFE_FAILED : LIFE_STOPPED;
    const struct actor *root = a->vain.on;

    *between = 0;
    for (; root->vain.on != NULL && !vain_any(root, began); root = root->vain.on)
        ++*between;
    return root;
}

bool vain_text(const struct actor *a, char *buf, size_t size)
{
    const struct actor *on = a->vain.on;
    char what[ADDRESS_MAX + 32];
    size_t between;

    if (on == NULL)
        return false;
    const struct actor *root = vain_root(a, &between);
    const char *why = vain_why(root, a->vain.kind);
    if (!flow_waits_for(a, on, what, sizeof(what)))
        (void)snprintf(what, sizeof(what), "%s to start", on->conf->name);
    if (between == 0)
        (void)snprintf(buf, size, "%s, but it %s", what, why);
    else if (between == 1)
        (void)snprintf(buf, size, "%s, but it waits for %s, which %s", what, root->conf->name, why);
    else
        (void)snprintf(buf, size, "%s, but it waits for %s and so on to %s, which %s", what,
                       on->vain.on->conf->name, root->conf->name, why);
    return true;
}

/* "web -> … (3 more) -> db" */
static void vain_chain(const struct actor *a, struct bytes *b)
{
    size_t between;
    const struct actor *root = vain_root(a, &between);
    size_t left = between > VAIN_SHOWN ? between - VAIN_SHOWN : 0;

    (void)bytes_str(b, a->conf->name);
    for (size_t i = 0; i < between - left; i++) {
        a = a->vain.on;
        (void)bytes_printf(b, " -> %s", a->conf->name);
    }
    if (left > 0)
        (void)bytes_printf(b, " -> ... (%zu more)", left);
    (void)bytes_printf(b, " -> %s", root->conf->name);
}

static void vain_event(struct actor *a)
{
    size_t between;
    const struct actor *root = vain_root(a, &between);
    struct bytes b;

    bytes_init(&b);
    vain_chain(a, &b);
    const char *chain = bytes_cstr(&b);
    event_actor(a, "actor.vain", "chain=\"%s\" reason=\"%s %s\"", chain == NULL ? "" : chain,
                root->conf->name, vain_why(root, a->vain.kind));
    bytes_release(&b);
}

void vain_tell(struct system *s)
{
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        if (a->vain.kind != VAIN_NOT && a->vain.told != a->vain.kind)
            vain_event(a);
        a->vain.told = a->vain.kind;
    }
}
