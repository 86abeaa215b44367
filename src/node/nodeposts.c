/* All posts of a node. */
#include "engine/member.h"
#include "node/nodeparts.h"

bool nodeposts_any(const struct node *n)
{
    return n->posts != NULL;
}

void nodeposts_end(struct node *n)
{
    struct nodepost *next;

    for (struct nodepost *p = n->posts; p != NULL; p = next) {
        next = p->next;
        struct member *m = p->actor->members[0];
        if (p->awaits) {
            nodepost_drop(p);
            continue;
        }
        member_stop(m, false);
        member_kill_now(m);
    }
}

int64_t nodeposts_expire(struct node *n, int64_t now)
{
    int64_t least = 0;

    for (struct nodepost *p = n->posts; p != NULL; p = p->next) {
        if (p->entry->lease_ms == 0 || p->lost)
            continue;
        int64_t since = p->lease_from > n->contact ? p->lease_from : n->contact;
        if (now - since >= p->entry->lease_ms && !p->awaits) {
            p->lost = true;
            member_kill_now(p->actor->members[0]);
        } else if (least == 0 || p->entry->lease_ms < least) {
            least = p->entry->lease_ms;
        }
    }
    return least;
}

void nodeposts_go(struct node *n)
{
    for (struct nodepost *p = n->posts; p != NULL; p = p->next) {
        if (!p->awaits)
            continue;
        p->awaits = false;
        member_start(p->actor->members[0]);
    }
}

static void nodeposts_mark_one(void *arg, mail_origin from)
{
    nodeorigins_keep(arg, from);
}

void nodeposts_mark(struct node *n)
{
    for (const struct nodepost *p = n->posts; p != NULL; p = p->next)
        mailbox_senders(p->actor->shared, nodeposts_mark_one, n);
}

void nodeposts_free(struct node *n)
{
    while (n->posts != NULL)
        nodepost_free(n->posts); // NOLINT(clang-analyzer-unix.Malloc): that unlinks
}
