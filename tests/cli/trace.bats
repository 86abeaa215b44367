bats_require_minimum_version 1.5.0
load helper
load conditions

# `actorsup trace`: from a message to what caused it and to what it caused.

# path ID: its causes, the first one first, and itself, as `from>to:type:state`.
path() { actorsup trace --json "$@" | jq -r '[recurse(.causes[0]? // empty)] | map(select(. != null) | .from + ">" + .to + ":" + .type + ":" + (.state // "several")) | reverse | join(" ") | gsub("~[0-9]+"; "~")'; }
# effects ID: the same of all that it caused, sorted.
effects() { actorsup trace --json "$@" | jq -r '[.. | .effects? // empty | .[] | .from + ">" + .to + ":" + .type] | sort | join(" ") | gsub("~[0-9]+"; "~")'; }
last_id() { actorsup trace --json --last "$1" | jq -r .id; }
traced() { [ "$(path "${@:2}")" = "$1" ]; }
lasts() { actorsup trace --last "$1" >/dev/null; }

@test "through filters, paired lines, once, json and frames, to a list" {
    topology <<YAML
actors:
  read: {shell: "exec stdbuf -oL tr a-z A-Z", to: pair}
  pair: {shell: "exec stdbuf -oL sed s/^/echo\\\\ /", ack: line, to: once}
  once: {shell: cat, speaks: once, to: json}
  json: {run: $OBEY, speaks: json, to: frames}
  frames: {run: $CLIENT actor, speaks: frames, to: [x, y]}
  x: {shell: "exec cat >/dev/null"}
  y: {shell: "exec cat >/dev/null"}
YAML
    up_system
    # Words that the json and the frames actor obey, each with its own: "echo echo text".
    actorsend once "echo echo text"
    wait_until 20 lasts y
    wait_until 20 traced "~>once:tell:handled once>json:tell:handled json>frames:tell:handled frames>y:tell:handled" --last y
    actorsend read one
    wait_until 20 traced "~>read:tell:handled read>pair:tell:handled pair>once:tell:handled once>json:tell:handled json>frames:tell:handled" --last frames
    # The same from the other end, and by the last digits of the ID.
    local id
    id=$(actorsup trace --json --last y | jq -r '[recurse(.causes[0]? // empty)] | map(select(. != null)) | last | .id')
    assert_equal "$(effects "$id")" "frames>x:tell frames>y:tell json>frames:tell once>json:tell"
    assert_equal "$(effects "${id: -4}")" "$(effects "$id")"
    run -0 actorsup trace "$id"
    assert_line --index 0 --regexp "^\* $id  ~[0-9]+ -> once  tell  [0-9:]{8}\.[0-9]{6}  handled by once, waited .*, took "
    assert_line --index 4 --regexp "^        [0-9a-f]{16}  frames -> y  tell"
    balanced
}

@test "a filter's output follows from what it has read and not yet answered" {
    script pairs <<'SH'
#!/bin/sh
# Reads two lines, then says one.
while read -r a && read -r b; do echo "$a$b"; done
SH
    topology <<'YAML'
actors:
  two: {run: ./pairs, to: end}
  end: {shell: "exec cat >/dev/null"}
YAML
    up_system
    local i n
    for i in 1 2 3; do
        actorsend two a
        actorsend two b
        wait_until 10 handled_is end "$i"
    done
    assert_equal "$(actorsup trace --json --last end | jq '[.causes[] | .count // 1] | add')" 2
    # Of each of the six the one that was said of it.
    assert_equal "$(actorsup trace --json --last two | jq -r '.effects | map(.to) | join(" ")')" end
    # Another kind: one message, many lines.
    topology other.yaml <<'YAML'
system: other
actors:
  split: {shell: "exec stdbuf -oL tr ' ' '\\n'", to: end}
  end: {shell: "exec cat >/dev/null"}
YAML
    actorsup up -d --wait=20 other.yaml
    actorsend -s other split "a b c d"
    wait_until 10 eval "[ \"\$(actorsup -s other audit --json end | jq '.[0].handled')\" = 4 ]"
    assert_equal "$(actorsup -s other trace --json --last split | jq '[.effects[] | .count // 1] | add')" 4
}
handled_is() { [ "$(audit_get "$1" handled)" = "$2" ]; }

@test "asks and replies, passed on; wakes; what is dead" {
    topology <<YAML
actors:
  first: {shell: "exec stdbuf -oL sed s/^/echo\\\\ /", ack: line, to: last}
  last: {run: $OBEY, speaks: json}
  j: {run: $OBEY, speaks: json, mailbox: {retry: 2}}
YAML
    up_system
    assert_equal "$(actorsend -a first hello)" hello
    # The same message at both, then its answer.
    assert_equal "$(path --last first)" "~>first:ask:handled"
    assert_equal "$(effects --last first)" "last>~:reply ~>last:ask"
    actorsend j "ask last echo answer"
    wait_until 10 traced "~>j:tell:handled j>last:ask:handled last>j:reply:handled" --last j
    actorsend j "wake 1"
    wait_until 10 traced "~>j:tell:handled j>j:wake:handled" --last j
    actorsend j "send nobody text"
    wait_until 10 dead_is 1
    wait_until 10 traced "~>j:tell:handled j>nobody:tell:dead" "$(first_dead)"
    assert_equal "$(effects "$(first_dead)")" "actorsup>j:dead"
    actorsend j "fail because"
    wait_until 10 dead_is 2
    id=$(actorsup dead ls --json | jq -r '.[1].id')
    run -0 actorsup trace "$id"
    assert_output --partial "dead by j at attempt 2 (because)"
    actorsup dead retry "$id"
    wait_until 10 dead_is 2
    balanced
}

@test "spawned actors: the message in hand caused the child, and what is said of it" {
    topology <<YAML
actors:
  boss: {run: $OBEY, speaks: json}
  kid: {run: cat, template: true}
YAML
    up_system
    actorsend boss 'op {"op":"spawn","template":"kid","name":"k","id":"s"}'
    wait_until 10 traced "~>boss:tell:handled boss.k>boss:reply:handled" --last boss
    actorsend boss 'op {"op":"exit","to":"boss.k"}'
    wait_until 20 traced "~>boss:tell:handled actorsup>boss:child_exited:handled" --last boss
}

@test "what waits, what is in hand, and what is redelivered" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, mailbox: {in_hand: 1}, backoff: {min: 0ms}}
YAML
    up_system
    actorsend j hold
    actorsend j later
    wait_until 10 eval '[ "$(got j)" = "tell 1 hold" ]'
    run -0 actorsup trace --last j
    assert_output --partial "  waiting"
    actorsup kill j
    wait_until 20 eval 'got j | grep -q "tell 2 hold"'
    id=$(head -1 ids.j)
    run -0 actorsup trace "$id"
    assert_output --partial "in hand by j at attempt 2"
}

@test "under load: bulk is one line of the tree, and what is older than what is kept is said" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {shell: "exec cat >/dev/null"}
  s: {shell: cat, to: b}
YAML
    up_system
    actorsend s early
    wait_until 10 handled_is b 1
    local early
    early=$(last_id s)
    seq 1 200000 | within 60 actorsend a
    wait_until 60 handled_is b 200001
    run -0 actorsup trace --last b
    assert_line --regexp '^  [0-9a-f]{16}\.\.[0-9a-f]{4} \([0-9]+\)  ~[0-9]+ -> a  tell .* handled by a'
    # Bulk took records by the chunk: what was before is still known.
    assert_equal "$(effects "$early")" "s>b:tell"
    # One at a time from two senders takes one each: in the end it is not.
    (
        for _ in $(seq 30); do seq 1 1200; done | within 100 actorsend b &
        for _ in $(seq 30); do seq 1 1200; done | within 100 actorsend -H k=v b
        wait
    )
    wait_until 60 handled_is b 272001
    if ! actorsup trace "$early" >out 2>&1; then
        grep -q "it is older than what is kept, or there never was one" out
    fi
    balanced
}

@test "what cannot be traced: 1, and wrong usage: 2" {
    topology <<'YAML'
actors: {a: {run: cat}}
YAML
    run -3 actorsup trace 1
    up_system
    run -1 actorsup trace 0123456789abcdef
    assert_output --partial "no message 0123456789abcdef is known"
    run -1 actorsup trace --last a
    assert_output --partial "no message was accepted for a"
    run -1 actorsup trace --last nobody
    run -2 actorsup trace
    run -2 actorsup trace xyz
    run -2 actorsup trace --last a 1
}
