#include "config/yamlsyntax.h"

#include "base/err.h"

#include <string.h>

enum { YAMLSYNTAX_SHOWN = 60 };

size_t yamlsyntax_start(const struct yamlmap *y)
{
    return y->in.len >= 3 && memcmp(y->in.text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static bool yamlsyntax_is_tab(const struct yamlmap *y, int line, int col)
{
    struct faults_text l = faults_line(y->in, line);

    return col == 1 && l.len > 0 && l.text[0] == '\t';
}

/* Where a mark stands that is the brace of `${`, which in a flow collection begins a map: the text
 * from the dollar sign on, up to the brace that closes it; else an empty one. */
static struct faults_text yamlsyntax_variable(const struct yamlmap *y, int line, int col)
{
    struct faults_text l = faults_line(y->in, line), none = {NULL, 0};
    size_t at = 0;

    for (; at < l.len; at++) /* columns are characters */
        if ((l.text[at] & 0xC0) != 0x80 && --col == 0)
            break;
    if (at == 0 || at >= l.len || l.text[at] != '{' || l.text[at - 1] != '$')
        return none;
    const char *end = memchr(l.text + at, '}', l.len - at);
    if (end == NULL || end - l.text - (long)at > YAMLSYNTAX_SHOWN)
        return none;
    return (struct faults_text){l.text + at - 1, (size_t)(end - l.text) - at + 2};
}

int yamlsyntax_fault(struct yamlmap *y, const yaml_parser_t *p)
{
    const char *what = p->problem == NULL ? "?" : p->problem;
    int line = (int)p->problem_mark.line + 1, col = (int)p->problem_mark.column + 1;

    if (p->error == YAML_MEMORY_ERROR)
        return ERR_NOMEM;
    if (p->error == YAML_READER_ERROR) {
        faults_place(y->in, p->problem_offset + yamlsyntax_start(y), &line, &col);
        faults_add(y->faults, y->in, line, col, "not YAML: %s", what);
        return ERR_INVALID;
    }
    struct faults_text variable = yamlsyntax_variable(y, line, col);
    if (variable.len > 0)
        faults_add(y->faults, y->in, line, col - 1,
                   "not YAML: within { } and [ ] a value with `%.*s` needs quotes: \"%.*s\"",
                   (int)variable.len, variable.text, (int)variable.len, variable.text);
    else if (yamlsyntax_is_tab(y, line, col))
        faults_add(y->faults, y->in, line, col, "not YAML: a tab cannot indent, only spaces can");
    else if (p->context != NULL && p->context_mark.line + 1 != (size_t)line)
        faults_add(y->faults, y->in, line, col, "not YAML: %s (%s that begins in line %zu)", what,
                   p->context, p->context_mark.line + 1);
    else
        faults_add(y->faults, y->in, line, col, "not YAML: %s", what);
    return ERR_INVALID;
}
