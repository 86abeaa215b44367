/* The keys of the file, as tables: the parser, its messages, the JSON Schema and the check of
 * actorsup.yaml(5) all come from the same rows. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "config/yamlmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum schema_type {
    SCHEMA_WORD,     /* one of `words` alone */
    SCHEMA_COUNT,    /* a whole number, from min to max */
    SCHEMA_DURATION, /* int64_t milliseconds */
    SCHEMA_SIZE,     /* uint64_t bytes */
    SCHEMA_FACTOR,   /* double */
    SCHEMA_PERCENT,  /* double, a fraction */
    SCHEMA_SIGNAL,   /* int */
    SCHEMA_TEXT,     /* const char *, not empty, in the arena of the result */
    SCHEMA_MAP,      /* `table` alone */
    SCHEMA_CUSTOM,   /* `parse` alone */
    SCHEMA_TYPES
};

struct schema_ctx {
    struct faults *faults;
    struct faults_text in;
    struct arena *keep; /* of the result */
    bool nomem;         /* sticky */
};

struct schema_row;
/* Stores a value into target, or adds faults. */
typedef void schema_parse(struct schema_ctx *c, const struct schema_row *row,
                          const struct ypair *pair, void *target);

/* A word that is accepted for a value; the last row has no text. */
struct schema_word {
    const char *text;
    int64_t value;
};

struct schema_row {
    const char *key;
    enum schema_type type;
    unsigned char size;               /* of the field; 0: nothing is stored */
    size_t offset;                    /* of the field in the target */
    const char *initial;              /* the default, as it would be written; NULL: none */
    uint64_t min, max;                /* of COUNT, DURATION, SIZE, FACTOR */
    const struct schema_word *words;  /* besides what the type accepts; or NULL */
    const struct schema_table *table; /* of a map, besides; or NULL */
    schema_parse *parse;
    const char *json; /* CUSTOM: the JSON Schema of a value */
    const char *doc;
    bool required;
    bool named; /* a map of entries by name, each with the keys of `table` */
};

struct schema_table {
    const char *of; /* "an actor", "`backoff`": for messages */
    const struct schema_row *rows;
    size_t n;
};

/* Field of a struct, for a row. */
#define SCHEMA_AT(type, field) \
    .offset = offsetof(type, field), .size = sizeof(((type *)NULL)->field)

/* Stores a map's values into target. given (or NULL) has a place for each row: the pair that was
 * given is put there, others stay. A null stands for an empty map. False when it is no map. */
bool schema_apply(struct schema_ctx *c, const struct schema_table *t, const struct ynode *map,
                  void *target, const struct ypair **given);
/* Stores the rows' defaults. */
void schema_defaults(struct schema_ctx *c, const struct schema_table *t, void *target);

void schema_fault(struct schema_ctx *c, const struct ynode *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The text of a scalar that is not empty; NULL after a fault. */
const char *schema_text(struct schema_ctx *c, const char *key, const struct ynode *value);
char *schema_keep(struct schema_ctx *c, const char *text, size_t len);
void *schema_alloc(struct schema_ctx *c, size_t size);

/* What a row's value may be, in words: "a whole number from 1 to 1024, or none". */
void schema_expects(const struct schema_row *row, char *buf, size_t size);

/* One scalar of each type: false when it is none, with nothing stored. */
bool schema_scalar(struct schema_ctx *c, const struct schema_row *row, const char *text,
                   void *target);

/* The table of the whole file. */
extern const struct schema_table schema_file;

struct schema_key {
    const char *path;    /* "actors.NAME.backoff.min" */
    const char *initial; /* the default as written, or NULL */
    const char *doc;
    const struct schema_word *words; /* or NULL */
};
/* Calls cb for each key there is. 0 or ERR_NOMEM. */
int schema_keys(void (*cb)(void *arg, const struct schema_key *key), void *arg);

/* The JSON Schema (draft 2020-12) of the file; the caller frees it. NULL without memory. */
char *schema_json(void);

#endif
