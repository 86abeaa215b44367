bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# Mail of `keep: disk` through deaths at random moments. Each test prints its seed; FAULT_SEED=N runs
# it again the same way.

seed() {
    RANDOM=${FAULT_SEED:=$((EPOCHSECONDS % 32768))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
}

# a hands on what it gets; b writes it down before it says so.
make_system() {
    script pass <<'SH'
#!/bin/bash
while IFS= read -r line; do echo "$line"; done
SH
    script note <<'SH'
#!/bin/bash
while IFS= read -r line; do
    echo "$line" >>out
    echo
done
SH
    topology <<'YAML'
defaults: {stop: {grace: 100ms}}
actors:
  a: {run: ./pass, ack: line, to: b, mailbox: {keep: disk, messages: 200}}
  b: {run: ./note, ack: line, to: end, mailbox: {keep: disk, messages: 200}}
  end: {shell: "exec cat >/dev/null"}
YAML
    : >out
}

send_one() {
    local status=0
    seq -f "r$1-%.0f" 1 "$2" | "$BUILD_BIN/actorsend" a 2>"sent.$1" || status=$?
    echo "$status" >"status.$1"
}
# Four senders, each with lines of its own; their reports go to sent.ROUND.N.
send_all() {
    local n
    SENDERS=()
    for n in 1 2 3 4; do
        send_one "$1.$n" "$2" 3>&- &
        SENDERS+=($!)
    done
}
# Of all rounds: SENDER:ACCEPTED, by what each was told.
accepted() {
    local round n
    for round in $(seq 1 "$1"); do
        for n in 1 2 3 4; do
            if [ "$(cat "status.$round.$n")" = 0 ]; then
                echo "r$round.$n:$2"
            else
                echo "r$round.$n:$(sed -n 's/.*accepted \([0-9]*\) of.*/\1/p' "sent.$round.$n" | grep . || echo 0)"
            fi
        done
    done
}
all_idle() { idle a && idle b; }
kill_some() {
    local sup guardian
    sup=$(supervisor_pid)
    guardian=$(ps -o ppid= -p "$sup" | tr -d ' ')
    case $((RANDOM % 3)) in
    0) kill -KILL "$sup" ;;
    1) kill -KILL "$guardian" ;;
    2) kill -KILL "$sup" "$guardian" ;;
    esac
    wait "${SENDERS[@]}" || true
}

# storm ROUNDS: senders, a death in the middle, and the next `up`.
storm() {
    local round lines
    for round in $(seq 1 "$1"); do
        up_system
        lines=$(wc -l <out)
        send_all "$round" 3000
        wait_until 20 file_lines out $((lines + RANDOM % 2000))
        kill_some
        wait_until 20 no_test_processes || actorsup up -d
    done
    up_system || true
    wait_until 60 all_idle
    balanced
    # shellcheck disable=SC2046
    "$PYTHON3" "$SOURCE_DIR/tests/fault/kept.py" out $(accepted "$1" 3000)
}

@test "SIGKILL of supervisor, guardian or both: what was accepted is handled, in order" {
    seed
    make_system
    storm 4
}

@test "writes that were never synced are lost: what was accepted is handled all the same" {
    sanitized && skip 'a library cannot be preloaded before the sanitizers'
    seed
    make_system
    export LD_PRELOAD=$BUILD_DIR/tests/fault/unsynced.so
    storm 4
}

@test "and where some of their sectors got to the disk, and others did not" {
    sanitized && skip 'a library cannot be preloaded before the sanitizers'
    seed
    make_system
    export LD_PRELOAD=$BUILD_DIR/tests/fault/unsynced.so UNSYNCED_TORN=$FAULT_SEED
    storm 4
}

# syncs_fail, syncs_work: from now on.
syncs_fail() { touch fail; }
syncs_work() { rm -f fail; }
# It was told so often that mail could not be written, or that no file for it could be made.
told() { [ "$(actorsup events --json | grep -c '"mail.disk_failed"\|"mail.disk_full"')" -ge "$1" ]; }
# Of those that failed, each says so.
all_said() {
    local n failed=0
    for n in 1 2 3 4; do
        [ "$(cat "status.$1.$n")" = 0 ] && continue
        file_has "sent.$1.$n" 'accepted [0-9]* of.*: .*Input/output error' || return 1
        failed=$((failed + 1))
    done
    [ "$failed" -gt 0 ]
}

@test "a sync that fails: the send fails with the reason, and what was accepted is handled, also after SIGKILL" {
    sanitized && skip 'a library cannot be preloaded before the sanitizers'
    seed
    topology <<'YAML'
actors:
  a: {shell: "exec cat >>out", mailbox: {keep: disk, messages: 10000000, bytes: 1GiB}}
YAML
    : >out
    export LD_PRELOAD=$BUILD_DIR/tests/fault/unsynced.so UNSYNCED_FAIL=$PWD/fail
    up_system
    actorsup stop a # what is accepted stands on the disk alone
    local round
    for round in 1 2 3; do
        send_all "$round" 100000000
        wait_until 20 accepts_more "$(audit_get a accepted)" $((RANDOM % 2000))
        syncs_fail
        wait "${SENDERS[@]}" || true
        all_said "$round"
        wait_until 10 told "$round"
        # A send fails at once, and not only those that were under way.
        run -1 within 20 actorsend a "none$round-1"
        assert_output --partial 'Input/output error'
        run -0 actorsup ps
        balanced
        syncs_work
        wait_until 20 actorsend a "again$round-1"
    done
    # The end in the middle of a failure, and without one.
    send_all 4 100000000
    wait_until 20 accepts_more "$(audit_get a accepted)" $((RANDOM % 2000))
    [ $((RANDOM % 2)) = 0 ] || syncs_fail
    kill_some
    wait_until 20 no_test_processes || actorsup up -d
    syncs_work
    up_system || true
    wait_until 60 all_written
    balanced
    # shellcheck disable=SC2046
    "$PYTHON3" "$SOURCE_DIR/tests/fault/kept.py" out $(accepted 4 100000000) again{1,2,3}:1 none{1,2,3}:0
}
all_written() { idle a && [ "$(wc -l <out)" = "$(audit_get a handled)" ]; }
accepts_more() { [ $(($(audit_get a accepted) - $1)) -gt "$2" ]; } # than there were before
