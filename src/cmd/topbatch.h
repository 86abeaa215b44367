/* `top` as text, for files, pipes and scripts; and the lines above the table. */
#ifndef CMD_TOPBATCH_H
#define CMD_TOPBATCH_H

#include "cmd/topview.h"

/* "shop  up 3h12m  12 actors  ready 13  failed 1". Returns buf. */
char *topheader_states(const struct topsample *s, char *buf, size_t size);
/* "1234 messages/s  dead letters 3  supervisor 1.2% CPU 12M". Returns buf. */
char *topheader_flow(const struct topsample *s, char *buf, size_t size);

/* Prints on standard output. */
void topbatch_table(struct topview *v, const struct topsample *s);
/* An array of objects, one for each process, in the order of the file. */
void topbatch_json(const struct topview *v, const struct topsample *s);

#endif
