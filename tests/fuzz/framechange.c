#include "tests/fuzz/framechange.h"

#include "model/bits.h"
#include "model/frame.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max); /* libFuzzer's own */

enum { FRAMES_MOST = 256, CHANNELS = 14, IDS = 40 };

struct change {
    const uint8_t *data;
    size_t at[FRAMES_MOST + 1]; /* where frames begin; behind the last, its end */
    size_t n;
    struct bytes out;
};

static unsigned change_below(unsigned n)
{
    return (unsigned)random() % n;
}

static uint64_t change_number(uint64_t small)
{
    static const uint64_t odd[] = {0,
                                   1,
                                   UINT64_MAX,
                                   UINT32_MAX,
                                   UINT64_C(1) << 62,
                                   UINT64_C(1) << 63,
                                   (UINT64_C(1) << 63) + 1};

    return change_below(8) != 0 ? change_below((unsigned)small)
                                : odd[change_below(sizeof(odd) / sizeof(odd[0]))];
}

static struct span change_text(void)
{
    static const char *const texts[] = {"",
                                        "a",
                                        "b/2",
                                        "c",
                                        "k",
                                        "main",
                                        "e x=1",
                                        "far",
                                        "t",
                                        "text",
                                        "a\nb\n",
                                        "nobody",
                                        "{\"op\":\"send\"}"};
    const char *text = texts[change_below(sizeof(texts) / sizeof(texts[0]))];

    return span_of(text, strlen(text));
}

/* One of any kind that may come from a node, with fields that may mean something. */
static void change_invent(struct change *c)
{
    struct frame f = {.kind = (uint8_t)(1 + change_below(FRAME_LEFT)),
                      .version = FRAME_VERSION,
                      .role = 1,
                      .type = (uint8_t)change_below(11),
                      .flags = change_below(2) == 0 ? '\n' : (uint8_t)change_below(10),
                      .attempt = 1,
                      .id = change_number(IDS),
                      .number = change_number(CHANNELS),
                      .millis = (int64_t)change_number(100),
                      .code = (int32_t)change_number(64),
                      .to = change_text(),
                      .tag = change_text(),
                      .text = change_text(),
                      .body = change_text()};

    if (frame_kind_name(f.kind) != NULL)
        (void)frame_pack(&c->out, &f);
}

static void change_channel(struct change *c)
{
    const struct frame f = {.kind = FRAME_CHANNEL, .number = change_number(CHANNELS)};

    (void)frame_pack(&c->out, &f);
}

static void change_keep(struct change *c, size_t i)
{
    (void)bytes_append(&c->out, c->data + c->at[i], c->at[i + 1] - c->at[i]);
}

/* The same, but for bytes behind its kind; its length is right again. */
static void change_inside(struct change *c, size_t i)
{
    size_t size = c->at[i + 1] - c->at[i], room = size + 64;
    unsigned char *to = bytes_room(&c->out, room);

    if (to == NULL || size <= 5)
        return;
    memcpy(to, c->data + c->at[i], size);
    size_t more = LLVMFuzzerMutate(to + 5, size - 5, room - 5);
    (void)bits_put(to, more + 1, 4);
    bytes_grew(&c->out, more + 5);
}

static void change_one(struct change *c, size_t i)
{
    switch (change_below(7)) {
    case 0: /* it is lost */
        return;
    case 1:
        change_keep(c, i);
        break;
    case 2:
        change_invent(c);
        break;
    case 3:
        change_channel(c);
        break;
    default:
        change_inside(c, i);
        return;
    }
    change_keep(c, i);
}

static void change_find(struct change *c, size_t size)
{
    long n;

    c->at[0] = 1;
    while (c->n < FRAMES_MOST && (n = frame_size(c->data + c->at[c->n], size - c->at[c->n])) > 0) {
        c->at[c->n + 1] = c->at[c->n] + (size_t)n;
        c->n++;
    }
}

size_t framechange(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct change c = {.data = data};

    srandom(seed);
    if (size == 0 || change_below(16) == 0)
        return LLVMFuzzerMutate(data, size, max);
    bytes_init(&c.out);
    change_find(&c, size);
    uint8_t first = change_below(16) == 0 ? (uint8_t)change_below(3) : data[0];
    (void)bytes_append(&c.out, &first, 1);
    size_t which = change_below((unsigned)c.n + 1);
    for (size_t i = 0; i < c.n; i++)
        if (i == which)
            change_one(&c, i);
        else
            change_keep(&c, i);
    if (which == c.n)
        change_invent(&c);
    (void)bytes_append(&c.out, data + c.at[c.n], size - c.at[c.n]);
    size = bytes_len(&c.out) < max ? bytes_len(&c.out) : max;
    memcpy(data, bytes_at(&c.out), size);
    bytes_release(&c.out);
    return size;
}
