bats_require_minimum_version 1.5.0
load helper
load conditions

# Backpressure, not loss: a full mailbox stops who sends to it; acks and replies pass.

@test "a full mailbox stops its sender and that one's sender; memory stays bounded, nothing is lost" {
    topology <<'YAML'
defaults: {mailbox: {messages: 100}}
actors:
  a: {run: cat, to: b}
  b: {run: cat, to: c}
  c: {shell: "until test -e go; do sleep 0.05; done; exec cat >out", mailbox: {messages: 100}}
YAML
    up_system
    local pid before
    pid=$(supervisor_pid)
    before=$(memory "$pid")
    seq 1 300000 >in
    actorsend a <in &
    local sender=$!
    wait_until 20 blocked b
    wait_until 20 blocked a
    grown_less "$pid" "$before" 4096
    assert_equal "$(audit_get c accepted)" 100
    kill -0 "$sender"
    touch go
    wait "$sender"
    wait_until 30 file_lines out 300000
    cmp in out
    balanced
}

@test "mailbox bytes bound it as well" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000, mailbox: {bytes: 1MiB}}
YAML
    up_system
    head -c 100000 /dev/zero | tr '\0' x >body
    run -1 bash -c 'for i in $(seq 1 20); do actorsend -t 1 -w a <body || exit 1; done'
    assert_equal "$(audit_get a accepted)" 10
}

@test "an ask reserves the place of its reply: it comes though the asker's mailbox is full" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, mailbox: {messages: 3, in_hand: 2}}
  k: {run: $OBEY, speaks: json}
YAML
    up_system
    actorsup stop k
    actorsend j 'op {"op": "send", "to": "k", "body": "echo through", "ask": "q", "timeout": 600}'
    wait_until 10 idle j
    actorsend -n 2 j hold
    actorsend j waits
    actorsup kill -STOP j # which would have handled it at once
    actorsup start k
    wait_until 10 idle k
    # Three tells fill it; the reply is the fourth.
    wait_until 10 prints 4 audit_total j
    actorsup kill j
    balanced
}
audit_total() { actorsup audit --json "$1" | jq '.[0].queued + .[0].in_hand'; }

@test "json: behind a blocked send acks and replies still take effect" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json}
  slow: {run: sleep 1000, mailbox: {messages: 1}}
YAML
    up_system
    actorsend j 'many 3 slow'
    wait_until 10 blocked j
    wait_until 10 idle j
    run -0 actorsend -a -t 20 j 'echo still here'
    assert_output "still here"
    assert_equal "$(audit_get slow accepted)" 1
}

@test "frames: behind a blocked send acks and replies still take effect" {
    topology <<YAML
actors:
  f: {run: $CLIENT actor, speaks: frames, to: slow}
  slow: {run: sleep 1000, mailbox: {messages: 1}}
YAML
    up_system
    actorsend -n 3 f 'echo x'
    wait_until 10 blocked f
    wait_until 10 idle f
    run -0 actorsend -a -t 20 f 'echo still here'
    assert_output "still here"
}

@test "a ring of full mailboxes is found and named in ps and the log" {
    topology <<'YAML'
defaults: {mailbox: {messages: 2}}
actors:
  one: {shell: "while read -r l; do echo $l; echo $l; done", to: two}
  two: {shell: "while read -r l; do echo $l; echo $l; done", to: one}
YAML
    up_system
    # Large, so that the pipes are soon full as well: until then it is no ring.
    head -c 30000 /dev/zero | tr '\0' x >large
    actorsend -w -t 1 one <large || true
    # Until the pipes are full a slow reader may still undo a ring that was told.
    wait_until 20 ring_said one '(one, two|two, one)$'
    wait_until 10 log_has one ring
}
ring_said() { [[ "$(ps_get "$1" reason)" =~ ring.*$2 ]]; }

@test "one that sends to its own full mailbox is a ring of one" {
    topology <<'YAML'
actors:
  self: {shell: "while read -r l; do echo $l; echo $l; done", to: self, mailbox: {messages: 2}}
YAML
    up_system
    head -c 30000 /dev/zero | tr '\0' x >large
    actorsend -w -t 1 self <large || true
    wait_until 20 ring_said self 'self$'
    wait_until 10 log_has self ring
}

@test "drop-new and drop-old drop tells and asks, but no replies and no wakes" {
    script keeps <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    print(m["type"], m.get("re", ""), file=open("got." + sys.argv[1], "a"), flush=True)
    if m["type"] == "tell":
        print(json.dumps({"op": "send", "to": "echo", "ask": "q", "body": "hi"}))
        print(json.dumps({"op": "wake", "after": 0.01, "id": "w"}), flush=True)
    else:
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
defaults: {mailbox: {messages: 1}}
actors:
  new: {run: $PYTHON3 keeps new, speaks: json, mailbox: {messages: 1, full: drop-new}}
  old: {run: $PYTHON3 keeps old, speaks: json, mailbox: {messages: 1, full: drop-old}}
  echo: {run: [sed, -u, p], ack: line}
YAML
    up_system
    for name in new old; do
        actorsend $name go # it stays in hand: the mailbox is full
        wait_until 10 file_has got.$name "reply q"
        wait_until 10 file_has got.$name "wake w"
    done
    balanced
}

@test "senders to a small mailbox go on whenever its filter has read" {
    topology <<'YAML'
actors:
  source: {shell: "exec seq 100000", to: mid, restart: never, after: [mid]}
  mid: {shell: "exec sed -u s/^/x/", pool: 3, ack: line, to: sink, eof: upstream, after: [sink]}
  sink: {shell: "exec cat >out", eof: upstream, mailbox: {messages: 5}}
YAML
    # What must not happen depends on who is first, so it is tried several times.
    for _ in 1 2 3 4 5; do
        within 60 actorsup up >log
        assert_equal "$(wc -l <out)" 100000
    done
}

@test "who waits for room takes turns: a flood does not starve the others" {
    topology <<'YAML'
actors:
  flood: {run: "yes flood", to: d}
  polite: {shell: "seq 20; exec sleep 1000", to: d, after: {flood: ready}}
  d: {shell: "while read -r x; do echo $$x >>got; done", mailbox: {messages: 20}}
YAML
    up_system
    seq 101 120 | within 30 actorsend -t 25 d
    wait_until 20 numbers_got 40
}
numbers_got() { [ "$(grep -c '^[0-9]' got)" -ge "$1" ]; }

@test "headers count against the bound in bytes" {
    topology <<'YAML'
actors: {h: {run: sleep 1000, speaks: json, mailbox: {bytes: 100KiB}}}
YAML
    up_system
    run -1 actorsend -t 0.5 -H "k=$(head -c 40000 /dev/zero | tr '\0' x)" -n 20 h m
    [ "$(($(ps_get h queued) + $(ps_get h in_hand)))" -le 3 ]
}

@test "an ask reserves the place of its reply: no more are open than the mailbox may hold" {
    script asks <<'PY'
#!/usr/bin/env python3
import json, sys
for i in range(200):
    print(json.dumps({"op": "send", "to": "hold", "ask": "q%d" % i, "timeout": 1000, "body": "x"}))
sys.stdout.flush()
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "reply":
        print(m["re"], file=open("replies", "a"), flush=True)
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
actors:
  asks: {run: $PYTHON3 asks, speaks: json, mailbox: {messages: 5}}
  hold: {shell: "while test ! -e go; do sleep 0.02; done; exec cat"}
YAML
    up_system
    wait_until 20 reason_has asks "answers to its asks"
    assert_equal "$(actorsup audit --json | jq '.[] | select(.name == "hold") | .accepted')" 5
    touch go
    wait_until 20 file_lines replies 200
    balanced
}
reason_has() { [[ "$(ps_get "$1" reason)" == *"$2"* ]]; }

@test "who waits to ask again goes on once it has its reply, though its own mailbox stays full" {
    cat >asker.py <<'PY'
import json, sys
held = None
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell":
        held = m["id"]
        for tag in "12":
            print(json.dumps({"op": "send", "to": "k", "body": "echo hi", "ask": tag}), flush=True)
    elif m.get("re") == "2":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
        print(json.dumps({"op": "ack", "id": held}), flush=True)
    else:
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
actors:
  j: {run: [$PYTHON3, asker.py], speaks: json, mailbox: {messages: 1}}
  k: {run: $OBEY, speaks: json}
YAML
    up_system
    actorsend j begin
    wait_until 10 prints 2 audit_get k handled
    wait_until 10 prints 3 audit_get j handled
    balanced
}

@test "timers of an actor are bounded by mailbox.bytes" {
    script timers <<'PY'
#!/usr/bin/env python3
import json, sys
for i in range(1000):
    print(json.dumps({"op": "wake", "after": 1000, "id": "w%d" % i, "body": "x" * 1000}))
sys.stdout.flush()
sys.stdin.read()
PY
    topology <<YAML
actors: {t: {run: $PYTHON3 timers, speaks: json, mailbox: {bytes: 100KiB}}}
YAML
    up_system
    wait_until 20 log_has t "wake.refused"
}

@test "long lines through a mailbox of one message, or of few bytes, keep going" {
    local bound
    awk 'BEGIN { s = sprintf("%5000s", ""); gsub(/ /, "x", s); for (i = 0; i < 500; i++) print i s }' >in
    for bound in "messages: 1" "bytes: 10KiB" "messages: 3, in_hand: 2"; do
        rm -f out
        topology <<YAML
actors:
  s: {run: cat in, to: k}
  k: {shell: "exec cat >out", eof: upstream, mailbox: {$bound}}
YAML
        timeout 60 actorsup up
        cmp in out
    done
}

@test "in_hand: a filter gets no more before it has read, and then it does" {
    local n
    for n in 1 7; do
        rm -f out
        topology <<YAML
actors:
  s: {run: seq 2000, to: k}
  k: {shell: "exec cat >out", eof: upstream, mailbox: {messages: 50, in_hand: $n}}
YAML
        timeout 60 actorsup up
        assert_equal "$(sha256sum <out)" "$(seq 2000 | sha256sum)"
    done
}

@test "a member of a pool that does not read its own mail does not stop the others" {
    topology <<'YAML'
actors:
  p: {shell: "test $$ACTOR_INDEX = 1 && exec sleep 1000; exec cat >out", pool: 2, mailbox: {messages: 50}}
YAML
    up_system
    actorsend -n 5 p/1 x
    seq 5000 | timeout 60 actorsend p/2
    wait_until 20 file_lines out 5000
    assert_equal "$(sha256sum <out)" "$(seq 5000 | sha256sum)"
}
