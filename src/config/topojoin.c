/* `join`: how hosts join by themselves. */
#include "config/topoload.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define AT(field) SCHEMA_AT(struct topo_load, join.field)
#define TOPOJOIN_SCHEME "tls+tcp://"

/* ADDRESS:PORT, an address of IPv6 in brackets. False: it is none. */
static bool topojoin_address(struct schema_ctx *c, const char *text, struct topo_join *j)
{
    unsigned char raw[16];
    const char *colon = strrchr(text, ':');
    char *end;

    if (colon == NULL || !isdigit((unsigned char)colon[1]))
        return false;
    unsigned long port = strtoul(colon + 1, &end, 10);
    bool brackets = *text == '[' && colon > text && colon[-1] == ']';
    size_t n = (size_t)(colon - text) - (brackets ? 2 : 0);
    const char *address = schema_keep(c, text + brackets, n);
    if (*end != '\0' || port > 65535 || address == NULL ||
        inet_pton(brackets ? AF_INET6 : AF_INET, address, raw) != 1)
        return false;
    j->address = address;
    j->port = (unsigned)port;
    return true;
}

static void topojoin_listen(struct schema_ctx *c, const struct schema_row *row,
                            const struct ypair *pair, void *target)
{
    struct topo_load *l = target;
    const char *text = schema_text(c, row->key, pair->value);
    const size_t scheme = sizeof(TOPOJOIN_SCHEME) - 1;

    if (text != NULL && (strncmp(text, TOPOJOIN_SCHEME, scheme) != 0 ||
                         !topojoin_address(c, text + scheme, &l->join)))
        schema_fault(c, pair->value,
                     "`listen: %.*s` is no " TOPOJOIN_SCHEME "ADDRESS:PORT, as " TOPOJOIN_SCHEME
                     "0.0.0.0:7400 or " TOPOJOIN_SCHEME "[::]:7400",
                     TOPO_SHOWN, text);
}

static const struct schema_row topojoin_rows[] = {
    {.key = "listen",
     .type = SCHEMA_CUSTOM,
     .parse = topojoin_listen,
     .json = "{\"type\":\"string\"}",
     .doc = "Where hosts join over the network: tls+tcp://ADDRESS:PORT."},
    {.key = "token",
     .type = SCHEMA_TEXT,
     AT(token),
     .doc = "The file of the token that they must have, which nobody else may read."},
};
const struct schema_table topo_join_table = {
    .of = "`join`", .rows = topojoin_rows, .n = sizeof(topojoin_rows) / sizeof(topojoin_rows[0])};

static void topojoin_token(struct topo_load *l, const struct ynode *at)
{
    struct stat st;

    l->join.token = topo_path(l, l->own->t.dir, l->join.token);
    if (!l->check_files || l->join.token == NULL)
        return;
    if (stat(l->join.token, &st) != 0)
        schema_fault(&l->s, at, "`token`: %s: %s", l->join.token,
                     errno == ENOENT ? "there is no such file; make one: (umask 077; openssl rand "
                                       "-hex 32 >FILE)"
                                     : strerror(errno));
    else if ((st.st_mode & (S_IRWXO | S_IRWXG)) != 0)
        schema_fault(&l->s, at, "`token`: others can read or change %s (chmod 600)", l->join.token);
    else if (st.st_size < TOPO_TOKEN_LEAST || st.st_size > TOPO_TOKEN_MOST + 1)
        schema_fault(&l->s, at,
                     "`token`: %s has fewer than %d characters, or more than %d: make one by "
                     "openssl rand -hex 32",
                     l->join.token, TOPO_TOKEN_LEAST, TOPO_TOKEN_MOST);
}

void topo_join(struct topo_load *l)
{
    const struct ypair *pair = l->top[TOP_JOIN];

    if (pair == NULL || pair->value->kind != YNODE_MAP)
        return;
    if (l->join.token == NULL)
        schema_fault(&l->s, pair->key, "`join` needs `token`, a file");
    else
        topojoin_token(l, ynode_get(pair->value, "token"));
    if (l->join.address != NULL && l->tls.cert == NULL)
        schema_fault(&l->s, ynode_get(pair->value, "listen"),
                     "`listen` needs `tls: {cert, key, ca}` at the top of the file");
    l->own->t.join = l->join;
}
