/* `ready: {log: REGEX}`: is it a regular expression, and one that the library can bear? */
#include "base/err.h"
#include "config/topoload.h"

#include <regex.h>
#include <string.h>

enum { TOPOREGEX_LENGTH = 512, TOPOREGEX_DEPTH = 32, TOPOREGEX_COST = 5000 };

/* The C library writes out what is repeated, group within group, so that a short text can ask for
 * all memory. This counts what it will write. */
struct toporegex {
    unsigned long total[TOPOREGEX_DEPTH]; /* of each open group, before its last atom */
    unsigned long last[TOPOREGEX_DEPTH];  /* its last atom */
    int depth;
};

static void toporegex_atom(struct toporegex *x, unsigned long cost)
{
    x->total[x->depth] += x->last[x->depth];
    x->last[x->depth] = cost;
}

/* Behind a `[`: moves behind the bracket expression. */
static const char *toporegex_bracket(const char *p)
{
    if (*p == '^')
        p++;
    if (*p == ']')
        p++;
    while (*p != '\0' && *p != ']') {
        if (*p == '[' && p[1] != '\0' && strchr(".:=", p[1]) != NULL) {
            char close[3] = {p[1], ']', '\0'};
            const char *end = strstr(p + 2, close);
            p = end == NULL ? p + strlen(p) : end + 2;
        } else {
            p++;
        }
    }
    return *p == ']' ? p + 1 : p;
}

/* Behind a `{`: how often the atom is written out. */
static unsigned long toporegex_times(const char *p)
{
    unsigned long most = 1, n = 0;

    for (; *p != '\0' && *p != '}'; p++) {
        n = *p >= '0' && *p <= '9' && n < 100000 ? n * 10 + (unsigned long)(*p - '0') : 0;
        most = n > most ? n : most;
    }
    return most + 1;
}

static void toporegex_step(struct toporegex *x, const char **at)
{
    const char *p = *at;
    char c = *p++;

    if (c == '(' && x->depth == TOPOREGEX_DEPTH - 1) {
        x->last[x->depth] = TOPOREGEX_COST + 1;
    } else if (c == '(') {
        x->depth++;
        x->total[x->depth] = 1;
        x->last[x->depth] = 0;
    } else if (c == ')' && x->depth > 0) {
        unsigned long cost = x->total[x->depth] + x->last[x->depth];
        x->depth--;
        toporegex_atom(x, cost);
    } else if (c == '+' || c == '*' || c == '?') {
        x->last[x->depth] *= 2;
    } else if (c == '{') {
        x->last[x->depth] *= toporegex_times(p);
    } else {
        toporegex_atom(x, 1);
        if (c == '[')
            p = toporegex_bracket(p);
        else if (c == '\\' && *p != '\0')
            p++;
    }
    *at = p;
}

static bool toporegex_bearable(const char *text)
{
    struct toporegex x = {.total = {0}};

    if (strlen(text) > TOPOREGEX_LENGTH)
        return false;
    for (const char *p = text; *p != '\0';) {
        toporegex_step(&x, &p);
        if (x.total[x.depth] + x.last[x.depth] > TOPOREGEX_COST)
            return false;
    }
    return true;
}

void topo_parse_log(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                    void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;
    char words[128];
    regex_t regex;
    int rc;

    if (text == NULL)
        return;
    if (!toporegex_bearable(text)) {
        schema_fault(c, pair->value, "`log`: a regular expression that is too complex");
        return;
    }
    rc = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);
    if (rc != 0) {
        (void)regerror(rc, &regex, words, sizeof(words));
        schema_fault(c, pair->value, "`log`: not a regular expression: %s", words);
        return;
    }
    regfree(&regex);
    d->a.ready_log = schema_keep(c, text, strlen(text));
    d->a.ready = READY_LOG;
}
