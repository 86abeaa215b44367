/* An actor as a file of its own reads as the same actor, but for what stays at home. */
#include "config/topodiff.h"
#include "config/topoentry.h"
#include "config/topology.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct topology *parse(const char *path, const char *text)
{
    struct topology *t = NULL;
    struct faults faults;
    struct err e = {0, ""};

    faults_init(&faults);
    if (topology_parse(path, text, strlen(text), false, &t, &faults, &e) != 0)
        diag("%s: %s", path, faults.n > 0 ? faults.list[0].text : e.text);
    faults_release(&faults);
    return t;
}

static const char file[] =
    "system: s\n"
    "hosts: {west: {launch: x}}\n"
    "actors:\n"
    "  plain: {run: cat, on: west}\n"
    "  lines: {run: [a, 'b c', '$$HOME', 'ü\"\\\\'], ack: line, delimiter: nul, on: west, cwd: "
    "sub/dir,\n"
    "    env: {A: '1 $$x', B: ''}, stop: {signal: INT, grace: 1s}, limits: {memory: 5MiB, cpu: 2s, "
    "core: 0},\n"
    "    ready: {log: 'a|b$$', timeout: never}, health: {exec: [true, x], every: 3s, failures: "
    "9},\n"
    "    umask: '027', nice: 5}\n"
    "  json: {shell: 'exec x', speaks: json, on: west, ready: notify, user: nobody, group: games}\n"
    "  frames: {run: ./x, speaks: frames, transport: stdio, on: west, ready: {tcp: 80},\n"
    "    health: {tcp: '127.0.0.1:81', timeout: 4s}}\n"
    "  once: {run: x, speaks: once, concurrency: 3, on: west, mailbox: {retry: 7},\n"
    "    backoff: {min: 5ms, max: 7s, factor: 1.5, jitter: 25%, reset: 2s}}\n"
    "  none: {run: x, speaks: none, on: west, ready: {exec: 'y z', every: 5ms}}\n";

int main(void)
{
    struct topology *t = parse("/a/actorsup.yaml", file);

    if (t == NULL)
        bail_out("the file cannot be read");
    for (size_t i = 0; i < t->n_actors; i++) {
        char *text = topo_entry(t, &t->actors[i]);
        struct topology *own = text == NULL ? NULL : parse("/a/actorsup.yaml", text);
        struct topodiff d = {.n = 0};
        struct topo_actor a = t->actors[i];
        if (own != NULL) {
            /* What its host is to find out. */
            a.program = own->actors[0].program;
            a.health.program = own->actors[0].health.program;
            a.ready_probe.program = own->actors[0].ready_probe.program;
            a.identity = own->actors[0].identity;
            topodiff_actor(&a, &own->actors[0], &d);
        }
        for (size_t k = 0; k < d.n; k++)
            if (strcmp(d.keys[k], "on") != 0)
                diag("%s: %s differs in %s", t->actors[i].name, d.keys[k], text);
        ok(own != NULL && d.n == 1 && topodiff_has(&d, "on"), "%s", t->actors[i].name);
        const struct topo_identity *was = &t->actors[i].identity, *is = &a.identity;
        if (was->user != NULL)
            ok(strcmp(was->user, is->user) == 0 && strcmp(was->group, is->group) == 0 &&
                   was->umask == is->umask && was->nice == is->nice,
               "%s: as whom", a.name);
        topology_free(own);
        free(text);
    }
    topology_free(t);
    return done();
}
