/* The once adaptor: what its two files share. A job is a place for one process at a time; there are
 * as many as `concurrency` says. */
#ifndef SPEAK_ONCE_H
#define SPEAK_ONCE_H

#include "speak/speak.h"

enum once_state {
    ONCE_IDLE,
    ONCE_RUNNING,     /* its process is there */
    ONCE_ROOM,        /* its process is gone, its output waits for room */
    ONCE_HELD,        /* a failed attempt: the message waits before it is tried again */
    ONCE_UNSTARTED,   /* no process could be started: it will be tried again, uncounted */
    ONCE_INTERRUPTED, /* its process was ended with the actor: the message goes back as it is */
};

struct once;

/* A message that is to come back later: in hand until then, in nobody's way. */
struct once_later {
    struct once_later *next;
    struct once *once;
    uint64_t id;
    struct loop_timer timer;
};

struct once_job {
    struct once *once;
    enum once_state state;
    struct mail_run run; /* its message, in hand; not when idle */
    uint64_t id;
    int in, out; /* our ends of the process's stdin and stdout, or -1 */
    struct loop_io *in_io, *out_io;
    size_t fed; /* bytes of the body */
    struct bytes output;
    const char *spoilt; /* static text: why the attempt fails whatever the exit status */
    unsigned again;     /* times in a row that it could not start */
    struct loop_timer timer;
    char reason[64];
};

struct once {
    struct speak sp;
    struct loop_task task; /* looks at all jobs */
    struct once_job *jobs; /* owned */
    size_t n_jobs;
    struct once_later *later; /* owned */
    unsigned put_back;        /* messages in a row, none having been handled between */
    bool ending, ended, draining;
};

/* Starts a process for the job's message. 0, or an err code with e filled and nothing started. */
int oncejob_start(struct once_job *job, struct err *e);
/* Reads what there is of its output, to the end if the process is gone. */
void oncejob_read(struct once_job *job);
void oncejob_close(struct once_job *job);

#endif
