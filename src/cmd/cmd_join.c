#include "base/libexec.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/joincall.h"
#include "model/address.h"
#include "node/node.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOIN_AGAIN_MS = 200, JOIN_AGAIN_MAX_MS = 10000, JOIN_STEADY_MS = 10000 };

static const struct opt join_options[] = {
    {'n', "name", OPT_VALUE, "NAME", "its name as a host; by default that of this machine"},
    {'t', "token", OPT_VALUE, "FILE", "the file of the system's token"},
    {'c', "capability", OPT_VALUE, "KEY=VALUE", "something that it has; several times"},
    {0, "ca", OPT_VALUE, "FILE", "who may have signed the certificate of the system, in PEM"},
    {0, "server", OPT_VALUE, "NAME", "the name in that certificate, if it is not HOST"},
    {0, "once", OPT_NOTHING, NULL, "end when the connection has ended, instead of joining again"},
    {'j', "json", OPT_NOTHING, NULL, "say what happens as JSON lines"},
    {0},
};

/* The machine's name as far as its first point, as a name of ours. */
static void join_own_name(char *name, size_t size)
{
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    address_normalise(host, name, size);
}

static volatile sig_atomic_t join_ends;

static void join_end(int signo)
{
    (void)signo;
    join_ends = 1;
}

static void join_signals(void)
{
    struct sigaction action = {.sa_handler = join_end};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* Until the process has ended; what ends us ends that too. */
static int join_await(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        if (join_ends)
            (void)kill(pid, SIGTERM);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The connection is the node's, in a process of its own, until it ends. */
static int join_serve(const struct joined *j)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)signal(SIGINT, SIG_DFL);
        (void)signal(SIGTERM, SIG_DFL);
        /* As of what is launched: so the node that this may start does not keep it open. */
        if (dup2(j->fd, STDIN_FILENO) < 0 || dup2(j->fd, STDOUT_FILENO) < 0)
            _exit(1);
        (void)close(j->fd);
        _exit(node_join(j->system, j->host, STDIN_FILENO, STDOUT_FILENO));
    }
    (void)close(j->fd);
    return pid < 0 ? 1 : join_await(pid);
}

static void join_pause(int64_t ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (!join_ends && nanosleep(&left, &left) != 0)
        ;
}

static void join_says(const struct join_call *c, const char *event, const char *text)
{
    if (c->json) {
        json_t *line = json_pack("{s:s,s:s,s:s}", "event", event, "host", c->name, "text", text);
        (void)json_dumpf(line, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(line);
    } else {
        printf("%s: %s%s%s\n", c->name, event, *text == '\0' ? "" : ": ", text);
    }
    (void)fflush(stdout);
}

/* One connection, from its beginning to its end. 0, or why there was none. */
static int join_once(const struct join_call *c, struct err *e)
{
    struct joined j = {.fd = -1};
    int rc = joincall_make(c, &j, e);
    if (rc == 0) {
        join_says(c, "joined", j.system);
        char why[ERR_TEXT_MAX];
        int status = join_serve(&j);
        (void)joincall_words(&j, why, sizeof why);
        join_says(c, status == 0 || join_ends ? "left" : "failed", why);
    }
    (void)joincall_end(&j);
    return rc;
}

static int join_loop(struct join_call *c, bool once)
{
    int64_t pause = JOIN_AGAIN_MS;
    char told[ERR_TEXT_MAX] = "";
    while (!join_ends) {
        int64_t since = cmd_now();
        struct err e = {0, ""};
        int rc = join_once(c, &e);
        if (rc == ERR_DENIED || (rc != 0 && once))
            return cmd_fail(CMD_NO, "%s", e.text);
        if (once)
            break;
        c->again = c->again || rc == 0;
        if (rc != 0 && strcmp(told, e.text) != 0)
            (void)cmd_fail(CMD_NO, "%s; it is tried again", e.text);
        (void)snprintf(told, sizeof told, "%s", e.text);
        if (cmd_now() - since >= JOIN_STEADY_MS)
            pause = JOIN_AGAIN_MS;
        join_pause(pause);
        pause = pause * 2 < JOIN_AGAIN_MAX_MS ? pause * 2 : JOIN_AGAIN_MAX_MS;
    }
    return CMD_OK;
}

static int join_run(const struct cmd_call *call)
{
    struct join_call c = {.url = call->opts.args[0],
                          .name = opts_value(&call->opts, "name"),
                          .token = opts_value(&call->opts, "token"),
                          .ca = opts_value(&call->opts, "ca"),
                          .server = opts_value(&call->opts, "server"),
                          .json = opts_has(&call->opts, "json")};
    char name[ADDRESS_NAME_MAX + 1];
    struct err e;
    if (c.name == NULL) {
        join_own_name(name, sizeof name);
        c.name = name;
    }
    if (!address_name_ok(c.name, strlen(c.name)))
        return cmd_fail(CMD_USAGE, "join: \"%s\" is no name of a host: give one by --name", c.name);
    c.capabilities = cmd_capabilities("join", call);
    if (c.capabilities == NULL)
        return CMD_USAGE;
    int status = CMD_USAGE;
    if (joincall_check(&c, &e) != 0) {
        (void)cmd_fail(CMD_USAGE, "join: %s", e.text);
    } else {
        join_signals();
        status = join_loop(&c, opts_has(&call->opts, "once"));
    }
    json_decref(c.capabilities);
    return status;
}

const struct cmd cmd_join = {
    .name = "join",
    .args = "URL",
    .brief = "Join a system on another machine as one of its hosts",
    .more =
        "URL is tls+tcp://HOST:PORT, which the file of that system has in `join`, or\n"
        "ipc://PATH, the socket of one on this machine. Runs until it is interrupted, and joins\n"
        "again when the connection ends.",
    .options = join_options,
    .min_args = 1,
    .max_args = 1,
    .words = CMD_WORDS_NONE,
    .run = join_run,
};
