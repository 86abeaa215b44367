#include "base/bytes.h"
#include "base/err.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static void test_append(void)
{
    struct bytes b;

    bytes_init(&b);
    is_int(bytes_len(&b), 0, "begins empty");
    ok(bytes_at(&b) != NULL, "an empty run has an address");
    is_str(bytes_cstr(&b), "", "an empty run as a string");
    is_int(bytes_str(&b, "one"), 0, "append a string");
    is_int(bytes_byte(&b, ' '), 0, "append a byte");
    is_int(bytes_append(&b, "t\0wo", 4), 0, "append bytes");
    is_mem(bytes_at(&b), bytes_len(&b), "one t\0wo", 8, "all of it, NUL too");
    is_int(bytes_append(&b, NULL, 0), 0, "append nothing");
    is_int(bytes_len(&b), 8, "nothing changed");
    bytes_release(&b);
    is_int(bytes_len(&b), 0, "empty when released");
    is_int(bytes_str(&b, "again"), 0, "usable when released");
    is_str(bytes_cstr(&b), "again", "with what was put in");
    bytes_release(&b);
}

static void test_printf(void)
{
    struct bytes b;
    char text[5000];

    bytes_init(&b);
    memset(text, 'y', sizeof(text));
    text[sizeof(text) - 1] = 0;
    is_int(bytes_printf(&b, "%s-%d", text, 7), 0, "format more than the first room");
    is_int(bytes_len(&b), 5001, "all of it, without the NUL");
    is_int(bytes_printf(&b, "!"), 0, "format behind it");
    is_mem(bytes_at(&b) + 4999, 3, "-7!", 3, "in order");
    bytes_release(&b);
}

static void test_consume(void)
{
    struct bytes b;

    bytes_init(&b);
    (void)bytes_str(&b, "abcdef");
    bytes_consume(&b, 2);
    is_str(bytes_cstr(&b), "cdef", "consume from the front");
    bytes_truncate(&b, 3);
    is_str(bytes_cstr(&b), "cde", "truncate counts from the front");
    bytes_consume(&b, 3);
    is_int(bytes_len(&b), 0, "consume all");
    ok(b.data != NULL, "a small room is kept");
    ok(bytes_room(&b, (size_t)1 << 20) != NULL, "room for a large run");
    bytes_grew(&b, (size_t)1 << 20);
    bytes_consume(&b, (size_t)1 << 20);
    ok(b.data == NULL, "a large room is given back");
    bytes_release(&b);
}

static void test_limits(void)
{
    struct bytes b;

    bytes_init(&b);
    (void)bytes_str(&b, "kept");
    ok(bytes_room(&b, SIZE_MAX / 2) == NULL, "more than there can be is refused");
    is_int(bytes_append(&b, "x", SIZE_MAX / 2), ERR_NOMEM, "appending so much too");
    is_str(bytes_cstr(&b), "kept", "and nothing is lost");
    bytes_release(&b);
}

/* Against a plain array: what is appended comes out in order, whatever is consumed between. */
static void test_random(void)
{
    enum { ROUNDS = 20000 };
    struct bytes b;
    unsigned char in = 0, out = 0;
    bool same = true;

    bytes_init(&b);
    srand(1);
    for (int i = 0; i < ROUNDS && same; i++) {
        size_t n = (size_t)rand() % 300;
        unsigned char *at = bytes_room(&b, n);
        for (size_t k = 0; k < n; k++)
            at[k] = in++;
        bytes_grew(&b, n);
        n = (size_t)rand() % (bytes_len(&b) + 1);
        for (size_t k = 0; k < n; k++)
            same = same && bytes_at(&b)[k] == out++;
        bytes_consume(&b, n);
    }
    ok(same, "%d rounds of append and consume", ROUNDS);
    bytes_release(&b);
}

int main(void)
{
    test_append();
    test_printf();
    test_consume();
    test_limits();
    test_random();
    return done();
}
