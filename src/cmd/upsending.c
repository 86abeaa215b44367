#include "cmd/upsending.h"

#include "base/units.h"
#include "cmd/cmd.h"
#include "cmd/link.h"

#include <stdio.h>

void upsending_begin(struct upsending *u, const char *system)
{
    u->system = system;
    u->ctl = NULL;
    progress_init(&u->progress, 0, 0);
}

int upsending_wait(const struct upsending *u)
{
    return progress_wait(&u->progress, cmd_now());
}

/* "to west, east": those that something is sent to. Their number. */
static size_t upsending_sum(const json_t *hosts, struct bytes *to, uint64_t *done, uint64_t *total)
{
    size_t i, n = 0;
    json_t *h;
    json_array_foreach(hosts, i, h)
    {
        const json_t *s = json_object_get(h, "sending");
        if (!json_is_object(s))
            continue;
        *done += (uint64_t)ctl_int(s, "bytes");
        *total += (uint64_t)ctl_int(s, "of");
        if (n++ < 3)
            (void)bytes_printf(to, "%s%s", n == 1 ? "" : ", ", ctl_text(h, "name"));
        else if (n == 4)
            (void)bytes_str(to, " and others");
    }
    return n;
}

void upsending_look(struct upsending *u)
{
    json_t *answer = NULL;
    struct bytes to;
    struct err e;
    uint64_t done = 0, total = 0;
    char text[300];
    bytes_init(&to);
    if ((u->ctl != NULL || ctl_open(u->system, &u->ctl, &e) == 0) &&
        ctl_call(u->ctl, ctl_request("hosts", NULL), link_answer_ms(), &answer, &e) == 0 &&
        upsending_sum(json_object_get(answer, "hosts"), &to, &done, &total) > 0 && total > 0) {
        char sent[32], all[32];
        (void)snprintf(text, sizeof text, "sending to %s: %s of %s", bytes_cstr(&to),
                       units_size_text(done, sent, sizeof sent),
                       units_size_text(total, all, sizeof all));
        progress_text(&u->progress, cmd_now(), text, done, total);
    } else {
        progress_text(&u->progress, cmd_now(), "", 0, 0);
    }
    json_decref(answer);
    bytes_release(&to);
}

void upsending_end(struct upsending *u)
{
    progress_end(&u->progress);
    ctl_close(u->ctl);
    u->ctl = NULL;
}
