/* Words about the message itself and about failures. */
#include "words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HELD_MAX = 4096 };

struct held {
    uint64_t id;
    int type;
};

static unsigned long counted;
static struct held held[HELD_MAX];
static size_t held_count;
static uint64_t deferred;

static int word_echo(struct actor *a, struct order *o)
{
    return words_answer(a, o->m, o->rest, o->size);
}

static int word_number(struct actor *a, struct order *o, unsigned long n)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lu", n);
    return words_say(a, o->m, text);
}

static int word_env(struct actor *a, struct order *o)
{
    const char *value = getenv(o->rest);

    return words_say(a, o->m, value == NULL ? "-" : value);
}

static int word_name(struct actor *a, struct order *o)
{
    return words_say(a, o->m, getenv("ACTOR_NAME"));
}

static int word_pid(struct actor *a, struct order *o)
{
    return word_number(a, o, (unsigned long)getpid());
}

static int word_args(struct actor *a, struct order *o)
{
    char text[512] = "";
    size_t n = 0;

    for (const char *const *arg = words_args; *arg != NULL && n < sizeof(text); arg++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, n == 0 ? "%s" : " %s", *arg);
    return words_say(a, o->m, text);
}

static int word_attempt(struct actor *a, struct order *o)
{
    return word_number(a, o, o->m->attempt);
}

static int word_from(struct actor *a, struct order *o)
{
    return words_say(a, o->m, o->m->from[0] == '~' ? "~" : o->m->from);
}

static int word_header(struct actor *a, struct order *o)
{
    const char *value = actor_header(o->m, o->rest);

    return words_say(a, o->m, value == NULL ? "-" : value);
}

static int word_size(struct actor *a, struct order *o)
{
    return word_number(a, o, o->size);
}

/* An answer, or a message to `to`, of so many bytes. */
static int word_body(struct actor *a, struct order *o)
{
    size_t size = strtoul(o->rest, NULL, 10);
    char *text = malloc(size + 1);

    if (text == NULL)
        return ACTOR_NOMEM;
    (void)memset(text, 'x', size);
    int rc = words_answer(a, o->m, text, size);
    free(text);
    return rc;
}

static int word_count(struct actor *a, struct order *o)
{
    counted++;
    return words_say(a, o->m, "counted");
}

static int word_total(struct actor *a, struct order *o)
{
    return word_number(a, o, counted);
}

static int word_log(struct actor *a, struct order *o)
{
    (void)actor_log(a, ACTOR_INFO, "%s", o->rest);
    return words_say(a, o->m, "logged");
}

/* Works for so long, without a look at anything else. */
static int word_nap(struct actor *a, struct order *o)
{
    long ms = strtol(o->rest, NULL, 10);
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    (void)nanosleep(&t, NULL);
    return words_say(a, o->m, "rested");
}

static int word_hold(struct actor *a, struct order *o)
{
    (void)a;
    if (held_count == HELD_MAX)
        return ACTOR_NOMEM;
    held[held_count++] = (struct held){.id = o->m->id, .type = o->m->type};
    return ACTOR_KEEP;
}

static int word_free(struct actor *a, struct order *o)
{
    for (size_t i = 0; i < held_count; i++) {
        if (held[i].type == ACTOR_ASK)
            (void)actor_reply(a, held[i].id, "freed", 5);
        else
            (void)actor_ack(a, held[i].id);
    }
    held_count = 0;
    return words_say(a, o->m, "done");
}

static int word_fail(struct actor *a, struct order *o)
{
    return actor_fail(a, o->m->id, o->rest);
}

static int word_throw(struct actor *a, struct order *o)
{
    (void)a;
    (void)o;
    return 1;
}

static int word_defer(struct actor *a, struct order *o)
{
    if (deferred == o->m->id)
        return words_say(a, o->m, "deferred");
    deferred = o->m->id;
    return actor_defer(a, o->m->id);
}

static int word_die(struct actor *a, struct order *o)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"HUP", SIGHUP},   {"INT", SIGINT},
                   {"KILL", SIGKILL}, {"QUIT", SIGQUIT}, {"TERM", SIGTERM}, {"USR1", SIGUSR1}};

    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        if (strcmp(signals[i].name, o->rest) == 0)
            (void)raise(signals[i].number);
    }
    return actor_fail(a, o->m->id, "still alive");
}

static int word_die_once(struct actor *a, struct order *o)
{
    return o->m->attempt == 1 ? word_die(a, o) : words_say(a, o->m, "survived");
}

/* The message is handled first. */
static int word_exit(struct actor *a, struct order *o)
{
    words_status = (int)strtol(o->rest, NULL, 10);
    actor_stop(a);
    return words_say(a, o->m, "exits");
}

const struct word words_plain[] = {
    {"echo", word_echo},
    {"env", word_env},
    {"name", word_name},
    {"pid", word_pid},
    {"args", word_args},
    {"attempt", word_attempt},
    {"from", word_from},
    {"header", word_header},
    {"size", word_size},
    {"body", word_body},
    {"count", word_count},
    {"total", word_total},
    {"log", word_log},
    {"nap", word_nap},
    {"hold", word_hold},
    {"free", word_free},
    {"fail", word_fail},
    {"throw", word_throw},
    {"defer", word_defer},
    {"die", word_die},
    {"die-once", word_die_once},
    {"exit", word_exit},
    {NULL, NULL},
};
