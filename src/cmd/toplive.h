/* The live view of `top`: what its files share. */
#ifndef CMD_TOPLIVE_H
#define CMD_TOPLIVE_H

#include "cmd/topact.h"
#include "cmd/toplog.h"
#include "cmd/topsource.h"
#include "cmd/topview.h"

enum topmode { TOPMODE_TABLE, TOPMODE_HELP, TOPMODE_LOG };
enum topprompt { TOPPROMPT_NONE, TOPPROMPT_SURE, TOPPROMPT_FILTER, TOPPROMPT_SIGNAL };

#define TOPLIVE_TEXT 1100 /* of an error, at least */

struct top {
    const char *system;
    int64_t delay_ms;
    struct topsource *source;
    struct topview view;
    struct topacts acts;
    struct toplog *log; /* in TOPMODE_LOG */
    long help;          /* in TOPMODE_HELP: the first line that is shown */
    enum topmode mode;
    enum topprompt prompt;
    const char *request;           /* that is asked about: "stop" */
    char address[ADDRESS_MAX + 1]; /* of whom */
    char input[TOPVIEW_FILTER];    /* what was typed */
    char message[TOPLIVE_TEXT];    /* until the next key */
    bool silent;                   /* the supervisor is late with its answer */
    bool quit;
    int status;
};

#define TOPLIVE_LINES 8 /* of a terminal, at least */
#define TOPLIVE_COLUMNS 40

/* Draws all. */
void topdraw(struct top *t);
size_t topdraw_page(void); /* how many lines of the table the screen has */

/* Does what a key asks for. */
void topkeys_press(struct top *t, int key);
/* The keys, for help: false behind the last. */
bool topkeys_doc(size_t i, const char **keys, const char **doc);

/* Help: draws it; does what a key asks for, or false: that leads back. */
void tophelp_draw(struct top *t);
bool tophelp_press(struct top *t, int key);

/* Makes the rows anew, after a change of what is to be seen. */
void toplive_show(struct top *t);

/* Runs until the user ends it, or the system does. Takes source. Returns an exit status; the
 * terminal is as it was. */
int toplive_run(struct top *t);

#endif
