/* The frames that travel on every byte stream of the system: actors, commands
 * and, later, other supervisors speak the same ones. actor-protocol(7) is their
 * specification; its test vectors are checked against this file.
 *
 *   frame   := length:u32 kind:u8 payload          length counts kind and payload
 *   str8    := n:u8 bytes     str16 := n:u16 bytes      (UTF-8 where text)
 *   body    := n:u32 bytes
 *   headers := n:u16 { key:str8 value:str16 }*
 *
 * All numbers are big-endian. Bytes behind the last field are a violation.
 */
#ifndef MODEL_FRAME_H
#define MODEL_FRAME_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_VERSION 1
#define FRAME_BODY_MAX (16u * 1024 * 1024)
#define FRAME_HEADERS_MAX (64u * 1024) /* packed bytes of all headers of a message */
#define FRAME_TAG_MAX 64               /* bytes of an asker's own id */
#define FRAME_LENGTH_MAX (FRAME_BODY_MAX + FRAME_HEADERS_MAX + 4096)

/* Kinds: name, number, who may send it (A actor, C client, S supervisor), in which phase. */
enum frame_kind {
#define X(name, number, from, phase) FRAME_##name = (number),
#include "model/frame.def"
#undef X
};

enum frame_role { FRAME_ROLE_ACTOR = 1, FRAME_ROLE_SEND = 2, FRAME_ROLE_CONTROL = 3 };

enum frame_type {
    MSG_TELL = 1,
    MSG_ASK = 2,
    MSG_REPLY = 3,
    MSG_WAKE = 4,
    MSG_EXIT = 5,
    MSG_DEAD = 6,
    MSG_CHILD_EXITED = 7,
    MSG_WATCHED_EXITED = 8,
    MSG_HOST_UP = 9,
    MSG_HOST_DOWN = 10,
};
const char *frame_type_name(int type); /* "tell", ...; NULL when there is none */

struct span {
    const void *data;
    size_t len;
};
static inline struct span span_of(const void *data, size_t len)
{
    struct span s = {data, len};
    return s;
}

/* Every field that any frame has; each kind uses those that frame.def's comment names.
 * After frame_unpack the spans point into the input. */
struct frame {
    uint8_t kind;
    uint8_t version;     /* HELLO, WELCOME */
    uint8_t role;        /* HELLO */
    uint8_t type;        /* DELIVER, SEND, CALL's RESULT: see the table */
    uint8_t flags;       /* RESULT: FRAME_MORE; LINES: the byte that ends a line */
    uint32_t attempt;    /* DELIVER: from 1 */
    uint64_t id;         /* a message's id */
    uint64_t number;     /* ACCEPTED: how many so far; see the table */
    int64_t millis;      /* ASK time-out, WAKE */
    int32_t code;        /* ERROR, REFUSED, RESULT: 0 or an err_code */
    struct span from;    /* str8 */
    struct span to;      /* str8 */
    struct span tag;     /* str8: the asker's own id, or `re` of a reply, or a timer's id */
    struct span text;    /* str16: token, reason, error text */
    struct span headers; /* packed, see frame_header_next */
    struct span body;    /* u32 */
};

#define FRAME_MORE 1 /* RESULT: more of the same answer follows */

/* Appends f to out. 0, ERR_NOMEM, or ERR_TOO_LARGE with out unchanged. */
int frame_pack(struct bytes *out, const struct frame *f);

/* Looks at the front of data. Returns the size of a whole frame there (length prefix included),
 * 0 when more bytes are needed, or ERR_PROTOCOL (length 0, over the maximum or an unknown kind:
 * the stream cannot go on). Checks the length before the frame is there. */
long frame_size(const void *data, size_t len);

/* Unpacks one whole frame of exactly `size` bytes. 0, or ERR_PROTOCOL with *why (may be NULL)
 * static text. */
int frame_unpack(const void *data, size_t size, struct frame *out, const char **why);

const char *frame_kind_name(int kind);    /* "HELLO"; NULL when there is none */
bool frame_kind_from(int kind, char who); /* may 'A', 'C' or 'S' send it? */

/* Headers: packed as above. Walks them: start with *at = 0; 1 with key and value set, 0 at the
 * end, ERR_PROTOCOL when they are not whole. */
int frame_header_next(struct span headers, size_t *at, struct span *key, struct span *value);
/* Appends one to a packed run (which begins empty) and counts it. 0, ERR_TOO_LARGE, ERR_NOMEM. */
int frame_header_add(struct bytes *packed, const void *key, size_t klen, const void *value,
                     size_t vlen);
/* The same for texts. value NULL: nothing is added. */
int frame_header_text(struct bytes *packed, const char *key, const char *value);
/* The size of the run of headers that p begins with, or 0 when it is not whole. */
size_t frame_headers_size(const unsigned char *p, size_t left);

#endif
