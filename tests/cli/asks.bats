# Asks, clause by clause: each reply finds its ask by id, whoever asks and whoever answers.
bats_require_minimum_version 1.5.0
load helper
load conditions

# answerers MORE...: those who are asked, and who ask: j (json), f (frames), and actorsend.
#   rev     answers two asks at a time, the later one first
#   slow    a filter, gate a command for each ask: both answer once there is a file `go`
#   front   leaves its asks to `back`, which answers them
answerers() {
    script rev <<'PY'
#!/usr/bin/env python3
import json, os, sys
held = []
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] != "ask":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
        continue
    held.append(m)
    while len(held) == 2:
        m = held.pop()
        print(json.dumps({"op": "reply", "re": m["id"], "body": "re " + m["body"]}), flush=True)
        m = held.pop()
        print(json.dumps({"op": "reply", "re": m["id"], "body": "re " + m["body"]}), flush=True)
PY
    script front <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "ask":
        print(m["id"], file=open("asked", "a"), flush=True)
        print(json.dumps({"op": "send", "to": "back", "headers": {"ask": m["id"]}, "body": m["body"]}))
    print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    script back <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell":
        print(json.dumps({"op": "reply", "re": m["headers"]["ask"], "body": "back has " + m["body"]}))
    print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  j: {run: $OBEY, speaks: json}
  f: {run: $CLIENT actor, speaks: frames}
  rev: {run: $PYTHON3 rev, speaks: json}
  front: {run: $PYTHON3 front, speaks: json}
  back: {run: $PYTHON3 back, speaks: json}
  slow: {shell: "while read -r l; do until test -e go; do sleep 0.02; done; echo re \$\$l; done"}
  gate: {shell: "until test -e go; do sleep 0.02; done; printf 're '; cat", speaks: once}
  flow: {run: cat, to: sink}
  passes: {shell: "while read -r l; do echo passed \$\$l; done", ack: line, to: lines}
  lines: {shell: "while read -r l; do echo re \$\$l; done"}
  sink: {shell: "exec cat >out"}
  plain: {run: sleep 1000, speaks: none}
  over: {shell: "exit 0", speaks: json}
  broken: {shell: "exit 1", speaks: json, restart: never}
$1
YAML
    actorsup up -d
    wait_until 20 state_is over done
    wait_until 20 state_is broken failed
    wait_until 20 state_is j ready
    wait_until 20 state_is f ready
}
# What j was told of its ask ID.
told() { jq -r 'select(.re == "'"$1"'") | .type + " " + (.reason // .body) + " of " + .from' json.j; }
told_is() { [ "$(told "$1")" = "$2" ]; }
j_asks() { actorsend j "op {\"op\":\"send\",\"to\":\"$2\",\"body\":\"$3\",\"ask\":\"$1\",\"timeout\":${4:-60}}"; } # ID TO BODY [TIMEOUT]
late_is() { [ "$(actorsup dead ls --json | jq '[.[] | select(.reason == "late")] | length')" = "$1" ]; }

@test "replies that come out of order find their asks" {
    answerers
    j_asks first rev one
    j_asks second rev two
    wait_until 20 told_is first "reply re one of rev"
    told_is second "reply re two of rev"
    # The later one was answered first.
    assert_equal "$(jq -r 'select(.type == "reply").re' json.j | tr '\n' ' ')" "second first "
    run -0 within 30 actorsend -a -t 20 rev <<<$'three\nfour'
    assert_output $'re three\nre four'
    run -0 within 30 actorsend -a -t 20 f <<<$'ask rev five\nask rev six' # an ask for each ask
    assert_output $'re five\nre six'
    balanced
}

@test "filters and commands answer in their own order, each its own ask" {
    answerers
    run -0 within 30 actorsend -a -t 20 lines <<<$'one\ntwo'
    assert_output $'re one\nre two'
    run -0 within 30 actorsend -a -t 20 passes <<<$'three\nfour' # the last stage answers
    assert_output $'re passed three\nre passed four'
    >go
    run -0 within 30 actorsend -a -t 20 gate <<<$'five\nsix'
    assert_output $'re five\nre six'
    j_asks a lines seven
    j_asks b passes eight
    wait_until 20 told_is a "reply re seven of lines"
    wait_until 20 told_is b "reply re passed eight of lines"
    run -0 within 30 actorsend -a -t 20 f 'ask gate nine'
    assert_output 're nine'
    balanced
}

@test "an ask that is not answered in time is told to the asker; the answer is late, and dead" {
    answerers
    j_asks jl slow one 0.1
    j_asks jo gate two 0.1
    wait_until 20 told_is jl "dead timeout of actorsup"
    wait_until 20 told_is jo "dead timeout of actorsup"
    run -1 actorsend -a -t 0.5 slow three
    assert_output "actorsend: message 1 was not answered: timeout"
    j_asks jr rev four 0.1
    wait_until 20 told_is jr "dead timeout of actorsup"
    run -0 within 30 actorsend -a -t 20 f 'ask rev five' # which lets rev answer both
    assert_output "re five"
    wait_until 20 late_is 1
    assert_equal "$(actorsup dead ls --json | jq -r '.[] | .from + " " + .to + " " + .type')" "rev j reply"
    >go
    wait_until 20 late_is 4
    assert_equal "$(actorsup dead ls --json | jq -r '.[] | .from + " " + (.to | sub("[0-9]+"; "N"))' | sort | tr '\n' ',')" \
        "gate j,rev j,slow j,slow ~N,"
    told_is jl "dead timeout of actorsup" # and nothing else
    assert_equal "$(actorsend -a -t 20 slow next)" "re next" # the pairs are as they were
    balanced
}

@test "the answer to one that has gone meanwhile is late, and dead" {
    answerers "  kid: {run: $OBEY, speaks: json, template: true}
  once: {run: $OBEY, speaks: json}"
    actorsup spawn kid child
    actorsend child 'ask slow one'
    actorsend once 'ask slow two'
    wait_until 20 prints 2 ps_get slow in_hand
    actorsup exit child
    sed -i '/^  once:/d' actorsup.yaml
    actorsup reload
    >go
    wait_until 20 late_is 2
    assert_equal "$(actorsup dead ls --json | jq -r '.[] | .from + " " + .to + " " + .type' | sort | paste -sd,)" \
        "slow child reply,slow once reply"
    balanced
}

@test "frames: told of a time-out as well" {
    answerers
    run -0 within 30 actorsend -a -t 20 f 'ask gate one' # it gives its asks 3 s
    assert_output "dead: timeout"
    >go
    wait_until 20 late_is 1
    assert_equal "$(dead_get from) $(dead_get to)" "gate f"
}

@test "an ask may be answered by another than was asked, which the asker sees" {
    answerers
    j_asks d front one
    wait_until 20 told_is d "reply back has one of back"
    run -0 within 30 actorsend -a -t 20 front two
    assert_output "back has two"
    assert_equal "$(actorsend -a -j -t 20 front three | jq -r .from)" back
    run -0 within 30 actorsend -a -t 20 f 'ask front four'
    assert_output "back has four"
    # A second answer to the same ask is late.
    late_is 0
    actorsend -H "ask=$(tail -n 1 asked)" back again
    wait_until 20 late_is 1
    log_has back "reply.late name=back re=$(tail -n 1 asked)"
    balanced
}

@test "an ask to a dead address is answered at once, with the reason" {
    answerers "  kid: {run: cat, speaks: json, template: true}"
    local to why n=0
    while IFS='|' read -r to why; do
        n=$((n + 1))
        j_asks "n$n" "$to" x
        wait_until 20 told_is "n$n" "dead $why of actorsup"
        run -1 within 20 actorsend -a -t 60 "$to" x
        assert_output --partial "$why"
        run -0 within 20 actorsend -a -t 60 f "ask $to x"
        assert_output "dead: $why"
    done <<'END'
nobody|unknown actor nobody
lins|unknown actor lins (did you mean lines?)
over|done
plain|plain: it has no mailbox (speaks: none)
flow|flow: does not answer
lines/2|lines has 1 member
lines/*|lines: an ask needs one receiver
kid|kid is a template: actors are spawned of it
j.kid|unknown actor j.kid
front@west|unknown host west
END
    [ "$n" = 10 ]
    balanced
}

@test "who asks one that has ended meanwhile is told at once; one that failed or stopped keeps it" {
    answerers "  kid: {run: $OBEY, speaks: json, restart: never, mailbox: {in_hand: 1}, template: true}"
    actorsup spawn kid gone
    j_asks a gone hold
    wait_until 20 file_has got.gone hold
    j_asks b gone waits
    actorsup exit --now gone
    wait_until 20 told_is b "dead its actor has ended of actorsup"
    wait_until 20 told_is a "dead its actor has ended of actorsup"
    actorsup spawn kid well
    j_asks c well "exit 0" 60 # answers nothing, and is done
    wait_until 20 told_is c "dead unanswered of actorsup"
    j_asks d broken kept 0.1
    wait_until 20 told_is d "dead timeout of actorsup"
    assert_equal "$(ps_get broken queued)" 1
    balanced
}

@test "json: fail, ack and defer of an ask: tried again, not answered, put back" {
    answerers
    actorsup stop rev
    j_asks f1 j 'fail no'
    wait_until 20 told_is f1 "dead no of actorsup"
    assert_equal "$(jq -r 'select(.body == "fail no").attempt' json.j | tr '\n' ' ')" "1 2 3 "
    j_asks a1 j 'acked' 0.2
    wait_until 20 told_is a1 "dead timeout of actorsup"
    j_asks d1 j 'defer' 0.2
    wait_until 20 told_is d1 "dead timeout of actorsup"
    assert_equal "$(jq -r 'select(.body == "defer").attempt' json.j | tr '\n' ' ')" "1 1 "
    assert_equal "$(actorsend -a -t 20 j 'echo on')" on
    wait_until 20 idle j
    balanced
}

@test "frames: fail and defer of an ask: tried again, put back" {
    answerers
    j_asks f1 f 'fail no'
    wait_until 20 told_is f1 "dead no of actorsup"
    j_asks d1 f defer
    wait_until 20 told_is d1 "reply 1 of f" # the attempt, which being put back does not count
    actorsend f 'fail tell'
    wait_until 20 dead_is 2
    wait_until 20 idle f
    balanced
}
