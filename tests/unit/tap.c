#include "tap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_planned = -1;
static int tap_run;
static int tap_failed;

void plan(int checks)
{
    tap_planned = checks;
    (void)printf("1..%d\n", checks);
    (void)fflush(stdout);
}

/* A name may hold what TAP gives a meaning to: '#' and line ends. */
static void tap_name(const char *fmt, va_list ap)
{
    char name[512];

    (void)vsnprintf(name, sizeof(name), fmt, ap);
    for (char *p = name; *p != 0; p++)
        if (*p == '#' || *p == '\n' || *p == '\r')
            *p = ' ';
    (void)printf("%s", name);
}

static void tap_line(bool held, const char *file, int line, const char *fmt, va_list ap)
{
    tap_run++;
    (void)printf("%s %d - ", held ? "ok" : "not ok", tap_run);
    tap_name(fmt, ap);
    (void)putchar('\n');
    if (!held) {
        tap_failed++;
        (void)printf("# failed at %s:%d\n", file, line);
    }
    /* What a crash or a fork would otherwise swallow or repeat. */
    (void)fflush(stdout);
}

bool tap_ok(bool held, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tap_line(held, file, line, fmt, ap);
    va_end(ap);
    return held;
}

bool tap_is_int(intmax_t got, intmax_t want, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tap_line(got == want, file, line, fmt, ap);
    va_end(ap);
    if (got != want)
        diag("     got: %jd\n#  wanted: %jd", got, want);
    return got == want;
}

static void tap_show(const char *what, const char *text)
{
    (void)printf("# %s: ", what);
    if (text == NULL)
        (void)printf("NULL");
    else
        for (const char *p = text; *p != 0; p++)
            (void)printf(*p == '\n' ? "\\n" : "%c", *p);
    (void)putchar('\n');
}

bool tap_is_str(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
{
    bool held = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);
    va_list ap;

    va_start(ap, fmt);
    tap_line(held, file, line, fmt, ap);
    va_end(ap);
    if (!held) {
        tap_show("   got", got);
        tap_show("wanted", want);
        (void)fflush(stdout);
    }
    return held;
}

static void tap_hex(const char *what, const unsigned char *data, size_t len)
{
    enum { SHOWN = 64 };

    (void)printf("# %s (%zu bytes):", what, len);
    for (size_t i = 0; i < len && i < SHOWN; i++)
        (void)printf(" %02x", data[i]);
    (void)printf(len > SHOWN ? " ...\n" : "\n");
}

bool tap_is_mem(const void *got, size_t got_len, const void *want, size_t want_len,
                const char *file, int line, const char *fmt, ...)
{
    bool held = got_len == want_len && (got_len == 0 || memcmp(got, want, got_len) == 0);
    va_list ap;

    va_start(ap, fmt);
    tap_line(held, file, line, fmt, ap);
    va_end(ap);
    if (!held) {
        tap_hex("   got", got, got_len);
        tap_hex("wanted", want, want_len);
        (void)fflush(stdout);
    }
    return held;
}

void skip(const char *fmt, ...)
{
    va_list ap;

    tap_run++;
    (void)printf("ok %d # SKIP ", tap_run);
    va_start(ap, fmt);
    tap_name(fmt, ap);
    va_end(ap);
    (void)putchar('\n');
    (void)fflush(stdout);
}

void diag(const char *fmt, ...)
{
    va_list ap;

    (void)printf("# ");
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
    (void)putchar('\n');
    (void)fflush(stdout);
}

_Noreturn void bail_out(const char *fmt, ...)
{
    va_list ap;

    (void)printf("Bail out! ");
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
    (void)putchar('\n');
    (void)fflush(stdout);
    exit(1);
}

int done(void)
{
    if (tap_planned < 0)
        (void)printf("1..%d\n", tap_run);
    else if (tap_planned != tap_run)
        (void)printf("# planned %d checks, ran %d\n", tap_planned, tap_run);
    (void)fflush(stdout);
    return tap_failed == 0 && (tap_planned < 0 || tap_planned == tap_run) ? 0 : 1;
}
