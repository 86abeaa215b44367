/* What `top` is told each second: all members at once, as rows without the names of what stands in
 * them, for a system of thousands. */
#ifndef ENGINE_LIVE_H
#define ENGINE_LIVE_H

#include "engine/selection.h"

#include <jansson.h>

/* {"system", "host", "pid", "uptime_ms", "dead", "cpu", "memory", "columns": [NAME...], "rows":
 * [[...]...]}, or NULL without memory. */
json_t *live_report(struct system *s, const struct selection *sel);

#endif
