#include "tap.h"

#include "io/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is where ---- */

static const char hybrid[] =
    "22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
    "30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "34 30 0:31 / /sys/fs/cgroup/memory rw,relatime shared:10 - cgroup cgroup rw,memory\n"
    "38 30 0:35 / /sys/fs/cgroup/pids rw,relatime shared:11 master:2 - cgroup cgroup rw,pids\n"
    "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
static const char hybrid_own[] = "8:pids:/\n4:memory:/box/6603\n1:cpu,cpuacct:/x\n0::/\n";

static void test_find(void)
{
    struct cgroup_place p[CGROUP_PLACES];

    is_int(cgroup_find(hybrid, hybrid_own, p), 3, "side by side: a place in each hierarchy");
    is_str(p[0].dir, "/sys/fs/cgroup/unified", "version 2 first, at its root");
    ok(p[0].v2 && p[0].roles == CGROUP_KILL, "it can kill");
    is_str(p[1].dir, "/sys/fs/cgroup/memory/box/6603", "where we are in that of memory");
    ok(!p[1].v2 && p[1].roles == CGROUP_MEMORY, "it bounds memory");
    is_str(p[2].dir, "/sys/fs/cgroup/pids", "where we are in that of pids");

    is_int(cgroup_find("25 22 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
                       "0::/user.slice/user-1000.slice/session-1.scope\n", p),
           1, "version 2 alone");
    is_str(p[0].dir, "/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope", "our scope");

    is_int(cgroup_find("25 22 0:22 /docker/1a /sys/fs/cgroup ro - cgroup cgroup rw,memory\n",
                       "3:memory:/docker/1a/b\n", p),
           1, "a mount that shows a part");
    is_str(p[0].dir, "/sys/fs/cgroup/b", "our path from there on");
    is_int(cgroup_find("25 22 0:22 /docker/1 /sys/fs/cgroup ro - cgroup cgroup rw,memory\n",
                       "3:memory:/docker/1a\n", p),
           0, "a part that we are not in");
    is_int(
        cgroup_find("25 22 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/../other\n", p),
        0, "out of the namespace");
    is_int(cgroup_find("25 22 0:22 / /my\\040cgroups rw - cgroup2 cgroup2 rw\n", "0::/a\n", p), 1,
           "a blank in the mount point");
    is_str(p[0].dir, "/my cgroups/a", "is read");
    is_int(cgroup_find("", "", p), 0, "nothing at all");
    is_int(cgroup_find("garbage\n25 22 - \n\n", "garbage\n0:\n:::\n", p), 0, "garbage");
}

static void test_words(void)
{
    ok(cgroup_controllers("cpuset cpu io memory pids\n") ==
           (CGROUP_KILL | CGROUP_MEMORY | CGROUP_PIDS),
       "controllers are read");
    ok(cgroup_controllers("cpu memoryx\n") == CGROUP_KILL, "whole words alone");
    ok(cgroup_controllers("") == CGROUP_KILL, "none");
    is_int((long)cgroup_number("low 0\noom 3\noom_kill 2\n", "oom_kill"), 2, "a number by its key");
    is_int((long)cgroup_number("oom_kill_disable 1\n", "oom_kill"), 0, "not that of a longer key");
}

static void test_choose(void)
{
    struct cgroup_place p[CGROUP_PLACES] = {
        {.dir = "/2", .v2 = true, .roles = CGROUP_KILL | CGROUP_PIDS},
        {.dir = "/m", .roles = CGROUP_MEMORY},
        {.dir = "/p", .roles = CGROUP_PIDS},
    };

    is_int(cgroup_choose(p, 3, CGROUP_MEMORY | CGROUP_PIDS), 2,
           "places without a role are dropped");
    ok(p[0].roles == CGROUP_PIDS, "what is not wanted is not had");
    is_str(p[1].dir, "/m", "each role is had once");
    is_int(cgroup_choose(p, 2, CGROUP_KILL), 0, "none is left");
}

/* ---- a tree of folders that behaves as version 2 does where it matters ---- */

static char tree[] = "/tmp/t-cgroup.XXXXXX";
static bool alone;      /* no other process stands in the tree's root */
static bool here;       /* we do */
static char said[4096]; /* what was written, in order */

/* Controllers are refused to the children of a cgroup in which processes are. */
static int fake_put(const char *dir, const char *file, const char *text)
{
    const char *below = dir + strlen(tree);
    size_t n = strlen(said);

    if (strcmp(file, "cgroup.subtree_control") == 0 && *below == '\0' && *text == '+' &&
        (here || !alone)) {
        errno = EBUSY;
        return -1;
    }
    if (strcmp(file, "cgroup.procs") == 0)
        here = *below == '\0';
    /* What stands behind the folder with the random name, "B" for that itself. */
    const char *rest = *below == '\0' ? "" : strchr(below + 1, '/');
    (void)snprintf(said + n, sizeof(said) - n, "%s/%s=%s;", rest == NULL ? "B" : rest, file, text);
    return 0;
}

static struct cgroups *tree_begin(bool others, unsigned wanted)
{
    struct cgroup_place p = {.v2 = true, .roles = CGROUP_KILL | CGROUP_MEMORY | CGROUP_PIDS};

    (void)snprintf(p.dir, sizeof(p.dir), "%s", tree);
    alone = !others;
    here = true;
    said[0] = '\0';
    struct cgroups *c = cgroups_new_at("shop", wanted, &p, 1, fake_put);
    cgroups_make(c);
    return c;
}

static void test_version_2(void)
{
    struct cgroups *c = tree_begin(false, CGROUP_KILL | CGROUP_MEMORY | CGROUP_PIDS);
    struct cgroup *g = NULL;
    struct err e;

    is_str(said,
           "/supervisor/cgroup.procs=0;/cgroup.subtree_control=+memory +pids;"
           "B/cgroup.subtree_control=+memory +pids;",
           "we move aside, and the controllers are handed on");
    ok(cgroups_roles(c) == (CGROUP_KILL | CGROUP_MEMORY | CGROUP_PIDS), "all roles are had");
    said[0] = '\0';
    is_int(cgroup_new(c, "a.0.1", 1048576, 5, &g, &e), 0, "one is made");
    is_str(said, "/a.0.1/memory.max=1048576;/a.0.1/memory.swap.max=0;/a.0.1/pids.max=5;",
           "with its bounds");
    is_int(cgroup_new(c, "a.0.1", 1048576, 5, &g, &e), ERR_SYSTEM, "and not a second time");
    cgroup_free(g);
    said[0] = '\0';
    is_int(cgroup_new(c, "b.0.1", CGROUP_NO_BOUND, 5, &g, &e), 0, "one with processes alone");
    is_str(said, "/b.0.1/pids.max=5;", "bounds no more than that");
    cgroup_free(g);
    said[0] = '\0';
    ok(cgroups_end(c), "at the end all is gone");
    is_str(said,
           "B/cgroup.subtree_control=-memory -pids;/cgroup.subtree_control=-memory -pids;"
           "/cgroup.procs=0;",
           "and we are back where we were");
    is_int(rmdir(tree), 0, "nothing is left in the tree");
    is_int(mkdir(tree, 0700), 0, "(made again)");
    cgroups_free(c);
}

static void test_others_there(void)
{
    struct cgroups *c = tree_begin(true, CGROUP_KILL | CGROUP_MEMORY);

    ok(cgroups_roles(c) == CGROUP_KILL, "beside other processes there is no controller to be had");
    ok(strstr(cgroups_why(c, CGROUP_MEMORY), "Delegate=yes") != NULL, "what helps is said");
    ok(here, "we are where we were");
    ok(cgroups_end(c), "nothing is left");
    cgroups_free(c);
    c = tree_begin(false, CGROUP_PIDS | CGROUP_KILL);
    is_str(cgroups_why(c, CGROUP_MEMORY), "this system has no cgroups with that controller",
           "a role that nobody has");
    ok(strstr(said, "+pids") != NULL && strstr(said, "memory") == NULL,
       "only what is wanted is handed on");
    ok(cgroups_end(c), "nothing is left");
    cgroups_free(c);
}

static void test_sweep(void)
{
    char dir[256], below[300], record[700];
    struct cgroup_place p = {.roles = CGROUP_PIDS};

    (void)snprintf(p.dir, sizeof(p.dir), "%s", tree);
    struct cgroups *c = cgroups_new_at("shop", CGROUP_PIDS, &p, 1, fake_put);
    cgroups_make(c);
    char *made = cgroups_record(c);
    (void)snprintf(dir, sizeof(dir), "%.*s", (int)strcspn(made, "\n"), made);
    (void)snprintf(below, sizeof(below), "%s/a.0.1", dir);
    ok(mkdir(below, 0700) == 0, "the record names the folder that was made");
    cgroups_sweep(made);
    ok(access(dir, F_OK) != 0, "a sweep removes it with what is below");
    free(made);
    cgroups_free(c);

    (void)snprintf(dir, sizeof(dir), "%s/actorsup.x.1", tree);
    (void)snprintf(below, sizeof(below), "%s/other", tree);
    ok(mkdir(dir, 0700) == 0 && mkdir(below, 0700) == 0, "two folders");
    (void)snprintf(record, sizeof(record), "%s\n%s/../%s\nactorsup.x.1\n\n/\n", below, dir,
                   strrchr(dir, '/') + 1);
    cgroups_sweep(record);
    ok(access(dir, F_OK) == 0 && access(below, F_OK) == 0, "what is not ours by name stays");
    (void)rmdir(dir);
    (void)rmdir(below);
}

int main(void)
{
    test_find();
    test_words();
    test_choose();
    if (mkdtemp(tree) == NULL)
        return 1;
    test_version_2();
    test_others_there();
    test_sweep();
    is_int(rmdir(tree), 0, "the tree is empty");
    return done();
}
