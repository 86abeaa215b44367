/* WebSocket as a stream: the request, frames in any pieces, and what is none. */
#include "base/err.h"
#include "gate/wsframe.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A masked frame, as a client sends it. */
static void put(struct bytes *b, unsigned first, const char *text, size_t len)
{
    static const unsigned char mask[4] = {0x11, 0xa2, 0, 0xff};
    unsigned char head[WSFRAME_HEAD];
    size_t n = wsframe_head(head, len);

    head[0] = (unsigned char)first;
    head[1] |= 0x80;
    (void)bytes_append(b, head, n);
    (void)bytes_append(b, mask, sizeof(mask));
    for (size_t i = 0; i < len; i++)
        (void)bytes_byte(b, (unsigned char)text[i] ^ mask[i % 4]);
}

/* Reads all of b in pieces of `size` bytes: the stream that is in it. */
static void get(struct wsframe *w, const struct bytes *b, size_t size, struct bytes *stream,
                struct bytes *answer)
{
    unsigned char piece[70000];

    for (size_t at = 0; at < bytes_len(b); at += size) {
        size_t n = bytes_len(b) - at < size ? bytes_len(b) - at : size;
        memcpy(piece, bytes_at(b) + at, n);
        long got = wsframe_read(w, piece, n, answer);
        if (got > 0)
            (void)bytes_append(stream, piece, (size_t)got);
    }
}

static void test_stream(void)
{
    static const size_t sizes[] = {1, 2, 3, 7, 64, 65536};
    static char large[70000];
    struct bytes b, stream, answer;

    memset(large, 'x', sizeof(large));
    bytes_init(&b);
    bytes_init(&stream);
    bytes_init(&answer);
    put(&b, 0x82, "hello ", 6);
    put(&b, 0x82, "", 0);
    put(&b, 0x02, "wor", 3);
    put(&b, 0x89, "there?", 6);
    put(&b, 0x00, "l", 1);
    put(&b, 0x80, "d", 1);
    put(&b, 0x8a, "", 0);
    put(&b, 0x82, large, 200);
    put(&b, 0x82, large, sizeof(large));
    put(&b, 0x88, "\x03\xe8", 2);
    put(&b, 0x82, "late", 4);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct wsframe w = {.have = 0};
        bytes_truncate(&stream, 0);
        bytes_truncate(&answer, 0);
        get(&w, &b, sizes[i], &stream, &answer);
        ok(bytes_len(&stream) == 11 + 200 + sizeof(large) &&
               memcmp(bytes_at(&stream), "hello worldx", 12) == 0,
           "the stream, in pieces of %zu", sizes[i]);
        is_mem(bytes_at(&answer), bytes_len(&answer), "\x8a\x06there?\x88\x02\x03\xe8", 12,
               "a pong and a close are answered");
        ok(w.ended && w.why == NULL, "and it has ended well");
    }
    bytes_release(&b);
    bytes_release(&stream);
    bytes_release(&answer);
}

static void test_faults(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *answer; /* four bytes */
        const char *why;
    } rows[] = {
        {"\x82\x02", 2, "\x88\x02\x03\xea", "a WebSocket frame without a mask"},
        {"\xc2\x80", 2, "\x88\x02\x03\xea", "a WebSocket frame of no known kind"},
        {"\x83\x80", 2, "\x88\x02\x03\xea", "a WebSocket frame of no known kind"},
        {"\x8b\x80", 2, "\x88\x02\x03\xea", "a WebSocket frame of no known kind"},
        {"\x81\x80", 2, "\x88\x02\x03\xeb", "a text message: frames are binary"},
        {"\x80\x80", 2, "\x88\x02\x03\xea", "a part of no WebSocket message"},
        {"\x09\x80", 2, "\x88\x02\x03\xea", "a control frame of WebSocket that is too large"},
        {"\x89\xfe", 2, "\x88\x02\x03\xea", "a control frame of WebSocket that is too large"},
        {"\x82\xff\x80\0\0\0\0\0\0\0mask", 14, "\x88\x02\x03\xea",
         "a WebSocket frame of no possible length"},
        {"\x02\x80mask\x82\x80", 8, "\x88\x02\x03\xea", "a part of no WebSocket message"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wsframe w = {.have = 0};
        struct bytes b = {.data = NULL}, stream, answer;
        bytes_init(&stream);
        bytes_init(&answer);
        (void)bytes_append(&b, rows[i].bytes, rows[i].len);
        get(&w, &b, 1, &stream, &answer);
        is_str(w.why, rows[i].why, "what is wrong");
        is_mem(bytes_at(&answer), bytes_len(&answer), rows[i].answer, 4, "a close says so");
        bytes_release(&b);
        bytes_release(&stream);
        bytes_release(&answer);
    }
}

static void test_head(void)
{
    unsigned char head[WSFRAME_HEAD];

    is_mem(head, wsframe_head(head, 125), "\x82\x7d", 2, "a short one");
    is_mem(head, wsframe_head(head, 126), "\x82\x7e\x00\x7e", 4, "a longer one");
    is_mem(head, wsframe_head(head, 65536), "\x82\x7f\0\0\0\0\0\x01\0\0", 10, "a long one");
}

static const char *open_with(const char *request, struct bytes *answer)
{
    bytes_truncate(answer, 0);
    return wsframe_open(request, strlen(request), answer);
}

#define REST                                                    \
    "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void test_open(void)
{
    struct bytes answer;

    bytes_init(&answer);
    ok(open_with("GET /chat HTTP/1.1\r\nHost: x\r\n" REST, &answer) == NULL, "a request");
    ok(strstr(bytes_cstr(&answer), "HTTP/1.1 101 ") != NULL &&
           strstr(bytes_cstr(&answer), "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
       "is answered as RFC 6455 has it");
    is_str(open_with("GET / HTTP/1.0\r\n" REST, &answer), "not a request of HTTP/1.1 to GET",
           "an old one is refused");
    ok(strstr(bytes_cstr(&answer), "HTTP/1.1 400 ") != NULL, "in words of HTTP");
    is_str(open_with("GET / HTTP/1.1\r\nHost: x\r\n\r\n", &answer),
           "not a request to open a WebSocket", "so is one for a page");
    is_str(
        open_with("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", &answer),
        "not version 13 of WebSocket", "one of another version");
    is_str(open_with("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\n\r\n",
                     &answer),
           "no key of a WebSocket", "one without a key");
    is_str(open_with("\r\n\r\n", &answer), "not a request of HTTP/1.1 to GET", "and none at all");
    is_int((long)wsframe_request("GET\r\n\r\nrest", 11), 7, "where it ends");
    is_int((long)wsframe_request("GET\r\n\r", 6), 0, "not yet");
    bytes_release(&answer);
}

int main(void)
{
    test_stream();
    test_faults();
    test_head();
    test_open();
    return done();
}
