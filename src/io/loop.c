#include "io/loop.h"

#include "io/hover.h"
#include "io/looptimers.h"
#include "io/signals.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* libuv gives the waiting. What is put on top of it here:
 *
 * Changes of what a descriptor is watched for are gathered and made just before the loop sleeps,
 * for each costs libuv two system calls, and most are taken back within the turn.
 *
 * One uv_timer serves all timers, and is set just before the loop sleeps as well: armed with 0 in
 * its own callback, libuv 1.44 would run it again and again without a look at the descriptors. */

struct loop_io {
    uv_poll_t handle; /* once `known` */
    bool known;       /* to libuv: for one that is never watched it need not be */
    int fd;
    struct loop *loop;
    loop_io_cb *cb;
    void *arg;
    int want;  /* what the user wants */
    int armed; /* what libuv watches */

    struct loop_io *prev, *next; /* the list of changes to be made; next NULL: not in it */
};

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_idle_t idle;
    uv_timer_t alarm;
    int64_t alarm_due; /* what alarm is set to; -1: not set */
    struct loop_io changes;
    struct loop_task tasks;
    uint64_t turn; /* of the tasks */
    struct looptimers timers;
    struct signals *signals;
    struct hover hover;
};

/* ---- timers ---- */

struct looptimers *loop_timers(struct loop *l)
{
    return &l->timers;
}

static void timer_ring(uv_timer_t *handle)
{
    struct loop *l = handle->data;
    int64_t now = loop_now(l);
    uint64_t before =
        l->timers.running.next_order; /* those armed from here on wait for the next turn */
    struct loop_timer *t;

    l->alarm_due = -1;
    while ((t = timerheap_first(&l->timers.running)) != NULL && t->due <= now &&
           t->order < before) {
        loop_timer_stop(t);
        t->cb(t->arg);
    }
}

static void timer_arm(struct loop *l)
{
    const struct loop_timer *first = timerheap_first(&l->timers.running);
    int64_t due = first != NULL ? first->due : -1;

    if (due == l->alarm_due)
        return;
    l->alarm_due = due;
    if (due < 0) {
        (void)uv_timer_stop(&l->alarm);
        return;
    }
    int64_t now = loop_now(l);
    (void)uv_timer_start(&l->alarm, timer_ring, due > now ? (uint64_t)(due - now) : 0, 0);
}

/* ---- tasks ---- */

void loop_task_init(struct loop_task *t, struct loop *l, loop_task_cb *cb, void *arg)
{
    memset(t, 0, sizeof(*t));
    t->loop = l;
    t->cb = cb;
    t->arg = arg;
}

static void task_append(struct loop_task *list, struct loop_task *t)
{
    t->prev = list->prev;
    t->next = list;
    list->prev->next = t;
    list->prev = t;
}

static void task_unlink(struct loop_task *t)
{
    t->prev->next = t->next; // NOLINT(clang-analyzer-core.NullDereference): it is in a list
    t->next->prev = t->prev;
    t->prev = t->next = NULL;
}

void loop_task_queue(struct loop_task *t)
{
    if (t->queued)
        return;
    t->queued = true;
    task_append(&t->loop->tasks, t);
}

void loop_task_cancel(struct loop_task *t)
{
    if (!t->queued)
        return;
    t->queued = false;
    task_unlink(t);
}

/* Runs what is queued, and what that queues; a task that has had its run in this turn waits for the
 * next. So a chain of tasks costs one turn, and none can keep the descriptors from being looked at.
 */
static void task_run_all(struct loop *l)
{
    struct loop_task again = {.prev = &again, .next = &again};

    l->turn++;
    while (l->tasks.next != &l->tasks) {
        struct loop_task *t = l->tasks.next;
        task_unlink(t);
        if (t->turn == l->turn) {
            task_append(&again, t);
            continue;
        }
        t->queued = false;
        t->turn = l->turn;
        t->cb(t->arg);
    }
    for (struct loop_task *t = NULL; (t = again.next) != &again; task_append(&l->tasks, t))
        task_unlink(t);
}

/* ---- descriptors ---- */

static void io_change_done(struct loop_io *io)
{
    if (io->next == NULL)
        return;
    io->prev->next = io->next;
    io->next->prev = io->prev;
    io->prev = io->next = NULL;
}

static void io_change(struct loop_io *io)
{
    struct loop_io *list = &io->loop->changes;

    if (io->next != NULL)
        return;
    io->prev = list->prev;
    io->next = list;
    list->prev->next = io;
    list->prev = io;
}

static void io_ready(uv_poll_t *handle, int status, int events)
{
    struct loop_io *io = handle->data;
    int got = 0;

    if (status < 0) { /* libuv has stopped watching: a hang-up with an error */
        got = LOOP_IN | LOOP_OUT | LOOP_HUP;
        io->armed = 0;
        io_change(io);
    }
    if (events & UV_READABLE)
        got |= LOOP_IN;
    if (events & UV_WRITABLE)
        got |= LOOP_OUT;
    if (events & UV_DISCONNECT)
        got |= LOOP_HUP;
    got &= io->want;
    io->loop->hover.came = true;
    if (got != 0)
        io->cb(io->arg, got);
}

static void io_make_known(struct loop_io *io)
{
    if (io->known)
        return;
    int rc = uv_poll_init(&io->loop->uv, &io->handle, io->fd);
    if (rc != 0)
        bug("descriptor cannot be watched: %s", uv_strerror(rc));
    io->handle.data = io;
    io->known = true;
}

static void io_apply_changes(struct loop *l)
{
    while (l->changes.next != &l->changes) {
        struct loop_io *io = l->changes.next;
        io_change_done(io);
        if (io->want == io->armed)
            continue;
        io_make_known(io);
        int events = (io->want & LOOP_IN ? UV_READABLE : 0) |
                     (io->want & LOOP_OUT ? UV_WRITABLE : 0) |
                     (io->want & LOOP_HUP ? UV_DISCONNECT : 0);
        int rc =
            events == 0 ? uv_poll_stop(&io->handle) : uv_poll_start(&io->handle, events, io_ready);
        if (rc != 0)
            bug("descriptor cannot be watched: %s", uv_strerror(rc));
        io->armed = io->want;
    }
}

struct loop_io *loop_io_new(struct loop *l, int fd, loop_io_cb *cb, void *arg)
{
    struct loop_io *io = calloc(1, sizeof(*io));

    if (io == NULL)
        return NULL;
    io->fd = fd;
    io->loop = l;
    io->cb = cb;
    io->arg = arg;
    return io;
}

void loop_io_want(struct loop_io *io, int events)
{
    if (io->want == events)
        return;
    io->want = events;
    io_change(io);
}

int loop_io_wanted(const struct loop_io *io)
{
    return io->want;
}

static void io_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void loop_io_free(struct loop_io *io)
{
    if (io == NULL)
        return;
    io_change_done(io);
    if (io->known)
        uv_close((uv_handle_t *)&io->handle, io_closed);
    else
        free(io);
}

int loop_signal(struct loop *l, int signo, loop_signal_cb *cb, void *arg)
{
    return signals_watch(&l->signals, l, signo, cb, arg);
}

/* ---- the loop ---- */

static void loop_idle(uv_idle_t *handle)
{
    (void)handle; /* being active is what keeps the loop from sleeping */
}

static void loop_prepare(uv_prepare_t *handle)
{
    struct loop *l = handle->data;

    task_run_all(l);
    io_apply_changes(l);
    timer_arm(l);
    if (l->tasks.next != &l->tasks || hover_turn(&l->hover))
        (void)uv_idle_start(&l->idle, loop_idle);
    else
        (void)uv_idle_stop(&l->idle);
}

struct loop *loop_new(struct err *e)
{
    struct loop *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        (void)err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    int rc = uv_loop_init(&l->uv);
    if (rc != 0) {
        (void)err_set(e, ERR_SYSTEM, "cannot make an event loop: %s", uv_strerror(rc));
        free(l);
        return NULL;
    }
    l->changes.prev = l->changes.next = &l->changes;
    l->tasks.prev = l->tasks.next = &l->tasks;
    l->alarm_due = -1;
    (void)uv_prepare_init(&l->uv, &l->prepare);
    (void)uv_idle_init(&l->uv, &l->idle);
    (void)uv_timer_init(&l->uv, &l->alarm);
    l->prepare.data = l->idle.data = l->alarm.data = l;
    (void)uv_prepare_start(&l->prepare, loop_prepare);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader's end is found out by write */
    return l;
}

static void loop_close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, handle->type == UV_POLL ? io_closed : NULL);
}

void loop_free(struct loop *l)
{
    if (l == NULL)
        return;
    signals_free(l->signals);
    timerheap_release(&l->timers.running);
    timerheap_release(&l->timers.standing);
    while (l->changes.next != &l->changes) {
        struct loop_io *io = l->changes.next;
        io_change_done(io); // NOLINT(clang-analyzer-unix.Malloc): it unlinks
        if (!io->known)
            free(io);
    }
    while (l->tasks.next != &l->tasks)
        loop_task_cancel(l->tasks.next);
    uv_walk(&l->uv, loop_close_handle, NULL);
    while (uv_run(&l->uv, UV_RUN_DEFAULT) != 0)
        ;
    if (uv_loop_close(&l->uv) != 0)
        bug("loop freed with handles in it");
    free(l);
}

int loop_run(struct loop *l)
{
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    return 0;
}

void loop_stop(struct loop *l)
{
    uv_stop(&l->uv);
}

bool loop_is_quiet(struct loop *l)
{
    struct pollfd p = {.fd = uv_backend_fd(&l->uv), .events = POLLIN};

    return l->tasks.next == &l->tasks && l->changes.next == &l->changes && poll(&p, 1, 0) == 0;
}

int64_t loop_now(struct loop *l)
{
    return (int64_t)uv_now(&l->uv);
}

struct uv_loop_s *loop_uv(struct loop *l)
{
    return &l->uv;
}

int64_t loop_clock(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

void loop_hover(struct loop *l)
{
    l->hover.soon = true;
}

void loop_refresh(struct loop *l)
{
    uv_update_time(&l->uv);
}
