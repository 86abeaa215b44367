#include "cmd/topact.h"

#include "cmd/ctl.h"
#include "cmd/link.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct topact {
    struct ctl *ctl;
    char request[16], address[ADDRESS_MAX + 1];
};

static void topact_free(struct topact *t)
{
    ctl_close(t->ctl);
    free(t);
}

int topact_begin(struct topacts *a, const char *system, const char *request, const char *address,
                 int signal, struct err *e)
{
    char name[ADDRESS_MAX + 1];
    char *const names[] = {name, NULL};
    if (a->n == TOPACT_MAX)
        return err_set(e, ERR_FULL, "%d are under way: wait for one of them", TOPACT_MAX);
    struct topact *t = calloc(1, sizeof *t);
    if (t == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    (void)snprintf(t->request, sizeof t->request, "%s", request);
    (void)snprintf(t->address, sizeof t->address, "%s", address);
    (void)snprintf(name, sizeof name, "%s", address);
    int rc = ctl_open(system, &t->ctl, e);
    if (rc == 0) {
        json_t *call = ctl_request(request, names);
        if (signal > 0)
            (void)json_object_set_new(call, "signal", json_integer(signal));
        rc = ctl_begin(t->ctl, call, link_answer_ms(), e);
    }
    if (rc != 0) {
        topact_free(t);
        return rc;
    }
    a->list[a->n++] = t;
    return 0;
}

size_t topact_poll(const struct topacts *a, struct pollfd *p)
{
    for (size_t i = 0; i < a->n; i++)
        p[i] = (struct pollfd){.fd = ctl_fd(a->list[i]->ctl), .events = POLLIN};
    return a->n;
}

/* "restart count: done", or what the supervisor says of it. */
static void topact_tell(const struct topact *t, const json_t *answer, char *line, size_t size)
{
    const json_t *names = json_object_get(answer, "names");
    const json_t *others = json_object_get(answer, "others");
    const char *other = json_string_value(json_array_get(others, 0));
    if (json_array_size(names) == 0 && other != NULL)
        (void)snprintf(line, size, "%s", other);
    else
        (void)snprintf(line, size, "%s %s: done", t->request, t->address);
}

int topact_take(struct topacts *a, char *line, size_t size)
{
    for (size_t i = 0; i < a->n; i++) {
        struct topact *t = a->list[i];
        json_t *answer = NULL;
        struct err e;
        int rc = ctl_next(t->ctl, 0, &answer, &e);
        if (rc == ERR_TIMEOUT)
            continue;
        if (rc == 0)
            topact_tell(t, answer, line, size);
        else
            (void)snprintf(line, size, "%s %s: %s", t->request, t->address, e.text);
        json_decref(answer);
        topact_free(t);
        a->list[i] = a->list[--a->n];
        return 1;
    }
    return 0;
}

void topact_release(struct topacts *a)
{
    while (a->n > 0)
        topact_free(a->list[--a->n]);
}
