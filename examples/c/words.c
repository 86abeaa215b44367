/* Asked with a text, answers how many words it has and the text in upper case, for which it asks
 * another actor: the one named on the command line, or `upper`. Many may be under way at once. */
#include "actor.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 2000 };

struct words {
    const char *upper; /* whom to ask */
    uint64_t asked;    /* asks so far */
};

/* One ask that waits for what it needs. */
struct pending {
    uint64_t id; /* the ask that is to be answered */
    size_t words;
};

static size_t words_count(const char *text, size_t size)
{
    size_t words = 0;

    for (size_t i = 0; i < size; i++) {
        if (isalnum((unsigned char)text[i]) && (i == 0 || !isalnum((unsigned char)text[i - 1])))
            words++;
    }
    return words;
}

/* The answer of the other actor, or the news that there is none. */
static int words_answer(struct actor *a, const struct actor_message *m, void *arg)
{
    struct pending *p = arg;
    char answer[256];
    int rc;

    if (m->type == ACTOR_DEAD) {
        rc = actor_fail(a, p->id, actor_header(m, "reason"));
    } else {
        (void)snprintf(answer, sizeof(answer), "%zu %.*s", p->words, (int)m->size,
                       (const char *)m->body);
        rc = actor_reply(a, p->id, answer, strlen(answer));
    }
    free(p);
    return rc;
}

static int words_asked(struct actor *a, const struct actor_message *m, void *arg)
{
    struct words *w = arg;
    struct pending *p = malloc(sizeof(*p));

    if (p == NULL)
        return ACTOR_NOMEM;
    *p = (struct pending){.id = m->id, .words = words_count(m->body, m->size)};
    int rc = actor_ask_then(a, w->upper, ASK_MS, m->body, m->size, words_answer, p);
    if (rc != 0) {
        free(p);
        return rc;
    }
    w->asked++;
    return ACTOR_KEEP;
}

int main(int argc, char **argv)
{
    struct words w = {.upper = argc > 1 ? argv[1] : "upper"};
    struct actor *a = NULL;
    struct actor_error error;

    if (actor_attach(&a, &error) != 0) {
        (void)fprintf(stderr, "words: %s\n", error.text);
        return 1;
    }
    (void)actor_on(a, ACTOR_ASK, words_asked, &w);
    int rc = actor_run(a);
    (void)fprintf(stderr, "words: asked %llu times\n", (unsigned long long)w.asked);
    (void)actor_detach(a, 5000);
    return rc == 0 ? 0 : 1;
}
