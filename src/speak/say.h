/* Text of a process into the actor's log, line by line; over-long lines in pieces. */
#ifndef SPEAK_SAY_H
#define SPEAK_SAY_H

#include "speak/speak.h"

#define SAY_LINE_MAX (64 * 1024)

void say_log(struct speak *sp, enum speak_level level, struct span text);
void say_output(struct speak *sp, struct span text);

/* The length of the first line of text, at most SAY_LINE_MAX; *next is where the next one begins. A
 * last line needs no newline. */
size_t say_line(struct span text, size_t *next);

#endif
