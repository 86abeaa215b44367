/* The files that actors on other hosts need, as they are here. */
#include "engine/events.h"
#include "engine/hostparts.h"
#include "freight/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FREIGHT_AGAIN_MS = 2000 };
enum freight_state { FREIGHT_UNREAD, FREIGHT_READING, FREIGHT_READ };

/* What the same `files` name. */
struct freight {
    struct freight *next;
    struct system *sys;
    char **files;
    size_t n;
    struct gather *gather;
    int users; /* trees of it that are on their way */
    enum freight_state state;
    char why[HOST_WHY]; /* it cannot be read */
    int64_t looked;     /* the turn in which it was looked at last */
    struct loop_task read;
    struct loop_timer again;
};

static void freight_changed(void *arg)
{
    struct freight *f = arg;

    loop_task_queue(&f->sys->changed);
}

static void freight_is(struct freight *f, enum freight_state state, const char *why)
{
    f->state = state;
    (void)snprintf(f->why, sizeof(f->why), "%s", why);
    if (*why != '\0')
        (void)loop_timer_start(&f->again, FREIGHT_AGAIN_MS);
    if (state != FREIGHT_READING)
        loop_task_queue(&f->sys->changed);
}

static void freight_read(void *arg)
{
    struct freight *f = arg;
    struct err e = {0, ""};
    int rc = gather_step(f->gather, &e);

    if (rc == 1)
        loop_task_queue(&f->read);
    else
        freight_is(f, rc == 0 ? FREIGHT_READ : FREIGHT_UNREAD, rc == 0 ? "" : e.text);
}

static void freight_look(struct freight *f)
{
    struct err e = {0, ""};

    f->looked = loop_now(f->sys->loop);
    if (gather_look(f->gather, &e) != 0) {
        f->state = FREIGHT_UNREAD;
        (void)snprintf(f->why, sizeof(f->why), "%s", e.text);
        (void)loop_timer_start(&f->again, FREIGHT_AGAIN_MS);
        return;
    }
    f->state = FREIGHT_READING;
    f->why[0] = '\0';
    int rc = gather_step(f->gather, &e);
    if (rc == 0)
        f->state = FREIGHT_READ;
    else if (rc == 1)
        loop_task_queue(&f->read);
    else
        freight_is(f, FREIGHT_UNREAD, e.text);
}

static void freight_free(struct freight *f)
{
    loop_task_cancel(&f->read);
    loop_timer_stop(&f->again);
    gather_free(f->gather);
    for (size_t i = 0; f->files != NULL && i < f->n; i++)
        free(f->files[i]);
    free(f->files);
    free(f);
}

static bool freight_is_of(const struct freight *f, const struct topo_actor *conf)
{
    if (f->n != conf->n_files)
        return false;
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->files[i], conf->files[i]) != 0)
            return false;
    return true;
}

/* NULL: no memory. */
static struct freight *freight_new(struct system *s, const struct topo_actor *conf)
{
    struct freight *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return NULL;
    f->sys = s;
    f->n = conf->n_files;
    f->files = calloc(f->n + 1, sizeof(*f->files));
    f->gather = gather_new(s->topology->dir, conf->files, conf->n_files);
    bool whole = f->files != NULL && f->gather != NULL;
    loop_task_init(&f->read, s->loop, freight_read, f);
    loop_timer_init(&f->again, s->loop, freight_changed, f);
    for (size_t i = 0; whole && i < f->n; i++)
        whole = (f->files[i] = strdup(conf->files[i])) != NULL;
    if (!whole) {
        freight_free(f);
        return NULL;
    }
    f->next = s->freights;
    s->freights = f;
    return f;
}

struct freight *freight_of(struct system *s, const struct topo_actor *conf)
{
    struct freight *f = s->freights;

    while (f != NULL && !freight_is_of(f, conf))
        f = f->next;
    return f != NULL ? f : freight_new(s, conf);
}

bool freight_ready(struct freight *f)
{
    if (f->state == FREIGHT_READING)
        return false;
    if (f->state == FREIGHT_UNREAD || f->looked != loop_now(f->sys->loop))
        freight_look(f);
    return f->state == FREIGHT_READ;
}

const char *freight_fault(const struct freight *f)
{
    return f->why;
}

void freight_use(struct freight *f, int more)
{
    f->users += more;
}

const struct gather *freight_gather(const struct freight *f)
{
    return f->gather;
}

static bool freight_needed(const struct system *s, const struct freight *f)
{
    if (f->users > 0)
        return true;
    for (size_t i = 0; i < s->topology->n_actors; i++)
        if (freight_is_of(f, &s->topology->actors[i]))
            return true;
    return false;
}

void freights_follow(struct system *s)
{
    for (struct freight **at = &s->freights; *at != NULL;) {
        struct freight *f = *at;
        if (freight_needed(s, f)) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        freight_free(f);
    }
}

void freights_free(struct system *s)
{
    struct freight *next;

    for (struct freight *f = s->freights; f != NULL; f = next) {
        next = f->next;
        freight_free(f);
    }
    s->freights = NULL;
}
