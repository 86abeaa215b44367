#include "base/err.h"
#include "io/packet.h"
#include "tap.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static struct packet p;

static void test_words(void)
{
    const char *words[] = {"listen", "", "127", NULL};

    is_int(packet_receive(ends[1], &p), ERR_AGAIN, "nothing has come");
    is_int(packet_send(ends[0], words, -1), 0, "words go");
    is_int(packet_receive(ends[1], &p), 0, "and come");
    is_int((long)p.n, 3, "as many");
    is_str(p.words[0], "listen", "the first");
    is_str(p.words[1], "", "an empty one");
    is_str(p.words[2], "127", "the last");
    ok(p.words[3] == NULL && p.fd == -1, "and nothing more");
}

static void test_descriptor(void)
{
    const char *words[] = {"here", NULL};
    int pipe_ends[2];
    char byte = 0;

    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        bail_out("no pipe");
    is_int(packet_send(ends[0], words, pipe_ends[1]), 0, "a descriptor goes");
    (void)close(pipe_ends[1]);
    is_int(packet_receive(ends[1], &p), 0, "and comes");
    ok(p.fd >= 0 && (fcntl(p.fd, F_GETFD) & FD_CLOEXEC) != 0, "closed on exec");
    ok(write(p.fd, "x", 1) == 1 && read(pipe_ends[0], &byte, 1) == 1 && byte == 'x',
       "the same pipe");
    (void)close(p.fd);
    (void)close(pipe_ends[0]);
}

static void test_bounds(void)
{
    static char large[PACKET_MAX + 1];
    const char *one[] = {large, NULL}, *most[] = {large + 1, NULL};

    memset(large, 'x', sizeof(large) - 1);
    is_int(packet_send(ends[0], one, -1), ERR_TOO_LARGE, "more than fits is refused");
    is_int(packet_send(ends[0], most, -1), 0, "what just fits is not");
    is_int(packet_receive(ends[1], &p), 0, "and comes");
    is_int((long)strlen(p.words[0]), PACKET_MAX - 1, "whole");
}

static void test_text(void)
{
    char many[64] = {0};

    ok(send(ends[0], "no end", 6, 0) == 6, "text without a NUL, as from stderr");
    is_int(packet_receive(ends[1], &p), 0, "comes");
    is_str(p.words[0], "no end", "as a word");
    ok(send(ends[0], many, sizeof(many), 0) == (ssize_t)sizeof(many), "more words than are taken");
    is_int(packet_receive(ends[1], &p), 0, "come");
    is_int((long)p.n, PACKET_WORDS, "cut");
    (void)close(ends[0]);
    is_int(packet_receive(ends[1], &p), ERR_CLOSED, "the other end is gone");
    is_int(packet_send(ends[1], (const char *[]){"x", NULL}, -1), ERR_CLOSED,
           "which a sender is told as well");
}

int main(void)
{
    plan(24);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        bail_out("no sockets");
    test_words();
    test_descriptor();
    test_bounds();
    test_text();
    return done();
}
