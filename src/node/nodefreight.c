/* Trees of files that actors find here: they come on a channel of their own, one at a time. */
#include "freight/depot.h"
#include "node/nodeparts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void nodefreight_say(struct node *n, uint8_t flags, const char *text,
                            const struct bytes *body)
{
    struct frame f = {.kind = FRAME_TREE, .flags = flags, .text = span_of(text, strlen(text))};

    if (body != NULL)
        f.body = span_of(bytes_at(body), bytes_len(body));
    (void)trunk_send(n->trunk, TRUNK_FREIGHT, &f);
}

static void nodefreight_needs(struct node *n)
{
    struct bytes needs;

    bytes_init(&needs);
    if (depot_needs(n->depot, &needs) == 0)
        nodefreight_say(n, TREE_NEEDS, "", &needs);
    else
        nodefreight_say(n, TREE_FAILED, "out of memory", NULL);
    bytes_release(&needs);
}

static void nodefreight_step(void *arg)
{
    struct node *n = arg;
    struct err e = {0, ""};

    switch (depot_step(n->depot, &e)) {
    case DEPOT_MORE:
        loop_task_queue(&n->freight);
        break;
    case DEPOT_NEEDS:
        nodefreight_needs(n);
        break;
    case DEPOT_DONE:
        treenames_add(&n->trees, n->tree); /* it is kept as long as this node is there */
        nodefreight_say(n, TREE_THERE, "", NULL);
        depot_sweep(n->depot, &n->trees);
        break;
    default:
        nodefreight_say(n, TREE_FAILED, e.text, NULL);
        break;
    }
}

static void nodefreight_begin(struct node *n, const struct frame *f)
{
    struct err e = {0, ""};

    n->freight_credit = 0;
    (void)snprintf(n->tree, sizeof(n->tree), "%.*s", (int)f->text.len, (const char *)f->text.data);
    if (n->depot == NULL && (n->depot = depot_new(n->home)) == NULL)
        nodefreight_say(n, TREE_FAILED, "out of memory", NULL);
    else if (depot_begin(n->depot, f->body.data, f->body.len, &e) != 0)
        nodefreight_say(n, TREE_FAILED, e.text, NULL);
    else
        loop_task_queue(&n->freight);
}

static void nodefreight_part(struct node *n, const struct frame *f)
{
    struct frame credit = {.kind = FRAME_CREDIT};
    struct err e = {0, ""};

    if (n->depot == NULL || !depot_waits(n->depot))
        return; /* of one that was given up */
    if (depot_take(n->depot, f->body.data, f->body.len, f->flags != 0, &e) != 0) {
        nodefreight_say(n, TREE_FAILED, e.text, NULL);
        return;
    }
    n->freight_credit += trunk_cost(f);
    if (n->freight_credit >= TRUNK_FREIGHT_AHEAD / 4) {
        credit.number = n->freight_credit;
        n->freight_credit = 0;
        (void)trunk_send(n->trunk, TRUNK_FREIGHT, &credit);
    }
    if (!depot_waits(n->depot))
        loop_task_queue(&n->freight);
}

void nodefreight_frame(struct node *n, const struct frame *f)
{
    if (f->kind == FRAME_TREE)
        nodefreight_begin(n, f);
    else if (f->kind == FRAME_PART)
        nodefreight_part(n, f);
}

void nodefreight_init(struct node *n)
{
    loop_task_init(&n->freight, n->sys->loop, nodefreight_step, n);
}

void nodefreight_path(const struct node *n, const char *tree, char *buf, size_t size)
{
    if (n->depot != NULL)
        depot_path(n->depot, tree, buf, size);
    else
        (void)snprintf(buf, size, "%s", n->dir);
}

void nodefreight_open(const struct node *n, const char *tree)
{
    if (n->depot != NULL)
        depot_open(n->depot, tree);
}

void nodefreight_free(struct node *n)
{
    loop_task_cancel(&n->freight);
    depot_free(n->depot);
    treenames_clear(&n->trees);
}
