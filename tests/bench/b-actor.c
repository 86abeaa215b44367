/* Actors over libactor: `source COUNT`, `sink COUNT FILE`, `ask COUNT FILE` (one at a time),
 * `asks COUNT FILE` (64 in flight), `answer`. */
#include "actor.h"
#include "bench.h"

enum { ASKS = 64 };

static int actor_source(struct actor *a, uint64_t count, const char *path)
{
    char *body = malloc(bench_size());
    int rc = body == NULL ? ACTOR_NOMEM : 0;

    (void)path;
    if (body != NULL)
        bench_fill(body, bench_size(), bench_now());
    for (uint64_t i = 0; i < count && rc == 0; i++)
        rc = actor_send(a, NULL, body, bench_size());
    free(body);
    return rc;
}

struct sink {
    uint64_t left;
    uint64_t took;
};

static int sink_take(struct actor *a, const struct actor_message *m, void *arg)
{
    struct sink *s = arg;

    if (--s->left == 0) {
        s->took = bench_since(m->body);
        actor_stop(a);
    }
    return 0;
}

static int actor_sink(struct actor *a, uint64_t count, const char *path)
{
    struct sink s = {.left = count};
    int rc = actor_on(a, ACTOR_TELL, sink_take, &s);

    if (rc == 0)
        rc = actor_run(a);
    return rc == 0 ? bench_report(path, s.took) : rc;
}

static int ask_once(struct actor *a, const char *body)
{
    struct actor_message m;
    int rc = actor_ask(a, NULL, "t", 5000, body, BENCH_SIZE);

    if (rc == 0)
        rc = actor_receive(a, &m, 10000);
    return rc != 0 ? rc : m.type == ACTOR_REPLY ? 0 : -1;
}

static int actor_asker(struct actor *a, uint64_t count, const char *path)
{
    uint64_t *times = calloc(count, sizeof(*times));
    char body[BENCH_SIZE];
    int rc = times == NULL ? ACTOR_NOMEM : 0;

    memset(body, 'x', sizeof(body));
    for (uint64_t i = 0; i < BENCH_WARM && rc == 0; i++)
        rc = ask_once(a, body);
    for (uint64_t i = 0; i < count && rc == 0; i++) {
        uint64_t start = bench_now();
        rc = ask_once(a, body);
        times[i] = bench_now() - start;
    }
    if (rc == 0)
        rc = bench_report(path, bench_median(times, count));
    free(times);
    return rc;
}

/* Sends one more for each reply, and handles what has come before it sends. */
static int asks_some(struct actor *a, uint64_t *asked, uint64_t count, uint64_t *answered)
{
    char body[BENCH_SIZE];
    struct actor_message m;
    int rc = 0;

    memset(body, 'x', sizeof(body));
    while (*asked < count && *asked - *answered < ASKS && rc == 0) {
        rc = actor_ask(a, NULL, "t", 5000, body, sizeof(body));
        ++*asked;
    }
    if (rc == 0)
        rc = actor_receive(a, &m, 10000);
    ++*answered;
    return rc != 0 ? rc : m.type == ACTOR_REPLY ? 0 : -1;
}

static int actor_asks(struct actor *a, uint64_t count, const char *path)
{
    uint64_t start = bench_now(), asked = 0, answered = 0;
    int rc = 0;

    while (answered < count && rc == 0)
        rc = asks_some(a, &asked, count, &answered);
    return rc == 0 ? bench_report(path, bench_now() - start) : rc;
}

static int answer(struct actor *a, const struct actor_message *m, void *arg)
{
    (void)arg;
    return actor_reply(a, m->id, m->body, m->size);
}

static int actor_answerer(struct actor *a, uint64_t count, const char *path)
{
    (void)count;
    (void)path;
    int rc = actor_on(a, ACTOR_ASK, answer, NULL);
    return rc == 0 ? actor_run(a) : rc;
}

static const struct part {
    const char *name;
    int args;
    int (*run)(struct actor *a, uint64_t count, const char *path);
} parts[] = {
    {"source", 3, actor_source}, {"sink", 4, actor_sink},       {"ask", 4, actor_asker},
    {"asks", 4, actor_asks},     {"answer", 2, actor_answerer},
};

int main(int argc, char **argv)
{
    const struct part *part = NULL;
    struct actor_error error;
    struct actor *a = NULL;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && argc > 1; i++) {
        if (strcmp(parts[i].name, argv[1]) == 0 && argc == parts[i].args)
            part = &parts[i];
    }
    if (part == NULL) {
        (void)fprintf(stderr, "usage: b-actor source|sink|ask|asks|answer [COUNT [FILE]]\n");
        return 2;
    }
    if (actor_attach(&a, &error) != 0) {
        (void)fprintf(stderr, "b-actor: %s\n", error.text);
        return 1;
    }
    int rc = part->run(a, argc > 2 ? strtoull(argv[2], NULL, 10) : 0, argc > 3 ? argv[3] : NULL);
    if (rc != 0)
        (void)fprintf(stderr, "b-actor: %s\n", actor_why(a));
    return actor_detach(a, 30000) == 0 && rc == 0 ? 0 : 1;
}
