/* Pipes that grow when they flow, and the limit of a user's pages. */
#include "io/pipesize.h"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 400, OTHER_USER = 54321 };

struct pipe_end {
    int fd[2];
    struct pipe_size size;
};

static void open_pipe(struct pipe_end *p)
{
    if (pipe2(p->fd, O_CLOEXEC | O_NONBLOCK) != 0)
        bail_out("no pipe");
    pipe_size_init(&p->size);
    pipe_size_start(&p->size, p->fd[1]);
}

static void close_pipe(struct pipe_end *p)
{
    pipe_size_stop(&p->size);
    (void)close(p->fd[0]);
    (void)close(p->fd[1]);
}

static int bytes_of(const struct pipe_end *p)
{
    return fcntl(p->fd[1], F_GETPIPE_SZ);
}

static void test_sizes(void)
{
    struct pipe_end p;
    char text[3 * PIPE_PAGE] = "";

    open_pipe(&p);
    is_int(bytes_of(&p), PIPE_PAGE, "it begins with a page");
    ok(pipe_size_grow(&p.size, PIPE_SIZE_MAX, 0), "it grows");
    is_int(bytes_of(&p), 4 * PIPE_PAGE, "to four pages");
    ok(!pipe_size_grow(&p.size, 8 * PIPE_PAGE, 0), "not past what is allowed");
    ok(write(p.fd[1], text, sizeof(text)) == sizeof(text), "three pages in it");
    ok(!pipe_size_shrink(&p.size, PIPE_PAGE), "it does not shrink below what is unread");
    ok(read(p.fd[0], text, sizeof(text)) == sizeof(text), "read");
    ok(pipe_size_shrink(&p.size, PIPE_PAGE), "it shrinks");
    is_int(bytes_of(&p), PIPE_PAGE, "to a page");
    close_pipe(&p);
    ok(!pipe_size_grow(&p.size, PIPE_SIZE_MAX, 0), "one that was stopped does nothing");
}

static bool grow_all(struct pipe_end *p, int64_t now)
{
    while (p->size.bytes < PIPE_SIZE_MAX)
        if (!pipe_size_grow(&p->size, PIPE_SIZE_MAX, now))
            return false;
    return true;
}

/* In a process of a user with no other pipes: root knows no limit. */
static int limited(void)
{
    static struct pipe_end p[MANY];
    int n = 0;

    if (getuid() == 0 && setuid(OTHER_USER) != 0)
        return 1;
    for (int i = 0; i < MANY; i++)
        open_pipe(&p[i]);
    while (n < MANY && grow_all(&p[n], n))
        n++;
    if (n == 0 || n == MANY)
        return 2; /* there is a limit, and it is not none */
    if (grow_all(&p[n], n + 500))
        return 3; /* all flowed a moment ago */
    if (!grow_all(&p[n], n + 5000))
        return 4; /* the oldest gives its own */
    if (bytes_of(&p[0]) != PIPE_PAGE || bytes_of(&p[1]) != PIPE_SIZE_MAX)
        return 5;
    if (!grow_all(&p[0], n + 5000) || bytes_of(&p[1]) != PIPE_PAGE)
        return 6; /* and gets it from the next */
    for (int i = 0; i < MANY; i++)
        close_pipe(&p[i]);
    return 0;
}

static void test_limit(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(limited());
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    is_int(WEXITSTATUS(status), 0, "beyond the limit the one longest idle gives its own");
}

int main(void)
{
    struct rlimit files = {2 * MANY + 100, 2 * MANY + 100};

    (void)setrlimit(RLIMIT_NOFILE, &files);
    test_sizes();
    test_limit();
    return done();
}
