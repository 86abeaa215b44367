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
