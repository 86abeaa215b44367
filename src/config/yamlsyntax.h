/* What the YAML parser says of a text that is none. */
#ifndef CONFIG_YAMLSYNTAX_H
#define CONFIG_YAMLSYNTAX_H

#include "config/yamlmap.h"

#include <yaml.h>

/* The byte that the parser begins at: behind a byte order mark. */
size_t yamlsyntax_start(const struct yamlmap *y);

/* Adds the fault at which the parser stopped. ERR_INVALID, or ERR_NOMEM. */
int yamlsyntax_fault(struct yamlmap *y, const yaml_parser_t *p);

#endif
