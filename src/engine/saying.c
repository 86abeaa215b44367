/* What a process says on stderr, and what is said of it. */
#include "engine/events.h"
#include "engine/member.h"

#include <stdio.h>
#include <string.h>

enum { MEMBER_NOTES = 10, MEMBER_NOTES_MS = 1000, MEMBER_REASON_KEY = sizeof("reason=") - 1 };

/* Makes room for len bytes; what goes are whole lines. */
static void member_cut_tail(struct process *p, size_t len)
{
    if (p->tail_len + len <= sizeof(p->tail))
        return;
    size_t drop = p->tail_len + len - sizeof(p->tail);
    const char *end = memchr(p->tail + drop - 1, '\n', p->tail_len - drop + 1);
    drop = end == NULL ? p->tail_len : (size_t)(end - p->tail) + 1;
    p->tail_len -= drop;
    memmove(p->tail, p->tail + drop, p->tail_len);
}

static void member_keep_tail(struct process *p, const char *line, size_t len)
{
    if (len > sizeof(p->tail) / 2)
        len = sizeof(p->tail) / 2;
    member_cut_tail(p, len + 1);
    memcpy(p->tail + p->tail_len, line, len);
    p->tail_len += len;
    p->tail[p->tail_len++] = '\n';
}

void member_said(struct process *p, const char *line, size_t len)
{
    struct member *m = p->member;
    char text[1024];

    member_keep_tail(p, line, len);
    if (p->check != NULL || !m->actor->has_ready_log || m->state != LIFE_RUNNING)
        return;
    (void)snprintf(text, sizeof(text), "%.*s", (int)(len < sizeof(text) ? len : sizeof(text) - 1),
                   line);
    if (regexec(&m->actor->ready_log, text, 0, NULL, 0) == 0)
        member_ready(m);
}

static void member_notes_told(struct member *m)
{
    if (m->notes_lost > 0)
        event_member(m, "notes.left_out", "count=%u", m->notes_lost);
    m->note_since = loop_now(m->actor->sys->loop);
    m->notes = m->notes_lost = 0;
}

/* Those of whom notes were left out, and who have said nothing since. */
void member_notes_late(void *system)
{
    struct system *s = system;
    int64_t now = loop_now(s->loop);
    bool more = false;

    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_made; k++) {
            struct member *m = s->actors[i]->members[k];
            bool late = m->notes_lost > 0 && now - m->note_since >= MEMBER_NOTES_MS;
            if (late)
                member_notes_told(m);
            more = more || m->notes_lost > 0;
        }
    }
    if (more)
        (void)loop_timer_start(&s->notes, MEMBER_NOTES_MS);
}

/* An adaptor's reason is the last field and may be of many words: it becomes a quoted value. */
void member_note(void *member, const char *fmt, ...)
{
    struct member *m = member;
    int64_t now = loop_now(m->actor->sys->loop);
    char text[1024], name[64];
    va_list ap;

    if (now - m->note_since >= MEMBER_NOTES_MS)
        member_notes_told(m);
    if (m->notes >= MEMBER_NOTES) {
        m->notes_lost++;
        if (!loop_timer_armed(&m->actor->sys->notes))
            (void)loop_timer_start(&m->actor->sys->notes, MEMBER_NOTES_MS);
        return;
    }
    m->notes++;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    size_t n = strcspn(text, " ");
    (void)snprintf(name, sizeof(name), "%.*s", (int)n, text);
    char *fields = text[n] == '\0' ? text + n : text + n + 1;
    char *reason = strstr(fields, "reason=");
    if (reason == NULL || reason[MEMBER_REASON_KEY] == '"')
        event_member(m, name, "%s", fields);
    else
        event_member(m, name, "%.*sreason=\"%s\"", (int)(reason - fields), fields,
                     reason + MEMBER_REASON_KEY);
}
