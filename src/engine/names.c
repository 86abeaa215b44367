#include "engine/names.h"

#include "base/text.h"
#include "engine/hosts.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct actor *names_find(struct system *s, const char *name)
{
    struct actor *a = NULL;

    HASH_FIND_STR(s->by_name, name, a);
    return a;
}

static const char *names_nearest(struct system *s, const char *name)
{
    const char **names = calloc(s->n_actors + 1, sizeof(*names));
    const char *nearest = NULL;

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < s->n_actors; i++)
        names[i] = s->actors[i]->conf->name;
    nearest = text_nearest(name, names);
    free(names);
    return nearest;
}

static int names_unknown(struct system *s, const char *name, char *why, size_t size)
{
    const char *nearest = names_nearest(s, name);

    const struct topo_actor *there = topology_find(s->topology, name);

    if (there != NULL && there->template) {
        (void)snprintf(why, size, "%s is a template: actors are spawned of it", name);
        return ERR_UNKNOWN;
    }
    if (topology_group(s->topology, name) != NULL || strcmp(name, "root") == 0) {
        (void)snprintf(why, size, "%s is a group, which has no mailbox", name);
        return ERR_UNKNOWN;
    }
    (void)snprintf(why, size,
                   nearest == NULL ? "unknown actor %s" : "unknown actor %s (did you mean %s?)",
                   name, nearest);
    return ERR_UNKNOWN;
}

/* Senders repeat themselves: the last address that was found is remembered. */
static void names_remember(struct system *s, struct span address, const struct target *t)
{
    if (address.len > sizeof(s->resolved.address))
        return;
    memcpy(s->resolved.address, address.data, address.len);
    s->resolved.len = address.len;
    s->resolved.target = *t;
}

int names_resolve(struct system *s, struct span address, struct target *out, char *why, size_t size)
{
    struct address a;
    const char *reason = NULL;

    if (address.len > 0 && address.len == s->resolved.len &&
        memcmp(address.data, s->resolved.address, address.len) == 0) {
        *out = s->resolved.target;
        return 0;
    }
    if (address_parse(address.data, address.len, &a, &reason) != 0) {
        (void)snprintf(why, size, "not an address: %s", reason);
        return ERR_INVALID;
    }
    /* Names are of the whole system: wherever it runs, it is reached. */
    if (a.host[0] != '\0' && !hosts_knows(s, a.host)) {
        (void)snprintf(why, size, "unknown host %s", a.host);
        return ERR_UNKNOWN;
    }
    struct actor *actor = names_find(s, a.name);
    if (actor == NULL)
        return names_unknown(s, a.name, why, size);
    if (a.member > 0 && (size_t)a.member > actor->n_members) {
        (void)snprintf(why, size, "%s has %zu member%s", a.name, actor->n_members,
                       actor->n_members == 1 ? "" : "s");
        return ERR_UNKNOWN;
    }
    *out = (struct target){actor, a.member};
    names_remember(s, address, out);
    return 0;
}
