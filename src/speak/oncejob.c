/* The process of one message: its environment, its body in, its output back. */
#include "base/text.h"
#include "speak/chunk.h"
#include "speak/once.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- environment ---- */

static int oncejob_env_header(struct bytes *env, struct span key, struct span value)
{
    if (bytes_str(env, "MSG_H_") != 0)
        return ERR_NOMEM;
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = ((const unsigned char *)key.data)[i];
        if (c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            c = '_';
        if (bytes_byte(env, c) != 0)
            return ERR_NOMEM;
    }
    /* What is behind a NUL cannot be in an environment. */
    size_t len = strnlen(value.data, value.len);
    if (bytes_byte(env, '=') != 0 || bytes_append(env, value.data, len) != 0)
        return ERR_NOMEM;
    return bytes_byte(env, 0);
}

/* K=V NUL, one behind the other; counts them. */
static int oncejob_env_text(const struct once_job *job, const struct letter *l, struct bytes *env,
                            size_t *count)
{
    const struct speak *sp = &job->once->sp;
    char from[256], id[TEXT_ID_LEN];
    struct span key, value;
    size_t at = 0;

    (void)sp->host->origin(sp->member, l->from, from, sizeof(from));
    text_id_format(l->id, id);
    if (bytes_printf(env, "MSG_ID=%.*s", TEXT_ID_LEN, id) != 0 || bytes_byte(env, 0) != 0 ||
        bytes_printf(env, "MSG_FROM=%s", from) != 0 || bytes_byte(env, 0) != 0 ||
        bytes_printf(env, "MSG_TYPE=%s", frame_type_name(l->type)) != 0 ||
        bytes_byte(env, 0) != 0 || bytes_printf(env, "MSG_ATTEMPT=%u", l->attempt) != 0 ||
        bytes_byte(env, 0) != 0)
        return ERR_NOMEM;
    *count = 4;
    while (frame_header_next(l->headers, &at, &key, &value) == 1) {
        if (oncejob_env_header(env, key, value) != 0)
            return ERR_NOMEM;
        (*count)++;
    }
    return 0;
}

/* The caller frees the array; its strings stand in text. NULL without memory. */
static char **oncejob_env(const struct once_job *job, const struct letter *l, struct bytes *text)
{
    size_t count = 0;

    if (oncejob_env_text(job, l, text, &count) != 0)
        return NULL;
    char **env = calloc(count + 1, sizeof(*env));
    char *p = (char *)bytes_at(text);
    for (size_t i = 0; env != NULL && i < count; i++) {
        env[i] = p;
        p += strlen(p) + 1;
    }
    return env;
}

/* ---- its input ---- */

static void oncejob_end_input(struct once_job *job)
{
    loop_io_free(job->in_io);
    job->in_io = NULL;
    if (job->in >= 0)
        (void)close(job->in);
    job->in = -1;
}

/* Writes of the body what the pipe takes. One that is not read is the process's own affair. */
static void oncejob_feed(struct once_job *job)
{
    struct letter l;

    mail_run_letter(&job->run, 0, &l);
    while (job->fed < l.body.len) {
        ssize_t n =
            speak_write(job->in, (const char *)l.body.data + job->fed, l.body.len - job->fed);
        if (n == 0)
            return;
        if (n < 0)
            break;
        job->fed += (size_t)n;
    }
    oncejob_end_input(job);
}

static void oncejob_writable(void *arg, int events)
{
    (void)events;
    oncejob_feed(arg);
}

/* ---- its output ---- */

static void oncejob_spoil(struct once_job *job, const char *why)
{
    struct speak *sp = &job->once->sp;

    job->spoilt = why;
    bytes_release(&job->output);
    if (job->state == ONCE_RUNNING)
        sp->host->job_kill(sp->member, job);
}

static ssize_t oncejob_read_once(struct once_job *job)
{
    unsigned char *buf = chunk_begin();
    ssize_t n = chunk_read(job->out, buf, SPEAK_CHUNK);
    const char *why = NULL;

    if (n > 0 && job->spoilt == NULL) {
        if (bytes_len(&job->output) + (size_t)n > FRAME_BODY_MAX)
            why = "its output is over 16 MiB";
        else if (bytes_append(&job->output, buf, (size_t)n) != 0)
            why = "no memory for its output";
    }
    chunk_end();
    if (n < 0 && job->out_io != NULL)
        loop_io_want(job->out_io, 0);
    if (why != NULL)
        oncejob_spoil(job, why);
    return n;
}

void oncejob_read(struct once_job *job)
{
    size_t rest = job->out >= 0 ? speak_unread(job->out) : 0;

    while (rest > 0) {
        ssize_t n = oncejob_read_once(job);
        if (n <= 0)
            break;
        rest -= (size_t)n < rest ? (size_t)n : rest;
    }
}

static void oncejob_readable(void *arg, int events)
{
    (void)events;
    (void)oncejob_read_once(arg);
}

/* ---- begin and end ---- */

void oncejob_close(struct once_job *job)
{
    oncejob_end_input(job);
    loop_io_free(job->out_io);
    job->out_io = NULL;
    if (job->out >= 0)
        (void)close(job->out);
    job->out = -1;
}

static int oncejob_pipe(int *ours, int *theirs, int our_end, struct err *e)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return err_scarce(e, "cannot make a pipe");
    *ours = fds[our_end];
    *theirs = fds[1 - our_end];
    (void)fcntl(*ours, F_SETFL, O_NONBLOCK);
    return 0;
}

/* Our ends: most bodies fit into the pipe at once, and their end needs no watching. */
static int oncejob_prepare(struct once_job *job)
{
    struct loop *loop = job->once->sp.loop;

    job->fed = 0;
    job->spoilt = NULL;
    oncejob_feed(job);
    job->out_io = loop_io_new(loop, job->out, oncejob_readable, job);
    if (job->in >= 0)
        job->in_io = loop_io_new(loop, job->in, oncejob_writable, job);
    if (job->out_io == NULL || (job->in >= 0 && job->in_io == NULL))
        return ERR_NOMEM;
    loop_io_want(job->out_io, LOOP_IN);
    if (job->in_io != NULL)
        loop_io_want(job->in_io, LOOP_OUT);
    return 0;
}

int oncejob_start(struct once_job *job, struct err *e)
{
    struct speak *sp = &job->once->sp;
    int in = -1, out = -1;
    struct bytes text;
    struct letter l;
    char **env = NULL;

    bytes_init(&text);
    mail_run_letter(&job->run, 0, &l);
    int rc = oncejob_pipe(&job->in, &in, 1, e);
    if (rc == 0)
        rc = oncejob_pipe(&job->out, &out, 0, e);
    if (rc != 0)
        goto out;
    env = oncejob_env(job, &l, &text);
    if (env == NULL || oncejob_prepare(job) != 0) {
        rc = err_set(e, ERR_NOMEM, "out of memory");
        goto out;
    }
    rc = sp->host->job_start(sp->member, env, in, out, job, e);
out:
    free(env);
    bytes_release(&text);
    if (in >= 0)
        (void)close(in);
    if (out >= 0)
        (void)close(out);
    if (rc != 0)
        oncejob_close(job);
    return rc;
}
