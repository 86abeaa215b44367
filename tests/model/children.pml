/* An actor that spawns another one and sends to it before it is up, and may ask it to exit, or be asked
 * to exit itself. Both may crash at any step, and the child may end well. A child that is asked to exit
 * takes no more mail, is handed what waits, and goes.
 *
 * Properties:
 *  1 kept     whatever the child's mailbox has accepted is handled or dead when the child is gone
 *  2 once     when a child is gone, its parent was told so exactly once, unless it was at rest itself
 *  3 gone     a child of which its parent was told that it will not be started again is not
 *  4 closed   after the exit was asked for nothing is accepted, and the end of its input comes behind
 *             what was accepted before
 *  5 one      spawned again under its name while it lives, the child is the same one
 *  6 orphan   when nothing moves no child is left of a parent that is at rest, and a parent that is
 *             asked to exit ends behind its children
 *
 * Stands for: children_spawn, children_is_there, children_told, children_untold, children_exit,
 * children_end, children_exit_on, children_orphaned, children_done, children_one; member_end_input,
 * member_conclude, lifecycle.def as far as it is about ends and starts; retiring_bury,
 * router_bury_all; mail_settle. Orphans that are kept, stops and starts by hand are not in it.
 *
 * Broken:
 *  BROKEN_LOST    1  mail for a child that is not up goes nowhere
 *  BROKEN_BURY    1  what waits when it goes is forgotten
 *  BROKEN_UNTOLD  2  one that was to be started again and is stopped instead is not told of
 *  BROKEN_TWICE   2  its parent is told when its process ends and once more when it is buried
 *  BROKEN_AGAIN   3  one that has ended well is started again though that was told
 *  BROKEN_DRAIN   4  its input is ended before what waits was handed over
 *  BROKEN_OPEN    4  it goes on taking mail
 *  BROKEN_NAME    5  spawned again, it is made once more
 *  BROKEN_ORPHAN  6  nobody looks at the children of one that is at rest
 *  BROKEN_FIRST   6  a parent that is asked to exit ends at once
 */
#include "model.h"

#define MAIL 3
#define CRASHES 2
#define SPAWNS 2

/* states of the child */
#define NONE 0
#define WAITING 1
#define RUNNING 2
#define BACKOFF 3
#define REST 4

byte child, there;                 /* its state; how many there are of its name */
bit exiting, ended;                /* asked to exit; its input has ended */
bit started, promised;             /* it was once; its parent was told that it will be again */
byte queued, in_hand, accepted, handled, dead;
bit parent_exits, parent_rests;
byte crashes, spawns, sent;
/* what is only remembered for the properties */
byte words;                        /* of this child's: that it is gone for good */

inline children_told(again)
{
    promised = again;
    if
    :: parent_rests || again
    :: else ->
        words++;
        claim(2, words == 1)
    fi
}

inline children_spawn()
{
    spawns++;
    if
#ifdef BROKEN_NAME
    :: true ->
#else
    :: child == NONE ->
#endif
        child = WAITING;
        there++;
        words = 0;
        claim(5, there == 1)
    :: child != NONE  /* it is there, or refused while it exits */
    fi
}

inline post()
{
    sent++;
    if
#ifdef BROKEN_OPEN
    :: child != NONE ->
#else
    :: child != NONE && !exiting ->
#endif
        claim(4, !exiting)
        accepted++;
#ifdef BROKEN_LOST
        queued = queued + (child == RUNNING -> 1 : 0)
#else
        queued++
#endif
    :: else
    fi
}

/* A process of the child's has ended: its mail comes back, and what becomes of it is decided. */
inline child_ended(well)
{
    queued = queued + in_hand;
    in_hand = 0;
    if
    :: !well && !ended ->
        children_told(1);
        child = BACKOFF
    :: else ->
        children_told(0);
#ifdef BROKEN_AGAIN
        child = (exiting -> REST : BACKOFF)
#else
        child = REST
#endif
    fi;
    ended = 0
}

inline retiring_bury()
{
#ifndef BROKEN_UNTOLD
    if
    :: promised || !started -> children_told(0)
    :: else
    fi;
#endif
#ifdef BROKEN_TWICE
    children_told(0);
#endif
#ifndef BROKEN_BURY
    dead = dead + queued;
#endif
    claim(1, accepted == handled + dead)
    claim(2, parent_rests || words == 1)
    child = NONE;
    there--;
    exiting = 0; started = 0; promised = 0; queued = 0; accepted = 0; handled = 0; dead = 0; words = 0
}

active proctype supervisor()
{
    do
    :: atomic { child == WAITING && (!exiting || queued > 0) ->
        claim(3, words == 0)
        started = 1;
        child = RUNNING }
    :: atomic { child == BACKOFF && (!exiting || queued > 0) -> child = WAITING }
    :: atomic { child == RUNNING && !ended && queued > 0 -> queued--; in_hand++ }
    /* children_end */
#ifdef BROKEN_DRAIN
    :: atomic { exiting && child == RUNNING && !ended -> claim(4, queued == 0) ended = 1 }
#else
    :: atomic { exiting && child == RUNNING && !ended && queued == 0 -> ended = 1 }
#endif
    :: atomic { exiting && (child == WAITING || child == BACKOFF) && queued == 0 -> child = REST }
    :: atomic { child == REST -> retiring_bury() }
    /* children_orphaned, children_exit_on */
#ifndef BROKEN_ORPHAN
    :: atomic { parent_rests && child != NONE && !exiting -> exiting = 1 }
#endif
    :: atomic { parent_exits && child != NONE && !exiting -> exiting = 1 }
#ifdef BROKEN_FIRST
    :: atomic { parent_exits && !parent_rests -> claim(6, child == NONE) parent_rests = 1 }
#else
    :: atomic { parent_exits && !parent_rests && child == NONE -> parent_rests = 1 }
#endif
    od
}

active proctype parent()
{
    do
    :: atomic { !parent_rests && !parent_exits && spawns < SPAWNS -> children_spawn() }
    :: atomic { !parent_rests && sent < MAIL -> post() }
    :: atomic { !parent_rests && child != NONE && !exiting -> exiting = 1 }
    :: atomic { !parent_rests -> parent_exits = 1 }
    /* It has failed for good, or is stopped. */
    :: atomic { !parent_rests && !parent_exits -> parent_rests = 1 }
    :: parent_rests -> break
    od
}

active proctype process()
{
    do
    :: atomic { child == RUNNING && in_hand > 0 -> in_hand--; handled++ }
    :: atomic { child == RUNNING && crashes < CRASHES -> crashes++; child_ended(false) }
    /* Of its own will, with mail in hand or without. */
    :: atomic { child == RUNNING && crashes < CRASHES -> crashes++; child_ended(true) }
    :: atomic { child == RUNNING && ended && in_hand == 0 -> child_ended(true) }
    od
}

active proctype at_rest()
{
    timeout;
    claim(6, !parent_rests || child == NONE)
    claim(2, child == NONE || child == RUNNING)
}
