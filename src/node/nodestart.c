/* How a node starts: what is launched finds the one that runs, or becomes its guardian. */
#include "engine/guardian.h"
#include "engine/supervisor.h"
#include "engine/takeover.h"
#include "node/node.h"
#include "node/nodeparts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NODE_TAKEOVER_MS = 10000, NODE_TRIES = 100, NODE_PAUSE_MS = 50 };

struct node_start {
    const char *system, *host;
    struct rundir *rundir;
    struct topology *topology;
    char state[4096];
    char dir[4000], files[4000];
};

/* It has no actors of its own; a file must have one, which is never started. */
static int node_topology(struct node_start *b, struct err *e)
{
    char text[512];
    struct faults faults;
    int n = snprintf(text, sizeof(text),
                     "{\"system\":\"%s\",\"actors\":{\"none\":{\"run\":\"none\",\"speaks\":"
                     "\"none\"}}}",
                     b->system);

    faults_init(&faults);
    int rc = topology_parse("/actorsup.yaml", text, (size_t)n, false, &b->topology, &faults, e);
    if (rc == ERR_INVALID)
        (void)err_set(e, ERR_INVALID, "%s", faults.n > 0 ? faults.list[0].text : "not a system");
    faults_release(&faults);
    return rc;
}

static int node_supervise(void *arg, int life_fd)
{
    struct node_start *b = arg;
    struct node n = {.dir = strdup(b->dir), .home = b->files};
    static const char *const nobody[] = {""};
    const struct supervisor_opts o = {.topology = b->topology,
                                      .only = nobody,
                                      .n_only = 1,
                                      .rundir = b->rundir,
                                      .state_dir = b->state,
                                      .relay = &node_relay,
                                      .begin = node_begin,
                                      .end = node_end,
                                      .node = &n,
                                      .host = b->host,
                                      .life_fd = life_fd,
                                      .tell = guardian_tell};

    nodehost_table();
    int status = supervisor_main(&o);
    free(n.dir);
    return status;
}

static int node_fail(const struct err *e)
{
    (void)fprintf(stderr, "actorsup: %s\n", e->text);
    return 1;
}

/* One that is made by us, with any umask, may be passed: an actor may be another user, and finds
 * what is its own behind it. */
static void node_mkdir(const char *path)
{
    if (mkdir(path, 0700) == 0)
        (void)chmod(path, 0711);
}

static void node_mkdirs(char *path)
{
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        node_mkdir(path);
        *p = '/';
    }
    node_mkdir(path);
}

/* Where relative paths are below, unless the home says otherwise; where files are that it sends. */
static void node_folders(struct node_start *b, const char *folder)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char base[2048];

    if (cache != NULL && *cache == '/')
        (void)snprintf(base, sizeof(base), "%s", cache);
    else
        (void)snprintf(base, sizeof(base), "%s/.cache", home == NULL ? "" : home);
    (void)snprintf(b->dir, sizeof(b->dir), "%s/actorsup/systems/%s", base, b->system);
    (void)snprintf(b->files, sizeof(b->files), "%s/actorsup/files/%s", base, folder);
    node_mkdirs(b->dir);
}

static int node_daemon(struct node_start *b, const char *folder)
{
    const struct guardian_opts o = {.daemon = true};
    struct err e = {0, ""};
    int left = 0;

    (void)takeover_marked(b->rundir, NODE_TAKEOVER_MS, &left, NULL, NULL);
    rundir_clean(b->rundir);
    if (node_topology(b, &e) != 0 ||
        rundir_state(folder, true, b->state, sizeof(b->state), &e) != 0)
        return node_fail(&e);
    node_folders(b, folder);
    return guardian_run(&o, node_supervise, NULL, b);
}

/* Another may be starting it, or one may just be ending. */
static int node_find(struct node_start *b, const char *folder)
{
    const struct timespec pause = {0, NODE_PAUSE_MS * 1000000L};
    struct err e = {0, ""};

    for (int i = 0; i < NODE_TRIES; i++) {
        if (nodedoor_try(b->rundir))
            return 0;
        int rc = rundir_lock(b->rundir, &e);
        if (rc == 0)
            return node_daemon(b, folder);
        if (rc != ERR_EXISTS)
            return node_fail(&e);
        (void)nanosleep(&pause, NULL);
    }
    return node_fail(&e);
}

static int node_enter(const char *system, const char *host, const struct nodedoor_call *c)
{
    struct node_start b = {.system = system, .host = host};
    char folder[256];
    struct err e = {0, ""};

    (void)snprintf(folder, sizeof(folder), "%.63s@%.63s", system, host);
    if (rundir_open(folder, true, &b.rundir, &e) != 0)
        return node_fail(&e);
    int status = node_find(&b, folder);
    if (status == 0)
        status = nodedoor_enter(b.rundir, c);
    rundir_free(b.rundir);
    topology_free(b.topology);
    return status;
}

int node_join(const char *system, const char *host, int in, int out)
{
    const struct nodedoor_call c = {.run = "", .in = in, .out = out, .first = "", .refused = ""};

    return node_enter(system, host, &c);
}

int node_main(int argc, char **argv)
{
    const struct nodedoor_call c = {.run = argc == 5 ? argv[4] : "",
                                    .in = STDIN_FILENO,
                                    .out = STDOUT_FILENO,
                                    .first = TRUNK_BEGINS,
                                    .refused = TRUNK_FAILS TRUNK_BARRED
                                    " for a system of this name: end "
                                    "that, or give this one another name (`system:`)\n"};

    if (argc == 4 || argc == 5)
        return node_enter(argv[2], argv[3], &c);
    (void)fprintf(stderr,
                  "usage: actorsup node SYSTEM HOST RUN (for a supervisor that launches it)\n");
    return 2;
}
