bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions
load ../cli/users

# No more processes: the supervisor's own limit is taken away while it runs, as an ordinary user, at
# moments that hang on a seed that is printed; FAULT_SEED=N runs it again the same way.

seed() {
    RANDOM=${FAULT_SEED:=$((EPOCHSECONDS % 32768))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
}
setup() {
    common_setup
    command -v prlimit >/dev/null || skip "there is no prlimit"
    setup_other
}
teardown() {
    actorsup down >/dev/null 2>&1 || true # by who started it
    common_teardown
}
actorsup() { as_other "$BUILD_BIN/actorsup" "$@"; }
actorsend() { as_other "$BUILD_BIN/actorsend" "$@"; }
field() { as_other "$BUILD_DIR/tests/cli/field" "$@"; }
# The user has more processes than one: from now on the supervisor can start none.
no_processes() { as_other prlimit --pid "$(supervisor_pid)" --nproc=1:; }
processes_again() { as_other prlimit --pid "$(supervisor_pid)" --nproc="$(prlimit --nproc --output HARD --noheadings | tr -d ' '):"; }
reason_has() { [[ "$(ps_get "$1" reason)" == *"$2"* ]]; }
tried() { [ "$(log_count "$1" actor.start_failed)" -ge "$2" ]; }

make_system() {
    topology <<'YAML'
defaults: {backoff: {min: 1ms, max: 50ms}}
actors:
  # Its first message is written to the disk when no thread can be made either.
  a: {run: cat, to: b, mailbox: {keep: disk}, limit: {restarts: 2, within: 1h}}
  b: {shell: "exec cat >>out", ack: read, pool: 2, limit: {restarts: 2, within: 1h}}
  once: {shell: "cat >>once; echo >>once", speaks: once}
  never: {run: sleep 1000, speaks: none, restart: never}
  c: {run: sleep 1000, speaks: none}
  d: {run: sleep 1000, speaks: none}
groups: {g: {strategy: one-for-all, members: [c, d], limit: {restarts: 2, within: 1h}}}
YAML
    up_system
}

@test "no process can be started: backoff with the reason, uncounted, and all comes up when there is room" {
    seed
    make_system
    no_processes
    # `restart` is by hand, so that also what is never restarted has to be started.
    local all=(a b c once never) name sent=0 n
    for name in $(shuf -e "${all[@]}" --random-source=<(yes "$FAULT_SEED")); do
        [ "$name" = once ] || actorsup restart "$name"
        n=$((RANDOM % 50 + 1))
        seq -f "%.0f" $((sent + 1)) $((sent + n)) | actorsend a
        actorsend once "$n"
        sent=$((sent + n))
    done
    # More often than their limits would allow.
    for name in a b never c; do
        wait_until 20 tried "$name" 5
        wait_until 10 reason_has "$name" "no process for"
        wait_until 10 state_is "$name" backoff
    done
    assert_regex "$(ps_get never reason)" 'left; no process for /.*sleep: there are as many as are allowed \(ulimit -u'
    wait_until 10 log_has once 'once.unstarted .*no process for'
    # A check of the books, and a call by hand, need no process.
    balanced
    run -0 actorsup start a
    processes_again
    for name in a b never c d; do wait_until 20 state_is "$name" ready; done
    wait_until 20 idle b
    wait_until 20 idle once
    balanced
    assert_equal "$(sort -n out)" "$(seq "$sent")"
    assert_equal "$(wc -l <once)" 5
    # And once more they are there in full: their limits were not used up.
    for n in 1 2; do
        pid=$(pid_of a)
        actorsup kill a
        wait_until 20 differs "$pid" pid_of a
        wait_until 20 state_is a ready
    done
    run -0 actorsup down
}

@test "down while no process can be started leaves nothing" {
    seed
    make_system
    local name
    no_processes
    for name in a c; do
        [ $((RANDOM % 2)) = 0 ] || actorsup restart "$name"
        [ $((RANDOM % 2)) = 0 ] || actorsup kill "$name" || true # it may be gone by then
    done
    actorsend a message
    run -0 actorsup ps
    run -0 actorsup down
    assert_output --partial "t is down"
    no_test_processes
}
