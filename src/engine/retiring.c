#include "engine/retiring.h"

#include "engine/adopt.h"
#include "engine/events.h"
#include "engine/init.h"
#include "engine/ownconf.h"
#include "engine/roster.h"
#include "engine/router.h"
#include "engine/wakes.h"
#include "engine/watching.h"

#include <stdlib.h>

void retiring_bury(struct actor *a, const char *reason)
{
    struct topo_actor *grave = ownconf_grave(a->conf);

    if (grave == NULL)
        return;
    router_bury_all(a, reason);
    init_bury(a);
    wakes_free(a);
    watching_tell(a, reason);
    loop_timer_stop(&a->expiry);
    loop_timer_stop(&a->elastic);
    loop_timer_stop(&a->leave);
    event_actor(a, "actor.removed", "%s", "");
    roster_leave(a);
    adopt_same(a, grave);
    free(a->own);
    a->own = grave;
    a->of = NULL;
    a->parent = NULL;
    a->n_members = a->n_to = 0;
    a->removed = true;
    a->sys->n_graves += a->spawned;
    loop_task_queue(&a->room);
    loop_task_queue(&a->sys->changed);
}
