#include "store/store.h"

#include "store/storeparts.h"

#include <stdlib.h>
#include <string.h>

enum { STORE_GATHER_MAX = 2 * STORE_FILE }; /* bytes that wait for the disk */

static size_t store_runs(const struct store_message *m)
{
    const struct letter *l = m->letter;

    return m->to.len + m->from.len + l->tag.len + l->headers.len + l->body.len;
}

size_t store_size(const struct store_message *m)
{
    return kept_size(store_runs(m));
}

const char *store_why(const struct store *st)
{
    return strerror(st->full != 0 ? st->full : -st->writing.result);
}

/* So that a message can always be listed as over. */
int store_list_room(struct store *st, size_t n)
{
    size_t need = st->live + st->dead + n, cap = st->cap_gone == 0 ? 64 : st->cap_gone;

    if (need <= st->cap_gone)
        return 0;
    while (cap < need)
        cap *= 2;
    struct store_entry **grown = realloc(st->gone, cap * sizeof(*grown));
    if (grown == NULL)
        return ERR_NOMEM;
    st->gone = grown;
    st->cap_gone = cap;
    return 0;
}

static bool store_fits(const struct store_file *f, size_t need)
{
    return f != NULL && store_left(f) >= need;
}

/* There is no room now: another file is needed, or the disk is slow. */
static int store_ask(struct store *st, size_t need)
{
    st->asked = true;
    if (need > st->wanted)
        st->wanted = need;
    if (st->full != 0 && loop_now(st->loop) - st->full_since < STORE_RETRY_MS) {
        if (!loop_timer_armed(&st->retry))
            (void)loop_timer_start(&st->retry, STORE_RETRY_MS);
        return ERR_FULL;
    }
    if (st->spare != NULL)
        (void)store_switch(st); /* it is too small */
    store_work(st);
    return ERR_AGAIN;
}

int store_room(struct store *st, size_t size, size_t n)
{
    size_t group = n > 1 ? KEPT_FIXED : 0;
    size_t need = size + group + n * sizeof(uint64_t) + store_reserve(st) + STORE_SLACK;

    if (store_list_room(st, n) != 0)
        return ERR_NOMEM;
    if (st->failing) {
        st->asked = true;
        return ERR_FULL;
    }
    if (st->gathered > STORE_GATHER_MAX) {
        st->asked = true;
        return ERR_AGAIN;
    }
    if (store_fits(st->cur, need) || store_fits(st->spare, need))
        return 0;
    return store_ask(st, need);
}

struct kept_record store_message_record(const struct store_message *m)
{
    const struct letter *l = m->letter;

    return (struct kept_record){.kind = KEPT_MESSAGE,
                                .flags = (uint8_t)(m->flags | (l->solo ? KEPT_SOLO : 0)),
                                .type = l->type,
                                .attempt = l->attempt == 0 ? 1 : l->attempt,
                                .blame = l->blame,
                                .id = l->id,
                                .wall = m->wall,
                                .to = m->to,
                                .from = m->from,
                                .tag = l->tag,
                                .headers = l->headers,
                                .body = l->body};
}

static struct kept_record store_record(const struct store_message *m, const struct store_entry *e)
{
    struct kept_record r = store_message_record(m);

    r.flags = (uint8_t)(e->solo ? KEPT_SOLO : 0);
    r.attempt = e->attempt;
    r.number = e->number;
    r.order = e->order;
    return r;
}

struct store_entry *store_add(struct store *st, const struct store_message *m, bool together)
{
    const struct letter *l = m->letter;
    struct store_file *f = NULL;
    size_t at = 0;

    if (store_list_room(st, 1) != 0)
        return NULL;
    struct store_entry *e = store_entry_new(st, m->box, l->id);
    if (e == NULL)
        return NULL;
    e->number = e->order = st->next_number;
    e->attempt = l->attempt == 0 ? 1 : l->attempt;
    e->blame = l->blame;
    e->solo = l->solo;
    st->live++;
    struct kept_record r = store_record(m, e);
    if (together)
        r.flags |= KEPT_MORE;
    if (!store_append(st, &r, store_reserve(st), &f, &at)) {
        store_entry_free(st, e);
        return NULL;
    }
    st->next_number++;
    st->added++;
    st->added_in = st->batch;
    store_place(st, e, f, at, kept_record_size(&r));
    return e;
}

void store_close_group(struct store *st)
{
    struct kept_record r = {.kind = KEPT_CLOSE};
    struct store_file *f = NULL;
    size_t at = 0;

    if (store_append(st, &r, 0, &f, &at))
        st->added_in = st->batch;
}

struct store_entry *store_find(struct store *st, uint32_t box, uint64_t id)
{
    struct store_key key = {id, box};
    struct store_entry *e = NULL;

    HASH_FIND(hh, st->entries, &key, sizeof(key), e);
    return e;
}

static void store_end(struct store *st, struct store_entry *e)
{
    e->gone = true;
    store_hold(st, e);
    if (!e->listed) {
        e->listed = true;
        st->gone[st->n_gone++] = e;
    }
    loop_task_queue(&st->flush);
}

void store_gone(struct store *st, struct store_entry *e)
{
    if (!e->dead)
        store_end(st, e);
}

void store_forget(struct store *st, struct store_entry *e)
{
    store_end(st, e);
}

static void store_write_state(struct store *st, const struct store_entry *e)
{
    struct kept_record r = {.kind = KEPT_STATE,
                            .flags = (uint8_t)(e->solo ? KEPT_SOLO : 0),
                            .attempt = e->attempt,
                            .blame = e->blame,
                            .number = e->number,
                            .order = e->order};
    struct store_file *f = NULL;
    size_t at = 0;

    /* Without room it waits as it did before, which is no loss. */
    (void)store_append(st, &r, store_reserve(st), &f, &at);
}

void store_changed(struct store *st, struct store_entry *e, uint8_t attempt, uint8_t blame,
                   bool solo)
{
    if (e->attempt == attempt && e->blame == blame && e->solo == solo)
        return;
    e->attempt = attempt;
    e->blame = blame;
    e->solo = solo;
    store_write_state(st, e);
}

static void store_revive(struct store *st, struct store_entry *e, bool dead)
{
    st->live += (e->dead ? 1 : 0) - (dead ? 1 : 0);
    st->dead += (dead ? 1 : 0) - (e->dead ? 1 : 0);
    e->dead = dead;
    e->gone = false;
}

void store_again(struct store *st, struct store_entry *e, uint32_t box, uint8_t attempt,
                 uint8_t blame)
{
    store_revive(st, e, false);
    if (e->key.box != box) {
        if (e->known)
            HASH_DEL(st->entries, e);
        e->key.box = box;
        HASH_ADD(hh, st->entries, key, sizeof(e->key), e);
        e->known = true;
    }
    e->order = st->next_number++;
    e->attempt = attempt;
    e->blame = blame;
    e->solo = false;
    store_write_state(st, e);
}

void store_dead(struct store *st, struct store_entry *e, const struct store_message *m,
                struct span extra)
{
    struct store_file *f = NULL;
    size_t at = 0;

    store_revive(st, e, true);
    e->attempt = m->letter->attempt;
    e->blame = m->letter->blame;
    struct kept_record r = store_record(m, e);
    r.flags |= KEPT_DEAD;
    r.extra = extra;
    /* Without room it waits in the log as before: it will be tried again after the next `up`. */
    if (store_append(st, &r, store_reserve(st), &f, &at))
        store_place(st, e, f, at, kept_record_size(&r));
}

void store_poke(struct store *st)
{
    if (st->n_gone > 0)
        loop_task_queue(&st->flush);
}

uint64_t store_added(const struct store *st)
{
    return st->added;
}

uint64_t store_batch(const struct store *st)
{
    return st->added_in;
}

uint64_t store_synced(const struct store *st)
{
    return st->synced;
}

bool store_works(const struct store *st)
{
    return st->writing.work != NULL || st->making.work != NULL || st->removing.work != NULL ||
           st->reading.work != NULL;
}

bool store_failing(const struct store *st)
{
    return st->failing;
}

uint64_t store_waiting(const struct store *st)
{
    return st->live;
}

uint64_t store_disk(const struct store *st)
{
    return st->disk;
}
