bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# A clock of the day that jumps by a year, back and forth, each time it is looked at.

@test "restarts, time-outs, timers, logs and expiry do not heed the clock of the day" {
    command -v cc >/dev/null || skip "there is no C compiler"
    ! sanitized || skip "what is preloaded must come behind the sanitizer"
    cat >jump.c <<'C'
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static int n;
int clock_gettime(clockid_t c, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, c, t);
    if (rc == 0 && c == CLOCK_REALTIME)
        t->tv_sec += (n++ % 2 ? 1 : -1) * 365L * 86400;
    return rc;
}
time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return out != NULL ? *out = t.tv_sec : t.tv_sec;
}
C
    cc -shared -fPIC -o jump.so jump.c
    topology <<'YAML'
actors:
  a: {run: stdbuf -oL cat, ack: line, backoff: {min: 10ms, jitter: 0%}, mailbox: {expire: 1h}, log: {max: 4KiB}}
  late: {run: sleep 1000, speaks: json}
  stubborn: {shell: "trap '' TERM; echo up >&2; while :; do sleep 1000; done", speaks: none, ready: {log: up}, stop: {grace: 50ms}}
YAML
    export LD_PRELOAD=$PWD/jump.so
    up_system
    local pid
    pid=$(pid_of a)
    assert_equal "$(actorsend -a -t 20 a one)" one
    actorsup kill a
    wait_until 20 differs "$pid" pid_of a
    wait_until 20 state_is a ready
    assert_equal "$(actorsend -a -t 20 a two)" two
    # An ask that nobody answers ends in its time; a message that may wait an hour does not expire.
    run -1 actorsend -a -t 0.2 late question
    assert_equal "$(audit_get a dropped)" 0
    background "$BUILD_BIN/actorsup" logs -f a >followed
    for _ in 1 2 3 4 5; do
        actorsup restart a
        wait_until 20 state_is a ready
    done
    wait_until 20 file_has followed 'restarts=\|actor.start'
    run -0 actorsup events --json
    run -0 actorsup down # also of one that must be killed after its grace
    unset LD_PRELOAD
}
