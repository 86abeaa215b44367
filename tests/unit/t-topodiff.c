/* What has changed between two files, and that every key of an actor has its answer. */
#include "base/bytes.h"
#include "config/schema.h"
#include "config/topodiff.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static struct topology *parse(const char *text)
{
    struct topology *t = NULL;
    struct faults faults;
    struct err e;

    faults_init(&faults);
    if (topology_parse("/x/f.yaml", text, strlen(text), false, &t, &faults, &e) != 0)
        (void)printf("# %s\n", faults.n > 0 ? faults.list[0].text : e.text);
    faults_release(&faults);
    return t;
}

static void describe(struct bytes *out, const struct topodiff *d)
{
    static const char *const names[] = {"none", "live", "restart", "replace"};

    bytes_truncate(out, 0);
    (void)bytes_printf(out, "%s", names[d->change]);
    for (size_t i = 0; i < d->n; i++)
        (void)bytes_printf(out, " %s", d->keys[i]);
}

/* The keys of actor `a` in two files. */
static void actor_is(const char *was, const char *is, const char *wanted)
{
    char one[512], two[512];
    struct topodiff d;
    struct bytes out;

    bytes_init(&out);
    (void)snprintf(one, sizeof(one), "actors: {a: {%s}, b: {run: cat}, c: {run: cat}}", was);
    (void)snprintf(two, sizeof(two), "actors: {a: {%s}, b: {run: cat}, c: {run: cat}}", is);
    struct topology *t = parse(one), *u = parse(two);
    if (t != NULL && u != NULL) {
        topodiff_actor(topology_find(t, "a"), topology_find(u, "a"), &d);
        describe(&out, &d);
    }
    is_str(bytes_cstr(&out), wanted, "%s -> %s", was, is);
    bytes_release(&out);
    topology_free(t);
    topology_free(u);
}

static void group_is(const char *was, const char *is, const char *wanted)
{
    char one[512], two[512];
    struct topodiff d;
    struct bytes out;

    bytes_init(&out);
    (void)snprintf(one, sizeof(one),
                   "actors: {a: {run: cat}, b: {run: cat}, c: {run: cat}}\ngroups: {g: {%s}}", was);
    (void)snprintf(two, sizeof(two),
                   "actors: {c: {run: cat}, b: {run: cat}, a: {run: cat}}\ngroups: {g: {%s}}", is);
    struct topology *t = parse(one), *u = parse(two);
    if (t != NULL && u != NULL) {
        topodiff_group(t, topology_group(t, "g"), u, topology_group(u, "g"), &d);
        describe(&out, &d);
    }
    is_str(bytes_cstr(&out), wanted, "group %s -> %s", was, is);
    bytes_release(&out);
    topology_free(t);
    topology_free(u);
}

static void actors(void)
{
    actor_is("run: cat", "run: cat", "none");
    actor_is("run: cat", "run: 'cat '", "none");
    actor_is("run: cat", "run: [cat, -u]", "restart run");
    actor_is("run: cat", "shell: cat", "restart run");
    actor_is("run: cat, env: {A: 1, B: 2}", "run: cat, env: {B: 2, A: 1}", "none");
    actor_is("run: cat, env: {A: 1}", "run: cat, env: {A: 2}", "restart env");
    actor_is("run: cat", "run: cat, cwd: /", "restart cwd");
    actor_is("run: cat", "run: cat, limits: {files: 10}", "restart limits.files");
    actor_is("run: cat", "run: cat, speaks: json", "replace speaks");
    actor_is("run: cat", "run: cat, pool: 1", "replace pool");
    actor_is("run: cat, pool: 1", "run: cat, pool: 3", "live pool");
    actor_is("run: cat", "run: cat, pool: 3", "replace pool");
    actor_is("run: ./a.so, speaks: frames", "run: ./a.so, speaks: frames, in: thread, host: h",
             "restart in host");
    actor_is("run: ./a.so, speaks: frames, in: thread, host: h, after: b",
             "run: ./a.so, speaks: frames, in: thread, host: i, after: b", "restart host");
    actor_is("run: cat, pool: 3", "run: cat, pool: {size: 3}", "none");
    actor_is("run: cat, pool: 3", "run: cat, pool: {size: 3, route: hash:a}", "live pool.route");
    actor_is("run: cat, pool: {route: hash:a}", "run: cat, pool: {route: hash:b}",
             "live pool.route");
    actor_is("run: cat, to: b", "run: cat, to: [b, c]", "live to");
    actor_is("run: cat, after: b", "run: cat, after: {b: done}", "live after");
    actor_is("run: cat, after: b", "run: cat, after: {b: ready}", "none");
    actor_is("run: cat", "run: cat, backoff: {jitter: 20%}", "live backoff");
    actor_is("run: cat", "run: cat, ready: {log: up}", "live ready");
    actor_is("run: cat, ready: {log: up}", "run: cat, ready: {log: ups}", "live ready");
    actor_is("run: cat, health: {tcp: 1}", "run: cat, health: {tcp: 1, failures: 9}",
             "live health");
    actor_is("run: cat, to: c, mailbox: {messages: 5}", "run: dd, mailbox: {messages: 6}, to: b",
             "restart run to mailbox.messages");
    actor_is("run: cat", "run: cat, to: b", "replace to");
    actor_is("run: cat, to: b", "run: cat", "replace to");
    actor_is("run: cat, to: b", "run: cat, to: [b, c]", "live to");
    actor_is("run: cat, ack: line", "run: cat, ack: line, to: b", "live to");
    actor_is("run: cat, speaks: json", "run: cat, speaks: json, to: b", "live to");
}

static void groups(void)
{
    group_is("members: [a, b]", "members: [a, b]", "none");
    group_is("members: [a, b]", "members: [b, a]", "live members");
    group_is("members: [a, b]", "members: [a]", "live members");
    group_is("members: [a]", "members: [a], strategy: one-for-all, limit: {restarts: 1}",
             "live strategy limit");
}

/* --- every key --- */

static bool covered(const char *key)
{
    static const char *const others[][2] = {
        {"shell", "run"}, {"env_file", "env"}, {"pool.size", "pool"}};

    for (size_t i = 0; i < 2; i++)
        if (strcmp(key, others[i][0]) == 0)
            key = others[i][1];
    for (size_t i = 0; i < topodiff_n_rows; i++) {
        size_t len = strlen(topodiff_rows[i].key);
        if (strncmp(topodiff_rows[i].key, key, len) == 0 && (key[len] == '\0' || key[len] == '.'))
            return true;
    }
    return false;
}

static bool has_below(const char *key)
{
    size_t len = strlen(key);

    for (size_t i = 0; i < topodiff_n_rows; i++)
        if (strncmp(topodiff_rows[i].key, key, len) == 0 && topodiff_rows[i].key[len] == '.')
            return true;
    return false;
}

static void each_key(void *arg, const struct schema_key *key)
{
    const char *below = "actors.NAME.";
    size_t *n = arg;

    if (strncmp(key->path, below, strlen(below)) != 0)
        return;
    const char *name = key->path + strlen(below);
    ok(covered(name) || has_below(name), "a change of %s is known", name);
    (*n)++;
}

int main(void)
{
    size_t n = 0;

    actors();
    groups();
    ok(schema_keys(each_key, &n) == 0, "the keys can be listed");
    ok(n > 30, "there are %zu of them", n);
    return done();
}
