#include "engine/assembly.h"

#include "engine/askbook.h"
#include "engine/deadletters.h"
#include "engine/events.h"
#include "engine/files.h"
#include "engine/groups.h"
#include "engine/member.h"
#include "engine/roster.h"
#include "engine/strays.h"
#include "io/logfile.h"

#include <stdlib.h>
#include <string.h>

int assembly_make(struct system *s, const struct topology *t, const char *state_dir, struct err *e)
{
    int rc;

    s->topology = t;
    s->listener = s->spare_fd = -1;
    s->next_id = 1;
    s->random = 1;
    s->state_dir = strdup(state_dir);
    s->dead = deadletters_new();
    s->loop = loop_new(e);
    if (s->loop == NULL || s->state_dir == NULL || s->dead == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    s->began = loop_now(s->loop);
    loop_task_init(&s->said, s->loop, events_flush, s);
    loop_task_init(&s->look, s->loop, strays_look, s);
    loop_timer_init(&s->held, s->loop, strays_again, s);
    loop_timer_init(&s->ring, s->loop, member_ring_look, s);
    loop_timer_init(&s->gaps, s->loop, events_retry, s);
    loop_timer_init(&s->notes, s->loop, member_notes_late, s);
    if ((rc = roster_make(s, e)) != 0)
        return rc;
    return groups_make(s, e);
}

void assembly_release(struct system *s)
{
    asks_free(s);
    flows_release(&s->flows);
    trace_release(&s->trace);
    deadletters_free(s->dead);
    roster_free(s);
    groups_free(s);
    files_free(s);
    logfile_free(s->log);
    logfile_free(s->events);
    loop_io_free(s->life_io);
    reaper_free(s->reaper);
    loop_free(s->loop);
    free(s->state_dir);
}
