#include "base/err.h"
#include "base/text.h"
#include "tap.h"

#include <signal.h>
#include <string.h>

static void test_utf8(void)
{
    static const char *const good[] = {
        "", "abc", "\xC2\x80", "日本", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF", "\xED\x9F\xBF"};
    static const char *const bad[] = {"\x80",         "\xC1\xBF",         "\xC3",
                                      "\xE0\x9F\xBF", "\xED\xA0\x80",     "\xF0\x8F\xBF\xBF",
                                      "\xE2\x82",     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                                      "a\xFF",        "\xE2\x28\xA1"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ok(text_is_utf8(good[i], strlen(good[i])), "UTF-8 %zu", i);
    ok(text_is_utf8("a\0b", 3), "a NUL is UTF-8");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(!text_is_utf8(bad[i], strlen(bad[i])), "not UTF-8 %zu", i);
}

static void test_nearest(void)
{
    static const char *const keys[] = {"run", "restart", "to", "mailbox", "env_file", NULL};
    static const char *const none[] = {NULL};

    is_str(text_nearest("rnu", keys), "run", "a swap");
    is_str(text_nearest("restrt", keys), "restart", "a letter left out");
    is_str(text_nearest("maillbox", keys), "mailbox", "one too many");
    is_str(text_nearest("envfile", keys), "env_file", "a character of the middle");
    is_str(text_nearest("RUN", keys), "run", "case costs nothing");
    is_str(text_nearest("xyz", keys), NULL, "nothing is near");
    is_str(text_nearest("", keys), NULL, "nor to nothing");
    is_str(text_nearest("run", none), NULL, "nor among none");
    char longer[200];
    memset(longer, 'a', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    is_str(text_nearest(longer, keys), NULL, "a long word is near to nothing");
}

static void test_glob(void)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        {"*", "", true},         {"*", "abc", true},         {"a*c", "abbc", true},
        {"a*c", "abb", false},   {"a?c", "abc", true},       {"a?c", "ac", false},
        {"[a-c]x", "bx", true},  {"[a-c]x", "dx", false},    {"[!a-c]x", "dx", true},
        {"[]x]", "]", true},     {"[a", "[a", true},         {"a/*", "a/3", true},
        {"abc", "abc", true},    {"abc", "abcd", false},     {"", "", true},
        {"", "a", false},        {"**a", "bba", true},       {"[a-]", "-", true},
        {"*[0-9]", "w12", true}, {"*a*b*c", "xaybzc", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ok(text_glob(rows[i].pattern, rows[i].name) == rows[i].matches, "`%s` %s `%s`",
           rows[i].pattern, rows[i].matches ? "matches" : "does not match", rows[i].name);
    ok(text_has_glob("a*") && text_has_glob("a?") && text_has_glob("[a]"), "globs");
    ok(!text_has_glob("count/3"), "an address is none");
    char stars[101], name[2001];
    for (size_t i = 0; i < 100; i += 2) {
        stars[i] = '*';
        stars[i + 1] = 'a';
    }
    stars[100] = '\0';
    memset(name, 'a', 2000);
    name[1999] = 'b';
    name[2000] = '\0';
    ok(!text_glob(stars, name), "many stars end soon");
}

static void test_signals(void)
{
    char buf[16];

    is_str(text_signal_name(SIGKILL, buf, sizeof(buf)), "KILL", "9");
    is_str(text_signal_name(SIGTERM, buf, sizeof(buf)), "TERM", "15");
    is_str(text_signal_name(62, buf, sizeof(buf)), "SIG62", "one without a name");
    is_int(text_signal_number("KILL"), SIGKILL, "KILL");
    is_int(text_signal_number("SIGKILL"), SIGKILL, "SIGKILL");
    is_int(text_signal_number("sigusr1"), SIGUSR1, "sigusr1");
    is_int(text_signal_number("9"), 9, "9");
    is_int(text_signal_number("SIG62"), 62, "SIG62 goes both ways");
    is_int(text_signal_number("0"), -1, "0 is none");
    is_int(text_signal_number(""), -1, "nor is nothing");
    is_int(text_signal_number("SIG"), -1, "nor SIG");
    is_int(text_signal_number("KILLED"), -1, "nor KILLED");
    is_int(text_signal_number("999999999999"), -1, "nor a large number");
}

static void test_base64(void)
{
    static const struct {
        const char *plain, *coded;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {
        "Z", "Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-v"};
    unsigned char all[256], back[256];
    char text[400];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = text_base64_encode(rows[i].plain, strlen(rows[i].plain), text);
        is_mem(text, n, rows[i].coded, strlen(rows[i].coded), "`%s` coded", rows[i].plain);
        long m = text_base64_decode(rows[i].coded, strlen(rows[i].coded), back);
        is_mem(back, (size_t)m, rows[i].plain, strlen(rows[i].plain), "and back");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        is_int(text_base64_decode(bad[i], strlen(bad[i]), back), ERR_INVALID, "bad base64 %zu", i);
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (unsigned char)i;
    size_t n = text_base64_encode(all, sizeof(all), text);
    is_int(text_base64_decode(text, n, back), sizeof(all), "every byte");
    is_mem(back, sizeof(all), all, sizeof(all), "comes back");
}

static void test_ids(void)
{
    char text[TEXT_ID_LEN];
    uint64_t id = 1;

    text_id_format(UINT64_C(0x0123456789abcdef), text);
    is_mem(text, sizeof(text), "0123456789abcdef", 16, "an id in digits");
    is_int(text_id_parse(text, sizeof(text), &id), 0, "and back");
    ok(id == UINT64_C(0x0123456789abcdef), "the same");
    is_int(text_id_parse("0123456789ABCDEF", 16, &id), ERR_INVALID, "upper case is none");
    is_int(text_id_parse("0123", 4, &id), ERR_INVALID, "nor is a short one");
    ok(id == UINT64_C(0x0123456789abcdef), "the output is left alone");
}

static void test_shown(void)
{
    static const struct {
        const char *text, *shown;
        size_t size;
    } rows[] = {
        {"plain", "plain", 16},
        {"plain", "pla", 4},
        {"", "", 1},
        {"a\tb\x1b\x7f", "a b  ", 16},
        {"\xc2\x9b", "  ", 16},
        {"a \"b\"", "a 'b'", 16},
        {"\xff\xc3", "??", 16},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", 7},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc", 6},
    };
    char buf[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_str(text_shown(rows[i].text, strlen(rows[i].text), buf, rows[i].size), rows[i].shown,
               "shown: %s", rows[i].shown);
}

static void test_cut(void)
{
    char buf[16];

    is_str(text_cut("it fits in there", buf, sizeof(buf)), "it fi...n there", "one byte too long");
    is_str(text_cut("it fits in it \"", buf, sizeof(buf)), "it fits in it '", "as long as may be");
    is_str(text_cut("/a/long/path: denied", buf, sizeof(buf)), "/a/lo... denied", "its end stays");
    is_str(text_cut("\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6", buf,
                    sizeof(buf)),
           "\xC3\xB6\xC3\xB6...\xC3\xB6\xC3\xB6\xC3\xB6", "whole characters");
}

int main(void)
{
    test_utf8();
    test_nearest();
    test_glob();
    test_signals();
    test_base64();
    test_ids();
    test_shown();
    test_cut();
    return done();
}
