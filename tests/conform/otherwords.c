/* Words about other actors and about time. */
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 30000, ARGS_MAX = 8 };

/* A message that is answered later. */
struct pending {
    uint64_t id;
    int type;
};

static int word_send(struct actor *a, struct order *o)
{
    const char *to = words_take(&o->rest);
    int rc = actor_send(a, to, o->rest, strlen(o->rest));

    return rc != 0 ? rc : words_say(a, o->m, "sent");
}

static int word_out(struct actor *a, struct order *o)
{
    int rc = actor_send(a, NULL, o->rest, o->size);

    return rc != 0 ? rc : words_say(a, o->m, "sent");
}

static int word_many(struct actor *a, struct order *o)
{
    unsigned long count = strtoul(words_take(&o->rest), NULL, 10);
    const char *to = words_take(&o->rest);
    char text[256];

    for (unsigned long i = 1; i <= count; i++) {
        (void)snprintf(text, sizeof(text), "%s %lu", o->rest, i);
        int rc = actor_send(a, to, text, strlen(text));
        if (rc != 0)
            return rc;
    }
    return words_say(a, o->m, "sent");
}

/* To itself, one less each time. */
static int word_loop(struct actor *a, struct order *o)
{
    unsigned long left = strtoul(o->rest, NULL, 10);
    char text[32];

    (void)snprintf(text, sizeof(text), "loop %lu", left - 1);
    int rc = left == 0 ? 0 : actor_send(a, actor_name(a), text, strlen(text));
    return rc != 0 ? rc : words_say(a, o->m, "looping");
}

static int word_answered(struct actor *a, const struct actor_message *m, void *arg)
{
    struct pending *p = arg;
    char text[512];
    int rc;

    words_note(m, "");
    if (p->type != ACTOR_ASK) {
        rc = actor_ack(a, p->id);
    } else if (m->type == ACTOR_DEAD) {
        (void)snprintf(text, sizeof(text), "dead: %s", actor_header(m, "reason"));
        rc = actor_reply(a, p->id, text, strlen(text));
    } else {
        rc = actor_reply(a, p->id, m->body, m->size);
    }
    free(p);
    return rc;
}

static int word_ask_within(struct actor *a, struct order *o, int64_t ms)
{
    const char *to = words_take(&o->rest);
    struct pending *p = malloc(sizeof(*p));

    if (p == NULL)
        return ACTOR_NOMEM;
    *p = (struct pending){.id = o->m->id, .type = o->m->type};
    int rc = actor_ask_then(a, to, ms, o->rest, strlen(o->rest), word_answered, p);
    if (rc != 0)
        free(p);
    return rc != 0 ? rc : ACTOR_KEEP;
}

static int word_ask(struct actor *a, struct order *o)
{
    return word_ask_within(a, o, ASK_MS);
}

static int word_askfor(struct actor *a, struct order *o)
{
    return word_ask_within(a, o, strtol(words_take(&o->rest), NULL, 10));
}

/* Another is to answer this ask. */
static int word_pass(struct actor *a, struct order *o)
{
    const char *to = words_take(&o->rest);
    char text[512];

    (void)snprintf(text, sizeof(text), "answer %016" PRIx64 " %s", o->m->id, o->rest);
    int rc = actor_send(a, to, text, strlen(text));
    return rc != 0 ? rc : actor_ack(a, o->m->id);
}

static int word_answer(struct actor *a, struct order *o)
{
    uint64_t id = strtoull(words_take(&o->rest), NULL, 16);
    int rc = actor_reply(a, id, o->rest, strlen(o->rest));

    return rc != 0 ? rc : words_say(a, o->m, "answered");
}

static int word_wake(struct actor *a, struct order *o)
{
    int64_t ms = strtol(words_take(&o->rest), NULL, 10);
    const char *tag = words_take(&o->rest);
    int rc = actor_wake(a, ms, tag, o->rest, strlen(o->rest));

    return rc != 0 ? rc : words_say(a, o->m, "set");
}

static int word_unwake(struct actor *a, struct order *o)
{
    int rc = actor_unwake(a, o->rest);

    return rc != 0 ? rc : words_say(a, o->m, "unset");
}

static int word_spawn(struct actor *a, struct order *o)
{
    const char *template = words_take(&o->rest);
    const char *name = words_take(&o->rest);
    const char *args[ARGS_MAX + 1] = {NULL};
    const struct actor_pair env[] = {{"BORN", "spawned"}, {NULL, NULL}};

    for (size_t i = 0; i < ARGS_MAX && *o->rest != 0; i++)
        args[i] = words_take(&o->rest);
    struct actor_spawn how = {.name = name, .tag = "spawn", .args = args, .env = env};
    int rc = actor_spawn(a, template, &how);
    return rc != 0 ? rc : words_say(a, o->m, "spawning");
}

static int word_brood(struct actor *a, struct order *o)
{
    unsigned long count = strtoul(words_take(&o->rest), NULL, 10);
    char name[32];
    struct actor_spawn how = {.name = name};

    for (unsigned long i = 1; i <= count; i++) {
        (void)snprintf(name, sizeof(name), "k%lu", i);
        int rc = actor_spawn(a, o->rest, &how);
        if (rc != 0)
            return rc;
    }
    return words_say(a, o->m, "spawning");
}

static int word_end(struct actor *a, struct order *o)
{
    int rc = actor_exit(a, o->rest, 0);

    return rc != 0 ? rc : words_say(a, o->m, "ending");
}

static int word_end_now(struct actor *a, struct order *o)
{
    int rc = actor_exit(a, o->rest, 1);

    return rc != 0 ? rc : words_say(a, o->m, "ending");
}

static int word_watch(struct actor *a, struct order *o)
{
    int rc = actor_watch(a, o->rest);

    return rc != 0 ? rc : words_say(a, o->m, "watching");
}

static int word_unwatch(struct actor *a, struct order *o)
{
    int rc = actor_unwatch(a, o->rest);

    return rc != 0 ? rc : words_say(a, o->m, "not watching");
}

const struct word words_others[] = {
    {"send", word_send},   {"out", word_out},
    {"many", word_many},   {"loop", word_loop},
    {"ask", word_ask},     {"askfor", word_askfor},
    {"pass", word_pass},   {"answer", word_answer},
    {"wake", word_wake},   {"unwake", word_unwake},
    {"spawn", word_spawn}, {"brood", word_brood},
    {"end", word_end},     {"end-now", word_end_now},
    {"watch", word_watch}, {"unwatch", word_unwatch},
    {NULL, NULL},
};
