#include "tap.h"

#include "io/rundir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/t-rundir-XXXXXX";

static const char *in_top(const char *name)
{
    static char path[2][300];
    static int turn;

    turn = !turn;
    (void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", top, name);
    return path[turn];
}

static void test_open(void)
{
    struct rundir *r = NULL;
    struct err e;
    struct stat st;
    char buf[300];

    is_int(rundir_open("shop", false, &r, &e), ERR_NOT_RUNNING, "what is not there is not made");
    is_str(e.text, "no system 'shop' is running", "and told in plain words");
    ok(r == NULL && access(in_top("actorsup"), F_OK) != 0, "nothing was touched");
    if (rundir_open("shop", true, &r, &e) != 0)
        bail_out("%s", e.text);
    is_str(rundir_base(r), top, "the base is the folder of the environment");
    is_str(rundir_path(r), in_top("actorsup/shop"), "the path is below it");
    is_str(rundir_socket(r), in_top("actorsup/shop/sock"), "the socket is in it");
    ok(stat(in_top("actorsup/shop"), &st) == 0 && (st.st_mode & 07777) == 0700, "mode 0700");
    ok(stat(in_top("actorsup"), &st) == 0 && (st.st_mode & 07777) == 0700, "its parent too");
    ok(fcntl(rundir_fd(r), F_GETFD) == FD_CLOEXEC, "closed on exec");

    is_int(rundir_write(r, RUNDIR_PID, "4711\n", &e), 0, "a file is written");
    is_int(rundir_write(r, RUNDIR_PID, "4712\n", &e), 0, "and replaced");
    is_int(rundir_pid(r), 4712, "and read as a pid");
    is_int(rundir_read(r, RUNDIR_PID, buf, sizeof(buf)), 0, "or as text");
    is_str(buf, "4712\n", "as it is");
    is_int(rundir_read(r, RUNDIR_PID, buf, 3), 0, "a small buffer");
    is_str(buf, "47", "cuts it");
    ok(stat(in_top("actorsup/shop/pid"), &st) == 0 && (st.st_mode & 07777) == 0600, "mode 0600");
    ok(rundir_read(r, RUNDIR_RUN, buf, sizeof(buf)) < 0, "a missing file is told");
    rundir_clean(r);
    is_int(rundir_pid(r), 0, "cleaned: no pid");
    rundir_free(r);
    is_int(rundir_open("shop", false, &r, &e), 0, "now it is there");
    rundir_free(r);
    ok(rundir_open("../x", true, &r, &e) == ERR_INVALID, "a name with a slash is refused");
}

static void count(void *arg, const char *system)
{
    char *names = arg;
    size_t len = strlen(names);
    (void)snprintf(names + len, 64 - len, "%s", system);
}

static void test_lock(void)
{
    struct rundir *a = NULL, *b = NULL;
    struct err e;
    char names[100] = "";
    int go[2], status;

    if (rundir_open("shop", true, &a, &e) != 0 || rundir_open("shop", true, &b, &e) != 0)
        bail_out("%s", e.text);
    ok(!rundir_running(a), "without the lock it does not run");
    is_int(rundir_list(count, names, &e), 0, "and is not listed");
    is_int(rundir_lock(a, &e), 0, "the lock is taken");
    (void)rundir_write(a, RUNDIR_PID, "99\n", &e);
    ok(rundir_running(b) && rundir_running(a), "now it runs");
    is_int(rundir_lock(b, &e), ERR_EXISTS, "nobody takes it a second time");
    is_str(e.text, "system 'shop' is running already (pid 99)", "and is told who has it");
    is_int(rundir_list(count, names, &e), 1, "it is listed");
    is_str(names, "shop", "by name");
    ok(rundir_lock_fd(a) >= 0 && rundir_lock_fd(b) == -1, "one holds its descriptor");

    if (pipe2(go, O_CLOEXEC) != 0)
        bail_out("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        (void)close(go[1]);
        _exit(read(go[0], &c, 1) == 0 ? 0 : 1);
    }
    (void)close(go[0]);
    rundir_free(a);
    ok(rundir_running(b), "a child of fork holds it on");
    (void)close(go[1]);
    (void)waitpid(pid, &status, 0);
    ok(!rundir_running(b), "until that is gone as well");
    is_int(rundir_lock(b, &e), 0, "then it can be taken over");
    rundir_clean(b);
    rundir_free(b);
}

static void refused(const char *name)
{
    struct rundir *r = NULL;
    struct err e;

    int rc = rundir_open("evil", true, &r, &e);
    if (!is_int(rc, ERR_DENIED, "%s is refused", name))
        diag("%s", e.text);
    if (rc == 0)
        rundir_free(r);
}

static void test_refusals(void)
{
    struct rundir *r = NULL;
    struct err e;

    (void)chmod(in_top("actorsup"), 0750);
    refused("a folder open to the group");
    (void)chmod(in_top("actorsup"), 0700);
    (void)mkdir(in_top("other"), 0700);
    if (symlink(in_top("other"), in_top("actorsup/evil")) != 0)
        bail_out("symlink");
    refused("a link in place of the system");
    (void)unlink(in_top("actorsup/evil"));
    (void)close(open(in_top("actorsup/evil"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    refused("a file in place of the system");
    (void)unlink(in_top("actorsup/evil"));
    if (symlink("/etc/passwd", in_top("actorsup/shop/lock2")) != 0)
        bail_out("symlink");
    (void)rename(in_top("actorsup/shop/lock2"), in_top("actorsup/shop/lock"));
    if (rundir_open("shop", true, &r, &e) == 0) {
        ok(rundir_lock(r, &e) < 0, "a link in place of the lock is refused");
        rundir_free(r);
    }
    (void)unlink(in_top("actorsup/shop/lock"));
    (void)chmod(top, 0777);
    refused("a place that others write to");
    (void)chmod(top, 01777);
    is_int(rundir_open("good", true, &r, &e), 0, "one like /tmp is taken");
    rundir_free(r);
    (void)chmod(top, 0700);
    if (geteuid() == 0) {
        if (chown(in_top("actorsup/good"), 12345, 12345) != 0)
            bail_out("chown");
        is_int(rundir_open("good", true, &r, &e), ERR_DENIED, "a folder of another is refused");
    } else {
        skip("giving a folder away needs root");
    }
    (void)rmdir(in_top("actorsup/good"));
    (void)rmdir(in_top("other"));
}

static void test_places(void)
{
    struct rundir *r = NULL;
    struct err e;
    char deep[200], buf[512], want[600];

    (void)setenv("ACTORSUP_RUNTIME_DIR", "/nowhere/at/all", 1);
    (void)setenv("XDG_RUNTIME_DIR", top, 1);
    is_int(rundir_open("shop", false, &r, &e), 0, "the next place is taken when one is missing");
    is_str(rundir_base(r), top, "and is the base");
    rundir_free(r);
    (void)unsetenv("XDG_RUNTIME_DIR");
    if (chdir("/tmp") != 0)
        bail_out("chdir");
    (void)snprintf(deep, sizeof(deep), "%s/", top + strlen("/tmp/"));
    (void)setenv("ACTORSUP_RUNTIME_DIR", deep, 1);
    is_int(rundir_open("shop", false, &r, &e), 0, "a relative place works");
    is_str(rundir_base(r), top, "and is made absolute");
    rundir_free(r);

    (void)snprintf(deep, sizeof(deep), "%s/%080d", top, 1);
    (void)mkdir(deep, 0700);
    (void)setenv("ACTORSUP_RUNTIME_DIR", deep, 1);
    is_int(rundir_open("a-system-with-a-long-name", true, &r, &e), ERR_TOO_LARGE,
           "a path too long for a socket is refused");
    size_t len = strlen(deep);
    (void)snprintf(deep + len, sizeof(deep) - len, "/actorsup");
    (void)rmdir(deep);
    *strrchr(deep, '/') = '\0';
    (void)rmdir(deep);

    (void)setenv("XDG_STATE_HOME", in_top("state/deep"), 1);
    is_int(rundir_state("shop", false, buf, sizeof(buf), &e), 0, "the folder of logs has a path");
    ok(access(buf, F_OK) != 0, "which is not made unasked");
    is_int(rundir_state("shop", true, buf, sizeof(buf), &e), 0, "and made when asked");
    is_str(buf, in_top("state/deep/actorsup/shop"), "below XDG_STATE_HOME");
    struct stat st;
    ok(stat(buf, &st) == 0 && (st.st_mode & 07777) == 0700, "mode 0700");
    (void)setenv("XDG_STATE_HOME", "relative", 1);
    (void)setenv("HOME", top, 1);
    (void)rundir_state("shop", false, buf, sizeof(buf), &e);
    (void)snprintf(want, sizeof(want), "%s/.local/state/actorsup/shop", top);
    is_str(buf, want, "else below ~/.local/state");
    (void)snprintf(buf, sizeof(buf), "%s", in_top("state/deep/actorsup/shop"));
    while (strcmp(buf, top) != 0) {
        (void)rmdir(buf);
        *strrchr(buf, '/') = '\0';
    }
}

int main(void)
{
    if (mkdtemp(top) == NULL)
        return 1;
    (void)setenv("ACTORSUP_RUNTIME_DIR", top, 1);
    (void)umask(022);
    test_open();
    test_lock();
    test_refusals();
    test_places();
    (void)rmdir(in_top("actorsup/shop"));
    (void)rmdir(in_top("actorsup"));
    ok(rmdir(top) == 0, "nothing else was left behind");
    return done();
}
