#include "engine/keeping.h"

#include "engine/boxes.h"
#include "engine/clients.h"
#include "engine/deadletters.h"
#include "engine/events.h"
#include "engine/keepingparts.h"
#include "engine/outbox.h"
#include "engine/router.h"
#include "model/address.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- what mailboxes tell ---- */

struct store_entry *keeping_find(const struct system *s, uint32_t box, uint64_t id)
{
    const struct keeping *k = s->keeping;

    return k == NULL || k->store == NULL ? NULL : store_find(k->store, box, id);
}

static void keeping_done(void *actor, uint32_t box, const struct letter *l)
{
    struct actor *a = actor;
    struct store_entry *e = keeping_find(a->sys, box, l->id);

    if (e != NULL)
        store_gone(a->sys->keeping->store, e);
    keeping_copy_done(a, box, l);
}

static void keeping_changed(void *actor, uint32_t box, const struct letter *l)
{
    const struct actor *a = actor;
    struct store_entry *e = keeping_find(a->sys, box, l->id);

    if (e != NULL)
        store_changed(a->sys->keeping->store, e, l->attempt, l->blame, l->solo);
    keeping_copy_changed(a->sys, box, l);
}

void keeping_watch(struct actor *a, struct mailbox *box, int member)
{
    static const struct mailbox_watch watch = {keeping_done, keeping_changed};

    if (a->sys->keeping != NULL)
        mailbox_watch(box, &watch, a, origin_member(a->index, (uint32_t)member));
}

void keeping_watch_all(struct actor *a)
{
    for (size_t i = 0; i < boxes_end(a); i++)
        if (*boxes_at(a, i) != NULL)
            keeping_watch(a, *boxes_at(a, i), (int)boxes_member(a, *boxes_at(a, i)));
}

/* ---- what the store tells ---- */

static void keeping_tell(void *system, const char *event, const char *text)
{
    event_system(system, event, "%s", text);
}

static void keeping_was_synced(void *system)
{
    clients_synced(system);
    keeping_copy_poke(system);
}

/* Those who wait for room look again, be it to be told that there is none. */
void keeping_room(void *system)
{
    struct system *s = system;

    for (size_t i = 0; i < s->n_actors; i++)
        if (keeping_wants(s->actors[i]->conf) && s->actors[i]->waiters != NULL)
            loop_task_queue(&s->actors[i]->room);
}

/* What it has acked, having sent something that waits for room, is not over before that is taken:
 * it would be lost with us. */
uint64_t keeping_holds(void *system, uint32_t box, uint64_t upto)
{
    const struct system *s = system;
    const struct actor *a = s->slots[origin_actor(box)];

    for (size_t i = 0; a != NULL && i < a->n_members; i++)
        if (outbox_number(a->members[i]) > 0 && outbox_number(a->members[i]) <= upto)
            return s->outputs;
    return 0;
}

static int keeping_open_store(struct system *s, bool will, struct err *e)
{
    const struct store_host host = {
        .found = keeping_found,
        .tell = keeping_tell,
        .synced = keeping_was_synced,
        .room = keeping_room,
        .holds = keeping_holds,
        .mark = keeping_copy_mark,
        .reached = keeping_copy_reached,
        .arg = s,
    };
    struct keeping *k = s->keeping;

    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on a file's size is a full disk */
    k->found = calloc(s->n_slots + 1, sizeof(*k->found));
    if (k->found == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    k->found_disk = store_exists(s->state_dir);
    int rc = store_open(s->loop, s->state_dir, will, &host, &k->store, e);
    if (rc == 0)
        keeping_tell_found(s);
    free(k->found);
    k->found = NULL;
    return rc;
}

int keeping_open(struct system *s, bool disk, bool copies, struct err *e)
{
    int rc = 0;

    if (s->keeping == NULL && (s->keeping = calloc(1, sizeof(*s->keeping))) == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    struct keeping *k = s->keeping;
    copies = copies || copies_are_left(s);
    for (size_t i = 0; i < s->n_actors; i++) {
        const struct topo_actor *conf = s->actors[i]->conf;
        disk = disk || keeping_stores(conf);
        copies = copies || copies_has(conf);
        if (keeping_wants(conf))
            keeping_watch_all(s->actors[i]);
    }
    if (k->store == NULL)
        rc = keeping_open_store(s, disk, e);
    if (rc == 0 && k->copies == NULL && copies && keeping_copy(s) != 0)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    if (k->store == NULL && k->copies == NULL) {
        free(k);
        s->keeping = NULL;
    }
    return rc;
}

static void keeping_tell_unkept(struct system *s)
{
    struct keeping *k = s->keeping;

    if (k->unkept > 0)
        event_system(s, "mail.unkept", "messages=%llu reason=\"in memory alone: %s\"",
                     (unsigned long long)k->unkept, store_why(k->store));
    k->unkept = 0;
}

static void keeping_close_store(struct system *s)
{
    struct keeping *k = s->keeping;

    keeping_tell_unkept(s);
    int rc = store_sync(k->store);
    clients_synced(s);
    s->kept = store_waiting(k->store);
    if (store_close(k->store) != 0 || rc != 0)
        event_system(s, "mail.disk_failed", "reason=\"not all could be written at the end\"");
}

void keeping_close(struct system *s)
{
    struct keeping *k = s->keeping;

    if (k == NULL)
        return;
    copies_free(k->copies, true); /* what waited for one waits no longer */
    k->copies = NULL;
    if (k->store != NULL)
        keeping_close_store(s);
    free(k);
    s->keeping = NULL;
}

/* ---- messages ---- */

int64_t keeping_wall(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool keeping_keeps(const struct letter *l)
{
    return mailbox_bounds(l->type) || l->type == MSG_REPLY;
}

static struct span keeping_from(struct system *s, mail_origin from)
{
    struct keeping *k = s->keeping;

    if (k->from_len == 0 || k->origin != from) {
        k->from_len = router_origin(s, from, k->from, sizeof(k->from));
        k->origin = from;
    }
    return span_of(k->from, k->from_len);
}

struct store_message keeping_message(struct system *s, uint32_t box, const char *to,
                                     const struct letter *l)
{
    return (struct store_message){.box = box,
                                  .to = span_of(to, strlen(to)),
                                  .from = keeping_from(s, l->from),
                                  .wall = keeping_wall(),
                                  .letter = l};
}

int keeping_begin(struct system *s, const struct target *t, size_t n, const struct letter *l,
                  struct actor **full)
{
    struct keeping *k = s->keeping;
    struct actor *first = NULL;
    size_t copies = 0, size = 0;

    if (k == NULL)
        return 0;
    if (k->copies != NULL && mailbox_bounds(l->type) && !s->stopping &&
        keeping_copy_room(s, t, n, full) != 0)
        return ERR_AGAIN;
    for (size_t i = n; i-- > 0;) {
        const struct actor *a = t[i].actor;
        size_t of = t[i].member == ADDRESS_ALL ? a->n_members : 1;
        if (a->conf->mailbox.keep != KEEP_DISK)
            continue;
        struct store_message m = keeping_message(s, 0, a->conf->name, l);
        copies += of;
        size += of * (store_size(&m) + sizeof("/1024") + 2);
        first = t[i].actor;
    }
    k->many = copies > 1;
    if (copies == 0 || s->stopping)
        return 0;
    int rc = store_room(k->store, size, copies);
    if (rc != 0)
        *full = first;
    return rc;
}

void keeping_end(struct system *s)
{
    struct keeping *k = s->keeping;

    if (k == NULL || !k->many)
        return;
    store_close_group(k->store);
    k->many = false;
}

void keeping_why(struct system *s, char *why, size_t size)
{
    (void)snprintf(why, size, "its mail cannot be kept on the disk: %s",
                   store_why(s->keeping->store));
}

static void keeping_store(struct actor *a, struct mailbox *box, const struct letter *l)
{
    struct keeping *k = a->sys->keeping;
    char to[ADDRESS_MAX + 1];
    struct store_message m =
        keeping_message(a->sys, mailbox_tag(box), actor_box_address(a, box, to, sizeof(to)), l);

    if (store_add(k->store, &m, k->many) != NULL)
        keeping_tell_unkept(a->sys);
    else if (k->unkept++ == 0)
        event_actor(a, "mail.unkept", "reason=\"in memory alone: %s\"", store_why(k->store));
}

void keeping_add(struct actor *a, struct mailbox *box, const struct letter *l)
{
    if (a->sys->keeping == NULL)
        return;
    if (keeping_stores(a->conf) && keeping_keeps(l))
        keeping_store(a, box, l);
    keeping_copy_letter(a, box, l);
}

static void keeping_store_again(struct actor *a, struct mailbox *box, struct store_entry *kept,
                                const struct letter *l)
{
    /* Also of an actor that keeps its mail in memory by now. */
    keeping_watch(a, box, (int)origin_index(mailbox_tag(box)));
    store_again(a->sys->keeping->store, kept, mailbox_tag(box), l->attempt == 0 ? 1 : l->attempt,
                l->blame);
}

void keeping_again(struct actor *a, struct mailbox *box, const struct letter *l)
{
    struct store_entry *kept = keeping_find(a->sys, mailbox_tag(box), l->id);

    if (kept != NULL)
        keeping_store_again(a, box, kept, l);
    keeping_copy_letter(a, box, l);
}

void keeping_retry(struct actor *a, struct mailbox *box, const struct deadletter *d,
                   const struct letter *l)
{
    keeping_copy_gone(a->sys, keeping_box(d->actor, d->to), d->id, true);
    if (d->kept == NULL || a->sys->keeping == NULL) {
        keeping_add(a, box, l);
        return;
    }
    keeping_store_again(a, box, d->kept, l);
    keeping_copy_letter(a, box, l);
}

void keeping_moved(struct actor *a, const struct mailbox *from, struct mailbox *to,
                   const struct letter *l)
{
    struct store_entry *kept = keeping_find(a->sys, mailbox_tag(from), l->id);

    if (kept != NULL)
        keeping_store_again(a, to, kept, l);
    keeping_copy_letter(a, to, l);
}

uint32_t keeping_box(const struct actor *a, const char *to)
{
    if (a == NULL)
        return STORE_NO_BOX;
    const char *slash = strchr(to, '/');

    return origin_member(a->index, slash == NULL ? 0 : (uint32_t)strtoul(slash + 1, NULL, 10));
}

void keeping_evidence(const struct deadletter *d, struct bytes *extra)
{
    bytes_init(extra);
    if (bytes_str(extra, d->reason) == 0 && bytes_byte(extra, 0) == 0 && d->stderr_text != NULL &&
        bytes_str(extra, d->exit == NULL ? "" : d->exit) == 0 && bytes_byte(extra, 0) == 0)
        (void)bytes_str(extra, d->stderr_text);
}

struct store_entry *keeping_dead(struct actor *a, const struct deadletter *d,
                                 const struct letter *l)
{
    uint32_t box = keeping_box(a, d->to);
    struct store_entry *e = keeping_find(a->sys, box, l->id);
    struct bytes extra;

    if (a->sys->keeping == NULL || (e == NULL && !copies_has(a->conf)))
        return NULL;
    struct store_message m = keeping_message(a->sys, box, d->to, l);
    keeping_evidence(d, &extra);
    if (e != NULL)
        store_dead(a->sys->keeping->store, e, &m, span_of(bytes_at(&extra), bytes_len(&extra)));
    m.flags = e != NULL ? KEPT_LOGGED : 0;
    if (keeping_keeps(l) && copies_has(a->conf))
        keeping_copy_dead(a->sys, &m, span_of(bytes_at(&extra), bytes_len(&extra)));
    bytes_release(&extra);
    return e;
}

void keeping_forget(struct system *s, const struct deadletter *d)
{
    if (s->keeping == NULL)
        return;
    if (d->kept != NULL)
        store_forget(s->keeping->store, d->kept);
    keeping_copy_gone(s, keeping_box(d->actor, d->to), d->id, true);
}

void keeping_poke(struct system *s)
{
    if (s->keeping == NULL)
        return;
    if (s->keeping->store != NULL)
        store_poke(s->keeping->store);
    keeping_copy_poke(s);
}
