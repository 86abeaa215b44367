/* Failure codes, and the text that goes with one that a user will see.
 *
 * A function that can fail returns 0 or one of the negative codes below and
 * leaves its outputs untouched. Where the failure reaches a user it fills a
 * `struct err`, whose text is one line that says what is wrong and what to do.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

enum err_code {
    ERR_OK = 0,
#define X(name, code, text) ERR_##name = (code),
#include "base/err.def"
#undef X
};

#define ERR_TEXT_MAX 1024

struct err {
    int code;
    char text[ERR_TEXT_MAX];
};

/* Fills e (which may be NULL) and returns code. Text longer than ERR_TEXT_MAX is cut. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": strerror(errno)" behind the text; the code is ERR_SYSTEM. */
int err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As err_errno; but the code is ERR_AGAIN when errno says that processes, descriptors or memory
 * have run out, which is nobody's fault here and may be otherwise in a while. */
int err_scarce(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__
/* The analyzer looks at one file at a time: it is told what these return. */
#define err_set(e, code, ...) ((err_set)(e, code, __VA_ARGS__), (code))
#define err_errno(e, ...) ((err_errno)(e, __VA_ARGS__), ERR_SYSTEM)
#endif

/* The general words for a code; never NULL. */
const char *err_name(int code);

/* For mistakes of our own only: says where on stderr and aborts. */
#define bug(...) err_bug(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void err_bug(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
