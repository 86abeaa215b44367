/* What one of several members that share a mailbox may hold unread. */
#include "speak/linewindow.h"

#include "tap.h"

static void test_messages(void)
{
    struct line_window w;

    line_window_init(&w);
    is_int(w.messages, 1, "one message at first");
    line_window_given(&w, 100, 1000);
    ok(line_window_drained(&w, 1500), "read within a millisecond: quick");
    is_int(w.messages, 2, "twice as many");
    line_window_given(&w, 200, 2000);
    ok(!line_window_drained(&w, 4000), "after two: not quick");
    is_int(w.messages, 1, "half as many");
    line_window_given(&w, 200, 5000);
    (void)line_window_drained(&w, 9000);
    is_int(w.messages, 1, "never none");
    for (int i = 0; i < 100; i++)
        (void)line_window_drained(&w, 5000);
    is_int(w.messages, 1024, "never more than 1,024");
}

static void test_bytes(void)
{
    struct line_window w;

    line_window_init(&w);
    line_window_given(&w, 16000, 0);
    is_int(line_window_look(&w, 12000, 16000, 200), WINDOW_WIDEN, "the whole in 0.8 ms: wider");
    is_int(line_window_look(&w, 12000, 16000, 1000), WINDOW_KEEP, "in 4 ms: as it is");
    is_int(line_window_look(&w, 12000, 16000, 3000), WINDOW_NARROW, "in 12 ms: narrower");
    is_int(line_window_look(&w, 0, 16000, 900), WINDOW_WIDEN, "all of it in 0.9 ms: wider");
    is_int(line_window_look(&w, 16000, 16000, 99000), WINDOW_KEEP, "nothing read: nothing known");
}

int main(void)
{
    test_messages();
    test_bytes();
    return done();
}
