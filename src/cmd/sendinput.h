/* Standard input cut into messages: lines, runs ended by NUL, or all of it as one. */
#ifndef CMD_SENDINPUT_H
#define CMD_SENDINPUT_H

#include "base/bytes.h"
#include "model/frame.h"

#include <stdbool.h>
#include <stdint.h>

struct sendinput {
    int fd;
    int delimiter; /* a byte, or -1: all of the input is one message */
    bool ended;    /* the end of the input was read */
    bool done;     /* and the last message was given */
    uint64_t read; /* bytes so far */
    size_t taken;  /* bytes of the message last given, still at the front */
    size_t looked; /* bytes without a delimiter behind them */
    struct bytes buf;
};

void sendinput_init(struct sendinput *in, int fd, int delimiter);
void sendinput_release(struct sendinput *in);

/* Reads once; blocks only when there is nothing. 0, ERR_AGAIN (interrupted), ERR_SYSTEM with errno,
 * ERR_NOMEM. Spans that were given before are void. */
int sendinput_read(struct sendinput *in);

/* The next message that is here: 1 with *message (valid until the next call of anything here), 0
 * when more must be read, or none will come (done is set then); ERR_TOO_LARGE when it is over
 * FRAME_BODY_MAX. */
int sendinput_next(struct sendinput *in, struct span *message);

/* The messages that are here whole with the byte that ends each, at most max bytes of them: how
 * many, with *run (valid as above). 0: sendinput_next knows. */
uint64_t sendinput_run(struct sendinput *in, size_t max, struct span *run);

#endif
