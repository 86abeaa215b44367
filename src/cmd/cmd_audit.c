#include "cmd/columns.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <inttypes.h>
#include <unistd.h>

static const struct opt audit_options[] = {
    {'j', "json", OPT_NOTHING, NULL, "print a JSON array, an object for each actor"},
    {0},
};

static void audit_table(const json_t *actors)
{
    static const char *const titles[] = {"NAME",    "ACCEPTED", "HANDLED", "QUEUED",
                                         "IN HAND", "DEAD",     "DROPPED", "BALANCE"};
    static const char *const keys[] = {"accepted", "handled", "queued",
                                       "in_hand",  "dead",    "dropped"};
    struct columns *c = columns_new("lrrrrrrl", titles);
    size_t i;
    json_t *a;
    json_array_foreach(actors, i, a)
    {
        columns_cell(c, NULL, "%s", ctl_text(a, "name"));
        int64_t left = 0;
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            int64_t n = ctl_int(a, keys[k]);
            left += k == 0 ? n : -n;
            columns_cell(c, NULL, "%" PRId64, n);
        }
        if (json_is_true(json_object_get(a, "balanced")))
            columns_cell(c, "32", "ok");
        else
            columns_cell(c, "31", "off by %" PRId64, left);
    }
    columns_print(c, cmd_colour(STDOUT_FILENO));
    columns_free(c);
}

static int audit_run(const struct cmd_call *call)
{
    json_t *answer = NULL;
    int status = ctl_once(call, ctl_request("audit", call->opts.args), link_answer_ms(), &answer);
    if (status != CMD_OK)
        return status;
    const json_t *actors = json_object_get(answer, "actors");
    if (opts_has(&call->opts, "json"))
        ctl_print_array(actors);
    else
        audit_table(actors);
    if (!json_is_true(json_object_get(answer, "balanced")))
        status = cmd_fail(CMD_NO,
                          "the books do not balance; this is a bug of actorsup, please report it");
    json_decref(answer);
    return status;
}

const struct cmd cmd_audit = {
    .name = "audit",
    .args = "[ACTOR...]",
    .brief = "Show the books: accepted = handled + queued + in hand + dead + dropped",
    .more = "The exit status is 1 when they do not balance.",
    .options = audit_options,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = audit_run,
};
