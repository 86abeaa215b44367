/* Actors with small mailboxes that send and ask each other as they please, and two clients that send
 * to one of them. A message makes its actor send up to two more, and may ask; it acks before or
 * after that, or once it has the answer.
 *
 * Properties:
 *  1 alive     whenever nothing moves any more, all is handled, or there is a ring of full mailboxes
 *              and the detector finds it; nobody waits for answers that have come
 *  2 turn      of those who wait for an actor the one is woken that has waited longest
 *  3 bound     no mailbox holds more tells and asks than its bound; open asks and replies that were
 *              not taken are no more than that either; 
 *  4 order     what one sends to another is accepted in the order sent
 *  5 acks      whenever nothing moves, no ack or reply stands unread behind a send that waits, but
 *              behind as many as are read past
 *
 * Stands for: router_fits, router_put, router_deliver; sending_send, sending_flush,
 * sending_congested, sending_reserved, sending_answered; outbox_add; waiting_on, waiting_end,
 * waiting_room, waiting_turn, waiting_may_end; member_room, client_woken; mail_take, mail_handled;
 * asks_open, asks_answer; ring_waiting, ring_follow. Tasks run in any order, which is more than the
 * loop does.
 *
 * Broken:
 *  BROKEN_FORGET   1  only one of those who wait is woken, whatever the room
 *  BROKEN_ROOM     1  an ack wakes nobody
 *  BROKEN_RING     1  only rings of one are looked for
 *  BROKEN_ASKER    1  who waits to ask again is woken only once its own mailbox has room
 *  BROKEN_LIFO     2  the one that came last is woken
 *  BROKEN_BOUND    3  what was woken is accepted without a look at the bound
 *  BROKEN_RESERVE  3  an ask reserves no place
 *  BROKEN_OVERTAKE 4  a send is tried though others wait
 *  BROKEN_AHEAD    5  nothing is read past a send that waits
 */
#include "model.h"

#define A 2      /* actors; their members are senders 0 and 1, */
#define C1 2     /* and these are clients */
#define C2 3
#define SENDERS 4
#define BOUND 1  /* messages in a mailbox */
#define AHEAD 2  /* sends that wait, with which nothing more is read */
#define ASKS 2   /* at once, by a process that waits for all the answers */
#define NONE 15

/* types of messages, and what a process says */
#define LEAF 1   /* sends nothing on */
#define WORK 2
#define ASK 3
#define REPLY 4
#define ACK 5

chan box[A] = [7] of { byte, byte };      /* type, and who asks */
byte held[A], tells[A], replies[A];       /* in hand; tells and asks there and in the box; replies in the box */
byte asking[A];
chan stdin[A] = [1] of { byte, byte };
chan stdout[A] = [1] of { byte, byte, byte }; /* what, to whom, and its number among those to it */
chan later[A] = [7] of { byte, byte };    /* read, while the process waits for an answer */
chan outbox[A] = [AHEAD] of { byte, byte, byte };
chan waiters[A] = [SENDERS] of { byte };
byte on[SENDERS] = NONE, turns[A];
bit room[A], turn[A], woken[SENDERS];
byte to_send[SENDERS];
/* what is only remembered for the properties */
byte number[4], taken[4];                 /* of what 0 and 1 have sent to 0 and 1, and of it the last accepted */
byte before[SENDERS];                     /* a bit for each that waited for the same before this one */

#define fits(a) (len(box[a]) + held[a] < BOUND)
#ifdef BROKEN_RESERVE
#define reserved(m) (false)
#else
#define reserved(m) (asking[m] + replies[m] >= BOUND)
#endif
#define asks_next(m) (outbox[m] ? [ASK, _, _])
#ifdef BROKEN_AHEAD
#define congested(m) (len(outbox[m]) > 0)
#else
#define congested(m) (len(outbox[m]) == AHEAD)
#endif

inline waiting_end(w)
{
    if
    :: on[w] != NONE ->
        waiters[on[w]] ?? eval(w);
        on[w] = NONE;
        before[w] = 0;
        for (k : 0 .. SENDERS - 1) {
            before[k] = before[k] & ~(1 << w)
        }
        k = 0
    :: else
    fi
}

inline waiting_on(w, a)
{
    if
    :: on[w] == a
    :: else ->
        waiting_end(w);
        on[w] = a;
        for (k : 0 .. SENDERS - 1) {
            if
            :: k != w && on[k] == a -> before[w] = before[w] | (1 << k)
            :: else
            fi
        }
        k = 0;
        waiters[a] ! w
    fi
}

inline wake(w)
{
    waiting_end(w);
    woken[w] = 1
}

/* An ask is over, or its answer was taken. */
inline sending_answered(m)
{
#ifdef BROKEN_ASKER
    room[m] = room[m] || on[m] == m
#else
    if
    :: on[m] == m && asks_next(m) && !reserved(m) -> wake(m)
    :: else
    fi
#endif
}

/* Accepts what s sends to a: lacks is NONE, or for whom s has to wait. */
inline post(s, what, a, n)
{
    if
    :: what == ASK && reserved(s) -> lacks = s
#ifdef BROKEN_BOUND
    :: !(what == ASK && reserved(s)) && !fits(a) && !late -> lacks = a
#else
    :: !(what == ASK && reserved(s)) && !fits(a) -> lacks = a
#endif
    :: else ->
        lacks = NONE;
        if
        :: what == ASK -> asking[s]++
        :: else
        fi;
        box[a] ! what, s;
        tells[a]++;
        claim(3, tells[a] <= BOUND)
        if
        :: s < A ->
            claim(4, taken[2 * s + a] < n)
            taken[2 * s + a] = n
        :: else
        fi
    fi
}

inline deliver_reply(a)
{
    if
    :: asking[a] > 0 ->
        box[a] ! REPLY, 0;
        replies[a]++;
        asking[a]--;
        sending_answered(a);
        claim(3, asking[a] + replies[a] <= BOUND)
    :: else  /* it came too late */
    fi
}

inline flush(m)
{
    lacks = NONE;
    do
    :: len(outbox[m]) > 0 && lacks == NONE ->
        outbox[m] ? <what, to, n>;
        post(m, what, to, n);
        if
        :: lacks == NONE -> outbox[m] ? _, _, _
        :: else -> waiting_on(m, lacks)
        fi
    :: else -> break
    od;
    lacks = NONE; what = 0; to = 0; n = 0
}

/* What a process says. */
inline output(m)
{
    stdout[m] ? what, to, n;
    if
    :: what == ACK ->
        held[m]--;
        if
        :: to != REPLY -> tells[m]--
        :: else
        fi;
#ifndef BROKEN_ROOM
        room[m] = 1
#endif
    :: what == REPLY ->
        held[m]--;
        tells[m]--;
        room[m] = 1;
        deliver_reply(to)
    :: else ->
        lacks = NONE;
        if
#ifndef BROKEN_OVERTAKE
        :: len(outbox[m]) > 0 -> outbox[m] ! what, to, n
        :: len(outbox[m]) == 0 ->
#else
        :: true ->
#endif
            post(m, what, to, n);
            if
            :: lacks != NONE -> waiting_on(m, lacks); outbox[m] ! what, to, n
            :: else
            fi
        fi;
        lacks = NONE
    fi;
    what = 0; to = 0; n = 0
}

inline waiting_turn(a)
{
    turn[a] = 0;
    if
    :: turns[a] > 0 && len(waiters[a]) > 0 && fits(a) ->
        turns[a]--;
        waiters[a] ? <to>;
#ifdef BROKEN_LIFO
        for (k : 0 .. SENDERS - 1) {
            if
            :: on[k] == a && before[k] != 0 -> to = k
            :: else
            fi
        }
        k = 0;
#endif
        claim(2, before[to] == 0)
        wake(to);
        to = 0;
#ifndef BROKEN_FORGET
        turn[a] = turns[a] > 0
#endif
    :: else -> turns[a] = 0
    fi
}

/* engine/ring.c, for actors of one member each */
inline ring_follow(m)
{
    at = m;
    steps = 0;
    do
    :: found || at == NONE || on[at] == NONE || steps == A + 1 -> break
    :: else ->
        steps++;
        if
        :: on[at] == m -> found = !(at == m && reserved(m)); break
        :: else ->
#ifdef BROKEN_RING
            break
#else
            at = on[at]
#endif
        fi
    od
}

#define locals byte k, what, to, n; byte lacks = NONE; bit late
#define forget lacks = NONE; what = 0; to = 0; n = 0

/* The loop, as far as it is about actor m and its process. */
active [A] proctype supervisor()
{
    locals;
    byte m = _pid;

    do
    :: atomic { len(box[m]) > 0 && len(stdin[m]) == 0 ->
        box[m] ? what, to;
        held[m]++;
        stdin[m] ! what, to;
        if
        :: what == REPLY -> replies[m]--; sending_answered(m)
        :: else
        fi;
        forget }
    :: atomic { len(stdout[m]) > 0 && !congested(m) -> output(m); forget }
    :: atomic { room[m] -> room[m] = 0; turns[m] = len(waiters[m]); waiting_turn(m) }
    :: atomic { turn[m] -> waiting_turn(m) }
    :: atomic { woken[m] -> woken[m] = 0; late = 1; flush(m); late = 0; forget }
    od
}

inline client_frames(w, a)
{
    post(w, WORK, a, 0);
    if
    :: lacks == NONE -> to_send[w]--
    :: else -> waiting_on(w, lacks)
    fi
}

/* Client C1 may die, waiting, or woken and before its turn. */
active proctype client_1()
{
    locals;

    to_send[C1] = 1;
    do
    :: atomic { to_send[C1] > 0 && on[C1] == NONE -> client_frames(C1, 0); forget }
    :: atomic { to_send[C1] > 0 -> waiting_end(C1); to_send[C1] = 0 }
    :: to_send[C1] == 0 -> break
    od
}

active proctype client_2()
{
    locals;

    to_send[C2] = 1;
    do
    :: atomic { to_send[C2] > 0 && on[C2] == NONE -> client_frames(C2, 0); forget }
    :: to_send[C2] == 0 -> break
    od
}

inline say(what, to)
{
    number[2 * m + to]++;
    stdout[m] ! what, to, number[2 * m + to]
}

inline any(to)
{
    if
    :: to = 0
    :: to = 1
    fi
}

inline handle(type, asker)
{
    if
    :: type == LEAF -> stdout[m] ! ACK, LEAF, 0
    :: type == REPLY -> stdout[m] ! ACK, REPLY, 0
    :: type == ASK -> stdout[m] ! REPLY, asker, 0
    :: type == ASK -> say(LEAF, asker); stdout[m] ! REPLY, asker, 0
    :: type == WORK -> any(to); say(LEAF, to); stdout[m] ! ACK, WORK, 0
    :: type == WORK -> any(to); stdout[m] ! ACK, WORK, 0; say(LEAF, to)
    :: type == WORK -> any(to); say(LEAF, to); say(LEAF, to); stdout[m] ! ACK, WORK, 0
    :: type == WORK -> to = 1 - m;
        do
        :: waits < ASKS -> say(ASK, to); waits++
        :: else -> break
        od;
        /* Until it has the answers it acks nothing but those. */
        do
        :: waits == 0 -> break
        :: atomic { waits > 0 && stdin[m] ? [REPLY, _] -> stdin[m] ? _, _; waits-- }
            stdout[m] ! ACK, REPLY, 0
        :: atomic { waits > 0 && len(stdin[m]) > 0 && !(stdin[m] ? [REPLY, _]) ->
            stdin[m] ? what, who; later[m] ! what, who; what = 0; who = 0 }
        od;
        stdout[m] ! ACK, WORK, 0
    fi;
    to = 0
}

active [A] proctype process()
{
    byte m = _pid - A - 2;
    byte what, type, asker, who, to, waits;

    do
    :: atomic { len(later[m]) > 0 -> later[m] ? type, asker }
        handle(type, asker);
        atomic { type = 0; asker = 0 }
    :: atomic { len(later[m]) == 0 && len(stdin[m]) > 0 -> stdin[m] ? type, asker }
        handle(type, asker);
        atomic { type = 0; asker = 0 }
    od
}

active proctype clock()
{
    locals;

    do
    :: atomic { timeout && asking[0] > 0 -> deliver_reply(0); forget }
    :: atomic { timeout && asking[1] > 0 -> deliver_reply(1); forget }
    od
}

active proctype at_rest()
{
    byte k, at, steps;
    bit found, idle;

    atomic { timeout && asking[0] == 0 && asking[1] == 0 ->
        idle = to_send[C1] == 0 && to_send[C2] == 0;
        for (k : 0 .. A - 1) {
            idle = idle && len(box[k]) == 0 && held[k] == 0 && len(outbox[k]) == 0;
            ring_follow(k);
            claim(1, on[k] != k || !asks_next(k))
            claim(5, len(stdout[k]) == 0 || len(outbox[k]) == AHEAD)
        }
        claim(1, idle || found)
    }
}
