/* A sequential run (`up --sequential`): one thing at a time in the whole system, the order chosen
 * by a seed.
 *
 * A step is: a process is started; a message is handed over; a member gets the end of its input;
 * something that a process says of itself, having been handed nothing, is taken; what a client
 * sends is taken; or time passes. The next step is taken only when the system is at rest
 * (stillness.h). What the system does by itself asks here first, by sequencer_allows; what is not
 * allowed now is asked for again by the step. Without a sequencer everything is allowed. */
#ifndef ENGINE_SEQUENCER_H
#define ENGINE_SEQUENCER_H

#include "engine/system.h"

enum step {
    STEP_NONE,
    STEP_START,  /* member_check */
    STEP_MAIL,   /* mail_take: one message */
    STEP_END,    /* flow_check */
    STEP_SEND,   /* one message of a process that was handed none */
    STEP_CLIENT, /* what a command run by such a process sends */
};

/* Makes s sequential, before anything in it is started: 0 or ERR_NOMEM. skip_time: it does not wait
 * for the timers of actors. */
int sequencer_make(struct system *s, uint64_t seed, bool skip_time);
void sequencer_free(struct system *s);
uint64_t sequencer_seed(const struct system *s);
uint64_t sequencer_random(struct system *s); /* another stream of the same seed */

bool sequencer_grants(struct member *m, enum step step);
static inline bool sequencer_allows(struct member *m, enum step step)
{
    return m->actor->sys->sequencer == NULL || sequencer_grants(m, step);
}
/* Is what m says to be taken one message at a time? Not before it is ready: nothing else goes on
 * then. */
static inline bool sequencer_doses(const struct member *m)
{
    return m->actor->sys->sequencer != NULL && !m->given && m->state != LIFE_RUNNING;
}

/* A message was handed over. */
void sequencer_gave(struct member *m, const struct letter *l);
/* m was given something to do: a process, mail, an answer, room. It is to be looked at again. */
void sequencer_stir(struct member *m);
void sequencer_stir_origin(struct system *s, mail_origin who);
void sequencer_wake(struct system *s); /* something may be next */
static inline void sequencer_look(struct system *s)
{
    if (s->sequencer != NULL)
        sequencer_wake(s);
}

void sequencer_stop(struct system *s); /* it stops: all that waited for its turn goes on */

uint32_t sequencer_number(struct system *s); /* of the next outside sender */
/* Why the run does not go on, if it waits for m: static text, or NULL. */
const char *sequencer_held_by(const struct member *m);

#endif
