/* Senders of messages are numbers in mailboxes and addresses on the trunk. */
#include "node/nodeparts.h"

#include <stdlib.h>
#include <string.h>

enum { NODEORIGIN_MANY = 4096 };

struct nodeorigin {
    uint32_t number;
    bool kept;
    size_t len;
    UT_hash_handle hh, by_number;
    char text[];
};

struct nodeorigins {
    struct nodeorigin *by_text, *by_number;
    size_t n, sweep_at;
};

static struct nodeorigins *nodeorigins_of(struct node *n)
{
    if (n->origins == NULL) {
        n->origins = calloc(1, sizeof(*n->origins));
        if (n->origins != NULL)
            n->origins->sweep_at = NODEORIGIN_MANY;
    }
    return n->origins;
}

mail_origin nodeorigin_number(struct node *n, struct span text)
{
    struct nodeorigins *all = nodeorigins_of(n);
    struct nodeorigin *o = NULL;

    if (all == NULL)
        return 0;
    HASH_FIND(hh, all->by_text, text.data, text.len, o);
    if (o != NULL)
        return o->number;
    if (all->n >= all->sweep_at) {
        nodeposts_mark(n);
        nodeorigins_sweep(n);
        all->sweep_at = 2 * all->n > NODEORIGIN_MANY ? 2 * all->n : NODEORIGIN_MANY;
    }
    if ((o = calloc(1, sizeof(*o) + text.len + 1)) == NULL)
        return 0;
    o->number = ++n->next_origin;
    o->len = text.len;
    memcpy(o->text, text.data, text.len);
    HASH_ADD_KEYPTR(hh, all->by_text, o->text, o->len, o);
    HASH_ADD(by_number, all->by_number, number, sizeof(o->number), o);
    all->n++;
    return o->number;
}

static struct nodeorigin *nodeorigin_find(const struct node *n, mail_origin number)
{
    struct nodeorigin *o = NULL;

    if (n->origins != NULL)
        HASH_FIND(by_number, n->origins->by_number, &number, sizeof(number), o);
    return o;
}

struct span nodeorigin_text(const struct node *n, mail_origin number)
{
    const struct nodeorigin *o = nodeorigin_find(n, number);

    return o == NULL ? span_of("", 0) : span_of(o->text, o->len);
}

void nodeorigins_keep(struct node *n, mail_origin number)
{
    struct nodeorigin *o = nodeorigin_find(n, number);

    if (o != NULL)
        o->kept = true;
}

static void nodeorigins_drop(struct nodeorigins *all, bool kept)
{
    struct nodeorigin *next = NULL;

    for (struct nodeorigin *o = all->by_text; o != NULL; o = next) {
        next = o->hh.next;
        if (kept && o->kept) {
            o->kept = false;
            continue;
        }
        /* uthash frees its table with the last one, which the analyzers take for the entry. */
        // NOLINTBEGIN(clang-analyzer-*)
        HASH_DELETE(by_number, all->by_number, o);
        HASH_DELETE(hh, all->by_text, o);
        // NOLINTEND(clang-analyzer-*)
        all->n--;
        free(o);
    }
}

void nodeorigins_sweep(struct node *n)
{
    nodeorigins_drop(nodeorigins_of(n), true);
}

void nodeorigins_free(struct node *n)
{
    if (n->origins == NULL)
        return;
    nodeorigins_drop(nodeorigins_of(n), false);
    free(n->origins);
    n->origins = NULL;
}
