/* A command's text into words, as a POSIX shell would split it, but with nothing expanded. */
#include "config/topoload.h"

#include "base/err.h"

#include <string.h>

struct topowords {
    const char *at;
    struct bytes *out;
    const char *why;
    const char *meta; /* the first word that a shell would not take as one */
    int rc;
    const char *word; /* where it begins in the text */
    bool in_word;
};

static void topowords_add(struct topowords *w, char c)
{
    w->in_word = true;
    if (bytes_byte(w->out, (unsigned char)c) < 0)
        w->rc = ERR_NOMEM;
}

/* Behind a `'`: all is literal up to the next. */
static void topowords_single(struct topowords *w)
{
    w->in_word = true;
    for (; *w->at != '\0' && *w->at != '\''; w->at++)
        topowords_add(w, *w->at);
    if (*w->at == '\0')
        w->why = "a ' is not closed";
    else
        w->at++;
}

/* Behind a `"`: a backslash escapes only what a shell would let it. */
static void topowords_double(struct topowords *w)
{
    w->in_word = true;
    for (; *w->at != '\0' && *w->at != '"'; w->at++) {
        if (*w->at == '\\' && w->at[1] != '\0' && strchr("$`\"\\\n", w->at[1]) != NULL &&
            *++w->at == '\n')
            continue;
        topowords_add(w, *w->at);
    }
    if (*w->at == '\0')
        w->why = "a \" is not closed";
    else
        w->at++;
}

static void topowords_escape(struct topowords *w)
{
    if (*w->at == '\0') {
        w->why = "it ends with a backslash";
        return;
    }
    if (*w->at != '\n')
        topowords_add(w, *w->at);
    w->at++;
}

/* Ends the word, if there is one: 1, or 0. */
static long topowords_end(struct topowords *w)
{
    if (!w->in_word)
        return 0;
    topowords_add(w, '\0');
    w->in_word = false;
    return 1;
}

/* At the unquoted c, which is behind w->at: a word that begins as an operator does, or ends with
 * one. What is within a word may well be meant as it stands. */
static void topowords_operator(struct topowords *w, char c)
{
    static const char blank[] = " \t\r\n";
    const char *from = w->at - 1;

    if (w->meta != NULL || strchr("|&;<>", c) == NULL)
        return;
    bool from_fd =
        (c == '<' || c == '>') && w->word + 1 == from && *w->word >= '0' && *w->word <= '9';
    bool at_end = c == ';' && (*w->at == '\0' || strchr(blank, *w->at) != NULL);
    if (!w->in_word || from_fd || at_end)
        w->meta = w->word;
}

long topowords_split(const char *text, struct bytes *out, const char **why)
{
    struct topowords w = {.at = text, .out = out};
    long n = 0;

    while (w.rc == 0 && w.why == NULL && *w.at != '\0') {
        if (!w.in_word)
            w.word = w.at;
        char c = *w.at++;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            n += topowords_end(&w);
        else if (c == '\'')
            topowords_single(&w);
        else if (c == '"')
            topowords_double(&w);
        else if (c == '\\')
            topowords_escape(&w);
        else {
            topowords_operator(&w, c);
            topowords_add(&w, c);
        }
    }
    n += topowords_end(&w);
    if (w.rc < 0)
        return w.rc;
    *why = w.why != NULL ? w.why : w.meta;
    if (*why == NULL)
        return n;
    return w.why != NULL ? ERR_INVALID : ERR_REFUSED;
}
