#include "cmd/opts.h"
#include "tap.h"

#include <string.h>

static const struct opt own[] = {
    {'f', "follow", OPT_NOTHING, NULL, "own letter"},
    {'n', "lines", OPT_VALUE, "N", ""},
    {0, "wait", OPT_MAYBE, "SECS", ""},
    {0, "only", OPT_WORDS, "ACTOR", ""},
    {0, "signal", OPT_SIGNAL, "SIGNAL", ""},
    {0},
};
static const struct opt global[] = {
    {'f', "file", OPT_VALUE, "FILE", "hidden letter"},
    {'s', "system", OPT_VALUE, "SYSTEM", ""},
    {0},
};
static const struct opt *const tables[] = {own, global, NULL};

#define WORDS_MAX 12

struct parsed {
    struct opts o;
    struct err e;
    int rc;
};

static struct parsed parse(enum opt_order order, const char *line)
{
    static char copy[256];
    char *words[WORDS_MAX], *save = NULL;
    int n = 0;
    struct parsed p;
    memset(&p, 0, sizeof p);
    strncpy(copy, line, sizeof copy - 1);
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
        words[n++] = w;
    p.rc = opts_parse(&p.o, tables, order, n, words, &p.e);
    return p;
}

static void test_values(void)
{
    static const char *const forms[] = {"-n 5", "-n5", "--lines 5", "--lines=5"};
    for (size_t i = 0; i < 4; i++) {
        struct parsed p = parse(OPT_MIXED, forms[i]);
        is_int(p.rc, 0, "%s", forms[i]);
        is_str(opts_value(&p.o, "lines"), "5", "%s: its value", forms[i]);
        opts_release(&p.o);
    }
    struct parsed p = parse(OPT_MIXED, "--wait --lines=");
    ok(opts_has(&p.o, "wait"), "a value that may be missing");
    is_str(opts_value(&p.o, "wait"), NULL, "is NULL then");
    is_str(opts_value(&p.o, "lines"), "", "an empty value");
    opts_release(&p.o);
    p = parse(OPT_MIXED, "--wait=3 -n 1 -n 2");
    is_str(opts_value(&p.o, "wait"), "3", "and not when it is given");
    is_str(opts_value(&p.o, "lines"), "2", "the last one counts");
    opts_release(&p.o);
}

static void test_order(void)
{
    struct parsed p = parse(OPT_MIXED, "a -f b -- -n c");
    is_int(p.o.n_args, 4, "words among options, and all behind --");
    is_str(p.o.args[2], "-n", "which are not looked at");
    is_str(p.o.args[4], NULL, "the list ends with NULL");
    ok(opts_has(&p.o, "follow") && !opts_has(&p.o, "file"), "the first table's letter hides");
    opts_release(&p.o);
    p = parse(OPT_FIRST, "-s x a -f b");
    is_str(opts_value(&p.o, "system"), "x", "options in front");
    is_int(p.o.n_args, 3, "everything from the first word on is a word");
    opts_release(&p.o);
    p = parse(OPT_MIXED, "--only a b -f --only c");
    size_t at = 0;
    is_str(opts_next(&p.o, "only", &at), "a", "first of several");
    is_str(opts_next(&p.o, "only", &at), "b", "second");
    is_str(opts_next(&p.o, "only", &at), "c", "and of a later option");
    is_str(opts_next(&p.o, "only", &at), NULL, "no more");
    opts_release(&p.o);
}

static void test_signals(void)
{
    static const char *const forms[] = {"-TERM", "-SIGTERM", "-15", "--signal TERM", "--signal=15"};
    for (size_t i = 0; i < 5; i++) {
        struct parsed p = parse(OPT_MIXED, forms[i]);
        is_int(p.rc, 0, "%s", forms[i]);
        ok(opts_value(&p.o, "signal") != NULL, "%s: is a signal", forms[i]);
        opts_release(&p.o);
    }
}

static void test_faults(void)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"--folow", "did you mean --follow?"},  {"-x", "unknown option -x"},
        {"-fx", "unknown option -x"},           {"--follow=1", "--follow takes no value"},
        {"-n", "-n needs a value: N"},          {"--only -f", "--only needs a value: ACTOR"},
        {"--system", "--system needs a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed p = parse(OPT_MIXED, cases[i].line);
        is_int(p.rc, ERR_INVALID, "%s is refused", cases[i].line);
        ok(strstr(p.e.text, cases[i].says) != NULL, "%s: says \"%s\", not: %s", cases[i].line,
           cases[i].says, p.e.text);
    }
}

int main(void)
{
    test_values();
    test_order();
    test_signals();
    test_faults();
    return done();
}
