/* In sequence: one actor's code runs at a time. Who waits gives its turn to the next that has
 * something to do, in the order of their places, and so round. */
#include "host/host.h"

#include "actor/hosted.h"

enum { TURN_NOBODY = -1 };

static struct {
    pthread_mutex_t lock;
    bool in_sequence;
    int holder, last; /* places */
    int places;       /* that have been taken so far */
    struct guest *waiting[HOSTING_GUESTS];
} turn = {.lock = PTHREAD_MUTEX_INITIALIZER, .holder = TURN_NOBODY, .last = TURN_NOBODY};

/* A child that an actor has forked is nobody's turn: who held the lock is not in it. */
static bool turn_forked;

static void host_forked(void)
{
    turn_forked = true;
}

void host_turns(bool in_sequence)
{
    turn.in_sequence = in_sequence;
    (void)pthread_atfork(NULL, NULL, host_forked);
}

/* With the lock held, and nobody's turn. */
static void host_next(void)
{
    for (int i = 1; i <= turn.places; i++) {
        int at = (turn.last + i) % turn.places;
        struct guest *g = turn.waiting[at];
        if (g == NULL)
            continue;
        turn.waiting[at] = NULL;
        turn.holder = turn.last = at;
        (void)pthread_cond_signal(&g->turn);
        return;
    }
}

void host_work(struct guest *g)
{
    int at = (int)g->place;

    if (turn_forked)
        return;
    if (turn.in_sequence) {
        (void)pthread_mutex_lock(&turn.lock);
        if (turn.places <= at)
            turn.places = at + 1;
        turn.waiting[at] = g;
        if (turn.holder == TURN_NOBODY)
            host_next();
        while (turn.holder != at || turn.waiting[at] == g)
            (void)pthread_cond_wait(&g->turn, &turn.lock);
        (void)pthread_mutex_unlock(&turn.lock);
    }
    host_runs(g, true);
}

void host_rest(struct guest *g)
{
    if (turn_forked)
        return;
    host_runs(g, false);
    if (!turn.in_sequence)
        return;
    (void)pthread_mutex_lock(&turn.lock);
    turn.holder = TURN_NOBODY;
    host_next();
    (void)pthread_mutex_unlock(&turn.lock);
}

/* For libactor. */
void actor_host_rest(void)
{
    if (host_self != NULL)
        host_rest(host_self);
}

void actor_host_work(void)
{
    if (host_self != NULL)
        host_work(host_self);
}
