#include "speak/say.h"

#include <string.h>

size_t say_line(struct span text, size_t *next)
{
    size_t len = text.len < SAY_LINE_MAX ? text.len : SAY_LINE_MAX;
    const char *end = text.len == 0 ? NULL : memchr(text.data, '\n', len);

    if (end != NULL) {
        len = (size_t)(end - (const char *)text.data);
        *next = len + 1;
    } else if (len < text.len && ((const char *)text.data)[len] == '\n') {
        *next = len + 1;
    } else {
        *next = len;
    }
    return len;
}

void say_log(struct speak *sp, enum speak_level level, struct span text)
{
    do {
        size_t next = 0;
        size_t len = say_line(text, &next);
        sp->host->log(sp->member, level, span_of(text.data, len));
        text = span_of((const char *)text.data + next, text.len - next);
    } while (text.len > 0);
}

void say_output(struct speak *sp, struct span text)
{
    while (text.len > 0) {
        size_t next = 0;
        size_t len = say_line(text, &next);
        sp->host->output(sp->member, span_of(text.data, len));
        text = span_of((const char *)text.data + next, text.len - next);
    }
}
