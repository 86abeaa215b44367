/* An actor of the tests, built as a shared object. Does what its messages say, and tells by the
 * file `two` when its code runs while that of another does which shares its folder. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static unsigned long handled; /* each actor's own, also where several are in one process */
static int result;

static void guest_pause(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    (void)nanosleep(&t, NULL);
}

static void guest_begin(void)
{
    int fd = open("one", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        fd = open("two", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    (void)close(fd);
}

static int guest_ends(struct actor *a, const char *word)
{
    static volatile int *nowhere;

    if (strcmp(word, "segv") == 0)
        *nowhere = 1;
    if (strcmp(word, "abort") == 0)
        abort();
    if (strcmp(word, "exit") == 0)
        exit(0);
    if (strcmp(word, "kill") == 0)
        (void)kill(getpid(), SIGKILL);
    if (strcmp(word, "hang") == 0)
        for (;;)
            (void)pause();
    if (strcmp(word, "return") == 0) {
        result = 3;
        actor_stop(a);
    }
    if (strcmp(word, "fail") == 0)
        return 1;
    return 0;
}

/* `pause MS`, `env NAME`, `to ACTOR`, `log TEXT`, or one of those above. */
static int guest_handle(struct actor *a, const struct actor_message *m, void *arg)
{
    char text[256], answer[512];
    const char *name = actor_name(a);

    (void)arg;
    (void)snprintf(text, sizeof(text), "%.*s", (int)m->size, (const char *)m->body);
    char *rest = text + strcspn(text, " ");
    if (*rest != 0)
        *rest++ = 0;
    guest_begin();
    if (strcmp(text, "pause") == 0)
        guest_pause(strtol(rest, NULL, 10));
    int rc = guest_ends(a, text);
    if (strcmp(text, "log") == 0)
        (void)actor_log(a, ACTOR_INFO, "%s", rest);
    if (strcmp(text, "to") == 0)
        rc = actor_send(a, rest, "from", 4);
    handled++;
    (void)unlink("one");
    if (strcmp(text, "env") == 0)
        (void)snprintf(answer, sizeof(answer), "%s", getenv(rest) == NULL ? "-" : getenv(rest));
    else if (strcmp(text, "pid") == 0)
        (void)snprintf(answer, sizeof(answer), "%d", (int)getpid());
    else
        (void)snprintf(answer, sizeof(answer), "%s %lu %s", name, handled, rest);
    return rc != 0 || m->type != ACTOR_ASK ? rc : actor_reply(a, m->id, answer, strlen(answer));
}

int main(int argc, char **argv)
{
    struct actor *a = NULL;
    struct actor_error error;

    if (argc > 1 && strcmp(argv[1], "wrong") == 0)
        return 4;
    if (actor_attach(&a, &error) != 0) {
        (void)fprintf(stderr, "guest: %s\n", error.text);
        return 1;
    }
    (void)actor_on(a, ACTOR_TELL, guest_handle, NULL);
    (void)actor_on(a, ACTOR_ASK, guest_handle, NULL);
    if (argc > 1 && strcmp(argv[1], "late") == 0)
        (void)actor_ready(a);
    int rc = actor_run(a);
    if (rc != 0)
        (void)fprintf(stderr, "guest: %s\n", actor_why(a));
    (void)actor_detach(a, 5000);
    return rc == 0 ? result : 1;
}
