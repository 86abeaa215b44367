/* Every fault of a file, with its place and its words. */
#include "base/bytes.h"
#include "base/err.h"
#include "config/topology.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct faults faults;
static struct bytes shown;
static char dir[64];

/* "LINE:COL words" of each fault, joined by " | "; "ok" when there is none. */
static const char *check_in(const char *text, size_t len, bool files)
{
    struct topology *t = NULL;
    struct err e;
    char path[128];

    faults_release(&faults);
    bytes_truncate(&shown, 0);
    (void)snprintf(path, sizeof(path), "%s/f.yaml", dir);
    int rc = topology_parse(path, text, len, files, &t, &faults, &e);
    for (size_t i = 0; i < faults.n; i++)
        (void)bytes_printf(&shown, "%s%d:%d %s", i == 0 ? "" : " | ", faults.list[i].line,
                           faults.list[i].col, faults.list[i].text);
    if (rc == 0 && faults.n == 0)
        (void)bytes_str(&shown, "ok");
    else if (rc != ERR_INVALID)
        (void)bytes_printf(&shown, "error %d", rc);
    topology_free(t);
    return bytes_cstr(&shown);
}

static void check_is(const char *text, const char *wanted, bool files)
{
    const char *got = check_in(text, strlen(text), files);

    is_str(got, wanted, "%.60s", strchr(text, '\n') == NULL ? text : strchr(text, '\n') + 1);
}

/* Keys of one actor `a` beside a plain `cat` named `b`. */
static void actor_is(const char *keys, const char *wanted)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "actors:\n  a: {%s}\n  b: {run: cat}\n", keys);
    check_is(text, wanted, false);
}

static void test_top(void)
{
    check_is("", "1:1 the file is empty", false);
    check_is("# only this\n", "1:1 the file is empty", false);
    check_is("system: a\n", "1:1 `actors` is missing: it must be a map of actors, each by its name",
             false);
    check_is("[a]", "1:1 the file must be a map of keys", false);
    check_is("actors:\n", "1:1 `actors` is empty", false);
    check_is("actors: [a]\n", "1:9 `actors` must be a map of actors, each by its name", false);
    check_is("actors: {a: {run: x}}\nsystem: No\n",
             "2:9 `No` is no name: a name is a-z, then a-z 0-9 _ -, at most 63 in all", false);
    check_is("actors: {a: {run: x, files: [./y/, ../z]}}\nsystm: a\nhosts: {}\n",
             "1:36 `files`: `../z`: it goes through . or ..; it must be in or below the file's "
             "folder | "
             "2:1 unknown key `systm` of the file (did you mean `system`?)",
             false);
    check_is("actors: {A: {run: x}, root: {run: x}, c: 5, d: }\n",
             "1:10 `A` is no name: a name is a-z, then a-z 0-9 _ -, at most 63 in all | "
             "1:23 `root` is the name of the group that all actors stand in | "
             "1:39 the actor `c` needs `run` or `shell` | "
             "1:42 the actor `c` must be a map of keys | 1:45 the actor `d` needs `run` or `shell`",
             false);
    check_is("defaults: x\nactors: {a: {run: x}}\n", "1:11 an actor must be a map of keys", false);
}

static void test_groups(void)
{
    static const char actors[] = "actors: {a: {run: x}, b: {run: x}, c: {run: x, after: a}}\n";
    static const struct {
        const char *groups, *faults;
    } rows[] = {
        {"groups: {g: {members: [c, a]}}",
         "1:55 `after` goes against the order of a group's `members`, so that none could start: "
         "c -> a -> c"},
        {"groups: 5", "2:9 `groups` must be a map of groups, each by its name"},
        {"groups: {g: {strategy: one-for-al, members: a}}",
         "2:24 `strategy` takes one-for-one, one-for-all or rest-for-one, not `one-for-al` "
         "(did you mean `one-for-all`?)"},
        {"groups: {g: {members: []}}", "2:23 `members` is an empty list"},
        {"groups: {g: {}}", "2:10 the group `g` needs `members`"},
        {"groups: {g: {members: [a, d]}}", "2:27 no actor or group `d`"},
        {"groups: {left: {members: a}, right: {members: lef}}",
         "2:47 no actor or group `lef` (did you mean `left`?)"},
        {"groups: {g: {members: [a, b, a]}}", "2:30 `a` stands in the group `g` already"},
        {"groups: {g: {members: a}, h: {members: a}}", "2:40 `a` stands in the group `g` already"},
        {"groups: {g: {members: h}, h: {members: g}}", "2:10 the group `g` stands in itself"},
        {"groups: {b: {members: a}}",
         "2:10 `b` is the name of an actor: groups need names of their own"},
        {"groups: {root: {members: a}}",
         "2:17 `root` has what stands in no other group: it needs no `members`"},
        {"groups: {g: {members: a, limit: {restarts: x}}}",
         "2:44 `restarts` takes a whole number up to 1000000000, not `x`"},
    };
    char text[400];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(text, sizeof(text), "%s%s\n", actors, rows[i].groups);
        check_is(text, rows[i].faults, false);
    }
    check_is("actors: {a: {run: x, to: g}, b: {run: x}}\ngroups: {g: {members: b}}\n",
             "1:26 `g` is a group: name the actor that is meant", false);
}

static void test_keys(void)
{
    actor_is("run: x, rnu: y", "2:15 unknown key `rnu` of an actor (did you mean `run`?)");
    actor_is("run: x, zzz: y", "2:15 unknown key `zzz` of an actor");
    actor_is("run: x, run: y", "2:15 `run` is given twice (first in line 2)");
    actor_is("run: x, shell: y", "2:15 `run` and `shell` are both given: one of them is enough");
    actor_is("run: x, pool: {min: 1}", "ok");
    actor_is("run: x, pool: {min: 3, max: 2}", "2:15 `min` of `pool` is more than its `max`: 3, 2");
    actor_is("run: x, pool: {route: x}",
             "2:29 `route` takes least-loaded, round-robin or hash:HEADER, not `x`");
    actor_is("run: x, pool: {route: round_robin}",
             "2:29 `route` takes least-loaded, round-robin or hash:HEADER, not `round_robin` (did "
             "you mean `round-robin`?)");
    actor_is("run: x, pool: {route: 'hash:'}",
             "2:29 `route` takes least-loaded, round-robin or hash:HEADER, not `hash:`");
    actor_is("run: x, pool: {size: 3, route: hash:user}", "ok");
    actor_is("run: x, pool: {size: 3, idle: 1s}",
             "2:15 `idle` of `pool` is for one without `size`");
    actor_is("run: x, speaks: none, pool: {route: round-robin}",
             "2:29 `route` is for mail, and one that speaks none has no mailbox");
    actor_is("run: x, mailbox: {bites: 5}",
             "2:25 unknown key `bites` of `mailbox` (did you mean `bytes`?)");
    actor_is("run: x, speaks: frames, transport: tls",
             "2:31 `transport: tls` needs `tls: {cert, key, ca}` at the top of the file");
    actor_is("run: x, limit: 5", "2:22 `limit` takes a map of keys");
    actor_is("run: x, limit: {within: 3}",
             "2:31 `within` takes a duration such as 250ms, 10s, 5m or 2h from 1ms, not `3`");
    actor_is("run: x, pool: 0",
             "2:21 `pool` takes a whole number from 1 to 1024 or a map of keys, not `0`");
    actor_is("run: x, pool: [1]",
             "2:21 `pool` takes a whole number from 1 to 1024 or a map of keys");
    actor_is("run: x, stop: {signal: NOPE}",
             "2:30 `signal` takes a signal such as TERM, not `NOPE`");
    actor_is("run: x, backoff: {factor: 0.5, jitter: 10, min: 2s, max: 1s}",
             "2:15 `min` of `backoff` is more than its `max` | "
             "2:33 `factor` takes a number from 1 to 1000, not `0.5` | "
             "2:46 `jitter` takes a percentage from 0% to 100%, not `10`");
    actor_is(
        "run: x, mailbox: {messages: 0, bytes: 3, in_hand: 0, expire: 0, full: blok}",
        "2:35 `messages` takes a whole number from 1 to 1000000000, not `0` | "
        "2:45 `bytes` takes a size such as 64KiB or 16MiB from 1KiB, not `3` | "
        "2:57 `in_hand` takes a whole number from 1 to 1000000000 or none, not `0` | "
        "2:68 `expire` takes a duration such as 250ms, 10s, 5m or 2h from 1ms or never, not `0` "
        "| 2:77 `full` takes block, drop-new or drop-old, not `blok` (did you mean `block`?)");
    actor_is("run: x, env: [A]", "2:20 `env` takes a map of names and values");
    actor_is("run: x, env: {A=B: 1, ACTOR_NAME: x, C: [1]}",
             "2:21 `A=B` cannot be the name of a variable | "
             "2:29 `ACTOR_NAME` is set by the supervisor | "
             "2:47 `env` takes one value, not a list");
    (void)unsetenv("T_NONE");
    actor_is("run: \"${T_NONE}\"",
             "2:12 `run`: the variable `T_NONE` is not set "
             "(`${T_NONE:-…}` gives a default; `$T_NONE` and `$${T_NONE}` are left to a shell)");
    actor_is("run: \"x\\0y\"", "2:12 `run`: a NUL byte is not allowed");
}

static void test_run(void)
{
    actor_is("speaks: json", "2:3 the actor `a` needs `run` or `shell`");
    actor_is("run: ''", "2:12 `run` is empty");
    actor_is("run: ' '", "2:12 `run` is empty");
    actor_is("run: []", "2:12 `run` is an empty list");
    actor_is("run: ['', x]", "2:12 the first word of `run` is empty");
    actor_is("run: {a: b}", "2:12 `run` takes one value, not a map");
    actor_is("run: [a, [b]]", "2:16 `run` takes one value, not a list");
    actor_is("run: \"a 'b\"", "2:12 `run` cannot be split into words: a ' is not closed");
    actor_is("run: 'a \"b'", "2:12 `run` cannot be split into words: a \" is not closed");
    actor_is("run: a\\", "2:12 `run` cannot be split into words: it ends with a backslash");
    static const char *const words[] = {"|", "||", "&&", ";", "<", ">f", "2>&1", "a;"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char keys[64], wanted[256];
        (void)snprintf(keys, sizeof(keys), "run: 'cat %s wc'", words[i]);
        (void)snprintf(wanted, sizeof(wanted),
                       "2:12 `run` is not given to a shell, to which `%s` would mean something: "
                       "use `shell` instead, or quote it",
                       words[i]);
        actor_is(keys, wanted);
    }
    actor_is("run: 'cat \"|\" \\; \\> a|b x&y -e=<'", "ok");
    actor_is("run: [cat, '|', wc]", "ok");
}

static void test_between_keys(void)
{
    actor_is("run: x, speaks: json, ack: line, delimiter: nul",
             "2:29 `ack` is only for an actor that speaks lines | "
             "2:40 `delimiter` is only for an actor that speaks lines");
    actor_is("run: x, concurrency: 2", "2:15 `concurrency` is only for an actor that speaks once");
    actor_is("run: x, transport: stdio",
             "2:15 `transport` is only for an actor that speaks frames");
    actor_is("run: x, speaks: once, pool: 2, ready: notify",
             "2:29 an actor that speaks once has no pool (did you mean `concurrency`?) | "
             "2:38 an actor that speaks once has no process that could get ready");
    actor_is("run: x, speaks: none, mailbox: {messages: 1}, to: b",
             "2:29 an actor that speaks none has no mailbox | "
             "2:53 an actor that speaks none sends nothing: its output is its log");
    actor_is("run: x, ready: {exec: y z, timeout: never}, health: {tcp: '[::1]:80', failures: 1}",
             "ok");
    actor_is("run: x, ready: {exec: 'a | b'}, health: {exec: []}",
             "2:29 `exec` is not given to a shell, to which `|` would mean something: use `sh -c "
             "'...'` instead, or quote it | 2:54 `exec` is an empty list");
    actor_is("run: x, ready: {exec: a, log: b}, health: {tcp: 1, exec: b}",
             "2:32 `exec` and `log` are both given: an actor gets ready by one | 2:58 `tcp` and "
             "`exec` are both given: one check is enough");
    actor_is("run: x, ready: {every: 5s}, health: {every: 5s}",
             "2:15 `ready` needs `log`, `exec` or `tcp` | 2:35 `health` needs `exec` or `tcp`");
    actor_is("run: x, ready: {log: b, every: 5s}, health: {tcp: 'db:80'}",
             "2:38 `every` is only for `exec` and `tcp` | 2:57 `tcp`: `db` is no IP address, and "
             "names are not looked up: use `exec` for that");
    actor_is("run: x, ready: {tcp: 65536}, health: {tcp: '::1:x'}",
             "2:28 `tcp` takes a port from 1 to 65535, or ADDRESS:PORT, not `65536` | 2:50 `tcp` "
             "takes a port from 1 to 65535, or ADDRESS:PORT, not `::1:x`");
    actor_is("run: x, speaks: once, health: {exec: y}",
             "2:29 an actor that speaks once has no process that could be checked");
    actor_is(
        "run: x, health: {exec: y, failures: 0, timeout: never}",
        "2:43 `failures` takes a whole number from 1 to 1000, not `0` | 2:55 `timeout` takes a "
        "duration such as 250ms, 10s, 5m or 2h from 1ms, not `never`");
    actor_is("run: x, ready: {log: 'a('}",
             "2:28 `log`: not a regular expression: Unmatched ( or \\(");
    actor_is("run: x, ready: {log: '((((a{1,250}){1,250}){1,250}){1,250})'}",
             "2:28 `log`: a regular expression that is too complex");
    actor_is("run: x, ready: {log: '((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+'}",
             "2:28 `log`: a regular expression that is too complex");
    actor_is("run: x, ready: {log: '^[0-9]{1,3}(a|b[])}]+)* up\\.$'}", "ok");
}

static void test_to(void)
{
    check_is("actors:\n  count: {run: x, pool: 3}\n  none: {run: x, speaks: none}\n"
             "  a: {run: x, to: [cuont, count/4, none, 'x y', b@west, '~me', count.kid]}\n",
             "4:20 no actor `cuont` (did you mean `count`?) | "
             "4:27 `count` has no member 4: its pool has 3 | "
             "4:36 `none` speaks none: it has no mailbox | "
             "4:42 `x y` is no address: a name is a-z, then a-z 0-9 _ -, at most 63 in all | "
             "4:49 `@west`: no such host: `hosts` names them | "
             "4:57 `~me` is an outside client, which `to` cannot name | "
             "4:64 `count.kid` is spawned, if at all: `to` names actors of the file",
             false);
    check_is("actors:\n  b: {run: x}\n  a: {run: x, to: [b, b/1, b/*, b@main, b]}\n",
             "3:41 `b` is named twice", false);
    check_is("actors:\n  a: {run: x, to: []}\n", "2:19 `to` is an empty list", false);
    check_is("actors:\n  a: {run: x, to: }\n", "2:19 `to` is empty", false);
}

static void test_after(void)
{
    check_is("actors:\n  db: {run: x}\n  a: {run: x, after: {bd: ready, db: redy}}\n",
             "3:23 no actor `bd` | 3:38 `after` takes start, ready or done, not `redy` (did you "
             "mean `ready`?)",
             false);
    check_is("actors:\n  db: {run: x}\n  a: {run: x, after: [dbb, db]}\n",
             "3:23 no actor `dbb` (did you mean `db`?)", false);
    check_is("actors:\n  a: {run: x, after: a}\n",
             "2:22 `after` goes round, so that none could start: a -> a", false);
    check_is("actors:\n  a: {run: x, after: [z, b]}\n  b: {run: x, after: c}\n"
             "  c: {run: x, after: {d: start, a: done}}\n  d: {run: x, after: c}\n  z: {run: x}\n",
             "2:26 `after` goes round, so that none could start: a -> b -> c -> a", false);
}

static void test_eof(void)
{
    actor_is("run: x, eof: upstream", "2:20 `eof: upstream` of `a`, but no actor's `to` names it");
    check_is(
        "actors:\n  a: {run: x, to: b, restart: always}\n  b: {run: x, eof: upstream}\n",
        "3:20 `eof: upstream` of `b`, but `a` sends to it and never ends: its `restart` is always",
        false);
    check_is("actors:\n  s: {run: x, to: a}\n  a: {run: x, to: b, eof: upstream}\n"
             "  b: {run: x, to: [c, a]}\n  c: {run: x, eof: upstream}\n",
             "3:27 `eof: upstream` in a ring would wait for its own end: a -> b -> a", false);
    check_is("actors:\n  a: {run: x, to: a, eof: upstream}\n",
             "2:27 `eof: upstream` in a ring would wait for its own end: a -> a", false);
    check_is("actors:\n  a: {run: x, to: 'b/*'}\n  b: {run: x, eof: upstream, pool: 2}\n", "ok",
             false);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0)
        bail_out("cannot write %s", path);
}

static void test_files(void)
{
    static const char *const names[] = {"plain", "text", "lost", "vars"};

    write_file("plain", "#!/bin/sh\n", 0600);
    write_file("text", "echo hello\n", 0700);
    write_file("lost", "#!/no/such/interpreter -x\n", 0700);
    write_file("vars", "A=1\nB\n", 0600);
    check_is("actors:\n  a: {run: ./missing}\n  b: {run: ./plain}\n  c: {run: ./text}\n"
             "  d: {run: [./lost, x]}\n  e: {run: no-such-program-anywhere}\n  f: {run: text x}\n"
             "  g: {run: ./}\n  h: {run: /}\n",
             "2:12 cannot run `./missing`: there is no such file | "
             "3:12 cannot run `./plain`: it is not executable (chmod +x) | "
             "4:12 cannot run `./text`: it is neither a program nor a script with a #! line | "
             "5:13 cannot run `./lost`: the interpreter of its #! line is not there | "
             "6:12 cannot run `no-such-program-anywhere`: it is not on PATH | "
             "7:12 cannot run `text`: it is not on PATH (did you mean `./text`?) | "
             "8:12 cannot run `./`: it is a folder | 9:12 cannot run `/`: it is a folder",
             true);
    check_is("actors:\n  a: {run: cat, cwd: nowhere}\n  b: {run: cat, cwd: vars}\n"
             "  c: {run: cat, env_file: .env}\n  d: {run: cat, env_file: vars}\n"
             "  e: {run: cat, env_file: /}\n",
             "2:22 `cwd`: there is no folder `nowhere` | 3:22 `cwd`: `vars` is no folder | "
             "4:27 `env_file`: cannot use `.env`: No such file or directory | "
             "5:27 `env_file`: cannot use `vars`: line 2: not NAME=VALUE | "
             "6:27 `env_file`: cannot use `/`: not a file",
             true);
    check_is("actors:\n  a: {run: cat, env: {PATH: /nowhere}}\n",
             "2:12 cannot run `cat`: it is not on PATH", true);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
}

static double seconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void test_many(void)
{
    struct bytes b;

    bytes_init(&b);
    (void)bytes_str(&b, "defaults: {restart: never, env: {A: b}, after: {a0: start}}\nactors:\n");
    for (int i = 0; i < 10000; i++)
        (void)bytes_printf(&b, "  a%d: {run: ./run a, to: a%d, speaks: json, pool: 2}\n", i,
                           (i + 1) % 10000);
    double before = seconds();
    is_str(check_in((const char *)bytes_at(&b), bytes_len(&b), false), "ok", "10,000 actors");
    double took = seconds() - before;
    /* Sanitizers are slow; what grows with the square would take minutes even so. */
    ok(took < 10, "take %.3f s", took);
    bytes_truncate(&b, 0);
    (void)bytes_str(&b, "actors:\n");
    for (int i = 0; i < 5000; i++)
        (void)bytes_printf(&b, "  a%d: {run: x, to: b%d, after: b%d}\n", i, i, i);
    before = seconds();
    (void)check_in((const char *)bytes_at(&b), bytes_len(&b), false);
    is_int(faults.n, FAULTS_MAX, "of many faults 20 are kept");
    is_int(faults.more, 10000 - FAULTS_MAX, "and the others counted");
    ok(seconds() - before < 10, "soon");
    bytes_truncate(&b, 0);
    (void)bytes_str(&b, "actors:\n");
    for (int i = 0; i < 20001; i++)
        (void)bytes_printf(&b, "  a%d: {run: x}\n", i);
    is_str(check_in((const char *)bytes_at(&b), bytes_len(&b), false), "1:1 more than 20000 actors",
           "too many actors");
    bytes_truncate(&b, 0);
    for (int i = 0; i < 1024 * 128 + 1; i++)
        (void)bytes_str(&b, "#######\n");
    is_str(check_in((const char *)bytes_at(&b), bytes_len(&b), false), "1:1 larger than 1024 KiB",
           "a file too large");
    bytes_release(&b);
}

static void templates(void)
{
    check_is("actors:\n  t: {run: x, template: true}\n",
             "2:3 all actors are templates: none would be started", false);
    check_is("actors:\n  t: {run: x, template: true}\n  a: {run: x, to: t}\n"
             "  b: {run: x, after: t}\n  c: {run: x, orphans: keep}\n",
             "3:19 `t` is a template: actors are spawned of it | "
             "4:22 `t` is a template: actors are spawned of it | "
             "5:15 `orphans` is only for a template",
             false);
    check_is(
        "actors:\n  a: {run: x, to: t.kid}\n"
        "  t: {run: x, template: true, mailbox: {keep: disk}}\ngroups: {g: {members: [a, t]}}\n",
        "2:19 `t.kid` is spawned, if at all: `to` names actors of the file | "
        "3:31 `keep: disk` is not for a template: what is spawned is gone with the system | "
        "4:27 `t` is a template: it stands in no group",
        false);
    check_is("defaults: {orphans: keep}\nactors:\n  a: {run: x}\n  t: {run: x, template: true, to: "
             "a}\n",
             "ok", false);
}

#define HOSTED(rest_) "actors:\n  a: {run: ./a.so, speaks: frames, in: thread, host: h}\n" rest_

static void hosts(void)
{
    check_is(HOSTED("  b: {run: ./a.so, speaks: frames, in: thread, host: h, after: a, pool: 3}\n"),
             "ok", false);
    check_is("defaults: {speaks: frames, in: thread, host: h}\nactors:\n  a: {run: ./a.so}\n"
             "  b: {run: b, speaks: lines}\n  c: {run: c, in: process}\n",
             "ok", false);
    check_is(
        HOSTED("  b: {run: ./b.so, speaks: frames, in: thread}\n  c: {run: c, host: h}\n"
               "  d: {run: d, speaks: frames, in: thread, host: h}\n"
               "  e: {run: ./e.so, in: thread, host: h}\n"),
        "3:36 `in: thread` needs `host: NAME`: actors that name the same one share a process | "
        "4:15 `host` is only for `in: thread` and `in: sequence` | "
        "5:7 `in: thread` needs a shared object, such as `run: ./d.so`, built by `cc -shared "
        "-fPIC`: see actorhost(1) | "
        "6:20 `in: thread` is for an actor that speaks frames",
        false);
    check_is(HOSTED("  b: {run: ./b.so, speaks: frames, in: sequence, host: h}\n"
                    "  c: {run: ./c.so, speaks: frames, in: thread, host: a}\n"
                    "  d: {run: ./d.so, speaks: frames, in: thread, host: root}\n"
                    "  e: {run: ./e.so, speaks: frames, in: thread, host: H}\n"),
             "3:36 the host `h` runs its actors in thread, by line 2: they must all be the same | "
             "4:54 `a` is the name of an actor: a host needs one of its own | "
             "5:54 `root` is the name of the group that all actors stand in | "
             "6:54 `H` is no name: a name is a-z, then a-z 0-9 _ -, at most 63 in all",
             false);
    check_is(
        HOSTED("  b: {run: ./b.so, speaks: frames, in: thread, host: h, nice: 3}\n"
               "  c: {run: ./c.so, speaks: frames, in: thread, host: h, transport: stdio}\n"
               "  d: {run: ./d.so, speaks: frames, in: thread, host: h, ready: {log: x}}\n"),
        "3:57 `nice` is not that of `a`, with which it shares the host `h`: give both the "
        "same, or this one another host | "
        "4:57 `in: thread`: it has no standard input of its own for `transport: stdio` | "
        "5:57 `in: thread`: it has no standard error of its own (did you mean `ready: notify`, "
        "and actor_ready()?)",
        false);
    check_is(HOSTED("groups: {root: {strategy: one-for-all}}\n"), "ok", false);
}

int main(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/as-topocheck-XXXXXX");
    if (mkdtemp(dir) == NULL)
        bail_out("no folder");
    faults_init(&faults);
    bytes_init(&shown);
    test_top();
    test_groups();
    test_keys();
    test_run();
    test_between_keys();
    test_to();
    test_after();
    test_eof();
    test_files();
    test_many();
    bytes_release(&shown);
    faults_release(&faults);
    (void)rmdir(dir);
    templates();
    hosts();
    return done();
}
