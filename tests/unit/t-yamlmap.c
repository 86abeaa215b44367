#include "base/bytes.h"
#include "base/err.h"
#include "config/yamlmap.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct faults faults;
static struct bytes shown;

static void show(const struct ynode *n)
{
    if (n->kind == YNODE_SCALAR) {
        (void)bytes_printf(&shown, n->why == NULL ? "%s" : "?", n->text);
        return;
    }
    (void)bytes_str(&shown, n->kind == YNODE_LIST ? "[" : "{");
    for (size_t i = 0; i < n->n; i++) {
        (void)bytes_str(&shown, i == 0 ? "" : ", ");
        if (n->kind == YNODE_MAP)
            (void)bytes_printf(&shown, "%s: ", n->pairs[i].key->text);
        show(n->kind == YNODE_MAP ? n->pairs[i].value : n->items[i]);
    }
    (void)bytes_str(&shown, n->kind == YNODE_LIST ? "]" : "}");
}

/* The tree of a text in one line; or, when there are faults, the first with its place. */
static const char *read_as(const char *text)
{
    struct yamlmap y = {.arena = &arena, .faults = &faults, .in = {text, strlen(text)}};

    faults_release(&faults);
    bytes_truncate(&shown, 0);
    int rc = yamlmap_read(&y);
    if (faults.n > 0)
        (void)bytes_printf(&shown, "%d:%d %s", faults.list[0].line, faults.list[0].col,
                           faults.list[0].text);
    else if (rc < 0)
        (void)bytes_printf(&shown, "error %d", rc);
    else if (y.root != NULL)
        show(y.root);
    return bytes_cstr(&shown);
}

static void test_trees(void)
{
    is_str(read_as(""), "", "an empty file");
    is_str(read_as("# only words\n"), "", "a comment");
    is_str(read_as("a: 1\nb: [x, 'y z', \"q\\tr\"]\nc: {d: ~}\n"),
           "{a: 1, b: [x, y z, q\tr], c: {d: ~}}", "scalars, lists and maps");
    is_str(read_as("\xEF\xBB\xBF"
                   "a: b"),
           "{a: b}", "behind a byte order mark");
    is_str(read_as("a: &x {k: v}\nb: *x\n"), "{a: {k: v}, b: {k: v}}", "anchors and aliases");
    is_str(read_as("a: &x 1\nb: &x 2\nc: *x\n"), "{a: 1, b: 2, c: 2}", "the last anchor counts");
    is_str(read_as("a: 1\nx-b: 2\nc: {x-d: 3, e: 4}\n"), "{a: 1, c: {e: 4}}",
           "x- keys are left out");
    is_str(read_as("a: !!str 5\n"), "{a: 5}", "tags of YAML itself");
}

static void test_merge(void)
{
    is_str(read_as("x-a: &a {k: 1, l: 2}\nb: {<<: *a, l: 3, m: 4}\n"), "{b: {l: 3, m: 4, k: 1}}",
           "<<: a map's own keys count more");
    is_str(read_as("x-a: &a {k: 1}\nx-b: &b {k: 2, l: 2}\nc: {<<: [*a, *b]}\n"),
           "{c: {k: 1, l: 2}}", "of a list the first counts");
    is_str(read_as("x-a: &a {k: 1}\nx-b: &b {<<: *a, l: 2}\nc: {<<: *b}\n"), "{c: {l: 2, k: 1}}",
           "merged twice over");
    is_str(read_as("a: {<<: {k: 1}}\n"), "{a: {k: 1}}", "a map in place");
    is_str(read_as("a: {'<<': 1}\n"), "{a: {<<: 1}}", "in quotes it is a key");
    is_str(read_as("a: {<<: 1}\n"), "1:9 `<<` takes a map or a list of maps", "not a scalar");
    is_str(read_as("a: {<<: [[{b: 1}]]}\n"), "1:10 `<<` takes a map or a list of maps",
           "nor a list of lists");
    is_str(read_as("a: {<<: {b: 1}, <<: {c: 1}}\n"), "1:17 `<<` is given twice: give it a list",
           "nor twice");
}

static void test_refused(void)
{
    is_str(read_as("a: 1\nb: 2\na: 3\n"), "3:1 `a` is given twice (first in line 1)",
           "a repeated key");
    is_str(read_as("{[a]: 1}\n"), "1:2 a key must be a word, not a list", "a key that is a list");
    is_str(read_as("a: *b\n"), "1:4 nothing above is named `&b`", "an unknown alias");
    is_str(read_as("a: &a [*a]\n"), "1:8 `*a` stands within itself", "a circle");
    is_str(read_as("a: 1\n---\nb: 1\n"), "2:1 a second document: one file holds one system",
           "two documents");
    is_str(read_as("a: !thing 1\n"), "1:4 the tag `!thing` means nothing here", "an own tag");
    is_str(read_as("a: [1, 2\nb: 3\n"),
           "2:2 not YAML: did not find expected ',' or ']' (while parsing a flow sequence that "
           "begins in line 1)",
           "a syntax fault has its place");
    is_str(read_as("a: {b: é${V:-x}/c}\n"),
           "1:9 not YAML: within { } and [ ] a value with `${V:-x}` needs quotes: \"${V:-x}\"",
           "a variable in a flow map");
    is_str(read_as("a: [$b, {c: {d: $e {}]\n"), "1:20 not YAML: did not find expected ',' or '}'",
           "a dollar sign that begins none");
    is_str(read_as("a: b\n\tc: d\n"), "2:1 not YAML: a tab cannot indent, only spaces can",
           "a tab");
    is_str(read_as("a: b\xFFz\n"), "1:5 not YAML: invalid leading UTF-8 octet", "not UTF-8");
    is_str(read_as("a: b\nc: \x01\n"), "2:4 not YAML: control characters are not allowed",
           "a control character");
    is_str(read_as("a: \"x\\0y\"\n"), "{a: ?}", "a NUL is a fault of the value");
}

static void test_bounds(void)
{
    char deep[400];
    struct bytes b;

    memset(deep, '[', 200);
    memset(deep + 200, ']', 199);
    deep[399] = '\0';
    is_str(read_as(deep), "1:64 nested too deeply", "200 deep");
    bytes_init(&b);
    for (char c = 'a'; c < 'z'; c++) {
        (void)bytes_printf(&b, "x-%c: &%c [", c, c);
        for (int i = 0; i < 9; i++)
            (void)bytes_printf(&b, c == 'a' ? "l," : "*%c,", c - 1);
        (void)bytes_str(&b, "]\n");
    }
    is_str(read_as(bytes_cstr(&b)), "7:10 too much for one file, with its aliases written out",
           "a billion laughs");
    bytes_truncate(&b, 0);
    for (int i = 0; i < 70; i++)
        (void)bytes_printf(&b, i == 0 ? "x-%d: &a%d 1\n" : "x-%d: &a%d [*a%d]\n", i, i, i - 1);
    ok(strstr(read_as(bytes_cstr(&b)), "nested too deeply") != NULL, "deep by aliases");
    bytes_truncate(&b, 0);
    for (int i = 0; i < 8000; i++)
        (void)bytes_printf(&b, i == 0 ? "x-%d: &a%d {k: 1}\n" : "x-%d: &a%d {<<: *a%d, k%d: 1}\n",
                           i, i, i - 1, i);
    ok(strstr(read_as(bytes_cstr(&b)), "nested too deeply") != NULL, "merges of merges");
    bytes_truncate(&b, 0);
    (void)bytes_str(&b, "x-a: &a {");
    for (int i = 0; i < 1000; i++)
        (void)bytes_printf(&b, "k%d: 1, ", i);
    (void)bytes_str(&b, "}\n");
    for (int i = 0; i < 2000; i++)
        (void)bytes_printf(&b, "m%d: {<<: *a}\n", i);
    ok(strstr(read_as(bytes_cstr(&b)), "too much") != NULL, "many merges");
    bytes_release(&b);
}

static void test_variables(void)
{
    (void)setenv("T_SET", "set", 1);
    (void)setenv("T_EMPTY", "", 1);
    (void)unsetenv("T_NONE");
    is_str(read_as("a: ${T_SET}-${T_SET:-x}\n"), "{a: set-set}", "${VAR}");
    is_str(read_as("a: <${T_NONE:-d e}><${T_EMPTY:-d}><${T_EMPTY}><${T_NONE:-}>\n"),
           "{a: <d e><d><><>}", "${VAR:-default}");
    is_str(read_as("a: ${T_NONE:-${T_EMPTY:-in}ner}!\n"), "{a: inner!}", "defaults of defaults");
    is_str(read_as("a: $$x $$${T_SET} $1 $ x$\n"), "{a: $x $set $1 $ x$}", "$$, and a lone $");
    is_str(read_as("${T_SET}: ${T_SET}\n"), "{${T_SET}: set}", "keys are as written");
    is_str(read_as("a: '${T_SET}'\nb: \"${T_SET}\"\n"), "{a: set, b: set}", "within quotes too");
    is_str(
        read_as(
            "a: [\"${T_NONE}\", \"${\", \"${T_SET\", \"${T_SET-x}\", \"${1}\", \"${T_NONE:-x\"]"),
        "{a: [?, ?, ?, ?, ?, ?]}", "what is none is a fault of the value");
}

static void test_peek(void)
{
    static const struct {
        const char *text, *value;
        int rc;
    } rows[] = {
        {"system: a\nactors: {", "a", 1},
        {"x: {system: no}\n? [system]\n: b\nsystem: \"b\"\n", "b", 1},
        {"actors: [system, x]\n", NULL, 0},
        {"", NULL, 0},
        {"[system, x]\n", NULL, 0},
        {"x: system\ny: z\n", NULL, 0},
        {"system: [a]\n", NULL, ERR_INVALID},
        {"\t\n a: : b", NULL, ERR_INVALID},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct yamlmap y = {
            .arena = &arena, .faults = &faults, .in = {rows[i].text, strlen(rows[i].text)}};
        const struct ynode *value = NULL;
        is_int(yamlmap_peek(&y, "system", &value), rows[i].rc, "peek %zu", i);
        is_str(value == NULL ? NULL : value->text, rows[i].value, "its value");
    }
}

int main(void)
{
    arena_init(&arena);
    faults_init(&faults);
    bytes_init(&shown);
    test_trees();
    test_merge();
    test_refused();
    test_bounds();
    test_variables();
    test_peek();
    bytes_release(&shown);
    faults_release(&faults);
    arena_release(&arena);
    return done();
}
