/* The parts of `top` that need no terminal: rates, whose a process is, rows, columns. */
#include "cmd/topbatch.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                  \
    "\"columns\": [\"name\", \"member\", \"state\", \"reason\", \"pid\", \"host\", \"queued\", " \
    "\"in_hand\", "                                                                              \
    "\"oldest_ms\", \"handled\", \"accepted\"]"

static struct topsample sample(int uptime_ms, const char *rows)
{
    char text[2048];
    struct topsample s = {0};
    struct err e;
    snprintf(text, sizeof text,
             "{\"system\": \"t\", \"host\": \"main\", \"pid\": 9, "
             "\"uptime_ms\": %d, \"dead\": 2, " COLUMNS ", \"rows\": [%s]}",
             uptime_ms, rows);
    json_t *answer = json_loads(text, 0, NULL);
    if (answer == NULL || topsample_read(&s, answer, &e) != 0)
        bail_out("not a sample: %s", text);
    return s;
}

static const char three[] = "[\"web.x\", 0, \"ready\", \"\", 100, \"main\", 5, 0, 40, 100, 105],"
                            "[\"pool\", 1, \"failed\", \"exit 3\", 0, \"main\", 7, 0, 90, 10, 60],"
                            "[\"pool\", 2, \"ready\", \"\", 102, \"main\", 1, 0, 10, 20, 0],"
                            "[\"cold\", 0, \"waiting\", \"for db\", 0, \"main\", 0, 0, 0, 0, 0]";

/* --- rates --- */

static void test_rates(void)
{
    struct topsample before = sample(1000, three);
    struct topsample now =
        sample(3000, "[\"new\", 0, \"ready\", \"\", 7, \"main\", 0, 0, 0, 50, 50],"
                     "[\"web.x\", 0, \"ready\", \"\", 100, \"main\", 5, 0, 40, 300, 405],"
                     "[\"pool\", 2, \"ready\", \"\", 102, \"main\", 1, 0, 10, 30, 0],"
                     "[\"cold\", 0, \"waiting\", \"\", 0, \"main\", 0, 0, 0, 0, 0]");
    topsample_rates(&now, &before);
    is_int(now.members[0].figure[TOP_DONE_RATE], TOP_UNKNOWN, "one that is new has no rate yet");
    is_int(now.members[1].figure[TOP_DONE_RATE], 100, "200 handled in 2 s");
    is_int(now.members[1].figure[TOP_IN_RATE], 150, "300 accepted in 2 s");
    is_int(now.members[2].figure[TOP_DONE_RATE], 5, "a member is found by its number");
    is_int(now.members[2].figure[TOP_IN_RATE], TOP_UNKNOWN, "what is accepted is the pool's");
    is_int(now.members[3].figure[TOP_DONE_RATE], 0, "nothing");

    struct topsample again =
        sample(4000, "[\"web.x\", 0, \"ready\", \"\", 1, \"main\", 0, 0, 0, 3, 3]");
    topsample_rates(&again, &now);
    is_int(again.members[0].figure[TOP_DONE_RATE], TOP_UNKNOWN, "a counter that began anew");
    topsample_release(&before);
    topsample_release(&now);
    topsample_release(&again);
}

/* --- rows --- */

static const char *order(const struct topview *v)
{
    static char text[256];
    char name[TOPCOLUMN_TEXT];
    text[0] = '\0';
    for (size_t i = 0; i < v->n; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? "," : "",
                 topcolumn_text(0, &v->rows[i], name, sizeof name));
    }
    return text;
}

static void sorts(struct topview *v, const struct topsample *s, const char *column, bool reverse,
                  const char *want)
{
    v->column = topcolumn_find(column);
    v->reverse = reverse;
    topview_show(v, s);
    is_str(order(v), want, "by %s%s", column, reverse ? ", reversed" : "");
}

static void test_order(void)
{
    struct topsample s = sample(0, three);
    struct topview v;
    topview_init(&v);
    sorts(&v, &s, "depth", false, "pool,web.x,cold");
    sorts(&v, &s, "depth", true, "cold,web.x,pool");
    sorts(&v, &s, "name", false, "cold,pool,web.x");
    sorts(&v, &s, "handled", false, "web.x,pool,cold");
    sorts(&v, &s, "why", false, "pool,cold,web.x");
    sorts(&v, &s, "cpu", false, "web.x,pool,cold");
    is_int(v.rows[1].figure[TOP_DEPTH], 8, "a pool has the sum of its members");
    is_int(v.rows[1].figure[TOP_OLDEST], 90, "and the greatest age");
    char text[TOPCOLUMN_TEXT];
    is_str(topcolumn_text(1, &v.rows[1], text, sizeof text), "ready 1/2", "and how many are up");
    is_str(topcolumn_text((int)topcolumns_n - 1, &v.rows[1], text, sizeof text), "exit 3",
           "and why one is not");

    topview_fold(&v, "pool");
    sorts(&v, &s, "depth", false, "pool,  pool/1,  pool/2,web.x,cold");
    sorts(&v, &s, "depth", true, "cold,web.x,pool,  pool/2,  pool/1");
    topview_fold(&v, "pool");
    sorts(&v, &s, "depth", false, "pool,web.x,cold");
    topview_fold_all(&v, true);
    sorts(&v, &s, "name", false, "cold,pool,  pool/1,  pool/2,web.x");
    topview_fold(&v, "pool");
    sorts(&v, &s, "name", false, "cold,pool,web.x");
    topview_release(&v);
    topsample_release(&s);
}

static void test_filter(void)
{
    struct topsample s = sample(0, three);
    static const struct {
        const char *filter, *want;
    } rows[] = {{"", "web.x,pool,cold"}, {"o", "pool,cold"}, {"*o*", "pool,cold"},
                {"POOL", "pool"},        {"p*", "pool"},     {"pool/2", "pool"},
                {"wait", "cold"},        {"fail", "pool"},   {"none", ""}};
    struct topview v;
    topview_init(&v);
    v.column = topcolumn_find("handled");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(v.filter, sizeof v.filter, "%s", rows[i].filter);
        topview_show(&v, &s);
        is_str(order(&v), rows[i].want, "filter \"%s\"", rows[i].filter);
    }
    topview_fold(&v, "pool");
    snprintf(v.filter, sizeof v.filter, "failed");
    topview_show(&v, &s);
    is_str(order(&v), "pool,  pool/1", "of an unfolded pool those that match");
    topview_release(&v);
    topsample_release(&s);
}

static void test_choice(void)
{
    struct topsample s = sample(0, three);
    struct topview v;
    topview_init(&v);
    sorts(&v, &s, "depth", false, "pool,web.x,cold");
    is_str(topview_chosen(&v)->first->name, "pool", "the first is chosen");
    sorts(&v, &s, "name", false, "cold,pool,web.x");
    is_str(topview_chosen(&v)->first->name, "cold", "and so it stays");
    topview_move(&v, 1);
    sorts(&v, &s, "depth", false, "pool,web.x,cold");
    is_str(topview_chosen(&v)->first->name, "pool", "once moved, it goes with the actor");
    topview_move(&v, 100);
    is_str(topview_chosen(&v)->first->name, "cold", "not below the last");
    topview_scroll(&v, 2);
    is_int(v.top, 1, "which is on the screen then");
    topview_move(&v, -100);
    topview_scroll(&v, 2);
    is_int(v.top, 0, "as is the first");
    snprintf(v.filter, sizeof v.filter, "none");
    topview_show(&v, &s);
    ok(topview_chosen(&v) == NULL, "none of none");
    topview_move(&v, 1);
    topview_scroll(&v, 0);
    topview_release(&v);
    topsample_release(&s);
}

/* --- columns --- */

static const char *titles(const struct toplayout *l)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < l->n; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? "," : "",
                 topcolumns[l->cells[i].column].title);
    }
    return text;
}

static void test_layout(void)
{
    struct topsample s = sample(0, three);
    struct topview v;
    struct toplayout l;
    topview_init(&v);
    topview_show(&v, &s);
    toplayout_make(&l, v.rows, v.n, 40, false);
    is_str(titles(&l), "NAME,STATE,DEPTH,DONE/S,CPU%", "in 40 columns");
    for (int width = 1; width <= 200; width++) {
        toplayout_make(&l, v.rows, v.n, width, true);
        int end = l.cells[l.n - 1].x + l.cells[l.n - 1].width;
        bool apart = true;
        for (size_t i = 1; i < l.n; i++)
            apart = apart && l.cells[i].x > l.cells[i - 1].x + l.cells[i - 1].width;
        if (end > width && width > 16)
            ok(false, "%d columns are used of %d", end, width);
        if (!apart)
            ok(false, "columns touch in a width of %d", width);
    }
    toplayout_make(&l, v.rows, v.n, 200, false);
    is_str(titles(&l),
           "NAME,STATE,PID,RESTARTS,DEPTH,IN "
           "HAND,SIZE,OLDEST,IN/S,DONE/S,HANDLED,CPU%,MEM,UPTIME,WHY",
           "in 200");
    is_int(l.cells[l.n - 1].x + l.cells[l.n - 1].width, 200, "the last takes what is left");
    topview_release(&v);
    topsample_release(&s);
}

static void test_texts(void)
{
    static const struct {
        double n;
        const char *count, *rate, *size;
    } rows[] = {{-1, "-", "-", "-"},
                {0, "0", "0", "0"},
                {0.01, "0", "<0.1", "0"},
                {2.54, "3", "2.5", "3"},
                {999, "999", "999", "999"},
                {4096, "4096", "4096", "4.0K"},
                {99999, "99999", "99999", "98K"},
                {123456, "123k", "123k", "121K"},
                {999999, "1.0M", "1.0M", "977K"},
                {2e9, "2.0G", "2.0G", "1.9G"},
                {1e20, "100E", "100E", "87E"}};
    char text[64];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        is_str(toptext_count(rows[i].n, text, sizeof text), rows[i].count, "%g as a count",
               rows[i].n);
        is_str(toptext_rate(rows[i].n, text, sizeof text), rows[i].rate, "as a rate");
        is_str(toptext_size(rows[i].n, text, sizeof text), rows[i].size, "as a size");
    }
    struct topsample s = sample(65000, "[\"a\", 0, \"ready\", \"\\u001b[2J\\u0007x\\u009b\", 1, "
                                       "\"main\", 0, 0, 0, 0, 0]");
    const struct toprow row = {.first = s.members, .n = 1};
    topcolumn_text((int)topcolumns_n - 1, &row, text, sizeof text);
    bool controls = false;
    for (const char *c = text; *c != '\0'; c++)
        controls = controls || (unsigned char)*c < ' ' || *c == 0x7f || *c == '\x9b';
    ok(!controls, "what controls does not get into a cell");
    is_str(topheader_states(&s, text, sizeof text), "t  up 1m5s  1 actor  ready 1", "the header");
    topsample_release(&s);
}

int main(void)
{
    test_rates();
    test_order();
    test_filter();
    test_choice();
    test_layout();
    test_texts();
    return done();
}
