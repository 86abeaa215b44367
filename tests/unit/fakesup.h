/* A supervisor for tests, with one client at a time: a unix socket in a folder of its own, a thread
 * that greets, and then frames put and taken by hand. Every wait has a deadline. */
#ifndef TESTS_UNIT_FAKESUP_H
#define TESTS_UNIT_FAKESUP_H

#include "model/frame.h"

#include <pthread.h>

enum { FAKESUP_DEADLINE_MS = 20000 };

struct fakesup {
    char dir[64];
    char path[80];
    char url[96]; /* ipc:// */
    int listener;
    int fd; /* the client, once greeted */
    struct bytes in;
    size_t taken;
    pthread_t thread;
    int refuse; /* answer HELLO with this code and an ERROR */
    int role;   /* what HELLO said */
    char name[300];
    char token[300];
};

void fakesup_init(struct fakesup *s);    /* bails out when it cannot */
void fakesup_release(struct fakesup *s); /* nothing is left of it */

/* Accepts and answers HELLO in a thread; wait for it before anything else is done. */
void fakesup_greet(struct fakesup *s);
void fakesup_greeted(struct fakesup *s);
/* The same with a descriptor that is connected already, without a thread. */
void fakesup_greet_fd(struct fakesup *s, int fd);

void fakesup_put(struct fakesup *s, const struct frame *f);
/* The next frame, valid until the next call: its kind, 0 at the end of the stream, -1 when none
 * came in time. */
int fakesup_get(struct fakesup *s, struct frame *f);
void fakesup_hang_up(struct fakesup *s);

bool span_is(struct span s, const char *text);
struct span span_text(const char *text);

#endif
