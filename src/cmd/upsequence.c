#include "cmd/upsequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { UPSEQUENCE_NAMED = 8 }; /* actors at most */

int upsequence_read(const struct opts *o, struct upsequence *s, struct err *e)
{
    const char *text = opts_value(o, "seed");
    uint32_t random = 0; /* short enough to be read out */
    char *end;

    *s =
        (struct upsequence){.on = opts_has(o, "sequential"), .skip_time = opts_has(o, "skip-time")};
    if (!s->on)
        return text == NULL && !s->skip_time
                   ? 0
                   : err_set(e, ERR_INVALID, "--seed and --skip-time go with --sequential");
    if (text == NULL && getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_errno(e, "no random numbers");
    errno = 0;
    s->seed = text == NULL ? random : strtoull(text, &end, 10);
    if (text != NULL && (*text < '0' || *text > '9' || *end != '\0' || errno != 0))
        return err_set(e, ERR_INVALID, "--seed %s: not a whole number from 0 to %" PRIu64, text,
                       UINT64_MAX);
    snprintf(s->text, sizeof s->text, ", sequential with seed %" PRIu64, s->seed);
    return 0;
}

static void upsequence_brought(const struct topology *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_actors; i++) {
        if (!t->actors[i].brought || n++ >= UPSEQUENCE_NAMED)
            continue;
        fprintf(stderr, "%s%s",
                n == 1 ? "actorsup: here, as a sequential run has no other hosts, run: " : ", ",
                t->actors[i].name);
    }
    if (n > UPSEQUENCE_NAMED)
        fprintf(stderr, " and %zu more", n - UPSEQUENCE_NAMED);
    if (n > 0)
        fputc('\n', stderr);
}

int upsequence_load(const struct upsequence *s, const char *path, struct topology **out,
                    struct faults *faults, struct err *e)
{
    if (!s->on)
        return topology_load(path, out, faults, e);
    int rc = topology_load_single(path, out, faults, e);
    if (rc == 0)
        upsequence_brought(*out);
    return rc;
}

void upsequence_faults(const struct upsequence *s, const char *path, const struct faults *faults)
{
    struct topology *t = NULL;
    struct faults others;
    struct err e;

    faults_print(faults, stderr);
    if (!s->on)
        return;
    faults_init(&others);
    if (topology_load(path, &t, &others, &e) == 0)
        fputs("actorsup: in a sequential run all actors are on this host, and it lacks what those "
              "of other hosts need\n",
              stderr);
    faults_release(&others);
    topology_free(t);
}

void upsequence_failed(const struct upsequence *s)
{
    if (s->on)
        fprintf(stderr, "actorsup: replay with --sequential --seed %" PRIu64 "\n", s->seed);
}
