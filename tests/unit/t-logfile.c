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

static uint64_t gap_told;

static void on_gap(void *arg, const char *name, uint64_t bytes)
{
    is_str(name, (const char *)arg, "whose gap it was");
    gap_told = bytes;
}

static struct rlimit limit_before;

static void limit_files(long size)
{
    struct rlimit tight = limit_before;

    if (size >= 0)
        tight.rlim_cur = (rlim_t)size;
    else
        (void)getrlimit(RLIMIT_FSIZE, &limit_before);
    if (size >= 0)
        (void)setrlimit(RLIMIT_FSIZE, &tight);
}

static void test_gap(void)
{
    struct logfile *f = logfile_new(top, "g", 1000000, 2);
    char path[300];

    limit_files(-1);
    logfile_on_gap(f, on_gap, (char[]){"g"});
    limit_files(0);
    logfile_write(f, "g", '|', "gone", 4);
    is_int((long)logfile_lost(f), 37, "what is lost is counted");
    logfile_flush(f);
    is_int((long)logfile_lost(f), 37, "a flush without room changes nothing");
    (void)setrlimit(RLIMIT_FSIZE, &limit_before);
    logfile_flush(f);
    is_str(slurp("g.log"), "g * log.gap bytes=37\n", "a flush tells, with nothing else to say");
    is_int((long)gap_told, 37, "and so it is told to the owner");
    is_int((long)logfile_lost(f), 0, "once");
    limit_files(0);
    logfile_write(f, "g", '|', "gone", 4);
    (void)setrlimit(RLIMIT_FSIZE, &limit_before);
    logfile_set_form(f, LOGFILE_EVENTS);
    logfile_free(f);
    ok(strstr(slurp("g.log"), "g * {\"event\":\"log.gap\",\"bytes\":37,\"name\":\"g\"}\n") != NULL,
       "the end tells as well; of events as JSON");
    forget("g.log");

    f = logfile_new(top, "g", 1000000, 2);
    (void)snprintf(path, sizeof(path), "%s", in_top("g.log"));
    ok(mkfifo(path, 0600) == 0, "a pipe in its place");
    logfile_write(f, "g", '|', "gone", 4);
    is_int((long)logfile_lost(f), 37, "does not hold the writer up");
    (void)unlink(path);
    logfile_free(f);
    forget("g.log");

    (void)snprintf(path, sizeof(path), "%s", in_top("sub"));
    f = logfile_new(path, "g", 1000000, 2);
    logfile_write(f, "g", '|', "kept", 4);
    is_str(slurp("sub/g.log"), "g | kept\n", "a folder that is not there is made");
    logfile_free(f);
    forget("sub/g.log");
    (void)rmdir(path);
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

static void test_json(void)
{
    struct logfile *f = logfile_new(top, "j", 1000000, 2), *b = logfile_new(top, "b", 1000000, 2);
    static const char event[] = "{\"event\":\"x.y\"}";

    logfile_set_form(f, LOGFILE_JSON);
    say(b, "b", "before");
    logfile_write(f, "j", '*', event, strlen(event));
    say(b, "b", "after");
    const char *text = tail(-1, NULL);
    ok(strncmp(text, "b|before j*{\"time\":\"2", 21) == 0 &&
           strstr(text, "Z\",\"event\":\"x.y\"}") && strstr(text, "} b|after "),
       "lines that are JSON are merged by their time: %s", text);
    logfile_free(f);
    logfile_free(b);
    forget("j.log");
    forget("b.log");
}

/* A line that was taken back by a writer without room, and another in its place, longer than what
 * was read of the first. */
static void test_taken_back(void)
{
    struct err e;
    struct logtail *t = logtail_new(top, 0, NULL, on_line, NULL, &e);
    FILE *f = fopen(in_top("t.log"), "we");

    got[0] = '\0';
    (void)fputs("2026-11-28T22:40:01.123456Z t | first", f);
    (void)fflush(f);
    (void)logtail_drain(t);
    is_str(got, "", "half a line is not given");
    ok(ftruncate(fileno(f), 0) == 0, "taken back");
    rewind(f);
    (void)fputs("2026-11-28T22:40:01.123456Z t | the second line\n", f);
    (void)fflush(f);
    (void)logtail_drain(t);
    is_str(got, "t|the second line ", "what was half read is forgotten with it");
    (void)fclose(f);
    logtail_free(t);
    forget("t.log");
}

/* Files that others remove or empty while they are followed. */
static void test_removed(void)
{
    struct err e;
    struct logfile *f = logfile_new(top, "m", 80, 3);
    const char *one = "the first of three lines";

    say(f, "m", one);
    say(f, "m", "the second of three lines");
    struct logtail *t = logtail_new(top, 0, NULL, on_line, NULL, &e);
    got[0] = '\0';
    say(f, "m", "the third");
    (void)logtail_drain(t);
    is_str(got, "m|the third ", "what comes");
    ok(unlink(in_top("m.log")) == 0, "the file is removed");
    (void)logtail_drain(t);
    is_str(got, "m|the third ", "older ones are not given then");
    say(f, "m", "new");
    (void)logtail_drain(t);
    is_str(got, "m|the third m|new ", "and what comes is");
    ok(truncate(in_top("m.log"), 0) == 0, "the file is emptied");
    (void)logtail_drain(t);
    say(f, "m", "n");
    (void)logtail_drain(t);
    is_str(got, "m|the third m|new m|n ", "that goes on at its begin");
    logtail_free(t);
    logfile_free(f);
    forget("m.log");
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

struct rising {
    long last, n, wrong;
};

static void on_rising(void *arg, const char *time, const char *origin, size_t olen, char mark,
                      const char *text, size_t tlen)
{
    struct rising *r = arg;
    char buf[32];

    (void)time;
    (void)mark;
    (void)snprintf(buf, sizeof(buf), "%.*s", (int)tlen, text);
    long n = strtol(buf, NULL, 10);
    if (n <= r->last || olen != 1 || *origin != 's' || strlen(buf) != 9)
        r->wrong++;
    r->last = n;
    r->n++;
}

/* What others may do to the files, besides the writer. */
static void storm_harm(long i, unsigned *seed)
{
    char name[32];

    if (i % 100 != 0)
        return;
    (void)snprintf(name, sizeof(name), rand_r(seed) % 2 ? "s.log" : "s.log.%d",
                   1 + rand_r(seed) % 3);
    (void)unlink(in_top(name));
}

/* A storm of rotations of which few files are kept, by a reader that is now and then slow: what it
 * misses is gone, but what it gives is in order, whole, each once, and ends with the last. */
static void test_storm(unsigned keep, bool harm, unsigned seed)
{
    enum { LINES = 30000 };
    struct rising r = {-1, 0, 0};
    struct err e;
    int status = 0;
    struct logtail *t = logtail_new(top, 0, NULL, on_rising, &r, &e);

    pid_t pid = fork();
    if (pid == 0) {
        struct logfile *f = logfile_new(top, "s", 40 * 8, keep);
        for (long i = 0; i < LINES; i++) {
            char text[32];
            (void)snprintf(text, sizeof(text), "%09ld", i);
            logfile_write(f, "s", '|', text, strlen(text));
            if (harm && i < LINES - 200)
                storm_harm(i, &seed);
        }
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct pollfd p = {logtail_fd(t), POLLIN, 0};
        (void)poll(&p, 1, 100);
        if (rand_r(&seed) % 8 == 0)
            (void)usleep((useconds_t)(rand_r(&seed) % 3000));
        (void)logtail_drain(t);
    }
    (void)logtail_drain(t);
    is_int(r.wrong, 0, "keep %u%s: in order and whole", keep,
           harm ? ", with harm from outside" : "");
    is_int(r.last, LINES - 1, "up to the last of them (%ld of %d were seen)", r.n, LINES);
    logtail_free(t);
    forget("s.log");
}

int main(void)
{
    if (mkdtemp(top) == NULL)
        return 1;
    test_write();
    test_rotate();
    test_full_disk();
    test_gap();
    test_history();
    test_json();
    test_taken_back();
    test_removed();
    test_foreign();
    test_race();
    for (unsigned keep = 0; keep < 4; keep++) {
        test_storm(keep, false, keep + 1);
        test_storm(keep, true, keep + 1);
    }
    ok(rmdir(top) == 0, "nothing else was left behind");
    return done();
}
