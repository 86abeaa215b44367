/* What is launched for a host: ssh, or another command that runs a command there.
 *
 * There a line of shell finds the right program in a cache by the hash of its content, or asks for
 * it; then it is executed. What it says before that is noise of a login shell. */
#include "base/libexec.h"
#include "base/text.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAUNCH_NEED "\n@@actorsup-need@@ " /* then what machine it is, and a newline */

enum { LAUNCH_NOISE = 64 * 1024, LAUNCH_HASH = 64, LAUNCH_CHUNK = 64 * 1024 };

static int launch_read_hash(const char *program, char *hash)
{
    char path[4096 + 8];
    ssize_t n;

    (void)snprintf(path, sizeof(path), "%s.sha256", program);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_SYSTEM;
    n = read(fd, hash, LAUNCH_HASH);
    (void)close(fd);
    hash[LAUNCH_HASH] = '\0';
    return n == LAUNCH_HASH && strspn(hash, "0123456789abcdef") == LAUNCH_HASH ? 0 : ERR_INVALID;
}

/* Opens what may have to be sent there, and writes the script for it. */
static int launch_prepare(struct host *h, struct bytes *script, struct err *e)
{
    struct launch *l = &h->launch;
    char program[4096], hash[LAUNCH_HASH + 1];
    struct stat st;

    if (libexec_find(LIBEXEC_FAR, program, sizeof(program)) != 0)
        return err_set(e, ERR_SYSTEM, "%s is not there: install actorsup again", program);
    l->push = open(program, O_RDONLY | O_CLOEXEC);
    if (l->push < 0 || fstat(l->push, &st) != 0)
        return err_errno(e, "cannot read %s", program);
    if (launch_read_hash(program, hash) != 0)
        return err_set(e, ERR_SYSTEM, "%s.sha256 is not there: install actorsup again", program);
    l->size = (uint64_t)st.st_size;
    l->pushed = 0;
    l->pushing = false;
    if (launch_write_script(h, hash, script) != 0)
        return err_set(e, ERR_NOMEM, "out of memory");
    return 0;
}

/* --- what it says --- */

static void launch_watch(struct launch *l, bool push)
{
    if (l->in_io != NULL)
        loop_io_want(l->in_io, push ? LOOP_OUT : 0);
}

/* What is to be done about what ssh says most often. */
static const char *launch_advice(const char *text)
{
    static const struct {
        const char *part, *advice;
    } known[] = {
        {"Host key verification failed", "log in once by hand, and accept its key"},
        {"REMOTE HOST IDENTIFICATION HAS CHANGED", "its key is another than it was: find out why"},
        {"Permission denied", "ssh must get in without a password: give it a key"},
        {"Could not resolve hostname", "is its name right?"},
        {"Connection refused", "does sshd run there, on that port?"},
        {"Connection timed out", "can it be reached?"},
        {"No route to host", "can it be reached?"},
        {"sha256sum: not found", "sha256sum is not there: install coreutils"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strstr(text, known[i].part) != NULL)
            return known[i].advice;
    return NULL;
}

static void launch_said(struct launch *l, const char *line, size_t len)
{
    const char *advice;
    char text[HOST_WHY - 100];

    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len == 0)
        return;
    (void)text_shown(line, len, text, sizeof(text));
    event_system(l->host->sys, "host.says", "host=%s text=\"%s\"", l->host->conf->name, text);
    advice = launch_advice(text);
    /* What one can do something about is not covered by what comes behind it. */
    if (advice == NULL && l->last[0] != '\0' && strstr(l->last, " (") != NULL)
        return;
    (void)snprintf(l->last, sizeof(l->last), "%s%s%s%s", text, advice == NULL ? "" : " (",
                   advice == NULL ? "" : advice, advice == NULL ? "" : ")");
}

static void launch_lines(struct launch *l, bool all)
{
    for (;;) {
        const char *at = (const char *)bytes_at(&l->line);
        size_t len = bytes_len(&l->line);
        const char *end = memchr(at, '\n', len);
        if (end == NULL && !(all && len > 0) && len < HOST_WHY)
            return;
        size_t n = end == NULL ? len : (size_t)(end - at);
        launch_said(l, at, n);
        bytes_consume(&l->line, end == NULL ? n : n + 1);
    }
}

static void launch_err_event(void *arg, int events)
{
    struct launch *l = arg;
    unsigned char buf[4096];
    ssize_t n = read(l->err, buf, sizeof(buf));

    (void)events;
    if (n > 0 && bytes_append(&l->line, buf, (size_t)n) == 0)
        launch_lines(l, false);
    else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        loop_io_want(l->err_io, 0);
}

/* It is there: its pipes are the trunk's, and it is only watched for its end. */
static void launch_connected(struct launch *l, const char *rest, size_t len)
{
    int in = l->in, out = l->out;

    loop_io_free(l->in_io);
    loop_io_free(l->out_io);
    l->in_io = l->out_io = NULL;
    l->in = l->out = -1;
    if (l->push >= 0)
        (void)close(l->push);
    l->push = -1;
    host_connected(l->host, out, in, rest, len);
}

static bool launch_ours(const char *machine, size_t len)
{
    static const char ours[] = LAUNCH_OURS;

    return len == sizeof(ours) - 1 && memcmp(machine, ours, len) == 0;
}

/* The line behind a mark in what it said, or NULL when it is not whole yet. */
static const char *launch_mark(struct launch *l, const char *mark, size_t *len)
{
    const char *at = (const char *)bytes_at(&l->head);
    size_t have = bytes_len(&l->head), n = strlen(mark);
    const char *found = memmem(at, have, mark, n);

    if (found == NULL)
        return NULL;
    found += n;
    const char *end = memchr(found, '\n', have - (size_t)(found - at));
    *len = end == NULL ? 0 : (size_t)(end - found);
    return end == NULL ? NULL : found;
}

static void launch_needed(struct launch *l, const char *machine, size_t len)
{
    char why[HOST_WHY], text[61];

    if (!launch_ours(machine, len)) {
        (void)snprintf(why, sizeof(why),
                       "it is another kind of machine (%s) than this one (" LAUNCH_OURS
                       "): install actorsup there, of this version",
                       text_shown(machine, len, text, sizeof(text)));
        host_failed(l->host, why);
        return;
    }
    event_system(l->host->sys, "host.push", "host=%s bytes=%llu", l->host->conf->name,
                 (unsigned long long)l->size);
    (void)bytes_consume(&l->head, bytes_len(&l->head));
    l->pushing = true;
    launch_watch(l, true);
}

static void launch_heard(struct launch *l)
{
    const char *at = (const char *)bytes_at(&l->head), *word;
    size_t have = bytes_len(&l->head), n = 0;
    const char *node = memmem(at, have, TRUNK_BEGINS, sizeof(TRUNK_BEGINS) - 1);

    if (node != NULL) {
        node += sizeof(TRUNK_BEGINS) - 1;
        launch_connected(l, node, have - (size_t)(node - at));
    } else if ((word = launch_mark(l, TRUNK_FAILS, &n)) != NULL) {
        char why[HOST_WHY];
        host_failed(l->host, text_shown(word, n, why, sizeof(why)));
    } else if ((word = launch_mark(l, LAUNCH_NEED, &n)) != NULL) {
        launch_needed(l, word, n);
    } else if (have > LAUNCH_NOISE) {
        host_failed(l->host, "what was launched says other things than a supervisor would");
    }
}

static void launch_out_event(void *arg, int events)
{
    struct launch *l = arg;
    unsigned char buf[4096];
    ssize_t n = read(l->out, buf, sizeof(buf));

    (void)events;
    if (n > 0 && bytes_append(&l->head, buf, (size_t)n) == 0)
        launch_heard(l);
    else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        loop_io_want(l->out_io, 0); /* its end tells why */
}

static void launch_in_event(void *arg, int events)
{
    struct launch *l = arg;
    unsigned char buf[LAUNCH_CHUNK];
    ssize_t n = pread(l->push, buf, sizeof(buf), (off_t)l->pushed);

    (void)events;
    if (n > 0)
        n = write(l->in, buf, (size_t)n);
    if (n > 0)
        l->pushed += (uint64_t)n;
    if (l->pushed >= l->size || (n <= 0 && errno != EAGAIN && errno != EINTR))
        launch_watch(l, false);
}

/* --- its life --- */

static void launch_gone(void *arg, pid_t pid, int status)
{
    struct launch *l = arg;
    struct host *h = l->host;
    char why[HOST_WHY];

    (void)pid;
    l->pid = 0;
    if (l->err_io != NULL && loop_io_wanted(l->err_io) != 0)
        launch_err_event(l, LOOP_IN);
    launch_lines(l, true);
    if (trunk_attached(h->trunk)) /* its pipes tell */
        return;
    if (l->last[0] != '\0')
        (void)snprintf(why, sizeof(why), "%s", l->last);
    else
        (void)snprintf(why, sizeof(why), "%s ended with %s %d, and said nothing",
                       h->conf->ssh != NULL ? "ssh" : h->conf->launch[0],
                       WIFSIGNALED(status) ? "signal" : "status",
                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    host_failed(h, why);
}

static int launch_pipes(struct launch *l, int child[3], struct err *e)
{
    int pair[2];
    int *ours[] = {&l->in, &l->out, &l->err};

    for (int i = 0; i < 3; i++) {
        if (pipe2(pair, O_CLOEXEC) != 0)
            return err_scarce(e, "no pipe for it");
        *ours[i] = pair[i == 0 ? 1 : 0];
        child[i] = pair[i == 0 ? 0 : 1];
        (void)fcntl(*ours[i], F_SETFL, O_NONBLOCK);
    }
    struct loop *loop = l->host->sys->loop;
    l->in_io = loop_io_new(loop, l->in, launch_in_event, l);
    l->out_io = loop_io_new(loop, l->out, launch_out_event, l);
    l->err_io = loop_io_new(loop, l->err, launch_err_event, l);
    if (l->in_io == NULL || l->out_io == NULL || l->err_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(l->out_io, LOOP_IN);
    loop_io_want(l->err_io, LOOP_IN);
    return 0;
}

static int launch_spawn(struct launch *l, char *const *argv, const int child[3], struct err *e)
{
    const char *path = getenv("PATH");
    char program[4096];
    const struct topology *t = l->host->sys->topology;
    struct spawn_spec spec = {.program = program,
                              .argv = argv,
                              .envp = environ,
                              .cwd = t->dir,
                              .in = child[0],
                              .out = child[1],
                              .err = child[2],
                              .ready = -1};

    if (spawn_find(argv[0], t->dir, path == NULL ? "/usr/bin:/bin" : path, program,
                   sizeof(program)) != 0)
        return err_set(e, ERR_UNKNOWN, "cannot execute %s: is it installed?", argv[0]);
    int rc = spawn_start(&spec, &l->pid, e);
    if (rc == 0)
        rc = reaper_watch(l->host->sys->reaper, l->pid, launch_gone, l);
    return rc;
}

int launch_begin(struct host *h, struct err *e)
{
    struct launch *l = &h->launch;
    struct launch_words w = {.n = 0};
    struct bytes script;
    int child[3] = {-1, -1, -1};

    launch_end(h);
    bytes_init(&script);
    bytes_init(&w.command);
    int rc = launch_prepare(h, &script, e);
    if (rc == 0 && launch_command(&w, h->conf, bytes_cstr(&script)) != 0)
        rc = err_set(e, ERR_NOMEM, "it cannot be launched: out of memory, or too many words");
    if (rc == 0)
        rc = launch_pipes(l, child, e);
    if (rc == 0)
        rc = launch_spawn(l, w.argv, child, e);
    for (int i = 0; i < 3; i++)
        if (child[i] >= 0)
            (void)close(child[i]);
    bytes_release(&script);
    bytes_release(&w.command);
    return rc;
}

static void launch_close(struct loop_io **io, int *fd)
{
    loop_io_free(*io);
    *io = NULL;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void launch_end(struct host *h)
{
    struct launch *l = &h->launch;

    if (l->pid > 0) {
        if (h->sys->reaper != NULL)
            reaper_forget(h->sys->reaper, l->pid);
        (void)kill(-l->pid, SIGKILL);
    }
    l->pid = 0;
    launch_close(&l->in_io, &l->in);
    launch_close(&l->out_io, &l->out);
    launch_close(&l->err_io, &l->err);
    if (l->push >= 0)
        (void)close(l->push);
    l->push = -1;
    l->last[0] = '\0';
    bytes_release(&l->head);
    bytes_release(&l->line);
}

const char *host_sends(const struct host *h, uint64_t *sent, uint64_t *total)
{
    *sent = h->launch.pushed;
    *total = h->launch.size;
    if (h->state == HOST_LAUNCHING && h->launch.pushing)
        return "actorsup";
    return freight_progress(h, sent, total) && *total > 0 ? "files" : NULL;
}
