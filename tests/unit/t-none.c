#include "tests/unit/fakehost.h"
#include "tests/unit/tap.h"

#include <string.h>

int main(void)
{
    static char lots[70001];
    struct policy_exit killed = {.started = true, .signal = 9};
    struct fake f;
    uint64_t n = 99;

    fake_init(&f);
    fake_open(&f, &speak_none, false);
    fake_pipes(&f);
    fake_write_str(&f, "one\ntw");
    is_str(fake_said(&f), "output text=one\n", "a line");
    fake_write_str(&f, "o\nthree\n\nfo");
    is_str(fake_said(&f), "output text=two\noutput text=three\noutput\n",
           "a line in pieces, and an empty one");
    memset(lots, 'x', 70000);
    fake_write_str(&f, lots);
    fake_write_str(&f, "\nlast");
    is_str(fake_said(&f), "output text=fo\noutput text=<65536>\noutput text=<4464>\n",
           "a line without end in pieces");
    f.sp->ops->mail(f.sp);
    f.sp->ops->end(f.sp);
    f.sp->ops->room(f.sp);
    ok(f.sp->ops->drain(f.sp, &killed, &n) && n == 0, "drained, and it has no mail");
    is_str(fake_said(&f), "output text=last\n", "no last line is lost");
    fake_close(&f);
    return done();
}
