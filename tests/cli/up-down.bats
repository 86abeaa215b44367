bats_require_minimum_version 1.5.0
load helper

@test "in front: each line with its name, a last one without a newline too; 0 when all are done" {
    topology <<'YAML'
actors:
  one: {shell: "echo first >&2; echo second >&2; printf 'no newline' >&2", speaks: none}
  other: {shell: "printf 'out'", speaks: none}
YAML
    run -0 --separate-stderr within 20 actorsup up
    assert_line --regexp '^one +\| first$'
    assert_line --regexp '^one +\| second$'
    assert_line --regexp '^one +\| no newline$'
    assert_line --regexp '^other +\| out$'
    refute_output --partial $'\033'
    run -3 actorsup ps
}

@test "in front: 1 when an actor has failed" {
    topology <<'YAML'
actors:
  bad: {shell: "exit 4", speaks: none, restart: never}
YAML
    run -1 within 20 actorsup up
    assert_output --partial "exit 4"
}

@test "in front: TERM stops gently, 0; nothing is left" {
    topology <<'YAML'
actors:
  a: {shell: "trap 'echo goodbye >&2; exit 0' TERM; echo begun >&2; while :; do sleep 0.05; done", speaks: none}
YAML
    background bash -c 'exec actorsup up >out 2>&1'
    local status=0
    wait_until 10 file_has out begun
    kill -TERM "$BG"
    wait "$BG" || status=$?
    assert_equal "$status" 0
    run cat out
    assert_output --partial goodbye
    run -3 actorsup ps
}

@test "in front: the second signal kills" {
    topology <<'YAML'
actors:
  a: {shell: "trap '' TERM; echo begun >&2; while :; do sleep 0.05; done", speaks: none, stop: {grace: 1h}}
YAML
    background bash -c 'exec actorsup up >out 2>&1'
    wait_until 10 file_has out begun
    kill -TERM "$BG"
    wait_until 10 state_is a stopping
    kill -TERM "$BG"
    wait_until 10 gone "$BG"
    run -3 actorsup ps
}

@test "in front: lines go on when their reader is slow, and none is lost" {
    topology <<'YAML'
actors:
  many: {shell: "seq 1 20000 >&2", speaks: none}
YAML
    within 30 actorsup up >out
    grep -c ' | [0-9]*$' out >count
    assert_equal "$(cat count)" 20000
}

@test "a second up of a running system: 1, and the first is not touched" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    up_system
    local pid
    pid=$(pid_of a)
    run -1 actorsup up -d
    assert_output --partial "running already"
    assert_output --partial "down"
    assert_equal "$(pid_of a)" "$pid"
}

@test "--wait: 0 once all are ready, done is ready" {
    topology <<'YAML'
actors:
  once: {shell: "exit 0", speaks: none}
  slow: {shell: "sleep 0.3; echo up >&2; exec cat", ready: {log: "^up$"}}
YAML
    within 20 actorsup up --wait=15
    assert_equal "$(state_of slow)" ready
}

@test "--wait: 1 with the names of those not ready, and the system goes on" {
    topology <<'YAML'
actors:
  fine: {run: cat}
  never: {run: cat, ready: {log: "^up$"}}
YAML
    run -1 within 20 actorsup up -d --wait=0.3
    assert_output --partial "not ready in time: never (running"
    refute_output --partial "fine ("
    assert_equal "$(state_of fine)" ready
}

@test "--wait: 1 at once when one has failed" {
    topology <<'YAML'
actors:
  fine: {run: cat}
  bad: {shell: "exit 5", ready: {log: "^up$"}, restart: never}
YAML
    run -1 within 20 actorsup up --wait
    assert_output --partial "bad (failed: exit 5"
}

@test "--only starts these, by name and glob; the others can be started later" {
    topology <<'YAML'
actors:
  a1: {run: cat}
  a2: {run: cat}
  b: {run: cat}
  c: {run: cat}
YAML
    run -1 actorsup up -d --only zz
    assert_output --partial 'no actor "zz"'
    actorsup up -d --wait=10 --only 'a*' b
    run -0 actorsup ps c
    refute_line --index 1 --partial ready
    assert_equal "$(state_of a2)" ready
    assert_equal "$(state_of b)" ready
    actorsup start c
    within 10 actorsup wait --for ready c
}

@test "down says what was left, and that nothing runs" {
    topology <<'YAML'
actors:
  stuck: {run: sleep 1000, mailbox: {in_hand: 1}}
YAML
    up_system
    actorsend -n 5 stuck x
    run -0 actorsup down
    assert_output --regexp '5 messages were left unhandled'
    run -3 actorsup down
    assert_output --partial "is not running"
    run -3 actorsup ps
    assert_output --partial "or see what it said by \`actorsup -s t logs\`"
}

@test "down --timeout kills what does not stop" {
    topology <<'YAML'
actors:
  stubborn: {shell: "trap '' TERM; echo begun >&2; while :; do sleep 0.05; done", speaks: none, stop: {grace: 1h}, ready: {log: begun}}
YAML
    up_system
    run -0 within 15 actorsup down --timeout 0.2
    assert no_test_processes
}

@test "down of a supervisor that hangs: killed, said, and nothing is left" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    up_system
    kill -STOP "$(supervisor_pid)"
    ACTORSUP_ANSWER_TIMEOUT=0.3 run -1 actorsup ps
    assert_output --partial "does not answer"
    ACTORSUP_ANSWER_TIMEOUT=3 run -0 within 20 actorsup down
    assert_output --partial "killed the supervisor"
    wait_until 5 no_test_processes
}

@test "a supervisor killed by SIGKILL leaves nothing, and the next up takes over" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    up_system
    kill -KILL "$(supervisor_pid)"
    wait_until 10 no_test_processes
    run -3 actorsup ps
    up_system
    assert_equal "$(actorsend -a a hello)" hello
}

@test "start, stop, restart, kill: names, globs, what they print" {
    topology <<'YAML'
actors:
  a: {run: cat, backoff: {min: 1ms, max: 1ms}}
  pool: {run: cat, pool: 2, backoff: {min: 1ms, max: 1ms}}
YAML
    up_system
    run -0 actorsup stop 'p*'
    assert_output "$(printf 'stopped pool/1\nstopped pool/2')"
    assert_equal "$(ps_get pool pid)" 0
    run -0 actorsup start pool
    assert_output "$(printf 'started pool/1\nstarted pool/2')"
    within 10 actorsup wait --for ready pool

    local pid
    pid=$(pid_of a)
    run -0 actorsup restart a
    assert_output "restarted a"
    wait_until 10 state_is a ready
    assert_not_equal "$(pid_of a)" "$pid"

    pid=$(pid_of a)
    run -0 actorsup kill a
    assert_output "signalled a"
    wait_until 10 differs "$pid" pid_of a
    run -1 actorsup stop nope
    assert_output --partial 'unknown actor nope'

    run -0 actorsup start a
    assert_output "a runs already"
    actorsup stop pool
    run -0 actorsup kill -CONT 'pool*' a
    assert_line "signalled a"
    assert_line "pool/1 has no process"
    assert_line "pool/2 has no process"
    run -1 actorsup kill pool
    assert_output "actorsup: pool/1 has no process, pool/2 has no process"
}

@test "kill sends the signal that is named" {
    script usr <<'SH'
#!/bin/sh
trap 'echo got USR1 >&2' USR1
echo begun >&2
while :; do sleep 0.05; done
SH
    topology <<'YAML'
actors:
  usr: {run: ./usr, speaks: none, ready: {log: begun}}
YAML
    up_system
    actorsup kill -USR1 usr
    wait_until 10 bash -c 'actorsup logs usr | grep -q "got USR1"'
    actorsup kill --signal=SIGUSR1 usr
}

@test "wait: the exit status once done; ready and stopped; a time-out is 1" {
    topology <<'YAML'
actors:
  seven: {shell: "read -r line; exit 7", restart: never}
  goes: {run: cat}
YAML
    up_system
    run -1 actorsup wait --timeout 0.2 goes
    assert_output "actorsup: goes is ready, not done, after 0.2s"
    run -1 actorsup wait --for stopped -t 0.2 'g*' seven
    assert_output "actorsup: seven is ready, goes is ready, not stopped, after 0.2s"
    actorsend seven x
    run -7 within 10 actorsup wait seven
    run -1 within 10 actorsup wait --for ready seven
    assert_output --partial "seven is failed"
    actorsup stop goes
    within 10 actorsup wait --for stopped goes
}

# Survivors of both: PDEATHSIG spares what a process has started in turn.
stray_system() {
    topology <<'YAML'
actors:
  a: {shell: "setsid sleep 1000 & echo $$! >stray; exec cat"}
YAML
    up_system
    wait_until 10 file_lines stray 1
    stray=$(cat stray)
}

@test "what a killed supervisor and its killed guardian left: ended by the next up" {
    stray_system
    kill_both
    run -3 actorsup ps
    kill -0 "$stray"
    run -0 actorsup up -d
    assert_output --partial "that a killed t had left"
    gone "$stray"
}

@test "what a killed supervisor and its killed guardian left: ended by down" {
    stray_system
    kill_both
    run -0 actorsup down
    assert_output --partial "was killed before; ended 1 process"
    gone "$stray"
    run -3 actorsup down
}

@test "more actors than descriptors: refused beforehand, with the number" {
    {
        echo "actors:"
        for i in $(seq 20); do echo "  a$i: {run: cat}"; done
    } >actorsup.yaml
    run -1 bash -c "ulimit -n 64; actorsup up -d"
    assert_output --partial "need 100 descriptors"
    assert_output --partial "limit is 64"
    no_test_processes
    run -0 bash -c "ulimit -n 100; actorsup up -d --wait=20"
    run -0 actorsup ps --json
    assert_equal "$(jq 'map(select(.state == "ready")) | length' <<<"$output")" 20
}

@test "hosts that are added take descriptors too: refused, with the number" {
    topology <<'YAML'
actors: {a: {run: cat}}
YAML
    (
        ulimit -n 50 # 43 are needed
        up_system
    )
    run -0 actorsup host add west=no-one@127.0.0.1:1
    run -1 actorsup host add east=no-one@127.0.0.1:1
    assert_output --partial "its actors and hosts need 51 descriptors, and the hard limit is 50"
    actorsup host rm west
    wait_until 10 prints "[]" actorsup host --json
    run -0 actorsup host add east=no-one@127.0.0.1:1
}

@test "up with descriptors closed: as with /dev/null; output that cannot be written is an error" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    local fds
    for fds in '<&-' '>&-' '<&- >&- 2>&-'; do
        run -0 bash -c "actorsup up -d --wait=20 3>&- $fds; test \$? -le 1"
        wait_until 10 state_is a ready
        run -0 actorsup down
    done
    run -1 bash -c 'actorsup version >&-'
}
