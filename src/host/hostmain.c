#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { HOST_USAGE = 2, HOST_TEXT_MAX = 16 * 1024 * 1024 };

extern char **environ;

static const char host_usage[] =
    "usage: actorhost OBJECT.so [WORD...]\n"
    "\n"
    "Runs an actor that was built as a shared object: its main, with the words.\n"
    "`actorsup` uses it for such actors, also to run several in one process: see\n"
    "actorhost(1), and `in` in actorsup.yaml(5).\n";

/* --- one, as a process --- */

static int host_alone(int argc, char **argv)
{
    struct guest g = {.copy = -1};
    char here[4096];

    /* dlopen looks for a bare name where libraries are. */
    (void)snprintf(here, sizeof(here), "%s%s", strchr(argv[0], '/') == NULL ? "./" : "", argv[0]);
    g.object = here;
    host_entry *entry = host_load(&g);
    if (entry == NULL) {
        (void)fprintf(stderr, "actorhost: %s\n", g.end.why);
        return HOST_CANNOT;
    }
    return entry(argc, argv, environ);
}

/* --- many, for a supervisor --- */

static int host_wake = -1; /* an eventfd */

static void host_rouse(void)
{
    const uint64_t one = 1;

    (void)!write(host_wake, &one, sizeof(one));
}

static volatile sig_atomic_t host_ends;

static void host_ending(int signo)
{
    int saved = errno;

    (void)signo;
    host_ends = 1;
    host_rouse();
    errno = saved;
}

/* Reads all of it. False at the end, which is that of our supervisor. */
static bool host_read(void *to, size_t size)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = read(HOSTING_CONTROL, (char *)to + got, size - got);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        got += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool host_order(void)
{
    struct hosting_start head;

    if (!host_read(&head, sizeof(head)) || head.size > HOST_TEXT_MAX || head.n_words > head.size ||
        head.n_env > head.size)
        return false;
    char *text = malloc(head.size + 1);
    bool ok = text != NULL && host_read(text, head.size) && host_begin(&head, text) == 0;
    free(text);
    return ok;
}

static void host_over(void)
{
    host_ends = 2;
    host_rouse();
}

static int host_serve(void)
{
    struct pollfd fds[2] = {{.fd = HOSTING_CONTROL, .events = POLLIN},
                            {.fd = host_wake, .events = POLLIN}};
    uint64_t count;
    bool told = false;

    while (host_ends != 2) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents != 0 && !host_order())
            _exit(1); /* whoever is in the middle of something is over too */
        if (fds[1].revents != 0)
            (void)!read(host_wake, &count, sizeof(count));
        if (host_ends == 1 && !told) {
            told = true;
            host_when_empty(host_over);
        }
    }
    return 0;
}

static int host_many(const char *way)
{
    struct sigaction action = {.sa_handler = host_ending, .sa_flags = SA_RESTART};

    host_turns(strcmp(way, "sequence") == 0);
    host_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (host_wake < 0 || host_crash_init() != 0) {
        (void)fprintf(stderr, "actorhost: `--in` is for actorsup alone\n");
        return HOST_USAGE;
    }
    (void)fcntl(HOSTING_CONTROL, F_SETFD, FD_CLOEXEC);
    (void)sigaction(SIGTERM, &action, NULL);
    return host_serve();
}

int host_main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--in") == 0)
        return host_many(argv[2]);
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(host_usage, stdout);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        (void)printf("actorhost %s\n", PACKAGE_VERSION);
        return 0;
    }
    if (argc < 2 || argv[1][0] == '-') {
        (void)fputs(host_usage, stderr);
        return HOST_USAGE;
    }
    return host_alone(argc - 1, argv + 1);
}
