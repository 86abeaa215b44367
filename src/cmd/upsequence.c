#include "cmd/upsequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

int upsequence_read(const struct opts *o, struct upsequence *s, struct err *e)
{
    const char *text = opts_value(o, "seed");
    uint32_t random = 0; /* short enough to be read out */
    char *end;

    *s =
        (struct upsequence){.on = opts_has(o, "sequential"), .skip_time = opts_has(o, "skip-time")};
    if (!s->on)
        return text == NULL && !s->skip_time
                   ? 0
                   : err_set(e, ERR_INVALID, "--seed and --skip-time go with --sequential");
    if (text == NULL && getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_errno(e, "no random numbers");
    errno = 0;
    s->seed = text == NULL ? random : strtoull(text, &end, 10);
    if (text != NULL && (*text < '0' || *text > '9' || *end != '\0' || errno != 0))
        return err_set(e, ERR_INVALID, "--seed %s: not a whole number from 0 to %" PRIu64, text,
                       UINT64_MAX);
    snprintf(s->text, sizeof s->text, ", sequential with seed %" PRIu64, s->seed);
    return 0;
}

void upsequence_failed(const struct upsequence *s)
{
    if (s->on)
        fprintf(stderr, "actorsup: replay with --sequential --seed %" PRIu64 "\n", s->seed);
}
