/* Variables in values: `${VAR}`, `${VAR:-default}`, `$$`. Any other `$` stands for itself,
 * so that shell and awk text need no care. */
#include "config/yamlmap.h"

#include "base/bytes.h"
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YAMLVARS_DEPTH = 8, YAMLVARS_NAME = 128 };

struct yamlvars {
    struct yamlmap *y;
    struct bytes out;
    const char *at, *end;
    char why[6 * YAMLVARS_NAME];
    int rc;
};

static void yamlvars_text(struct yamlvars *v, struct bytes *out, int depth);

static bool yamlvars_name_char(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

static void yamlvars_add(struct yamlvars *v, struct bytes *out, const char *text, size_t len)
{
    v->y->expanded += len;
    if (v->y->expanded > YAMLMAP_EXPANDED_MAX)
        (void)snprintf(v->why, sizeof(v->why), "the variables make the file too long");
    else if (bytes_append(out, text, len) < 0)
        v->rc = ERR_NOMEM;
}

/* Skips or takes the default behind `:-`; leaves `at` at its closing brace. */
static void yamlvars_default(struct yamlvars *v, struct bytes *out, int depth, bool wanted)
{
    struct bytes rest;

    bytes_init(&rest);
    if (depth >= YAMLVARS_DEPTH)
        (void)snprintf(v->why, sizeof(v->why), "the variables are nested too deeply");
    else
        yamlvars_text(v, wanted ? out : &rest, depth + 1);
    bytes_release(&rest);
}

/* `at` is behind `${`. */
static void yamlvars_one(struct yamlvars *v, struct bytes *out, int depth)
{
    const char *from = v->at, *value;
    char name[YAMLVARS_NAME];

    while (v->at < v->end && yamlvars_name_char(*v->at, v->at == from))
        v->at++;
    size_t n = (size_t)(v->at - from);
    if (n == 0 || n >= sizeof(name) || v->at == v->end || (*v->at != '}' && *v->at != ':') ||
        (*v->at == ':' && (v->end - v->at < 2 || v->at[1] != '-'))) {
        (void)snprintf(v->why, sizeof(v->why),
                       "`${` begins ${VAR} or ${VAR:-default}; write `$$` for a dollar sign");
        return;
    }
    memcpy(name, from, n);
    name[n] = '\0';
    value = getenv(name);
    if (*v->at == ':') {
        bool empty = value == NULL || *value == '\0';
        v->at += 2;
        yamlvars_default(v, out, depth, empty);
        if (*v->why == '\0' && v->at == v->end)
            (void)snprintf(v->why, sizeof(v->why), "`${%s:-` has no closing brace", name);
        if (empty)
            value = "";
    }
    if (*v->why != '\0')
        return;
    v->at++;
    if (value == NULL)
        (void)snprintf(
            v->why, sizeof(v->why),
            "the variable `%s` is not set (`${%s:-…}` gives a default; `$%s` and `$${%s}` are "
            "left to a shell)",
            name, name, name, name);
    else
        yamlvars_add(v, out, value, strlen(value));
}

/* Up to the end or, within a default, up to the brace that closes it. */
static void yamlvars_text(struct yamlvars *v, struct bytes *out, int depth)
{
    while (v->at < v->end && *v->why == '\0' && v->rc == 0) {
        const char *from = v->at;
        if (depth > 0 && *v->at == '}')
            return;
        if (*v->at == '$' && v->end - v->at > 1 && v->at[1] == '{') {
            v->at += 2;
            yamlvars_one(v, out, depth);
        } else if (*v->at == '$' && v->end - v->at > 1 && v->at[1] == '$') {
            v->at += 2;
            yamlvars_add(v, out, "$", 1);
        } else {
            do
                v->at++;
            while (v->at < v->end && *v->at != '$' && !(depth > 0 && *v->at == '}'));
            yamlvars_add(v, out, from, (size_t)(v->at - from));
        }
    }
}

int yamlvars_expand(struct yamlmap *y, const char *text, size_t len, const char **out, size_t *n,
                    const char **why)
{
    struct yamlvars v = {.y = y, .at = text, .end = text + len};
    const char *copy, *reason = NULL;
    size_t size = len;

    bytes_init(&v.out);
    if (memchr(text, '$', len) != NULL) {
        yamlvars_text(&v, &v.out, 0);
        if (*v.why == '\0') {
            size = bytes_len(&v.out);
            text = (const char *)bytes_at(&v.out);
        } else {
            reason = arena_text(y->arena, v.why, strlen(v.why));
        }
    }
    copy = arena_text(y->arena, text, size);
    if (v.rc == 0 && (copy == NULL || (*v.why != '\0' && reason == NULL)))
        v.rc = ERR_NOMEM;
    bytes_release(&v.out);
    if (v.rc < 0)
        return v.rc;
    *out = copy;
    *n = size;
    *why = reason;
    return 0;
}
