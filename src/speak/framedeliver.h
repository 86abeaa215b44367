/* A message as a frame for an actor. */
#ifndef SPEAK_FRAMEDELIVER_H
#define SPEAK_FRAMEDELIVER_H

#include "speak/handover.h"

/* What frame_pack makes of a DELIVER, without its tables: a handover_pack. */
handover_pack framedeliver;

#endif
