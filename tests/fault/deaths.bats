bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# Deaths at random moments. Each test prints its seed; FAULT_SEED=N runs it again the same way.

seed() {
    RANDOM=${FAULT_SEED:=$((EPOCHSECONDS % 32768))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
}

# Filters under load, with children that ignore TERM and have sessions of their own.
make_system() {
    script stubborn <<'SH'
#!/bin/bash
trap '' TERM
(setsid sh -c 'trap "" TERM; echo $$ >>pids; exec sleep 1000' &)
exec cat
SH
    topology <<'YAML'
actors:
  a: {run: ./stubborn, to: b, pool: 3, stop: {grace: 100ms}}
  b: {shell: "exec cat >>out", stop: {grace: 100ms}}
  src: {shell: "exec yes x", to: a, stop: {grace: 100ms}}
YAML
}
pids_gone() {
    local pid
    for pid in $(cat pids); do
        gone "$pid" || return 1
    done
}

@test "SIGKILL of the supervisor, the guardian, or both, under load: nothing is left" {
    seed
    make_system
    local round sup guardian
    for round in 1 2 3 4; do
        rm -f pids out
        up_system
        sup=$(supervisor_pid)
        guardian=$(ps -o ppid= -p "$sup" | tr -d ' ')
        wait_until 10 file_lines out $((RANDOM % 5000 + 1))
        case $((RANDOM % 3)) in
        0) kill -KILL "$sup" ;;
        1) kill -KILL "$guardian" ;;
        2)
            kill -KILL "$sup" "$guardian"
            # Nobody is left who could clean up; the next `up` does.
            wait_until 10 actorsup up -d --only b
            actorsup down
            ;;
        esac
        wait_until 20 no_test_processes
        wait_until 10 pids_gone
    done
}

@test "the death of a sender at any moment: what was accepted is a prefix of what it sent" {
    seed
    topology <<'YAML'
actors:
  sink: {shell: "exec cat >>out"}
YAML
    up_system
    local round n sender accepted
    for round in 1 2 3 4 5; do
        before=$(audit_get sink handled)
        : >out
        n=$((RANDOM % 20000 + 1))
        seq 1 1000000000 | "$BUILD_BIN/actorsend" sink 2>/dev/null 3>&- &
        sender=$!
        wait_until 10 file_lines out "$n"
        kill -KILL "$sender"
        wait "$sender" || true
        wait_until 10 idle sink
        wait_until 10 quiet
        accepted=$(wc -l <out)
        assert [ "$accepted" -ge "$n" ]
        seq 1 "$accepted" | cmp - out
    done
    balanced
}
# All that was handled is written as well.
quiet() { [ "$(audit_get sink handled)" = "$((before + $(wc -l <out)))" ]; }

@test "down in the middle of it: every message is handled or counted as left" {
    seed
    make_system
    local round
    for round in 1 2; do
        rm -f pids out
        up_system
        wait_until 10 file_lines out $((RANDOM % 5000 + 1))
        run -0 actorsup down
        assert_output --regexp 'messages? (was|were) left unhandled'
        no_test_processes
        pids_gone
    done
}
