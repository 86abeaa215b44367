/* Addresses: NAME(.NAME)*, then /N for one member or a slash and a star for each of them,
 * then @HOST; and ~ID for outside clients. */
#ifndef MODEL_ADDRESS_H
#define MODEL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_NAME_MAX 63 /* bytes of one NAME */
#define ADDRESS_NAME_RULE "a name is a-z, then a-z 0-9 _ -, at most 63 in all"
#define ADDRESS_MAX 255 /* bytes of a whole address */

enum address_member {
    ADDRESS_ANY = 0,  /* the actor or its pool */
    ADDRESS_ALL = -1, /* a slash and a star: each member */
    /* otherwise N, from 1 */
};

struct address {
    char name[ADDRESS_MAX + 1];      /* NAME(.NAME)*, or ~ID */
    int member;                      /* enum address_member, or N from 1 */
    char host[ADDRESS_NAME_MAX + 1]; /* "" when none was given */
};

/* 0, or ERR_INVALID with *why (may be NULL) set to static text that says what is wrong. */
int address_parse(const char *text, size_t len, struct address *out, const char **why);
/* Writes the canonical text; buf of ADDRESS_MAX+1. Returns its length. */
size_t address_format(const struct address *a, char *buf, size_t size);

bool address_name_ok(const char *name, size_t len); /* [a-z][a-z0-9_-]{0,62} */
bool address_is_client(const char *text);           /* begins with ~ */
/* A folder's name made a NAME: lower-cased, what does not fit becomes '-'. buf of
 * ADDRESS_NAME_MAX+1. */
void address_normalise(const char *folder, char *buf, size_t size);

#endif
