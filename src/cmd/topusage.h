/* What the processes of a system use, by a look at /proc. */
#ifndef CMD_TOPUSAGE_H
#define CMD_TOPUSAGE_H

#include "cmd/topsample.h"

struct topusage;

struct topusage *topusage_new(void); /* NULL without memory */
void topusage_free(struct topusage *u);

/* Fills CPU (from the second look on) and memory of the members that are on this host, and of the
 * supervisor. Each has what its process and all that it started use: descendants, and what was left
 * to the supervisor, which is known by its mark or else by its process group. now_ms is
 * monotonic. What cannot be read stays unknown. */
void topusage_look(struct topusage *u, struct topsample *s, int64_t now_ms);

/* The member of s that a mark "RUN.ACTOR.MEMBER.GENERATION" names, or -1: pure. */
long topusage_marked(const struct topsample *s, const char *mark);

#endif
