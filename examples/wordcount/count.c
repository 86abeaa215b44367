/* Counts equal lines of standard input, and writes the ten most frequent ones with their counts to
 * a file: the most frequent first, equal ones by name. The file appears when it is complete. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_SHOWN 10

struct word {
    char *text; /* NULL: a free place */
    size_t n;
};

/* An open hash table, never more than half full. */
struct table {
    struct word *places;
    size_t size, used;
};

static void count_die(const char *what)
{
    fprintf(stderr, "count: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct word *count_place(const struct table *t, const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (size_t i = hash % t->size;; i = (i + 1) % t->size) {
        struct word *w = &t->places[i];
        if (w->text == NULL || strcmp(w->text, text) == 0)
            return w;
    }
}

static void count_grow(struct table *t)
{
    struct table grown = {.size = t->size == 0 ? 1024 : t->size * 2, .used = t->used};

    grown.places = calloc(grown.size, sizeof(*grown.places));
    if (grown.places == NULL)
        count_die("words");
    for (size_t i = 0; i < t->size; i++) {
        if (t->places[i].text != NULL)
            *count_place(&grown, t->places[i].text) = t->places[i];
    }
    free(t->places);
    *t = grown;
}

static void count_line(struct table *t, const char *text)
{
    if (t->used * 2 >= t->size)
        count_grow(t);
    struct word *w = count_place(t, text);
    if (w->text == NULL) {
        w->text = strdup(text);
        if (w->text == NULL)
            count_die("words");
        t->used++;
    }
    w->n++;
}

static int count_order(const void *a, const void *b)
{
    const struct word *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    /* The free places, whose count is 0, come last. */
    return x->text == NULL || y->text == NULL ? 0 : strcmp(x->text, y->text);
}

static void count_write(struct table *t, const char *path)
{
    char part[4096];

    if ((size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part) {
        errno = ENAMETOOLONG;
        count_die(path);
    }
    FILE *out = fopen(part, "w");
    if (out == NULL)
        count_die(part);
    if (t->size > 0)
        qsort(t->places, t->size, sizeof(*t->places), count_order);
    for (size_t i = 0; i < t->used && i < COUNT_SHOWN; i++)
        fprintf(out, "%7zu %s\n", t->places[i].n, t->places[i].text);
    if (ferror(out) || fclose(out) != 0 || rename(part, path) != 0)
        count_die(path);
}

int main(int argc, char **argv)
{
    struct table t = {0};
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (argc != 2) {
        fprintf(stderr, "usage: count RESULT <WORDS\n");
        return 2;
    }
    while ((len = getline(&line, &room, stdin)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        count_line(&t, line);
    }
    if (ferror(stdin))
        count_die("standard input");
    count_write(&t, argv[1]);
    for (size_t i = 0; i < t.size; i++)
        free(t.places[i].text);
    free(t.places);
    free(line);
    return 0;
}
