/* What happened: into the actor's log as text, and into the events file as JSON.
 *
 * An event has a stable name and fields: `actor.exit name=x member=2 signal=KILL`. fmt gives the
 * fields behind the name, `key=value key="value with spaces"`. */
#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include "engine/system.h"

void event_member(struct member *m, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same among the events alone, not in its log. */
void event_apart(struct member *m, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void event_actor(struct actor *a, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void event_system(struct system *s, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* `NAME` or `NAME/N`; buf of ADDRESS_MAX+1. Returns buf. */
const char *member_address(const struct member *m, char *buf, size_t size);

/* Lines that a process wrote: in its log at the end of the loop's turn. */
void event_output(struct member *m, const char *text, size_t len);
/* The tasks of an actor and of the system that write what was said in a turn. */
void events_flush_actor(void *actor);
void events_flush(void *system);

/* A log that could not be written is tried again, seldom: that the gap is told once there is room,
 * also when nothing more is said. events_gap is the callback for that it was told (logfile_on_gap),
 * events_retry that of the system's timer. */
void events_gap(void *system, const char *name, uint64_t bytes);
void events_retry(void *system);

#endif
