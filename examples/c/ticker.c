/* Sends `tick N` to what the file says under `to`, every so many milliseconds (the first argument;
 * 1000), at most so many times (the second; 0: without end), and answers asks with N. It has
 * a loop of its own: here poll(), but any will do. */
#include "actor.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct ticker {
    struct actor *actor;
    int timer;
    unsigned long ticks;
    unsigned long most;
    int ending;
};

static int ticker_start(long ms)
{
    const struct timespec every = {ms / 1000, ms % 1000 * 1000000L};
    const struct itimerspec setting = {every, every};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

    if (fd >= 0 && timerfd_settime(fd, 0, &setting, NULL) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int ticker_tick(struct ticker *t)
{
    char text[32];
    uint64_t due;

    if (read(t->timer, &due, sizeof(due)) != (ssize_t)sizeof(due))
        return 0;
    (void)snprintf(text, sizeof(text), "tick %lu", ++t->ticks);
    if (t->ticks == t->most)
        t->ending = 1;
    int rc = actor_send(t->actor, NULL, text, strlen(text));
    return rc == 0 ? actor_flush(t->actor, -1) : rc;
}

static int ticker_message(struct ticker *t, const struct actor_message *m)
{
    char text[32];

    if (m->type == ACTOR_EXIT)
        t->ending = 1;
    if (m->id == 0)
        return 0;
    if (m->type != ACTOR_ASK)
        return actor_ack(t->actor, m->id);
    (void)snprintf(text, sizeof(text), "%lu", t->ticks);
    return actor_reply(t->actor, m->id, text, strlen(text));
}

/* All that is there: only then does the actor's descriptor say when there is more. */
static int ticker_messages(struct ticker *t)
{
    struct actor_message m;
    int rc;

    while ((rc = actor_receive(t->actor, &m, 0)) == 0) {
        rc = ticker_message(t, &m);
        if (rc != 0)
            return rc;
    }
    return rc == ACTOR_TIMEOUT ? 0 : rc;
}

static int ticker_loop(struct ticker *t)
{
    struct pollfd fds[2] = {{.fd = actor_fd(t->actor), .events = POLLIN},
                            {.fd = t->timer, .events = POLLIN}};
    int rc = ticker_messages(t);

    while (rc == 0 && !t->ending) {
        (void)poll(fds, 2, -1);
        rc = ticker_tick(t);
        if (rc == 0)
            rc = ticker_messages(t);
    }
    return rc;
}

int main(int argc, char **argv)
{
    long every = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    struct ticker t = {.most = argc > 2 ? strtoul(argv[2], NULL, 10) : 0};
    struct actor_error error;

    if (every <= 0 || (t.timer = ticker_start(every)) < 0) {
        (void)fprintf(stderr, "usage: ticker [MILLISECONDS [TIMES]]\n");
        return 2;
    }
    if (actor_attach(&t.actor, &error) != 0) {
        (void)fprintf(stderr, "ticker: %s\n", error.text);
        return 1;
    }
    int rc = ticker_loop(&t);
    if (rc != 0)
        (void)fprintf(stderr, "ticker: %s\n", actor_why(t.actor));
    (void)actor_detach(t.actor, 5000);
    (void)close(t.timer);
    return rc == 0 ? 0 : 1;
}
