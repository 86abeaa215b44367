/* What stands in for the engine above one adaptor: a real mailbox and a real loop; all that the
 * adaptor says is written down, one line each. */
#ifndef TESTS_UNIT_FAKEHOST_H
#define TESTS_UNIT_FAKEHOST_H

#include "speak/speak.h"

#include <stdbool.h>

struct fake {
    struct loop *loop;
    struct speak *sp;
    struct mailbox *box;
    struct topo_actor conf;
    struct bytes said; /* of what the adaptor called, see fake_said */
    uint64_t handled, sent, replied;
    uint64_t sent_bytes;
    bool congested, quiet; /* quiet: sends are counted only */
    bool no_room;          /* pass says ERR_AGAIN */
    bool ended, broken;
    uint64_t taken;
    uint64_t next_id;
    int stdin_fd, stdout_fd; /* the process's ends */
    void *jobs[16];
    int job_in[16], job_out[16]; /* the process's ends, as duplicates */
    char *job_env[16];           /* K=V, one a line */
    int n_jobs, killed;
    bool no_start;
};

extern const struct speak_host fake_host;

/* Makes the adaptor; conf is f->conf, which the caller may fill between init and open. */
void fake_init(struct fake *f);
void fake_open(struct fake *f, const struct speak_ops *ops, bool shared);
void fake_pipes(struct fake *f); /* start with pipes */
void fake_close(struct fake *f);

/* Puts a message; returns its id. */
uint64_t fake_put(struct fake *f, uint8_t type, const char *tag, const void *body, size_t len);
uint64_t fake_put_str(struct fake *f, const char *body);
void fake_put_headers(struct fake *f, const char *key, const char *value, const char *body);

/* Runs the loop until cond(arg) holds; false when it does not within ten seconds. */
bool fake_until(struct fake *f, bool (*cond)(void *arg), void *arg);
void fake_settle(struct fake *f); /* until nothing is left to do at once */

/* All that was said so far; forgets it. The caller's until the next call. */
const char *fake_said(struct fake *f);

/* The process's side. */
size_t fake_read(struct fake *f, char *buf,
                 size_t size); /* runs the loop until something comes; NUL behind it */
void fake_write(struct fake *f, const void *data,
                size_t len);                           /* all of it, running the loop meanwhile */
void fake_pull(struct fake *f, void *buf, size_t len); /* exactly len bytes, which are there */
void fake_push(struct fake *f, const char *text);      /* into the pipe, without running the loop */
void fake_gone(struct fake *f);                        /* closes both */
void fake_write_str(struct fake *f, const char *text);

#endif
