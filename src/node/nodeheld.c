/* What runs when another home comes: it goes on, if that wants it. */
#include "engine/member.h"
#include "engine/process.h"
#include "model/hand.h"
#include "node/nodeparts.h"

#include <jansson.h>
#include <stdlib.h>

void nodeposts_clear(struct node *n)
{
    struct letter l;

    for (struct nodepost *p = n->posts; p != NULL; p = p->next) {
        while (p->actor != NULL && mailbox_drop_front(p->actor->shared, &l))
            ;
        nodepost_tell_over(p);
        p->flying = 0;
        p->pressed = false;
        if (p->waits && p->actor != NULL)
            loop_task_queue(&p->actor->members[0]->room);
        if (p->mutes && p->actor != NULL)
            process_more(p->actor->members[0]);
        p->waits = p->mutes = false;
    }
}

/* Ids that follow one another, as first and number. */
struct nodeheld_runs {
    json_t *list;
    uint64_t first, n;
};

static void nodeheld_flush(struct nodeheld_runs *r)
{
    if (r->n > 0)
        (void)json_array_append_new(r->list,
                                    json_pack("[I,I]", (json_int_t)r->first, (json_int_t)r->n));
    r->n = 0;
}

static bool nodeheld_letter(void *arg, const struct letter *l)
{
    struct nodeheld_runs *r = arg;

    if (r->n > 0 && l->id != r->first + r->n)
        nodeheld_flush(r);
    if (r->n == 0)
        r->first = l->id;
    r->n++;
    return true;
}

static json_t *nodeheld_one(const struct nodepost *p)
{
    struct member *m = p->actor->members[0];
    struct nodeheld_runs r = {.list = json_array()};
    bool ready = m->state == LIFE_READY;

    hand_each(&m->speak->hand, nodeheld_letter, &r);
    nodeheld_flush(&r);
    return json_pack("{s:I,s:s,s:s,s:I,s:b,s:o}", "channel", (json_int_t)p->channel, "order",
                     p->order, "token", p->token, "pid", (json_int_t)m->process.pid, "ready",
                     (int)ready, "hand", r.list);
}

char *nodeposts_held(const struct node *n)
{
    json_t *all = json_array();

    for (const struct nodepost *p = n->posts; p != NULL; p = p->next)
        if (p->actor != NULL && !p->settled && p->order != NULL)
            (void)json_array_append_new(all, nodeheld_one(p));
    char *text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}
