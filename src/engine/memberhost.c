/* A member is made, and what its adaptor may ask of the engine. */
#include "engine/attach.h"
#include "engine/children.h"
#include "engine/events.h"
#include "engine/farspeak.h"
#include "engine/init.h"
#include "engine/mail.h"
#include "engine/memberparts.h"
#include "engine/names.h"
#include "engine/probe.h"
#include "engine/process.h"
#include "engine/relay.h"
#include "engine/router.h"
#include "engine/sending.h"
#include "engine/wakes.h"
#include "engine/watching.h"
#include "engine/witness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void memberhost_ready(void *member)
{
    struct member *m = member;

    if (m->actor->conf->ready == READY_NOTIFY)
        member_ready(m);
}

static void memberhost_output(void *member, struct span text)
{
    event_output(member, text.data, text.len);
}

static void memberhost_log(void *member, enum speak_level level, struct span text)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    char line[8192];
    int n = snprintf(line, sizeof(line), "%s: %.*s", names[level],
                     (int)(text.len > 8000 ? 8000 : text.len), (const char *)text.data);

    event_output(member, line, (size_t)n);
}

static void memberhost_broken(void *member, const char *why)
{
    struct member *m = member;

    event_member(m, "speak.broken", "reason=\"%s\"", why);
    process_kill(&m->process, SIGKILL);
}

static void memberhost_cut_off(void *member, const char *why)
{
    struct member *m = member;

    m->unfit = UNFIT_UNWELL;
    m->last.unfit = true;
    (void)snprintf(m->reason, sizeof(m->reason), "%s", why);
    memberhost_broken(m, why);
}

static void memberhost_drained(void *member)
{
    loop_task_queue(&((struct member *)member)->room);
}

static size_t memberhost_origin(void *member, mail_origin from, char *buf, size_t size)
{
    const struct member *m = member;

    return router_origin(m->actor->sys, from, buf, size);
}

/* The pipe is the process's own, but a client must not get by on it with what a socket refuses. */
static const char *memberhost_hello(void *member, const struct frame *hello, struct span *name,
                                    struct span *system)
{
    static char address[ADDRESS_MAX + 1];
    const struct member *m = member;
    const char *text = m->actor->sys->topology->system;

    if (!process_token_is(&m->process, hello->text))
        return "the token is not that of a running actor of this name";
    const char *own = member_address(m, address, sizeof(address));
    *name = span_of(own, strlen(own));
    *system = span_of(text, strlen(text));
    return NULL;
}

static void memberhost_spawn(void *member, const struct speak_spawn *what)
{
    struct member *m = member;
    struct bytes env;
    struct letter in;
    const char *why = ownconf_env(what->env, &env);
    struct children_request r = {
        .by = member_origin(m),
        .template = what->template,
        .name = what->name,
        .cause = hand_front(&m->speak->hand, &in) ? in.id : 0,
        .more = {what->args, span_of(bytes_at(&env), bytes_len(&env))},
    };

    if (why != NULL)
        children_refuse(m->actor->sys, &r, what->tag, why);
    else
        children_spawn_for(m->actor->sys, &r, what->tag);
    bytes_release(&env);
}

static void memberhost_exit(void *member, struct span to, bool now)
{
    struct member *m = member;
    struct target t = {NULL, 0};
    char why[256];

    if (names_resolve(m->actor->sys, to, &t, why, sizeof(why)) != 0)
        member_note(m, "exit.refused reason=\"%s\"", why);
    else if (t.member != 0)
        member_note(m, "exit.refused reason=\"%s\"", "exit is for a whole actor, not for a member");
    else
        children_exit(t.actor, now);
}

static void memberhost_watch(void *member, struct span to, bool on)
{
    struct member *m = member;

    if (on)
        watching_begin(m->actor->sys, member_origin(m), to);
    else
        watching_stop(m->actor->sys, member_origin(m), to);
}

const struct speak_host member_host = {
    .take = mail_take,
    .send_lines = sending_lines,
    .pass = sending_pass,
    .send = sending_send,
    .congested = sending_congested,
    .reply = sending_reply,
    .handled = mail_handled,
    .fail = mail_fail,
    .defer = mail_defer,
    .ready = memberhost_ready,
    .wake = wakes_set,
    .unwake = wakes_cancel,
    .spawn = memberhost_spawn,
    .exit = memberhost_exit,
    .watch = memberhost_watch,
    .output = memberhost_output,
    .log = memberhost_log,
    .note = member_note,
    .broken = memberhost_broken,
    .cut_off = memberhost_cut_off,
    .drained = memberhost_drained,
    .ended = member_ended,
    .origin = memberhost_origin,
    .hello = memberhost_hello,
    .job_start = member_job_start,
    .job_kill = member_job_kill,
};

int member_respeak(struct member *m, struct err *e)
{
    const struct topo_actor *c = m->actor->conf;
    const struct relay *relay = m->actor->sys->relay;
    const struct speak_ops *ops = m->host != NULL ? &farspeak : speak_ops_of(c->speaks);
    struct speak *fresh = speak_new(ops, relay != NULL ? relay->speak : &member_host, m,
                                    m->actor->sys->loop, c, c->pool > 1 || c->is_elastic, e);

    if (fresh == NULL)
        return ERR_NOMEM;
    speak_free(m->speak);
    m->speak = fresh;
    fresh->hand.over = relay != NULL ? relay->over : witness_over;
    fresh->hand.over_arg = m;
    return 0;
}

struct member *member_new(struct actor *a, unsigned index, struct err *e)
{
    struct member *m = calloc(1, sizeof(*m));
    struct loop *l = a->sys->loop;

    if (m == NULL) {
        err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    m->actor = a;
    m->index = index;
    m->state = LIFE_STOPPED;
    m->outbox_end = &m->outbox;
    m->waiter.wake = member_woken;
    process_init(&m->process, m, member_over);
    loop_timer_init_timed(&m->backoff, l, member_due, m);
    loop_timer_init(&m->finish, l, member_overdue, m);
    loop_task_init(&m->room, l, member_room, m);
    if (member_respeak(m, e) != 0 || (a->init != NULL && init_member_make(m, e) != 0) ||
        probe_prepare(m, e) != 0 ||
        policy_limiter_init(&m->limiter, a->conf->limit.restarts, a->conf->limit.within_ms) != 0) {
        probe_free(m);
        init_member_free(m);
        speak_free(m->speak);
        free(m);
        return NULL;
    }
    return m;
}

void member_free(struct member *m)
{
    if (m == NULL)
        return;
    sending_drop(m);
    attach_over(m);
    loop_timer_stop(&m->backoff);
    loop_timer_stop(&m->finish);
    loop_task_cancel(&m->room);
    probe_free(m);
    process_release(&m->process);
    speak_free(m->speak);
    mailbox_free(m->own);
    mailbox_free(m->keyed);
    init_member_free(m);
    policy_limiter_release(&m->limiter);
    free(m);
}
