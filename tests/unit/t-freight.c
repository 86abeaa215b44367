/* Trees of files: their manifest, which may be anything; gathered here, made there. */
#include "freight/depot.h"
#include "freight/gather.h"
#include "freight/manifest.h"
#include "tap.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char base[] = "/tmp/t-freight.XXXXXX";

static const char *in(const char *name)
{
    static char path[4][4096];
    static int next;
    char *p = path[next++ % 4];

    (void)snprintf(p, sizeof(path[0]), "%s/%s", base, name);
    return p;
}

static void put(const char *name, const char *text, mode_t mode)
{
    FILE *f = fopen(in(name), "we");

    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || chmod(in(name), mode) != 0)
        bail_out("cannot write %s", name);
}

static const char *content(const char *path)
{
    static char buf[4096];
    FILE *f = fopen(path, "re");
    size_t n = f == NULL ? 0 : fread(buf, 1, sizeof(buf) - 1, f);

    buf[n] = '\0';
    if (f == NULL)
        return NULL;
    (void)fclose(f);
    return buf;
}

static void reads(const char *text, bool good)
{
    struct manifest m;
    struct err e = {0, ""};
    int rc = manifest_read(&m, text, strlen(text), &e);

    ok((rc == 0) == good, "%s: %s%s", good ? "a manifest" : "none", text, rc == 0 ? "" : e.text);
    if (rc == 0)
        manifest_release(&m);
}

static void manifests(void)
{
    reads("", true);
    reads(HASH " 0 644 a\n", true);
    reads(HASH " 0 755 a/b c\n" HASH " 1 600 b\n", true);
    reads("folder 755 a\n" HASH " 0 644 a/b\nfolder 700 c\n", true);
    reads(HASH " 0 644 a", false);
    reads(HASH " 0 644 b\n" HASH " 0 644 a\n", false);
    reads(HASH " 0 644 a\n" HASH " 0 644 a\n", false);
    reads("folder 755 a\n" HASH " 0 644 a\n", false);
    reads(HASH " 0 644 ../a\n", false);
    reads(HASH " 0 644 a/../../b\n", false);
    reads(HASH " 0 644 /etc/passwd\n", false);
    reads(HASH " 0 644 a//b\n", false);
    reads(HASH " 0 644 a/\n", false);
    reads(HASH " 0 644 .\n", false);
    reads(HASH " 0 644 \n", false);
    reads(HASH " -1 644 a\n", false);
    reads(HASH " 0 y a\n", false);
    reads(HASH " 0 64 a\n", false);
    reads(HASH " 0 648 a\n", false);
    reads(HASH " 0 0644 a\n", false);
    reads(HASH " 0 666 a\n", false);
    reads(HASH " 0 44 a\n", false);
    reads("folder 777 a\n", false);
    reads("folder 600 a\n", false);
    reads("folder 755 ../a\n", false);
    reads("folder 755\n", false);
    reads("../../../../../../../../../../../../../../../../etc/passwd000000 0 644 a\n", false);
    reads("x\n", false);
    is_str(manifest_path_fault("a\tb"), "it has a control character", "a tab in a path");
    ok(manifest_path_fault("...") == NULL && manifest_path_fault(".a/..b") == NULL,
       "other points are names");
}

/* Until what is there is known, and read. */
static void gather(struct gather *g)
{
    struct err e = {0, ""};
    int rc = gather_look(g, &e);

    while (rc == 0 && (rc = gather_step(g, &e)) == 1)
        rc = 0;
    is_int(rc, 0, "gathered: %s", e.text);
}

static struct gather *gather_one(void)
{
    static char tool[] = "w/tool", data[] = "w/data", again[] = "w/data/b";
    char *paths[] = {tool, data, again};
    struct gather *g = gather_new(base, paths, 3);

    if (g == NULL)
        bail_out("out of memory");
    gather(g);
    return g;
}

/* Brings a tree to a depot. Returns how many files were sent. */
static int bring(struct depot *d, const struct gather *g, struct err *e)
{
    const struct bytes *text = gather_text(g);
    int rc = depot_begin(d, (const char *)bytes_at(text), bytes_len(text), e), sent = 0;
    struct bytes needs;

    bytes_init(&needs);
    while (rc == 0 && (rc = depot_step(d, e)) == DEPOT_MORE)
        rc = 0;
    if (rc == DEPOT_NEEDS && depot_needs(d, &needs) == 0) {
        const char *p = bytes_cstr(&needs);
        for (rc = 0; rc == 0 && *p != '\0'; p += DIGEST_TEXT, sent++) {
            char hash[DIGEST_TEXT];
            uint64_t size = 0;
            (void)snprintf(hash, sizeof(hash), "%.*s", DIGEST_TEXT - 1, p);
            const char *file = gather_find(g, hash, &size);
            const char *bytes = content(in(file == NULL ? "?" : file));
            rc = depot_take(d, bytes, strlen(bytes), true, e);
        }
        while (rc == 0 && (rc = depot_step(d, e)) == DEPOT_MORE)
            rc = 0;
    }
    bytes_release(&needs);
    return rc == 0 ? sent : rc;
}

static void there(struct depot *d, const struct gather *g, const char *file, const char *text)
{
    char path[4096 + 100];

    depot_path(d, gather_name(g), path, sizeof(path) - 100);
    (void)snprintf(path + strlen(path), 100, "/%s", file);
    is_str(content(path), text, "there %s is %s", file, text);
}

static void trees(void)
{
    struct err e = {0, ""};
    struct depot *d = depot_new(in("depot"));

    (void)mkdir(in("w"), 0700);
    (void)mkdir(in("w/data"), 0700);
    put("w/tool", "tool", 0755);
    put("w/data/a", "same", 0644);
    put("w/data/b", "same", 0644);
    put("w/data/c", "", 0644);
    struct gather *g = gather_one();
    is_int(gather_size(g), 12, "the bytes of all files, each once");
    is_int(bring(d, g, &e), 3, "the same content goes once %s", e.text);
    there(d, g, "w/tool", "tool");
    there(d, g, "w/data/b", "same");
    there(d, g, "w/data/c", "");
    is_int(bring(d, g, &e), 0, "the same tree again: nothing goes");
    char first[DIGEST_TEXT];
    (void)snprintf(first, sizeof(first), "%s", gather_name(g));
    put("w/data/b", "other", 0644);
    gather(g);
    ok(strcmp(first, gather_name(g)) != 0, "another content is another tree");
    is_int(bring(d, g, &e), 1, "only what has changed goes");
    there(d, g, "w/data/a", "same");
    there(d, g, "w/data/b", "other");
    put("w/data/a", "new", 0644);
    gather(g);
    put("w/data/a", "mad", 0644);
    is_int(bring(d, g, &e), ERR_INVALID, "what was changed meanwhile is refused: %s", e.text);
    gather(g);
    is_int(bring(d, g, &e), 1, "and comes once it is known");
    there(d, g, "w/data/a", "mad");
    gather_free(g);
    depot_free(d);
}

static void has_mode(struct depot *d, const struct gather *g, const char *file, mode_t mode)
{
    char path[4096 + 100];
    struct stat st = {.st_mode = 0};

    depot_path(d, gather_name(g), path, sizeof(path) - 100);
    (void)snprintf(path + strlen(path), 100, "/%s", file);
    (void)stat(path, &st);
    is_int(st.st_mode & 07777, mode, "the mode of %s", file);
}

/* Folders, also those in which there is nothing, and what others may do. */
static void modes(void)
{
    static char all[] = "m";
    char *paths[] = {all}, path[4096];
    struct err e = {0, ""};
    struct depot *d = depot_new(in("open/of"));
    const mode_t old = umask(0077);

    (void)mkdir(in("m"), 0700);
    (void)mkdir(in("m/none"), 0700);
    (void)mkdir(in("m/deep"), 0700);
    (void)mkdir(in("m/deep/none"), 0700);
    (void)chmod(in("m/deep/none"), 01777);
    put("m/deep/file", "text", 0666);
    put("m/secret", "secret", 0400);
    put("m/tool", "tool", 04711);
    struct gather *g = gather_new(base, paths, 1);
    gather(g);
    is_int(bring(d, g, &e), 3, "folders are no content: %s", e.text);
    has_mode(d, g, "m", 0700);
    has_mode(d, g, "m/none", 0700);
    has_mode(d, g, "m/deep/none", 0755);
    has_mode(d, g, "m/deep/file", 0644);
    has_mode(d, g, "m/secret", 0600);
    has_mode(d, g, "m/tool", 0711);
    has_mode(d, g, ".", 0700);
    depot_open(d, gather_name(g));
    has_mode(d, g, ".", 0755);
    has_mode(d, g, "..", 0711);
    has_mode(d, g, "../..", 0711);
    has_mode(d, g, "../../..", 0711);
    has_mode(d, g, "../../store", 0700);
    depot_path(d, gather_name(g), path, sizeof(path) - 20);
    size_t n = strlen(path);
    (void)snprintf(path + n, 20, "/m/none");
    ok(rmdir(path) == 0 && symlink("/", path) == 0, "a folder is replaced by a link");
    (void)snprintf(path + n, 20, "/m/deep");
    ok(chmod(path, 0777) == 0, "and another opened");
    is_int(bring(d, g, &e), 0, "both are mended: %s", e.text);
    has_mode(d, g, "m/none", 0700);
    has_mode(d, g, "m/deep", 0700);
    (void)unlink(in("m/secret")); /* which only root could write */
    put("m/secret", "secret", 0644);
    gather(g);
    is_int(bring(d, g, &e), 0, "another mode is another tree, of the same content: %s", e.text);
    has_mode(d, g, "m/secret", 0644);
    has_mode(d, g, ".", 0700);
    gather_free(g);
    depot_free(d);
    (void)umask(old);
}

static int entries(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *d;
    int n = 0;

    while (dir != NULL && (d = readdir(dir)) != NULL)
        n += d->d_name[0] != '.';
    if (dir != NULL)
        (void)closedir(dir);
    return n;
}

static int removed(const char *path, const struct stat *st, int what, struct FTW *f)
{
    (void)st;
    (void)what;
    (void)f;
    return remove(path);
}

static void sweep(void)
{
    struct depot *d = depot_new(in("swept"));
    struct gather *g = gather_one();
    struct err e = {0, ""};
    char first[DIGEST_TEXT], text[32];
    struct treenames used = {NULL, 0};

    (void)snprintf(first, sizeof(first), "%s", gather_name(g));
    for (int i = 0; i < 8; i++) {
        (void)bring(d, g, &e);
        (void)snprintf(text, sizeof(text), "version %d", i);
        put("w/data/b", text, 0644);
        gather(g);
    }
    treenames_add(&used, first);
    depot_sweep(d, &used);
    treenames_clear(&used);
    is_int(entries(in("swept/trees")), 8, "one in use and three more, each with its list");
    is_int(entries(in("swept/store")), 7, "and what these are of");
    there(d, g, "none", NULL);
    gather_free(g);
    g = gather_one();
    is_int(bring(d, g, &e), 1, "what was removed comes again %s", e.text);
    gather_free(g);
    depot_free(d);
}

int main(void)
{
    if (mkdtemp(base) == NULL)
        bail_out("mkdtemp");
    manifests();
    trees();
    modes();
    sweep();
    is_int(nftw(base, removed, 16, FTW_DEPTH | FTW_PHYS), 0, "cleaned up");
    return done();
}
