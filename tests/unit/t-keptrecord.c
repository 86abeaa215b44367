#include "tap.h"

#include "model/bits.h"
#include "store/keptscan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 8, SIZE = KEPT_HEAD + 4096 };

static const uint64_t salt = 0x1122334455667788;

static struct span text(const char *s)
{
    return span_of(s, strlen(s));
}

static struct kept_record example(uint64_t number, const char *body)
{
    return (struct kept_record){.kind = KEPT_MESSAGE,
                                .flags = KEPT_SOLO,
                                .type = MSG_TELL,
                                .attempt = 2,
                                .blame = 1,
                                .number = number,
                                .order = number,
                                .id = 0xabcdef0000000000 + number,
                                .wall = 1700000000000,
                                .to = text("count/3"),
                                .from = text("~12"),
                                .tag = text("t"),
                                .headers = text("hh"),
                                .body = text(body),
                                .extra = text("done")};
}

/* The test vector of DESIGN.md. */
static void test_vector(void)
{
    static const char want[] = "69f5eb05"
                               "00000053"
                               "01"
                               "01"
                               "01"
                               "02"
                               "01"
                               "01"
                               "0007"
                               "0003"
                               "0000"
                               "00000002"
                               "00000004"
                               "00000000"
                               "0000000000000001"
                               "0000000000000001"
                               "abcdef0000000001"
                               "0000018bcfe56800"
                               "636f756e742f33"
                               "7e3132"
                               "74"
                               "6868"
                               "646f6e65"
                               "6869"
                               "0000000000";
    struct kept_record r = example(1, "hi");
    struct bytes b;
    char hex[2 * 200 + 1] = "";

    bytes_init(&b);
    is_int(kept_pack(&b, &r, salt, KEPT_HEAD), 0, "a record is packed");
    is_int(bytes_len(&b), kept_record_size(&r), "into as many bytes as were told");
    for (size_t i = 0; i < bytes_len(&b) && i < 200; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes_at(&b)[i]);
    is_str(hex, want, "as DESIGN.md has it");
    bytes_release(&b);
}

static void test_round(void)
{
    struct kept_record r = example(7, "body\nof two lines"), out;
    struct bytes file;

    bytes_init(&file);
    (void)memset(bytes_room(&file, 16), 0, 16);
    bytes_grew(&file, 16);
    (void)kept_pack(&file, &r, salt, 16);
    size_t n = kept_unpack(bytes_at(&file), bytes_len(&file), salt, 16, &out);
    is_int(n, kept_record_size(&r), "it is unpacked");
    is_mem(out.body.data, out.body.len, r.body.data, r.body.len, "its body");
    is_mem(out.to.data, out.to.len, r.to.data, r.to.len, "to");
    is_mem(out.from.data, out.from.len, r.from.data, r.from.len, "from");
    is_mem(out.tag.data, out.tag.len, r.tag.data, r.tag.len, "tag");
    is_mem(out.headers.data, out.headers.len, r.headers.data, r.headers.len, "headers");
    is_mem(out.extra.data, out.extra.len, r.extra.data, r.extra.len, "evidence");
    ok(out.number == 7 && out.order == 7 && out.id == r.id && out.wall == r.wall &&
           out.attempt == 2 && out.blame == 1 && out.flags == KEPT_SOLO && out.type == MSG_TELL,
       "and its numbers");
    is_int(kept_unpack(bytes_at(&file), bytes_len(&file), salt + 1, 16, &out), 0,
           "not with the salt of another file");
    is_int(kept_unpack(bytes_at(&file), bytes_len(&file) - 1, salt, 16, &out), 0, "nor cut");
    is_int(kept_unpack(bytes_at(&file) + 8, bytes_len(&file) - 8, salt, 8, &out), 0,
           "nor in another place");
    bytes_release(&file);
}

static void test_head(void)
{
    unsigned char head[KEPT_HEAD];
    struct kept_head h = {.size = 4096, .serial = 5, .salt = salt}, out;
    bool both = false;
    int bad = 0;

    kept_head_pack(head, &h);
    ok(kept_head_unpack(head, sizeof(head), &out, &both) && both, "a head is read");
    ok(out.size == 4096 && out.serial == 5 && out.salt == salt, "as it was");
    for (size_t i = 0; i < sizeof(head); i++) {
        head[i] ^= 0x10;
        if (!kept_head_unpack(head, sizeof(head), &out, &both) || both || out.salt != salt)
            bad++;
        head[i] ^= 0x10;
    }
    is_int(bad, 0, "with one byte wrong, from the other half, and that is told");
    memset(head, 0, sizeof(head));
    ok(!kept_head_unpack(head, sizeof(head), &out, &both), "none is none");
}

/* ---- files ---- */

struct seen {
    unsigned records, damages;
    bool have[N + 1];
    size_t at[N + 2];
};

static void see_record(void *arg, const struct kept_record *r, size_t at, size_t size)
{
    struct seen *s = arg;

    (void)size;
    s->records++;
    if (r->number <= N) {
        s->have[r->number] = true;
        s->at[r->number] = at;
    }
}

static void see_damage(void *arg, const struct kept_damage *d)
{
    struct seen *s = arg;

    (void)d;
    s->damages++;
}

static struct seen look(const unsigned char *file, size_t size)
{
    struct seen s = {0};
    const struct kept_scan scan = {see_record, see_damage, &s};

    (void)kept_scan(file, size, salt, &scan);
    return s;
}

/* A file of N records, of all sorts of length; returns where its zeros begin. */
static size_t make(unsigned char file[SIZE])
{
    struct bytes b;

    memset(file, 0, SIZE);
    bytes_init(&b);
    for (uint64_t i = 1; i <= N; i++) {
        char body[64];
        memset(body, 'x', sizeof(body));
        body[i * 5] = '\0';
        struct kept_record r = example(i, body);
        (void)kept_pack(&b, &r, salt, KEPT_HEAD + bytes_len(&b));
    }
    size_t len = bytes_len(&b);
    memcpy(file + KEPT_HEAD, bytes_at(&b), len);
    bytes_release(&b);
    return KEPT_HEAD + len;
}

/* Written up to any byte: what is whole is found, and what is not is told. */
static void test_torn(void)
{
    unsigned char whole[SIZE], file[SIZE];
    size_t end = make(whole);
    struct seen all = look(whole, SIZE);
    int bad = 0;

    is_int(all.records, N, "all records of a file are found");
    is_int(all.damages, 0, "and nothing else in it");
    all.at[N + 1] = end;
    for (size_t cut = KEPT_HEAD; cut < end; cut++) {
        memset(file, 0, SIZE);
        memcpy(file, whole, cut);
        struct seen s = look(file, SIZE);
        unsigned want = 0;
        while (want < N && memcmp(file, whole, all.at[want + 2]) == 0)
            want++;
        bool part = memcmp(file, whole, end) != 0 && cut > all.at[want + 1];
        if (s.records != want || s.damages != (part ? 1u : 0u))
            bad++;
    }
    is_int(bad, 0, "torn at each byte");
}

static void test_flipped(void)
{
    unsigned char file[SIZE];
    size_t end = make(file);
    int lost = 0, silent = 0;

    for (size_t i = KEPT_HEAD; i < SIZE; i++) {
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            file[i] ^= (unsigned char)bit;
            struct seen s = look(file, SIZE);
            if (s.records != (i < end ? N - 1 : N))
                lost++;
            if (s.damages != 1)
                silent++;
            file[i] ^= (unsigned char)bit;
        }
    }
    is_int(lost, 0, "each bit flipped: all other records are found");
    is_int(silent, 0, "and it is told each time");
}

/* A body that looks like records is none, for its sender does not know the salt. */
static void test_forged(void)
{
    unsigned char file[SIZE];
    struct bytes inner, outer;
    struct kept_record forged = example(3, "forged");

    bytes_init(&inner);
    bytes_init(&outer);
    memset(file, 0, SIZE);
    for (int i = 0; i < 4; i++)
        (void)kept_pack(&inner, &forged, 0, KEPT_HEAD + KEPT_FIXED + bytes_len(&inner));
    struct kept_record r = {
        .kind = KEPT_MESSAGE, .number = 1, .body = span_of(bytes_at(&inner), bytes_len(&inner))};
    (void)kept_pack(&outer, &r, salt, KEPT_HEAD);
    memcpy(file + KEPT_HEAD, bytes_at(&outer), bytes_len(&outer));
    file[KEPT_HEAD + 1] ^= 1;
    struct seen s = look(file, SIZE);
    ok(s.records == 0 && s.damages == 1, "what a damaged body holds is not taken for records");
    bytes_release(&inner);
    bytes_release(&outer);
}

/* One that is the begin of a long record at every 64th byte is searched no longer for that: were
 * each of them read to its end, these 16 MiB would take minutes. */
static void test_crowded(void)
{
    enum { BODY = 16 * 1024 * 1024, BLOCK = 64 };
    unsigned char *body = calloc(1, BODY);
    struct bytes file;

    bytes_init(&file);
    for (size_t at = 0; at < BODY; at += BLOCK) {
        (void)bits_put(body + at + 4, BODY - at, 4);
        body[at + 8] = KEPT_MESSAGE;
    }
    struct kept_record r = {.kind = KEPT_MESSAGE, .number = 1, .body = span_of(body, BODY)};
    struct kept_record last = example(2, "behind it");
    memset(bytes_room(&file, KEPT_HEAD), 0, KEPT_HEAD);
    bytes_grew(&file, KEPT_HEAD);
    (void)kept_pack(&file, &r, salt, KEPT_HEAD);
    size_t at = bytes_len(&file);
    (void)kept_pack(&file, &last, salt, at);
    bytes_at(&file)[KEPT_HEAD + 1] ^= 1;
    struct seen s = look(bytes_at(&file), bytes_len(&file));
    ok(s.records == 1 && s.damages == 1 && s.at[2] == at,
       "a damaged body full of what might be records, and the one behind it");
    bytes_release(&file);
    free(body);
}

int main(void)
{
    test_vector();
    test_round();
    test_head();
    test_torn();
    test_flipped();
    test_forged();
    test_crowded();
    return done();
}
