/* The manual pages, help and completion against the tables that they are about: every command,
 * option, exit status, environment variable and key of the file stands in its page, and every one
 * that stands there exists. */
#include "cmd/cmd.h"
#include "cmd/commands.h"
#include "cmd/completion.h"
#include "config/schema.h"
#include "config/topodiff.h"
#include "tests/unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCS_MAX 400
#define DOCS_WORD 160

/* What a page lists: "COMMAND", "COMMAND --option", "$VARIABLE", "=STATUS". */
struct docs_list {
    char words[DOCS_MAX][DOCS_WORD];
    int n;
};

static void docs_add(struct docs_list *l, const char *a, const char *b)
{
    if (l->n == DOCS_MAX)
        bail_out("more than %d entries in a page", DOCS_MAX);
    snprintf(l->words[l->n++], DOCS_WORD, "%s%s", a, b);
}

static bool docs_has(const struct docs_list *l, const char *word)
{
    for (int i = 0; i < l->n; i++) {
        if (strcmp(l->words[i], word) == 0)
            return true;
    }
    return false;
}

static char *docs_read_in(const char *folder, const char *name)
{
    char path[4096];
    const char *dir = getenv("SOURCE_DIR");
    snprintf(path, sizeof path, "%s/%s/%s", dir != NULL ? dir : ".", folder, name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        bail_out("cannot open %s", path);
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, '\0', f) < 0)
        bail_out("cannot read %s", path);
    fclose(f);
    return text;
}

static char *docs_read(const char *page)
{
    return docs_read_in("man", page);
}

/* An `.It Fl d , Fl -detach` line. */
static void docs_page_options(struct docs_list *l, const char *command, char *line)
{
    char *save = NULL;
    bool flag = false;
    for (char *w = strtok_r(line, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        char option[DOCS_WORD];
        if (flag && strcmp(w, "-") != 0) { /* a bare one is `--` */
            snprintf(option, sizeof option, "%s -%s", command, w);
            docs_add(l, option, "");
        }
        flag = strcmp(w, "Fl") == 0;
    }
}

static void docs_page_item(struct docs_list *l, const char *section, char *command, char *line)
{
    char word[DOCS_WORD] = "";
    if (strcmp(section, "ENVIRONMENT") == 0 && sscanf(line, "Ev %159s", word) == 1) {
        docs_add(l, "$", word);
    } else if (strcmp(section, "EXIT STATUS") == 0 && sscanf(line, "%159s", word) == 1) {
        docs_add(l, "=", word);
    } else if (strncmp(line, "Fl ", 3) == 0) {
        docs_page_options(l, command, line);
    } else if (sscanf(line, "Cm %159s", word) == 1) {
        snprintf(command, DOCS_WORD, "%s", word);
        docs_add(l, word, "");
    }
}

static void docs_page(struct docs_list *l, const char *page)
{
    char *text = docs_read(page), *save = NULL;
    char section[DOCS_WORD] = "", command[DOCS_WORD] = "";
    l->n = 0;
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, ".Sh ", 4) == 0)
            snprintf(section, sizeof section, "%s", line + 4);
        else if (strncmp(line, ".It ", 4) == 0)
            docs_page_item(l, section, command, line + 4);
    }
    free(text);
}

static void docs_table_options(struct docs_list *l, const char *command, const struct opt *o)
{
    char word[DOCS_WORD];
    for (; o != NULL && o->name != NULL; o++) {
        if (o->letter != 0) {
            snprintf(word, sizeof word, "%s -%c", command, o->letter);
            docs_add(l, word, "");
        }
        snprintf(word, sizeof word, "%s --%s", command, o->name);
        docs_add(l, word, "");
    }
}

static void docs_table(struct docs_list *l)
{
    l->n = 0;
    docs_table_options(l, "", cmd_global_options);
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++) {
        docs_add(l, (*c)->name, "");
        docs_table_options(l, (*c)->name, (*c)->options);
    }
    for (const struct cmd_note *n = cmd_environment; n->name != NULL; n++)
        docs_add(l, "$", n->name);
    for (const struct cmd_note *n = cmd_exits; n->name != NULL; n++)
        docs_add(l, "=", n->name);
}

static void docs_compare(const char *page, const struct docs_list *in_page,
                         const struct docs_list *in_table)
{
    for (int i = 0; i < in_table->n; i++)
        ok(docs_has(in_page, in_table->words[i]), "%s tells of `%s`", page, in_table->words[i]);
    for (int i = 0; i < in_page->n; i++)
        ok(docs_has(in_table, in_page->words[i]), "%s: `%s` exists", page, in_page->words[i]);
}

static void docs_check_commands(void)
{
    static struct docs_list page, table;
    docs_page(&page, "actorsup.1");
    docs_table(&table);
    docs_compare("actorsup.1", &page, &table);
}

static void docs_check_actorsend(void)
{
    static struct docs_list page, table;
    table.n = 0;
    docs_table_options(&table, "", cmd_actorsend.options);
    for (const struct cmd_note *n = cmd_exits; n->name != NULL; n++)
        docs_add(&table, "=", n->name);
    docs_page(&page, "actorsend.1");
    docs_compare("actorsend.1", &page, &table);
}

/* ---- help and completion: they print the tables, so each entry must be found in them ---- */

static char *docs_captured(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        bail_out("no memory");
    print(out);
    fclose(out);
    return text;
}

static bool docs_mentions(const char *text, const struct cmd *c)
{
    if (c != &cmd_actorsend && strstr(text, c->name) == NULL)
        return false;
    for (const struct opt *o = c->options; o != NULL && o->name != NULL; o++) {
        if (strstr(text, o->name) == NULL)
            return false;
    }
    return true;
}

static void docs_check_completion(void)
{
    static void (*const print[])(FILE *) = {completion_bash, completion_zsh, completion_fish};
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t i = 0; i < 3; i++) {
        char *text = docs_captured(print[i]);
        for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
            ok(docs_mentions(text, *c), "completion of %s knows %s and its options", shells[i],
               (*c)->name);
        ok(docs_mentions(text, &cmd_actorsend), "completion of %s knows actorsend", shells[i]);
        free(text);
    }
}

static void docs_check_tables(void)
{
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++) {
        ok((*c)->brief != NULL && (*c)->run != NULL && strchr((*c)->brief, '\n') == NULL,
           "%s has a function and one line of help", (*c)->name);
        ok((*c)->words != CMD_WORDS_SUBS || (*c)->subs != NULL, "%s lists its words", (*c)->name);
        for (const struct opt *o = (*c)->options; o != NULL && o->name != NULL; o++)
            ok(o->doc != NULL && (o->takes == OPT_NOTHING) == (o->value == NULL),
               "%s --%s has its help and names its value", (*c)->name, o->name);
    }
}

/* ---- the keys of the file ---- */

struct docs_keys {
    char *page;
    struct docs_list paths;
};

/* A key as the page writes it: without what stands in front of an actor's own keys. */
static const char *docs_key_word(const char *path)
{
    static const char *const fronts[] = {"actors.NAME.", "defaults.", "groups.NAME.",
                                         "hosts.NAME."};
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        if (strncmp(path, fronts[i], strlen(fronts[i])) == 0)
            return path + strlen(fronts[i]);
    }
    return path;
}

static void docs_key(void *arg, const struct schema_key *key)
{
    struct docs_keys *k = arg;
    char item[DOCS_WORD];
    const char *word = docs_key_word(key->path);
    docs_add(&k->paths, word, "");
    snprintf(item, sizeof item, ".It Cm %s", word);
    if (strstr(word, "NAME") == NULL)
        ok(strstr(k->page, item) != NULL, "actorsup.yaml.5 tells of %s", key->path);
    ok(key->doc != NULL && *key->doc != '\0', "%s has its line of help", key->path);
}

/* The page says of each key that a change of it touches processes, and of no other. */
static void docs_check_reload(const char *page)
{
    const char *from = strstr(page, ".Sh RELOADING"), *live = NULL;
    char item[DOCS_WORD];
    if (from == NULL || (live = strstr(from, "All other keys")) == NULL)
        bail_out("actorsup.yaml.5 has no RELOADING");
    char *said = strndup(from, (size_t)(live - from));
    for (size_t i = 0; said != NULL && i < topodiff_n_rows; i++) {
        const struct topodiff_row *r = &topodiff_rows[i];
        /* As it is said there: where they are given anew, or no more. */
        bool anew = strcmp(r->key, "pool") == 0 || strcmp(r->key, "to") == 0;
        snprintf(item, sizeof item, ".Ic %s", r->key);
        const char *at = strstr(said, item);
        ok((at != NULL) == (r->change > CHANGE_LIVE || anew), "RELOADING has %s in its place",
           r->key);
    }
    free(said);
}

/* Every `.It Cm KEY` of the page is a key of the tables. */
static void docs_check_keys_back(struct docs_keys *k)
{
    char *save = NULL;
    for (char *line = strtok_r(k->page, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char word[DOCS_WORD] = "";
        if (sscanf(line, ".It Cm %159[a-z_.]", word) == 1)
            ok(docs_has(&k->paths, word), "actorsup.yaml.5: key `%s` exists", word);
    }
}

static void docs_check_keys(void)
{
    static struct docs_keys k;
    k.page = docs_read("actorsup.yaml.5");
    if (schema_keys(docs_key, &k) != 0)
        bail_out("no memory");
    docs_check_reload(k.page);
    docs_check_keys_back(&k);
    free(k.page);
}

/* ---- what json actors may say ---- */

/* The rows of the table, `{"ack", jsonops_ack}`: it is no part of any interface. */
static void docs_table_ops(struct docs_list *l)
{
    char *text = docs_read_in("src/speak", "jsonops.c");
    char op[DOCS_WORD], run[DOCS_WORD];
    l->n = 0;
    for (const char *p = text; (p = strchr(p, '{')) != NULL; p++) {
        if (sscanf(p, "{\"%40[a-z]\", jsonops_%40[a-z]}", op, run) == 2 && strcmp(op, run) == 0)
            docs_add(l, op, "");
    }
    free(text);
    if (l->n < 9)
        bail_out("the table of ops was not found");
}

/* Of `.It Cm spawn , exit` both words; of `.It Cm send Li to? ,` the first one. */
static void docs_page_ops(struct docs_list *l)
{
    char *text = docs_read("actor-json.7"), *save = NULL;
    l->n = 0;
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, ".It Cm ", 7) != 0)
            continue;
        char *words = NULL;
        for (char *w = strtok_r(line + 7, " ,", &words); w != NULL && strcmp(w, "Li") != 0;
             w = strtok_r(NULL, " ,", &words))
            docs_add(l, w, "");
    }
    free(text);
}

static void docs_check_ops(void)
{
    static struct docs_list page, table;
    docs_page_ops(&page);
    docs_table_ops(&table);
    docs_compare("actor-json.7", &page, &table);
}

int main(void)
{
    docs_check_tables();
    docs_check_commands();
    docs_check_actorsend();
    docs_check_completion();
    docs_check_keys();
    docs_check_ops();
    return done();
}
