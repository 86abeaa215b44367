#include "io/work.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
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

/* --- the threads --- */

enum { WORK_THREADS = 4 }; /* as many as libuv makes, unless its variable says otherwise */

static void *work_trial(void *go)
{
    while (sem_wait(go) != 0)
        ;
    return NULL;
}

/* libuv makes all its threads with the first work, and aborts when it cannot: it is tried before.
 */
static int work_try(struct err *e)
{
    pthread_t threads[WORK_THREADS];
    size_t n = 0;
    sem_t go;

    if (sem_init(&go, 0, 0) != 0)
        return err_scarce(e, "no threads for the disk");
    int error = 0;
    while (n < WORK_THREADS && (error = pthread_create(&threads[n], NULL, work_trial, &go)) == 0)
        n++;
    for (size_t i = 0; i < n; i++)
        (void)sem_post(&go);
    for (size_t i = 0; i < n; i++)
        (void)pthread_join(threads[i], NULL);
    (void)sem_destroy(&go);
    if (error == 0)
        return 0;
    errno = error;
    return err_scarce(e, "no threads for the disk (ulimit -u, or pids.max of the cgroup)");
}

static void work_nothing(void *arg)
{
    (void)arg;
}

/* Signals are for the loop's own thread, which blocks those that it is told of later: threads keep
 * what was blocked when they were made. */
int work_ready(struct loop *l, struct err *e)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = work_try(e);
    struct work *w = rc == 0 ? work_start(l, work_nothing, NULL, NULL) : NULL;
    if (rc == 0 && w == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    work_join(w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
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
