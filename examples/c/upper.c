/* Answers each ask with its text in upper case. */
#include "actor.h"

#include <stdio.h>
#include <stdlib.h>

static int upper(struct actor *a, const struct actor_message *m, void *arg)
{
    const char *text = m->body;
    char *answer = malloc(m->size + 1);

    (void)arg;
    if (answer == NULL)
        return ACTOR_NOMEM;
    for (size_t i = 0; i < m->size; i++)
        answer[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    int rc = actor_reply(a, m->id, answer, m->size);
    free(answer);
    return rc;
}

int main(void)
{
    struct actor *a = NULL;
    struct actor_error error;

    if (actor_attach(&a, &error) != 0) {
        (void)fprintf(stderr, "upper: %s\n", error.text);
        return 1;
    }
    (void)actor_on(a, ACTOR_ASK, upper, NULL);
    int rc = actor_run(a);
    if (rc != 0)
        (void)fprintf(stderr, "upper: %s\n", actor_why(a));
    (void)actor_detach(a, 5000);
    return rc == 0 ? 0 : 1;
}
