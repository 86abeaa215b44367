#include "engine/tapset.h"

#include "engine/sending.h"

#include <stdlib.h>
#include <string.h>

/* Of one name: an actor of which all members are meant is meant as a whole. */
static void tapset_add(struct tapset *t, const struct selection *sel)
{
    for (size_t i = 0, n = 0; i < sel->n; i += n) {
        const struct actor *a = sel->members[i]->actor;
        for (n = 1; i + n < sel->n && sel->members[i + n]->actor == a;)
            n++;
        if (n == a->n_members && a->index < t->n_whole) {
            t->whole[a->index] = 1;
            continue;
        }
        for (size_t k = i; k < i + n; k++)
            t->members[t->n_members++] = member_origin(sel->members[k]);
    }
}

static void tapset_look(struct tapset *t, struct system *s)
{
    free(t->whole);
    free(t->members);
    t->n_whole = t->n_members = 0;
    t->spawned = s->spawned;
    t->n_actors = s->n_actors;
    t->whole = calloc(s->n_slots + 1, sizeof(*t->whole));
    t->n_whole = t->whole == NULL ? 0 : s->n_slots;
    t->members = NULL;
    for (size_t i = 0; i < json_array_size(t->names); i++) {
        json_t *one = json_pack("[O]", json_array_get(t->names, i));
        struct selection sel = {0};
        struct err e;
        if (one != NULL && selection_make(s, one, &sel, &e) == 0) {
            mail_origin *grown =
                realloc(t->members, (t->n_members + sel.n + 1) * sizeof(*t->members));
            if (grown != NULL) {
                t->members = grown;
                tapset_add(t, &sel);
            }
            selection_release(&sel);
        }
        json_decref(one);
    }
}

int tapset_init(struct tapset *t, struct system *s, const json_t *names)
{
    *t = (struct tapset){.names = json_deep_copy(names)};
    if (t->names == NULL)
        return ERR_NOMEM;
    tapset_look(t, s);
    return 0;
}

void tapset_release(struct tapset *t)
{
    json_decref(t->names);
    free(t->whole);
    free(t->members);
    *t = (struct tapset){0};
}

static void tapset_follow(struct tapset *t, struct system *s)
{
    if (t->spawned != s->spawned || t->n_actors != s->n_actors)
        tapset_look(t, s);
}

bool tapset_has_member(struct tapset *t, struct system *s, mail_origin who)
{
    tapset_follow(t, s);
    for (size_t i = 0; i < t->n_members; i++)
        if (t->members[i] == who)
            return true;
    return false;
}

bool tapset_has(struct tapset *t, struct system *s, mail_origin who)
{
    tapset_follow(t, s);
    if (who == ORIGIN_SYSTEM || origin_is_client(who))
        return false;
    if (origin_actor(who) < t->n_whole && t->whole[origin_actor(who)] != 0)
        return true;
    return tapset_has_member(t, s, who);
}
