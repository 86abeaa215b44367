#include "cmd/sendask.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static struct sendask *asks;

static void ask(const char *want)
{
    char buf[SENDASK_TAG_MAX];
    struct span tag = sendask_sent(asks, 0, buf);
    is_mem(tag.data, tag.len, want, strlen(want), "the tag of an ask is its number: %s", want);
}

static void answer(const char *tag, const char *body, int64_t now)
{
    struct frame f = {
        .kind = FRAME_DELIVER,
        .type = MSG_REPLY,
        .tag = span_of(tag, strlen(tag)),
        .body = span_of(body, strlen(body)),
    };
    is_int(sendask_answer(asks, &f, now), 0, "an answer to %s", tag);
}

static void test_order(void)
{
    asks = sendask_new(false, '\n', 1000);
    ask("1");
    ask("2");
    ask("3");
    answer("3", "c", 1);
    is_int(sendask_answered(asks), 0, "nothing is printed out of turn");
    answer("1", "a", 1);
    is_int(sendask_answered(asks), 1, "the first in turn is");
    answer("1", "again", 1);
    answer("99", "of nobody", 1);
    answer("x", "no number", 1);
    is_int(sendask_answered(asks), 1, "what nobody waits for is left out");
    ok(sendask_pending(asks), "one is still to come");
    answer("2", "b", 1);
    is_int(sendask_answered(asks), 3, "and with it comes what waited for it");
    ok(!sendask_pending(asks), "then none is");
    sendask_free(asks);
}

static void test_window(void)
{
    char buf[SENDASK_TAG_MAX];
    unsigned n = 0;
    asks = sendask_new(false, '\n', 1000);
    while (sendask_room(asks)) {
        sendask_sent(asks, 0, buf);
        n++;
    }
    ok(n > 1 && n < SENDASK_MAX, "it begins with few: %u", n);
    char tag[SENDASK_TAG_MAX];
    for (unsigned i = 1; i <= n; i++) {
        snprintf(tag, sizeof tag, "%u", i);
        answer(tag, "x", 900);
    }
    unsigned slow = 0;
    for (; sendask_room(asks); slow++)
        sendask_sent(asks, 0, buf);
    is_int(slow, 1, "slow answers leave one in flight");
    sendask_free(asks);
}

int main(void)
{
    test_order();
    test_window();
    return done();
}
