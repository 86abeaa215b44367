/* Rows of text in aligned columns. */
#ifndef CMD_COLUMNS_H
#define CMD_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#define COLUMNS_MAX 12

struct columns;

/* align: one letter a column, 'l' or 'r'; its length is how many there are. Dies on no memory,
 * as commands may. */
struct columns *columns_new(const char *align, const char *const *titles);
void columns_free(struct columns *c);
/* A row is filled cell by cell. colour: an SGR code as "32", or NULL. */
void columns_row(struct columns *c);
void columns_cell(struct columns *c, const char *colour, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints all on standard output. A last column on the left is not padded. */
void columns_print(const struct columns *c, bool colour);

#endif
