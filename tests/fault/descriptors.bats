bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# A supervisor that may have 64 descriptors, and more who want some of them than there are. Each test
# prints its seed; FAULT_SEED=N runs it again the same way.

seed() {
    RANDOM=${FAULT_SEED:=$((EPOCHSECONDS % 32768))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
}
make_system() {
    topology <<'YAML'
defaults: {backoff: {min: 1ms, max: 20ms}}
actors:
  a: {run: cat, to: b}
  b: {shell: "exec cat >>out", mailbox: {keep: disk}}
  c: {run: sleep 1000, speaks: none, restart: never}
YAML
    : >out
    (ulimit -n 64 && up_system)
}
# senders N: so many, each of which has sent one line and holds on until they may end: to open a pipe
# waits for who writes to it.
senders() {
    local n
    SENDERS=()
    rm -f end sent.*
    mkfifo end
    for n in $(seq "$1"); do
        {
            echo "$n"
            : <end
        } | "$BUILD_BIN/actorsend" a 2>"sent.$n" 3>&- &
        SENDERS+=("$!")
        BACKGROUND+=("$!")
    done
}
may_end() { exec {END}<>end; }
# How many have said something, or have had their line handled.
settled() { [ "$(($(wc -l <out) + $(find . -name 'sent.*' -size +0 | wc -l)))" -ge "$1" ]; }
# What each accepted sender sent has come, and nothing of the others.
all_came() {
    local n status
    : >accepted
    for n in $(seq "${#SENDERS[@]}"); do
        status=0
        wait "${SENDERS[n - 1]}" || status=$?
        if [ "$status" = 0 ]; then
            echo "$n" >>accepted
        else
            file_has "sent.$n" "no descriptors for more"
        fi
    done
    wait_until 10 file_lines out "$(wc -l <accepted)"
    sort -n out | diff accepted -
    assert [ -s accepted ]
    assert [ "$(wc -l <accepted)" -lt "${#SENDERS[@]}" ]
}

@test "more senders than descriptors: refused, the commands still get in, and nothing is lost" {
    seed
    make_system
    local n=$((RANDOM % 30 + 50)) pid name round
    senders "$n"
    wait_until 30 settled "$n"
    for round in 1 2 3; do
        run -0 actorsup ps
        assert_line --partial ready
        # What is started anew finds its descriptors as well.
        name=$(shuf -n 1 -e a b --random-source=<(yes "$RANDOM"))
        pid=$(pid_of "$name")
        actorsup kill "$name"
        wait_until 20 differs "$pid" pid_of "$name"
        wait_until 20 state_is "$name" ready
        run -0 actorsup restart c
        wait_until 20 state_is c ready
        run -1 actorsend a late
        assert_output --partial "no descriptors for more: try again later"
    done
    assert_equal "$(actorsup events | grep -c start_failed)" 0
    may_end
    all_came
    wait_until 10 idle b
    balanced
    # Afterwards it is as before.
    run -0 actorsend a again
    wait_until 10 file_has out again
    run -0 actorsup down
}

@test "more who wait than descriptors: refused; ps and down still get in" {
    seed
    make_system
    local n=$((RANDOM % 30 + 50)) waiters=() refused=0 i status
    for ((i = 0; i < n; i++)); do
        "$BUILD_BIN/actorsup" wait c 2>"said.$i" 3>&- &
        waiters+=("$!")
        BACKGROUND+=("$!")
    done
    wait_until 30 refused_some
    run -0 actorsup ps
    run -0 actorsup restart a
    run -1 actorsend a message
    run -0 actorsup down
    for ((i = 0; i < n; i++)); do
        status=0
        wait "${waiters[i]}" || status=$?
        assert [ "$status" != 0 ]
        if grep -q "no descriptors for more" "said.$i"; then
            refused=$((refused + 1))
        else
            file_has "said.$i" "stopped\|ended"
        fi
    done
    assert [ "$refused" -gt 0 ]
    assert [ "$refused" -lt "$n" ]
    no_test_processes
}
refused_some() { grep -l "no descriptors for more" said.* | grep -q .; }

@test "down while senders hold all descriptors leaves nothing" {
    seed
    make_system
    local n=$((RANDOM % 30 + 50))
    senders "$n"
    wait_until 30 settled "$n"
    run -0 actorsup down
    may_end
    wait "${SENDERS[@]}" || true
    no_test_processes
}
