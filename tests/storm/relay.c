/* Actors of the storm, in C:
 *     relay splice            a filter that moves what it reads to its stdout within the kernel, so
 *                             that a SIGKILL finds each byte either unread or written
 *     relay pass              frames: passes each message on, with ` NAME:ATTEMPT` added
 *     relay keep FILE         frames: adds `ID ATTEMPT BODY` as a line to FILE
 * As in relay.py, new messages are acked late. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RELAY_LINE = 4096, RELAY_SPLICE = 65536, RELAY_LATE_MS = 20, RELAY_LATE = 1024 };

struct relay {
    int file;                  /* -1: pass on */
    uint64_t late[RELAY_LATE]; /* done, and not yet acked */
    size_t n_late;
    int pool; /* is it a member of one? */
};

static int relay_splice(void)
{
    ssize_t n;

    do
        n = splice(0, NULL, 1, NULL, RELAY_SPLICE, 0);
    while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        perror("relay: splice");
    return n == 0 ? 0 : 1;
}

static int relay_message(struct actor *a, const struct actor_message *m, const struct relay *r)
{
    char line[RELAY_LINE];
    int n;

    if (r->file < 0) {
        n = snprintf(line, sizeof(line), "%.*s %s:%u", (int)m->size, (const char *)m->body,
                     actor_name(a), m->attempt);
        return actor_send(a, NULL, line, (size_t)n);
    }
    n = snprintf(line, sizeof(line), "%" PRIx64 " %u %.*s\n", m->id, m->attempt, (int)m->size,
                 (const char *)m->body);
    return write(r->file, line, (size_t)n) == n ? 0 : ACTOR_SYSTEM;
}

static int relay_ack_late(struct actor *a, struct relay *r)
{
    int rc = 0;

    for (size_t i = 0; i < r->n_late && rc == 0; i++)
        rc = actor_ack(a, r->late[i]);
    r->n_late = 0;
    return rc;
}

/* Until it is told to end. */
static int relay_loop(struct actor *a, struct relay *r)
{
    struct actor_message m;

    for (;;) {
        int rc = actor_receive(a, &m, r->n_late > 0 ? RELAY_LATE_MS : -1);
        if (rc == ACTOR_TIMEOUT) {
            rc = relay_ack_late(a, r);
            if (rc != 0)
                return rc;
            continue;
        }
        if (rc != 0 || m.type == ACTOR_EXIT)
            return rc == 0 ? relay_ack_late(a, r) : rc;
        if (m.type == ACTOR_TELL)
            rc = relay_message(a, &m, r);
        if (rc == 0 && m.attempt == 1 && !r->pool && r->n_late < RELAY_LATE)
            r->late[r->n_late++] = m.id;
        else if (rc == 0)
            rc = actor_ack(a, m.id);
        if (rc != 0)
            return rc;
    }
}

static int relay_frames(struct relay *r)
{
    struct actor *a = NULL;
    struct actor_error error;

    if (actor_attach(&a, &error) != 0) {
        (void)fprintf(stderr, "relay: %s\n", error.text);
        return 1;
    }
    int rc = relay_loop(a, r);
    if (rc != 0)
        (void)fprintf(stderr, "relay: %s\n", actor_why(a));
    (void)actor_detach(a, 5000);
    return rc == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct relay r = {.file = -1, .pool = getenv("IN_POOL") != NULL};

    if (argc == 2 && strcmp(argv[1], "splice") == 0)
        return relay_splice();
    if (argc == 2 && strcmp(argv[1], "pass") == 0)
        return relay_frames(&r);
    if (argc != 3 || strcmp(argv[1], "keep") != 0) {
        (void)fprintf(stderr, "usage: relay splice | pass | keep FILE\n");
        return 2;
    }
    r.file = open(argv[2], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (r.file < 0) {
        perror(argv[2]);
        return 1;
    }
    return relay_frames(&r);
}
