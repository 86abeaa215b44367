#include "config/yamlmap.h"

#include "base/bytes.h"
#include "base/err.h"
#include "config/yamlsyntax.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct yamlmap_anchor {
    const char *name;
    struct ynode *node;
    UT_hash_handle hh;
};

struct yamlmap_frame {
    struct ynode *node;
    struct bytes kids; /* of const struct ynode * */
};

struct yamlmap_reader {
    struct yamlmap *y;
    yaml_parser_t parser;
    struct yamlmap_frame frames[YAMLMAP_DEPTH_MAX];
    int depth;
    int documents;
    struct yamlmap_anchor *anchors;
    bool ended;
    int rc;
};

void yamlmap_fault(struct yamlmap *y, const struct ynode *at, const char *fmt, ...)
{
    char words[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    faults_add(y->faults, y->in, at->line, at->col, "%s", words);
}

static void yamlmap_refuse(struct yamlmap_reader *r, yaml_mark_t at, const char *words)
{
    faults_add(r->y->faults, r->y->in, (int)at.line + 1, (int)at.column + 1, "%s", words);
    r->rc = ERR_INVALID;
}

static struct ynode *yamlmap_node(struct yamlmap_reader *r, enum ynode_kind kind, yaml_mark_t at)
{
    struct ynode *n = arena_alloc(r->y->arena, sizeof(*n));

    if (n == NULL) {
        r->rc = ERR_NOMEM;
        return NULL;
    }
    n->kind = kind;
    n->line = (int)at.line + 1;
    n->col = (int)at.column + 1;
    n->height = 1;
    n->weight = 1;
    return n;
}

static void yamlmap_weigh(struct yamlmap_reader *r, uint64_t weight, yaml_mark_t at)
{
    r->y->weight += weight;
    if (r->y->weight > YAMLMAP_WEIGHT_MAX)
        yamlmap_refuse(r, at, "too much for one file, with its aliases written out");
}

/* Puts a node where it belongs: below the innermost open one, or at the root. */
static void yamlmap_place(struct yamlmap_reader *r, struct ynode *n)
{
    if (r->depth == 0) {
        r->y->root = n;
        return;
    }
    const struct ynode *kid = n;
    struct yamlmap_frame *f = &r->frames[r->depth - 1];
    if (bytes_append(&f->kids, &kid, sizeof(kid)) < 0)
        r->rc = ERR_NOMEM;
}

static struct yamlmap_anchor *yamlmap_find(struct yamlmap_reader *r, const char *name)
{
    struct yamlmap_anchor *a;

    HASH_FIND_STR(r->anchors, name, a);
    return a;
}

static void yamlmap_name(struct yamlmap_reader *r, const yaml_char_t *anchor, struct ynode *n)
{
    const char *name = (const char *)anchor;
    struct yamlmap_anchor *a;

    if (name == NULL)
        return;
    if ((a = yamlmap_find(r, name)) != NULL) {
        a->node = n;
        return;
    }
    a = arena_alloc(r->y->arena, sizeof(*a));
    if (a == NULL || (a->name = arena_text(r->y->arena, name, strlen(name))) == NULL) {
        r->rc = ERR_NOMEM;
        return;
    }
    a->node = n;
    HASH_ADD_KEYPTR(hh, r->anchors, a->name, strlen(a->name), a);
    if (a->hh.tbl == NULL)
        r->rc = ERR_NOMEM;
}

static void yamlmap_alias(struct yamlmap_reader *r, const yaml_event_t *e)
{
    const char *name = (const char *)e->data.alias.anchor;
    struct yamlmap_anchor *a = yamlmap_find(r, name);
    char words[160];

    if (a == NULL) {
        (void)snprintf(words, sizeof(words), "nothing above is named `&%.100s`", name);
        yamlmap_refuse(r, e->start_mark, words);
    } else if (!a->node->closed) {
        (void)snprintf(words, sizeof(words), "`*%.100s` stands within itself", name);
        yamlmap_refuse(r, e->start_mark, words);
    } else if ((unsigned)r->depth + a->node->height > YAMLMAP_DEPTH_MAX) {
        yamlmap_refuse(r, e->start_mark, "nested too deeply");
    } else {
        yamlmap_weigh(r, a->node->weight, e->start_mark);
        yamlmap_place(r, a->node);
    }
}

static void yamlmap_tag(struct yamlmap_reader *r, const yaml_char_t *tag, yaml_mark_t at)
{
    if (tag != NULL && strncmp((const char *)tag, "tag:yaml.org,2002:", 18) != 0)
        faults_add(r->y->faults, r->y->in, (int)at.line + 1, (int)at.column + 1,
                   "the tag `%.100s` means nothing here", (const char *)tag);
}

static bool yamlmap_is_key(const struct yamlmap_reader *r)
{
    const struct yamlmap_frame *f = &r->frames[r->depth > 0 ? r->depth - 1 : 0];

    return r->depth > 0 && f->node->kind == YNODE_MAP &&
           bytes_len(&f->kids) / sizeof(struct ynode *) % 2 == 0;
}

static void yamlmap_fill(struct yamlmap_reader *r, struct ynode *n, const char *text, size_t len,
                         bool key)
{
    struct yamlmap *y = r->y;

    if (memchr(text, '\0', len) != NULL) {
        n->text = "";
        n->why = "a NUL byte is not allowed";
        return;
    }
    if (!key) {
        r->rc = yamlvars_expand(y, text, len, &n->text, &n->n, &n->why);
        return;
    }
    n->text = arena_text(y->arena, text, len);
    n->n = len;
    if (n->text == NULL)
        r->rc = ERR_NOMEM;
}

static void yamlmap_scalar(struct yamlmap_reader *r, const yaml_event_t *e)
{
    struct ynode *n = yamlmap_node(r, YNODE_SCALAR, e->start_mark);

    if (n == NULL)
        return;
    yamlmap_fill(r, n, (const char *)e->data.scalar.value, e->data.scalar.length,
                 yamlmap_is_key(r));
    if (r->rc < 0)
        return;
    n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    n->closed = true;
    n->weight += n->n / 32;
    yamlmap_tag(r, e->data.scalar.tag, e->start_mark);
    yamlmap_name(r, e->data.scalar.anchor, n);
    yamlmap_weigh(r, n->weight, e->start_mark);
    yamlmap_place(r, n);
}

static void yamlmap_open(struct yamlmap_reader *r, enum ynode_kind kind, yaml_mark_t at,
                         const yaml_char_t *anchor)
{
    struct ynode *n;

    if (r->depth >= YAMLMAP_DEPTH_MAX - 1) {
        yamlmap_refuse(r, at, "nested too deeply");
        return;
    }
    if ((n = yamlmap_node(r, kind, at)) == NULL)
        return;
    yamlmap_name(r, anchor, n);
    yamlmap_weigh(r, 1, at);
    r->frames[r->depth].node = n;
    bytes_truncate(&r->frames[r->depth].kids, 0);
    r->depth++;
}

static void yamlmap_close(struct yamlmap_reader *r)
{
    struct yamlmap_frame *f = &r->frames[--r->depth];
    size_t size = bytes_len(&f->kids), count = size / sizeof(struct ynode *);
    const struct ynode **kids = arena_alloc(r->y->arena, size + 1);
    struct ynode *n = f->node;

    if (kids == NULL) {
        r->rc = ERR_NOMEM;
        return;
    }
    memcpy(kids, bytes_at(&f->kids), size);
    for (size_t i = 0; i < count; i++) {
        n->weight += kids[i]->weight;
        if (kids[i]->height >= n->height)
            n->height = kids[i]->height + 1;
    }
    if (n->kind == YNODE_MAP) {
        struct ypair *pairs = arena_alloc(r->y->arena, count / 2 * sizeof(*pairs) + 1);
        if (pairs == NULL) {
            r->rc = ERR_NOMEM;
            return;
        }
        for (size_t i = 0; i < count / 2; i++)
            pairs[i] = (struct ypair){kids[2 * i], kids[2 * i + 1]};
        r->rc = yamlmerge_map(r->y, n, pairs, count / 2);
    } else {
        n->items = kids;
        n->n = count;
    }
    n->closed = true;
    yamlmap_place(r, n);
}

static void yamlmap_event(struct yamlmap_reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (r->documents++ > 0)
            yamlmap_refuse(r, e->start_mark, "a second document: one file holds one system");
        break;
    case YAML_ALIAS_EVENT:
        yamlmap_alias(r, e);
        break;
    case YAML_SCALAR_EVENT:
        yamlmap_scalar(r, e);
        break;
    case YAML_SEQUENCE_START_EVENT:
        yamlmap_tag(r, e->data.sequence_start.tag, e->start_mark);
        yamlmap_open(r, YNODE_LIST, e->start_mark, e->data.sequence_start.anchor);
        break;
    case YAML_MAPPING_START_EVENT:
        yamlmap_tag(r, e->data.mapping_start.tag, e->start_mark);
        yamlmap_open(r, YNODE_MAP, e->start_mark, e->data.mapping_start.anchor);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        yamlmap_close(r);
        break;
    case YAML_STREAM_END_EVENT:
        r->ended = true;
        break;
    default:
        break;
    }
}

/* The next event, the caller's to delete; false at a syntax fault, told. */
static bool yamlmap_next(struct yamlmap_reader *r, yaml_event_t *e)
{
    if (yaml_parser_parse(&r->parser, e))
        return true;
    r->rc = yamlsyntax_fault(r->y, &r->parser);
    return false;
}

static struct yamlmap_reader *yamlmap_start(struct yamlmap *y)
{
    struct yamlmap_reader *r = calloc(1, sizeof(*r));

    if (r == NULL || !yaml_parser_initialize(&r->parser)) {
        free(r);
        return NULL;
    }
    r->y = y;
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser,
                                 (const unsigned char *)y->in.text + yamlsyntax_start(y),
                                 y->in.len - yamlsyntax_start(y));
    return r;
}

static int yamlmap_end(struct yamlmap_reader *r)
{
    int rc = r->rc;

    HASH_CLEAR(hh, r->anchors);
    for (int i = 0; i < YAMLMAP_DEPTH_MAX; i++)
        bytes_release(&r->frames[i].kids);
    yaml_parser_delete(&r->parser);
    free(r);
    return rc;
}

int yamlmap_read(struct yamlmap *y)
{
    struct yamlmap_reader *r = yamlmap_start(y);
    yaml_event_t e;

    if (r == NULL)
        return ERR_NOMEM;
    while (r->rc == 0 && !r->ended && yamlmap_next(r, &e)) {
        yamlmap_event(r, &e);
        yaml_event_delete(&e);
    }
    if (r->rc < 0)
        y->root = NULL;
    return yamlmap_end(r);
}

/* What an event adds to the nesting. */
static int yamlmap_step(const yaml_event_t *e)
{
    if (e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT)
        return 1;
    return e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT ? -1 : 0;
}

static bool yamlmap_is(const yaml_event_t *e, const char *word)
{
    return e->type == YAML_SCALAR_EVENT && strcmp((const char *)e->data.scalar.value, word) == 0;
}

int yamlmap_peek(struct yamlmap *y, const char *key, const struct ynode **value)
{
    struct yamlmap_reader *r = yamlmap_start(y);
    bool is_key = true, found = false, ended = false;
    int depth = 0;
    yaml_event_t e;

    if (r == NULL)
        return ERR_NOMEM;
    while (r->rc == 0 && !ended && y->root == NULL && yamlmap_next(r, &e)) {
        int step = yamlmap_step(&e);
        bool whole = e.type == YAML_SCALAR_EVENT || e.type == YAML_ALIAS_EVENT || step < 0;
        bool no_map = depth == 0 && (whole || e.type == YAML_SEQUENCE_START_EVENT);
        ended = e.type == YAML_STREAM_END_EVENT || no_map || depth > YAMLMAP_DEPTH_MAX;
        if (found && e.type == YAML_SCALAR_EVENT)
            yamlmap_scalar(r, &e);
        else if (found)
            r->rc = ERR_INVALID;
        depth += step;
        if (depth == 1 && whole) {
            found = is_key && yamlmap_is(&e, key);
            is_key = !is_key;
        }
        yaml_event_delete(&e);
    }
    *value = y->root;
    int rc = yamlmap_end(r);
    return rc < 0 ? rc : *value != NULL;
}
