#include "io/procowner.h"
#include "tap.h"

static long strays_of_7(void *arg, const struct proc *p)
{
    int *asked = arg;
    (*asked)++;
    return p->pid == 70 ? 7 : PROCOWNER_NONE;
}

static const struct procowner known[] = {{20, 0}, {30, 1}};

static void test_owners(void)
{
    struct proc list[] = {
        {.pid = 1, .parent = 0},   {.pid = 9, .parent = 1},   {.pid = 20, .parent = 9},
        {.pid = 21, .parent = 20}, {.pid = 22, .parent = 21}, {.pid = 30, .parent = 20},
        {.pid = 31, .parent = 30}, {.pid = 50, .parent = 1},  {.pid = 51, .parent = 50},
        {.pid = 70, .parent = 9},  {.pid = 71, .parent = 70}, {.pid = 80, .parent = 9},
        {.pid = 90, .parent = 77}};
    struct proctable t = {.list = list, .n = sizeof list / sizeof list[0]};
    int asked = 0;
    struct procowner_rules rules = {
        .supervisor = 9, .known = known, .n_known = 2, .stray = strays_of_7, .arg = &asked};
    long owner[sizeof list / sizeof list[0]];
    static const long want[] = {-1, -1, 0, 0, 0, 1, 1, -1, -1, 7, 7, -1, -1};
    procowner_find(&t, &rules, owner);
    for (size_t i = 0; i < t.n; i++)
        is_int(owner[i], want[i], "the owner of %d", (int)list[i].pid);
    is_int(asked, 2, "only children of the supervisor that are not known are asked about");
}

static void test_spent(void)
{
    /* 20 has a child 21 that ends and is waited for; 30 is replaced by another of the same pid. */
    struct proc then[] = {{.pid = 9, .parent = 1, .start = 1, .cpu = 100},
                          {.pid = 20, .parent = 9, .start = 2, .cpu = 10, .waited = 5},
                          {.pid = 21, .parent = 20, .start = 3, .cpu = 40},
                          {.pid = 30, .parent = 9, .start = 4, .cpu = 900},
                          {.pid = 70, .parent = 9, .start = 5, .cpu = 50}};
    struct proc later[] = {{.pid = 9, .parent = 1, .start = 1, .cpu = 101, .waited = 950},
                           {.pid = 20, .parent = 9, .start = 2, .cpu = 11, .waited = 48},
                           {.pid = 30, .parent = 9, .start = 8, .cpu = 6}};
    struct proctable before = {.list = then, .n = 5}, now = {.list = later, .n = 3};
    static const long owner[] = {-1, 0, 1};
    int64_t ticks[3] = {0};
    procowner_spent(&before, &now, owner, ticks, 3);
    is_int(ticks[0], 4, "1 of its own, and 3 of the child since it was seen");
    is_int(ticks[1], 6, "all of a process that has begun since");
    is_int(ticks[2], 0, "one whose processes are gone");
}

static void test_sorted(void)
{
    struct procowner list[] = {{30, 1}, {7, 2}, {20, 0}};
    struct procowner_rules rules = {.known = list, .n_known = 3};
    procowner_sort(list, 3);
    procowner_sort(NULL, 0);
    is_int(procowner_of(&rules, 7), 2, "found by its process, wherever it stood");
    is_int(procowner_of(&rules, 30), 1, "each");
    is_int(procowner_of(&rules, 8), PROCOWNER_NONE, "one that nobody owns");
}

int main(void)
{
    test_owners();
    test_spent();
    test_sorted();
    return done();
}
