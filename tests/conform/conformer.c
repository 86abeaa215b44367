/* The actor of the conformance suite in C, a program and a shared object. Does what the first word
 * of a message says, as actor.py does: README.md has the words. */
#include "words.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_MAX = 100, DETACH_MS = 5000 };

int words_status;
const char *const *words_args;

static const char *const conformer_types[] = {
    [ACTOR_TELL] = "tell",
    [ACTOR_ASK] = "ask",
    [ACTOR_REPLY] = "reply",
    [ACTOR_WAKE] = "wake",
    [ACTOR_EXIT] = "exit",
    [ACTOR_DEAD] = "dead",
    [ACTOR_CHILD_EXITED] = "child_exited",
    [ACTOR_WATCHED_EXITED] = "watched_exited",
};

/* `TYPE ATTEMPT FROM TAG BODY [KEY=VALUE,…]`, a client being ~. */
void words_note(const struct actor_message *m, const char *tag)
{
    char line[2048], path[300];
    size_t index = 0, size, room = sizeof(line) - 2;
    const char *key, *value;
    int shown = m->size > SHOWN_MAX ? SHOWN_MAX : (int)m->size;

    int n = snprintf(line, room, "%s %u %s %s %.*s [", conformer_types[m->type],
                     (unsigned)m->attempt, m->from[0] == '~' ? "~" : m->from,
                     tag[0] == 0 ? "-" : tag, shown, (const char *)m->body);
    for (; (size_t)n < room && actor_header_at(m, index, &key, &value, &size) == 1; index++)
        n += snprintf(line + n, room - (size_t)n, "%s%s=%s", index == 0 ? "" : ",", key, value);
    n = (size_t)n < room ? n : (int)room - 1;
    (void)memcpy(line + n, "]\n", 2);
    (void)snprintf(path, sizeof(path), "got.%s", getenv("ACTOR_NAME"));
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)n + 2) != n + 2)
        (void)fprintf(stderr, "conformer: cannot write %s\n", path);
    (void)close(fd);
}

char *words_take(char **rest)
{
    char *word = *rest;
    char *end = word + strcspn(word, " ");

    *rest = *end == 0 ? end : end + 1;
    *end = 0;
    return word;
}

int words_answer(struct actor *a, const struct actor_message *m, const void *text, size_t size)
{
    return m->type == ACTOR_ASK ? actor_reply(a, m->id, text, size) : 0;
}

int words_say(struct actor *a, const struct actor_message *m, const char *text)
{
    return words_answer(a, m, text, strlen(text));
}

static const struct word *conformer_find(const struct word *w, const char *name)
{
    while (w->name != NULL && strcmp(w->name, name) != 0)
        w++;
    return w->name == NULL ? NULL : w;
}

static int conformer_obey(struct actor *a, const struct actor_message *m, void *arg)
{
    char *text = malloc(m->size + 1);
    int rc = ACTOR_NOMEM;

    (void)arg;
    words_note(m, "");
    if (text == NULL)
        return rc;
    if (m->size > 0)
        (void)memcpy(text, m->body, m->size);
    text[m->size] = 0;
    struct order o = {.m = m, .rest = text};
    const char *name = words_take(&o.rest);
    o.size = m->size - (size_t)(o.rest - text);
    const struct word *w = conformer_find(words_plain, name);
    if (w == NULL)
        w = conformer_find(words_others, name);
    rc = w == NULL ? actor_fail(a, m->id, "no such word") : w->obey(a, &o);
    free(text);
    return rc;
}

/* What is not for words: replies to spawns, timers, ends and dead letters. */
static int conformer_told(struct actor *a, const struct actor_message *m, void *arg)
{
    (void)a;
    (void)arg;
    words_note(m, m->tag);
    return 0;
}

static int conformer_exit(struct actor *a, const struct actor_message *m, void *arg)
{
    (void)a;
    (void)arg;
    words_note(m, "");
    return 0;
}

static int conformer_run(struct actor *a)
{
    (void)actor_on(a, ACTOR_ANY, conformer_told, NULL);
    (void)actor_on(a, ACTOR_TELL, conformer_obey, NULL);
    (void)actor_on(a, ACTOR_ASK, conformer_obey, NULL);
    (void)actor_on(a, ACTOR_EXIT, conformer_exit, NULL);
    int rc = actor_run(a);
    if (rc != 0)
        (void)fprintf(stderr, "conformer: %s\n", actor_why(a));
    (void)actor_detach(a, DETACH_MS);
    return rc == 0 ? words_status : 1;
}

/* With `exit N`: ends at once. With `until FILE`: ends with 1 until there is that file. */
int main(int argc, char **argv)
{
    struct actor *a = NULL;
    struct actor_error error;

    words_args = (const char *const *)argv + 1;
    if (argc > 2 && strcmp(argv[1], "exit") == 0)
        return (int)strtol(argv[2], NULL, 10);
    if (argc > 2 && strcmp(argv[1], "until") == 0 && access(argv[2], F_OK) != 0)
        return 1;
    if (actor_attach(&a, &error) != 0) {
        (void)fprintf(stderr, "conformer: %s\n", error.text);
        return 1;
    }
    return conformer_run(a);
}
