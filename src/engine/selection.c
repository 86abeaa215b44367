#include "engine/selection.h"

#include "base/text.h"
#include "engine/events.h"
#include "engine/groups.h"
#include "engine/hosts.h"
#include "engine/names.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool selection_matches(const char *name, const struct member *m)
{
    char address[ADDRESS_MAX + 1];
    const char *actor = m->actor->conf->name;

    (void)member_address(m, address, sizeof(address));
    if (text_has_glob(name))
        return text_glob(name, actor) || text_glob(name, address);
    return strcmp(name, actor) == 0 || strcmp(name, address) == 0 || groups_has(m->actor, name);
}

/* Whether name matches somebody; marks whom. A host behind it says nothing more, see names.h. */
static bool selection_mark(struct system *s, const char *whole, bool *marks)
{
    const char *host = strrchr(whole, '@');
    char name[ADDRESS_MAX + 1];
    bool any = false;
    size_t at = 0;

    bool known = host != NULL && hosts_knows(s, host + 1);
    (void)snprintf(name, sizeof(name), "%.*s", known ? (int)(host - whole) : ADDRESS_MAX, whole);
    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++, at++) {
            if (selection_matches(name, s->actors[i]->members[k]))
                marks[at] = any = true;
        }
    }
    return any;
}

static int selection_unknown(struct system *s, const char *name, struct err *e)
{
    struct target t;
    char why[256];

    if (text_has_glob(name))
        return err_set(e, ERR_UNKNOWN, "no actor matches %s", name);
    int rc = names_resolve(s, span_of(name, strlen(name)), &t, why, sizeof(why));
    return err_set(e, rc == 0 ? ERR_INVALID : rc, "%s",
                   rc == 0 ? "an address of members is NAME/N" : why);
}

int selection_make(struct system *s, const json_t *names, struct selection *out, struct err *e)
{
    size_t total = 0, at = 0, n = 0;
    bool everyone = names == NULL || json_array_size(names) == 0;
    int rc = 0;

    if (names != NULL && !json_is_array(names)) /* not everyone, by mistake */
        return err_set(e, ERR_INVALID, "names is not a list");
    for (size_t i = 0; i < s->n_actors; i++)
        total += s->actors[i]->n_members;
    bool *marks = calloc(total + 1, sizeof(*marks));
    struct member **members = calloc(total + 1, sizeof(struct member *));
    if (marks == NULL || members == NULL) {
        rc = err_set(e, ERR_NOMEM, "the supervisor is out of memory");
        goto out;
    }
    for (size_t i = 0; !everyone && i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (name == NULL)
            rc = err_set(e, ERR_INVALID, "a name is not a string");
        else if (!selection_mark(s, name, marks))
            rc = selection_unknown(s, name, e);
        if (rc != 0)
            goto out;
    }
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++, at++)
            if (everyone || marks[at])
                members[n++] = s->actors[i]->members[k];
    *out = (struct selection){members, n};
    members = NULL;
out:
    free(marks);
    free(members);
    return rc;
}

void selection_release(struct selection *sel)
{
    free(sel->members);
    *sel = (struct selection){0};
}

bool selection_all(const struct selection *sel, bool (*test)(const struct member *m))
{
    for (size_t i = 0; i < sel->n; i++)
        if (!test(sel->members[i]))
            return false;
    return true;
}

json_t *selection_names(const struct selection *sel)
{
    json_t *names = json_array();
    char address[ADDRESS_MAX + 1];

    for (size_t i = 0; names != NULL && i < sel->n; i++)
        (void)json_array_append_new(
            names, json_string(member_address(sel->members[i], address, sizeof(address))));
    return names;
}
