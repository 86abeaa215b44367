#include "model/frame.h"

#include "base/err.h"
#include "tap.h"
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool frames_equal(const struct frame *a, const struct frame *b)
{
    const struct span *x[] = {&a->from, &a->to, &a->tag, &a->text, &a->headers, &a->body};
    const struct span *y[] = {&b->from, &b->to, &b->tag, &b->text, &b->headers, &b->body};

    for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); i++) {
        if (x[i]->len != y[i]->len ||
            (x[i]->len > 0 && memcmp(x[i]->data, y[i]->data, x[i]->len) != 0))
            return false;
    }
    return a->kind == b->kind && a->version == b->version && a->role == b->role &&
           a->type == b->type && a->flags == b->flags && a->attempt == b->attempt &&
           a->id == b->id && a->number == b->number && a->millis == b->millis && a->code == b->code;
}

/* Each test vector of the man page, both ways. */
static void test_vector(const struct vector *v)
{
    struct frame got;
    struct bytes packed;
    const char *why = "";

    bytes_init(&packed);
    is_int(frame_size(v->bytes, v->size), (long)v->size, "%s: its size", v->text);
    is_int(frame_unpack(v->bytes, v->size, &got, &why), 0, "%s: unpacked %s", v->text, why);
    ok(frames_equal(&got, &v->frame), "%s: as the page says", v->text);
    is_int(frame_pack(&packed, &v->frame), 0, "%s: packed", v->text);
    is_mem(bytes_at(&packed), bytes_len(&packed), v->bytes, v->size, "%s: to the same bytes",
           v->text);
    bytes_release(&packed);
}

/* Those of the page; others are between two supervisors of one version. */
static bool is_public(int kind)
{
    return frame_kind_from(kind, 'A') || frame_kind_from(kind, 'C') || frame_kind_from(kind, 'S');
}

static void test_vectors(void)
{
    const char *srcdir = getenv("srcdir");
    bool seen[256] = {false};
    struct vector v;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/man/actor-protocol.7", srcdir != NULL ? srcdir : ".");
    FILE *page = fopen(path, "re");
    if (page == NULL || !vectors_begin(page))
        bail_out("no test vectors in %s", path);
    while (vectors_next(page, &v)) {
        seen[v.frame.kind] = true;
        test_vector(&v);
        vectors_release(&v);
    }
    (void)fclose(page);
    for (int kind = 1; frame_kind_name(kind) != NULL; kind++)
        ok(seen[kind] || !is_public(kind), "%s has a test vector", frame_kind_name(kind));
}

/* Every prefix of a frame asks for more, every shorter length is refused. */
static void test_cut(void)
{
    const struct frame f = {.kind = FRAME_DELIVER,
                            .id = 1,
                            .type = MSG_TELL,
                            .attempt = 1,
                            .from = span_of("a", 1),
                            .to = span_of("b", 1),
                            .headers = span_of("\0\1\1k\0\1v", 7),
                            .body = span_of("body", 4)};
    struct bytes b;
    struct frame got = {.id = 77};
    bool more = true, refused = true;

    bytes_init(&b);
    (void)frame_pack(&b, &f);
    size_t size = bytes_len(&b);
    for (size_t i = 0; i < size; i++)
        more = more && frame_size(bytes_at(&b), i) == 0;
    ok(more, "a part of a frame is not yet one");
    for (size_t i = 5; i < size; i++) {
        bytes_at(&b)[3] = (unsigned char)(i - 4);
        refused = refused && frame_unpack(bytes_at(&b), i, &got, NULL) == ERR_PROTOCOL;
    }
    ok(refused, "a frame that ends early is refused");
    is_int(got.id, 77, "and nothing is written");
    bytes_at(&b)[3] = (unsigned char)(size - 3);
    (void)bytes_byte(&b, 0);
    is_int(frame_unpack(bytes_at(&b), size + 1, &got, NULL), ERR_PROTOCOL, "a byte too many");
    is_int(frame_unpack(bytes_at(&b), size, &got, NULL), ERR_PROTOCOL, "another length than said");
    bytes_release(&b);
}

static void test_sizes(void)
{
    static const struct {
        const char *bytes;
        long want;
        const char *name;
    } rows[] = {
        {"\0\0\0\0\x04", ERR_PROTOCOL, "length 0"},
        {"\xff\xff\xff\xff\x04", ERR_PROTOCOL, "4 GiB"},
        {"\x01\x01\x20\x00\x05", ERR_PROTOCOL, "over the maximum of all"},
        {"\x01\x01\x01\x08\x05", ERR_PROTOCOL, "over the maximum of a SEND"},
        {"\x01\x01\x01\x05\x05", 0, "the maximum of a SEND"},
        {"\0\0\x10\0\x08", ERR_PROTOCOL, "an ACK of 4 KiB"},
        {"\0\1\2\0\x01", ERR_PROTOCOL, "a HELLO over 66 KiB"},
        {"\0\0\0\1\0", ERR_PROTOCOL, "kind 0"},
        {"\0\0\0\1\x63", ERR_PROTOCOL, "a kind that is not there yet"},
        {"\0\0\0\1\xff", ERR_PROTOCOL, "kind 255"},
        {"\0\0\0\1\x0b", 5, "a READY"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_int(frame_size(rows[i].bytes, 5), rows[i].want, "%s", rows[i].name);
}

static void test_faults(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *name;
    } rows[] = {
        {"\0\0\0\x06\x01\x01\x04\0\0\0", 10, "HELLO: no such role"},
        {"\0\0\0\x06\x01\x01\x00\0\0\0", 10, "HELLO: role 0"},
        {"\0\0\0\x18\x04\0\0\0\0\0\0\0\1\x0b\0\0\0\1\0\0\0\0\0\0\0\0\0", 27,
         "DELIVER: no such type"},
        {"\0\0\0\x17\x04\0\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 27, "DELIVER: attempt 0"},
        {"\0\0\0\x11\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21, "ASK: no tag"},
        {"\0\0\0\x12\x06\0\1t\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0", 22,
         "ASK: a time-out before now"},
        {"\0\0\0\x0e\x0c\x80\0\0\0\0\0\0\0\0\0\0\0\0", 18, "WAKE: before now"},
        {"\0\0\0\x04\x0e\x04\0\0", 8, "LOG: no such level"},
        {"\0\0\0\x0c\x14\0\0\0\0\0\0\0\0\0\1x", 16, "SPAWN: an argument without its NUL"},
        {"\0\0\0\x08\x05\0\0\1\0\0\0\0", 12, "SEND: a header is missing"},
        {"\0\0\0\x0b\x05\0\0\1\0\0\0\0\0\0\0", 15, "SEND: a header without a key"},
        {"\0\0\0\x09\x05\0\0\0\0\0\0\2x", 13, "SEND: a body that is longer than the frame"},
        {"\0\0\0\x02\x0b\0", 6, "READY: with something in it"},
        {"\0\0\0\x01", 4, "no kind"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct frame f;
        const char *why = NULL;
        is_int(frame_unpack(rows[i].bytes, rows[i].size, &f, &why), ERR_PROTOCOL, "%s",
               rows[i].name);
        ok(why != NULL, "%s: %s", rows[i].name, why);
    }
}

static void test_limits(void)
{
    char *body = calloc(1, FRAME_BODY_MAX + 1);
    char name[300] = {0};
    struct frame f = {.kind = FRAME_SEND, .body = span_of(body, FRAME_BODY_MAX)};
    struct frame got;
    struct bytes b;

    bytes_init(&b);
    is_int(frame_pack(&b, &f), 0, "16 MiB of body");
    is_int(frame_size(bytes_at(&b), bytes_len(&b)), (long)bytes_len(&b), "are a frame");
    is_int(frame_unpack(bytes_at(&b), bytes_len(&b), &got, NULL), 0, "that can be unpacked");
    is_int(got.body.len, FRAME_BODY_MAX, "whole");
    bytes_release(&b);
    f.body.len++;
    is_int(frame_pack(&b, &f), ERR_TOO_LARGE, "one byte more is too large");
    f.body.len = 0;
    f.to = span_of(name, 256);
    is_int(frame_pack(&b, &f), ERR_TOO_LARGE, "256 bytes of name are too large");
    f.to.len = 0;
    f.headers = span_of(body, FRAME_HEADERS_MAX + 1);
    is_int(frame_pack(&b, &f), ERR_TOO_LARGE, "over 64 KiB of headers are too large");
    is_int(bytes_len(&b), 0, "and nothing was written");
    bytes_release(&b);
    free(body);
}

static void test_headers(void)
{
    char big[UINT16_MAX];
    struct span key = {NULL, 0}, value = {NULL, 0};
    struct bytes b;
    size_t at = 0;

    memset(big, 'x', sizeof(big));
    bytes_init(&b);
    is_int(frame_header_next(span_of(NULL, 0), &at, &key, &value), 0, "no headers");
    is_int(frame_header_add(&b, "one", 3, "1", 1), 0, "one header");
    is_int(frame_header_add(&b, "two", 3, "", 0), 0, "another");
    is_mem(bytes_at(&b), bytes_len(&b),
           "\0\2\3one\0\1"
           "1\3two\0\0",
           15, "packed");
    is_int(frame_header_next(span_of(bytes_at(&b), bytes_len(&b)), &at, &key, &value), 1, "first");
    is_mem(key.data, key.len, "one", 3, "its key");
    is_mem(value.data, value.len, "1", 1, "its value");
    is_int(frame_header_next(span_of(bytes_at(&b), bytes_len(&b)), &at, &key, &value), 1, "second");
    is_int(value.len, 0, "is empty");
    is_int(frame_header_next(span_of(bytes_at(&b), bytes_len(&b)), &at, &key, &value), 0,
           "no third");
    at = 0;
    is_int(frame_header_next(span_of("\0\1\3on", 5), &at, &key, &value), ERR_PROTOCOL,
           "half a one");
    is_int(frame_headers_size((const unsigned char *)"\0\1\3on", 5), 0, "has no size");
    is_int(frame_header_add(&b, "", 0, "1", 1), ERR_TOO_LARGE, "no key");
    is_int(frame_header_add(&b, big, 256, "1", 1), ERR_TOO_LARGE, "too long a key");
    is_int(frame_header_add(&b, "big", 3, big, sizeof(big)), ERR_TOO_LARGE, "64 KiB are the end");
    is_int(bytes_len(&b), 15, "nothing was added");
    bytes_release(&b);
}

static void test_names(void)
{
    is_str(frame_kind_name(FRAME_HELLO), "HELLO", "a kind's name");
    ok(frame_kind_name(0) == NULL && frame_kind_name(99) == NULL && frame_kind_name(-1) == NULL,
       "kinds that are not there have none");
    is_str(frame_type_name(MSG_HOST_DOWN), "host_down", "a type's name");
    ok(frame_type_name(0) == NULL && frame_type_name(11) == NULL && frame_type_name(-1) == NULL,
       "types that are not there have none");
    ok(frame_kind_from(FRAME_SEND, 'A') && frame_kind_from(FRAME_SEND, 'C') &&
           !frame_kind_from(FRAME_SEND, 'S') && !frame_kind_from(FRAME_REPLY, 'C') &&
           !frame_kind_from(99, 'A') && !frame_kind_from(FRAME_SEND, 0),
       "who may send what");
}

int main(void)
{
    test_vectors();
    test_cut();
    test_sizes();
    test_faults();
    test_limits();
    test_headers();
    test_names();
    return done();
}
