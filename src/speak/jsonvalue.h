/* What the keys of a json actor's line hold. Each function returns NULL with its output set, or
 * static text that says what is wrong, with nothing to be freed. A key that is absent or null gives
 * what is empty.
 */
#ifndef SPEAK_JSONVALUE_H
#define SPEAK_JSONVALUE_H

#include "base/bytes.h"
#include "speak/jsonobject.h"

/* A value as bytes, borrowed from the object or `owned`; ends with jsonvalue_free. */
struct jsonvalue {
    struct span span;
    char *owned;
};

void jsonvalue_free(struct jsonvalue *v);

/* A string, or the compact JSON text of what is none. */
const char *jsonvalue_text(const struct jsonobject *o, const char *key, struct jsonvalue *v);
/* body or body64. */
const char *jsonvalue_body(const struct jsonobject *o, struct jsonvalue *v);
/* An object of texts under a key (`headers`, `env`), packed; the caller releases them. */
const char *jsonvalue_headers(const struct jsonobject *o, const char *name, struct bytes *packed);
/* A list of texts, each with a NUL behind it; the caller releases them. */
const char *jsonvalue_texts(const struct jsonobject *o, const char *key, struct bytes *texts);
/* In ms: a number is seconds, a text a duration; -1 when it is not there. */
const char *jsonvalue_time(const struct jsonobject *o, const char *key, int64_t *ms);
/* The id of a message: 16 hexadecimal digits, and needed. */
const char *jsonvalue_id(const struct jsonobject *o, const char *key, uint64_t *id);
/* An id of the actor's own: of an ask (needed) or a timer. */
const char *jsonvalue_tag(const struct jsonobject *o, const char *key, bool needed,
                          struct jsonvalue *v);

#endif
