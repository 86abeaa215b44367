#include "cmd/topsource.h"

#include "cmd/ctl.h"
#include "cmd/link.h"

#include <stdlib.h>

struct topsource {
    struct ctl *ctl;
    char *const *names; /* borrowed */
    bool asked;
    struct topsample sample;
};

int topsource_open(const char *system, char *const *names, struct topsource **out, struct err *e)
{
    struct topsource *t = calloc(1, sizeof *t);
    if (t == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    t->names = names;
    int rc = ctl_open(system, &t->ctl, e);
    if (rc != 0) {
        topsource_close(t);
        return rc;
    }
    *out = t;
    return 0;
}

void topsource_close(struct topsource *t)
{
    if (t == NULL)
        return;
    ctl_close(t->ctl);
    topsample_release(&t->sample);
    free(t);
}

int topsource_ask(struct topsource *t, struct err *e)
{
    int rc = ctl_begin(t->ctl, ctl_request("live", t->names), link_answer_ms(), e);
    t->asked = rc == 0;
    return rc;
}

bool topsource_asked(const struct topsource *t)
{
    return t->asked;
}

int topsource_fd(struct topsource *t)
{
    return ctl_fd(t->ctl);
}

int topsource_take(struct topsource *t, int64_t timeout_ms, struct err *e)
{
    struct topsample fresh = {0};
    json_t *answer = NULL;
    int rc = ctl_next(t->ctl, timeout_ms, &answer, e);
    if (rc == ERR_TIMEOUT)
        return rc;
    t->asked = false;
    if (rc == 0)
        rc = topsample_read(&fresh, answer, e);
    if (rc != 0)
        return rc;
    topsample_rates(&fresh, &t->sample);
    topsample_release(&t->sample);
    t->sample = fresh;
    return 0;
}

const struct topsample *topsource_sample(const struct topsource *t)
{
    return &t->sample;
}
