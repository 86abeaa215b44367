/* The faults of a file, each with its place. */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FAULTS_MAX 20 /* kept; more are only counted */

struct fault {
    int line, col; /* from 1 */
    char *text;    /* what is wrong (did you mean ...?); owned */
    char *source;  /* the line of the file, or what is near of a long one; or NULL; owned */
    int caret;     /* characters of source before the place */
};

struct faults {
    char *file;                    /* owned */
    struct fault list[FAULTS_MAX]; /* in order of place */
    size_t n;
    size_t more; /* found beyond those kept */
};

/* The text that faults are found in, borrowed. */
struct faults_text {
    const char *text;
    size_t len;
};

void faults_init(struct faults *f);
void faults_release(struct faults *f);
int faults_name(struct faults *f, const char *file); /* sets f->file; 0 or ERR_NOMEM */

/* Adds one at its place. The same words at the same place count once. Characters that would
 * steer a terminal are replaced. */
void faults_add(struct faults *f, struct faults_text in, int line, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Would a fault at this place be kept, and is it the first there? Asked before costly suggestions.
 */
bool faults_fresh(const struct faults *f, int line, int col);
/* Line and column (in characters) of a byte of the text, both from 1. */
void faults_place(struct faults_text in, size_t offset, int *line, int *col);
/* A line of the text, from 1, without its break; empty when there is none. */
struct faults_text faults_line(struct faults_text in, int line);

/* Prints each as `file:line:col: text`, the line, and a caret under the column. */
void faults_print(const struct faults *f, FILE *out);

#endif
