/* The adaptor of a process on another host: what it is given goes to that host's supervisor, which
 * speaks to it as it would here. */
#ifndef ENGINE_FARSPEAK_H
#define ENGINE_FARSPEAK_H

#include "speak/speak.h"

extern const struct speak_ops farspeak;

#endif
