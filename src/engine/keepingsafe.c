/* How far mail is safe that is kept elsewhere too: what was accepted is told to be once it is. */
#include "engine/clients.h"
#include "engine/keepingparts.h"

void keeping_copied(struct system *s)
{
    struct keeping *k = s->keeping;

    if (k->store != NULL)
        store_poke(k->store);
    clients_synced(s);
    if (!k->asked || copies_room(k->copies) != 0)
        return;
    k->asked = false;
    keeping_room(s);
}

static const struct store *keeping_disk(const struct system *s)
{
    return s->keeping == NULL ? NULL : s->keeping->store;
}

struct keeping_mark keeping_mark(const struct system *s)
{
    const struct store *st = keeping_disk(s);

    return (struct keeping_mark){.disk = st == NULL ? 0 : store_batch(st),
                                 .added = st == NULL ? 0 : store_added(st),
                                 .copy = keeping_copy_mark((void *)s)};
}

bool keeping_reached(const struct system *s, const struct keeping_mark *m)
{
    const struct store *st = keeping_disk(s);

    return (st == NULL || m->disk <= store_synced(st)) &&
           m->copy <= keeping_copy_reached((void *)s);
}

bool keeping_works(const struct system *s)
{
    const struct store *st = keeping_disk(s);

    return st != NULL && store_works(st);
}

bool keeping_failing(const struct system *s)
{
    const struct store *st = keeping_disk(s);

    return st != NULL && store_failing(st);
}
