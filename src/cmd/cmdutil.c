#include "base/units.h"
#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *cmd_program = "actorsup";

int cmd_fail(int status, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX + 256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", cmd_program, text);
    return status;
}

int cmd_fail_err(const struct err *e)
{
    int status = CMD_NO;
    if (e->code == ERR_NOT_RUNNING)
        status = CMD_NOT_RUNNING;
    else if (e->code == ERR_INVALID)
        status = CMD_USAGE;
    return cmd_fail(status, "%s", e->text);
}

void cmd_begin(void)
{
    /* The wrong way round, so that what was closed still cannot be read or written. */
    static const int ways[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", ways[fd] | O_CLOEXEC) < 0)
            _exit(CMD_NO);
    signal(SIGPIPE, SIG_IGN);
}

int cmd_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno == EPIPE) /* the reader has seen enough, as with `| head` */
        return status;
    return cmd_fail(status != CMD_OK ? status : CMD_NO, "cannot write the output: %s",
                    strerror(errno));
}

int cmd_seconds(const char *option, const char *text, int64_t *ms, struct err *e)
{
    char *end;
    errno = 0;
    double seconds = strtod(text, &end);
    if (end != text && *end == '\0' && errno == 0 && isfinite(seconds) && seconds >= 0 &&
        seconds < 3e9) {
        *ms = (int64_t)(seconds * 1000 + 0.5);
        return 0;
    }
    if (units_duration(text, ms) == 0)
        return 0;
    return err_set(e, ERR_INVALID, "%s: \"%s\" is not a time; write seconds (10, 0.5) or 250ms, 5m",
                   option, text);
}

int cmd_number(const char *option, const char *text, long min, long max, long *out, struct err *e)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || n < min || n > max)
        return err_set(e, ERR_INVALID, "%s: \"%s\" is not a number from %ld to %ld", option, text,
                       min, max);
    *out = n;
    return 0;
}

bool cmd_colour(int fd)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (no != NULL && *no != '\0')
        return false;
    return isatty(fd) && (term == NULL || strcmp(term, "dumb") != 0);
}

int64_t cmd_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
