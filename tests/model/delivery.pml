/* From a client through a mailbox to a process that acks by id (json, frames), while the client may
 * die, the process may be killed at any step, and one message is poison.
 *
 * Properties:
 *  1 kept        at rest every message that was accepted is handled or dead; each that is handled was
 *                handled by a process
 *  2 prefix      what was accepted is a prefix of what was sent; the client is never told of more
 *  3 order       each process reads in the order sent, what is redelivered before what comes after
 *                it, but for what was put back for later or failed
 *  4 acked       what a process has acked, be it its last word, is not handed over again
 *  5 solo        what a dead process had read of is handed over while nothing else is in hand
 *  6 blame       only the oldest in hand is blamed, if it was read: a message that no process has read
 *                has no blame, and none but the poison becomes a dead letter
 *  7 retry       poison ends no more processes than `retry` says
 *  8 books       accepted = handled + queued + in hand + dead, at every moment
 *
 * Stands for: client_frames, client_message, client_accepted (engine/clientframes); router_put;
 * mailbox_take, mail_run_return; hand_push, hand_return_all; mail_take, mail_fail, mail_defer,
 * mail_settle (engine/mail); handover_build, handover_ack, handover_within (speak/handover);
 * json_drain, frames_drain; member_drain.
 *
 * Broken:
 *  BROKEN_OUTPUT  4  a dead process's output is not read to the end before its hand is settled
 *  BROKEN_HAND    1  what a dead process had in hand is forgotten
 *  BROKEN_TAIL    3  what comes back goes to the tail
 *  BROKEN_ALONE   5  what comes back is handed over with others
 *  BROKEN_OLDEST  6  all that was read is blamed
 *  BROKEN_UNREAD  6  the oldest in hand is blamed, read or not
 *  BROKEN_RETRY   7  a death is not counted against its message
 *  BROKEN_TOLD    2  the client is told of what it has sent, not of what was accepted
 *  BROKEN_PREFIX  2  a full mailbox refuses one, and takes what comes after it
 *  BROKEN_DEFER   8  what is put back for later stays in hand as well
 */
#include "model.h"

#define N 4      /* messages */
#define BOUND 2  /* messages in the mailbox */
#define RETRY 3
#define POISON 1
#define NONE 15

#define FRESH 0
#define QUEUED 1
#define HELD 2
#define DONE 3
#define DEAD 4

#define ACK 0
#define FAIL 1
#define DEFER 2

#define n_in(s) ((state[0] == s) + (state[1] == s) + (state[2] == s) + (state[3] == s))

#define KILLS 1  /* deaths that no message is to be blamed for, and failures */

/* the mailbox */
byte state[N], place[N], blame[N];
bit solo[N];
byte tail;
/* the hand: in the order handed over, and where each ends in the stream */
byte hand[N], ends[N], n_hand;
byte handed;
/* the books */
byte accepted, handled, dead;
/* the connection of the client */
chan socket = [2] of { byte };
byte told;
bit client_dead, hung_up;
/* the process */
chan built = [N] of { byte };
chan stdin = [2] of { byte };
chan stdout = [1] of { byte, byte };
chan mine = [N] of { byte };  /* read, not yet handled */
bit alive, running;
byte n_read, kills, deaths;
/* what is only remembered for the properties */
bit worked[N], acked[N], seen[N], was_read[N];
bit deferred[N], astray[N];  /* put back for later; that, or failed under this process */
bit reads[N], lost[N];  /* its process has it; was in hand and read when its process died */
byte last = NONE;

inline books()
{
    claim(8, accepted == handled + dead + n_in(QUEUED) + n_in(HELD))
    claim(8, n_hand == n_in(HELD))
}

/* The front of what is queued: f, or NONE. */
inline front(f)
{
    f = NONE;
    for (k : 0 .. N - 1) {
        if
        :: state[k] == QUEUED && (f == NONE || place[k] < place[f]) -> f = k
        :: else
        fi
    }
    k = 0
}

inline hand_remove(at)
{
    for (k : at .. N - 2) {
        hand[k] = hand[k + 1];
        ends[k] = ends[k + 1]
    }
    hand[N - 1] = 0;
    ends[N - 1] = 0;
    k = 0;
    n_hand--
}

/* Where id i stands in the hand: at, or NONE. */
inline hand_find(i, at)
{
    at = NONE;
    for (k : 0 .. N - 1) {
        if
        :: k < n_hand && hand[k] == i -> at = k
        :: else
        fi
    }
    k = 0
}

inline mail_kill(i)
{
    state[i] = DEAD;
    dead++;
    claim(6, i == POISON)
}

inline take_output(op, i)
{
    hand_find(i, at);
    lost[i] = 0;
    reads[i] = 0;
    if
    :: at == NONE
    :: at != NONE && op == ACK ->
        state[i] = DONE;
        handled++;
        hand_remove(at)
    :: at != NONE && op == FAIL ->
        hand_remove(at);
        if
        :: blame[i] + 1 >= RETRY -> mail_kill(i)
        :: else ->
            state[i] = QUEUED;
            blame[i]++;
            astray[i] = 1
        fi
    :: at != NONE && op == DEFER ->
#ifndef BROKEN_DEFER
        hand_remove(at);
#endif
        state[i] = QUEUED;
        solo[i] = 0;
        place[i] = tail;
        tail++;
        deferred[i] = 1;
        astray[i] = 1
    fi;
    at = 0
}

/* How many of the oldest in hand end within what was read. */
inline within(n)
{
    n = 0;
    do
    :: n < n_hand && ends[n] <= n_read -> n++
    :: else -> break
    od
}

inline return_all(n)
{
    for (j : 0 .. N - 1) {
        if
        :: j < n_hand ->
#ifndef BROKEN_HAND
            state[hand[j]] = QUEUED;
            if
#ifdef BROKEN_OLDEST
            :: lay -> blame[hand[j]]++
#else
            :: lay && j == 0 -> blame[hand[j]]++
#endif
            :: else
            fi;
            if
#ifdef BROKEN_ALONE
            :: false
#else
            :: j < n -> solo[hand[j]] = 1
#endif
            :: else
            fi;
#ifdef BROKEN_TAIL
            place[hand[j]] = tail;
            tail++;
#endif
            claim(6, blame[hand[j]] == 0 || was_read[hand[j]])
#ifdef BROKEN_OLDEST
            claim(6, j == 0 || !lay)
#endif
#else
            state[hand[j]] = DONE;
            handled++
#endif
        :: else
        fi
    }
    j = 0;
    for (j : 0 .. N - 1) {
        hand[j] = 0;
        ends[j] = 0
    }
    j = 0;
    n_hand = 0
}

inline settle()
{
    within(n);
#ifdef BROKEN_UNREAD
    lay = n_hand > 0;
#else
    lay = n > 0;
#endif
#ifdef BROKEN_RETRY
    lay = 0;
#endif
    if
    :: lay && blame[hand[0]] + 1 >= RETRY ->
        mail_kill(hand[0]);
        hand_remove(0);
        n--;
        lay = 0
    :: else
    fi;
    return_all(n);
    n = 0;
    lay = 0
}

/* Only for the properties. */
inline remember()
{
    for (k : 0 .. N - 1) {
        lost[k] = lost[k] || (state[k] == HELD && reads[k]);
        reads[k] = 0;
        astray[k] = deferred[k]
    }
    k = 0
}

inline forget_process()
{
    do
    :: len(built) > 0 -> built ? _
    :: len(stdin) > 0 -> stdin ? _
    :: len(stdout) > 0 -> stdout ? _, _
    :: len(mine) > 0 -> mine ? _
    :: else -> break
    od;
    handed = 0;
    n_read = 0;
    last = NONE
}

active proctype client()
{
    byte i;

    do
    :: i < N && !client_dead -> socket ! i; i++
#ifdef BROKEN_TOLD
    :: atomic { !client_dead -> told = accepted + len(socket); claim(2, told <= accepted) }
#else
    :: atomic { !client_dead && told < accepted -> told = accepted }
#endif
    :: atomic { !client_dead && i > 0 && i < N -> client_dead = 1 }
    :: i == N -> break
    :: client_dead -> break
    od
}

active proctype supervisor()
{
    byte i, k, at, f, n, j, op;
    bit lay, alone;

    do
    /* A frame of the client's, as long as there is room. */
    :: atomic { !hung_up && nempty(socket) &&
        n_in(QUEUED) + n_in(HELD) < BOUND ->
        socket ? i;
        claim(2, i == accepted)
        accepted++;
        state[i] = QUEUED;
        place[i] = tail;
        tail++;
        i = 0;
        books() }
#ifdef BROKEN_PREFIX
    :: atomic { nempty(socket) && n_in(QUEUED) + n_in(HELD) == BOUND -> socket ? _ }
#endif
    /* It has died: what was not taken from it goes with it, or was taken before. */
    :: atomic { client_dead && !hung_up ->
        hung_up = 1;
        do
        :: len(socket) > 0 -> socket ? _
        :: else -> break
        od }
    /* mail_take */
    :: atomic { running && alive && n_in(QUEUED) > 0 ->
        front(f);
        alone = n_hand > 0 && solo[hand[n_hand - 1]];
        if
        :: (alone || solo[f]) && n_hand > 0
        :: else ->
            state[f] = HELD;
            handed++;
            hand[n_hand] = f;
            ends[n_hand] = handed;
            n_hand++;
            built ! f
        fi;
        f = 0;
        alone = 0;
        books() }
    :: atomic { running && nempty(built) && nfull(stdin) -> built ? i; stdin ! i; i = 0 }
    :: atomic { running && nempty(stdout) ->
        stdout ? op, i;
        take_output(op, i);
        op = 0;
        i = 0;
        books() }
    /* A death: output to its end, what was read, blame, and back. */
    :: atomic { running && !alive ->
        running = 0;
        remember();
#ifndef BROKEN_OUTPUT
        do
        :: len(stdout) > 0 -> stdout ? op, i; take_output(op, i)
        :: else -> break
        od;
#endif
        op = 0;
        i = 0;
        settle();
        forget_process();
        books() }
    :: atomic { !running && !alive -> running = 1; alive = 1 }
    od
}

active proctype process()
{
    byte i, k;

    do
    :: atomic { alive && nempty(stdin) ->
        stdin ? i;
        n_read++;
        mine ! i;
        claim(4, !acked[i])
        claim(5, !lost[i] || n_hand == 1)
        if
        :: astray[i]
        :: else ->
            claim(3, last == NONE || i > last)
            last = i;
            for (k : 0 .. N - 1) {
                claim(3, k >= i || seen[k] || astray[k] || state[k] == DEAD)
            }
            k = 0
        fi;
        seen[i] = 1;
        was_read[i] = 1;
        reads[i] = 1;
        i = 0 }
    :: atomic { alive && nempty(mine) && nfull(stdout) ->
        mine ? <i>;
        if
        :: i == POISON -> alive = 0; deaths++; claim(7, deaths <= RETRY)
        :: i != POISON && !worked[i] && kills < KILLS ->
            kills++;
            mine ? i;
            stdout ! FAIL, i
        :: i == 0 && !worked[i] && !deferred[i] ->
            mine ? i;
            stdout ! DEFER, i
        :: i != POISON && !worked[i] -> worked[i] = 1
        :: i != POISON && worked[i] ->
            mine ? i;
            acked[i] = 1;
            stdout ! ACK, i
        fi;
        i = 0 }
    od
}

active proctype killer()
{
    do
    :: atomic { alive && kills < KILLS -> alive = 0; kills++ }
    od
}

active proctype at_rest()
{
    byte i;

    timeout;
    atomic {
        for (i : 0 .. N - 1) {
            claim(1, i >= accepted || state[i] == DONE || state[i] == DEAD)
            claim(1, state[i] != DONE || worked[i])
        }
        claim(1, state[POISON] != DONE)
    }
}
