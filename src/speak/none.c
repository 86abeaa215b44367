/* none: a plain process without a mailbox; what it writes goes to its log. */
#include "speak/chunk.h"
#include "speak/say.h"
#include "speak/speak.h"

#include <string.h>

struct none {
    struct speak sp;
    struct bytes rest; /* a line that is not whole yet, at most SAY_LINE_MAX */
    bool at_end;
};

static void none_say(struct none *n, const char *data, size_t len)
{
    const char *last = memrchr(data, '\n', len);
    size_t whole = last == NULL ? 0 : (size_t)(last - data) + 1;

    if (whole > 0 && bytes_len(&n->rest) > 0) {
        const char *first = memchr(data, '\n', len);
        size_t head = (size_t)(first - data) + 1;
        if (bytes_append(&n->rest, data, head) == 0) {
            data += head;
            len -= head;
            whole -= head;
        }
        say_output(&n->sp, span_of(bytes_at(&n->rest), bytes_len(&n->rest)));
        bytes_consume(&n->rest, bytes_len(&n->rest));
    }
    say_output(&n->sp, span_of(data, whole));
    data += whole;
    len -= whole;
    if (bytes_len(&n->rest) + len <= SAY_LINE_MAX && bytes_append(&n->rest, data, len) == 0)
        return;
    say_output(&n->sp, span_of(bytes_at(&n->rest), bytes_len(&n->rest)));
    bytes_consume(&n->rest, bytes_len(&n->rest));
    say_output(&n->sp, span_of(data, len));
}

static bool none_read(struct none *n)
{
    unsigned char *buf = chunk_begin();
    ssize_t got = chunk_read(n->sp.out, buf, SPEAK_CHUNK);

    if (got > 0)
        none_say(n, (const char *)buf, (size_t)got);
    chunk_end();
    n->at_end = got < 0;
    return got > 0;
}

static void none_readable(void *arg, int events)
{
    struct none *n = arg;

    (void)events;
    (void)none_read(n);
    if (n->at_end)
        loop_io_want(n->sp.out_io, 0);
}

static int none_start(struct speak *sp, struct err *e)
{
    struct none *n = (struct none *)sp;

    n->at_end = false;
    if (sp->out < 0)
        return 0;
    sp->out_io = loop_io_new(sp->loop, sp->out, none_readable, n);
    if (sp->out_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(sp->out_io, LOOP_IN);
    return 0;
}

/* It has no mail to be told of, and its output waits for nobody. */
static void none_nothing(struct speak *sp)
{
    (void)sp;
}

static bool none_drain(struct speak *sp, const struct policy_exit *how, uint64_t *n_read)
{
    struct none *n = (struct none *)sp;

    (void)how;
    while (sp->out >= 0 && !n->at_end && none_read(n))
        continue;
    say_output(sp, span_of(bytes_at(&n->rest), bytes_len(&n->rest)));
    bytes_release(&n->rest);
    *n_read = 0;
    return true;
}

static void none_stop(struct speak *sp)
{
    speak_close(sp);
    bytes_release(&((struct none *)sp)->rest);
}

const struct speak_ops speak_none = {
    .name = "none",
    .size = sizeof(struct none),
    .start = none_start,
    .mail = none_nothing,
    .room = none_nothing,
    .end = none_nothing,
    .drain = none_drain,
    .stop = none_stop,
    .release = none_stop,
};
