/* One line of a json actor as an object, by one of two readers with equal results: a scanner for
 * the plain form, in which every key and every value is a string without an escape (what most
 * messages are: an ack, a body of text), and jansson for all else. RFC 8259; keys may not repeat.
 */
#ifndef SPEAK_JSONOBJECT_H
#define SPEAK_JSONOBJECT_H

#include "base/err.h"
#include "model/frame.h"

#include <jansson.h>
#include <stdbool.h>

enum { JSONOBJECT_PLAIN_MAX = 12 }; /* keys of a plain object; one with more goes to jansson */

struct jsonobject {
    json_t *tree; /* NULL: the plain form, which borrows from the line */
    size_t n;
    struct jsonobject_member {
        struct span key, value;
    } plain[JSONOBJECT_PLAIN_MAX];
};

/* Reads a line. NULL, or what is wrong with it: static text, or in why; then there is nothing to be
 * released. The line is borrowed until jsonobject_release. */
const char *jsonobject_read(struct jsonobject *o, const char *line, size_t len, struct err *why);
void jsonobject_release(struct jsonobject *o);

/* The scanner alone: false when the line is not of the plain form (it may be wrong as well). */
bool jsonobject_scan(struct jsonobject *o, const char *line, size_t len);

/* What stands under a key. */
enum jsonobject_kind {
    JSONOBJECT_NONE,   /* it is absent, or null */
    JSONOBJECT_STRING, /* *string, borrowed from o */
    JSONOBJECT_OTHER,  /* *other, borrowed from o */
};
/* Whether the key is there, null included. */
bool jsonobject_has(const struct jsonobject *o, const char *key);
enum jsonobject_kind jsonobject_get(const struct jsonobject *o, const char *key,
                                    struct span *string, json_t **other);

#endif
