/* A command's end of the control protocol: JSON calls to the supervisor of a system and their
 * answers. */
#ifndef CMD_CTL_H
#define CMD_CTL_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ctl;
struct cmd_call;
struct frame;

/* Connects to a running system. ERR_NOT_RUNNING when it does not run, ERR_TIMEOUT when something
 * holds its lock but does not answer in link_answer_ms(). */
int ctl_open(const char *system, struct ctl **out, struct err *e);
void ctl_close(struct ctl *c); /* NULL is allowed */

/* The same over a stream, which stays the caller's: what is connected to a supervisor. */
int ctl_over(int fd, int64_t timeout_ms, struct ctl **out, struct err *e);
/* One call. Takes request. *answer is the caller's (json_decref). timeout_ms -1: as long as it
 * takes. When the supervisor refuses, the code that it gave, with its words in e. */
int ctl_call(struct ctl *c, json_t *request, int64_t timeout_ms, json_t **answer, struct err *e);
/* The two halves of a call, for who has other things to wait for. ctl_next: ERR_TIMEOUT while the
 * answer is not whole; call it again. One call at a time. */
int ctl_begin(struct ctl *c, json_t *request, int64_t timeout_ms, struct err *e);
int ctl_next(struct ctl *c, int64_t timeout_ms, json_t **answer, struct err *e);
int ctl_fd(struct ctl *c); /* readable when ctl_next may have more */
/* Waits until the supervisor has closed the stream. 0 or ERR_TIMEOUT. */
int ctl_wait_end(struct ctl *c, int64_t timeout_ms, struct err *e);

/* {"cmd": name, "names": [args...]}; names NULL or empty: without names. */
json_t *ctl_request(const char *name, char *const *names);

/* Connects, makes one call, and closes. Takes request. ERR_NOT_RUNNING only when it did not run. */
int ctl_ask(const char *system, json_t *request, int64_t timeout_ms, json_t **answer,
            struct err *e);
/* Says what went wrong with a call; returns an exit status. */
int ctl_fail(const struct err *e);

/* Finds the system of a command line, makes one call and says what went wrong, if anything. Takes
 * request. Returns an exit status; *answer is the caller's when it is CMD_OK. */
/* What --capability gives, as an object; NULL after a message. */
json_t *cmd_capabilities(const char *command, const struct cmd_call *call);
int ctl_once(const struct cmd_call *call, json_t *request, int64_t timeout_ms, json_t **answer);

/* Connects, makes one call, and hands what comes to cb, part by part (each a frame's body), until
 * it returns false, the answer ends, or the user interrupts. Takes request. 0 in all of these
 * cases. */
typedef bool ctl_stream_cb(void *arg, const char *data, size_t len);
int ctl_stream(const char *system, json_t *request, ctl_stream_cb *cb, void *arg, struct err *e);
/* For ctlstream.c: what the last part of an answer says. 0, or the supervisor's code with e. */
int ctl_last(const struct frame *f, struct err *e);

/* Members of an answer, with a neutral value when they are missing. Borrowed. */
const char *ctl_text(const json_t *object, const char *key);
int64_t ctl_int(const json_t *object, const char *key);

/* Prints an array of objects as JSON, an object a line. */
void ctl_print_array(const json_t *array);

#endif
