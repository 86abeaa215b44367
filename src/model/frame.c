#include "model/frame.h"

#include "base/err.h"
#include "model/bits.h"

#include <string.h>

enum { FRAME_KINDS = 50, FRAME_FIELDS_MAX = 9, FRAME_TYPES = 11 };

/* How a field travels. */
enum frame_wire {
    WIRE_END = 0,
    WIRE_U8,
    WIRE_U32, /* and i32 */
    WIRE_U64, /* and i64 */
    WIRE_STR8,
    WIRE_STR16,
    WIRE_HEADERS,
    WIRE_BODY,
};

struct frame_field {
    uint8_t wire;
    uint8_t offset; /* in struct frame */
};

#define FIELD(wire, member)                         \
    {                                               \
        WIRE_##wire, offsetof(struct frame, member) \
    }

/* The fields of each kind, in the order in which they travel. */
static const struct frame_field frame_layout[FRAME_KINDS][FRAME_FIELDS_MAX] = {
    [FRAME_HELLO] = {FIELD(U8, version), FIELD(U8, role), FIELD(STR8, to), FIELD(STR16, text)},
    [FRAME_WELCOME] = {FIELD(U8, version), FIELD(STR8, to), FIELD(STR8, from)},
    [FRAME_ERROR] = {FIELD(U32, code), FIELD(STR16, text)},
    [FRAME_DELIVER] = {FIELD(U64, id), FIELD(U8, type), FIELD(U32, attempt), FIELD(STR8, from),
                       FIELD(STR8, to), FIELD(STR8, tag), FIELD(HEADERS, headers),
                       FIELD(BODY, body)},
    [FRAME_SEND] = {FIELD(STR8, to), FIELD(HEADERS, headers), FIELD(BODY, body)},
    [FRAME_ASK] = {FIELD(STR8, to), FIELD(STR8, tag), FIELD(U64, millis), FIELD(HEADERS, headers),
                   FIELD(BODY, body)},
    [FRAME_REPLY] = {FIELD(U64, id), FIELD(HEADERS, headers), FIELD(BODY, body)},
    [FRAME_ACK] = {FIELD(U64, id)},
    [FRAME_FAIL] = {FIELD(U64, id), FIELD(STR16, text)},
    [FRAME_DEFER] = {FIELD(U64, id)},
    [FRAME_WAKE] = {FIELD(U64, millis), FIELD(STR8, tag), FIELD(BODY, body)},
    [FRAME_UNWAKE] = {FIELD(STR8, tag)},
    [FRAME_LOG] = {FIELD(U8, type), FIELD(STR16, text)},
    [FRAME_ACCEPTED] = {FIELD(U64, number)},
    [FRAME_REFUSED] = {FIELD(U64, number), FIELD(U32, code), FIELD(STR16, text)},
    [FRAME_CALL] = {FIELD(BODY, body)},
    [FRAME_RESULT] = {FIELD(U8, flags), FIELD(U32, code), FIELD(BODY, body)},
    [FRAME_SPAWN] = {FIELD(STR8, to), FIELD(STR8, tag), FIELD(STR16, text), FIELD(HEADERS, headers),
                     FIELD(BODY, body)},
    [FRAME_EXIT] = {FIELD(U8, flags), FIELD(STR8, to)},
    [FRAME_WATCH] = {FIELD(STR8, to)},
    [FRAME_UNWATCH] = {FIELD(STR8, to)},
    [FRAME_LINES] = {FIELD(U8, flags), FIELD(STR8, to), FIELD(BODY, body)},
    [FRAME_NODE] = {FIELD(U8, version), FIELD(U64, id), FIELD(U64, number), FIELD(STR16, text),
                    FIELD(BODY, body)},
    [FRAME_TAKEN] = {FIELD(U8, version), FIELD(U8, flags), FIELD(U64, id), FIELD(U64, number),
                     FIELD(BODY, body)},
    [FRAME_SEEN] = {FIELD(U64, number)},
    [FRAME_BEAT] = {FIELD(U8, flags), FIELD(U64, number)},
    [FRAME_CHANNEL] = {FIELD(U64, number)},
    [FRAME_POST] = {FIELD(STR8, to), FIELD(STR16, text), FIELD(BODY, body)},
    [FRAME_BEGUN] = {FIELD(U64, number)},
    [FRAME_GONE] = {FIELD(U8, flags), FIELD(U32, code), FIELD(U64, number), FIELD(STR16, text),
                    FIELD(BODY, body)},
    [FRAME_SIGNAL] = {FIELD(U32, code)},
    [FRAME_RUN] = {FIELD(U8, flags), FIELD(U64, id), FIELD(U64, number), FIELD(STR8, from),
                   FIELD(BODY, body)},
    [FRAME_OVER] = {FIELD(U64, id), FIELD(U64, number)},
    [FRAME_PASS] = {FIELD(U64, id), FIELD(BODY, body)},
    [FRAME_SAID] = {FIELD(U8, type), FIELD(STR16, text)},
    [FRAME_CREDIT] = {FIELD(U64, number)},
    [FRAME_PRESS] = {FIELD(U8, flags)},
    [FRAME_UNFIT] = {FIELD(U8, type), FIELD(STR16, text)},
    [FRAME_TUNNEL] = {FIELD(U8, flags), FIELD(BODY, body)},
    [FRAME_TREE] = {FIELD(U8, flags), FIELD(STR16, text), FIELD(BODY, body)},
    [FRAME_PART] = {FIELD(U8, flags), FIELD(BODY, body)},
    [FRAME_HELD] = {FIELD(U64, number), FIELD(BODY, body)},
    [FRAME_USAGE] = {FIELD(BODY, body)},
    [FRAME_COPY] = {FIELD(U8, flags), FIELD(U64, id), FIELD(U64, number), FIELD(BODY, body)},
    [FRAME_COPIED] = {FIELD(U8, flags), FIELD(U64, id), FIELD(U64, number)},
    [FRAME_LEFT] = {FIELD(U8, flags), FIELD(BODY, body)},
    [FRAME_PIECE] = {FIELD(U8, flags), FIELD(BODY, body)},
};

static const struct frame_kind_info {
    const char *name;
    const char *from;
} frame_kinds[FRAME_KINDS] = {
#define X(name, number, from, phase) [number] = {#name, from},
#include "model/frame.def"
#undef X
};

static const char *const frame_types[FRAME_TYPES] = {
    [MSG_TELL] = "tell",
    [MSG_ASK] = "ask",
    [MSG_REPLY] = "reply",
    [MSG_WAKE] = "wake",
    [MSG_EXIT] = "exit",
    [MSG_DEAD] = "dead",
    [MSG_CHILD_EXITED] = "child_exited",
    [MSG_WATCHED_EXITED] = "watched_exited",
    [MSG_HOST_UP] = "host_up",
    [MSG_HOST_DOWN] = "host_down",
};

/* Of each frame_wire: the bytes of a plain number or of a length prefix, and the most
 * that may follow a length prefix. */
static const struct frame_wire_info {
    uint8_t fixed;
    uint32_t max;
} frame_wires[] = {
    [WIRE_U8] = {1, 0},
    [WIRE_U32] = {4, 0},
    [WIRE_U64] = {8, 0},
    [WIRE_STR8] = {1, UINT8_MAX},
    [WIRE_STR16] = {2, UINT16_MAX},
    [WIRE_HEADERS] = {2, FRAME_HEADERS_MAX - 2},
    [WIRE_BODY] = {4, FRAME_BODY_MAX},
};

const char *frame_type_name(int type)
{
    return type > 0 && type < FRAME_TYPES ? frame_types[type] : NULL;
}

const char *frame_kind_name(int kind)
{
    return kind > 0 && kind < FRAME_KINDS ? frame_kinds[kind].name : NULL;
}

bool frame_kind_from(int kind, char who)
{
    return frame_kind_name(kind) != NULL && who != 0 && strchr(frame_kinds[kind].from, who) != NULL;
}

static inline bool frame_is_number(unsigned wire)
{
    return wire <= WIRE_U64;
}

static const struct span *frame_span(const struct frame *f, const struct frame_field *field)
{
    return (const struct span *)((const char *)f + field->offset);
}

static uint64_t frame_number(const struct frame *f, const struct frame_field *field)
{
    const char *at = (const char *)f + field->offset;
    uint32_t v32;
    uint64_t v64;

    if (field->wire == WIRE_U8)
        return (unsigned char)*at;
    if (field->wire == WIRE_U32) {
        memcpy(&v32, at, sizeof(v32));
        return v32;
    }
    memcpy(&v64, at, sizeof(v64));
    return v64;
}

static void frame_set_number(struct frame *f, const struct frame_field *field, uint64_t v)
{
    char *at = (char *)f + field->offset;
    uint32_t v32 = (uint32_t)v;

    if (field->wire == WIRE_U8)
        *(unsigned char *)at = (unsigned char)v;
    else if (field->wire == WIRE_U32)
        memcpy(at, &v32, sizeof(v32));
    else
        memcpy(at, &v, sizeof(v));
}

/* The bytes of one field, or ERR_TOO_LARGE. Packed headers carry their count themselves. */
static long frame_field_size(const struct frame *f, const struct frame_field *field)
{
    const struct frame_wire_info *w = &frame_wires[field->wire];

    if (frame_is_number(field->wire))
        return w->fixed;
    size_t len = frame_span(f, field)->len;
    if (field->wire == WIRE_HEADERS) {
        if (len > FRAME_HEADERS_MAX)
            return ERR_TOO_LARGE;
        return len == 0 ? w->fixed : (long)len;
    }
    return len > w->max ? ERR_TOO_LARGE : (long)(w->fixed + len);
}

static unsigned char *frame_put_field(unsigned char *p, const struct frame *f,
                                      const struct frame_field *field)
{
    const struct frame_wire_info *w = &frame_wires[field->wire];

    if (frame_is_number(field->wire))
        return bits_put(p, frame_number(f, field), w->fixed);
    const struct span *s = frame_span(f, field);
    if (field->wire != WIRE_HEADERS || s->len == 0)
        p = bits_put(p, s->len, w->fixed);
    if (s->len > 0)
        memcpy(p, s->data, s->len);
    return p + s->len;
}

int frame_pack(struct bytes *out, const struct frame *f)
{
    size_t length = 1;

    if (frame_kind_name(f->kind) == NULL)
        bug("frame of no kind: %d", f->kind);
    const struct frame_field *fields = frame_layout[f->kind];
    for (size_t i = 0; i < FRAME_FIELDS_MAX && fields[i].wire != WIRE_END; i++) {
        long n = frame_field_size(f, &fields[i]);
        if (n < 0)
            return ERR_TOO_LARGE;
        length += (size_t)n;
    }
    unsigned char *start = bytes_room(out, 4 + length);
    if (start == NULL)
        return ERR_NOMEM;
    unsigned char *p = bits_put(start, length, 4);
    *p++ = f->kind;
    for (size_t i = 0; i < FRAME_FIELDS_MAX && fields[i].wire != WIRE_END; i++)
        p = frame_put_field(p, f, &fields[i]);
    bytes_grew(out, (size_t)(p - start));
    return 0;
}

/* The largest length that a frame of this kind can have. */
static size_t frame_kind_max(int kind)
{
    const struct frame_field *fields = frame_layout[kind];
    size_t max = 1;

    for (size_t i = 0; i < FRAME_FIELDS_MAX && fields[i].wire != WIRE_END; i++)
        max += frame_wires[fields[i].wire].fixed + frame_wires[fields[i].wire].max;
    return max;
}

long frame_size(const void *data, size_t len)
{
    const unsigned char *p = data;

    if (len < 4)
        return 0;
    size_t length = (size_t)bits_get(p, 4);
    if (length == 0 || length > FRAME_LENGTH_MAX)
        return ERR_PROTOCOL;
    if (len < 5)
        return 0;
    /* Most frames are small, and no kind is too small for 256 bytes to be looked at again. */
    if (frame_kind_name(p[4]) == NULL || (length > 256 && length > frame_kind_max(p[4])))
        return ERR_PROTOCOL;
    return len < 4 + length ? 0 : (long)(4 + length);
}

/* Reads one field at p into f. Returns its size, or ERR_PROTOCOL. */
static long frame_get_field(struct frame *f, const struct frame_field *field,
                            const unsigned char *p, size_t left)
{
    const struct frame_wire_info *w = &frame_wires[field->wire];
    struct span *s = (struct span *)((char *)f + field->offset);

    if (left < w->fixed)
        return ERR_PROTOCOL;
    if (frame_is_number(field->wire)) {
        frame_set_number(f, field, bits_get(p, w->fixed));
        return w->fixed;
    }
    if (field->wire == WIRE_HEADERS) {
        size_t size = frame_headers_size(p, left);
        *s = span_of(p, size == 2 ? 0 : size);
        return size == 0 ? ERR_PROTOCOL : (long)size;
    }
    size_t len = (size_t)bits_get(p, w->fixed);
    if (len > left - w->fixed || len > w->max)
        return ERR_PROTOCOL;
    *s = span_of(p + w->fixed, len);
    return (long)(w->fixed + len);
}

static bool frame_ends_with(struct span s, unsigned char byte)
{
    return s.len > 0 && ((const unsigned char *)s.data)[s.len - 1] == byte;
}

/* What the layout cannot say: static text for what is wrong, or NULL. */
static const char *frame_fault(const struct frame *f)
{
    switch (f->kind) {
    case FRAME_HELLO:
        return f->role < FRAME_ROLE_ACTOR || f->role > FRAME_ROLE_CONTROL ? "no such role" : NULL;
    case FRAME_DELIVER:
        if (frame_type_name(f->type) == NULL)
            return "no such type of message";
        return f->attempt == 0 ? "attempts count from 1" : NULL;
    case FRAME_ASK:
        if (f->tag.len == 0 || f->tag.len > FRAME_TAG_MAX)
            return "the tag of an ask has 1 to 64 bytes";
        return f->millis < 0 ? "a time-out before now" : NULL;
    case FRAME_WAKE:
        if (f->tag.len > FRAME_TAG_MAX)
            return "the tag of a timer has at most 64 bytes";
        return f->millis < 0 ? "a timer before now" : NULL;
    case FRAME_LINES:
    case FRAME_RUN:
        return frame_ends_with(f->body, f->flags) ? NULL : "its last line has no end";
    case FRAME_LOG:
        return f->type > 3 ? "no such level" : NULL;
    case FRAME_SPAWN:
        return f->body.len == 0 || frame_ends_with(f->body, 0)
                   ? NULL
                   : "SPAWN has an argument without a NUL behind it";
    default:
        return NULL;
    }
}

static int frame_fail(const char **why, const char *text)
{
    if (why != NULL)
        *why = text;
    return ERR_PROTOCOL;
}

int frame_unpack(const void *data, size_t size, struct frame *out, const char **why)
{
    const unsigned char *p = data;
    struct frame f = {0};

    if (size < 5 || bits_get(p, 4) != size - 4)
        return frame_fail(why, "not one whole frame");
    if (frame_kind_name(p[4]) == NULL)
        return frame_fail(why, "no such kind of frame");
    f.kind = p[4];
    size_t at = 5;
    const struct frame_field *fields = frame_layout[f.kind];
    for (size_t i = 0; i < FRAME_FIELDS_MAX && fields[i].wire != WIRE_END; i++) {
        long n = frame_get_field(&f, &fields[i], p + at, size - at);
        if (n < 0)
            return frame_fail(why, "a field is too long or not whole");
        at += (size_t)n;
    }
    if (at != size)
        return frame_fail(why, "bytes behind the last field");
    const char *fault = frame_fault(&f);
    if (fault != NULL)
        return frame_fail(why, fault);
    *out = f;
    return 0;
}
