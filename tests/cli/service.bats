bats_require_minimum_version 1.5.0
load helper
load conditions

# Under a service manager: Type=notify, its watchdog, its signals.

# manager [SOCKET]: listens; NOTIFY_SOCKET is set.
manager() {
    export NOTIFY_SOCKET=${1:-$T/notify}
    background "$PYTHON3" "$SOURCE_DIR/tests/cli/manager.py" "$NOTIFY_SOCKET" "$PWD/told"
    wait_until 10 test -e told
}
told() { grep -qx -- "$1" told; }
told_times() { [ "$(grep -cx -- "$1" told)" -ge "$2" ]; }
supervisor_answers() { actorsup ps --names; }
# in_front: `up` as a service manager starts it; UP is its pid.
in_front() {
    (WATCHDOG_PID=${WATCHDOG_OF:-$BASHPID} && export WATCHDOG_PID && exec actorsup up) 3>&- >out 2>&1 &
    UP=$!
    BACKGROUND+=("$UP")
}

@test "READY=1 once every actor is ready, not before; STATUS says how many; STOPPING=1 at TERM" {
    topology <<'YAML'
actors:
  a: {run: cat}
  slow: {shell: "while ! test -e go; do sleep 0.02; done; echo go >&2; exec cat", ready: {log: go}}
  bad: {shell: "exit 3", speaks: none, restart: never}
YAML
    manager
    in_front
    wait_until 10 told 'STATUS=1 ready, 1 not yet, 0 at rest, 1 failed (bad)'
    run -1 told READY=1
    touch go
    wait_until 10 told READY=1
    told 'STATUS=2 ready, 0 not yet, 0 at rest, 1 failed (bad)'
    run -1 told STOPPING=1
    kill -TERM "$UP"
    wait "$UP"
    wait_until 5 told STOPPING=1
    assert_equal "$(grep -c READY= told)" 1
    assert_equal "$(grep -c STOPPING= told)" 1
    run -1 file_has told WATCHDOG
}

@test "RELOADING=1 when SIGHUP has the file read again, and READY=1 behind it; neither for a fault" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    manager
    in_front
    wait_until 10 told READY=1
    sed -i 's/run: cat/run: cat -u/' actorsup.yaml
    kill -HUP "$UP"
    wait_until 10 told_times READY=1 2
    assert_equal "$(grep -c RELOADING=1 told)" 1
    file_has told '^MONOTONIC_USEC=[1-9][0-9]*$'
    echo nonsense >>actorsup.yaml
    kill -HUP "$UP"
    wait_until 10 log_has actorsup system.reload_refused
    assert_equal "$(grep -c RELOADING=1 told)" 1
    kill -TERM "$UP"
    wait "$UP"
}

@test "an abstract socket; the actors are told nothing of the manager" {
    topology <<'YAML'
actors:
  a: {shell: "env >env.tmp; mv env.tmp env.a; exec cat"}
  b: {shell: "env >env.tmp2; mv env.tmp2 env.b; exec cat", env: {NOTIFY_SOCKET: "${NOTIFY_SOCKET}"}}
YAML
    manager "@actorsup-test-$$-$RANDOM"
    export WATCHDOG_USEC=60000000
    in_front
    wait_until 10 told READY=1
    wait_until 10 test -e env.a
    wait_until 10 test -e env.b
    run -1 grep -E '^(NOTIFY_|WATCHDOG_)' env.a
    file_has env.b "^NOTIFY_SOCKET=$NOTIFY_SOCKET"
    kill -TERM "$UP"
    wait "$UP"
}

@test "the watchdog hears from the loop, and nothing any more when that hangs" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    manager
    export WATCHDOG_USEC=40000
    in_front
    wait_until 10 told READY=1
    wait_until 10 told_times WATCHDOG=1 5
    kill -STOP "$(supervisor_pid)"
    wait_until 10 is_stopped "$(supervisor_pid)"
    # What comes next on the same socket shows that nothing came before it.
    "$PYTHON3" -c 'import os, socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"MARK=1\n", os.environ["NOTIFY_SOCKET"])'
    wait_until 10 told MARK=1
    sed -n '/MARK=1/,$p' told >after
    run -1 file_has after WATCHDOG
    kill -CONT "$(supervisor_pid)"
    wait_until 10 sh -c "sed -n '/MARK=1/,\$p' told | grep -q WATCHDOG"
    kill -TERM "$UP"
    wait "$UP"
}
is_stopped() { grep -q '^State:[[:space:]]*T' "/proc/$1/status"; }

@test "a watchdog that is another process's does not count; a manager that is not there neither" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    manager
    export WATCHDOG_USEC=2000
    WATCHDOG_OF=1 in_front
    wait_until 10 told READY=1
    kill -TERM "$UP"
    wait "$UP"
    run -1 file_has told WATCHDOG
    NOTIFY_SOCKET=$T/nobody in_front
    wait_until 10 supervisor_answers
    kill -TERM "$UP"
    wait "$UP"
}

@test "a manager that does not listen blocks nothing, and hears of all later" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    manager
    touch told.deaf
    export WATCHDOG_USEC=2000
    in_front
    wait_until 10 supervisor_answers
    # Far more signs of life than a queue holds are due meanwhile.
    local i
    for i in $(seq 10); do
        within 10 actorsup ps >/dev/null
    done
    rm told.deaf
    wait_until 10 told READY=1
    kill -TERM "$UP"
    wait "$UP"
    wait_until 10 told STOPPING=1
}

@test "up -d tells a manager nothing" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    manager
    up_system
    actorsup down
    assert_equal "$(cat told)" ""
}

@test "the second TERM kills what ignores the first" {
    topology <<'YAML'
actors:
  deaf: {shell: "trap '' TERM; echo up >&2; while :; do sleep 1000; done", speaks: none, stop: {grace: 1h}, ready: {log: up}}
YAML
    manager
    in_front
    wait_until 10 told READY=1
    kill -TERM "$UP"
    wait_until 10 told STOPPING=1
    kill -TERM "$UP"
    wait "$UP"
    kill -KILL "${BACKGROUND[0]}" # the manager
    wait "${BACKGROUND[0]}" || true
    no_test_processes
}

@test "the example unit is one that systemd takes" {
    command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
    sed -e "s|^ExecStart=actorsup|ExecStart=$BUILD_BIN/actorsup|" -e /^Documentation/d \
        "$SOURCE_DIR/examples/systemd/actorsup@.service" >"actorsup@t.service"
    run -0 systemd-analyze verify "$PWD/actorsup@t.service"
    refute_output --partial t.service
}
