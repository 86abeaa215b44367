/* What has to be handled first: which messages are of which entry, and what a new process is given
 * a copy of. */
#include "base/bytes.h"
#include "model/initial.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static char texts[][16] = {"config", "boss/2", "boss.kid", "setup", "kind=map", "new"};
static char *from[] = {texts[0], texts[1], texts[2]};
static char *headers[] = {texts[3], texts[4]};
static const struct initial_rule rule = {from, 3, headers, 2};

static void entries(void)
{
    static const struct {
        const char *name;
        unsigned member;
        const char *key, *value;
        uint32_t bits;
    } rows[] = {
        {"config", 0, NULL, NULL, 1},     {"config", 3, NULL, NULL, 1}, {"confi", 0, NULL, NULL, 0},
        {"config2", 0, NULL, NULL, 0},    {"boss", 2, NULL, NULL, 2},   {"boss", 1, NULL, NULL, 0},
        {"boss.kid", 0, NULL, NULL, 4},   {"boss", 0, NULL, NULL, 0},   {NULL, 0, NULL, NULL, 0},
        {NULL, 0, "setup", "", 8},        {NULL, 0, "setup", "any", 8}, {NULL, 0, "setups", "", 0},
        {NULL, 0, "kind", "map", 16},     {NULL, 0, "kind", "maps", 0}, {NULL, 0, "kind", "", 0},
        {"config", 0, "kind", "map", 17},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes b;
        bytes_init(&b);
        (void)frame_header_text(&b, "other", "x");
        if (rows[i].key != NULL)
            (void)frame_header_text(&b, rows[i].key, rows[i].value);
        is_int(
            initial_of(&rule, rows[i].name, rows[i].member, span_of(bytes_at(&b), bytes_len(&b))),
            rows[i].bits, "%s/%u %s=%s", rows[i].name == NULL ? "a client" : rows[i].name,
            rows[i].member, rows[i].key == NULL ? "" : rows[i].key,
            rows[i].value == NULL ? "" : rows[i].value);
        bytes_release(&b);
    }
    char text[200];
    is_str(initial_text(&rule, 1 | 16, text, sizeof(text)),
           "config, a message with the header kind=map", "in words");
    is_int(initial_all(&rule), 31, "all of them");
    is_int(initial_all(&(struct initial_rule){NULL, 0, NULL, 0}), 0, "none");
}

static struct initial in;

static struct initial_kept *message(const char *body)
{
    const struct letter l = {
        .id = 1, .attempt = 2, .blame = 1, .solo = true, .body = span_of(body, strlen(body))};
    return initial_keep(&l);
}

static void handles(struct initial_member *m, uint32_t bits, bool own, const char *body)
{
    struct initial_kept *k = message(body);
    initial_handled(&in, m, bits, own, k);
    initial_drop(k);
}

/* What a process is given, as text; handled: it handles that. */
static const char *given(struct initial_member *m, bool handled)
{
    static char text[100];
    uint32_t bits = 0;
    struct initial_kept *k;

    text[0] = '\0';
    while ((k = initial_due(&in, m, &bits)) != NULL) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof(text) - n, "%.*s:%u ", (int)k->l.body.len,
                       (const char *)k->l.body.data, bits);
        if (handled)
            initial_handled(&in, m, bits, false, k);
    }
    return text;
}

static void processes(void)
{
    struct initial_member a = {.done = 0}, b = {.done = 0};

    initial_begin(&a);
    is_int(initial_lacks(&rule, &a), 31, "a new process has handled nothing");
    is_str(given(&a, true), "", "and there is nothing for it");
    handles(&a, 2, false, "b1");
    handles(&a, 1 | 8, false, "c1");
    is_int(initial_lacks(&rule, &a), 4 | 16, "entries that are left");
    is_str(given(&a, true), "", "what it has handled itself it does not get again");
    handles(&a, 4 | 16, false, "k1");
    is_int(initial_lacks(&rule, &a), 0, "it may be given all");

    is_str(given(&b, false), "b1:2 c1:9 k1:20 ", "another gets all, in the order of handling");
    is_int(initial_lacks(&rule, &b), 31, "which is not to have handled it");
    initial_begin(&b);
    is_str(given(&b, true), "b1:2 c1:9 k1:20 ", "its next process gets it again");
    is_int(initial_lacks(&rule, &b), 0, "and has handled it");

    handles(&b, 1, false, "c2");
    is_str(given(&a, true), "c2:1 ", "what is new is for those that run, too");
    initial_begin(&a);
    is_str(given(&a, true), "b1:2 c1:8 k1:20 c2:1 ", "of each entry the last");

    handles(&b, 1, true, "own");
    is_str(given(&a, true), "", "what was for one member alone is not for others");
    initial_begin(&b);
    is_str(given(&b, true), "b1:2 c1:8 k1:20 own:1 ", "but for its own next process");
    handles(&a, 1, false, "c3");
    is_str(given(&b, true), "c3:1 ", "until there is something later for all");
    initial_begin(&b);
    is_str(given(&b, true), "b1:2 c1:8 k1:20 c3:1 ", "which stays");

    uint32_t bits = 0;
    initial_begin(&b);
    const struct initial_kept *k = initial_due(&in, &b, &bits);
    is_int(k->l.attempt * 10 + k->l.blame, 10, "what was handled has not failed so far");
    initial_forget(&in, &b, k);
    initial_begin(&b);
    is_str(given(&b, true), "c1:8 k1:20 c3:1 ", "one that is dead is not given again");
    is_int(initial_lacks(&rule, &b), 2, "and another is waited for");

    struct initial_member c = {.done = 4 | 16};
    char *now_from[] = {texts[2], texts[5]}, *new_headers[] = {texts[3]};
    const struct initial_rule now = {now_from, 2, new_headers, 1};
    initial_renamed(&in, &rule, &now);
    initial_member_renamed(&a, &rule, &now);
    initial_member_renamed(&b, &rule, &now);
    is_str(given(&a, true), "", "other entries: a process goes on as it is");
    is_int(initial_lacks(&now, &a), 0, "which counts as one that has all");
    initial_member_renamed(&c, &rule, &now);
    is_int(initial_lacks(&now, &c), 4,
           "and one that lacked some lacks those that stayed, no others");
    initial_begin(&a);
    is_str(given(&a, true), "c1:4 k1:1 ", "a new one gets what there is of those that stayed");
    is_int(initial_lacks(&now, &a), 2, "and lacks the others");
    initial_leave(&a);
    initial_leave(&b);
    initial_release(&in);
    initial_begin(&a);
    is_str(given(&a, false), "", "all forgotten");
}

int main(void)
{
    entries();
    processes();
    return done();
}
