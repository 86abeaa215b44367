#include "engine/files.h"

#include "engine/adopt.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct file {
    struct topology *topology;
    struct file *next;
};

/* --- reading --- */

/* Nothing else may be read here: a pipe would hold up everything. */
static int files_is_plain(const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return err_errno(e, "cannot read %s", path);
    return S_ISREG(st.st_mode) ? 0 : err_set(e, ERR_REFUSED, "%s is no plain file", path);
}

static char *files_faults(const struct faults *f)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    faults_print(f, out);
    return fclose(out) == 0 ? text : NULL;
}

/* A system that is on one host alone stays so. */
static int files_load(const struct system *s, const char *path, struct topology **out,
                      char **faults, struct err *e)
{
    struct faults found;

    faults_init(&found);
    int rc = s->topology->single ? topology_load_single(path, out, &found, e)
                                 : topology_load(path, out, &found, e);
    if (rc != 0 && found.n > 0) {
        *faults = files_faults(&found);
        rc = err_set(e, ERR_INVALID, "%s:%d:%d: %.400s%s", found.file, found.list[0].line,
                     found.list[0].col, found.list[0].text,
                     found.n + found.more > 1 ? ", and more" : "");
    }
    faults_release(&found);
    return rc;
}

int files_read(struct system *s, const char *path, const struct topology **out, char **faults,
               struct err *e)
{
    struct file *f = calloc(1, sizeof(*f));

    *faults = NULL;
    if (f == NULL)
        return err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    int rc = files_is_plain(path, e);
    if (rc == 0)
        rc = files_load(s, path, &f->topology, faults, e);
    if (rc != 0) {
        free(f);
        return rc;
    }
    f->next = s->files;
    s->files = f;
    *out = f->topology;
    return 0;
}

/* --- keeping --- */

static bool files_has(const struct topology *t, const struct topo_actor *c)
{
    return c >= t->actors && c < t->actors + t->n_actors;
}

static bool files_in_force(const struct system *s, const struct topology *t)
{
    if (s->topology == t || (s->n_groups > 0 && s->groups[0].conf == &t->groups[0]))
        return true;
    for (size_t i = 0; i < s->n_slots; i++) {
        const struct actor *a = s->slots[i];
        if (a == NULL)
            continue;
        if (files_has(t, a->conf) || (a->of != NULL && files_has(t, a->of)) ||
            (a->pending != NULL && files_has(t, adopt_conf(a->pending))))
            return true;
    }
    return false;
}

void files_tidy(struct system *s)
{
    struct file **at = &s->files;

    while (*at != NULL) {
        struct file *f = *at;
        if (files_in_force(s, f->topology)) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        topology_free(f->topology);
        free(f);
    }
}

void files_free(struct system *s)
{
    while (s->files != NULL) {
        struct file *f = s->files;
        s->files = f->next;
        topology_free(f->topology);
        free(f);
    }
}
