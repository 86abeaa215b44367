/* A file that is read for one host alone. What it says of others has been read and checked as ever;
 * here it loses its effect, before anything is looked for that must be where an actor runs. */
#include "config/topoload.h"

#include <string.h>

static void topo_bring(struct topo_actor *a)
{
    a->brought = !a->here;
    a->here = true;
    a->on = (struct topo_on){TOPO_ON_HERE, NULL, {NULL, 0}};
    a->failover_ms = TOPO_FOREVER;
    a->files = NULL;
    a->n_files = 0;
}

void topo_single(struct topo_load *l)
{
    for (size_t i = 0; l->single && i < l->n; i++)
        topo_bring(&l->drafts[i].a);
}

void topo_finish_single(struct topo_load *l)
{
    struct topology *t = &l->own->t;
    size_t kept = 0;

    t->single = l->single;
    if (!l->single ||
        (t->absent = schema_alloc(&l->s, (t->n_hosts + 1) * sizeof(*t->absent))) == NULL)
        return;
    for (size_t i = 0; i < t->n_hosts; i++) {
        if (strcmp(t->hosts[i].name, TOPO_HOME) == 0)
            t->hosts[kept++] = t->hosts[i];
        else
            t->absent[t->n_absent++] = t->hosts[i].name;
    }
    t->n_hosts = kept;
    t->join = (struct topo_join){.token = NULL};
}

bool topology_lacks_host(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_absent; i++)
        if (strcmp(t->absent[i], name) == 0)
            return true;
    return false;
}
