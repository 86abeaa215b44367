/* A filter under `ack: read` and what it has started both read from its pipe; it may be killed, and
 * its input may be ended, at any step. One of the messages is an ask, which only its answer handles.
 * A message is two bytes in the pipe, its body and its delimiter, so that one may be half read.
 *
 * Properties:
 *  1 kept      at rest each message was read to its delimiter, and the ask was answered
 *  2 once      what was read to its delimiter does not come again, but for the ask
 *  3 order     the messages are read in the order sent
 *  4 answer    the line that answers the ask is the one that was written for it
 *  5 counted   no message counts as handled before its delimiter was read
 *
 * Stands for: line_input_write, line_input_take, line_input_close, speak_end_pipe, speak_unread;
 * line_count_note, line_count_settle, line_input_refresh, line_input_given; lines_answer_line,
 * lines_empty, lines_count_asks, lines_drain; strays_end before member_drain; mail_settle.
 *
 * Broken:
 *  BROKEN_COUNT    2  it is counted what was read before all that reads is killed
 *  BROKEN_WRITTEN  5  what was written counts as read
 *  BROKEN_HALF     5  a message half read counts as read
 *  BROKEN_END      5  the end of input is given without holding the read side
 *  BROKEN_OUTPUT   4  lines of a dead process are read under its successor
 *  BROKEN_EARLY    4  a line that came before its message could be seen takes its place
 *  BROKEN_ASK      1  an ask is handled once it was read
 */
#include "model.h"

#define N 4
#define ASK 2
#define PIPE 3 /* bytes */
#define KILLS 2
#define NONE 15

#define QUEUED 0
#define HELD 1
#define DONE 2

byte state[N];
chan stdin = [PIPE] of { byte };
chan stdout = [2] of { byte };
byte stream[N], n_stream;  /* the messages handed to this process, in order */
byte written, known;       /* bytes that went into the pipe; messages known to be read */
byte n_out, early;         /* lines that came, and those of them that are nobody's */
bit running, alive, stray, ended, held_open, counted;
byte unread;

/* what is only remembered for the properties */
bit whole[N], half[N], answered;
byte kills, last = NONE;

#define some_queued \
    (state[0] == QUEUED || state[1] == QUEUED || state[2] == QUEUED || state[3] == QUEUED)

/* A pipe that nobody holds open any more has nothing in it. */
#define in_pipe (ended && !held_open && !alive && !stray -> 0 : len(stdin))

#ifdef BROKEN_HALF
#define end_of(n) (2 * (n) + 1)
#else
#define end_of(n) (2 * (n) + 2)
#endif

#ifdef BROKEN_ASK
#define stays(i) (false)
#else
#define stays(i) (i == ASK)
#endif

#ifdef BROKEN_EARLY
#define too_early (false)
#else
#define too_early (n_out + 1 - early > written / 2)
#endif

/* What is in the first `upto` bytes of the stream was read. */
inline refresh(upto)
{
    do
    :: known < n_stream && end_of(known) <= upto ->
        k = stream[known];
        known++;
        if
        :: stays(k)
        :: else ->
            claim(5, whole[k])
            state[k] = DONE
        fi
    :: else -> break
    od;
    k = 0
}

/* The n-th line answers the n-th message, if that is an ask in hand. */
inline answer_line(line)
{
    if
    :: too_early -> early++
    :: !too_early && n_out - early < n_stream && stream[n_out - early] == ASK &&
        state[ASK] == HELD ->
        claim(4, line == ASK)
        state[ASK] = DONE;
        answered = 1
    :: else
    fi;
    n_out++
}

inline forget_process()
{
    do
    :: len(stdin) > 0 -> stdin ? _
    :: else -> break
    od;
    for (k : 0 .. N - 1) {
        stream[k] = 0;
        half[k] = 0;
        if
        :: state[k] == HELD -> state[k] = QUEUED
        :: else
        fi
    }
    k = 0;
    n_stream = 0; written = 0; known = 0; n_out = 0; early = 0; ended = 0; held_open = 0;
    counted = 0; unread = 0
}

active proctype supervisor()
{
    byte k, line;

    do
    :: atomic { !running -> running = 1; alive = 1; stray = 1 }
    /* Nothing is left of the run before; the next is taken. */
    :: atomic { running && alive && !ended && written == 2 * n_stream && some_queued ->
        do
        :: state[k] != QUEUED -> k++
        :: else -> break
        od;
        state[k] = HELD;
        stream[n_stream] = k;
        n_stream++;
        k = 0 }
    :: atomic { running && alive && written < 2 * n_stream && nfull(stdin) ->
        stdin ! stream[written / 2];
        written++;
#ifdef BROKEN_WRITTEN
        refresh(written)
#endif
        }
    /* Some event: it is counted. */
    :: atomic { running && alive && known < n_stream && end_of(known) <= written - in_pipe ->
        refresh(written - in_pipe) }
    /* The end of input; at any time, as mail may come in the same moment. */
    :: atomic { running && alive && !ended && written == 2 * n_stream && !some_queued ->
        ended = 1;
#ifndef BROKEN_END
        held_open = 1
#endif
        }
    :: atomic { running && nempty(stdout) -> stdout ? line; answer_line(line); line = 0 }
    /* A line before anything was handed over. */
    :: atomic { running && alive && written == 0 && n_out == 0 -> answer_line(NONE) }
#ifdef BROKEN_COUNT
    :: atomic { running && !alive && !counted -> counted = 1; unread = in_pipe }
#endif
    :: atomic { running && !alive && stray -> stray = 0 }
    /* A death, once all that it had started is gone. */
    :: atomic { running && !alive && !stray ->
        running = 0;
#ifndef BROKEN_OUTPUT
        do
        :: len(stdout) > 0 -> stdout ? line; answer_line(line)
        :: else -> break
        od;
        line = 0;
#endif
        if
        :: counted -> refresh(written - unread)
        :: else -> refresh(written - in_pipe)
        fi;
        forget_process() }
    od
}

/* A byte of message i, by whoever reads. */
inline read_byte(i)
{
    stdin ? i;
    if
    :: !half[i] -> half[i] = 1
    :: else ->
        half[i] = 0;
        claim(2, !whole[i] || (i == ASK && !answered))
        claim(3, i == ASK || last == NONE || i > last)
        claim(3, i == 0 || whole[i - 1])
        if
        :: i != ASK -> last = i
        :: else
        fi;
        whole[i] = 1
    fi
}

/* Reads, and writes a line for each message. */
active proctype process()
{
    byte i;
    byte owed = NONE;

    do
    :: atomic { alive && owed == NONE && nempty(stdin) ->
        read_byte(i);
        if
        :: !half[i] -> owed = i
        :: else
        fi;
        i = 0 }
    :: atomic { alive && owed != NONE && nfull(stdout) -> stdout ! owed; owed = NONE }
    :: atomic { alive && kills < KILLS -> kills++; alive = 0; owed = NONE }
    od
}

/* What it had started, and what outlives it for a while. */
active proctype child()
{
    byte i;

    do
    :: atomic { !alive && stray && nempty(stdin) -> read_byte(i); i = 0 }
    od
}

active proctype at_rest()
{
    byte i;

    timeout;
    atomic {
        for (i : 0 .. N - 1) {
            claim(1, state[i] == DONE && whole[i])
        }
        claim(1, answered)
    }
}
