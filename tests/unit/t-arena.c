#include "base/arena.h"
#include "tap.h"

#include <stdint.h>
#include <string.h>

static void test_alloc(void)
{
    struct arena a;
    unsigned char *p[300];
    bool zero = true, aligned = true, kept = true;

    arena_init(&a);
    for (size_t i = 0; i < 300; i++) {
        size_t n = i * 37 % 9000 + 1;
        p[i] = arena_alloc(&a, n);
        aligned = aligned && (uintptr_t)p[i] % _Alignof(max_align_t) == 0;
        zero = zero && p[i][0] == 0 && p[i][n - 1] == 0;
        memset(p[i], (int)(i % 250) + 1, n);
    }
    for (size_t i = 0; i < 300; i++) {
        size_t n = i * 37 % 9000 + 1;
        kept = kept && p[i][0] == i % 250 + 1 && p[i][n - 1] == i % 250 + 1;
    }
    ok(aligned, "aligned for anything");
    ok(zero, "zeroed");
    ok(kept, "no two overlap, small or large");
    ok(arena_alloc(&a, SIZE_MAX) == NULL, "too much is refused");
    arena_release(&a);
    is_str(arena_text(&a, "abcdef", 3), "abc", "a text is copied, and usable after release");
    is_str(arena_text(&a, "", 0), "", "an empty one too");
    arena_release(&a);
}

int main(void)
{
    test_alloc();
    return done();
}
