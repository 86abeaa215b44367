/* uthash as clang-tidy is to see it: what each macro does to its arguments, without the buckets,
 * which the analyzer follows into states that cannot be. Nothing is ever built with this. */
#ifndef TESTS_LINT_UTHASH_H
#define TESTS_LINT_UTHASH_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct UT_hash_handle {
    void *tbl, *prev, *next, *hh_prev, *hh_next;
    const void *key;
    unsigned keylen, hashv;
} UT_hash_handle;

void *lint_any(const void *head, const void *key, size_t keylen);
void lint_keep(void *head, void *item);
unsigned lint_count(const void *head);

#define HASH_FIND(hh, head, keyptr, keylen, out) ((out) = lint_any(head, keyptr, keylen))
#define HASH_FIND_STR(head, keyptr, out) HASH_FIND(hh, head, keyptr, strlen(keyptr), out)
#define HASH_FIND_INT(head, keyptr, out) HASH_FIND(hh, head, keyptr, sizeof(int), out)
#define HASH_FIND_PTR(head, keyptr, out) HASH_FIND(hh, head, keyptr, sizeof(void *), out)
#define HASH_ADD_KEYPTR(hh_, head, keyptr, len, item) \
    (lint_keep(&(head), item), (item)->hh_.key = (keyptr), (item)->hh_.keylen = (unsigned)(len))
#define HASH_ADD(hh_, head, field, len, item) HASH_ADD_KEYPTR(hh_, head, &(item)->field, len, item)
#define HASH_ADD_STR(head, field, item) \
    HASH_ADD_KEYPTR(hh, head, (item)->field, strlen((item)->field), item)
#define HASH_ADD_INT(head, field, item) HASH_ADD(hh, head, field, sizeof(int), item)
#define HASH_ADD_PTR(head, field, item) HASH_ADD(hh, head, field, sizeof(void *), item)
#define HASH_DELETE(hh_, head, item) lint_keep(&(head), item)
#define HASH_DEL(head, item) HASH_DELETE(hh, head, item)
#define HASH_ITER(hh_, head, item, tmp)    \
    for ((item) = lint_any(head, NULL, 0); \
         (item) != NULL && ((tmp) = lint_any(head, (item), 0), 1); (item) = (tmp))
#define HASH_COUNT(head) lint_count(head)
#define HASH_CNT(hh_, head) lint_count(head)
#define HASH_CLEAR(hh_, head) lint_keep(&(head), NULL)
#define HASH_SORT(head, cmp) lint_keep(&(head), NULL)
#define HASH_VALUE(keyptr, keylen, hashv) ((hashv) = lint_count(keyptr))

#endif
