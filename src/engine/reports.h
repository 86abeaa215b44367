/* What the commands are told: the state of members, the books, the dead letters. */
#ifndef ENGINE_REPORTS_H
#define ENGINE_REPORTS_H

#include "engine/deadletters.h"
#include "engine/selection.h"

#include <jansson.h>

/* Each returns a new object, or NULL without memory. */
json_t *reports_ps(struct system *s, const struct selection *sel);
json_t *reports_audit(struct system *s, const struct selection *sel);
json_t *reports_letters(struct system *s);
json_t *reports_letter(struct system *s, const struct deadletter *d, bool whole);
void reports_refresh(const struct selection *sel); /* what was read until now is counted */

#endif
