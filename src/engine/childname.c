/* What spawned actors are called, and the templates that they are spawned of. */
#include "engine/childname.h"

#include "base/text.h"
#include "engine/names.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHILDNAME_ROOM = 8 /* for /N of a member */ };

static const char *childname_nearest(const struct system *s, const char *name)
{
    const struct topology *t = s->topology;
    const char **names = calloc(t->n_actors + 1, sizeof(*names));
    size_t n = 0;

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < t->n_actors; i++)
        if (t->actors[i].template)
            names[n++] = t->actors[i].name;
    const char *nearest = text_nearest(name, names);
    free(names);
    return nearest;
}

const struct topo_actor *childname_template(const struct system *s, struct span name, struct err *e)
{
    char text[ADDRESS_NAME_MAX + 1];

    (void)snprintf(text, sizeof(text), "%.*s", (int)(name.len > 63 ? 63 : name.len),
                   name.len == 0 ? "" : (const char *)name.data);
    const struct topo_actor *t = topology_find(s->topology, text);
    if (t != NULL && t->template)
        return t;
    const char *near = childname_nearest(s, text);
    (void)err_set(e, ERR_UNKNOWN, "%s%s%s%s%s%s", t == NULL ? "there is no template " : "", text,
                  t == NULL ? "" : " is no template", near == NULL ? "" : " (did you mean ",
                  near == NULL ? "" : near, near == NULL ? "" : "?)");
    return NULL;
}

bool childname_taken(struct system *s, const char *address)
{
    return names_find(s, address) != NULL || topology_group(s->topology, address) != NULL ||
           topology_find(s->topology, address) != NULL;
}

/* wanted as a text of ADDRESS_NAME_MAX to name, or an err code with e. */
static int childname_check(const struct actor *parent, struct span wanted, char *name,
                           struct err *e)
{
    const int len = (int)(wanted.len > 80 ? 80 : wanted.len);

    if (!address_name_ok(wanted.data, wanted.len))
        return err_set(e, ERR_INVALID, "%.*s is no name: " ADDRESS_NAME_RULE, len,
                       (const char *)wanted.data);
    (void)snprintf(name, ADDRESS_NAME_MAX + 1, "%.*s", len, (const char *)wanted.data);
    if (parent == NULL && (strcmp(name, "root") == 0 || strcmp(name, "actorsup") == 0))
        return err_set(e, ERR_INVALID, "%s is a name of the supervisor's own", name);
    return 0;
}

/* PARENT.NAME, or NAME. */
static int childname_address(const struct actor *parent, const char *name, char *buf, size_t size,
                             struct err *e)
{
    int n = snprintf(buf, size, "%s%s%s", parent != NULL ? parent->conf->name : "",
                     parent != NULL ? "." : "", name);

    if (n < 0 || (size_t)n + CHILDNAME_ROOM >= size)
        return err_set(e, ERR_TOO_LARGE, "its address would be longer than %zu bytes", size - 1);
    return 0;
}

int childname_make(struct system *s, const struct actor *parent, struct span wanted,
                   const struct topo_actor *template, char *buf, size_t size, struct err *e)
{
    char name[ADDRESS_NAME_MAX + 1];
    int rc;

    if (wanted.len > 0) {
        rc = childname_check(parent, wanted, name, e);
        return rc != 0 ? rc : childname_address(parent, name, buf, size, e);
    }
    do {
        (void)snprintf(name, sizeof(name), "%.40s-%llu", template->name,
                       (unsigned long long)++s->spawned);
        rc = childname_address(parent, name, buf, size, e);
    } while (rc == 0 && childname_taken(s, buf));
    return rc;
}
