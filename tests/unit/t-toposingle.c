/* A file that is read for one host alone: where its actors run, and what is left of its hosts. */
#include "config/topodiff.h"
#include "config/topology.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct faults faults;

static struct topology *parse(const char *text, bool single, bool files)
{
    struct topology *t = NULL;
    struct err e = {0, ""};

    faults_release(&faults);
    (void)(single ? topology_parse_single : topology_parse)("/tmp/actorsup.yaml", text,
                                                            strlen(text), files, &t, &faults, &e);
    return t;
}

static const char file[] =
    "system: s\n"
    "hosts: {west: {launch: x, dir: /srv, capabilities: {gpu: yes}}, main: {capabilities: {a: "
    "b}},\n"
    "    east: {ssh: there}}\n"
    "actors:\n"
    "  named: {run: /bin/cat, on: west, files: [data], cwd: sub, to: home@east, user: nobody}\n"
    "  fits: {run: /bin/cat, on: {gpu: yes}, failover: after 1s, pool: 2, files: [data]}\n"
    "  nowhere: {run: /bin/cat, on: {lift: yes}}\n"
    "  either: {run: /bin/cat, on: {a: b}}\n"
    "  any: {run: /bin/cat, on: {}}\n"
    "  home: {run: /bin/cat}\n"
    "  stays: {run: /bin/cat, on: main}\n"
    "  kid: {run: /bin/cat, on: west, template: true}\n";

static void test_actors(const struct topology *t)
{
    static const char *const brought[] = {"named", "fits", "nowhere", "kid"};
    size_t n = 0;

    for (size_t i = 0; i < t->n_actors; i++) {
        const struct topo_actor *a = &t->actors[i];
        ok(a->here && a->on.kind == TOPO_ON_HERE && a->on.host == NULL && a->on.needs.n == 0,
           "%s runs here", a->name);
        ok(a->n_files == 0 && a->failover_ms == TOPO_FOREVER, "and nothing goes along");
        is_str(a->program, "/bin/cat", "its program is looked for here");
        n += a->brought;
    }
    for (size_t i = 0; i < sizeof(brought) / sizeof(brought[0]); i++)
        ok(topology_find(t, brought[i])->brought, "%s was elsewhere", brought[i]);
    is_int(n, sizeof(brought) / sizeof(brought[0]), "and no other");
    is_str(topology_find(t, "named")->cwd, "/tmp/sub", "relative to the file's folder");
    is_int(topology_find(t, "fits")->pool, 2, "the rest is as the file has it");
}

static void test_hosts(const struct topology *t)
{
    ok(t->single, "it is known to be on one host");
    is_int(t->n_hosts, 1, "there is one host");
    is_str(t->hosts[0].name, TOPO_HOME, "this one");
    is_int(t->hosts[0].capabilities.n, 1, "with what it has");
    ok(topology_lacks_host(t, "west") && topology_lacks_host(t, "east"), "the others are known");
    ok(!topology_lacks_host(t, "main") && !topology_lacks_host(t, "north"), "and only they");
}

/* To bring it to a file that only has them elsewhere changes nothing. */
static void test_diff(const struct topology *t)
{
    struct topology *u =
        parse("system: s\n"
              "hosts: {west: {launch: y}}\n"
              "actors: {named: {run: /bin/cat, cwd: sub, to: home@west, user: nobody},\n"
              "  fits: {run: /bin/cat, pool: 2, on: west}, home: {run: /bin/cat, on: west}}\n",
              true, false);
    const char *const same[] = {"fits", "home"};
    struct topodiff d;

    for (size_t i = 0; u != NULL && i < sizeof(same) / sizeof(same[0]); i++) {
        topodiff_actor(topology_find(t, same[i]), topology_find(u, same[i]), &d);
        is_int(d.n, 0, "%s is the same on another host", same[i]);
    }
    ok(u != NULL, "the other file is taken");
    topology_free(u);
}

static void test_faults(void)
{
    static const char there[] = "hosts: {west: {launch: x}}\n"
                                "actors: {a: {run: ./not-there, on: west, cwd: no-folder}}\n";
    struct topology *t = parse(there, false, true);

    ok(t != NULL, "what another host must have is not looked for here");
    topology_free(t);
    ok(parse(there, true, true) == NULL, "but when it is to run here it is");
    is_int(faults.n, 2, "program and folder");
    ok(parse("actors: {a: {run: cat, on: west}}\n", true, false) == NULL, "a host must be known");
    is_str(faults.list[0].text, "no host `west`: `hosts` names them", "as ever");
    ok(parse("hosts: {west: {launch: x}}\n"
             "actors: {a: {run: cat, on: west, failover: after 1s}}\n",
             true, false) == NULL,
       "and what is wrong about one is a fault");
}

int main(void)
{
    faults_init(&faults);
    struct topology *t = parse(file, true, false);
    if (t == NULL) {
        for (size_t i = 0; i < faults.n; i++)
            diag("%s", faults.list[i].text);
        bail_out("the file cannot be read");
    }
    test_actors(t);
    test_hosts(t);
    test_diff(t);
    topology_free(t);
    t = parse(file, false, false);
    ok(t != NULL && !t->single && t->n_hosts == 3 && t->n_absent == 0 &&
           !topology_find(t, "named")->here && !topology_find(t, "named")->brought,
       "read as ever it has all its hosts");
    topology_free(t);
    test_faults();
    faults_release(&faults);
    return done();
}
