#include "engine/probe.h"

#include "base/text.h"
#include "base/units.h"
#include "engine/events.h"
#include "engine/memberparts.h"
#include "engine/process.h"
#include "io/portcheck.h"
#include "model/probing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBE_LINE = 80, PROBE_WORDS = 64 };

struct probe {
    struct member *member;
    struct probing state;
    struct process process;
    bool runs;  /* the process, or what it started, is there */
    bool cut;   /* it was killed for taking too long */
    bool stale; /* it belongs to a phase that is over: what it says counts no more */
    struct portcheck port;
    struct loop_timer due, deadline;
    char what[PROBE_WORDS]; /* how the last check failed; empty: it did not */
    char line[PROBE_LINE];  /* the last that it wrote */
};

static struct loop *probe_loop(const struct probe *p)
{
    return p->member->actor->sys->loop;
}

static const struct topo_probe *probe_conf(const struct probe *p)
{
    return p->state.phase == PROBING_START ? &p->member->actor->conf->ready_probe
                                           : &p->member->actor->conf->health;
}

static void probe_arm_one(struct loop_timer *t, int64_t at, int64_t now)
{
    if (at == PROBING_NEVER)
        loop_timer_stop(t);
    else
        (void)loop_timer_start(t, at > now ? at - now : 0);
}

static void probe_arm(struct probe *p)
{
    int64_t now = loop_now(probe_loop(p));

    probe_arm_one(&p->due, p->state.due, now);
    probe_arm_one(&p->deadline, p->state.deadline, now);
}

/* --- what is said of it --- */

static const char *probe_name(const struct probe *p)
{
    return p->state.phase == PROBING_START ? "ready" : "health";
}

/* "exec exited with 1: its last line". Returns buf. */
static const char *probe_words(const struct probe *p, const char *between, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s%s%s%s", p->what, between, p->line[0] == '\0' ? "" : ": ",
                   p->line);
    return buf;
}

/* What the check wrote goes to the log, in front of how it ended. */
static void probe_tell_output(struct probe *p)
{
    const char *at = p->process.tail, *end = at + p->process.tail_len;
    char line[PROCESS_TAIL + 16];

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop == NULL ? end : stop) - at);
        int n = snprintf(line, sizeof(line), "%s: %.*s", probe_name(p), (int)len, at);
        event_output(p->member, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
        at += len + 1;
    }
}

static void probe_tell(struct probe *p, bool same)
{
    char words[PROBE_WORDS + PROBE_LINE + 8];

    if (!same)
        probe_tell_output(p);
    if (p->state.phase == PROBING_HEALTH)
        event_member(p->member, "health.failed", "reason=\"%s\" in_a_row=%u",
                     probe_words(p, "", words, sizeof(words)), p->state.failed);
    else if (!same)
        event_member(p->member, "ready.failed", "reason=\"%s\"",
                     probe_words(p, "", words, sizeof(words)));
}

static const char *probe_waits_for(const struct topo_actor *c)
{
    switch (c->ready) {
    case READY_LOG:
        return ": no line of its log matches";
    case READY_NOTIFY:
        return ": it has not said so";
    case READY_START:
    case READY_PROBE:
        break;
    }
    return "";
}

bool probe_reason(const struct member *m, char *buf, size_t size)
{
    const struct probe *p = m->probe;
    char words[PROBE_WORDS + PROBE_LINE + 8];

    if (m->state == LIFE_RUNNING && (p == NULL || p->what[0] == '\0'))
        (void)snprintf(buf, size, "not ready yet%s", probe_waits_for(m->actor->conf));
    else if (m->state == LIFE_RUNNING)
        (void)snprintf(buf, size, "not ready yet: %s", probe_words(p, "", words, sizeof(words)));
    else if (m->state == LIFE_READY && p != NULL && p->state.failed > 0)
        (void)snprintf(buf, size, "health: %u of %u failed: %s", p->state.failed,
                       p->state.rule.failures, probe_words(p, "", words, sizeof(words)));
    else
        return false;
    return true;
}

/* --- what follows from a check --- */

static void probe_late(struct probe *p)
{
    char words[PROBE_WORDS + PROBE_LINE + 8], within[32];
    const char *why = probe_waits_for(p->member->actor->conf);

    (void)units_duration_text(p->state.rule.timeout_ms, within, sizeof(within));
    if (p->what[0] != '\0')
        member_unfit(p->member, UNFIT_LATE, "not ready within %s: %s", within,
                     probe_words(p, "", words, sizeof(words)));
    else
        member_unfit(p->member, UNFIT_LATE, "not ready within %s%s%s", within, why,
                     p->runs ? ": its check has not ended" : "");
}

static void probe_unwell(struct probe *p)
{
    char words[PROBE_WORDS + PROBE_LINE + 64], times[40] = "";

    if (p->state.failed > 1)
        (void)snprintf(times, sizeof(times), ", %u times in a row", p->state.failed);
    member_unfit(p->member, UNFIT_UNWELL, "health: %s",
                 probe_words(p, times, words, sizeof(words)));
}

static void probe_act(struct probe *p, enum probing_verdict verdict)
{
    probe_arm(p);
    if (verdict == PROBING_READY)
        member_ready(p->member);
    else if (verdict == PROBING_UNWELL)
        probe_unwell(p);
}

static void probe_passed(struct probe *p)
{
    unsigned before = p->state.failed;

    p->what[0] = p->line[0] = '\0';
    enum probing_verdict verdict =
        probing_ended(&p->state, PROBING_PASSED, loop_now(probe_loop(p)));
    if (before > 0 && p->state.phase == PROBING_HEALTH)
        event_member(p->member, "health.passed", "after=%u", before);
    probe_act(p, verdict);
}

static void probe_failed(struct probe *p, const char *line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void probe_failed(struct probe *p, const char *line, const char *fmt, ...)
{
    char what[PROBE_WORDS];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    bool same = strcmp(what, p->what) == 0 && strcmp(line, p->line) == 0;
    (void)snprintf(p->what, sizeof(p->what), "%s", what);
    (void)snprintf(p->line, sizeof(p->line), "%s", line);
    enum probing_verdict verdict =
        probing_ended(&p->state, PROBING_FAILED, loop_now(probe_loop(p)));
    probe_tell(p, same);
    probe_act(p, verdict);
}

/* --- a command --- */

/* The last line that was written, fit to be shown. */
static void probe_last_line(const struct process *proc, char *buf, size_t size)
{
    size_t end = proc->tail_len, from;

    while (end > 0 && proc->tail[end - 1] == '\n')
        end--;
    for (from = end; from > 0 && proc->tail[from - 1] != '\n'; from--)
        ;
    (void)text_shown(proc->tail + from, end - from, buf, size);
}

static void probe_process_over(struct process *proc)
{
    struct probe *p = (struct probe *)(void *)((char *)proc - offsetof(struct probe, process));
    struct policy_exit how = proc->how;
    char line[PROBE_LINE], name[32], text[32];
    bool stale = p->stale;

    probe_last_line(proc, line, sizeof(line));
    process_release(proc);
    p->runs = p->stale = false;
    if (stale) {
        probe_arm(p);
        member_drain(p->member);
    } else if (p->cut) {
        probe_failed(p, line, "exec took longer than %s",
                     units_duration_text(p->state.rule.timeout_ms, text, sizeof(text)));
    } else if (how.signal != 0) {
        probe_failed(p, line, "exec was ended by signal %s",
                     text_signal_name(how.signal, name, sizeof(name)));
    } else if (how.status != 0) {
        probe_failed(p, line, "exec exited with %d", how.status);
    } else {
        probe_passed(p);
    }
}

/* What is wrong with us is not to be laid on the actor. */
static bool probe_is_ours(int error)
{
    return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

static void probe_untold(struct probe *p, const char *why)
{
    member_note(p->member, "check.not_made check=%s reason=\"%s\"", probe_name(p), why);
    probe_act(p, probing_ended(&p->state, PROBING_UNTOLD, loop_now(probe_loop(p))));
}

static void probe_exec(struct probe *p)
{
    struct err e = {0, ""};
    char line[PROBE_LINE];

    p->process.check = probe_conf(p);
    int rc = process_start(&p->process, -1, -1, NULL, &e);
    if (rc == 0) {
        p->runs = true;
        return;
    }
    if (rc == ERR_NOMEM || rc == ERR_AGAIN) {
        probe_untold(p, e.text);
        return;
    }
    (void)text_shown(e.text, strlen(e.text), line, sizeof(line));
    probe_failed(p, line, "exec could not be started");
}

/* --- a port --- */

static void probe_port_answer(void *arg, int error)
{
    struct probe *p = arg;

    if (error == 0)
        probe_passed(p);
    else if (probe_is_ours(error))
        probe_untold(p, strerror(error));
    else
        probe_failed(p, "", "port %u: %s", probe_conf(p)->port, strerror(error));
}

/* --- its times --- */

static void probe_due(void *arg)
{
    struct probe *p = arg;

    if (p->runs) /* one of the phase before is not gone yet, and says so when it is */
        return;
    probing_run(&p->state, loop_now(probe_loop(p)));
    probe_arm(p);
    p->cut = false;
    if (probe_conf(p)->how == PROBE_EXEC)
        probe_exec(p);
    else
        portcheck_start(&p->port, probe_conf(p)->host, probe_conf(p)->port);
}

static void probe_deadline(void *arg)
{
    struct probe *p = arg;
    char text[32];

    if (probing_over(&p->state) == PROBING_LATE) {
        probe_late(p);
    } else if (p->runs) {
        p->cut = true;
        process_kill(&p->process, SIGKILL);
    } else {
        portcheck_stop(&p->port);
        probe_failed(p, "", "port %u: no answer within %s", probe_conf(p)->port,
                     units_duration_text(p->state.rule.timeout_ms, text, sizeof(text)));
    }
}

static struct probing_rule probe_rule(const struct topo_actor *c, enum probing_phase phase)
{
    bool timed = c->ready == READY_LOG || c->ready == READY_PROBE;

    if (phase == PROBING_START)
        return (struct probing_rule){
            .checks = c->ready == READY_PROBE,
            .every_ms = c->ready_probe.every_ms,
            .timeout_ms = timed ? c->ready_probe.timeout_ms : PROBING_NEVER,
        };
    return (struct probing_rule){
        .checks = c->health.how != PROBE_NONE,
        .every_ms = c->health.every_ms,
        .timeout_ms = c->health.timeout_ms,
        .failures = c->health.failures,
    };
}

void probe_follow(struct member *m)
{
    enum probing_phase phase = m->host != NULL            ? PROBING_OFF /* its host looks */
                               : m->state == LIFE_RUNNING ? PROBING_START
                               : m->state == LIFE_READY   ? PROBING_HEALTH
                                                          : PROBING_OFF;
    struct probing_rule rule = probe_rule(m->actor->conf, phase);
    struct probe *p = m->probe;

    if (p == NULL)
        return;
    portcheck_stop(&p->port);
    if (p->runs && !p->stale) {
        p->stale = true;
        process_kill(&p->process, SIGKILL);
    }
    p->what[0] = p->line[0] = '\0';
    probing_begin(&p->state, phase, &rule, loop_now(probe_loop(p)));
    probe_arm(p);
}

bool probe_gone(const struct member *m)
{
    return m->probe == NULL || !m->probe->runs;
}

/* --- made and freed --- */

static bool probe_wanted(const struct topo_actor *c)
{
    return c->ready == READY_LOG || c->ready == READY_PROBE || c->health.how != PROBE_NONE;
}

int probe_prepare(struct member *m, struct err *e)
{
    struct loop *l = m->actor->sys->loop;
    struct probe *p;

    if (m->probe != NULL || !probe_wanted(m->actor->conf))
        return 0;
    if ((p = calloc(1, sizeof(*p))) == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    p->member = m;
    process_init(&p->process, m, probe_process_over);
    portcheck_init(&p->port, l, probe_port_answer, p);
    loop_timer_init(&p->due, l, probe_due, p);
    loop_timer_init(&p->deadline, l, probe_deadline, p);
    m->probe = p;
    return 0;
}

void probe_free(struct member *m)
{
    struct probe *p = m->probe;

    if (p == NULL)
        return;
    loop_timer_stop(&p->due);
    loop_timer_stop(&p->deadline);
    portcheck_stop(&p->port);
    process_release(&p->process);
    free(p);
    m->probe = NULL;
}
