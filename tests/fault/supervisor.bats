bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# Ends of the supervisor at random instants, its start included. Each test prints its seed;
# FAULT_SEED=N runs it again the same way, FAULT_ROUNDS=N more often (`make faults`: 200).

seed() {
    RANDOM=${FAULT_SEED:=$((EPOCHSECONDS % 32768))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
}
rounds() { seq "${FAULT_ROUNDS:-$1}"; }

make_system() {
    topology <<'YAML'
actors:
  a: {run: cat, to: b, pool: 2}
  b: {shell: "exec cat >>out"}
  # Daemons of its own, that ignore TERM.
  d: {shell: "(setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' &) ; exec cat", speaks: none}
YAML
}
# Another supervisor than BEFORE has written down its pid; that of the one before may just have gone.
is_begun() {
    local pid
    pid=$(supervisor_pid 2>/dev/null) && [ -n "$pid" ] && [ "$pid" != "$1" ]
}
# Holds the lock: shown by who else could take it.
is_free() { flock -n "$T/run/actorsup/t/lock" true; }

@test "SIGKILL of the supervisor at random instants: nothing is left, and the next takes over" {
    seed
    make_system
    local round pid before=
    for round in $(rounds 6); do
        (exec actorsup up >/dev/null 2>&1 3>&-) &
        BACKGROUND+=("$!")
        UP=$!
        wait_until 20 is_begun "$before"
        pid=$(supervisor_pid)
        before=$pid
        # From the middle of its start to well after it.
        sleep "0.0$((RANDOM % 9))"
        # Another `up` meanwhile never is a second one.
        if [ $((RANDOM % 3)) = 0 ]; then
            run -1 actorsup up -d
            assert_output --partial "running already"
        fi
        kill -KILL "$pid"
        wait_until 20 gone "$UP"
        wait_until 20 no_test_processes
        wait_until 5 is_free
    done
    up_system
    assert [ "$(supervisor_pid)" != "$before" ]
    actorsend a after
    wait_until 10 idle b
    actorsup down
    refute [ -e "$T/run/actorsup/t/sock" ]
    refute [ -e "$T/run/actorsup/t/pid" ]
}

@test "a stop of the supervisor while it is starting leaves nothing" {
    seed
    make_system
    local round
    for round in $(rounds 6); do
        rm -rf "$T/run/actorsup"
        (exec actorsup up >/dev/null 2>&1 3>&-) &
        UP=$!
        BACKGROUND+=("$UP")
        case $((RANDOM % 3)) in
        0) wait_until 20 test -e "$T/run/actorsup/t/lock" ;;
        1) wait_until 20 test -S "$T/run/actorsup/t/sock" ;;
        2) wait_until 20 test -e "$T/run/actorsup/t/pid" ;;
        esac
        kill -TERM "$UP"
        wait_until 20 gone "$UP"
        wait_until 20 no_test_processes
    done
}
