/* The mail that an earlier supervisor has left, on the disk or as a copy on another host: to whom
 * it belongs now. */
#include "engine/boxes.h"
#include "engine/deadletters.h"
#include "engine/events.h"
#include "engine/keepingparts.h"
#include "engine/names.h"
#include "engine/router.h"
#include "model/address.h"

#include <stdlib.h>
#include <string.h>

struct stranger {
    struct stranger *next;
    uint64_t n;
    char name[ADDRESS_MAX + 1];
};

static void keeping_stranger(struct keeping *k, const char *name)
{
    struct stranger *one = k->strangers;

    while (one != NULL && strcmp(one->name, name) != 0)
        one = one->next;
    if (one == NULL) {
        one = calloc(1, sizeof(*one));
        if (one == NULL)
            return;
        memcpy(one->name, name, strlen(name) + 1);
        one->next = k->strangers;
        k->strangers = one;
    }
    one->n++;
}

/* Who sent it, as far as that is still somebody. */
static mail_origin keeping_sender(struct system *s, struct span from)
{
    struct address a;

    if (address_parse(from.data, from.len, &a, NULL) != 0)
        return ORIGIN_SYSTEM;
    if (address_is_client(a.name)) {
        uint32_t n = (uint32_t)strtoul(a.name + 1, NULL, 10) & 0x7fffffff;
        if (n >= s->next_client)
            s->next_client = n + 1; /* so that no other gets what is meant for it */
        return origin_client(n);
    }
    const struct actor *sender = names_find(s, a.name);
    if (sender == NULL)
        return ORIGIN_SYSTEM;
    uint32_t member =
        a.member > 0 && (size_t)a.member <= sender->n_members ? (uint32_t)a.member : 0;
    return origin_member(sender->index, sender->conf->is_pool ? member : 0);
}

static int64_t keeping_age(const struct kept_record *r)
{
    int64_t now = keeping_wall();
    int64_t age = r->wall < 0 || r->wall > now ? 0 : now - r->wall;
    return age > INT32_MAX / 2 ? INT32_MAX / 2 : age;
}

/* An ask's asker went with the supervisor; the work is still to be done. */
static struct letter keeping_letter(struct system *s, const struct kept_record *r)
{
    struct letter l = {.id = r->id,
                       .from = keeping_sender(s, r->from),
                       .when = system_when(s) - (uint32_t)keeping_age(r),
                       .type = r->type == MSG_ASK ? MSG_TELL : r->type,
                       .attempt = r->attempt,
                       .blame = r->blame,
                       .solo = (r->flags & KEPT_SOLO) != 0,
                       .headers = r->headers,
                       .body = r->body};

    if (l.type == MSG_REPLY)
        l.tag = r->tag;
    if (l.id >= s->next_id && (l.id ^ s->next_id) >> 40 == 0)
        s->next_id = l.id + 1;
    return l;
}

/* As a reason alone, without evidence: see kept_record. */
static void keeping_refused(struct system *s, struct actor *a, const char *to,
                            const struct letter *l, const char *why, struct store_entry *e)
{
    struct bytes extra;

    bytes_init(&extra);
    (void)bytes_printf(&extra, "%s", why);
    (void)bytes_append(&extra, "\0", 1);
    deadletters_restore(s, a, to, l, span_of(bytes_at(&extra), bytes_len(&extra)), 0, e);
    bytes_release(&extra);
}

/* What the store has not got is added to whatever keeps it from now on. */
static void keeping_arrived(struct actor *a, struct mailbox *box, const struct letter *l,
                            const struct store_entry *e)
{
    if (e == NULL)
        keeping_add(a, box, l);
    router_arrived(a);
}

/* e: NULL where it is from a copy. */
static uint32_t keeping_put(struct system *s, const struct target *t, struct store_entry *e,
                            const struct kept_record *r)
{
    struct actor *a = t->actor;
    struct letter l = keeping_letter(s, r);
    struct mailbox *box = actor_box(a, t->member, &l);
    char address[ADDRESS_MAX + 1];
    const char *why = NULL;

    if (box == NULL)
        return STORE_NO_BOX;
    box = boxes_lane(a, box, &l);
    keeping_watch(a, box, (int)boxes_member(a, box));
    const char *to = actor_box_address(a, box, address, sizeof(address));
    if (s->keeping->found != NULL)
        s->keeping->found[a->index]++;
    a->books.accepted++;
    if ((r->flags & KEPT_DEAD) != 0)
        deadletters_restore(s, a, to, &l, r->extra, keeping_age(r), e);
    else if ((why = router_over(a, box)) != NULL || router_takes(t, &l, &why) != 0)
        keeping_refused(s, a, to, &l, why, e);
    else if (mailbox_put(box, &l) != 0)
        keeping_refused(s, a, to, &l, "out of memory", e);
    else
        keeping_arrived(a, box, &l, e);
    return mailbox_tag(box);
}

/* Whose it is by its address; actor NULL: nobody's, and only the name is in a. False: it has none.
 */
static bool keeping_target(struct system *s, const struct kept_record *r, struct address *a,
                           struct target *t)
{
    if (address_parse(r->to.data, r->to.len, a, NULL) != 0)
        return false;
    *t = (struct target){names_find(s, a->name), a->member > 0 ? a->member : 0};
    if (t->actor != NULL && (!t->actor->conf->is_pool || (size_t)t->member > t->actor->n_members))
        t->member = 0; /* the others have it, where there is no such member any more */
    return true;
}

uint32_t keeping_found(void *system, struct store_entry *e, const struct kept_record *r)
{
    struct system *s = system;
    struct address a;
    struct target t;

    if (!keeping_target(s, r, &a, &t))
        return STORE_NO_BOX;
    if (t.actor != NULL)
        return keeping_put(s, &t, e, r);
    keeping_stranger(s->keeping, a.name);
    if ((r->flags & KEPT_DEAD) != 0) {
        struct letter l = keeping_letter(s, r);
        deadletters_restore(s, NULL, a.name, &l, r->extra, keeping_age(r), e);
    }
    return STORE_NO_BOX;
}

/* Nobody is there who could take it. */
static void keeping_left_over(struct system *s, const char *name, const struct kept_record *r)
{
    struct letter l = keeping_letter(s, r);

    if ((r->flags & KEPT_DEAD) != 0)
        deadletters_restore(s, NULL, name, &l, r->extra, keeping_age(r), NULL);
    else
        keeping_refused(s, NULL, name, &l, "there is no such actor any more", NULL);
    deadletters_left(s);
}

void keeping_left(struct system *s, const struct kept_record *left)
{
    struct kept_record r = *left;
    struct address a;
    struct target t;

    if (!keeping_target(s, &r, &a, &t))
        return;
    if ((r.flags & KEPT_DEAD) == 0 && r.attempt < UINT8_MAX)
        r.attempt++; /* it may have been in hand */
    if ((r.flags & KEPT_LOGGED) != 0 && s->keeping->found_disk && copies_ours(s))
        return; /* the disk knows it better */
    if (t.actor == NULL) {
        keeping_left_over(s, a.name, &r);
        return;
    }
    (void)keeping_put(s, &t, NULL, &r);
}

void keeping_tell_found(struct system *s)
{
    struct keeping *k = s->keeping;

    for (size_t i = 0; i < s->n_slots; i++)
        if (k->found[i] > 0)
            event_actor(s->slots[i], "mail.replayed", "messages=%llu dead=%llu",
                        (unsigned long long)k->found[i],
                        (unsigned long long)s->slots[i]->books.dead);
    while (k->strangers != NULL) {
        struct stranger *one = k->strangers;
        event_system(s, "mail.kept",
                     "actor=%s messages=%llu reason=\"there is no such actor; they stay\"",
                     one->name, (unsigned long long)one->n);
        k->strangers = one->next;
        free(one);
    }
}
