#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int(err_set)(struct err *e, int code, const char *fmt, ...)
{
    if (e != NULL) {
        va_list ap;
        va_start(ap, fmt);
        e->code = code;
        (void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
        va_end(ap);
    }
    return code;
}

/* With errno, which is left as it is. */
static int err_system(struct err *e, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
static int err_system(struct err *e, int code, const char *fmt, va_list ap)
{
    int saved = errno;

    if (e != NULL) {
        e->code = code;
        (void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
        size_t n = strlen(e->text);
        (void)snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(saved));
    }
    errno = saved;
    return code;
}

int(err_errno)(struct err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int rc = err_system(e, ERR_SYSTEM, fmt, ap);
    va_end(ap);
    return rc;
}

int err_scarce(struct err *e, const char *fmt, ...)
{
    bool scarce = errno == EAGAIN || errno == ENOMEM || errno == EMFILE || errno == ENFILE;
    va_list ap;

    va_start(ap, fmt);
    int rc = err_system(e, scarce ? ERR_AGAIN : ERR_SYSTEM, fmt, ap);
    va_end(ap);
    return rc;
}

const char *err_name(int code)
{
    switch (code) {
    case ERR_OK:
        return "no error";
#define X(name, num, text) \
    case num:              \
        return text;
#include "base/err.def"
#undef X
    default:
        return "unknown error";
    }
}

_Noreturn void err_bug(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)fprintf(stderr, "actorsup: internal mistake at %s:%d: ", file, line);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
    abort();
}
