#include "base/err.h"
#include "base/units.h"
#include "tap.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static void test_durations(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"250ms", 250}, {"10s", 10000},    {"5m", 300000}, {"2h", 7200000},
        {"0", 0},       {"0s", 0},         {"0ms", 0},     {"1.5s", 1500},
        {"0.001s", 1},  {"0.5h", 1800000}, {"007s", 7000}, {"876000h", INT64_C(3153600000000)},
    };
    static const char *const bad[] = {"",      "s",     "10",   "-1s",    "1.s",    ".5s", "1 s",
                                      "10S",   "10sec", "1e3s", "1s2",    "0.5ms",  "1d",  "never",
                                      "1..5s", "+1s",   " 1s",  "1.5.5s", "1.0001s"};
    int64_t ms;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ms = -1;
        is_int(units_duration(good[i].text, &ms), 0, "%s is a duration", good[i].text);
        is_int(ms, good[i].ms, "of as many milliseconds");
    }
    ms = -7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        is_int(units_duration(bad[i], &ms), ERR_INVALID, "`%s` is none", bad[i]);
    is_int(units_duration("876001h", &ms), ERR_TOO_LARGE, "over 100 years");
    is_int(units_duration("99999999999999999999999s", &ms), ERR_TOO_LARGE, "more than a number");
    is_int(ms, -7, "failures leave the output alone");
}

static void test_sizes(void)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"4096", 4096},
        {"64KiB", 65536},
        {"16MiB", 16777216},
        {"2GiB", UINT64_C(2147483648)},
        {"10kB", 10000},
        {"5MB", 5000000},
        {"0", 0},
        {"1.5KiB", 1536},
        {"3B", 3},
        {"1TB", UINT64_C(1000000000000)},
        {"9007199254740992", UINT64_C(9007199254740992)},
    };
    static const char *const bad[] = {"", "KiB", "1K", "1kb", "1KB", "1.5", "-1", "64 KiB", "1.5B"};
    uint64_t bytes;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        bytes = 1;
        is_int(units_size(good[i].text, &bytes), 0, "%s is a size", good[i].text);
        is_int(bytes, good[i].bytes, "of as many bytes");
    }
    bytes = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        is_int(units_size(bad[i], &bytes), ERR_INVALID, "`%s` is none", bad[i]);
    is_int(units_size("9007199254740993", &bytes), ERR_TOO_LARGE, "over 2^53");
    is_int(units_size("8193TiB", &bytes), ERR_TOO_LARGE, "over 2^53 by its unit");
    is_int(bytes, 7, "failures leave the output alone");
}

static void test_texts(void)
{
    static const struct {
        int64_t ms;
        const char *exact, *age;
    } rows[] = {
        {0, "0", "0ms"},           {250, "250ms", "250ms"},       {1500, "1.5s", "1.5s"},
        {1234, "1234ms", "1.2s"},  {10000, "10s", "10s"},         {90000, "90s", "1m30s"},
        {192000, "192s", "3m12s"}, {3600000, "1h", "1h0m"},       {100000000, "100000s", "1d3h"},
        {-5, "0", "0ms"},          {INT64_MAX, "never", "never"}, {59999, "59999ms", "59s"},
    };
    char buf[32];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(units_duration_text(rows[i].ms, buf, sizeof(buf)), rows[i].exact,
               "%" PRId64 " exact", rows[i].ms);
        is_str(units_age_text(rows[i].ms, buf, sizeof(buf)), rows[i].age, "and for people");
    }
}

static void test_size_texts(void)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 bytes"},
        {1, "1 byte"},
        {1023, "1023 bytes"},
        {1024, "1.0 KiB"},
        {1048524, "1023.9 KiB"},
        {1048575, "1.0 MiB"},
        {1500000, "1.4 MiB"},
        {UINT64_C(5) << 30, "5.0 GiB"},
        {UINT64_C(1) << 53, "8388608.0 GiB"},
    };
    char buf[32];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_str(units_size_text(rows[i].bytes, buf, sizeof(buf)), rows[i].text, "%" PRIu64 " bytes",
               rows[i].bytes);
}

int main(void)
{
    test_size_texts();
    test_durations();
    test_sizes();
    test_texts();
    return done();
}
