/* The key `init`: whose messages, or messages with which headers, come first. */
#include "config/topoload.h"
#include "model/address.h"

#include <string.h>

static bool topo_init_repeated(char *const *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(list[k], list[i]) == 0)
            return true;
    return false;
}

/* The texts of a value. Returns their number; 0 after a fault. */
static size_t topo_init_texts(struct schema_ctx *c, const char *key, const struct ynode *value,
                              char ***list, const struct ynode ***at)
{
    struct bytes texts;

    bytes_init(&texts);
    long n = topo_texts(c, key, value, INITIAL_MAX, &texts, at);
    char **made = n > 0 ? schema_alloc(c, ((size_t)n + 1) * sizeof(*made)) : NULL;
    const char *p = (const char *)bytes_at(&texts);
    for (long i = 0; made != NULL && i < n; i++, p += strlen(p) + 1) {
        made[i] = schema_keep(c, p, strlen(p));
        if (made[i] == NULL) {
            made = NULL;
        } else if (topo_init_repeated(made, (size_t)i)) {
            schema_fault(c, (*at)[i], "`%.*s` is named twice", TOPO_SHOWN, made[i]);
        }
    }
    bytes_release(&texts);
    *list = made;
    return made == NULL ? 0 : (size_t)n;
}

static void topo_init_sender(struct schema_ctx *c, const struct ynode *at, const char *text)
{
    struct address a;
    const char *why = NULL;

    if (address_is_client(text))
        schema_fault(c, at, "`%.*s` is an outside client: it can be told by a header alone",
                     TOPO_SHOWN, text);
    else if (address_parse(text, strlen(text), &a, &why) < 0)
        schema_fault(c, at, "`%.*s` is no address: %s", TOPO_SHOWN, text, why);
    else if (a.member == ADDRESS_ALL)
        schema_fault(c, at, "`%.*s`: name the pool, which is any of its members", TOPO_SHOWN, text);
}

static void topo_init_from(struct schema_ctx *c, const struct schema_row *row,
                           const struct ypair *pair, void *target)
{
    struct topo_draft *d = target;

    d->a.init.n_from = topo_init_texts(c, row->key, pair->value, &d->a.init.from, &d->init_at);
    for (size_t i = 0; i < d->a.init.n_from; i++)
        topo_init_sender(c, d->init_at[i], d->a.init.from[i]);
}

static void topo_init_headers(struct schema_ctx *c, const struct schema_row *row,
                              const struct ypair *pair, void *target)
{
    struct topo_draft *d = target;
    const struct ynode **at = NULL;

    d->a.init.n_headers = topo_init_texts(c, row->key, pair->value, &d->a.init.headers, &at);
    for (size_t i = 0; i < d->a.init.n_headers; i++) {
        size_t n = strcspn(d->a.init.headers[i], "=");
        if (n == 0 || n > UINT8_MAX)
            schema_fault(c, at[i], "`%.*s` is no header: it is KEY or KEY=VALUE", TOPO_SHOWN,
                         d->a.init.headers[i]);
    }
}

static const struct schema_row topo_init_rows[] = {
    {.key = "from", .type = SCHEMA_CUSTOM, .parse = topo_init_from},
    {.key = "headers", .type = SCHEMA_CUSTOM, .parse = topo_init_headers},
};
static const struct schema_table topo_init_table = {
    .of = "`init`",
    .rows = topo_init_rows,
    .n = sizeof(topo_init_rows) / sizeof(topo_init_rows[0]),
};

void topo_parse_init(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                     void *target)
{
    struct topo_draft *d = target;

    d->a.init = (struct initial_rule){.n_from = 0};
    if (pair->value->kind == YNODE_MAP)
        (void)schema_apply(c, &topo_init_table, pair->value, d, NULL);
    else
        topo_init_from(c, row, pair, target);
    if (initial_entries(&d->a.init) > INITIAL_MAX)
        schema_fault(c, pair->key, "`init` has more than %d entries", INITIAL_MAX);
}

void topo_check_init(struct topo_load *l, const struct topo_draft *d)
{
    const struct ypair *p = d->given[KEY_INIT];

    if (p == NULL || initial_entries(&d->a.init) == 0)
        return;
    if (d->a.speaks == SPEAKS_NONE)
        schema_fault(&l->s, p->key, "an actor that speaks none has no mailbox");
    if (d->a.speaks == SPEAKS_ONCE)
        schema_fault(&l->s, p->key,
                     "an actor that speaks once has a process for each message: none of them "
                     "could know what another was told by `init`");
}
