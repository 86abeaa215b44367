#include "io/work.h"

#include <semaphore.h>
#include <stdlib.h>
#include <uv.h>

struct work {
    uv_work_t req;
    sem_t ran;
    void (*run)(void *arg);
    void (*over)(void *arg); /* NULL: it was joined */
    void *arg;
};

static void work_run(uv_work_t *req)
{
    struct work *w = req->data;

    w->run(w->arg);
    (void)sem_post(&w->ran);
}

static void work_over(uv_work_t *req, int status)
{
    struct work *w = req->data;

    (void)status;
    if (w->over != NULL)
        w->over(w->arg);
    (void)sem_destroy(&w->ran);
    free(w);
}

struct work *work_start(struct loop *l, void (*run)(void *arg), void (*over)(void *arg), void *arg)
{
    struct work *w = calloc(1, sizeof(*w));

    if (w == NULL || sem_init(&w->ran, 0, 0) != 0) {
        free(w);
        return NULL;
    }
    w->req.data = w;
    w->run = run;
    w->over = over;
    w->arg = arg;
    if (uv_queue_work(loop_uv(l), &w->req, work_run, work_over) != 0) {
        (void)sem_destroy(&w->ran);
        free(w);
        return NULL;
    }
    return w;
}

void work_join(struct work *w)
{
    if (w == NULL)
        return;
    while (sem_wait(&w->ran) != 0)
        ;
    w->over = NULL;
}
