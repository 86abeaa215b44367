#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/completion.h"

#include <string.h>

static const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

static int completion_run(const struct cmd_call *call)
{
    static void (*const print[])(FILE * out) = {completion_bash, completion_zsh, completion_fish};
    const char *shell = call->opts.args[0];
    for (size_t i = 0; completion_shells[i] != NULL; i++) {
        if (strcmp(completion_shells[i], shell) == 0) {
            print[i](stdout);
            return CMD_OK;
        }
    }
    const char *near = text_nearest(shell, completion_shells);
    return cmd_fail(CMD_USAGE, "completion: \"%s\" is not bash, zsh or fish%s%s%s", shell,
                    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                    near != NULL ? "?)" : "");
}

const struct cmd cmd_completion = {
    .name = "completion",
    .args = "bash|zsh|fish",
    .brief = "Print a script that completes actorsup and actorsend in a shell",
    .more = "In bash: source <(actorsup completion bash)\n"
            "In zsh:  source <(actorsup completion zsh)\n"
            "In fish: actorsup completion fish | source",
    .subs = completion_shells,
    .min_args = 1,
    .max_args = 1,
    .words = CMD_WORDS_SUBS,
    .run = completion_run,
};
