#include "model/initial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- which messages --- */

static bool initial_from(const char *entry, const char *name, unsigned member)
{
    size_t n = strlen(name);

    if (strncmp(entry, name, n) != 0)
        return false;
    return entry[n] == '\0' || (entry[n] == '/' && strtoul(entry + n + 1, NULL, 10) == member);
}

static bool initial_header(const char *entry, struct span key, struct span value)
{
    size_t n = strcspn(entry, "=");

    if (key.len != n || memcmp(entry, key.data, n) != 0)
        return false;
    return entry[n] == '\0' ||
           (strlen(entry + n + 1) == value.len &&
            (value.len == 0 || memcmp(entry + n + 1, value.data, value.len) == 0));
}

uint32_t initial_of(const struct initial_rule *r, const char *name, unsigned member,
                    struct span headers)
{
    struct span key, value;
    uint32_t bits = 0;
    size_t at = 0;

    for (size_t i = 0; name != NULL && i < r->n_from; i++)
        if (initial_from(r->from[i], name, member))
            bits |= UINT32_C(1) << i;
    while (r->n_headers > 0 && frame_header_next(headers, &at, &key, &value) == 1)
        for (size_t i = 0; i < r->n_headers; i++)
            if (initial_header(r->headers[i], key, value))
                bits |= UINT32_C(1) << (r->n_from + i);
    return bits;
}

const char *initial_text(const struct initial_rule *r, uint32_t bits, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < initial_entries(r); i++) {
        if ((bits >> i & 1) == 0)
            continue;
        bool header = i >= r->n_from;
        int n = snprintf(buf + len, size - len, "%s%s%s", len > 0 ? ", " : "",
                         header ? "a message with the header " : "",
                         header ? r->headers[i - r->n_from] : r->from[i]);
        if (n < 0 || (size_t)n >= size - len)
            break;
        len += (size_t)n;
    }
    return buf;
}

/* --- copies --- */

static struct span initial_span(unsigned char **at, struct span from)
{
    struct span s = span_of(*at, from.len);

    if (from.len > 0)
        memcpy(*at, from.data, from.len);
    *at += from.len;
    return s;
}

struct initial_kept *initial_keep(const struct letter *l)
{
    struct initial_kept *k = malloc(sizeof(*k) + l->headers.len + l->body.len);

    if (k == NULL)
        return NULL;
    unsigned char *at = k->data;
    *k = (struct initial_kept){.refs = 1, .l = *l};
    k->l.headers = initial_span(&at, l->headers);
    k->l.body = initial_span(&at, l->body);
    k->l.tag = span_of(NULL, 0);
    return k;
}

void initial_drop(struct initial_kept *k)
{
    if (k != NULL && --k->refs == 0)
        free(k);
}

static void initial_set(struct initial_kept **place, struct initial_kept *k)
{
    if (k != NULL)
        k->refs++;
    initial_drop(*place);
    *place = k;
}

void initial_release(struct initial *in)
{
    for (size_t i = 0; i < INITIAL_MAX; i++)
        initial_set(&in->last[i], NULL);
}

void initial_leave(struct initial_member *m)
{
    for (size_t i = 0; i < INITIAL_MAX; i++)
        initial_set(&m->last[i], NULL);
}

/* --- what a process knows --- */

void initial_begin(struct initial_member *m)
{
    m->done = 0;
    memset(m->given, 0, sizeof(m->given));
}

/* What a new process of m begins with of an entry; NULL: nothing was handled so far. */
static struct initial_kept *initial_last(const struct initial *in, const struct initial_member *m,
                                         size_t i)
{
    struct initial_kept *all = in->last[i], *own = m->last[i];

    if (all == NULL || own == NULL)
        return all == NULL ? own : all;
    return own->serial > all->serial ? own : all;
}

struct initial_kept *initial_due(const struct initial *in, struct initial_member *m,
                                 uint32_t *entries)
{
    struct initial_kept *due = NULL;

    for (size_t i = 0; i < INITIAL_MAX; i++) {
        struct initial_kept *k = initial_last(in, m, i);
        if (k != NULL && k->serial > m->given[i] && (due == NULL || k->serial < due->serial))
            due = k;
    }
    *entries = 0;
    for (size_t i = 0; due != NULL && i < INITIAL_MAX; i++) {
        if (initial_last(in, m, i) != due)
            continue;
        *entries |= UINT32_C(1) << i;
        m->given[i] = due->serial;
    }
    return due;
}

void initial_handled(struct initial *in, struct initial_member *m, uint32_t entries, bool own,
                     struct initial_kept *k)
{
    bool copy = k->serial > 0;

    if (!copy)
        k->serial = ++in->serial;
    k->l.attempt = 1;
    k->l.blame = 0;
    k->l.solo = false;
    m->done |= entries;
    for (size_t i = 0; !copy && i < INITIAL_MAX; i++) {
        if ((entries >> i & 1) == 0)
            continue;
        initial_set(own ? &m->last[i] : &in->last[i], k);
        m->given[i] = k->serial;
    }
}

void initial_forget(struct initial *in, struct initial_member *m, const struct initial_kept *k)
{
    for (size_t i = 0; i < INITIAL_MAX; i++) {
        if (in->last[i] == k)
            initial_set(&in->last[i], NULL);
        if (m->last[i] == k)
            initial_set(&m->last[i], NULL);
    }
}

/* --- other entries --- */

static const char *initial_entry(const struct initial_rule *r, size_t i)
{
    return i < r->n_from ? r->from[i] : r->headers[i - r->n_from];
}

/* Where an entry stood before, or INITIAL_MAX. */
static size_t initial_was(const struct initial_rule *was, const struct initial_rule *is, size_t i)
{
    for (size_t k = 0; k < initial_entries(was); k++)
        if ((k < was->n_from) == (i < is->n_from) &&
            strcmp(initial_entry(was, k), initial_entry(is, i)) == 0)
            return k;
    return INITIAL_MAX;
}

static void initial_rename(struct initial_kept **last, uint64_t *given,
                           const struct initial_rule *was, const struct initial_rule *is)
{
    struct initial_kept *old[INITIAL_MAX];
    uint64_t old_given[INITIAL_MAX] = {0};

    memcpy(old, last, sizeof(old));
    memset(last, 0, sizeof(old));
    if (given != NULL) {
        memcpy(old_given, given, sizeof(old_given));
        memset(given, 0, sizeof(old_given));
    }
    for (size_t i = 0; i < initial_entries(is); i++) {
        size_t k = initial_was(was, is, i);
        if (k == INITIAL_MAX)
            continue;
        initial_set(&last[i], old[k]);
        if (given != NULL)
            given[i] = old_given[k];
    }
    for (size_t i = 0; i < INITIAL_MAX; i++)
        initial_drop(old[i]);
}

void initial_renamed(struct initial *in, const struct initial_rule *was,
                     const struct initial_rule *is)
{
    initial_rename(in->last, NULL, was, is);
}

void initial_member_renamed(struct initial_member *m, const struct initial_rule *was,
                            const struct initial_rule *is)
{
    uint32_t lacks = initial_lacks(was, m);

    initial_rename(m->last, m->given, was, is);
    m->done = UINT32_MAX;
    for (size_t i = 0; i < initial_entries(is); i++) {
        size_t k = initial_was(was, is, i);
        if (k < INITIAL_MAX && (lacks >> k & 1) == 1)
            m->done &= ~(UINT32_C(1) << i);
    }
}
