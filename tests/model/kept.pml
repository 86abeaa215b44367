/* Mail of `keep: disk` through a power cut: a client sends to an actor that sends something for each
 * message to another one, whose mailbox has room for one, and acks. Both keep their mail. The power
 * goes at any moment; of the batch that is being written then any records are there, of those behind
 * it none. A write may fail.
 *
 * Properties:
 *  1 accepted  what a client was told is accepted is there: it waits, or is over
 *  2 output    nothing is over whose output, sent before it was acked, is not there: waiting, or over
 *  3 told      when nothing moves any more, all that was acked is over on the disk, and the client was
 *              told of all that it has sent, or refused
 *  4 known     nothing is over that is not on the disk itself, or could not be found any more
 *
 * Stands for: client_count, client_settle, client_unsure; store_add, store_end, store_may_end,
 * store_behind, store_write_done, store_flush, store_seal, store_work_write, store_written;
 * keeping_holds; sending_send, sending_flush; found_message, found_done. Copies that are accepted
 * together, files and their room are not in it.
 *
 * Broken:
 *  BROKEN_TOLD    1  the client is told once a message is in its mailbox
 *  BROKEN_WAITS   1  the client waits for the batch before that of its message
 *  BROKEN_FAILED  1  a batch that could not be written counts as synced
 *  BROKEN_BATCH   2  what is over is told in the batch that gathers
 *  BROKEN_HOLDS   2  what was acked is told to be over while output of its actor waits for room
 *  BROKEN_FLUSH   3  nobody looks again once a batch is synced
 *  BROKEN_LETGO   2  once that output has found room, what was acked may be over in the same batch
 */
#include "model.h"

#define N 2          /* messages of the client, 0 and 1; their outputs are 2 and 3 */
#define ALL 4
#define FAILURES 1

byte put[ALL], over[ALL];    /* the batches of their records; 0: none */
bit gone[ALL], held[ALL];
byte after[ALL];
byte batch = 1, synced, writing;
bit gathered, failing, flush;
/* the client */
byte sent, sure, count[2], until[2], n_waits;
bit refused;
/* the actors: messages handed over, outputs said, accepted, and handled */
byte taken, said, acked, took, handled;
byte failures;
bit cut;
/* what is only remembered for the properties */
bit is_acked[ALL];

inline add(i)
{
    put[i] = batch;
    gathered = 1;
    flush = 1
}

/* The last batch that has anything in it. */
#define behind (gathered -> batch : batch - 1)

/* keeping_holds: only the first actor's output can wait. */
#ifdef BROKEN_HOLDS
#define holds(i) (false)
#else
#define holds(i) (i < N && said > took)
#endif

inline store_end(i)
{
    is_acked[i] = 1;
    gone[i] = 1;
#ifdef BROKEN_BATCH
    after[i] = 0;
#else
    after[i] = behind;
#endif
    held[i] = holds(i);
    flush = 1
}

inline store_may_end(i)
{
    if
    :: held[i] && !holds(i) ->
        held[i] = 0;
#ifndef BROKEN_LETGO
        after[i] = behind
#endif
    :: else
    fi
}

inline client_settle()
{
    do
    :: n_waits > 0 && until[0] <= synced ->
        sure = count[0];
        count[0] = count[1];
        until[0] = until[1];
        count[1] = 0;
        until[1] = 0;
        n_waits--
    :: else -> break
    od;
    if
    :: n_waits > 0 && failing ->
        n_waits = 0;
        count[0] = 0; count[1] = 0; until[0] = 0; until[1] = 0;
        refused = 1
    :: else
    fi
}

inline client_count()
{
    if
    :: n_waits == 2 ->
        count[0] = count[1]; until[0] = until[1];
        n_waits--
    :: else
    fi;
    if
    :: n_waits == 0 || until[n_waits - 1] != batch -> until[n_waits] = batch; n_waits++
    :: else
    fi;
#ifdef BROKEN_WAITS
    until[n_waits - 1] = batch - 1;
#endif
    count[n_waits - 1] = sent;
#ifdef BROKEN_TOLD
    sure = sent;
#endif
    client_settle()
}

active proctype supervisor()
{
    byte k;

    do
    :: atomic { !cut && sent < N && !refused && !failing -> add(sent); sent++; client_count() }
    /* It is handed over, synced or not. */
    :: atomic { !cut && taken < sent && taken == acked -> taken++ }
    :: atomic { !cut && said < taken ->
        said++;
        if
        :: took == said - 1 && took == handled && !failing -> add(N + took); took++
        :: else /* it waits in the outbox */
        fi }
    :: atomic { !cut && acked < said -> store_end(acked); acked++ }
    /* There is room for what waits. */
    :: atomic { !cut && took < said && took == handled && !failing ->
        add(N + took);
        took++ }
    :: atomic { !cut && handled < took -> store_end(N + handled); handled++ }
    /* store_flush */
    :: atomic { !cut && flush ->
        flush = 0;
        for (k : 0 .. ALL - 1) {
            store_may_end(k);
            if
            :: gone[k] && !held[k] && after[k] <= synced ->
                gone[k] = 0;
                over[k] = batch;
                gathered = 1;
                flush = 1
            :: else
            fi
        }
        k = 0;
        if
        :: writing == 0 && gathered && !failing ->
            writing = batch;
            batch++;
            gathered = 0
        :: else
        fi }
    od
}

active proctype disk()
{
    byte k;

    do
    :: atomic { !cut && writing != 0 && !failing ->
        synced = writing;
        writing = 0;
#ifndef BROKEN_FLUSH
        flush = 1;
#endif
        client_settle() }
    :: atomic { !cut && writing != 0 && failures < FAILURES && !failing ->
        failures++;
#ifdef BROKEN_FAILED
        for (k : 0 .. ALL - 1) {
            if
            :: put[k] == writing -> put[k] = 255
            :: else
            fi
        }
        k = 0;
        synced = writing;
        writing = 0;
        flush = 1;
#else
        failing = 1;
#endif
        client_settle() }
    /* It is tried again. */
    :: atomic { !cut && failing -> failing = 0 }
    od
}

/* What the batch of a record says of it: of one that is being written each may be there or not. */
#define surely(b) (b != 0 && b <= synced)
#define maybe(b) (surely(b) || (b != 0 && b == writing))

active proctype power()
{
    byte k;

    if
    :: true -> goto stays
    :: true
    fi;
    atomic { !cut ->
        cut = 1;
        for (k : 0 .. ALL - 1) {
            claim(1, k >= sure || surely(put[k]) || surely(over[k]))
            claim(2, k >= N || !maybe(over[k]) || surely(put[k + N]) || surely(over[k + N]))
            claim(4, !maybe(over[k]) || surely(put[k]))
        } }
stays:
    skip
}

active proctype at_rest()
{
    byte k;

    timeout;
    atomic {
        for (k : 0 .. ALL - 1) {
            claim(3, cut || !is_acked[k] || (over[k] != 0 && over[k] <= synced))
        }
        claim(3, cut || refused || sure == sent)
    }
}
