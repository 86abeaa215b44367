#include "tap.h"

#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOW = 4 * 1024 * 1024 - 4096 }; /* a file's limit: one of the log cannot be made */

static char top[] = "/tmp/t-store-XXXXXX";

/* ---- a host ---- */

struct seen {
    char text[4096]; /* "body/attempt " of what waits, "(body:reason)" of the dead */
    char told[4096];
    unsigned rooms, n;
    bool hold;
    uint64_t mark, reached;
    struct store_entry *last;
    struct loop *loop;
    struct store *store; /* of it is remembered, when a batch is synced: */
    uint64_t waiting;
};

static uint32_t seen_found(void *arg, struct store_entry *e, const struct kept_record *r)
{
    struct seen *s = arg;
    size_t len = strlen(s->text);

    s->n++;
    s->last = e;
    if (len > sizeof(s->text) - 200)
        return 1;
    if (r->flags & KEPT_DEAD)
        (void)snprintf(s->text + len, sizeof(s->text) - len, "(%.*s:%s) ", (int)r->body.len,
                       (const char *)r->body.data, (const char *)r->extra.data);
    else
        (void)snprintf(s->text + len, sizeof(s->text) - len, "%.*s/%u ", (int)r->body.len,
                       (const char *)r->body.data, r->attempt);
    return 1;
}

static void seen_tell(void *arg, const char *event, const char *text)
{
    struct seen *s = arg;
    size_t len = strlen(s->told);

    if (len < sizeof(s->told) - 300)
        (void)snprintf(s->told + len, sizeof(s->told) - len, "%s %s\n", event, text);
}

static void seen_synced(void *arg)
{
    struct seen *s = arg;

    s->waiting = s->store == NULL ? 0 : store_waiting(s->store);
    loop_stop(s->loop);
}

static void seen_room(void *arg)
{
    struct seen *s = arg;

    s->rooms++;
    loop_stop(s->loop);
}

static uint64_t seen_holds(void *arg, uint32_t box, uint64_t upto)
{
    const struct seen *s = arg;

    (void)box;
    return s->hold && upto > 0;
}

static uint64_t seen_mark(void *arg)
{
    return ((const struct seen *)arg)->mark;
}

static uint64_t seen_reached(void *arg)
{
    return ((const struct seen *)arg)->reached;
}

static struct store *open_quietly(struct loop *l, struct seen *s, bool create, struct err *e)
{
    const struct store_host host = {.found = seen_found,
                                    .tell = seen_tell,
                                    .synced = seen_synced,
                                    .room = seen_room,
                                    .holds = seen_holds,
                                    .mark = seen_mark,
                                    .reached = seen_reached,
                                    .arg = s};
    struct store *st = NULL;

    memset(s, 0, sizeof(*s));
    s->loop = l;
    e->code = store_open(l, top, create, &host, &st, e);
    return st;
}

static struct store *open_store(struct loop *l, struct seen *s, bool create, int want)
{
    struct err e = {0, ""};
    struct store *st = open_quietly(l, s, create, &e);

    if (e.code != want)
        diag("open: %s", e.text);
    is_int(e.code, want, "the store is opened as it should");
    return st;
}

static uint64_t next_id = 1;
static struct loop *now;

static struct store_message message(struct letter *l, const char *body, size_t len)
{
    *l = (struct letter){.id = next_id++, .type = MSG_TELL, .attempt = 1};
    l->body = span_of(body, len);
    return (struct store_message){.box = 1, .to = {"a", 1}, .from = {"~1", 2}, .letter = l};
}

static struct store_entry *add(struct store *st, const char *body, bool together)
{
    struct letter l;
    struct store_message m = message(&l, body, strlen(body));

    if (store_room(st, store_size(&m), 1) != 0)
        bail_out("no room");
    return store_add(st, &m, together);
}

/* Runs play in a process that then dies at once. */
static void then_die(void (*play)(struct store *st))
{
    pid_t pid = fork();

    if (pid == 0) {
        struct err e;
        struct seen s;
        now = loop_new(&e);
        play(open_quietly(now, &s, true, &e));
        _exit(0);
    }
    (void)waitpid(pid, NULL, 0);
}

/* What is found afterwards. */
static struct seen *after(void)
{
    static struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, false, 0);

    if (st != NULL)
        (void)store_close(st);
    loop_free(l);
    return &s;
}

static void wipe(void)
{
    char command[64];

    (void)snprintf(command, sizeof(command), "%s/mail", top);
    DIR *d = opendir(command);
    const struct dirent *entry = NULL;
    while (d != NULL && (entry = readdir(d)) != NULL)
        (void)unlinkat(dirfd(d), entry->d_name, 0);
    if (d != NULL)
        (void)closedir(d);
    (void)rmdir(command);
}

/* The newest file, or one that is older by so many. */
static const char *file_of(const char *end, int older)
{
    static char path[400];
    char names[64][64], dir[64];
    int n = 0;

    (void)snprintf(dir, sizeof(dir), "%s/mail", top);
    DIR *d = opendir(dir);
    const struct dirent *entry = NULL;
    while (d != NULL && (entry = readdir(d)) != NULL && n < 64)
        if (strstr(entry->d_name, end) != NULL)
            (void)snprintf(names[n++], sizeof(names[0]), "%.60s", entry->d_name);
    if (d != NULL)
        (void)closedir(d);
    qsort(names, (size_t)n, sizeof(names[0]), (int (*)(const void *, const void *))strcmp);
    if (n <= older)
        return NULL;
    (void)snprintf(path, sizeof(path), "%s/%s", dir, names[n - 1 - older]);
    return path;
}

static void poke(const char *path, off_t at, unsigned char bits)
{
    unsigned char c = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    (void)pread(fd, &c, 1, at);
    c ^= bits;
    (void)pwrite(fd, &c, 1, at);
    (void)close(fd);
}

/* ---- tests ---- */

static void play_three(struct store *st)
{
    (void)add(st, "one", false);
    struct store_entry *two = add(st, "two", false);
    (void)add(st, "three", false);
    (void)store_sync(st);
    store_gone(st, two);
    (void)store_sync(st);
    (void)add(st, "never", false);
}

static void play_nothing(struct store *st)
{
    (void)st;
}

static void test_death(void)
{
    then_die(play_three);
    is_str(after()->text, "one/2 three/2 ", "what was synced and is not over, in order, as again");
    is_str(after()->text, "one/1 three/1 ", "after an orderly end as it was");
    then_die(play_nothing);
    is_str(after()->text, "one/2 three/2 ", "and not so after a death of one that wrote nothing");
    wipe();
}

static void play_states(struct store *st)
{
    struct store_entry *one = add(st, "one", false), *two = add(st, "two", false);
    struct store_entry *three = add(st, "three", false), *four = add(st, "four", false);
    struct letter l = {.id = 3, .type = MSG_TELL, .attempt = 3, .body = {"three", 5}};
    struct store_message m = {.box = 1, .to = {"a", 1}, .from = {"~1", 2}, .letter = &l};

    store_gone(st, one);
    store_again(st, one, 1, 4, 0);
    store_changed(st, two, 7, 1, true);
    store_dead(st, three, &m, span_of("why\0exit 1\0said", 15));
    store_gone(st, three); /* its place in the mailbox */
    store_gone(st, four);
    (void)store_sync(st);
}

static void test_states(void)
{
    then_die(play_states);
    is_str(after()->text, "two/8 (three:why) one/5 ",
           "put back at the tail, attempts, a dead letter, one that is over");
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, false, 0);
    store_again(st, store_find(st, 1, 3), 1, 1, 0);
    store_forget(st, store_find(st, 1, 2));
    (void)store_close(st);
    loop_free(l);
    is_str(after()->text, "one/4 three/1 ", "a dead letter tried again, one dropped");
    wipe();
}

static void play_group(struct store *st)
{
    (void)add(st, "a", true);
    (void)add(st, "b", true);
    store_close_group(st);
    (void)add(st, "c", true);
    (void)add(st, "d", true);
    (void)store_sync(st);
}

static void test_group(void)
{
    then_die(play_group);
    struct seen *s = after();
    is_str(s->text, "a/2 b/2 ", "copies are there together or not at all");
    ok(strstr(s->told, "mail.incomplete messages=2") != NULL, "which is told");
    is_str(after()->text, "a/1 b/1 ", "and stays so");
    wipe();
}

static void play_held(struct store *st)
{
    struct store_entry *one = add(st, "one", false);

    (void)store_sync(st);
    store_gone(st, one);
    (void)store_sync(st);
}

static void test_damage(void)
{
    then_die(play_three);
    poke(file_of(".mail", 0), KEPT_HEAD + 5, 0x40);
    struct seen *s = after();
    is_str(s->text, "three/2 ", "one record is damaged, the others are found");
    ok(strstr(s->told, "mail.damaged file=0000000000000001.mail at=4096") != NULL, "it is told");
    ok(file_of(".damaged", 0) != NULL, "and put aside");
    s = after();
    is_str(s->text, "three/1 ", "which the next one finds");
    is_str(s->told, "", "as whole");
    wipe();

    then_die(play_three);
    (void)truncate(file_of(".mail", 0), KEPT_HEAD + 80 + 20);
    s = after();
    is_str(s->text, "one/2 ", "a file that was cut");
    ok(strstr(s->told, "the file was cut") != NULL, "is told");
    is_str(after()->told, "", "once");
    wipe();
}

static void play_files(struct store *st)
{
    static char body[1024 * 1024];

    memset(body, 'x', sizeof(body) - 1);
    for (int i = 0; i < 12; i++) {
        struct letter l;
        struct store_message m = message(&l, body, sizeof(body) - 1);
        while (store_room(st, store_size(&m), 1) == ERR_AGAIN)
            loop_run(now);
        (void)store_add(st, &m, false);
        (void)store_sync(st);
    }
}

static void test_missing(void)
{
    then_die(play_files);
    struct seen *s = after();
    is_int(s->n, 12, "over several files");
    (void)unlink(file_of(".mail", 1));
    s = after();
    ok(s->n < 12 && s->n > 0 && strstr(s->told, "reason=\"missing\"") != NULL,
       "one that is missing is told");
    wipe();
}

static void test_refused(void)
{
    char dir[64], other[64];
    struct seen s, s2;
    struct err e;
    struct loop *l = loop_new(&e);

    (void)snprintf(dir, sizeof(dir), "%s/mail", top);
    (void)snprintf(other, sizeof(other), "%s/other", top);
    ok(open_store(l, &s, false, 0) == NULL, "nothing is made where nothing is wanted");
    (void)mkdir(dir, 0755);
    (void)chmod(dir, 0755);
    (void)open_store(l, &s, true, ERR_DENIED);
    (void)rmdir(dir);
    (void)mkdir(other, 0700);
    (void)symlink(other, dir);
    (void)open_store(l, &s, true, ERR_SYSTEM);
    (void)unlink(dir);
    (void)rmdir(other);
    struct store *st = open_store(l, &s, true, 0);
    (void)open_store(l, &s2, true, ERR_EXISTS);
    (void)store_close(st);
    loop_free(l);
    wipe();
}

/* Adds and ends n messages, beside those that stay. Returns the first failure of store_room. */
static int churn(struct loop *l, struct store *st, int n, bool over)
{
    static char body[1000];
    struct letter letter;

    memset(body, 'x', sizeof(body));
    for (int i = 0; i < n; i++) {
        struct store_message m = message(&letter, body, sizeof(body));
        int rc = 0;
        while ((rc = store_room(st, store_size(&m), 1)) == ERR_AGAIN)
            loop_run(l);
        if (rc != 0)
            return rc;
        struct store_entry *e = store_add(st, &m, false);
        if (e == NULL)
            bail_out("there was room, and it could not be added");
        if (over)
            store_gone(st, e);
    }
    return 0;
}

static void stop_loop(void *l)
{
    loop_stop(l);
}

static void test_bounded(void)
{
    enum { BOUND = 20 * 1024 * 1024 };
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, true, 0);

    (void)add(st, "stays", false);
    is_int(churn(l, st, 100000, true), 0, "many come and go beside one that stays");
    (void)add(st, "the last", false);
    (void)store_sync(st);
    struct loop_timer tick;
    loop_timer_init(&tick, l, stop_loop, l);
    for (int i = 0; i < 500 && store_disk(st) > BOUND; i++) {
        (void)loop_timer_start(&tick, 10);
        loop_run(l);
    }
    loop_timer_stop(&tick);
    ok(store_disk(st) <= BOUND, "the disk is not filled: %llu", (unsigned long long)store_disk(st));
    is_int(store_waiting(st), 2, "two are left");
    (void)store_close(st);
    loop_free(l);
    is_str(after()->text, "stays/1 the last/1 ", "and found, in order");
    wipe();
}

static void test_full(void)
{
    struct rlimit was, low;
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, true, 0);

    (void)signal(SIGXFSZ, SIG_IGN);
    (void)getrlimit(RLIMIT_FSIZE, &was);
    low = was;
    low.rlim_cur = LOW;
    (void)setrlimit(RLIMIT_FSIZE, &low);
    struct letter letter;
    static char big[8 * 1024 * 1024];
    struct store_message m = message(&letter, big, sizeof(big));
    int rc = ERR_AGAIN;
    while ((rc = store_room(st, store_size(&m), 1)) == ERR_AGAIN)
        loop_run(l);
    is_int(rc, ERR_FULL, "a full disk is told");
    is_str(store_why(st), "File too large", "and why");
    ok(strstr(s.told, "mail.disk_full") != NULL, "in the log too");
    is_int(s.rooms, 1, "who waited was woken for it");
    (void)setrlimit(RLIMIT_FSIZE, &was);
    loop_run(l);
    is_int(s.rooms, 2, "and once there is room");
    is_int(store_room(st, store_size(&m), 1), 0, "it can be added");
    (void)store_add(st, &m, false);
    is_int(store_close(st), 0, "and is");
    loop_free(l);
    is_int(after()->n, 1, "kept");
    wipe();
}

/* What is handled while the disk is full makes room, after a restart too. */
static void play_filling(struct store *st)
{
    struct rlimit low;

    (void)signal(SIGXFSZ, SIG_IGN);
    (void)getrlimit(RLIMIT_FSIZE, &low);
    low.rlim_cur = LOW;
    (void)setrlimit(RLIMIT_FSIZE, &low);
    if (churn(now, st, 1000000, false) != ERR_FULL)
        _exit(1);
    (void)store_sync(st);
}

static void test_drained(void)
{
    struct rlimit was, low;
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);

    (void)getrlimit(RLIMIT_FSIZE, &was);
    low = was;
    low.rlim_cur = LOW;
    then_die(play_filling);
    (void)setrlimit(RLIMIT_FSIZE, &low);
    struct store *st = open_store(l, &s, true, 0);
    uint64_t n = s.n, disk = store_disk(st);
    for (uint64_t id = 1; id <= next_id + n; id++) {
        struct store_entry *one = store_find(st, 1, id);
        if (one != NULL)
            store_gone(st, one);
    }
    (void)store_sync(st);
    ok(n > 0 && store_waiting(st) == 0, "all that filled a disk is told to be over on it: %llu",
       (unsigned long long)store_waiting(st));
    (void)store_close(st);
    (void)setrlimit(RLIMIT_FSIZE, &was);
    loop_free(l);
    ok(disk > 0 && file_of(".mail", 0) == NULL, "and nothing is left there");
    wipe();
}

static void test_hold(void)
{
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, true, 0);
    struct store_entry *one = add(st, "one", false);

    s.hold = true;
    store_gone(st, one);
    (void)store_close(st);
    loop_free(l);
    is_str(after()->text, "one/1 ", "what is handled while output of it waits is not forgotten");
    wipe();
    then_die(play_held);
    is_int(after()->n, 0, "otherwise it is");
    wipe();
}

/* What it led to is kept elsewhere, and not yet safe there. */
static void test_elsewhere(void)
{
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, true, 0);
    struct store_entry *one = add(st, "one", false), *two = add(st, "two", false);

    s.mark = 1;
    store_gone(st, one);
    (void)store_sync(st);
    s.mark = 2;
    store_gone(st, two);
    s.reached = 1;
    (void)store_close(st);
    loop_free(l);
    is_str(after()->text, "two/1 ", "what led to what is not safe elsewhere is not forgotten");
    wipe();
}

/* That output has found room, and stands in the batch that gathers: of one batch any part may get
 * to the disk. */
static void test_let_go(void)
{
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, true, 0);
    struct store_entry *in = add(st, "in", false);

    (void)store_sync(st);
    s.store = st;
    s.hold = true;
    store_gone(st, in);
    (void)add(st, "out", false);
    s.hold = false;
    store_poke(st);
    loop_run(l);
    is_int((long long)s.waiting, 2, "with the output what led to it is not told to be over");
    while (s.waiting > 1)
        loop_run(l);
    ok(s.waiting == 1, "but behind it");
    (void)store_close(st);
    loop_free(l);
    wipe();
}

/* Who asks for room sends what has gathered on its way: who added it waits for that batch, and not
 * for the next one, which may never come. */
static void test_batch(void)
{
    static char big[8 * 1024 * 1024];
    struct seen s;
    struct err e;
    struct loop *l = loop_new(&e);
    struct store *st = open_store(l, &s, true, 0);
    struct letter letter;

    (void)add(st, "one", false);
    struct store_message m = message(&letter, big, sizeof(big));
    is_int(store_room(st, store_size(&m), 1), ERR_AGAIN,
           "a message for which there is no room yet");
    (void)store_sync(st);
    is_int((long long)store_synced(st), (long long)store_batch(st),
           "all that was added before is in a batch that is synced");
    (void)store_close(st);
    loop_free(l);
    wipe();
}

int main(void)
{
    if (mkdtemp(top) == NULL)
        bail_out("no folder");
    test_death();
    test_states();
    test_group();
    test_damage();
    test_missing();
    test_refused();
    test_batch();
    test_bounded();
    test_full();
    test_drained();
    test_hold();
    test_elsewhere();
    test_let_go();
    (void)rmdir(top);
    return done();
}
