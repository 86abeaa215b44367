#include "base/err.h"
#include "cmd/sendinput.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All messages of text, each with its end as '|', read through a pipe in pieces of `piece` bytes.
 */
static const char *cut(const char *text, size_t len, int delimiter, size_t piece)
{
    static char out[1024];
    int fds[2];
    struct sendinput in;
    struct span m;
    size_t at = 0, n = 0;
    if (pipe2(fds, O_CLOEXEC) != 0)
        bail_out("no pipe");
    sendinput_init(&in, fds[0], delimiter);
    while (!in.done) {
        int rc = sendinput_next(&in, &m);
        if (rc == 1) {
            memcpy(out + n, m.data, m.len);
            n += m.len;
            out[n++] = '|';
            continue;
        }
        if (in.done)
            break;
        size_t some = len - at < piece ? len - at : piece;
        if (some > 0 && write(fds[1], text + at, some) != (ssize_t)some)
            bail_out("cannot write");
        at += some;
        if (some == 0)
            close(fds[1]);
        if (sendinput_read(&in) != 0)
            bail_out("cannot read");
    }
    out[n] = '\0';
    close(fds[0]);
    sendinput_release(&in);
    return out;
}

static void test_cutting(void)
{
    for (size_t piece = 1; piece < 8; piece++) {
        is_str(cut("a\nbb\n\nc", 7, '\n', piece), "a|bb||c|", "lines, %zu at a time", piece);
        is_str(cut("a\nbb\n", 5, '\n', piece), "a|bb|", "a last line ended, %zu at a time", piece);
        is_str(cut("a\0b\nc\0", 6, '\0', piece), "a|b\nc|", "NUL ends, %zu at a time", piece);
        is_str(cut("a\nb\n", 4, -1, piece), "a\nb\n|", "the whole, %zu at a time", piece);
    }
    is_str(cut("", 0, '\n', 1), "", "an empty input has no line");
    is_str(cut("", 0, -1, 1), "|", "but is an empty whole");
    is_str(cut("\n", 1, '\n', 1), "|", "an empty line is a message");
}

static void test_runs(void)
{
    struct sendinput in;
    struct span m;
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0 || write(fds[1], "a\nbb\n\nccc\nd", 11) != 11)
        bail_out("no pipe");
    sendinput_init(&in, fds[0], '\n');
    if (sendinput_read(&in) != 0)
        bail_out("cannot read");
    is_int(sendinput_run(&in, 1, &m), 0, "no line is that short");
    is_int(sendinput_run(&in, 7, &m), 3, "three lines are within 7 bytes");
    is_mem(m.data, m.len, "a\nbb\n\n", 6, "with the end of each");
    is_int(sendinput_run(&in, 100, &m), 1, "one more is whole");
    is_mem(m.data, m.len, "ccc\n", 4, "the fourth");
    is_int(sendinput_run(&in, 100, &m), 0, "the last one has no end yet");
    is_int(sendinput_next(&in, &m), 0, "nor is it a message");
    close(fds[1]);
    if (sendinput_read(&in) != 0)
        bail_out("cannot read");
    is_int(sendinput_run(&in, 100, &m), 0, "at the end of the input neither");
    ok(sendinput_next(&in, &m) == 1 && m.len == 1, "but it is a message");
    sendinput_release(&in);
    close(fds[0]);
}

static void test_too_large(void)
{
    struct sendinput in;
    struct span m;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    int rc = 0;
    sendinput_init(&in, fd, '\n');
    while ((rc = sendinput_next(&in, &m)) == 0) {
        if (sendinput_read(&in) != 0)
            bail_out("cannot read /dev/zero");
    }
    is_int(rc, ERR_TOO_LARGE, "a line without an end is given up");
    ok(in.read < 2 * FRAME_BODY_MAX, "soon after the maximum");
    sendinput_release(&in);
    close(fd);
}

int main(void)
{
    test_cutting();
    test_runs();
    test_too_large();
    return done();
}
