/* json: one JSON object a line each way; see jsonline.h for what goes in, jsonops.c for what comes
 * out. */
#include "speak/json.h"

#include "model/origin.h"
#include "speak/chunk.h"
#include "speak/jsonline.h"

#include <inttypes.h>
#include <string.h>

static void json_pump(void *arg);

/* What the descriptors are watched for, from the state alone. */
static void json_watch(struct json *j)
{
    bool full = bytes_len(&j->ho.out) > 0 && !j->ho.shut;

    if (j->sp.in_io != NULL)
        loop_io_want(j->sp.in_io, full ? LOOP_OUT : 0);
    if (j->sp.out_io != NULL)
        loop_io_want(j->sp.out_io,
                     j->no_more_output || j->sp.host->congested(j->sp.member) ? 0 : LOOP_IN);
}

/* ---- to the process ---- */

static int json_pack(struct bytes *out, const struct speak *sp, const struct letter *l,
                     struct span from)
{
    return jsonline_write(out, l, from, span_of(sp->conf->name, strlen(sp->conf->name)));
}

/* Behind the last message: `exit`, then the end of input. */
static void json_finish(struct json *j)
{
    struct letter l = {.type = MSG_EXIT, .attempt = 1, .from = ORIGIN_SYSTEM};

    if (!j->exit_built) {
        if (json_pack(&j->ho.out, &j->sp, &l, handover_from(&j->ho, &j->sp, l.from)) != 0) {
            j->sp.host->broken(j->sp.member, "out of memory");
            return;
        }
        j->exit_built = true;
        bool more;
        if (!handover_pump(&j->ho, &j->sp, json_pack, false, &more))
            return;
    }
    loop_io_free(j->sp.in_io);
    j->sp.in_io = NULL;
    speak_end_pipe(&j->sp);
    j->stdin_ended = true;
}

static void json_pump(void *arg)
{
    struct json *j = arg;
    bool more = false;

    if (j->sp.in >= 0 && !j->stdin_ended &&
        handover_pump(&j->ho, &j->sp, json_pack, !j->exit_built, &more) && j->ending)
        json_finish(j);
    if (more)
        loop_task_queue(&j->task);
    json_watch(j);
}

static void json_writable(void *arg, int events)
{
    (void)events;
    json_pump(arg);
}

/* ---- from the process ---- */

static void json_bad(struct json *j, const char *why)
{
    j->sp.host->note(j->sp.member, "speak.bad line=%" PRIu64 " reason=%s", j->line, why);
}

static void json_line(struct json *j, const char *line, size_t len)
{
    struct err e;
    const char *why = jsonops_line(j, line, len, &e);

    if (why != NULL)
        json_bad(j, why);
}

/* Keeps the beginning of a line; one that grows too long is passed over up to its end. */
static void json_keep(struct json *j, const char *data, size_t len)
{
    if (j->skipping || len == 0)
        return;
    if (bytes_len(&j->rest) + len <= JSON_LINE_MAX && bytes_append(&j->rest, data, len) == 0)
        return;
    bool large = bytes_len(&j->rest) + len > JSON_LINE_MAX;
    j->line++;
    json_bad(j, large ? "the line is too long" : "out of memory");
    j->line--;
    bytes_release(&j->rest);
    j->skipping = true;
}

static void json_feed(struct json *j, const char *data, size_t len)
{
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        if (end == NULL) {
            json_keep(j, data, len);
            return;
        }
        size_t n = (size_t)(end - data);
        if (bytes_len(&j->rest) > 0)
            json_keep(j, data, n);
        j->line++;
        if (bytes_len(&j->rest) > 0) {
            json_line(j, (const char *)bytes_at(&j->rest), bytes_len(&j->rest));
            bytes_consume(&j->rest, bytes_len(&j->rest));
        } else if (!j->skipping) {
            json_line(j, data, n);
        }
        j->skipping = false;
        data = end + 1;
        len -= n + 1;
    }
}

/* Reads once; false when nothing came. */
static bool json_read(struct json *j)
{
    unsigned char *buf = chunk_begin();
    ssize_t n = chunk_read(j->sp.out, buf, SPEAK_CHUNK);

    if (n < 0)
        j->no_more_output = true;
    if (n > 0)
        speak_took(&j->sp, (size_t)n);
    if (n > 0)
        json_feed(j, (const char *)buf, (size_t)n);
    chunk_end();
    handover_tell(&j->ho, &j->sp);
    return n > 0;
}

static void json_readable(void *arg, int events)
{
    struct json *j = arg;

    (void)events;
    if (j->no_more_output || j->sp.host->congested(j->sp.member)) {
        json_watch(j);
        return;
    }
    (void)json_read(j);
    json_watch(j);
    if (j->ho.windowed)
        loop_task_queue(&j->task);
}

/* ---- the ops ---- */

static int json_init(struct speak *sp, struct err *e)
{
    struct json *j = (struct json *)sp;

    (void)e;
    loop_task_init(&j->task, sp->loop, json_pump, j);
    return 0;
}

static void json_forget(struct json *j)
{
    loop_task_cancel(&j->task);
    handover_release(&j->ho);
    bytes_release(&j->rest);
    j->line = 0;
    j->skipping = j->no_more_output = j->ending = j->exit_built = j->stdin_ended = false;
}

static int json_start(struct speak *sp, struct err *e)
{
    struct json *j = (struct json *)sp;

    json_forget(j);
    handover_start(&j->ho, sp, &j->task);
    sp->in_io = loop_io_new(sp->loop, sp->in, json_writable, j);
    sp->out_io = loop_io_new(sp->loop, sp->out, json_readable, j);
    if (sp->in_io == NULL || sp->out_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_task_queue(&j->task);
    return 0;
}

static void json_room(struct speak *sp)
{
    loop_task_queue(&((struct json *)sp)->task);
}

/* In turns it takes at once or is passed over. */
static void json_mail(struct speak *sp)
{
    if (sp->conf->route == ROUTE_ROUND_ROBIN)
        json_pump(sp);
    else
        json_room(sp);
}

static void json_end(struct speak *sp)
{
    ((struct json *)sp)->ending = true;
    json_room(sp);
}

/* What is left of a line when no more can come. */
static void json_last(struct json *j, const struct policy_exit *how)
{
    size_t len = bytes_len(&j->rest);

    if (len > 0) {
        j->line++;
        if (policy_exit_ok(how))
            json_line(j, (const char *)bytes_at(&j->rest), len);
        else
            json_bad(j, "the process ended in the middle of the line");
    }
    bytes_release(&j->rest);
    j->skipping = false;
}

static bool json_drain(struct speak *sp, const struct policy_exit *how, uint64_t *n_read)
{
    struct json *j = (struct json *)sp;

    while (sp->out >= 0 && !j->no_more_output) {
        if (sp->host->congested(sp->member))
            return false;
        if (!speak_rest(sp) || !json_read(j))
            j->no_more_output = true;
    }
    json_last(j, how);
    handover_tell(&j->ho, sp);
    size_t unread = sp->in >= 0 ? speak_unread(sp->in) : 0;
    *n_read = handover_within(&j->ho, sp,
                              j->ho.written - (unread < j->ho.written ? unread : j->ho.written));
    return true;
}

static void json_stop(struct speak *sp)
{
    speak_close(sp);
    json_forget((struct json *)sp);
}

const struct speak_ops speak_json = {
    .name = "json",
    .size = sizeof(struct json),
    .init = json_init,
    .start = json_start,
    .mail = json_mail,
    .room = json_room,
    .end = json_end,
    .drain = json_drain,
    .stop = json_stop,
    .release = json_stop,
};
