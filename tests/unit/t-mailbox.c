#include "base/err.h"
#include "model/mailbox.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static void put(struct mailbox *m, uint64_t id, size_t len)
{
    char *body = calloc(1, len + 1);
    struct letter l = {.id = id, .type = MSG_TELL, .body = span_of(body, len)};

    memset(body, 'a' + (int)(id % 26), len);
    if (mailbox_put(m, &l) != 0)
        bail_out("no memory");
    free(body);
}

static struct mail_run take(struct mailbox *m, uint64_t max)
{
    struct mail_run run;

    if (!mailbox_take(m, max, 1 << 30, &run))
        bail_out("nothing to take");
    return run;
}

static void test_run(void)
{
    struct mailbox *m = mailbox_new(100, 1000, '\n');
    struct letter l;
    struct mail_run run;

    ok(!mailbox_take(m, 9, 9, &run) && !mailbox_peek(m, &l), "a new mailbox is empty");
    for (uint64_t id = 1; id <= 5; id++)
        put(m, id, (size_t)id);
    is_int(mailbox_bytes(m), 15, "bodies are counted");
    run = take(m, 4);
    is_int(run.count, 4, "a run of neighbours");
    struct span s = mail_run_bytes(&run, 0, 4);
    is_mem(s.data, s.len, "b\ncc\nddd\neeee\n", 14, "is one run of bytes, with delimiters");
    s = mail_run_bytes(&run, 1, 2);
    is_mem(s.data, s.len, "cc\nddd\n", 7, "and so is a part of it");
    is_int(mail_run_within(&run, 0, 0), 0, "nothing ends within no bytes");
    is_int(mail_run_within(&run, 0, 4), 1, "a half message does not count");
    is_int(mail_run_within(&run, 0, 5), 2, "a whole one does");
    is_int(mail_run_within(&run, 1, 100), 3, "from the second on");
    is_int(mail_run_find(&run, 3), 2, "found by id");
    is_int(mail_run_find(&run, 5), -1, "not in the run");
    is_int(mail_run_done(&run, 1, 2), 2, "two are handled");
    is_int(mail_run_done(&run, 1, 3), 1, "those done before are passed over");
    mail_run_return(&run, 0, (struct mail_change){.again = true, .blame = true, .solo = true});
    is_int(mailbox_queued(m), 2, "one came back");
    run = take(m, 9);
    mail_run_letter(&run, 0, &l);
    ok(run.count == 1 && l.id == 1 && l.attempt == 2 && l.blame == 1 && l.solo,
       "it comes first and alone, with a higher attempt");
    mailbox_free(m);
}

struct parting {
    struct mailbox *stays, *goes;
    uint64_t lost; /* there is no memory for it */
};

static struct mailbox *even_goes(void *arg, const struct letter *l)
{
    const struct parting *p = arg;

    return l->id == p->lost ? NULL : l->id % 2 == 0 ? p->goes : p->stays;
}

static void test_part(void)
{
    struct mailbox *m = mailbox_new(100, 1 << 20, '\n'), *other = mailbox_new(1, 1, '\n');
    struct parting p = {m, other, 0};
    struct letter l;

    for (uint64_t id = 1; id <= 12; id++)
        put(m, id, 3000);
    struct mail_run held = take(m, 1), second = take(m, 1);
    ok(mailbox_part(m, even_goes, &p), "a mailbox is parted");
    is_int(mailbox_queued(m) * 100 + mailbox_queued(other), 505, "each has what belongs to it");
    is_int(mailbox_held(m), 2, "what is held stays");
    is_int(mailbox_bytes(m) + mailbox_bytes(other), 12 * 3000, "bytes go along");
    mail_run_return(&second, 0, (struct mail_change){.again = true});
    mail_run_return(&held, 0, (struct mail_change){.again = true});
    (void)mailbox_part(m, even_goes, &p);
    for (uint64_t id = 1; id <= 11; id += 2) {
        if (!mailbox_drop_front(m, &l) || l.id != id)
            break;
        if (id == 11)
            ok(mailbox_queued(m) == 0, "those that stay are in order, what came back first");
    }
    uint64_t ids = 0;
    while (mailbox_drop_front(other, &l))
        ids = ids * 100 + l.id;
    is_int(ids, 40608101202, "those that go as they came");
    for (uint64_t id = 1; id <= 6; id++)
        put(m, id, 5000);
    p.lost = 4;
    ok(!mailbox_part(m, even_goes, &p), "without memory");
    is_int(mailbox_queued(m) * 100 + mailbox_queued(other), 501, "the rest stays");
    mailbox_free(m);
    mailbox_free(other);
}

static void test_bounds(void)
{
    struct mailbox *m = mailbox_new(3, 10, '\n');
    uint64_t lines = 0;

    ok(mailbox_fits(m, 1000), "an empty mailbox takes any");
    put(m, 1, 8);
    ok(mailbox_fits(m, 2) && !mailbox_fits(m, 3), "bytes are bounded");
    is_int(mailbox_put_lines(m, "a\nb\nc\n", 6, '\n', 0, 2, 0, &lines), 4, "lines up to the bound");
    is_int(lines, 2, "two of them");
    ok(!mailbox_fits(m, 0), "messages are bounded");
    mailbox_bound(m, 9, 100);
    is_int(mailbox_put_lines(m, "no end", 6, '\n', 0, 4, 0, &lines), 0, "a line without its end");
    is_int(mailbox_put_lines(m, "x\0\n\0", 4, '\0', 0, 4, 0, &lines), 4, "another delimiter");
    struct mail_run run = take(m, 9);
    struct span s = mail_run_bytes(&run, 3, 2);
    is_mem(s.data, s.len, "x\n\n\n", 4, "becomes that of the mailbox");
    mailbox_free(m);
}

static void test_drop(void)
{
    struct mailbox *m = mailbox_new(100, 1000, '\n');
    struct letter l;
    uint32_t when = 9;

    put(m, 1, 3);
    put(m, 2, 3);
    ok(mailbox_drop_front(m, &l) && l.id == 1 && memcmp(l.body.data, "bbb", 3) == 0,
       "the front message is dropped");
    ok(mailbox_drop_front(m, &l) && l.id == 2 && memcmp(l.body.data, "ccc", 3) == 0,
       "the last one too, and can be looked at");
    ok(!mailbox_drop_front(m, &l), "nothing is left");
    ok(!mailbox_oldest(m, &when) && when == 9, "so nothing is the oldest");
    is_int(mailbox_bytes(m), 0, "no bytes are");
    mailbox_free(m);
}

static void test_large(void)
{
    struct mailbox *m = mailbox_new(100, UINT64_C(1) << 40, '\n');
    char *body = calloc(1, FRAME_BODY_MAX + 1);
    struct letter l = {.id = 1, .type = MSG_TELL, .body = span_of(body, FRAME_BODY_MAX)};

    is_int(mailbox_put(m, &l), 0, "16 MiB");
    l.body.len++;
    is_int(mailbox_put(m, &l), ERR_TOO_LARGE, "and no more");
    struct mail_run run = take(m, 1);
    (void)mail_run_done(&run, 0, 1);
    is_int(mailbox_memory(m), 0, "memory is given back");
    free(body);
    mailbox_free(m);
}

/* The last segment goes while messages of the one before are held; the next small message finds
 * place there, in front of a cursor that stands nowhere. */
static void test_behind_held(void)
{
    struct mailbox *m = mailbox_new(1000, UINT64_C(1) << 40, '\n');
    struct letter l;

    put(m, 1, 3000);
    put(m, 2, 60000);
    struct mail_run first = take(m, 1), second = take(m, 1);
    (void)mail_run_done(&second, 0, 1);
    put(m, 3, 10);
    ok(mailbox_peek(m, &l) && l.id == 3, "a message behind held ones is found");
    struct mail_run third = take(m, 1);
    is_int(mail_run_done(&third, 0, 1), 1, "and handled");
    (void)mail_run_done(&first, 0, 1);
    is_int(mailbox_queued(m) + mailbox_held(m), 0, "nothing is left");
    mailbox_free(m);
}

/* Ids that ascend and ids that do not, each against a look at all. */
static void test_successive(void)
{
    static const uint64_t ascend[] = {1, 2, 3, 5, 6, 9, 11, 12}, mixed[] = {1, 2, 9, 3, 4, 2, 3, 7};
    const uint64_t *const all[] = {ascend, mixed};

    for (size_t k = 0; k < 2; k++) {
        struct mailbox *m = mailbox_new(100, 1000, '\n');
        bool right = true;
        uint64_t id = 0;
        for (size_t i = 0; i < 8; i++)
            put(m, all[k][i], 1);
        struct mail_run run = take(m, 9);
        for (uint32_t i = 0; i < 8; i++) {
            uint32_t n = 1;
            while (i + n < 8 && all[k][i + n] == all[k][i] + n)
                n++;
            right = right && mail_run_successive(&run, i, &id) == n && id == all[k][i];
        }
        ok(right, "how many ids follow one another, %s", k == 0 ? "ascending" : "mixed");
        (void)mail_run_done(&run, 0, 8);
        mailbox_free(m);
    }
}

static void test_ids(void)
{
    struct mailbox *m = mailbox_new(1000, 1 << 20, '\n');
    struct mail_run run;
    struct letter l;

    for (uint64_t id = 1; id <= 6; id++)
        put(m, id, id == 4 ? 100000 : 10); /* a segment of its own */
    ok(!mailbox_take_ids(m, 7, 100, &run), "none of these ids");
    ok(mailbox_take_ids(m, 2, 4, &run) && run.count == 2, "neighbours of one segment");
    mail_run_letter(&run, 0, &l);
    is_int(l.id, 2, "the first of them");
    uint32_t more = 0;
    while (mailbox_take_ids(m, 2, 4, &run))
        more += run.count;
    is_int(more, 2, "then those in the next, each once");
    is_int(mailbox_queued(m), 2, "the others stay");
    is_int(mailbox_held(m), 4, "and those are held");
    run = take(m, 9);
    mail_run_letter(&run, 0, &l);
    ok(l.id == 1 && run.count == 1, "what is left comes in order");
    run = take(m, 9);
    mail_run_letter(&run, 0, &l);
    is_int(l.id, 6, "to its end");
    mailbox_free(m);
}

int main(void)
{
    test_run();
    test_part();
    test_bounds();
    test_drop();
    test_large();
    test_behind_held();
    test_successive();
    test_ids();
    return done();
}
