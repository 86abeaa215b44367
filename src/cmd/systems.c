#include "cmd/systems.h"

#include "io/rundir.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct systems_gathering {
    struct systems found;
    bool nomem;
};

static void systems_add(void *arg, const char *system)
{
    struct systems_gathering *g = arg;
    size_t n = g->found.n;
    char **more = realloc(g->found.names, (n + 2) * sizeof *more);
    if (more != NULL) {
        g->found.names = more;
        more[n] = strdup(system);
        more[n + 1] = NULL;
    }
    if (more != NULL && more[n] != NULL)
        g->found.n++;
    else
        g->nomem = true;
}

static int systems_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int systems_running(struct systems *out, struct err *e)
{
    struct systems_gathering g = {.found = {calloc(1, sizeof(char *)), 0}};
    int rc = g.found.names != NULL ? rundir_list(systems_add, &g, e) : ERR_NOMEM;
    if (rc >= 0 && g.nomem)
        rc = ERR_NOMEM;
    if (rc == ERR_NOMEM)
        err_set(e, rc, "out of memory");
    if (rc < 0) {
        systems_release(&g.found);
        return rc;
    }
    if (g.found.n > 1)
        qsort(g.found.names, g.found.n, sizeof *g.found.names, systems_compare);
    *out = g.found;
    return 0;
}

void systems_release(struct systems *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->names[i]);
    free(s->names);
    *s = (struct systems){0};
}
