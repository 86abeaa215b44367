/* What a process says on stderr, and what is said of it. */
#include "engine/events.h"
#include "engine/member.h"

#include <stdio.h>
#include <string.h>

enum { MEMBER_NOTES = 10, MEMBER_NOTES_MS = 1000 };

static void member_keep_tail(struct member *m, const char *line, size_t len)
{
    size_t max = sizeof(m->tail);

    if (len > max / 2)
        len = max / 2;
    if (m->tail_len + len + 1 > max) {
        size_t drop = m->tail_len + len + 1 - max;
        memmove(m->tail, m->tail + drop, m->tail_len - drop);
        m->tail_len -= drop;
    }
    memcpy(m->tail + m->tail_len, line, len);
    m->tail_len += len;
    m->tail[m->tail_len++] = '\n';
}

void member_said(struct member *m, const char *line, size_t len)
{
    char text[1024];

    member_keep_tail(m, line, len);
    if (!m->actor->has_ready_log || m->state != LIFE_RUNNING)
        return;
    (void)snprintf(text, sizeof(text), "%.*s", (int)(len < sizeof(text) ? len : sizeof(text) - 1),
                   line);
    if (regexec(&m->actor->ready_log, text, 0, NULL, 0) == 0)
        member_ready(m);
}

void member_note(void *member, const char *fmt, ...)
{
    struct member *m = member;
    int64_t now = loop_now(m->actor->sys->loop);
    char text[1024], name[64];
    va_list ap;

    if (now - m->note_since >= MEMBER_NOTES_MS) {
        if (m->notes_lost > 0)
            event_member(m, "notes.left_out", "count=%u", m->notes_lost);
        m->note_since = now;
        m->notes = m->notes_lost = 0;
    }
    if (m->notes >= MEMBER_NOTES) {
        m->notes_lost++;
        return;
    }
    m->notes++;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    size_t n = strcspn(text, " ");
    (void)snprintf(name, sizeof(name), "%.*s", (int)n, text);
    event_member(m, name, "%s", text[n] == '\0' ? "" : text + n + 1);
}
