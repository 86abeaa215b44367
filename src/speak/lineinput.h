/* The input of a lines actor: mail into the pipe of its stdin, and the exact count of what its
 * process has read.
 *
 * The pipe is one page at first: then it is writable again just when the process has read
 * everything, which is an event to wait for. It grows when it is full and more is queued, but not
 * so that it could hold all that the mailbox may: then nobody would tell when there is room again.
 */
#ifndef SPEAK_LINEINPUT_H
#define SPEAK_LINEINPUT_H

#include "speak/linewindow.h"
#include "speak/speak.h"

/* A stretch of the stream: neighbouring messages that were handed over and are not known to be
 * read. */
struct line_stretch {
    struct mail_run run; /* plain ones only; of an ask only the bytes count */
    uint64_t end;        /* where it ends, counted from the start of the process */
    uint32_t first;      /* messages of the run that are over */
    bool ask;
};

struct line_ask {
    uint64_t id;
    uint64_t nth; /* it was the nth message handed over, from 1 */
    uint64_t end; /* where its delimiter is */
};

struct line_input {
    uint64_t written;    /* bytes in the pipe since the process began */
    uint64_t known;      /* of them known to be read, up to a message's end */
    uint64_t handed;     /* messages handed over */
    uint64_t taken;      /* bytes of them: written, once all is written */
    struct mail_run run; /* being written */
    uint64_t run_sent;   /* bytes of it that are */
    bool writing;
    struct line_stretch *stretches; /* a ring; ack: read only */
    uint32_t head, len, cap;
    struct line_ask *asks; /* a ring: asks in hand */
    uint32_t ask_head, ask_len, ask_cap;
    uint64_t counted;          /* bytes written when it was last counted what was read */
    struct line_window window; /* for one of several members */
    bool held_up;              /* a run did not go into the pipe at once */
    bool given;                /* something that is not known to be read */
    int64_t late_ms;           /* how long until it is looked at again */
    bool late;                 /* it holds more than its window, which was narrowed */
    bool ending, ended, broken, pressed;
    struct loop_timer again; /* for the states without an event: late, and see line_input_press */
    struct loop_timer look;  /* what was read is to be known before long, though nobody asks */
    int64_t look_ms;
    uint64_t looked_at; /* bytes that were written then */
};

struct lines {
    struct speak sp;
    struct line_input input;
    struct bytes output; /* read, not yet accepted */
    size_t looked;       /* bytes of it that hold no end of a line */
    uint64_t front;      /* ack: line: where the oldest message in hand begins in the stream */
    uint64_t n_out;      /* lines since the process began */
    uint64_t n_early;    /* of them those that came before there was a message for them */
    bool skipping;       /* an over-long line up to its end */
    bool blocked;        /* the targets are full */
    bool read_all;       /* the end of stdout was seen */
};

int line_input_start(struct lines *l, struct err *e);
void line_input_pump(struct lines *l); /* hand over what may be */
void line_input_event(void *arg, int events);
/* linecount: remembers a run that was taken, before it counts as handed over. 0 or ERR_NOMEM. */
int line_count_note(struct lines *l, const struct mail_run *run);
void line_input_end(struct lines *l); /* the end of input, once all is written */
void line_input_refresh(struct lines *l);
void line_input_press(struct lines *l);
uint64_t line_input_read(struct lines *l); /* bytes that the process has read */
/* How many messages stand in the pipe whole, those read included: more it cannot have seen. */
uint64_t line_input_given(const struct lines *l);
struct line_ask *line_input_ask(struct lines *l, uint32_t i); /* the i-th oldest in hand, or NULL */
void line_input_drop_ask(struct lines *l);                    /* the oldest was answered */
void line_input_stop(struct lines *l);
void line_input_release(struct lines *l);

#endif
