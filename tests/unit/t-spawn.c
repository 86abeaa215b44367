#include "tap.h"

#include "io/loop.h"
#include "io/reaper.h"
#include "io/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char env_path[] = "PATH=/usr/bin:/bin", env_mark[] = "MARK=here";
static char *const env[] = {env_path, env_mark, NULL};

/* Starts sh -c script. */
static int start(const char *script, struct spawn_spec *s, pid_t *pid, struct err *e)
{
    char sh[] = "sh", c[] = "-c", text[256];
    char *const argv[] = {sh, c, text, NULL};

    (void)snprintf(text, sizeof(text), "%s", script);
    s->program = "/bin/sh";
    s->argv = argv;
    s->envp = env;
    if (s->cwd == NULL)
        s->cwd = "/";
    int rc = spawn_start(s, pid, e);
    s->argv = NULL;
    return rc;
}

/* Runs sh -c script with its output read back; the exit status or minus the signal. */
static int shell(const char *script, const char *cwd, char *buf, size_t size)
{
    int p[2], status;
    pid_t pid;
    struct err e;
    size_t len = 0;
    ssize_t n;

    if (pipe2(p, O_CLOEXEC) != 0)
        return -1000;
    struct spawn_spec s = {.cwd = cwd, .in = -1, .out = p[1], .err = -1, .ready = -1};
    int rc = start(script, &s, &pid, &e);
    (void)close(p[1]);
    while (rc == 0 && len < size - 1 && (n = read(p[0], buf + len, size - 1 - len)) > 0)
        len += (size_t)n;
    buf[len] = '\0';
    (void)close(p[0]);
    if (rc != 0 || waitpid(pid, &status, 0) != pid)
        return -1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void test_environment(void)
{
    char buf[4096];

    is_int(shell("echo $MARK; pwd", "/usr", buf, sizeof(buf)), 0, "a child runs");
    is_str(buf, "here\n/usr\n", "with its environment, in its folder");

    is_int(shell("exit 7", "/", buf, sizeof(buf)), 7, "its status comes back");

    (void)shell("echo $$; ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat", "/", buf,
                sizeof(buf));
    is_int(atol(strchr(buf, '\n') + 1), atol(buf), "it leads a process group of its own");

    (void)shell("ls -1 /proc/self/fd | wc -l; cat", "/", buf, sizeof(buf));
    is_int(atol(buf), 4, "it has the descriptors 0, 1 and 2 alone (and that of ls)");

    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    sigset_t block, now;
    (void)sigemptyset(&block);
    (void)sigaddset(&block, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &block, NULL);
    /* glibc's posix_spawn, by which make starts us, leaves its two own signals ignored for good. */
    (void)shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2 | sed s/180000000/000000000/",
                "/", buf, sizeof(buf));
    is_str(buf, "0000000000000000\n0000000000000000\n", "no signal is blocked or ignored in it");
    (void)sigprocmask(SIG_SETMASK, NULL, &now);
    ok(sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGINT) == 0, "our own mask is kept");
    (void)sigemptyset(&block);
    (void)sigprocmask(SIG_SETMASK, &block, NULL);
}

static void test_limits(void)
{
    struct rlimit r, now;
    char buf[64], want[64];

    (void)getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max > 300 ? 300 : r.rlim_max - 1;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    spawn_raise_files();
    (void)getrlimit(RLIMIT_NOFILE, &now);
    ok(now.rlim_cur == r.rlim_max, "our limit of files is raised");
    (void)shell("ulimit -n", "/", buf, sizeof(buf));
    (void)snprintf(want, sizeof(want), "%ld\n", (long)r.rlim_cur);
    is_str(buf, want, "the child's is as before");
}

/* Replaces *fd by a copy above what this test hands over, so that the two cannot meet. */
static int raise_fd(int *fd)
{
    *fd = fcntl(*fd, F_DUPFD_CLOEXEC, 100);
    return *fd < 0 ? -1 : 0;
}

/* Descriptors handed over may themselves be 0 to 3, crosswise. Run in a forked copy. */
static int crossed(void)
{
    int in[2], out[2], err[2], ready[2], status;
    char a[64] = "", b[64] = "";
    pid_t pid;
    struct err e;

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 ||
        pipe2(ready, O_CLOEXEC) != 0)
        return 1;
    for (int i = 0; i < 2; i++)
        if (raise_fd(&in[i]) || raise_fd(&out[i]) || raise_fd(&err[i]) || raise_fd(&ready[i]))
            return 2;
    if (write(in[1], "in\n", 3) != 3 || write(ready[1], "rd\n", 3) != 3)
        return 3;
    if (dup2(err[1], 0) < 0 || dup2(ready[0], 1) < 0 || dup2(in[0], 2) < 0 || dup2(out[1], 3) < 0)
        return 4;
    struct spawn_spec s = {.in = 2, .out = 3, .err = 0, .ready = 1};
    if (start("read a; read b <&3; echo $a $b >&2; echo out", &s, &pid, &e) != 0)
        return 5;
    if (read(out[0], a, sizeof(a) - 1) != 4 || read(err[0], b, sizeof(b) - 1) != 6)
        return 6;
    (void)waitpid(pid, &status, 0);
    return strcmp(a, "out\n") == 0 && strcmp(b, "in rd\n") == 0 ? 0 : 7;
}

static void test_crossed(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(crossed());
    (void)waitpid(pid, &status, 0);
    is_int(WEXITSTATUS(status), 0, "descriptors that overlap find their places");
}

static void fails(const char *program, const char *cwd, const char *text, const char *name)
{
    char x[] = "x";
    char *const argv[] = {x, NULL};
    struct spawn_spec s = {.program = program,
                           .argv = argv,
                           .envp = env,
                           .cwd = cwd,
                           .in = -1,
                           .out = -1,
                           .err = -1,
                           .ready = -1};
    pid_t pid = -5;
    struct err e = {0};

    int rc = spawn_start(&s, &pid, &e);
    if (!ok(rc == ERR_SYSTEM && pid == -5 && strstr(e.text, text) != NULL, "%s", name))
        diag("%d %s", rc, e.text);
    ok(waitpid(-1, NULL, WNOHANG) < 0, "and nothing is left to reap");
}

static void test_failures(const char *dir)
{
    char path[256];

    fails("/nowhere/at/all", "/", "cannot execute /nowhere/at/all: No such file",
          "a missing program is named");
    fails("/bin/true", "/nowhere", "cannot enter folder /nowhere: No such file",
          "a missing folder is named");
    (void)snprintf(path, sizeof(path), "%s/plain", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    (void)!write(fd, "echo\n", 5);
    (void)close(fd);
    fails(path, "/", "script with a #! line", "a script without #! is told as such");
    fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    (void)!write(fd, "#!/no/such\n", 11);
    (void)close(fd);
    fails(path, "/", "its interpreter does not exist", "and one with a wrong interpreter");
    (void)unlink(path);
}

static void test_find(const char *dir)
{
    char out[256], path[256];

    is_int(spawn_find("sh", "/", "/nowhere:/bin", out, sizeof(out)), 0, "found in PATH");
    is_str(out, "/bin/sh", "in its second folder");
    is_int(spawn_find("./sh", "/bin", "", out, sizeof(out)), 0, "found in the folder");
    is_str(out, "/bin/sh", "as a path that is absolute");
    is_int(spawn_find("bin/sh", "/", NULL, out, sizeof(out)), 0, "a slash means below the folder");
    is_int(spawn_find("sh", "/bin", "", out, sizeof(out)), 0, "an empty entry is the folder");
    is_int(spawn_find("/bin/sh", "/usr", NULL, out, sizeof(out)), 0, "absolute paths stay");
    is_str(out, "/bin/sh", "as they are");
    out[0] = 'x';
    is_int(spawn_find("no-such-thing", "/", "/bin:/usr/bin", out, sizeof(out)), ERR_UNKNOWN,
           "what is not there is unknown");
    is_int(spawn_find("bin", "/", "/", out, sizeof(out)), ERR_DENIED, "a folder is denied");
    (void)snprintf(path, sizeof(path), "%s/data", dir);
    (void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    is_int(spawn_find("./data", dir, NULL, out, sizeof(out)), ERR_DENIED, "so is plain data");
    is_int(spawn_find("/bin/sh", "/", NULL, out, 4), ERR_TOO_LARGE, "a small buffer is told");
    is_int(out[0], 'x', "failures leave the buffer alone");
    (void)unlink(path);
}

struct reaped {
    struct loop *l;
    int left, wrong;
    pid_t pid[20];
};

static void on_exit_of(void *arg, pid_t pid, int status)
{
    struct reaped *r = arg;

    if (r->pid[WEXITSTATUS(status)] != pid)
        r->wrong++;
    if (--r->left == 0)
        loop_stop(r->l);
}

static void on_late(void *arg)
{
    loop_stop(arg);
}

static void test_reaper(void)
{
    struct err e;
    struct loop *l = loop_new(&e);
    struct reaper *reaper = reaper_new(l, &e);
    struct reaped r = {.l = l, .left = 19};
    struct loop_timer late;
    struct err why;

    for (int i = 0; i < 20; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "exit %d", i);
        struct spawn_spec s = {.in = -1, .out = -1, .err = -1, .ready = -1};
        if (start(text, &s, &r.pid[i], &why) != 0 ||
            reaper_watch(reaper, r.pid[i], on_exit_of, &r) != 0)
            r.wrong++;
    }
    ok(reaper_knows(reaper, r.pid[3]), "a watched pid is known");
    reaper_forget(reaper, r.pid[3]);
    ok(!reaper_knows(reaper, r.pid[3]), "a forgotten one is not");
    loop_timer_init(&late, l, on_late, l);
    (void)loop_timer_start(&late, 10000);
    (void)loop_run(l);
    is_int(r.left, 0, "each watched child is told");
    is_int(r.wrong, 0, "with its status");
    ok(!reaper_knows(reaper, r.pid[0]), "and then forgotten");
    reaper_free(reaper);
    loop_free(l);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

int main(void)
{
    char dir[] = "/tmp/t-spawn-XXXXXX";

    if (mkdtemp(dir) == NULL)
        return 1;
    test_environment();
    test_limits();
    test_crossed();
    test_failures(dir);
    test_find(dir);
    test_reaper();
    (void)rmdir(dir);
    return done();
}
