/* once: one process for each message.
 *
 * A failed attempt keeps its place (and its message in hand) until the backoff is over and is only
 * then given to the host, so that with one job at a time nothing overtakes it.
 */
#include "speak/once.h"

#include "speak/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ONCE_LATER = 75 /* EX_TEMPFAIL */ };

static int64_t once_delay(const struct once *o, unsigned n)
{
    const struct topo_backoff *b = &o->sp.conf->backoff;
    struct policy_backoff p = {b->min_ms, b->max_ms, b->factor, b->jitter};

    return policy_delay(&p, n, (double)random() / ((double)RAND_MAX + 1));
}

static void once_wait(struct once_job *job, enum once_state state, unsigned n)
{
    job->state = state;
    if (loop_timer_start(&job->timer, once_delay(job->once, n)) != 0)
        loop_task_queue(&job->once->task);
}

/* ---- what becomes of a message ---- */

static void once_idle(struct once_job *job)
{
    job->state = ONCE_IDLE;
    loop_task_queue(&job->once->task);
}

static void once_done(struct once_job *job)
{
    struct speak *sp = &job->once->sp;

    bytes_release(&job->output);
    job->again = job->once->put_back = 0;
    if (hand_done(&sp->hand, job->id))
        sp->host->handled(sp->member, 1);
    once_idle(job);
}

/* The output answers an ask, goes to `to`, or to the log. */
static void once_deliver(struct once_job *job)
{
    struct speak *sp = &job->once->sp;
    struct span body = span_of(bytes_at(&job->output), bytes_len(&job->output));
    struct letter l;

    mail_run_letter(&job->run, 0, &l);
    job->state = ONCE_ROOM;
    if (l.type == MSG_ASK)
        sp->host->reply(sp->member, l.id, l.headers, body);
    else if (body.len > 0 && sp->conf->n_to == 0)
        say_output(sp, body);
    else if (body.len > 0 && sp->host->pass(sp->member, &l, body) == ERR_AGAIN)
        return;
    once_done(job);
}

static void once_fail_now(struct once_job *job)
{
    struct speak *sp = &job->once->sp;

    sp->host->fail(sp->member, job->id, job->reason);
    once_idle(job);
}

static void once_failed(struct once_job *job)
{
    struct letter l;

    mail_run_letter(&job->run, 0, &l);
    bytes_release(&job->output);
    job->again = 0;
    /* The last attempt is followed by no other: there is nothing to wait for. */
    if (l.blame + 1u >= job->once->sp.conf->mailbox.retry)
        once_fail_now(job);
    else
        once_wait(job, ONCE_HELD, l.attempt);
}

static void once_later_free(struct once_later *later)
{
    struct once_later **at = &later->once->later;

    while (*at != later)
        at = &(*at)->next;
    *at = later->next;
    loop_timer_stop(&later->timer);
    free(later);
}

static void once_later_due(void *arg)
{
    struct once_later *later = arg;
    struct speak *sp = &later->once->sp;

    sp->host->defer(sp->member, later->id);
    loop_task_queue(&later->once->task);
    once_later_free(later);
}

/* The message waits, and not the job: others may go on meanwhile. */
static void once_later(struct once_job *job)
{
    struct once *o = job->once;
    struct once_later *later = calloc(1, sizeof(*later));

    bytes_release(&job->output);
    job->again = 0;
    if (later != NULL) {
        later->once = o;
        later->id = job->id;
        later->next = o->later;
        o->later = later;
        loop_timer_init_timed(&later->timer, o->sp.loop, once_later_due, later);
        if (loop_timer_start(&later->timer, once_delay(o, ++o->put_back)) != 0)
            once_later_due(later);
    } else {
        o->sp.host->defer(o->sp.member, job->id);
    }
    once_idle(job);
}

/* ---- jobs ---- */

static void once_begin(struct once_job *job)
{
    struct once *o = job->once;
    struct err e;

    job->state = ONCE_RUNNING;
    if (oncejob_start(job, &e) == 0)
        return;
    o->sp.host->note(o->sp.member, "once.unstarted reason=%s", e.text);
    once_wait(job, ONCE_UNSTARTED, ++job->again);
}

static bool once_take(struct once_job *job)
{
    struct speak *sp = &job->once->sp;
    struct letter l;

    if (!sp->host->take(sp->member, 1, SPEAK_CHUNK, &job->run))
        return false;
    mail_run_letter(&job->run, 0, &l);
    job->id = l.id;
    once_begin(job);
    return true;
}

static void once_due(void *arg)
{
    struct once_job *job = arg;

    if (job->state == ONCE_HELD)
        once_fail_now(job);
    else if (job->state == ONCE_UNSTARTED && !job->once->draining)
        once_begin(job);
}

/* Gives idle jobs work, and waiting output another chance. */
static void once_look(void *arg)
{
    struct once *o = arg;
    bool idle = true, mail = !o->draining;

    for (size_t i = 0; i < o->n_jobs; i++) {
        struct once_job *job = &o->jobs[i];
        if (job->state == ONCE_ROOM)
            once_deliver(job);
        /* A timer that found no memory. */
        if (job->state > ONCE_ROOM && job->state != ONCE_INTERRUPTED &&
            !loop_timer_armed(&job->timer))
            once_due(job);
        if (job->state == ONCE_IDLE && mail)
            mail = once_take(job);
        idle = idle && job->state == ONCE_IDLE;
    }
    if (!o->ending || o->ended || !idle || hand_count(&o->sp.hand) > 0)
        return;
    o->ended = true;
    o->sp.host->ended(o->sp.member);
}

static void once_job_over(struct speak *sp, void *arg, const struct policy_exit *how)
{
    struct once_job *job = arg;

    if (job->state != ONCE_RUNNING)
        return;
    job->state = ONCE_ROOM;
    oncejob_read(job);
    oncejob_close(job);
    (void)policy_exit_text(how, job->reason, sizeof(job->reason));
    if (job->spoilt != NULL)
        (void)snprintf(job->reason, sizeof(job->reason), "%s", job->spoilt);
    if (job->spoilt == NULL && policy_exit_ok(how))
        once_deliver(job);
    else if (job->spoilt == NULL && how->signal == 0 && how->status == ONCE_LATER)
        once_later(job);
    else if (((struct once *)sp)->draining)
        job->state = ONCE_INTERRUPTED;
    else
        once_failed(job);
}

static bool once_retries(const struct speak *sp)
{
    const struct once *o = (const struct once *)sp;

    for (size_t i = 0; i < o->n_jobs; i++)
        if (o->jobs[i].state == ONCE_HELD)
            return true;
    return false;
}

/* ---- the ops ---- */

static int once_init(struct speak *sp, struct err *e)
{
    struct once *o = (struct once *)sp;
    size_t n = sp->conf->concurrency > 0 ? sp->conf->concurrency : 1;

    o->jobs = calloc(n, sizeof(*o->jobs));
    if (o->jobs == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    o->n_jobs = n;
    loop_task_init(&o->task, sp->loop, once_look, o);
    for (size_t i = 0; i < n; i++) {
        o->jobs[i].once = o;
        o->jobs[i].in = o->jobs[i].out = -1;
        loop_timer_init_timed(&o->jobs[i].timer, sp->loop, once_due, &o->jobs[i]);
    }
    return 0;
}

static void once_mail(struct speak *sp)
{
    loop_task_queue(&((struct once *)sp)->task);
}

static int once_start(struct speak *sp, struct err *e)
{
    struct once *o = (struct once *)sp;

    (void)e;
    o->ending = o->ended = o->draining = false;
    once_mail(sp);
    return 0;
}

static void once_end(struct speak *sp)
{
    ((struct once *)sp)->ending = true;
    once_mail(sp);
}

struct once_count {
    const struct once *once;
    uint64_t n;
};

static bool once_count_one(void *arg, const struct letter *l)
{
    struct once_count *c = arg;

    for (size_t i = 0; i < c->once->n_jobs; i++) {
        const struct once_job *job = &c->once->jobs[i];
        if (job->state == ONCE_INTERRUPTED && job->id == l->id) {
            c->n++;
            return true;
        }
    }
    return false;
}

/* From its first call on no process is started, and one that is ended counts as no failed
 * attempt: the engine calls it before it ends the processes of the actor. */
static bool once_drain(struct speak *sp, const struct policy_exit *how, uint64_t *n_read)
{
    struct once *o = (struct once *)sp;
    struct once_count c = {o, 0};

    (void)how;
    o->draining = true;
    for (size_t i = 0; i < o->n_jobs; i++) {
        struct once_job *job = &o->jobs[i];
        if (job->state == ONCE_ROOM)
            once_deliver(job);
        if (job->state == ONCE_HELD)
            once_fail_now(job);
        if (job->state == ONCE_RUNNING || job->state == ONCE_ROOM)
            return false;
    }
    hand_each(&sp->hand, once_count_one, &c);
    *n_read = c.n;
    return true;
}

static void once_stop(struct speak *sp)
{
    struct once *o = (struct once *)sp;

    loop_task_cancel(&o->task);
    for (struct once_later *next, *later = o->later; later != NULL; later = next) {
        next = later->next;
        loop_timer_stop(&later->timer);
        free(later);
    }
    o->later = NULL;
    o->put_back = 0;
    for (size_t i = 0; i < o->n_jobs; i++) {
        struct once_job *job = &o->jobs[i];
        loop_timer_stop(&job->timer);
        oncejob_close(job);
        bytes_release(&job->output);
        job->state = ONCE_IDLE;
        job->again = 0;
    }
    speak_close(sp);
}

static void once_release(struct speak *sp)
{
    struct once *o = (struct once *)sp;

    once_stop(sp);
    free(o->jobs);
}

const struct speak_ops speak_once = {
    .name = "once",
    .size = sizeof(struct once),
    .init = once_init,
    .start = once_start,
    .mail = once_mail,
    .room = once_mail,
    .end = once_end,
    .drain = once_drain,
    .stop = once_stop,
    .release = once_release,
    .job_over = once_job_over,
    .retries = once_retries,
};
