/* Where processes begin: spread, then by load. */
#include "model/place.h"
#include "tap.h"

static int place(const struct place_host *h, int n)
{
    int best = 0;

    for (int i = 1; i < n; i++)
        if (place_better(&h[i], &h[best]))
            best = i;
    return h[best].fits ? best : -1;
}

int main(void)
{
    struct place_host h[4] = {{true, 0, 0, 0}, {true, 0, 0, 0}, {false, 0, 0, 0}, {true, 0, 0, 4}};
    int counts[4] = {0};

    is_int(place(h, 4), 0, "of equals the first");
    for (int i = 0; i < 12; i++) {
        int at = place(h, 4);
        counts[at]++;
        h[at].own++;
        h[at].all++;
    }
    ok(counts[0] == 4 && counts[1] == 4 && counts[2] == 0 && counts[3] == 4,
       "a pool is spread evenly over those that fit");
    for (int i = 0; i < 4; i++)
        h[i].own = 0;
    for (int i = 0; i < 6; i++)
        h[place(h, 4)].all++;
    is_int(h[3].all, 10, "others go where there are fewest for each processor");
    h[0].fits = h[1].fits = h[3].fits = false;
    is_int(place(h, 4), -1, "none fits");
    return done();
}
