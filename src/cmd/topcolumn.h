/* The columns of `top`: what stands in them, how they are compared, and which of them fit into a
 * width. Pure. */
#ifndef CMD_TOPCOLUMN_H
#define CMD_TOPCOLUMN_H

#include "cmd/topsample.h"

/* A line of the table: an actor, all of a pool, or one member of an unfolded pool. */
struct toprow {
    const struct topmember *first; /* of those that it stands for, which stand behind it */
    size_t n;
    bool pool;  /* all of one */
    bool child; /* a member, below its pool */
    double figure[TOP_FIGURES];
};

struct topcolumn {
    const char *title;
    const char *name; /* for --sort */
    int key;          /* the key that sorts by it, or 0 */
    bool right;
    int width; /* 0: by what stands in it */
    int leave; /* the greatest leaves first where there is no room; 0: stays */
    char *(*text)(const struct toprow *r, enum top_figure f, char *buf, size_t size);
    enum top_figure figure; /* TOP_FIGURES: a text, compared as raw gives it */
    const char *(*raw)(const struct toprow *r);
};

extern const struct topcolumn topcolumns[];
extern const size_t topcolumns_n;

#define TOPCOLUMN_TEXT 512 /* of a cell, at most */

/* By its name, or -1. */
int topcolumn_find(const char *name);

/* The text of a cell, whole characters and nothing that controls. Returns buf. */
char *topcolumn_text(int column, const struct toprow *r, char *buf, size_t size);
/* Below 0 when a stands before b: names from the front, numbers from the greatest, what is not
 * known behind all else. */
int topcolumn_compare(int column, const struct toprow *a, const struct toprow *b);

/* "count/2"; the name of a pool. Returns buf. */
char *toprow_address(const struct toprow *r, char *buf, size_t size);

#define TOPLAYOUT_MAX 20

struct toplayout {
    size_t n;
    struct {
        int column, x, width;
    } cells[TOPLAYOUT_MAX];
};

/* Chooses columns for a width (0: without a bound, and the last is as wide as it likes), with one
 * blank between two (and two in front of the last). hosts: there are several. */
void toplayout_make(struct toplayout *l, const struct toprow *rows, size_t n, int width,
                    bool hosts);

/* Numbers for people, of at most 6 characters. Each returns buf. */
char *toptext_count(double n, char *buf, size_t size); /* "0", "99999", "123k", "1.2M" */
char *toptext_rate(double n, char *buf, size_t size);  /* the same, with one decimal below 10 */
char *toptext_size(double n, char *buf, size_t size);  /* "0", "512", "4.0K", "1.2G" */

#endif
