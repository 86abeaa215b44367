/* What a file becomes: defaults, every key, paths, the environment. */
#include "base/err.h"
#include "config/topology.h"
#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct topology *t;
static struct faults faults;
static char dir[64];

static void parse(const char *text, bool files)
{
    struct err e;
    char path[128];

    topology_free(t);
    t = NULL;
    faults_release(&faults);
    (void)snprintf(path, sizeof(path), "%s/actorsup.yaml", dir);
    int rc = topology_parse(path, text, strlen(text), files, &t, &faults, &e);
    if (!is_int(rc, 0, "taken: %.40s", text)) {
        faults_print(&faults, stdout);
        bail_out("the file was not taken");
    }
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0)
        bail_out("cannot write %s", path);
}

static void remove_file(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    (void)remove(path);
}

/* Words joined by a bar. */
static const char *joined(char *const *words, size_t n)
{
    static char text[512];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < n && len < sizeof(text); i++)
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i == 0 ? "" : "|", words[i]);
    return text;
}

static void test_defaults(void)
{
    parse("actors: {a: {run: cat}}", false);
    const struct topo_actor *a = &t->actors[0];
    is_int(t->n_actors, 1, "one actor");
    is_str(a->name, "a", "its name");
    is_int(a->speaks, SPEAKS_LINES, "speaks lines");
    is_int(a->ack, ACK_READ, "ack read");
    is_int(a->delimiter, '\n', "delimiter newline");
    is_int(a->eof, EOF_NEVER, "eof never");
    is_int(a->concurrency, 1, "concurrency 1");
    is_int(a->restart, RESTART_ON_FAILURE, "restart on-failure");
    ok(a->backoff.min_ms == 100 && a->backoff.max_ms == 30000 && a->backoff.reset_ms == 10000,
       "backoff's times");
    ok(a->backoff.factor > 1.99 && a->backoff.factor < 2.01, "its factor");
    ok(a->backoff.jitter > 0.09 && a->backoff.jitter < 0.11, "its jitter");
    ok(a->limit.restarts == 5 && a->limit.within_ms == 30000, "limit");
    ok(a->stop.signal == SIGTERM && a->stop.grace_ms == 10000, "stop");
    is_int(a->ready, READY_START, "ready start");
    ok(a->health.how == PROBE_NONE && a->health.every_ms == 10000 && a->health.timeout_ms == 2000 &&
           a->health.failures == 3,
       "no health");
    ok(a->ready_probe.every_ms == 1000 && a->ready_probe.timeout_ms == 30000, "times of ready");
    ok(a->pool == 1 && !a->is_pool, "no pool");
    ok(a->mailbox.messages == 10000 && a->mailbox.bytes == 64 << 20 && a->mailbox.retry == 3,
       "mailbox");
    is_int(a->mailbox.full, FULL_BLOCK, "full: block");
    ok(a->mailbox.in_hand == TOPO_NO_LIMIT, "in_hand: none");
    ok(a->mailbox.expire_ms == TOPO_FOREVER, "expire: never");
    ok(a->log.max_bytes == 16 << 20 && a->log.keep == 5, "log");
    is_int(a->transport, TRANSPORT_IPC, "transport ipc");
    is_str(a->cwd, dir, "cwd is the file's folder");
    ok(a->n_to == 0 && a->n_after == 0 && a->n_env == 0, "nothing else");
    ok(a->program == NULL, "the file system was not looked at");
}

static void test_every_key(void)
{
    parse("system: shop\n"
          "actors:\n"
          "  a:\n"
          "    run: [./x, 'a b', \"\", 5]\n"
          "    speaks: lines\n"
          "    to: [b, c/2, c/*]\n"
          "    ack: line\n"
          "    delimiter: nul\n"
          "    restart: never\n"
          "    backoff: {min: 0, max: 1m, factor: 1.5, jitter: 25%, reset: 1h}\n"
          "    limit: {restarts: 0, within: 1s}\n"
          "    stop: {signal: sigint, grace: 0}\n"
          "    ready: {log: '^up [0-9]+$'}\n"
          "    after: {b: start, d: done}\n"
          "    mailbox: {messages: 1, bytes: 2KiB, full: drop-old, in_hand: 7, retry: 0,\n"
          "              expire: 1.5s, keep: memory}\n"
          "    env: {K: v, E: , N: 5}\n"
          "    cwd: sub/dir\n"
          "    log: {max: 1MiB, keep: 0}\n"
          "  b: {shell: 'a | b', speaks: once, concurrency: 3, to: c}\n"
          "  c: {run: cat, speaks: frames, transport: stdio, pool: 4, ready: notify, after: a,\n"
          "      eof: upstream}\n"
          "  d: {run: cat, speaks: none}\n"
          "  e: {run: cat, after: [a, b]}\n",
          false);
    const struct topo_actor *a = &t->actors[0], *b = &t->actors[1], *c = &t->actors[2];
    char path[128];
    is_str(t->system, "shop", "system");
    is_int(t->n_actors, 5, "five actors");
    is_str(joined(a->argv, a->argc), "./x|a b||5", "run as a list");
    (void)snprintf(path, sizeof(path), "%s/x", dir);
    is_str(a->program, path, "a program with a slash is the file's folder's");
    ok(a->argv[a->argc] == NULL, "argv ends");
    is_str(joined(a->to, a->n_to), "b|c/2|c/*", "to");
    ok(a->ack == ACK_LINE && a->delimiter == '\0' && a->restart == RESTART_NEVER, "words");
    ok(a->backoff.min_ms == 0 && a->backoff.max_ms == 60000 && a->backoff.reset_ms == 3600000,
       "backoff");
    ok(a->backoff.jitter > 0.249 && a->backoff.jitter < 0.251, "a percentage is a fraction");
    ok(a->limit.restarts == 0 && a->limit.within_ms == 1000, "limit");
    ok(a->stop.signal == SIGINT && a->stop.grace_ms == 0, "stop");
    is_int(a->ready, READY_LOG, "ready: log");
    is_str(a->ready_log, "^up [0-9]+$", "its expression");
    is_int(a->n_after, 2, "after");
    is_str(a->after[1].actor, "d", "its names");
    ok(a->after[0].when == AFTER_START && a->after[1].when == AFTER_DONE, "and when");
    ok(a->mailbox.messages == 1 && a->mailbox.bytes == 2048 && a->mailbox.full == FULL_DROP_OLD &&
           a->mailbox.in_hand == 7 && a->mailbox.retry == 0 && a->mailbox.expire_ms == 1500,
       "mailbox");
    is_str(joined(a->env, a->n_env), "K=v|E=|N=5", "env");
    (void)snprintf(path, sizeof(path), "%s/sub/dir", dir);
    is_str(a->cwd, path, "cwd");
    ok(a->log.max_bytes == 1 << 20 && a->log.keep == 0, "log");
    is_int(a->line, 3, "its line");
    is_str(joined(b->argv, b->argc), "/bin/sh|-c|a | b", "shell");
    ok(b->speaks == SPEAKS_ONCE && b->concurrency == 3 && b->n_to == 1, "once");
    ok(c->transport == TRANSPORT_STDIO && c->pool == 4 && c->is_pool && c->ready == READY_NOTIFY &&
           c->eof == EOF_UPSTREAM,
       "frames");
    ok(c->n_after == 1 && c->after[0].when == AFTER_READY, "one name means ready");
    ok(t->actors[4].n_after == 2, "a list too");
    ok(topology_find(t, "c") == c, "found by name");
    ok(topology_find(t, "f") == NULL, "or not");
}

static void test_words(void)
{
    static const struct {
        const char *yaml, *words;
    } rows[] = {
        {"a  b\\ c 'd \"e' \"f'\\\"\\x$\"g", "a|b c|d \"e|f'\"\\x$g"},
        {"a '' \"\" b", "a|||b"},
        {"a # b", "a"},
        {"|\n      a \\\n        b\n      c", "a|b|c"},
        {">-\n      a\n      b", "a|b"},
        {"'a ''b c'' $HOME *'", "a|b c|$HOME|*"},
        {"${T_WORDS:-x y} z", "x|y|z"},
    };
    char text[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(text, sizeof(text), "actors:\n  a:\n    run: %s\n", rows[i].yaml);
        parse(text, false);
        is_str(joined(t->actors[0].argv, t->actors[0].argc), rows[i].words, "split %zu", i);
    }
}

static void test_defaults_section(void)
{
    parse("actors:\n"
          "  a: {run: cat, mailbox: {bytes: 1MiB}, env: {B: own}, backoff: {max: 50ms}}\n"
          "  b: {run: cat, speaks: once, to: a}\n"
          "  c: {speaks: none}\n"
          "  d: {run: cat, speaks: json, after: b, pool: 5, eof: never, backoff: {min: 1m}}\n"
          "  e: {shell: x, to: [a, b]}\n"
          "defaults: {run: sort, to: a, after: a, pool: 3, ack: line, delimiter: nul, ready: "
          "notify,\n"
          "  concurrency: 4, transport: stdio, eof: upstream, mailbox: {messages: 7},\n"
          "  env: {A: x, B: y}}\n",
          false);
    const struct topo_actor *a = &t->actors[0], *b = &t->actors[1], *c = &t->actors[2],
                            *d = &t->actors[3], *e = &t->actors[4];
    ok(a->n_to == 0 && a->n_after == 0, "they make none send to or wait for itself");
    ok(a->mailbox.messages == 7 && a->mailbox.bytes == 1 << 20, "a map's entries are joined");
    is_str(joined(a->env, a->n_env), "A=x|B=own", "env too");
    ok(a->backoff.min_ms == 50 && a->backoff.max_ms == 50, "a bound not given gives way");
    ok(a->pool == 3 && a->is_pool && a->ack == ACK_LINE && a->eof == EOF_UPSTREAM, "they apply");
    ok(b->pool == 1 && !b->is_pool && b->ready == READY_START && b->concurrency == 4 &&
           b->ack == ACK_READ && b->delimiter == '\n' && b->eof == EOF_UPSTREAM,
       "but not where an actor cannot have it");
    ok(c->n_to == 0 && c->eof == EOF_NEVER && c->n_after == 1, "one without a mailbox");
    is_str(joined(c->argv, c->argc), "sort", "run may come from there");
    ok(d->pool == 5 && d->concurrency == 1 && d->transport == TRANSPORT_IPC &&
           d->backoff.max_ms == 60000 && strcmp(d->after[0].actor, "b") == 0,
       "its own counts more");
    is_str(joined(e->argv, e->argc), "/bin/sh|-c|x", "shell counts more than the run of defaults");
    ok(e->eof == EOF_NEVER, "eof: upstream is for those that are fed");
}

static void test_pools(void)
{
    parse("defaults: {run: cat, pool: {size: 3, route: hash:user}}\n"
          "actors:\n"
          "  a: {}\n"
          "  b: {pool: 2}\n"
          "  c: {pool: {max: 5}}\n"
          "  d: {pool: {size: 7, route: round-robin}}\n"
          "  e: {speaks: none}\n"
          "  f: {speaks: once}\n",
          false);
    const struct topo_actor *a = t->actors;
    ok(a[0].pool == 3 && !a[0].is_elastic && a[0].route == ROUTE_HASH, "a size and a route");
    is_str(a[0].route_header, "user", "its header");
    ok(a[1].pool == 2 && !a[1].is_elastic && a[1].route == ROUTE_LEAST_LOADED,
       "a number is all of a pool");
    ok(a[2].is_elastic && a[2].pool == 1 && a[2].elastic.max == 5 && a[2].elastic.min == 1 &&
           a[2].route == ROUTE_LEAST_LOADED,
       "and so is a map");
    ok(a[3].pool == 7 && !a[3].is_elastic && a[3].route == ROUTE_ROUND_ROBIN, "its own");
    ok(a[4].pool == 3 && a[4].route == ROUTE_LEAST_LOADED, "without mail there is no route");
    ok(!a[5].is_pool && a[5].route == ROUTE_LEAST_LOADED, "nor a pool of one that speaks once");
}

static void test_probes(void)
{
    parse("defaults: {run: cat, ready: {exec: [./up, 'a b'], every: 2s}, health: {failures: 7}}\n"
          "actors:\n"
          "  a: {health: {exec: ping me, every: 1m, timeout: 1s}}\n"
          "  b: {ready: {tcp: 80, timeout: never}, health: {tcp: '[::1]:81'}}\n"
          "  c: {ready: {log: x}, health: none}\n"
          "  d: {ready: start, health: {tcp: 'localhost:5'}}\n"
          "  e: {speaks: once}\n",
          false);
    const struct topo_actor *a = &t->actors[0], *b = &t->actors[1], *c = &t->actors[2],
                            *d = &t->actors[3], *e = &t->actors[4];
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/up", dir);
    ok(a->ready == READY_PROBE && a->ready_probe.how == PROBE_EXEC, "ready: exec");
    is_str(joined(a->ready_probe.argv, a->ready_probe.argc), "./up|a b", "its words");
    is_str(a->ready_probe.program, path, "its program is the file's folder's");
    ok(a->ready_probe.every_ms == 2000 && a->ready_probe.timeout_ms == 30000, "its times");
    is_str(joined(a->health.argv, a->health.argc), "ping|me", "health: exec, split");
    ok(a->health.how == PROBE_EXEC && a->health.every_ms == 60000 && a->health.timeout_ms == 1000 &&
           a->health.failures == 7,
       "its entries are joined with those of defaults");
    ok(b->ready == READY_PROBE && b->ready_probe.how == PROBE_TCP && b->ready_probe.port == 80 &&
           b->ready_probe.host == NULL && b->ready_probe.timeout_ms == TOPO_FOREVER,
       "ready: tcp, here");
    is_str(b->health.host, "::1", "an address");
    ok(b->health.how == PROBE_TCP && b->health.port == 81, "and its port");
    ok(c->ready == READY_LOG && c->health.how == PROBE_NONE, "another way, and none");
    ok(d->ready == READY_START && d->health.how == PROBE_TCP && d->health.host == NULL,
       "localhost is here");
    ok(e->ready == READY_START && e->health.how == PROBE_NONE, "not for one that speaks once");
}

static void test_files(void)
{
    char path[128];

    write_file("prog", "#!/bin/sh\n", 0700);
    write_file("vars", "# words\n\nA=1\nexport B = no\n", 0600);
    write_file("vars",
               "# words\r\n\n  A=1\r\nexport B=\"x\\ty\" # z\nC='a # b'\nD= e f # g\nE=\nB=2\n",
               0600);
    parse("actors:\n"
          "  a: {run: ./prog, env_file: vars, env: {A: own, F: f}}\n"
          "  b: {run: [sh, -c, x], cwd: /}\n"
          "  c: {run: prog, env: {PATH: '.:/nowhere'}}\n"
          "  d: {shell: x, env_file: ./vars}\n",
          true);
    (void)snprintf(path, sizeof(path), "%s/prog", dir);
    is_str(t->actors[0].program, path, "a program of the folder");
    is_str(joined(t->actors[0].env, t->actors[0].n_env), "C=a # b|D=e f|E=|B=2|A=own|F=f",
           "env_file, then env; of a name the last");
    ok(strstr(t->actors[1].program, "/sh") != NULL, "one on PATH");
    is_str(t->actors[1].cwd, "/", "an absolute cwd");
    is_str(t->actors[2].program + strlen(t->actors[2].program) - 5, "/prog", "on the actor's PATH");
    is_str(t->actors[3].program, "/bin/sh", "the shell");
    remove_file("prog");
    remove_file("vars");
}

static void test_load(void)
{
    struct err e;
    struct topology *u = NULL;
    char path[128], name[64] = "untouched", cwd[256];

    faults_release(&faults);
    write_file("actorsup.yaml", "actors: {a: {run: cat}}\n", 0600);
    (void)snprintf(path, sizeof(path), "%s/actorsup.yaml", dir);
    is_int(topology_load(path, &u, &faults, &e), 0, "a file is loaded");
    is_str(u->path, path, "its path");
    is_str(u->dir, dir, "its folder");
    is_str(u->system, strrchr(dir, '/') + 1, "the folder's name is the system's");
    topology_free(u);
    u = NULL;
    is_int(topology_system_name(path, name, sizeof(name), &e), 0, "its name alone");
    is_str(name, strrchr(dir, '/') + 1, "is the folder's");
    if (getcwd(cwd, sizeof(cwd)) == NULL || chdir(dir) != 0)
        bail_out("cannot go to %s", dir);
    faults_release(&faults);
    is_int(topology_load("actorsup.yaml", &u, &faults, &e), 0, "by a relative path");
    is_str(u->path, path, "its path is absolute");
    topology_free(u);
    u = NULL;
    write_file("actorsup.yaml", "system: shop\nactors: [\n", 0600);
    is_int(topology_system_name("actorsup.yaml", name, sizeof(name), &e), 0,
           "the name of a faulty file");
    is_str(name, "shop", "is what it says");
    faults_release(&faults);
    is_int(topology_load("actorsup.yaml", &u, &faults, &e), ERR_INVALID, "which is not loaded");
    ok(u == NULL && faults.n == 1, "but its fault told");
    is_str(faults.file, "actorsup.yaml", "with the name as given");
    write_file("actorsup.yaml", "system: Shop\n", 0600);
    is_int(topology_system_name(path, name, sizeof(name), &e), ERR_INVALID, "a name that is none");
    remove_file("actorsup.yaml");
    is_int(topology_load(path, &u, &faults, &e), ERR_SYSTEM, "no file");
    ok(strstr(e.text, "No such file") != NULL, "and why: %s", e.text);
    is_int(topology_system_name(path, name, sizeof(name), &e), ERR_SYSTEM, "nor its name");
    is_int(topology_load("/", &u, &faults, &e), ERR_SYSTEM, "a folder is no file");
    (void)chdir(cwd);
}

int main(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/as-topology-XXXXXX");
    if (mkdtemp(dir) == NULL)
        bail_out("no folder");
    /* The suffix may have capitals, which a system's name has not. */
    char *lower = strdup(dir);
    for (char *p = lower; *p != '\0'; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    if (strcmp(lower, dir) != 0 && rename(dir, lower) != 0)
        bail_out("no folder");
    (void)snprintf(dir, sizeof(dir), "%s", lower);
    free(lower);
    faults_init(&faults);
    test_defaults();
    test_every_key();
    test_words();
    test_defaults_section();
    test_pools();
    test_probes();
    test_files();
    test_load();
    topology_free(t);
    faults_release(&faults);
    (void)rmdir(dir);
    return done();
}
