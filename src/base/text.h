/* Small pure helpers on text. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_is_utf8(const void *data, size_t len); /* RFC 3629: no surrogates, no overlongs */

/* The beginning of a text as it may stand in a line and between quotes: whole characters, as many
 * as fit with the NUL; `?` for what is no UTF-8, a blank for what controls, ' for ". Returns buf.
 */
char *text_shown(const void *data, size_t len, char *buf, size_t size);

/* As that; of a text that is too long for it the beginning and the end, with ... between: a message
 * has its reason at the end. size is 16 at least. */
char *text_cut(const char *text, char *buf, size_t size);

/* The candidate nearest to word (Damerau-Levenshtein, at most a third of its
 * length away), or NULL. candidates ends with NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

/* Shell glob on a name: `*`, `?`, `[a-z]`. */
bool text_glob(const char *pattern, const char *name);
bool text_has_glob(const char *pattern);

/* "KILL" for 9, "TERM" for 15; "SIG35" style for those without a name. Static storage or buf. */
const char *text_signal_name(int sig, char *buf, size_t size);
/* "KILL", "SIGKILL", "kill", "9" -> 9; -1 when there is none. */
int text_signal_number(const char *name);

/* RFC 4648 base64 with padding. Encode: out holds 4*((len+2)/3) bytes, no NUL; returns that.
 * Decode: out holds 3*(len/4) bytes; the number of bytes or ERR_INVALID. */
size_t text_base64_encode(const void *data, size_t len, char *out);
long text_base64_decode(const char *text, size_t len, void *out);

/* 16 lower-case hexadecimal digits of a message id, and back. */
#define TEXT_ID_LEN 16
void text_id_format(uint64_t id, char out[TEXT_ID_LEN]);
int text_id_parse(const char *text, size_t len, uint64_t *id); /* 0 or ERR_INVALID */

#endif
