/* Who waits and who does not, of programs as actors are. */
#include "tap.h"

#include "io/sleepers.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct child {
    pid_t pid;
    int in, out; /* our ends of its stdin and stdout */
};

static struct child start(const char *command)
{
    struct child c;
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        bail_out("pipe");
    c.pid = fork();
    if (c.pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(out[1], 1);
        (void)setpgid(0, 0);
        (void)alarm(60);
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    c.in = in[1];
    c.out = out[0];
    return c;
}

static void end(struct child *c)
{
    (void)close(c->in);
    (void)close(c->out);
    (void)kill(-c->pid, SIGKILL);
    (void)kill(c->pid, SIGKILL);
    (void)waitpid(c->pid, NULL, 0);
}

static enum sleepers look_twice(const struct child *c)
{
    uint64_t first = 0, second = 0;
    enum sleepers a = sleepers_look(c->pid, true, &first), b = sleepers_look(c->pid, true, &second);

    return a == b && first == second ? a : SLEEPERS_RUN;
}

/* Until it is so, for 20 s at most. */
static bool becomes(const struct child *c, enum sleepers want)
{
    const struct timespec ms = {0, 1000000};

    for (int i = 0; i < 20000; i++) {
        if (look_twice(c) == want)
            return true;
        (void)nanosleep(&ms, NULL);
    }
    return false;
}

/* Is there such a program in the usual folders? */
static bool runs(const char *program)
{
    static const char *const folders[] = {"/bin", "/usr/bin", "/usr/local/bin"};
    char path[256];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folders[i], program);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* A filter waits; is given a line, and has answered it whenever it waits again. */
static void filter(const char *program, const char *command)
{
    struct child c;
    int answered = 0, late = 0;
    char text[64];

    if (!runs(program)) {
        skip("%s is not installed", program);
        return;
    }
    c = start(command);
    (void)fcntl(c.out, F_SETFL, O_NONBLOCK);
    ok(becomes(&c, SLEEPERS_WAIT), "%s waits for its input", command);
    for (int i = 0; i < 200; i++) {
        if (write(c.in, "line\n", 5) != 5 || !becomes(&c, SLEEPERS_WAIT))
            break;
        if (read(c.out, text, sizeof(text)) > 0)
            answered++;
        else
            late++;
    }
    ok(answered == 200 && late == 0,
       "and has answered when it waits again: %d of 200 times, late %d", answered, late);
    end(&c);
}

static void others(void)
{
    struct child c = start("while :; do :; done");
    const struct timespec ms = {0, 20000000};
    uint64_t print = 0;

    (void)nanosleep(&ms, NULL);
    is_int(look_twice(&c), SLEEPERS_RUN, "what computes runs");
    end(&c);
    c = start("sleep 60; echo");
    ok(becomes(&c, SLEEPERS_NAP), "what runs a sleep sleeps for a time");
    end(&c);
    c = start("exec sleep 60");
    ok(becomes(&c, SLEEPERS_NAP), "and so does a sleep itself");
    (void)kill(c.pid, SIGSTOP);
    ok(becomes(&c, SLEEPERS_RUN), "what is stopped waits for nobody of ours");
    end(&c);
    is_int(sleepers_look(c.pid, true, &print), SLEEPERS_WAIT, "what is gone does not run");
    is_int(print, 0, "and has no print");
}

int main(void)
{
    filter("cat", "exec cat");
    filter("sed", "exec sed -u s/l/x/");
    filter("grep", "exec grep --line-buffered l");
    filter("sed", "sed -u s/l/x/ | sed -u s/i/y/ | cat");
    filter("sh", "while read l; do echo $l; done");
    filter("sh", "while read l; do /bin/echo $l; done");
    filter("perl", "exec perl -pe 'BEGIN { $| = 1 } tr/a-z/A-Z/'");
    filter("mawk", "exec mawk -W interactive '{ print; fflush() }'");
    filter("python3", "PATH=/usr/bin:$PATH exec python3 -uc 'import sys\n"
                      "for l in sys.stdin: print(l, end=\"\")'");
    filter("python3", "PATH=/usr/bin:$PATH exec python3 -uc 'import sys, threading, queue\n"
                      "q = queue.Queue()\n"
                      "def work():\n"
                      "  while True: print(q.get(), end=\"\")\n"
                      "threading.Thread(target=work, daemon=True).start()\n"
                      "for l in sys.stdin: q.put(l)'");
    filter("node", "exec node -e 'process.stdin.on(\"data\", d => process.stdout.write(d))'");
    others();
    return done();
}
