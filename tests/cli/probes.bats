bats_require_minimum_version 1.5.0
load helper
load conditions

# Checks: `ready: {exec, tcp}`, `health`, and the time in which an actor must get ready.

# port: a port that refuses connections until ./listen is there; in $PORT. Its holder is no actor.
port() {
    background "$PYTHON3" -c '
import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
with open("port.tmp", "w") as f:
    f.write(str(s.getsockname()[1]))
os.rename("port.tmp", "port")
while not os.path.exists("listen"):
    time.sleep(0.02)
s.listen(64)
while not os.path.exists("close"):
    time.sleep(0.02)
s.close()
open("closed", "w")
time.sleep(1000)'
    wait_until 10 test -e port
    PORT=$(cat port)
}
reason_is() { [ "$(ps_get "$1" reason)" = "$2" ]; }
reason_has() { [[ "$(ps_get "$1" reason)" == *"$2"* ]]; }
restarted() { [ "$(ps_get "$1" restarts)" -ge "$2" ]; }
pid_is_not() { [ "$(pid_of "$1")" != "$2" ] && [ "$(pid_of "$1")" -gt 0 ]; }
none_has() { ! grep -lzqx -- "$1" /proc/[0-9]*/environ 2>/dev/null; } # VAR=VALUE of an environment

@test "ready: exec is run until it exits with 0; ps says how it fails meanwhile" {
    topology <<'YAML'
defaults: {speaks: none, run: sleep 1000}
actors:
  a: {ready: {exec: [sh, -c, "echo >>runs; echo first; echo 'not \"yet\"' >&2; test -e go"], every: 10ms}}
  b: {after: [a]}
YAML
    actorsup up -d
    wait_until 10 file_lines runs 3
    assert_equal "$(state_of a) $(state_of b)" "running waiting"
    assert_equal "$(ps_get a reason)" "not ready yet: exec exited with 1: not 'yet'"
    wait_until 10 log_has a 'ready: first'
    run actorsup logs a
    assert_line --regexp '\* ready.failed name=a reason="exec exited with 1: not .yet.'
    # What stays the same is told once.
    assert_equal "$(log_count a 'ready: first') $(log_count a ready.failed)" "1 1"
    touch go
    wait_until 10 state_is b ready
    assert_equal "$(state_of a):$(ps_get a reason)" ready:
    runs=$(wc -l <runs)
    actorsup restart a
    wait_until 10 state_is a ready
    assert_equal "$(wc -l <runs)" $((runs + 1))
}

@test "ready: tcp is tried until the port takes a connection" {
    port
    topology <<YAML
defaults: {speaks: none, run: sleep 1000}
actors:
  a: {ready: {tcp: $PORT, every: 10ms}}
  b: {ready: {tcp: 127.0.0.1:$PORT, every: 10ms}}
  c: {ready: {tcp: "localhost:$PORT", every: 10ms}}
  six: {ready: {tcp: "[::1]:1", every: 10ms}}
YAML
    actorsup up -d
    for a in a b c; do
        wait_until 10 reason_is $a "not ready yet: port $PORT: Connection refused"
    done
    wait_until 10 reason_has six "not ready yet: port 1: "
    touch listen
    for a in a b c; do wait_until 10 state_is $a ready; done
    assert_equal "$(state_of six)" running
}

@test "one that is not ready in its time is stopped as a failed start, and restarted by its policy" {
    port
    topology <<YAML
defaults: {speaks: none, run: sleep 1000, restart: never}
actors:
  exec: {ready: {exec: "sh -c 'echo no database; exit 3'", every: 5ms, timeout: 2s}}
  hangs: {ready: {exec: sleep 1000, timeout: 50ms}}
  log: {ready: {log: "^up$", timeout: 50ms}}
  tcp: {ready: {tcp: $PORT, every: 5ms, timeout: 2s}}
  polite: {shell: "trap 'exit 0' TERM; while :; do sleep 0.01; done", ready: {log: x, timeout: 200ms}}
  deaf: {shell: "trap '' TERM; while :; do sleep 0.01; done", stop: {grace: 50ms}, ready: {log: x, timeout: 200ms}}
  again: {restart: on-failure, ready: {exec: "false", every: 5ms, timeout: 20ms},
          backoff: {min: 1ms, max: 1ms}, limit: {restarts: 2, within: 1h}}
  patient: {ready: {exec: "false", every: 5ms, timeout: never}}
YAML
    actorsup up -d
    for a in exec hangs log tcp polite deaf again; do wait_until 10 state_is $a failed; done
    assert_equal "$(ps_get exec reason)" "not ready within 2s: exec exited with 3: no database"
    assert_equal "$(ps_get hangs reason)" "not ready within 50ms: its check has not ended"
    assert_equal "$(ps_get log reason)" "not ready within 50ms: no line of its log matches"
    assert_equal "$(ps_get tcp reason)" "not ready within 2s: port $PORT: Connection refused"
    assert_equal "$(ps_get polite reason)" "not ready within 0.2s: no line of its log matches"
    assert_equal "$(ps_get deaf exit)" "signal KILL"
    assert_equal "$(ps_get again restarts)" 2
    reason_has again "over its limit of 2 restarts within 1h; last: not ready within 20ms: "
    assert_equal "$(log_count again '\* actor.not_ready name=again reason="not ready within 20ms')" 3
    assert_equal "$(state_of patient)" running
    # Its exit status, and a failure also where that was 0.
    run -143 actorsup wait exec
    run -1 actorsup wait polite
}

@test "health: so many failures in a row are unhealthy; it is restarted, and that counts" {
    topology <<'YAML'
defaults: {speaks: none, run: sleep 1000, backoff: {min: 1ms, max: 1ms}}
actors:
  a: {limit: {restarts: 2, within: 1h},
      health: {exec: "sh -c 'echo no answer; test -e well'", every: 5ms, failures: 3}}
  never: {restart: never, health: {exec: "sh -c 'exit 7'", every: 5ms, failures: 1}}
  polite: {shell: "trap 'exit 0' TERM; echo >polite; while :; do sleep 0.01; done", restart: never,
           health: {exec: "sh -c '! test -e polite'", every: 5ms, failures: 2}}
  always: {restart: always, health: {exec: "true", every: 5ms, failures: 1}}
YAML
    touch well
    actorsup up -d
    wait_until 10 state_is never failed
    assert_equal "$(ps_get never reason)" "health: exec exited with 7"
    wait_until 10 state_is polite failed
    assert_equal "$(ps_get polite reason) $(ps_get polite exit)" \
        "health: exec exited with 1, 2 times in a row exit 0"
    run -1 actorsup wait polite
    assert_equal "$(state_of a) $(ps_get a restarts)" "ready 0"
    rm well
    wait_until 10 state_is a failed
    assert_equal "$(ps_get a reason)" "over its limit of 2 restarts within 1h; last: health: exec exited with 1, 3 times in a row: no answer"
    assert_equal "$(log_count a actor.unhealthy) $(log_count a health.failed)" "3 9"
    touch well
    actorsup start a
    wait_until 10 state_is a ready
    assert_equal "$(state_of always) $(ps_get always restarts)" "ready 0"
}

@test "health: while it is being stopped it is unhealthy, and what waits for it waits" {
    topology <<'YAML'
defaults: {speaks: none}
actors:
  a: {shell: "trap '' TERM; echo >deaf; while :; do sleep 0.02; done", restart: never, stop: {grace: 1h},
      health: {exec: "sh -c '! test -e sick'", every: 5ms, failures: 2}}
  b: {run: sleep 1000, after: [a]}
  rest: {run: sleep 1000}
YAML
    up_system
    wait_until 10 test -e deaf
    actorsup stop b
    touch sick
    wait_until 10 state_is a unhealthy
    assert_equal "$(ps_get a reason)" "health: exec exited with 1, 2 times in a row"
    actorsup start b
    wait_until 10 prints "waiting for a to be ready" ps_get b reason
    pid=$(pid_of a)
    actorsup kill a
    wait_until 10 state_is a failed
    gone "$pid"
}

@test "health: a check that passes makes the ones before it forgotten" {
    script check <<'SH'
#!/bin/sh
echo >>runs
[ $(($(wc -l <runs) % 3)) = 0 ] # two fail, one passes
SH
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, health: {exec: ./check, every: 5ms, failures: 3}}
YAML
    up_system
    wait_until 10 file_lines runs 12
    assert_equal "$(state_of a) $(ps_get a restarts)" "ready 0"
    run actorsup logs -n 1000 a
    assert_line --partial 'health.failed name=a reason="exec exited with 1" in_a_row=2'
    assert_line --partial 'health.passed name=a after=2'
    wait_until 10 reason_is a "health: 2 of 3 failed: exec exited with 1"
}

@test "health: tcp; the port is closed" {
    port
    touch listen
    topology <<YAML
actors:
  other: {run: sleep 1000, speaks: none}
  a: {run: sleep 1000, speaks: none, restart: never, ready: {tcp: $PORT, every: 10ms},
      health: {tcp: $PORT, every: 10ms, failures: 2}}
YAML
    up_system
    touch close
    wait_until 10 state_is a failed
    assert_equal "$(ps_get a reason)" "health: port $PORT: Connection refused, 2 times in a row"
}

@test "an actor stopped by SIGSTOP is restarted, if it has a check that asks it" {
    topology <<'YAML'
actors:
  echo: {run: stdbuf -oL cat, backoff: {min: 1ms, max: 1ms},
         health: {exec: actorsend -a -t 1 echo ping, every: 20ms, timeout: 5s, failures: 1}}
YAML
    up_system
    wait_until 10 handled echo 2
    pid=$(pid_of echo)
    actorsup kill -STOP echo
    wait_until 20 pid_is_not echo "$pid"
    wait_until 20 state_is echo ready
    run actorsup logs -n 1000 echo
    assert_line --partial 'actor.unhealthy name=echo reason="health: exec exited with 1: '
    gone "$pid"
}
handled() { [ "$(ps_get "$1" handled)" -ge "$2" ]; }

@test "a check that hangs is killed with all that it started, and has failed" {
    script hangs <<'SH'
#!/bin/sh
trap '' TERM
echo asking
setsid sh -c 'trap "" TERM; echo >>started; sleep 1000' &
sleep 1000
SH
    topology <<'YAML'
actors:
  other: {run: sleep 1000, speaks: none}
  a: {run: sleep 1000, speaks: none, restart: never, env: {CHECKED: yes-a}, health: {exec: ./hangs, every: 5ms, timeout: 300ms, failures: 2}}
YAML
    up_system
    wait_until 10 state_is a failed
    assert_equal "$(ps_get a reason)" "health: exec took longer than 0.3s, 2 times in a row: asking"
    file_lines started 1
    wait_until 10 none_has CHECKED=yes-a
}

@test "what a check leaves behind goes when it ends; it never overlaps itself" {
    script check <<'SH'
#!/bin/sh
mkdir lock || { echo >overlap; exit 1; }
LEFT=behind setsid sleep 1000 </dev/null >/dev/null 2>&1 &
sleep 0.05
echo >>runs
rmdir lock
SH
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, health: {exec: ./check, every: 1ms, failures: 1}}
YAML
    up_system
    wait_until 10 file_lines runs 5
    assert_missing overlap
    assert_equal "$(ps_get a restarts)" 0
    # Of five, at most that of the check that runs is there.
    [ "$(grep -lzx -- LEFT=behind /proc/[0-9]*/environ 2>/dev/null | wc -l)" -le 1 ]
    actorsup stop a
    wait_until 10 none_has LEFT=behind
}

@test "a check has the actor's folder and environment, and a group of its own" {
    mkdir sub
    script check.py <<'PY'
#!/usr/bin/env -S python3 -B
import os, sys
e = os.environ
tmp = "tmp" + e["ACTOR_INDEX"]
open(tmp, "w").write("\n".join([os.getcwd(), e["ACTOR_NAME"], e["ACTOR_INDEX"], e["ACTORSUP_SYSTEM"], e["OWN"],
    str(os.getpgrp() == os.getpid()), str("ACTOR_READY_FD" in e), str(len(sys.stdin.read())),
    " ".join(sorted(os.listdir("/proc/self/fd"))[:3]), e["ACTORSUP_INSTANCE"].split(".")[1]]))
os.rename(tmp, "seen" + e["ACTOR_INDEX"])
PY
    topology <<'YAML'
actors:
  a: {shell: "echo >&3; exec sleep 1000", speaks: none, pool: 2, cwd: sub, env: {OWN: thing},
      ready: notify, health: {exec: ./check.py, every: 5ms, timeout: 1h}}
YAML
    up_system
    for i in 1 2; do
        wait_until 10 test -e sub/seen$i
        assert_equal "$(tr '\n' ' ' <sub/seen$i)" "$T/t/sub a $i t thing True False 0 0 1 2 a"
    done
}

@test "no check is left when its actor stops, is killed, or ends" {
    topology <<'YAML'
defaults: {speaks: none, restart: never}
actors:
  stops: {run: sleep 1000, ready: {exec: "sh -c 'echo >checks; exec sleep 1000'"}, env: {CHECKED: stops}}
  ends: {shell: "until test -e checked; do sleep 0.01; done; exit 3", env: {CHECKED: ends},
         health: {exec: "sh -c 'echo >checked; trap \"\" TERM; sleep 1000'", every: 1ms, timeout: 1h}}
YAML
    actorsup up -d
    wait_until 10 test -e checks
    actorsup stop stops
    none_has CHECKED=stops
    wait_until 10 state_is ends failed
    assert_equal "$(ps_get ends reason)" "exit 3"
    none_has CHECKED=ends
}

@test "no check is left when the supervisor was killed" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, health: {exec: "sh -c 'echo >checks; setsid sleep 1000'", every: 1ms, timeout: 1h}}
YAML
    up_system
    wait_until 10 test -e checks
    kill -KILL "$(supervisor_pid)"
    wait_until 10 no_test_processes
}

@test "actorsup kill is for the actor, not for its check" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, health: {exec: "sh -c 'echo >checks; sleep 1000; exit 0'", every: 1ms, timeout: 1h}}
YAML
    up_system
    wait_until 10 test -e checks
    actorsup kill -STOP a
    refute_has_state T "$(check_pid)"
    actorsup kill -CONT a
}
check_pid() {
    local file
    for file in $(grep -lzx -- 'ACTOR_NAME=a' /proc/[0-9]*/environ 2>/dev/null); do
        file=${file%/environ}
        grep -qz checks "$file/cmdline" && echo "${file#/proc/}"
    done
}
refute_has_state() { [ -n "$2" ] && ! grep -q "^State:[[:space:]]*$1" "/proc/$2/status"; }

@test "a check that cannot be run has failed" {
    script check <<'SH'
#!/bin/sh
SH
    topology <<'YAML'
actors:
  other: {run: sleep 1000, speaks: none}
  a: {run: sleep 1000, speaks: none, restart: never, health: {exec: ./check, every: 5ms, failures: 2}}
YAML
    up_system
    rm check
    wait_until 10 state_is a failed
    run ps_get a reason
    assert_output --partial "health: exec could not be started, 2 times in a row: cannot execute"
}

@test "a check that writes without end is bounded, and the last of it is told" {
    topology <<'YAML'
actors:
  other: {run: sleep 1000, speaks: none}
  a: {run: sleep 1000, speaks: none, restart: never,
      health: {exec: "sh -c 'yes | head -n 100000; printf \"\\377\\033 last\"; exit 1'", every: 5ms, timeout: 1h, failures: 1}}
YAML
    actorsup up -d # it may be ready for a moment only
    wait_until 20 state_is a failed
    assert_equal "$(ps_get a reason)" "health: exec exited with 1: ?  last"
    [ "$(log_count a 'health: y')" -le 1024 ]
}

@test "between checks nothing wakes" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, pool: 3, ready: {exec: "true", timeout: 100ms}, health: {exec: "true", every: 1h}}
YAML
    up_system
    pid=$(supervisor_pid)
    wait_until 10 asleep "$pid"
    before=$(wakes "$pid")
    sleep 0.4 # what is to be seen is that nothing happens meanwhile
    assert_equal "$(wakes "$pid")" "$before"
}
wakes() { for p; do grep ctxt_switches "/proc/$p/status"; done; }
# The last command has been hung up on when two looks see the same.
asleep() { local one; one=$(wakes "$1"); sleep 0.05; [ "$(wakes "$1")" = "$one" ]; }
