/* Test Anything Protocol for the unit tests: one program a source file, one
 * line a check, and the status of done() for main to return. */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Says how many checks follow. Without it, done() prints the plan. */
void plan(int checks);

/* Each prints one line, and on failure what was found beside what was wanted. They return
 * whether the check held. The format names the check. */
#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) \
    tap_is_int((intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, got_len, want, want_len, ...) \
    tap_is_mem((got), (got_len), (want), (want_len), __FILE__, __LINE__, __VA_ARGS__)

bool tap_ok(bool held, const char *file, int line, const char *fmt, ...) TAP_PRINTF(4, 5);
bool tap_is_int(intmax_t got, intmax_t want, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(5, 6);
/* Either may be NULL, which equals only NULL. */
bool tap_is_str(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(5, 6);
bool tap_is_mem(const void *got, size_t got_len, const void *want, size_t want_len,
                const char *file, int line, const char *fmt, ...) TAP_PRINTF(7, 8);

/* A check that could not be made here, with the reason. */
void skip(const char *fmt, ...) TAP_PRINTF(1, 2);
/* A line for people. */
void diag(const char *fmt, ...) TAP_PRINTF(1, 2);
/* Ends the program at once as failed: what follows could not work. */
_Noreturn void bail_out(const char *fmt, ...) TAP_PRINTF(1, 2);

/* The status for main: 0 when every check held and the plan was kept. */
int done(void);

#endif
