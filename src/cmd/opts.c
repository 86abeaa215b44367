#include "cmd/opts.h"

#include "base/text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define OPTS_NEAR_MAX 64

struct opts_walk {
    struct opts *o;
    const struct opt *const *tables;
    char **argv;
    int argc;
    int at; /* the word looked at */
    struct err *e;
};

static const struct opt *opts_by_letter(const struct opts_walk *w, char letter)
{
    for (const struct opt *const *t = w->tables; *t != NULL; t++) {
        for (const struct opt *p = *t; p->name != NULL; p++) {
            if (p->letter != 0 && p->letter == letter)
                return p;
        }
    }
    return NULL;
}

static const struct opt *opts_by_name(const struct opts_walk *w, const char *name, size_t len)
{
    for (const struct opt *const *t = w->tables; *t != NULL; t++) {
        for (const struct opt *p = *t; p->name != NULL; p++) {
            if (strlen(p->name) == len && memcmp(p->name, name, len) == 0)
                return p;
        }
    }
    return NULL;
}

static const struct opt *opts_takes_signal(const struct opts_walk *w)
{
    for (const struct opt *const *t = w->tables; *t != NULL; t++) {
        for (const struct opt *p = *t; p->name != NULL; p++) {
            if (p->takes == OPT_SIGNAL)
                return p;
        }
    }
    return NULL;
}

static const struct opt *opts_signal(const struct opts_walk *w, const char *word)
{
    return text_signal_number(word + 1) <= 0 ? NULL : opts_takes_signal(w);
}

static int opts_unknown(const struct opts_walk *w, const char *word, size_t len)
{
    const char *names[OPTS_NEAR_MAX + 1];
    size_t n = 0;
    for (const struct opt *const *t = w->tables; *t != NULL; t++) {
        for (const struct opt *p = *t; p->name != NULL && n < OPTS_NEAR_MAX; p++)
            names[n++] = p->name;
    }
    names[n] = NULL;

    char bare[64];
    const char *near = NULL;
    if (len > 2 && len - 2 < sizeof bare && word[1] == '-') {
        memcpy(bare, word + 2, len - 2);
        bare[len - 2] = '\0';
        near = text_nearest(bare, names);
    }
    if (near == NULL && len > 2 && word[1] != '-' && opts_takes_signal(w) != NULL)
        return err_set(w->e, ERR_INVALID, "unknown signal %.*s; write -TERM, -SIGTERM or -15",
                       (int)len, word);
    if (near != NULL)
        return err_set(w->e, ERR_INVALID, "unknown option %.*s (did you mean --%s?)", (int)len,
                       word, near);
    return err_set(w->e, ERR_INVALID, "unknown option %.*s; see --help (-- ends the options)",
                   (int)len, word);
}

static void opts_add(struct opts *o, const struct opt *opt, const char *value)
{
    o->given[o->n_given].opt = opt;
    o->given[o->n_given].value = value;
    o->n_given++;
}

/* The words behind an OPT_WORDS option, or the one behind OPT_VALUE. */
static int opts_take_next(struct opts_walk *w, const struct opt *opt, const char *shown)
{
    if (w->at + 1 >= w->argc)
        return err_set(w->e, ERR_INVALID, "%s needs a value: %s", shown, opt->value);
    if (opt->takes != OPT_WORDS) {
        opts_add(w->o, opt, w->argv[++w->at]);
        return 0;
    }
    size_t before = w->o->n_given;
    while (w->at + 1 < w->argc && w->argv[w->at + 1][0] != '-')
        opts_add(w->o, opt, w->argv[++w->at]);
    if (w->o->n_given == before)
        return err_set(w->e, ERR_INVALID, "%s needs a value: %s", shown, opt->value);
    return 0;
}

static int opts_long(struct opts_walk *w)
{
    const char *word = w->argv[w->at];
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const struct opt *opt = opts_by_name(w, word + 2, len - 2);
    if (opt == NULL)
        return opts_unknown(w, word, len);
    if (equals != NULL) {
        if (opt->takes == OPT_NOTHING)
            return err_set(w->e, ERR_INVALID, "--%s takes no value", opt->name);
        opts_add(w->o, opt, equals + 1);
        return 0;
    }
    if (opt->takes == OPT_NOTHING || opt->takes == OPT_MAYBE) {
        opts_add(w->o, opt, NULL);
        return 0;
    }
    return opts_take_next(w, opt, word);
}

static int opts_short(struct opts_walk *w)
{
    const char *word = w->argv[w->at];
    const struct opt *signal = opts_signal(w, word);
    if (signal != NULL) {
        opts_add(w->o, signal, word + 1);
        return 0;
    }
    for (const char *c = word + 1; *c != '\0'; c++) {
        const char shown[] = {'-', *c, '\0'};
        const struct opt *opt = opts_by_letter(w, *c);
        if (opt == NULL)
            return opts_unknown(w, c == word + 1 ? word : shown, c == word + 1 ? strlen(word) : 2);
        if (opt->takes == OPT_NOTHING || opt->takes == OPT_MAYBE) {
            opts_add(w->o, opt, NULL);
            continue;
        }
        if (c[1] == '\0')
            return opts_take_next(w, opt, shown);
        opts_add(w->o, opt, c + 1);
        return 0;
    }
    return 0;
}

static int opts_word(struct opts_walk *w)
{
    const char *word = w->argv[w->at];
    if (word[0] != '-' || word[1] == '\0') {
        w->o->args[w->o->n_args++] = w->argv[w->at];
        return 0;
    }
    return word[1] == '-' ? opts_long(w) : opts_short(w);
}

int opts_parse(struct opts *o, const struct opt *const *tables, enum opt_order order, int argc,
               char **argv, struct err *e)
{
    size_t room = 1; /* each letter of a word may be an option */
    for (int i = 0; i < argc; i++)
        room += strlen(argv[i]) + 1;
    struct opts made = {
        .given = calloc(room, sizeof *made.given),
        .args = calloc((size_t)argc + 1, sizeof *made.args),
    };
    int rc = 0;
    if (made.given == NULL || made.args == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");

    struct opts_walk w = {.o = &made, .tables = tables, .argv = argv, .argc = argc, .e = e};
    bool only_words = false;
    for (; rc == 0 && w.at < argc; w.at++) {
        if (!only_words && strcmp(argv[w.at], "--") == 0) {
            only_words = true;
        } else if (only_words) {
            made.args[made.n_args++] = argv[w.at];
        } else {
            rc = opts_word(&w);
            only_words = order == OPT_FIRST && made.n_args > 0;
        }
    }
    if (rc != 0)
        opts_release(&made);
    else
        *o = made;
    return rc;
}

void opts_release(struct opts *o)
{
    free(o->given);
    free(o->args);
    *o = (struct opts){0};
}

const char *opts_next(const struct opts *o, const char *name, size_t *at)
{
    while (*at < o->n_given) {
        const struct opt_given *g = &o->given[(*at)++];
        if (strcmp(g->opt->name, name) == 0 && g->value != NULL)
            return g->value;
    }
    return NULL;
}

bool opts_has(const struct opts *o, const char *name)
{
    for (size_t i = 0; i < o->n_given; i++) {
        if (strcmp(o->given[i].opt->name, name) == 0)
            return true;
    }
    return false;
}

const char *opts_value(const struct opts *o, const char *name)
{
    const char *last = NULL;
    for (size_t i = 0; i < o->n_given; i++) {
        if (strcmp(o->given[i].opt->name, name) == 0)
            last = o->given[i].value;
    }
    return last;
}
