bats_require_minimum_version 1.5.0
load helper
load conditions

@test "restart: always, on-failure, never, after status 0 and after a failure" {
    topology <<'YAML'
defaults: {speaks: none, backoff: {min: 1ms, max: 1ms}, limit: {restarts: 1000000, within: 1s}}
actors:
  always: {run: "true", restart: always}
  failure-ok: {run: "true", restart: on-failure}
  failure-bad: {shell: "exit 4", restart: on-failure}
  never-ok: {run: "true", restart: never}
  never-bad: {shell: "exit 5", restart: never}
  never-killed: {shell: "kill -KILL $$$$", restart: never}
YAML
    actorsup up -d
    wait_until 10 state_is failure-ok done
    wait_until 10 state_is never-ok done
    wait_until 10 state_is never-bad failed
    wait_until 10 state_is never-killed failed
    wait_until 10 restarted always 2
    wait_until 10 restarted failure-bad 2
    assert_equal "$(ps_get never-bad reason)" "exit 5"
    assert_equal "$(ps_get never-killed reason)" "signal KILL"
    assert_equal "$(ps_get never-ok restarts) $(ps_get failure-ok restarts)" "0 0"
}
restarted() { [ "$(ps_get "$1" restarts)" -ge "$2" ]; }

@test "backoff grows up to its maximum, is shown, and start cuts it short" {
    topology <<'YAML'
actors:
  b: {shell: "echo >>starts; exit 1", speaks: none, backoff: {min: 1h, max: 2h, jitter: 0%}}
YAML
    actorsup up -d
    wait_until 10 state_is b backoff
    run ps_get b reason
    assert_output --regexp '(1h|60m|59m).*left.*exit 1'
    assert_equal "$(wc -l <starts)" 1
    actorsup start b
    wait_until 10 file_lines starts 2
}

@test "a delay doubles up to its maximum" {
    topology <<'YAML'
actors:
  b: {run: "false", speaks: none,
      backoff: {min: 1ms, max: 40ms, factor: 2, jitter: 0%, reset: 1h}, limit: {restarts: 1000000, within: 1s}}
YAML
    actorsup up -d
    wait_until 10 delays_are "1 2 4 8 16 32 40 40"
}

@test "a delay is forgotten after a steady run" {
    # Each lives long enough to be steady; without the reset the delays would be 1 2 4 8.
    topology <<'YAML'
actors:
  b: {shell: "sleep 0.1; exit 1", speaks: none,
      backoff: {min: 1ms, max: 40ms, factor: 2, jitter: 0%, reset: 50ms}, limit: {restarts: 1000000, within: 1s}}
YAML
    actorsup up -d
    wait_until 10 delays_are "1 1 1 1"
}
delays() { actorsup events | sed -n 's/.*actor.restart .*in_ms=\([0-9]*\).*/\1/p' | tr '\n' ' '; }
delays_are() { [[ "$(delays)" == "$1 "* ]]; }

@test "over its limit it fails, and says why; start begins anew" {
    topology <<'YAML'
actors:
  l: {shell: "echo >>starts; exit 1", speaks: none, backoff: {min: 1ms, max: 1ms}, limit: {restarts: 3, within: 60s}}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    wait_until 10 state_is l failed
    assert_equal "$(wc -l <starts)" 4
    run ps_get l reason
    assert_output --partial "3 restarts"
    assert_output --partial "exit 1"
    actorsup start l
    wait_until 10 file_lines starts 8
    wait_until 10 state_is l failed
}

@test "restarts are those after an end that was not planned, also of another in the group" {
    topology <<'YAML'
defaults: {ack: line, backoff: {min: 1ms}, shell: 'while read -r l; do echo "old $$ACTOR_RESTARTS"; done'}
actors: {a: {}, b: {}, c: {}}
groups: {g: {strategy: one-for-all, members: [b, c]}}
YAML
    up_system
    within 20 actorsup restart a b g
    wait_until 10 prints "old 0 0" restarts_of a
    wait_until 10 prints "old 0 0" restarts_of b
    sed -i 's/old/new/' actorsup.yaml
    within 20 actorsup reload
    for a in a b c; do assert_equal "$(restarts_of $a)" "new 0 0"; done
    actorsup kill -KILL a
    wait_until 10 prints "new 1 1" restarts_of a
    actorsup kill -KILL b
    wait_until 10 prints "new 1 1" restarts_of b
    wait_until 10 prints "new 1 1" restarts_of c
    within 20 actorsup restart a g
    actorsup stop a
    actorsup start a
    for a in a b c; do assert_equal "$(restarts_of $a)" "new 1 1"; done
}
# As it is told itself, and in ps.
restarts_of() { echo "$(actorsend -a -t 20 "$1" x) $(ps_get "$1" restarts)"; }

@test "a start or restart by hand is never refused by a limit, also one of no restarts" {
    topology <<'YAML'
defaults: {speaks: none, backoff: {min: 1h}}
actors:
  zero: {shell: "echo >>zero; exit 3", limit: {restarts: 0, within: 1h}}
  two: {shell: "echo >>two; exit 3", backoff: {min: 1ms, max: 1ms}, limit: {restarts: 2, within: 1h}}
  runs: {run: sleep 1000, limit: {restarts: 0, within: 1h}}
  grouped: {run: sleep 1000}
  rest: {run: sleep 1000}
groups: {g: {members: [grouped], limit: {restarts: 0, within: 1h}}}
YAML
    actorsup up -d
    local round pid # `run` has an i of its own
    for round in 1 2 3 4 5; do
        wait_until 10 state_is zero failed
        wait_until 10 state_is two failed
        # The limit is there again in full, and no more than that.
        assert_equal "$(wc -l <zero) $(wc -l <two)" "$round $((3 * round))"
        assert_equal "$(ps_get zero reason)" "over its limit of 0 restarts within 1h; last: exit 3"
        run -0 actorsup start zero two
        wait_until 10 file_lines zero $((round + 1))
        wait_until 10 file_lines two $((3 * round + 3))
    done
    within 10 actorsup wait --for ready runs grouped
    for round in 1 2 3 4 5; do
        for a in runs grouped; do
            pid=$(pid_of $a)
            run -0 actorsup restart $a
            wait_until 10 differs "$pid" pid_of $a
            wait_until 10 state_is $a ready
            actorsup kill $a
            wait_until 10 state_is $a failed
            run -0 actorsup start $a
            assert_output "started $a"
            wait_until 10 state_is $a ready
        done
    done
    # And one that was stopped.
    actorsup stop runs
    actorsup restart runs
    wait_until 10 state_is runs ready
}

@test "ready: start, notify, log; after waits, and says for what" {
    topology <<'YAML'
defaults: {speaks: none}
actors:
  n: {shell: "until test -e go; do sleep 0.02; done; echo >&$ACTOR_READY_FD; exec sleep 1000", ready: notify}
  l: {shell: "echo not yet; until test -e go2; do sleep 0.02; done; echo listening on 80 >&2; exec sleep 1000", ready: {log: "listening on [0-9]+"}, after: [n]}
  d: {shell: "until test -e go3; do sleep 0.02; done", restart: never}
  last: {run: sleep 1000, after: {l: ready, d: done}}
YAML
    actorsup up -d
    wait_until 10 state_is n running
    assert_equal "$(state_of l) $(state_of last)" "waiting waiting"
    assert_equal "$(ps_get l reason)" "waiting for n to be ready"
    touch go
    wait_until 10 state_is n ready
    wait_until 10 state_is l running
    touch go2
    wait_until 10 state_is l ready
    assert_equal "$(ps_get last reason)" "waiting for d to be done"
    touch go3
    wait_until 10 state_is last ready
    assert_equal "$(state_of d)" done
}

@test "ps says of what is waited for in vain" {
    topology <<'YAML'
defaults: {speaks: none}
actors:
  bad: {run: "false", restart: never}
  off: {run: sleep 1000}
  done: {run: sleep 1000, after: {bad: done}}
  ready: {run: sleep 1000, after: [off]}
YAML
    actorsup up --only bad,done,ready -d
    wait_until 10 prints "waiting for bad to be done, but it has failed" ps_get done reason
    wait_until 10 prints "waiting for off to be ready, but it was not started" ps_get ready reason
    actorsup start off
    wait_until 10 state_is ready ready
    actorsup stop ready off
    actorsup start ready
    wait_until 10 prints "waiting for off to be ready, but it is stopped" ps_get ready reason
}

@test "stop: its signal, then KILL after the grace; start order is undone" {
    topology <<'YAML'
defaults: {speaks: none}
actors:
  gentle: {shell: "trap 'echo int >>order; exit 0' INT; echo up >gentle; while :; do sleep 0.02; done", stop: {signal: INT}}
  after: {shell: "trap 'echo after >>order; exit 0' TERM; echo up >after; while :; do sleep 0.02; done", after: [gentle]}
  deaf: {shell: "trap '' TERM; echo up >deaf; while :; do sleep 1; done", stop: {grace: 100ms}}
YAML
    up_system
    for f in gentle after deaf; do wait_until 10 file_has $f up; done
    actorsup stop deaf
    assert_equal "$(ps_get deaf reason)" "signal KILL"
    run -0 actorsup down
    assert_equal "$(tr '\n' ' ' <order)" "after int "
}

@test "a command that cannot be run any more is a failed start, told and tried again" {
    script prog <<'SH'
#!/bin/sh
exec sleep 1000
SH
    topology <<'YAML'
actors:
  p: {run: ./prog, speaks: none, backoff: {min: 1ms, max: 1ms}, limit: {restarts: 1000000, within: 1s}}
YAML
    up_system
    mv prog away
    actorsup kill p
    wait_until 10 log_has p start_failed
    mv away prog
    wait_until 10 state_is p ready
}

@test "events tell the whole life" {
    topology <<'YAML'
actors:
  e: {shell: "exit 3", speaks: none, restart: never}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    wait_until 10 state_is e failed
    run actorsup events
    assert_line --partial "actor.start name=e"
    assert_line --partial "actor.ready name=e"
    assert_line --regexp 'actor.exit name=e .*status=3'
    assert_line --partial "actor.failed name=e"
}

@test "with nothing to do, neither supervisor nor guardian wakes, also when a reset passes" {
    topology <<'YAML'
actors:
  a: {run: cat, pool: 5, backoff: {reset: 100ms}}
YAML
    up_system
    pid=$(cat "$ACTORSUP_RUNTIME_DIR"/actorsup/*/pid)
    guardian=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")
    wait_until 10 asleep "$pid"
    before=$(wakes "$pid" "$guardian")
    sleep 0.4 # what is to be seen is that nothing happens meanwhile
    assert_equal "$(wakes "$pid" "$guardian")" "$before"
}
wakes() { for p; do grep ctxt_switches "/proc/$p/status"; done; }
# The last command has been hung up on when two looks see the same.
asleep() { local one; one=$(wakes "$1"); sleep 0.05; [ "$(wakes "$1")" = "$one" ]; }

@test "asks that a dead process has left do not wait for room in the mailbox of its own" {
    script ask <<'PY'
#!/usr/bin/env python3
import json, os, sys, time
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] != "tell":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
        continue
    print(json.dumps({"op": "ack", "id": m["id"]}))
    for i in "xy":
        print(json.dumps({"op": "wake", "after": 0, "id": i}), flush=True)
    while not os.path.exists("go"):
        time.sleep(0.01)
    print(json.dumps({"op": "send", "to": "b", "body": "q", "ask": "q", "timeout": 1}), flush=True)
    sys.exit(1)
PY
    topology <<YAML
actors:
  a: {run: [$PYTHON3, ask], speaks: json, backoff: {min: 1ms}, mailbox: {messages: 1, in_hand: 1}}
  b: {run: cat}
YAML
    up_system
    actorsend a hello
    wait_until 10 prints 2 wakes_of_a
    >go
    wait_until 10 log_has a actor.restart
    wait_until 10 state_is a ready
    wait_until 10 idle a
}
wakes_of_a() { echo $(($(ps_get a queued) + $(ps_get a in_hand))); }

@test "one that is stopped in a ring of full mailboxes stops: what finds no room is dead letters" {
    topology <<'YAML'
defaults: {mailbox: {messages: 10}, stop: {grace: 500ms}}
actors:
  a: {run: cat, to: b}
  b: {run: cat, to: a}
YAML
    up_system
    background bash -c "seq 100000 | actorsend a"
    wait_until 20 prints "a ring of full mailboxes: a, b" ps_get a reason
    run -0 within 30 actorsup stop a
    assert_output "stopped a"
    wait_until 20 state_is a stopped
    [ "$(dead_count)" -ge 1 ]
    assert_equal "$(actorsup dead ls --json | jq -r '.[].reason' | sort -u)" \
        "its sender was stopped in a ring of full mailboxes, where it found no room"
    actorsup start a
    wait_until 20 state_is a ready
    kill "$BG" 2>/dev/null || true # it may have got rid of all
    balanced
}
