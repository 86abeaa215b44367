#include "base/err.h"
#include "model/address.h"
#include "tap.h"

#include <string.h>

static void test_good(void)
{
    static const struct {
        const char *text, *name, *host;
        int member;
    } rows[] = {
        {"count", "count", "", ADDRESS_ANY},
        {"count/3", "count", "", 3},
        {"count/999999", "count", "", 999999},
        {"count/*", "count", "", ADDRESS_ALL},
        {"boss.kid", "boss.kid", "", ADDRESS_ANY},
        {"boss.kid.kid2/1@west", "boss.kid.kid2", "west", 1},
        {"a-b_c9@node-7", "a-b_c9", "node-7", ADDRESS_ANY},
        {"count/*@main", "count", "main", ADDRESS_ALL},
        {"~1f3A", "~1f3A", "", ADDRESS_ANY},
        {"~x@west", "~x", "west", ADDRESS_ANY},
    };
    char buf[ADDRESS_MAX + 1];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address a;
        const char *why = NULL;
        const char *text = rows[i].text;
        is_int(address_parse(text, strlen(text), &a, &why), 0, "%s is an address", text);
        is_str(a.name, rows[i].name, "%s: its name", text);
        is_str(a.host, rows[i].host, "%s: its host", text);
        is_int(a.member, rows[i].member, "%s: its member", text);
        is_int(address_format(&a, buf, sizeof(buf)), strlen(text), "%s: formatted", text);
        is_str(buf, text, "%s: formatted alike", text);
    }
}

static void test_bad(void)
{
    static const char *const rows[] = {
        "",     "Count",  "9a",    "-a",       "a b",  "a.",   ".a",       "a..b",
        "a/",   "a/0",    "a/01",  "a/-1",     "a/**", "a/x",  "a/1/2",    "a/1000000",
        "a@",   "a@West", "a@b@c", "a@b/1",    "~",    "~a/1", "~a b",     "~a.b",
        "a\nb", "@west",  "/1",    "\xc3\xa4", "a/1 ", " a",   "a@west.x", "a/*x",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address a = {.name = "untouched"};
        const char *why = NULL;
        is_int(address_parse(rows[i], strlen(rows[i]), &a, &why), ERR_INVALID, "'%s' is no address",
               rows[i]);
        ok(why != NULL && why[0] != 0, "'%s': it says why", rows[i]);
        is_str(a.name, "untouched", "'%s': nothing written", rows[i]);
    }
    struct address a;
    is_int(address_parse("a\0b", 3, &a, NULL), ERR_INVALID, "a NUL is no part of a name");
}

static void test_limits(void)
{
    char text[ADDRESS_MAX + 2];
    struct address a;

    memset(text, 'a', sizeof(text));
    is_int(address_parse(text, ADDRESS_NAME_MAX, &a, NULL), 0, "63 bytes of name");
    is_int(address_parse(text, ADDRESS_NAME_MAX + 1, &a, NULL), ERR_INVALID, "64 are too many");
    for (size_t i = ADDRESS_NAME_MAX; i < sizeof(text); i += ADDRESS_NAME_MAX + 1)
        text[i] = '.';
    is_int(address_parse(text, ADDRESS_MAX, &a, NULL), 0, "255 bytes of address");
    is_int(address_parse(text, ADDRESS_MAX + 1, &a, NULL), ERR_INVALID, "256 are too many");
    ok(address_name_ok("a", 1) && !address_name_ok("", 0) && !address_name_ok("a.b", 3),
       "a name is one part");
    ok(address_is_client("~x") && !address_is_client("x") && !address_is_client(""),
       "clients begin with ~");
}

static void test_normalise(void)
{
    static const char *const rows[][2] = {
        {"shop", "shop"},
        {"My Shop", "my-shop"},
        {"2nd.try", "nd-try"},
        {"...", "system"},
        {"", "system"},
        {"a\xc3\xa4z", "a--z"},
        {"UPPER_case", "upper_case"},
        {"trail..", "trail"},
    };
    char buf[ADDRESS_NAME_MAX + 1];
    char lots[200];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        address_normalise(rows[i][0], buf, sizeof(buf));
        is_str(buf, rows[i][1], "'%s' normalised", rows[i][0]);
        ok(address_name_ok(buf, strlen(buf)), "'%s' is made a name", rows[i][0]);
    }
    memset(lots, 'x', sizeof(lots) - 1);
    lots[sizeof(lots) - 1] = 0;
    address_normalise(lots, buf, sizeof(buf));
    is_int(strlen(buf), ADDRESS_NAME_MAX, "cut to what a name may have");
}

int main(void)
{
    test_good();
    test_bad();
    test_limits();
    test_normalise();
    return done();
}
