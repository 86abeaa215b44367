#include "config/yamlsyntax.h"

#include "base/err.h"

#include <string.h>

size_t yamlsyntax_start(const struct yamlmap *y)
{
    return y->in.len >= 3 && memcmp(y->in.text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static bool yamlsyntax_is_tab(const struct yamlmap *y, int line, int col)
{
    struct faults_text l = faults_line(y->in, line);

    return col == 1 && l.len > 0 && l.text[0] == '\t';
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
    if (yamlsyntax_is_tab(y, line, col))
        faults_add(y->faults, y->in, line, col, "not YAML: a tab cannot indent, only spaces can");
    else if (p->context != NULL && p->context_mark.line + 1 != (size_t)line)
        faults_add(y->faults, y->in, line, col, "not YAML: %s (%s that begins in line %zu)", what,
                   p->context, p->context_mark.line + 1);
    else
        faults_add(y->faults, y->in, line, col, "not YAML: %s", what);
    return ERR_INVALID;
}
