/* The frames adaptor: what its two files share. */
#ifndef SPEAK_FRAMES_H
#define SPEAK_FRAMES_H

#include "speak/handover.h"
#include "speak/speak.h"

struct frames {
    struct speak sp;
    struct handover ho;
    struct loop_task task; /* hands over what there is */
    struct loop_timer patience;
    struct bytes rest;  /* a frame that is not whole yet */
    bool open;          /* past HELLO and WELCOME */
    bool bye;           /* nothing more may come */
    bool broken;        /* nothing is read any more */
    bool adopted;       /* one socket both ways */
    bool relayed;       /* and another process between */
    bool cut_off;       /* which has gone */
    bool draining;      /* what comes is waited for */
    bool unparsed;      /* `rest` came with it, and may hold whole frames */
    bool no_more_input; /* the end of its stream was seen */
    bool ending;        /* no more mail will come */
    bool exit_built;    /* `exit` stands in ho.out, or is written */
    bool stdin_ended;   /* sp.in only counts from here on */
};

/* Does what one frame says. NULL, or static text for what violates the protocol. */
const char *frameops_run(struct frames *f, const struct frame *frame);
/* The shortest way for the most frequent one. */
void frameops_ack(struct frames *f, uint64_t id);

#endif
