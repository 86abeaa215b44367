#include "config/faults.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static const char *printed(const struct faults *f)
{
    static char *text;
    size_t size;

    free(text);
    text = NULL;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        bail_out("no memory");
    faults_print(f, out);
    (void)fclose(out);
    return text;
}

static struct faults_text in(const char *text)
{
    return (struct faults_text){text, strlen(text)};
}

static void test_order(void)
{
    struct faults f;
    struct faults_text t = in("one\n two\n");

    faults_init(&f);
    is_int(faults_name(&f, "a.yaml"), 0, "a name");
    faults_add(&f, t, 2, 2, "second `%s`", "two");
    faults_add(&f, t, 1, 1, "first");
    faults_add(&f, t, 2, 2, "second `two`");
    faults_add(&f, t, 2, 2, "third");
    is_str(printed(&f),
           "a.yaml:1:1: first\none\n^\n"
           "a.yaml:2:2: second `two`\n two\n ^\n"
           "a.yaml:2:2: third\n two\n ^\n",
           "in order of place, each once, with line and caret");
    ok(!faults_fresh(&f, 1, 1), "a known place is not fresh");
    ok(faults_fresh(&f, 1, 2), "another is");
    faults_release(&f);
    is_str(printed(&f), "", "nothing is left");
}

static void test_many(void)
{
    struct faults f;

    faults_init(&f);
    for (int i = 50; i > 0; i--)
        faults_add(&f, in(""), i, 1, "fault %d", i);
    is_int(f.n, FAULTS_MAX, "20 are kept");
    is_int(f.more, 30, "the others counted");
    is_int(f.list[0].line, 1, "the first of them");
    is_int(f.list[FAULTS_MAX - 1].line, 20, "up to the 20th");
    ok(!faults_fresh(&f, 21, 1), "what lies behind would not be kept");
    ok(strstr(printed(&f), "-: and 30 more faults\n") != NULL, "and that is said");
    faults_release(&f);
}

static void test_columns(void)
{
    struct faults f;

    faults_init(&f);
    faults_add(&f, in("\ta: \xC3\xA9x"), 1, 6, "behind a tab and an accent");
    faults_add(&f, in("x\r\n日本: x\n"), 2, 3, "behind wide characters");
    faults_add(&f,
               in("a\rb\xE2\x80\xA8"
                  "c\n"),
               3, 1, "other line breaks");
    faults_add(&f, in("\xEF\xBB\xBFkey"), 4, 9, "past the end, \x1b[31m cleaned");
    is_str(printed(&f),
           "-:1:6: behind a tab and an accent\n\ta: \xC3\xA9x\n\t    ^\n"
           "-:2:3: behind wide characters\n日本: x\n    ^\n"
           "-:3:1: other line breaks\nc\n^\n"
           "-:4:9: past the end, ?[31m cleaned\n\n^\n",
           "carets stand right");
    faults_release(&f);
}

static void test_long_line(void)
{
    struct faults f;
    char line[2001];

    memset(line, 'x', 2000);
    line[1500] = '!';
    line[2000] = '\0';
    faults_init(&f);
    faults_add(&f, in(line), 1, 1501, "far out");
    is_int(strlen(f.list[0].source), 161, "a long line is cut");
    is_int(f.list[0].source[f.list[0].caret], '!', "around the place");
    faults_release(&f);
}

static void test_place(void)
{
    int line = 0, col = 0;

    faults_place(in("a\nb\xC3\xA9X"), 5, &line, &col);
    is_int(line, 2, "the line of a byte");
    is_int(col, 3, "and its column, in characters");
    faults_place(in("\xEF\xBB\xBFX"), 3, &line, &col);
    is_int(col, 1, "a byte order mark does not count");
    faults_place(in("a\n"), 100, &line, &col);
    is_int(line, 2, "a byte past the end");
}

int main(void)
{
    test_order();
    test_many();
    test_columns();
    test_long_line();
    test_place();
    (void)printed(&(struct faults){.n = 0});
    return done();
}
