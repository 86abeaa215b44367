# reload: what is described otherwise is replaced in its turn; mail stays, and nobody waits for long.
bats_require_minimum_version 1.5.0
load helper
load conditions

pids() { actorsup ps --json "$@" | jq -r '.[].pid' | tr '\n' ' '; }
states() { actorsup ps --json "$@" | jq -r '[.[].state] | join(" ")'; }

@test "a pool rolls member by member: each is ready before the next, and none is without" {
    script serve <<'SH'
#!/bin/sh
if [ "$1" = new ]; then
    echo "$ACTOR_INDEX" >>started
    while ! [ -e "go.$ACTOR_INDEX" ]; do sleep 0.02; done
fi
echo >&"$ACTOR_READY_FD"
while read -r l; do echo "$1 $l" >>got; done
SH
    topology <<'YAML'
actors:
  w: {run: ./serve old, pool: 3, ready: notify}
YAML
    up_system
    local before
    read -ra before <<<"$(pids)"
    sed -i 's/serve old/serve new/' actorsup.yaml
    background actorsup reload
    local reload=$BG
    wait_until 10 file_lines started 1
    run cat started
    assert_output 1
    assert_equal "$(pids w/2 w/3)" "${before[1]} ${before[2]} "
    assert_equal "$(ps_get w/2 reason)" "it runs what the file said before; new once w/1 is ready"
    echo x | actorsend w # one of the others
    wait_until 10 file_has got "old x"
    >go.1
    wait_until 10 file_lines started 2
    assert_equal "$(state_of w)" ready
    assert_equal "$(pids w/3)" "${before[2]} "
    >go.2
    >go.3
    wait "$reload"
    run cat started
    assert_output "1
2
3"
    assert_equal "$(states)" "ready ready ready"
    assert_equal "$(ps_get w/2 reason)" ""
    echo y | actorsend w
    wait_until 10 file_has got "new y"
}

@test "where a new one fails the others stay as they were, and the next reload mends it" {
    topology <<'YAML'
defaults: {limit: {restarts: 1}, backoff: {min: 1ms}}
actors:
  w: {run: cat, pool: 3, ready: {exec: "true"}}
YAML
    up_system
    local before
    read -ra before <<<"$(pids)"
    sed -i -e 's/run: cat/run: "false"/' -e 's/exec: "true"/exec: "false"/' actorsup.yaml
    run -1 actorsup reload
    assert_output --partial "w/1 is failed"
    assert_equal "$(pids w/2 w/3)" "${before[1]} ${before[2]} "
    assert_equal "$(states)" "failed ready ready"
    assert_equal "$(ps_get w/2 reason)" \
        "it runs what the file said before: with what it says now w/1 has failed"
    sed -i -e 's/run: "false"/run: cat -u/' -e 's/exec: "false"/exec: "true"/' actorsup.yaml
    run actorsup reload
    assert_success
    assert_equal "$(states)" "ready ready ready"
    read -ra after <<<"$(pids)"
    assert [ "${after[1]}" != "${before[1]}" ]
    assert [ "${after[2]}" != "${before[2]}" ]
}

@test "what a process has in hand it may finish, and what it had not read goes to the next" {
    topology <<'YAML'
actors:
  w: {shell: "while read -r x; do test -e open || read -r go <go; echo old $$x >>got; done",
      mailbox: {in_hand: 1}}
YAML
    mkfifo go
    up_system
    actorsend w first
    actorsend w second # waits in its pipe, as the first was read
    actorsend w third
    wait_until 10 prints "1 1" of_w
    sed -i 's/old/new/' actorsup.yaml
    background actorsup reload
    local reload=$BG
    wait_until 10 state_is w stopping
    assert_equal "$(ps_get w reason)" "it ends what it has in hand, and starts as the file says now"
    >open
    echo >go
    wait "$reload"
    wait_until 10 file_lines got 3
    assert_equal "$(cat got)" "old first
old second
new third"
    balanced
}
of_w() { echo "$(ps_get w queued) $(ps_get w in_hand)"; }

@test "another language, delimiter or ack: all of it ends before it starts anew, with its mail" {
    script hold <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "exit":
        break
    print(m["body"], file=open("got", "a"), flush=True)
PY
    topology <<'YAML'
actors:
  w: {run: sleep 1000, stop: {grace: 200ms}}
YAML
    up_system
    seq 5 | actorsend w
    topology <<YAML
actors:
  w: {run: $PYTHON3 hold, speaks: json}
YAML
    run actorsup reload
    assert_success
    assert_output --partial "all of it ends, then starts anew"
    wait_until 10 file_lines got 5
    assert_equal "$(tr '\n' ' ' <got)" "1 2 3 4 5 "
    topology <<'YAML'
actors:
  w: {run: sleep 1000, delimiter: newline, stop: {grace: 200ms}}
YAML
    actorsup reload
    printf 'one\ntwo\n' | actorsend w
    topology <<'YAML'
actors:
  w: {shell: "xargs -0 -n 1 echo >>nul", delimiter: nul}
YAML
    : >nul
    actorsup reload
    wait_until 10 prints "one two " xargs -a nul printf '%s '
    balanced
}

@test "a single actor becomes a pool, and a pool a single actor" {
    topology <<'YAML'
actors:
  w: {shell: "while read -r l; do echo $$l by $$ACTOR_INDEX >>got; done"}
YAML
    up_system
    sed -i 's/"}$/", pool: 3}/' actorsup.yaml
    actorsup reload
    assert_equal "$(actorsup ps --json | jq -r '.[].address' | tr '\n' ' ')" "w/1 w/2 w/3 "
    actorsend w/2 two
    actorsend w/3 three
    wait_until 10 file_has got 'two by 2'
    wait_until 10 file_has got 'three by 3'
    sed -i 's/pool: 3/pool: 2/' actorsup.yaml
    run actorsup reload
    assert_output --partial "pool: 2 members, not 3"
    assert_equal "$(actorsup ps --json | jq length)" 2
    sed -i 's/, pool: 2//' actorsup.yaml
    actorsup reload
    assert_equal "$(actorsup ps --json | jq -r '.[].address')" "w"
    actorsend w alone
    wait_until 10 file_has got 'alone by'
    balanced
}

@test "a process that is not ready yet, and is to say so in another way, starts again" {
    topology <<'YAML'
actors:
  a: {shell: "echo I am up >&2; exec sleep 1000", ready: {log: I am here, timeout: never}}
  b: {run: sleep 1000, ready: {exec: "false", timeout: never}}
YAML
    actorsup up -d
    wait_until 10 log_has a 'I am up'
    local pid
    pid=$(pid_of b)
    sed -i -e 's/I am here/I am up/' -e 's/exec: "false"/exec: "true"/' actorsup.yaml
    run actorsup reload
    assert_success
    assert_equal "$(states)" "ready ready"
    assert_equal "$(pid_of b)" "$pid"
}

@test "under a flow of messages, reload after reload: nothing is lost and nothing twice" {
    script stage <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] != "tell":
        continue # its input is about to end
    print(json.dumps({"op": "send", "body": m["body"]}))
    print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    flow() {
        cat >actorsup.yaml <<YAML
actors:
  a: {run: [$PYTHON3, stage, $1], speaks: json, to: b, pool: $2}
  b: {run: [$PYTHON3, stage, $3], speaks: json, to: sink, mailbox: {messages: $4}}
  sink: {shell: "cat >>got"}
YAML
    }
    flow 1 2 1 100
    up_system
    seq 20000 >lines
    background sh -c 'exec actorsend a <lines'
    local send=$BG i
    for i in 2 3 4 5 6; do
        flow "$i" $((i % 3 + 1)) $((i / 2)) $((i * 20))
        actorsup reload
    done
    wait "$send"
    wait_until 60 idle a
    wait_until 60 idle b
    wait_until 60 idle sink
    wait_until 10 file_lines got 20000
    sort -n got | cmp - lines
    balanced
}

@test "what is stopped by hand while it is replaced stays so" {
    topology <<'YAML'
actors:
  b: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", ack: read}
  c: {run: cat}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    sed -i 's/ack: read/ack: line/' actorsup.yaml
    background actorsup reload
    local reload=$BG
    wait_until 10 state_is b stopping
    background actorsup stop b
    local stop=$BG
    echo >&7
    wait "$stop"
    wait "$reload"
    exec 7<&-
    assert_equal "$(state_of b)" stopped
}

@test "a filter that is given a target, or has none any more, answers asks as before" {
    topology <<'YAML'
actors:
  a: {run: cat -u}
  b: {run: cat}
YAML
    up_system
    run -0 actorsend -a a one
    assert_output one
    sed -i 's/a: {run: cat -u}/a: {run: cat -u, to: b}/' actorsup.yaml
    actorsup reload
    seq 5 | actorsend a
    wait_until 10 log_has b '| 5'
    run -1 actorsend -a a no
    assert_output --partial "does not answer"
    sed -i 's/, to: b//' actorsup.yaml
    actorsup reload
    run -0 actorsend -a a two
    assert_output two
    balanced
}

@test "what was scaled by hand stays so when all of it is replaced" {
    topology <<'YAML'
actors:
  w: {run: cat, pool: 2}
YAML
    up_system
    actorsup scale w=4
    sed -i 's/pool: 2/pool: 2, ack: line/' actorsup.yaml
    actorsup reload
    assert_equal "$(states)" "ready ready ready ready"
}

@test "one that dies by itself before its turn comes starts with the new command, whatever its rule" {
    topology <<'YAML'
actors:
  w: {run: sleep 1000, pool: 2, restart: never, speaks: none, ready: {exec: test -e go, every: 10ms}}
YAML
    >go
    up_system
    rm go
    sed -i 's/sleep 1000/sleep 1001/' actorsup.yaml
    background actorsup reload
    local reload=$BG
    wait_until 10 state_is w running
    kill -KILL "$(pid_of w/2)"
    wait_until 10 log_has w/2 actor.failed
    >go
    wait "$reload"
    assert_equal "$(states)" "ready ready"
    assert_equal "$(actorsup ps --json | jq -r '.[].pid' | xargs -I{} sh -c 'tr "\0" " " <"/proc/$1/cmdline"; echo' _ {} | sort -u)" "sleep 1001 "
}

@test "once: what is in hand ends first, within the grace, however much comes on" {
    topology <<'YAML'
actors:
  a: {shell: "sleep 0.03; exec cat", speaks: once, to: b, stop: {grace: 20s}}
  b: {shell: exec cat, speaks: once, concurrency: 3, to: a}
  slow: {shell: "echo x >>begun; exec sleep 1000", speaks: once, stop: {grace: 300ms}, mailbox: {retry: 1}}
YAML
    up_system
    seq 5 | actorsend a # they go round and round
    seq 2 | actorsend slow
    wait_until 10 handled_is a 10
    wait_until 10 test -e begun
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {shell: exec cat, speaks: once, concurrency: 3, to: a}
  slow: {run: cat, to: sink}
  sink: {shell: "cat >out"}
YAML
    run -0 actorsup reload -t "$(patiently 20)"
    wait_until 10 file_lines out 2 # that was no failed attempt
    assert_equal "$(sort out | xargs)" "1 2"
    balanced
}
handled_is() { [ "$(ps_get "$1" handled)" -ge "$2" ]; }
