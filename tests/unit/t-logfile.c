#include "tap.h"

#include "io/logfile.h"
#include "io/logsource.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char top[] = "/tmp/t-logfile-XXXXXX";

static const char *in_top(const char *name)
{
    static char path[300];

    (void)snprintf(path, sizeof(path), "%s/%s", top, name);
    return path;
}

/* The file without the times; "" when it is not there. */
static const char *slurp(const char *name)
{
    static char text[200000];
    char *line = NULL;
    size_t cap = 0;

    size_t len = 0;
    text[0] = '\0';
    FILE *f = fopen(in_top(name), "re");
    while (f != NULL && getline(&line, &cap, f) > 28)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", line + 28);
    free(line);
    if (f != NULL)
        (void)fclose(f);
    return text;
}

static void forget(const char *name)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s", in_top(name));
    (void)unlink(path);
    for (int i = 1; i < 8; i++) {
        char rotated[320];
        (void)snprintf(rotated, sizeof(rotated), "%s.%d", path, i);
        (void)unlink(rotated);
    }
}

static void test_write(void)
{
    static char big[LOGFILE_LINE_MAX + 10];
    struct logfile *f = logfile_new(top, "a", 1000000, 2);
    struct stat st;

    logfile_write(f, "a/2", '|', "one\ntwo", 7);
    logfile_write(f, "a", '*', "x\ty\r\x1b[1m\x7f\xc3\xa9\n", 12);
    logfile_write(f, "a", '|', "\n", 1);
    logfile_write(f, "a", '|', "", 0);
    is_str(slurp("a.log"), "a/2 | one\na/2 | two\na * x\ty\\x0d\\x1b[1m\\x7f\xc3\xa9\na | \n",
           "lines with origin and mark, control characters made visible");
    ok(stat(in_top("a.log"), &st) == 0 && (st.st_mode & 0777) == 0600, "for the owner alone");
    forget("a.log");

    memset(big, 'y', sizeof(big));
    big[LOGFILE_LINE_MAX - 1] = (char)0xc3;
    big[LOGFILE_LINE_MAX] = (char)0xa9;
    logfile_write(f, "a", '|', big, sizeof(big));
    const char *text = slurp("a.log");
    const char *cut = strchr(text, '\n');
    is_int(cut - text, 4 + LOGFILE_LINE_MAX - 1, "a long line is cut, not in a character");
    is_str(cut + 1, "a | \xc3\xa9yyyyyyyyy\n", "and goes on in the next");
    forget("a.log");
    logfile_free(f);
}

static void test_rotate(void)
{
    struct logfile *f = logfile_new(top, "r", 100, 2);

    for (int i = 0; i < 5; i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "%d%050d", i, 0);
        logfile_write(f, "r", '|', line, strlen(line));
    }
    is_int(slurp("r.log")[4], '4', "the newest is in the file");
    is_int(slurp("r.log.1")[4], '3', "the one before in .1");
    is_int(slurp("r.log.2")[4], '2', "and in .2");
    ok(access(in_top("r.log.3"), F_OK) != 0, "no more than `keep` are kept");
    logfile_free(f);
    forget("r.log");
    f = logfile_new(top, "r", 40, 0);
    logfile_write(f, "r", '|', "aaa", 3);
    logfile_write(f, "r", '|', "bbb", 3);
    is_str(slurp("r.log"), "r | bbb\n", "none kept");
    ok(access(in_top("r.log.1"), F_OK) != 0, "when keep is 0");
    logfile_free(f);
    forget("r.log");
}

static void test_full_disk(void)
{
    struct logfile *f = logfile_new(top, "d", 1000000, 2);
    struct rlimit old, tight;

    (void)signal(SIGXFSZ, SIG_IGN);
    (void)getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = 100;
    (void)setrlimit(RLIMIT_FSIZE, &tight);
    logfile_write(f, "d", '|', "first\nsecond\nthird line", 23);
    logfile_write(f, "d", '|', "fourth", 6);
    (void)setrlimit(RLIMIT_FSIZE, &old);
    is_str(slurp("d.log"), "d | first\nd | second\n", "whole lines alone when there is no room");
    logfile_write(f, "d", '|', "fifth", 5);
    is_str(slurp("d.log"), "d | first\nd | second\nd * log.gap bytes=82\nd | fifth\n",
           "the gap is told once there is room");
    logfile_write(f, "d", '|', "sixth", 5);
    ok(strstr(strstr(slurp("d.log"), "gap") + 1, "gap") == NULL, "once");
    logfile_free(f);
    forget("d.log");
}

static char got[100000];
static long got_lines;

static void on_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                    const char *text, size_t tlen)
{
    size_t at = strlen(got);

    (void)arg;
    (void)time;
    (void)snprintf(got + at, sizeof(got) - at, "%.*s%c%.*s ", (int)olen, origin, mark, (int)tlen,
                   text);
    got_lines++;
}

static bool pick_b(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "b") == 0;
}

static void say(struct logfile *f, const char *origin, const char *text)
{
    struct timespec from, to;

    logfile_write(f, origin, '|', text, strlen(text));
    (void)clock_gettime(CLOCK_REALTIME, &from);
    do { /* the next line bears another microsecond */
        (void)clock_gettime(CLOCK_REALTIME, &to);
    } while (to.tv_sec == from.tv_sec && to.tv_nsec / 1000 <= from.tv_nsec / 1000);
}

static const char *tail(long last, logtail_pick *pick)
{
    struct err e;
    struct logtail *t = logtail_new(top, last, pick, on_line, NULL, &e);

    got[0] = '\0';
    if (t == NULL)
        bail_out("%s", e.text);
    (void)logtail_drain(t);
    logtail_free(t);
    return got;
}

static void test_history(void)
{
    struct logfile *a = logfile_new(top, "a", 70, 9), *b = logfile_new(top, "b", 70, 9);

    for (int i = 0; i < 4; i++) {
        char x[2] = {(char)('1' + i), '\0'};
        say(a, "a", x);
        say(b, "b/2", x);
    }
    is_str(tail(-1, NULL), "a|1 b/2|1 a|2 b/2|2 a|3 b/2|3 a|4 b/2|4 ",
           "all logs by time, over rotations");
    is_str(tail(3, NULL), "b/2|3 a|4 b/2|4 ", "the last of all");
    is_str(tail(7, NULL), "b/2|1 a|2 b/2|2 a|3 b/2|3 a|4 b/2|4 ", "also from rotated files");
    is_str(tail(0, NULL), "", "none of the history");
    is_str(tail(100, pick_b), "b/2|1 b/2|2 b/2|3 b/2|4 ", "those picked alone");

    struct err e;
    struct logtail *t = logtail_new(top, 1, NULL, on_line, NULL, &e);
    got[0] = '\0';
    is_int(logtail_drain(t), 1, "the number of lines is told");
    for (int i = 0; i < 4; i++) { /* each write rotates */
        say(a, "a", "x");
        say(b, "b", "y");
    }
    struct logfile *c = logfile_new(top, "c", 50, 9);
    say(c, "c", "new");
    say(c, "c", "two");
    struct pollfd p = {logtail_fd(t), POLLIN, 0};
    is_int(poll(&p, 1, 5000), 1, "the descriptor tells that there is more");
    (void)logtail_drain(t);
    is_str(got, "b/2|4 a|x b|y a|x b|y a|x b|y a|x b|y c|new c|two ",
           "over several rotations, and a new log");
    is_int(poll(&p, 1, 0), 0, "then it is quiet");
    logfile_free(a);
    logfile_free(b);
    logfile_free(c);
    logtail_free(t);
    forget("a.log");
    forget("b.log");
    forget("c.log");
}

static void test_foreign(void)
{
    FILE *f = fopen(in_top("z.log"), "we");

    (void)fputs("not one of ours\n2026-11-28T22:40:01.123456Z z |\n\n", f);
    (void)fclose(f);
    is_str(tail(-1, NULL), "z|not one of ours z| z| ", "lines that are not ours are given whole");
    forget("z.log");
    struct err e;
    ok(logtail_new("/nowhere", 0, NULL, on_line, NULL, &e) == NULL, "a missing folder is told");
    is_int(logsource_name("boss.kid.log"), 8, "the name in a file name");
    is_int(logsource_name("p.log.12"), 1, "of a rotated one");
    is_int(logsource_name("p.log.x"), 0, "none in another file");
    is_int(logsource_name(".log"), 0, "or without a name");
}

struct count {
    long next, wrong;
};

static void on_number(void *arg, const char *time, const char *origin, size_t olen, char mark,
                      const char *text, size_t tlen)
{
    struct count *c = arg;
    char buf[32];

    (void)time;
    (void)origin;
    (void)olen;
    (void)mark;
    (void)snprintf(buf, sizeof(buf), "%.*s", (int)tlen, text);
    if (strtol(buf, NULL, 10) != c->next++)
        c->wrong++;
}

/* Reads while another process writes and rotates as fast as it can. */
static void test_race(void)
{
    enum { LINES = 20000 };
    struct count c = {0, 0};
    struct err e;
    int status = 0;
    struct logtail *t = logtail_new(top, 0, NULL, on_number, &c, &e);

    pid_t pid = fork();
    if (pid == 0) {
        struct logfile *f = logfile_new(top, "n", 40 * 100, 400);
        for (int i = 0; i < LINES; i++) {
            char text[32];
            (void)snprintf(text, sizeof(text), "%d", i);
            logfile_write(f, "n", '|', text, strlen(text));
        }
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct pollfd p = {logtail_fd(t), POLLIN, 0};
        (void)poll(&p, 1, 100);
        (void)logtail_drain(t);
    }
    (void)logtail_drain(t);
    is_int(c.next, LINES, "no line is lost or doubled while files are rotated");
    is_int(c.wrong, 0, "and all are in order");
    logtail_free(t);
    for (int i = 0; i <= 400; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), i == 0 ? "n.log" : "n.log.%d", i);
        (void)unlink(in_top(name));
    }
}

int main(void)
{
    if (mkdtemp(top) == NULL)
        return 1;
    test_write();
    test_rotate();
    test_full_disk();
    test_history();
    test_foreign();
    test_race();
    ok(rmdir(top) == 0, "nothing else was left behind");
    return done();
}
