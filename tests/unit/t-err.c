#include "base/err.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_set(void)
{
    struct err e = {0, ""};

    is_int(err_set(&e, ERR_FULL, "mailbox of %s", "count"), ERR_FULL, "err_set returns the code");
    is_int(e.code, ERR_FULL, "err_set keeps the code");
    is_str(e.text, "mailbox of count", "err_set formats the text");
    is_int(err_set(NULL, ERR_FULL, "nowhere"), ERR_FULL, "err_set without an err");
}

static void test_long(void)
{
    struct err e;
    char text[2 * ERR_TEXT_MAX];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = 0;
    err_set(&e, ERR_INVALID, "%s", text);
    is_int(strlen(e.text), ERR_TEXT_MAX - 1, "a text too long is cut");
    errno = ENOENT;
    err_errno(&e, "%s", text);
    is_int(strlen(e.text), ERR_TEXT_MAX - 1, "with errno too");
}

static void test_errno(void)
{
    struct err e;

    errno = ENOENT;
    is_int(err_errno(&e, "cannot open %s", "f"), ERR_SYSTEM, "err_errno returns ERR_SYSTEM");
    is_str(e.text, "cannot open f: No such file or directory", "err_errno says why");
    is_int(errno, ENOENT, "errno is kept");
    is_int(err_errno(NULL, "nowhere"), ERR_SYSTEM, "err_errno without an err");
}

static void test_names(void)
{
    static const int codes[] = {
        ERR_OK,
#define X(name, code, text) code,
#include "base/err.def"
#undef X
    };
    size_t n = sizeof(codes) / sizeof(codes[0]);
    bool named = true, unique = true;

    for (size_t i = 0; i < n; i++) {
        named = named && strcmp(err_name(codes[i]), "unknown error") != 0;
        for (size_t j = 0; j < i; j++)
            unique = unique && codes[i] != codes[j];
    }
    ok(named, "every code has words");
    ok(unique, "no code stands for two failures");
    is_str(err_name(12345), "unknown error", "a code that is none");
}

static void test_bug(void)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        (void)close(2);
        bug("on purpose");
    }
    (void)waitpid(pid, &status, 0);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "bug() aborts");
}

int main(void)
{
    test_set();
    test_long();
    test_errno();
    test_names();
    test_bug();
    return done();
}
