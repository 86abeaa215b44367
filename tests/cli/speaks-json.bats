bats_require_minimum_version 1.5.0
load helper
load conditions

up_obey() {
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  j: {run: $OBEY, speaks: json, to: sink}
  k: {run: $OBEY, speaks: json}
  sink: {shell: "exec cat >out"}
YAML
    up_system
}

@test "json in: id, from, to, type, body, headers, attempt" {
    up_obey
    actorsend -H a=b k 'text "quoted" é'
    wait_until 10 file_lines json.k 1
    assert_equal "$(jq -c '[.to, .type, .body, .headers, .attempt]' json.k)" \
        '["k","tell","text \"quoted\" é",{"a":"b"},1]'
    assert_equal "$(jq -r .from json.k | cut -c1)" "~"
    [[ "$(jq -r .id json.k)" =~ ^[0-9a-f]{16}$ ]]
}

@test "json in: a body that is not UTF-8 comes as body64" {
    up_obey
    printf '\377\376' | actorsend -w k
    wait_until 10 file_lines json.k 1
    assert_equal "$(jq -r .body64 json.k)" "$(printf '\377\376' | base64)"
    assert_equal "$(jq 'has("body")' json.k)" false
}

@test "json out: send by to, by the file, with headers, with body64" {
    up_obey
    actorsend j 'echo to the file'
    actorsend j 'send k hello k'
    actorsend j 'op {"op":"send","to":"k","body64":"aGk=","headers":{"x":"y"}}'
    wait_until 10 file_has out 'to the file'
    wait_until 10 file_lines got.k 2
    assert_equal "$(jq -r .body json.k | tr '\n' ' ')" "hello k hi "
    assert_equal "$(tail -n 1 json.k | jq -c '[.from, .headers.x]')" '["j","y"]'
}

@test "json: an ask of its own comes back as a reply with re; without one as dead with a reason" {
    up_obey
    actorsend j 'ask k echo through'
    wait_until 10 file_has got.j 'reply'
    assert_equal "$(jq -r 'select(.type == "reply") | .body + " " + .re' json.j)" "through q"
    actorsend j 'op {"op":"send","to":"k","body":"hold","ask":"late","timeout":0.1}'
    wait_until 10 file_has got.j 'dead'
    assert_equal "$(jq -r 'select(.type == "dead") | .re' json.j)" late
    actorsend j 'send nobody x'
    wait_until 10 file_has got.j nobody
}

@test "json: reply answers and acks; fail is a failed attempt; wake wakes" {
    up_obey
    assert_equal "$(actorsend -a -t 20 k 'echo hi')" hi
    wait_until 10 idle k
    actorsend k 'fail it'
    wait_until 10 dead_is 1
    assert_equal "$(got k | grep -c 'fail it')" 3
    run actorsup dead show "$(first_dead)"
    assert_output --partial it
    actorsend k 'wake 10'
    wait_until 10 file_has got.k 'wake 1 woken'
    actorsend k 'op {"op":"wake","after":"10s","id":"never"}'
    actorsend k 'op {"op":"unwake","id":"never"}'
    wait_until 10 idle k
    balanced
}

@test "json: ready by its op, log by its op" {
    script obey-ready <<SH
#!/bin/sh
echo '{"op":"log","level":"warning","text":"starting up"}'
until test -e go; do sleep 0.02; done
echo '{"op":"ready"}'
exec $OBEY
SH
    topology <<'YAML'
actors:
  r: {run: ./obey-ready, speaks: json, ready: notify}
YAML
    actorsup up -d
    wait_until 10 log_has r 'starting up'
    assert_equal "$(state_of r)" running
    touch go
    wait_until 10 state_is r ready
}

@test "json: a line that is not valid is logged with the reason and skipped" {
    up_obey
    actorsend k 'raw {"op":"send"'
    actorsend k 'raw {"op":"sned","to":"k"}'
    actorsend k 'raw [1]'
    actorsend k 'raw {"op":"ack","id":"00000000000000ab"}'
    actorsend k 'raw {"op":"spawn"}'
    wait_until 10 log_has k 'not JSON'
    wait_until 10 log_has k 'did you mean send'
    wait_until 10 log_has k 'one JSON object'
    wait_until 10 log_has k 'no message with this id'
    wait_until 10 log_has k 'template is missing'
    assert_equal "$(actorsend -a -t 20 k 'echo on')" on
    assert_equal "$(ps_get k restarts)" 0
}

@test "json: stop sends exit, and what is in hand is kept" {
    up_obey
    actorsend k 'hold it'
    wait_until 10 file_lines got.k 1
    actorsup stop k
    assert_equal "$(ps_get k queued)" 1
    actorsup start k
    wait_until 10 file_has got.k '2 hold it'
}

@test "json: members of a pool that ack many at a time get as many as they wait for" {
    script batches <<'PY'
#!/usr/bin/env python3
import json, sys
held = []
for line in sys.stdin:
    held.append(json.loads(line)["id"])
    if len(held) == 50:
        print("\n".join(json.dumps({"op": "ack", "id": i}) for i in held), flush=True)
        held = []
PY
    topology <<YAML
actors:
  b: {run: $PYTHON3 batches, speaks: json, pool: 2}
YAML
    up_system
    seq 1000 | actorsend b
    # Each holds fewer than 50 in the end.
    wait_until 20 handled_more_than b 900
}
handled_more_than() { # ACTOR N: over all its members
    [ "$(actorsup ps --json "$1" | jq 'map(.handled) | add')" -gt "$2" ]
}

@test "json: an ask to a list of addresses is refused at once" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, to: [k, l]}
  k: {run: cat}
  l: {run: cat}
YAML
    up_system
    actorsend j 'op {"op":"send","body":"both?","ask":"m"}'
    wait_until 10 file_has got.j dead
    assert_equal "$(jq -r 'select(.type == "dead") | .re' json.j)" m
    assert_equal "$(actorsup dead ls --json | jq length)" 1
}

@test "json: 100,000 timers that wait cost nothing while idle, survive a restart, and can be taken back" {
    script many <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell" and m["body"] == "set":
        print("\n".join('{"op":"wake","after":3600,"id":"%d"}' % i for i in range(100000)))
        print('{"op":"wake","after":0.3,"id":"soon","body":"now"}')
        print("set", file=open("done", "a"), flush=True)
    elif m["type"] == "tell" and m["body"] == "unset":
        print("\n".join('{"op":"unwake","id":"%d"}' % i for i in range(100000)))
        print("unset", file=open("done", "a"), flush=True)
    elif m["type"] == "wake":
        print("woken", m["re"], file=open("done", "a"), flush=True)
    if m["type"] != "exit":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
actors:
  many: {run: $PYTHON3 many, speaks: json, restart: always, backoff: {min: 1ms}}
YAML
    up_system
    local pid before
    actorsend many set
    wait_until 20 file_has "done" '^set$'
    actorsup kill many
    wait_until 20 file_has "done" '^woken soon$'
    wait_until 20 idle many
    pid=$(supervisor_pid)
    wait_until 10 asleep "$pid"
    before=$(wakes "$pid")
    sleep 0.4 # what is to be seen is that nothing happens meanwhile
    assert_equal "$(wakes "$pid")" "$before"
    actorsend many unset
    wait_until 20 file_has "done" '^unset$'
    wait_until 20 idle many
    assert_equal "$(wc -l <"done")" 3
}
wakes() { for p; do grep ctxt_switches "/proc/$p/status"; done; }
# The last command has been hung up on when two looks see the same.
asleep() { local one; one=$(wakes "$1"); sleep 0.05; [ "$(wakes "$1")" = "$one" ]; }

# What it needs to handle the message in hand does not wait behind it: asks b, and answers with that.
asking() {
    script asking <<'PY'
#!/usr/bin/env python3
import json, sys
held, asked = None, 0
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "ask":
        held, asked = m["id"], asked + 1
        print("ask", m["body"], m["attempt"], file=open("seen", "a"), flush=True)
        print(json.dumps({"op": "wake", "after": 0.01, "body": "x"}), flush=True)
    elif m["type"] == "wake":
        if held:
            print(json.dumps({"op": "send", "to": "b", "body": "", "ask": "b%d" % asked}), flush=True)
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
    elif m["type"] in ("reply", "dead"):
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
        if held and m["re"] == "b%d" % asked:
            print(json.dumps({"op": "reply", "re": held, "body": m["body"]}), flush=True)
            held = None
PY
    script b <<'PY'
#!/usr/bin/env python3
import json, os, sys, time
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "ask":
        while os.path.exists("hold"):
            time.sleep(0.01)
        print(json.dumps({"op": "reply", "re": m["id"], "body": "fine"}), flush=True)
PY
    topology <<YAML
defaults: {speaks: json, backoff: {min: 1ms}}
actors:
  a: {run: $PYTHON3 asking, mailbox: {in_hand: ${1:-none}}}
  b: {run: $PYTHON3 b}
YAML
    up_system
}

@test "in_hand: 1: the reply and the timer that the one in hand waits for pass those that wait behind it" {
    asking 1
    seq 20 >lines
    run -0 within 60 actorsend -a -t "$(patiently 20)" a <lines
    assert_equal "$(sort -u <<<"$output")" fine
    assert_equal "$(wc -l <<<"$output")" 20
    assert_equal "$(cut -d' ' -f2 seen | tr '\n' ' ')" "$(seq -s' ' 20) "
}

@test "what comes again alone after a death gets the replies that it waits for, and others wait" {
    asking
    touch hold
    seq 3 >lines
    background sh -c "exec actorsend -a -t $(patiently 20) a <lines >answers"
    wait_until 20 file_has seen 'ask 3 1'
    wait_until 20 prints 1 ps_get b in_hand
    actorsup kill a
    wait_until 20 file_has seen 'ask 1 2'
    rm hold
    wait "$BG"
    assert_equal "$(sort <answers | uniq -c | tr -s ' ')" " 3 fine"
    assert_equal "$(tail -n 3 seen)" "$(printf 'ask %d 2\n' 1 2 3)"
}

@test "json: notes that were left out are told in number, though it says nothing more" {
    script burst <<'PY'
#!/usr/bin/env python3
import sys
for i in range(30):
    print('{"op":"nope"}', flush=True)
sys.stdin.read()
PY
    topology <<YAML
actors:
  a: {run: $PYTHON3 burst, speaks: json}
  boss: {run: $OBEY, speaks: json}
YAML
    up_system
    wait_until 10 log_has a 'notes.left_out.*count=20'
    assert_equal "$(log_count a speak.bad)" 10
    # What cannot be spawned is told to its parent, and in its log.
    actorsend boss 'op {"op": "spawn", "template": "nope"}'
    wait_until 10 log_has boss 'spawn.refused.*nope'
    wait_until 10 test -s got.boss
    assert_equal "$(jq -r 'select(.type == "child_exited").headers.actor' json.boss)" boss.nope
}
