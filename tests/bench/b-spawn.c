/* `many COUNT`: starts so many `cat`, each behind three pipes, with posix_spawn, and prints the
 * nanoseconds until all run; `end COUNT`: until their pipes are closed and all are reaped. `one
 * STAMP FIFO COUNT`: from vfork to the first instruction of b-stamp, the median. All are gone when
 * it ends. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct child {
    pid_t pid;
    int fds[3]; /* our ends */
};

static int spawn_pipes(struct child *c, int theirs[3])
{
    for (int i = 0; i < 3; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return -1;
        c->fds[i] = ends[i == 0];
        theirs[i] = ends[i != 0];
        (void)fcntl(c->fds[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static int spawn_cat(struct child *c)
{
    char *argv[] = {(char[]){"cat"}, NULL};
    posix_spawn_file_actions_t actions;
    int theirs[3];

    if (spawn_pipes(c, theirs) != 0 || posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    for (int i = 0; i < 3; i++)
        (void)posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
    int rc = posix_spawnp(&c->pid, "cat", &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 3; i++)
        (void)close(theirs[i]);
    return rc == 0 ? 0 : -1;
}

static void spawn_end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

/* How long it takes to start count of them, or (end) to close their pipes and reap them. */
static int spawn_many(size_t count, bool end)
{
    struct child *children = calloc(count, sizeof(*children));
    uint64_t start = bench_now();
    size_t n = 0;

    while (children != NULL && n < count && spawn_cat(&children[n]) == 0)
        n++;
    uint64_t up = bench_now();
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            (void)close(children[i].fds[k]);
    for (size_t i = 0; i < n; i++)
        (void)waitpid(children[i].pid, NULL, 0);
    uint64_t down = bench_now();
    free(children);
    if (n < count)
        return 1;
    (void)printf("%" PRIu64 "\n", end ? down - up : up - start);
    return 0;
}

static pid_t spawn_vfork(const char *program, const char *arg)
{
    pid_t pid = vfork();

    if (pid == 0) {
        (void)execl(program, program, arg, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* The time from before vfork to the stamp; 0 when that failed. */
static uint64_t spawn_stamp(const char *stamp, const char *fifo, int fd)
{
    char text[64] = "";
    uint64_t start = bench_now(), began = 0;
    pid_t pid = spawn_vfork(stamp, fifo);

    if (pid < 0)
        return 0;
    if (read(fd, text, sizeof(text) - 1) > 0)
        began = strtoull(text + strcspn(text, " "), NULL, 10);
    spawn_end(pid);
    return began > start ? began - start : 0;
}

static int spawn_one(const char *stamp, const char *fifo, size_t count)
{
    uint64_t *times = calloc(count, sizeof(*times));
    int fd = open(fifo, O_RDWR | O_CLOEXEC);

    if (times == NULL || fd < 0)
        return 1;
    for (size_t i = 0; i < count; i++) {
        times[i] = spawn_stamp(stamp, fifo, fd);
        if (times[i] == 0)
            return 1;
    }
    (void)printf("%" PRIu64 "\n", bench_median(times, count));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && (strcmp(argv[1], "many") == 0 || strcmp(argv[1], "end") == 0))
        return spawn_many(strtoul(argv[2], NULL, 10), argv[1][0] == 'e');
    if (argc == 5 && strcmp(argv[1], "one") == 0)
        return spawn_one(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    (void)fprintf(stderr, "usage: b-spawn many|end COUNT | one STAMP FIFO COUNT\n");
    return 2;
}
