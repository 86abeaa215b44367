/* The json adaptor: what its two files share. */
#ifndef SPEAK_JSON_H
#define SPEAK_JSON_H

#include "speak/handover.h"
#include "speak/speak.h"

/* The longest line: the largest body in base64 or with some escapes, and headers. */
#define JSON_LINE_MAX (FRAME_BODY_MAX / 10 * 14 + 4 * FRAME_HEADERS_MAX)

struct json {
    struct speak sp;
    struct handover ho;
    struct loop_task task; /* hands over what there is */
    struct bytes rest;     /* the beginning of a line */
    uint64_t line;         /* lines since the process began, the one at hand included */
    bool skipping;         /* an over-long line, up to its end */
    bool no_more_output;   /* the end of its stdout was seen */
    bool ending;           /* no more mail will come */
    bool exit_built;       /* `exit` stands in ho.out, or is written */
    bool stdin_ended;      /* sp.in only counts from here on */
};

/* Does what one line (without its newline) says. NULL, or what is wrong with it: then nothing was
 * done. The text is static or stands in why. */
const char *jsonops_line(struct json *j, const char *line, size_t len, struct err *why);

#endif
