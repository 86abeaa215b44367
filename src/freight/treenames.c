#include "freight/treenames.h"

#include <stdlib.h>
#include <string.h>

bool treenames_has(const struct treenames *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i], name) == 0)
            return true;
    return false;
}

void treenames_add(struct treenames *t, const char *name)
{
    char **more = treenames_has(t, name) ? NULL : realloc(t->list, (t->n + 1) * sizeof(*more));

    if (more == NULL)
        return;
    t->list = more;
    if ((t->list[t->n] = strdup(name)) != NULL)
        t->n++;
}

void treenames_clear(struct treenames *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->list[i]);
    free(t->list);
    *t = (struct treenames){NULL, 0};
}
