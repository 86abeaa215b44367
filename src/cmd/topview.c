#include "cmd/topview.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void topview_init(struct topview *v)
{
    *v = (struct topview){.column = topcolumn_find("depth")};
}

void topview_release(struct topview *v)
{
    topview_fold_all(v, false);
    free(v->rows);
    topview_init(v);
}

bool topview_matches(const char *filter, const struct topmember *m)
{
    const struct toprow row = {.first = m, .n = 1};
    char address[ADDRESS_MAX + 1];
    if (*filter == '\0')
        return true;
    if (text_has_glob(filter))
        return text_glob(filter, m->name) ||
               text_glob(filter, toprow_address(&row, address, sizeof address));
    return strcasestr(m->name, filter) != NULL ||
           strcmp(toprow_address(&row, address, sizeof address), filter) == 0 ||
           strncasecmp(m->state, filter, strlen(filter)) == 0;
}

/* --- folding --- */

static size_t topview_exception(const struct topview *v, const char *name)
{
    size_t i = 0;
    while (i < v->n_exceptions && strcmp(v->exceptions[i], name) != 0)
        i++;
    return i;
}

static bool topview_is_unfolded(const struct topview *v, const char *name)
{
    return v->unfolded != (topview_exception(v, name) < v->n_exceptions);
}

int topview_fold(struct topview *v, const char *name)
{
    size_t at = topview_exception(v, name);
    if (at < v->n_exceptions) {
        free(v->exceptions[at]);
        v->exceptions[at] = v->exceptions[--v->n_exceptions];
        return 0;
    }
    char **more = realloc(v->exceptions, (v->n_exceptions + 1) * sizeof *more);
    if (more == NULL)
        return ERR_NOMEM;
    v->exceptions = more;
    if ((more[v->n_exceptions] = strdup(name)) == NULL)
        return ERR_NOMEM;
    v->n_exceptions++;
    return 0;
}

void topview_fold_all(struct topview *v, bool unfolded)
{
    for (size_t i = 0; i < v->n_exceptions; i++)
        free(v->exceptions[i]);
    free(v->exceptions);
    v->exceptions = NULL;
    v->n_exceptions = 0;
    v->unfolded = unfolded;
}

/* --- rows --- */

/* Of a pool: sums, the greatest of times, and no pid. */
static void topview_sum(struct toprow *r)
{
    memcpy(r->figure, r->first->figure, sizeof r->figure);
    for (size_t i = 1; i < r->n; i++) {
        for (size_t f = 0; f < TOP_FIGURES; f++) {
            double more = r->first[i].figure[f], *sum = &r->figure[f];
            if (more < 0)
                continue;
            if (*sum < 0)
                *sum = more;
            else if (f == TOP_OLDEST || f == TOP_UPTIME)
                *sum = more > *sum ? more : *sum;
            else
                *sum += more;
        }
    }
    if (r->pool)
        r->figure[TOP_PID] = TOP_UNKNOWN;
}

static struct toprow *topview_add(struct topview *v, const struct topmember *first, size_t n)
{
    if (v->n == v->cap) {
        size_t cap = v->cap != 0 ? 2 * v->cap : 64;
        struct toprow *rows = realloc(v->rows, cap * sizeof *rows);
        if (rows == NULL)
            return NULL;
        v->rows = rows;
        v->cap = cap;
    }
    struct toprow *r = &v->rows[v->n++];
    *r = (struct toprow){.first = first, .n = n};
    return r;
}

/* The members of one actor, of which some match. */
static int topview_actor(struct topview *v, const struct topmember *first, size_t n)
{
    size_t matching = 0;
    for (size_t i = 0; i < n; i++)
        matching += topview_matches(v->filter, &first[i]);
    if (matching == 0)
        return 0;
    struct toprow *r = topview_add(v, first, n);
    if (r == NULL)
        return ERR_NOMEM;
    r->pool = first->index != 0;
    topview_sum(r);
    return 0;
}

static int topview_sorted(const void *a, const void *b, void *view)
{
    const struct topview *v = view;
    const struct toprow *x = a, *y = b;
    int order = topcolumn_compare(v->column, x, y);
    if (order != 0)
        return v->reverse ? -order : order;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Puts the members of unfolded pools below them. */
static int topview_unfold(struct topview *v)
{
    size_t pools = v->n;
    struct toprow *sorted = v->rows;
    v->rows = NULL;
    v->n = v->cap = 0;
    int rc = 0;
    for (size_t i = 0; i < pools && rc == 0; i++) {
        struct toprow *r = topview_add(v, sorted[i].first, sorted[i].n);
        if (r == NULL) {
            rc = ERR_NOMEM;
            break;
        }
        *r = sorted[i];
        if (!r->pool || !topview_is_unfolded(v, r->first->name))
            continue;
        size_t begin = v->n;
        for (size_t k = 0; k < sorted[i].n && rc == 0; k++) {
            if (!topview_matches(v->filter, &sorted[i].first[k]))
                continue;
            struct toprow *child = topview_add(v, &sorted[i].first[k], 1);
            if (child == NULL) {
                rc = ERR_NOMEM;
                break;
            }
            child->child = true;
            topview_sum(child);
            child->figure[TOP_IN_RATE] = TOP_UNKNOWN; /* what is accepted is the pool's */
        }
        qsort_r(v->rows + begin, v->n - begin, sizeof *v->rows, topview_sorted, v);
    }
    free(sorted);
    return rc;
}

static void topview_find_chosen(struct topview *v)
{
    char address[ADDRESS_MAX + 1];
    if (!v->pinned)
        v->cursor = 0;
    for (size_t i = 0; v->pinned && i < v->n; i++) {
        if (strcmp(toprow_address(&v->rows[i], address, sizeof address), v->chosen) == 0) {
            v->cursor = i;
            return;
        }
    }
    if (v->cursor >= v->n)
        v->cursor = v->n > 0 ? v->n - 1 : 0;
}

int topview_show(struct topview *v, const struct topsample *s)
{
    int rc = 0;
    v->n = 0;
    for (size_t i = 0, next; i < s->n && rc == 0; i = next) {
        for (next = i + 1; next < s->n; next++)
            if (strcmp(s->members[next].name, s->members[i].name) != 0)
                break;
        rc = topview_actor(v, &s->members[i], next - i);
    }
    if (rc == 0 && v->n > 0) {
        qsort_r(v->rows, v->n, sizeof *v->rows, topview_sorted, v);
        rc = v->unfolded || v->n_exceptions > 0 ? topview_unfold(v) : 0;
    }
    if (rc != 0)
        v->n = 0;
    topview_find_chosen(v);
    return rc;
}

/* --- the chosen line --- */

const struct toprow *topview_chosen(const struct topview *v)
{
    return v->cursor < v->n ? &v->rows[v->cursor] : NULL;
}

void topview_move(struct topview *v, long by)
{
    long to = (long)v->cursor + by;
    if (to >= (long)v->n)
        to = (long)v->n - 1;
    v->cursor = to > 0 ? (size_t)to : 0;
    v->pinned = v->cursor > 0;
    if (v->pinned)
        toprow_address(&v->rows[v->cursor], v->chosen, sizeof v->chosen);
}

void topview_scroll(struct topview *v, size_t lines)
{
    if (v->cursor < v->top)
        v->top = v->cursor;
    if (lines > 0 && v->cursor >= v->top + lines)
        v->top = v->cursor - lines + 1;
    if (v->top + lines > v->n)
        v->top = v->n > lines ? v->n - lines : 0;
}
