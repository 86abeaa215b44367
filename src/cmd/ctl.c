#include "cmd/ctl.h"

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "cmd/find.h"
#include "cmd/link.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ctl {
    struct session *session;
    struct bytes body; /* of the answer, as much as has come */
};

int ctl_open(const char *system, struct ctl **out, struct err *e)
{
    struct ctl *c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    bytes_init(&c->body);
    int rc = link_open(system, FRAME_ROLE_CONTROL, &c->session, e);
    if (rc != 0)
        free(c);
    else
        *out = c;
    return rc;
}

int ctl_over(int fd, int64_t timeout_ms, struct ctl **out, struct err *e)
{
    struct session_hello hello = {.role = FRAME_ROLE_CONTROL, .name = "", .token = ""};
    struct ctl *c = calloc(1, sizeof *c);
    struct stream *stream = NULL;
    if (c == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    bytes_init(&c->body);
    int rc = stream_from_fds(&stream, fd, fd, false, e);
    if (rc == 0)
        rc = session_open(&c->session, stream, &hello, (int)timeout_ms, e);
    if (rc != 0)
        free(c);
    else
        *out = c;
    return rc;
}

void ctl_close(struct ctl *c)
{
    if (c == NULL)
        return;
    session_close(c->session);
    bytes_release(&c->body);
    free(c);
}

static int ctl_wait_ms(int64_t deadline)
{
    if (deadline < 0)
        return -1;
    int64_t left = deadline - cmd_now();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static int ctl_send(struct ctl *c, const json_t *request, int64_t deadline, struct err *e)
{
    char *text = json_dumps(request, JSON_COMPACT);
    if (text == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    struct frame f = {.kind = FRAME_CALL, .body = span_of(text, strlen(text))};
    int rc = session_put(c->session, &f);
    free(text);
    if (rc == 0)
        rc = session_flush(c->session, ctl_wait_ms(deadline));
    return rc == 0 ? 0
                   : err_set(e, rc, "the supervisor did not take the request: %s", err_name(rc));
}

/* Gathers the bodies of the RESULT frames of one answer. */
static int ctl_receive(struct ctl *c, int *code, int64_t deadline, struct err *e)
{
    for (;;) {
        struct frame f;
        int rc = session_next(c->session, &f, ctl_wait_ms(deadline), e);
        if (rc == ERR_CLOSED)
            return err_set(e, rc,
                           "the supervisor ended before it answered; see `actorsup logs actorsup`");
        if (rc == ERR_TIMEOUT)
            return err_set(e, rc, "no answer in time");
        if (rc != 0)
            return rc;
        if (f.kind != FRAME_RESULT)
            continue;
        rc = bytes_append(&c->body, f.body.data, f.body.len);
        if (rc != 0)
            return err_set(e, rc, "out of memory");
        *code = f.code;
        if ((f.flags & FRAME_MORE) == 0)
            return 0;
    }
}

static int ctl_parse(const struct bytes *body, int code, json_t **answer, struct err *e)
{
    json_error_t why;
    json_t *made = json_loadb((const char *)bytes_at(body), bytes_len(body), JSON_ALLOW_NUL, &why);
    if (made == NULL || !json_is_object(made)) {
        json_decref(made);
        return err_set(e, ERR_PROTOCOL, "the supervisor's answer is not JSON: %s", why.text);
    }
    if (code == 0) {
        *answer = made;
        return 0;
    }
    code = code < 0 ? code : ERR_REFUSED;
    const char *text = ctl_text(made, "error");
    err_set(e, code, "%s", *text != '\0' ? text : err_name(code));
    json_decref(made);
    return code;
}

int ctl_last(const struct frame *f, struct err *e)
{
    struct bytes body;
    json_t *answer = NULL;
    bytes_init(&body);
    int rc = bytes_append(&body, f->body.data, f->body.len);
    rc = rc == 0 ? ctl_parse(&body, f->code, &answer, e) : err_set(e, rc, "out of memory");
    bytes_release(&body);
    json_decref(answer);
    return rc;
}

int ctl_begin(struct ctl *c, json_t *request, int64_t timeout_ms, struct err *e)
{
    int64_t deadline = timeout_ms < 0 ? -1 : cmd_now() + timeout_ms;
    bytes_truncate(&c->body, 0);
    int rc = request != NULL ? ctl_send(c, request, deadline, e)
                             : err_set(e, ERR_NOMEM, "out of memory");
    json_decref(request);
    return rc;
}

int ctl_next(struct ctl *c, int64_t timeout_ms, json_t **answer, struct err *e)
{
    int code = 0;
    int rc = ctl_receive(c, &code, timeout_ms < 0 ? -1 : cmd_now() + timeout_ms, e);
    if (rc != 0)
        return rc;
    rc = ctl_parse(&c->body, code, answer, e);
    bytes_truncate(&c->body, 0); /* for one more answer to the same call */
    return rc;
}

int ctl_fd(struct ctl *c)
{
    return session_fd(c->session);
}

int ctl_call(struct ctl *c, json_t *request, int64_t timeout_ms, json_t **answer, struct err *e)
{
    int64_t deadline = timeout_ms < 0 ? -1 : cmd_now() + timeout_ms;
    int rc = ctl_begin(c, request, timeout_ms, e);
    return rc == 0 ? ctl_next(c, ctl_wait_ms(deadline), answer, e) : rc;
}

int ctl_wait_end(struct ctl *c, int64_t timeout_ms, struct err *e)
{
    int64_t deadline = timeout_ms < 0 ? -1 : cmd_now() + timeout_ms;
    for (;;) {
        struct frame f;
        int rc = session_next(c->session, &f, ctl_wait_ms(deadline), e);
        if (rc == ERR_TIMEOUT)
            return rc;
        if (rc != 0) /* however it ended, it did */
            return 0;
    }
}

json_t *ctl_request(const char *name, char *const *names)
{
    json_t *request = json_pack("{s:s}", "cmd", name);
    if (names == NULL || names[0] == NULL)
        return request;
    json_t *list = json_array();
    for (; *names != NULL; names++)
        json_array_append_new(list, json_string(*names));
    json_object_set_new(request, "names", list);
    return request;
}

/* The words of the supervisor's refusals stand alone; a code says how the program ends. */
int ctl_fail(const struct err *e)
{
    return cmd_fail(e->code == ERR_NOT_RUNNING ? CMD_NOT_RUNNING : CMD_NO, "%s", e->text);
}

int ctl_ask(const char *system, json_t *request, int64_t timeout_ms, json_t **answer, struct err *e)
{
    struct ctl *c = NULL;
    int rc = ctl_open(system, &c, e);
    if (rc != 0) {
        json_decref(request);
        return rc;
    }
    rc = ctl_call(c, request, timeout_ms, answer, e);
    if (rc == ERR_NOT_RUNNING) /* it did run */
        rc = e->code = ERR_REFUSED;
    ctl_close(c);
    return rc;
}

int ctl_once(const struct cmd_call *call, json_t *request, int64_t timeout_ms, json_t **answer)
{
    char system[FIND_NAME_MAX + 1];
    struct err e;
    int status = find_for(call, system);
    if (status != CMD_OK) {
        json_decref(request);
        return status;
    }
    return ctl_ask(system, request, timeout_ms, answer, &e) == 0 ? CMD_OK : ctl_fail(&e);
}

const char *ctl_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

int64_t ctl_int(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

void ctl_print_array(const json_t *array)
{
    size_t i;
    json_t *row;
    fputs("[", stdout);
    json_array_foreach(array, i, row)
    {
        fputs(i > 0 ? ",\n " : "", stdout);
        json_dumpf(row, stdout, JSON_COMPACT);
    }
    fputs("]\n", stdout);
}

json_t *cmd_capabilities(const char *command, const struct cmd_call *call)
{
    json_t *all = json_object();
    const char *value;
    size_t at = 0;
    while ((value = opts_next(&call->opts, "capability", &at)) != NULL) {
        size_t n = strcspn(value, "=");
        char key[256];
        if (value[n] == '\0' || n == 0 || n >= sizeof key) {
            cmd_fail(CMD_USAGE, "%s: --capability takes KEY=VALUE, not \"%s\"", command, value);
            json_decref(all);
            return NULL;
        }
        memcpy(key, value, n);
        key[n] = '\0';
        json_object_set_new(all, key, json_string(value + n + 1));
    }
    return all;
}
