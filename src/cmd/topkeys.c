#include "base/text.h"
#include "cmd/toplive.h"
#include "cmd/topscreen.h"

#include <stdio.h>
#include <string.h>

/* --- what is done to actors --- */

static void topkeys_begin(struct top *t, int signal)
{
    struct err e;
    if (topact_begin(&t->acts, t->system, t->request, t->address, signal, &e) != 0)
        (void)snprintf(t->message, sizeof t->message, "%s", e.text);
    else
        (void)snprintf(t->message, sizeof t->message, "%s %s ...", t->request, t->address);
}

/* Keeps whom it is about: the chosen line may be another's by the time of the answer. */
static bool topkeys_about(struct top *t, const char *request)
{
    const struct toprow *r = topview_chosen(&t->view);
    if (r == NULL)
        return false;
    t->request = request;
    toprow_address(r, t->address, sizeof t->address);
    return true;
}

static void topkeys_restart(struct top *t)
{
    if (topkeys_about(t, "restart"))
        t->prompt = TOPPROMPT_SURE;
}

static void topkeys_stop(struct top *t)
{
    if (topkeys_about(t, "stop"))
        t->prompt = TOPPROMPT_SURE;
}

static void topkeys_start(struct top *t)
{
    if (topkeys_about(t, "start"))
        topkeys_begin(t, 0);
}

static void topkeys_kill(struct top *t)
{
    if (!topkeys_about(t, "kill"))
        return;
    t->prompt = TOPPROMPT_SIGNAL;
    (void)snprintf(t->input, sizeof t->input, "KILL");
}

static void topkeys_log(struct top *t)
{
    struct err e;
    if (!topkeys_about(t, "log"))
        return;
    if (toplog_open(t->system, t->address, &t->log, &e) == 0)
        t->mode = TOPMODE_LOG;
    else
        (void)snprintf(t->message, sizeof t->message, "%s", e.text);
}

/* --- what is seen --- */

static void topkeys_up(struct top *t)
{
    topview_move(&t->view, -1);
}

static void topkeys_down(struct top *t)
{
    topview_move(&t->view, 1);
}

static void topkeys_page_up(struct top *t)
{
    topview_move(&t->view, -(long)topdraw_page());
}

static void topkeys_page_down(struct top *t)
{
    topview_move(&t->view, (long)topdraw_page());
}

static void topkeys_home(struct top *t)
{
    topview_move(&t->view, -(long)t->view.n);
}

static void topkeys_end(struct top *t)
{
    topview_move(&t->view, (long)t->view.n);
}

static void topkeys_column(struct top *t, int by)
{
    int n = (int)topcolumns_n;
    t->view.column = (t->view.column + by + n) % n;
    toplive_show(t);
}

static void topkeys_left(struct top *t)
{
    topkeys_column(t, -1);
}

static void topkeys_right(struct top *t)
{
    topkeys_column(t, 1);
}

static void topkeys_reverse(struct top *t)
{
    t->view.reverse = !t->view.reverse;
    toplive_show(t);
}

static void topkeys_filter(struct top *t)
{
    t->prompt = TOPPROMPT_FILTER;
    (void)snprintf(t->input, sizeof t->input, "%s", t->view.filter);
}

static void topkeys_fold(struct top *t)
{
    const struct toprow *r = topview_chosen(&t->view);
    if (r == NULL || r->first->index == 0 || topview_fold(&t->view, r->first->name) != 0)
        return;
    if (r->child) { /* it is about to go from the screen */
        t->view.pinned = true;
        (void)snprintf(t->view.chosen, sizeof t->view.chosen, "%s", r->first->name);
    }
    toplive_show(t);
}

static void topkeys_fold_all(struct top *t)
{
    topview_fold_all(&t->view, !t->view.unfolded);
    toplive_show(t);
}

static void topkeys_help(struct top *t)
{
    t->help = 0;
    t->mode = TOPMODE_HELP;
}

static void topkeys_quit(struct top *t)
{
    t->quit = true;
}

static void topkeys_escape(struct top *t)
{
    t->view.filter[0] = '\0';
    toplive_show(t);
}

/* What has no words of its own stands with the row before it. */
static const struct {
    int key;
    void (*run)(struct top *t);
    const char *keys, *doc;
} topkeys_table[] = {
    {TOPKEY_UP, topkeys_up, "Up, Down", "choose an actor; so do PgUp, PgDn, Home and End"},
    {TOPKEY_DOWN, topkeys_down, NULL, NULL},
    {TOPKEY_PAGE_UP, topkeys_page_up, NULL, NULL},
    {TOPKEY_PAGE_DOWN, topkeys_page_down, NULL, NULL},
    {TOPKEY_HOME, topkeys_home, NULL, NULL},
    {TOPKEY_END, topkeys_end, NULL, NULL},
    {' ', topkeys_fold, "Space", "show or hide the members of a pool"},
    {'*', topkeys_fold_all, "*", "show or hide those of all pools"},
    {'<', topkeys_left, "< >", "sort by the column before, behind"},
    {'>', topkeys_right, NULL, NULL},
    {'R', topkeys_reverse, "R", "turn the order round"},
    {'/', topkeys_filter, "/", "only names with this in them, a glob, or a state; Esc: all"},
    {TOPKEY_ESCAPE, topkeys_escape, NULL, NULL},
    {'l', topkeys_log, "l, Enter", "its log; q or Esc leads back"},
    {TOPKEY_ENTER, topkeys_log, NULL, NULL},
    {'r', topkeys_restart, "r", "restart it"},
    {'x', topkeys_stop, "x", "stop it"},
    {'s', topkeys_start, "s", "start it"},
    {'k', topkeys_kill, "k", "send it a signal"},
    {'?', topkeys_help, "?, h", "this help"},
    {'h', topkeys_help, NULL, NULL},
    {'q', topkeys_quit, "q", "leave"},
};

bool topkeys_doc(size_t i, const char **keys, const char **doc)
{
    for (size_t k = 0; k < sizeof topkeys_table / sizeof topkeys_table[0]; k++) {
        if (topkeys_table[k].doc == NULL || i-- > 0)
            continue;
        *keys = topkeys_table[k].keys;
        *doc = topkeys_table[k].doc;
        return true;
    }
    return false;
}

/* --- answers --- */

static void topkeys_signal(struct top *t)
{
    int signal = text_signal_number(t->input);
    if (signal > 0)
        topkeys_begin(t, signal);
    else
        (void)snprintf(t->message, sizeof t->message, "unknown signal \"%s\"", t->input);
}

/* A line that is typed. The filter is seen while it is. */
static void topkeys_type(struct top *t, int key)
{
    size_t len = strlen(t->input);
    if (key == TOPKEY_BACKSPACE && len > 0)
        t->input[len - 1] = '\0';
    else if (key == 'U' - '@')
        t->input[0] = '\0';
    else if (key >= ' ' && key < 0x7f && len + 1 < sizeof t->input)
        (void)snprintf(t->input + len, sizeof t->input - len, "%c", key);
    else if (key == TOPKEY_ENTER || key == TOPKEY_ESCAPE) {
        bool yes = key == TOPKEY_ENTER;
        if (t->prompt == TOPPROMPT_SIGNAL && yes)
            topkeys_signal(t);
        if (t->prompt == TOPPROMPT_FILTER && !yes)
            t->input[0] = '\0';
    }
    if (t->prompt == TOPPROMPT_FILTER) {
        (void)snprintf(t->view.filter, sizeof t->view.filter, "%s", t->input);
        toplive_show(t);
    }
    if (key == TOPKEY_ENTER || key == TOPKEY_ESCAPE)
        t->prompt = TOPPROMPT_NONE;
}

static void topkeys_sure(struct top *t, int key)
{
    t->prompt = TOPPROMPT_NONE;
    if (key == 'y' || key == 'Y')
        topkeys_begin(t, 0);
}

/* --- modes --- */

static void topkeys_log_key(struct top *t, int key)
{
    long page = (long)topdraw_page();
    switch (key) {
    case 'q':
    case TOPKEY_ESCAPE:
        toplog_close(t->log);
        t->log = NULL;
        t->mode = TOPMODE_TABLE;
        break;
    case TOPKEY_UP:
        toplog_move(t->log, -1, 0);
        break;
    case TOPKEY_DOWN:
        toplog_move(t->log, 1, 0);
        break;
    case TOPKEY_PAGE_UP:
        toplog_move(t->log, -page, 0);
        break;
    case ' ':
    case TOPKEY_PAGE_DOWN:
        toplog_move(t->log, page, 0);
        break;
    case TOPKEY_HOME:
        toplog_move(t->log, -1000000, 0);
        break;
    case TOPKEY_END:
        toplog_move(t->log, 1000000, 0);
        break;
    case TOPKEY_LEFT:
        toplog_move(t->log, 0, -8);
        break;
    case TOPKEY_RIGHT:
        toplog_move(t->log, 0, 8);
        break;
    default:
        break;
    }
}

static void topkeys_table_key(struct top *t, int key)
{
    for (size_t i = 0; i < sizeof topkeys_table / sizeof topkeys_table[0]; i++) {
        if (topkeys_table[i].key == key) {
            topkeys_table[i].run(t);
            return;
        }
    }
    for (size_t i = 0; i < topcolumns_n; i++) {
        if (topcolumns[i].key != 0 && topcolumns[i].key == key) {
            t->view.column = (int)i;
            t->view.reverse = false;
            toplive_show(t);
        }
    }
}

void topkeys_press(struct top *t, int key)
{
    if (key == TOPKEY_RESIZE)
        return;
    t->message[0] = '\0';
    if (t->mode == TOPMODE_LOG)
        topkeys_log_key(t, key);
    else if (t->mode == TOPMODE_HELP)
        t->mode = tophelp_press(t, key) ? TOPMODE_HELP : TOPMODE_TABLE;
    else if (t->prompt == TOPPROMPT_SURE)
        topkeys_sure(t, key);
    else if (t->prompt != TOPPROMPT_NONE)
        topkeys_type(t, key);
    else
        topkeys_table_key(t, key);
}
