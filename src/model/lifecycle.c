#include "model/lifecycle.h"

static const struct life_step lifecycle_table[LIFE_N_STATES][LIFE_N_EVENTS] = {
#define X(state, event, next, action) \
    [LIFE_##state][LIFE_ON_##event] = {LIFE_##next, LIFE_##action},
#include "model/lifecycle.def"
#undef X
};

/* One row for each pair, counted: a missing or doubled one does not compile. */
enum {
    LIFECYCLE_ROWS = 0
#define X(state, event, next, action) +1 // NOLINT(bugprone-macro-parentheses)
#include "model/lifecycle.def"
#undef X
};
_Static_assert(LIFECYCLE_ROWS == (int)LIFE_N_STATES * (int)LIFE_N_EVENTS, "a row is missing");

struct life_step lifecycle_step(enum life_state state, enum life_event event)
{
    return lifecycle_table[state][event];
}

const char *lifecycle_name(enum life_state state)
{
    static const char *const names[LIFE_N_STATES] = {
#define X(name, text) [LIFE_##name] = (text),
        LIFE_STATES(X)
#undef X
    };
    return names[state];
}
