bats_require_minimum_version 1.5.0
load helper
load conditions

# Dead letters that are put back, and what cannot be.

dead_count() { actorsup dead ls --json | jq length; }
dead_are() { [ "$(dead_count)" = "$1" ]; }

@test "a retried letter of one member of a pool goes to that member again" {
    topology <<'YAML'
actors:
  a: {shell: "while read -r x; do echo $$ACTOR_INDEX $$x >>seen; test -e mended || exit 1; echo; done",
      pool: 3, ack: line, mailbox: {retry: 1}, backoff: {min: 0ms}}
YAML
    up_system
    actorsend -n 5 a/2 m
    wait_until 10 dead_are 5
    assert_equal "$(actorsup dead ls --json | jq -r 'map(.to) | unique | join(" ")')" a/2
    rm seen
    touch mended
    actorsup dead retry -a
    wait_until 10 file_lines seen 5
    assert_equal "$(sort -u seen)" "2 m"
    balanced
}

@test "a retried letter expires as any other" {
    topology <<'YAML'
actors:
  b: {shell: "exit 1", speaks: once, mailbox: {retry: 1, expire: 100ms}}
YAML
    up_system
    actorsend b x
    wait_until 10 dead_are 1
    actorsup stop b
    actorsup dead retry -a
    wait_until 10 dropped b 1
    balanced
}
dropped() { [ "$(actorsup audit --json | jq --arg n "$1" '.[] | select(.name == $n) | .dropped')" = "$2" ]; }

@test "one that cannot be retried does not keep the others" {
    topology <<'YAML'
actors:
  slow: {shell: "read -r x; while test ! -e go; do sleep 0.02; done; echo late; exec cat"}
  f: {shell: "test -e mended", speaks: once, mailbox: {retry: 1}}
YAML
    up_system
    run -1 actorsend -a -t 1 slow question
    touch go
    wait_until 10 dead_are 1
    actorsend f one
    actorsend f two
    wait_until 10 dead_are 3
    touch mended
    run -1 actorsup dead retry -a
    assert_output --partial "unknown actor ~"
    assert_output --partial "2 others were done"
    assert_equal "$(actorsup dead ls --json | jq -r '.[].reason')" late
    balanced
}

@test "mail for one member of a pool that is done, while others are not, goes to dead letters" {
    topology <<'YAML'
actors:
  a: {shell: "test $$ACTOR_INDEX = 1 || exit 0; exec cat", pool: 2}
YAML
    actorsup up -d
    wait_until 10 state_is a/2 done
    actorsend -n 2 a/2 m
    run -1 actorsend -a -t 20 a/2 q
    assert_output --partial done
    dead_are 3
    balanced
}

evidence() { actorsup dead show --json "$1" | jq -rc '.evidence'; }

@test "the evidence is of the attempt that failed it: what failed in a process that lives has no exit" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, backoff: {min: 1ms}, mailbox: {retry: 1}}
YAML
    up_system
    printf '%s\n' 'exit 3' 'fail no' | actorsend j
    wait_until 10 dead_is 2
    assert_equal "$(dead_get reason)" "retry: 1 attempt failed, last: its process ended (exit 3)"
    assert_equal "$(evidence "$(dead_get id)")" '{"exit":"exit 3","stderr":[]}'
    run evidence "$(actorsup dead ls --json | jq -r '.[1].id')"
    assert_output '{"exit":"","stderr":[]}'
}

@test "the evidence of once is of that job's process only, in whole lines" {
    script work <<'SH'
#!/bin/sh
read -r n
yes "$n 123456789 123456789" | head -n 200 >&2
: >at."$n"
until [ -e "go.$n" ]; do sleep 0.02; done
echo "last of $n" >&2
exit "$n"
SH
    topology <<'YAML'
actors:
  o: {run: ./work, speaks: once, concurrency: 2, mailbox: {retry: 1}}
YAML
    up_system
    printf '%s\n' 4 5 | actorsend o
    wait_until 10 file_exists at.4
    wait_until 10 file_exists at.5
    touch go.5
    wait_until 10 dead_is 1
    touch go.4
    wait_until 10 dead_is 2
    local id n
    for id in $(actorsup dead ls --json | jq -r '.[].id'); do
        n=$(actorsup dead show --json "$id" | jq -r .body)
        actorsup dead show --json "$id" | jq -r '.evidence.stderr[]' | sort | uniq -c | awk '{ $1 = ""; print }' >lines
        assert_equal "$(cat lines)" " $n 123456789 123456789
 last of $n"
        assert_equal "$(actorsup dead show --json "$id" | jq -r .evidence.exit)" "exit $n"
    done
}
file_exists() { [ -e "$1" ]; }

@test "dead: true: an actor is told of every dead letter but its own, and can have it tried again" {
    script undertaker <<'PY'
#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    h = m.get("headers", {})
    if m["type"] == "dead":
        print(m["from"], h["to"], h["type"], h["attempts"], h.get("exit", "-"), h["reason"], m["body"],
              file=open("told", "a"), flush=True)
        if m["body"] == "no":
            print(json.dumps({"op": "fail", "id": m["id"], "reason": "not I"}), flush=True)
            continue
    elif m["type"] == "tell":
        print(json.dumps({"op": "fail", "id": m["id"], "reason": "never"}), flush=True)
        continue
    print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
defaults: {mailbox: {retry: 1}, backoff: {min: 1ms}}
actors:
  under: {run: $PYTHON3 undertaker, speaks: json, dead: true}
  kills: {shell: "read -r l; kill -9 \$\$\$\$", ack: line}
  job: {shell: "exit 7", speaks: once, to: under}
YAML
    up_system
    actorsend kills boom
    wait_until 10 file_has told ' kills tell 1 signal KILL retry: .* boom$'
    actorsend job no
    wait_until 10 file_has told ' job tell 1 exit 7 .* no$'
    actorsend under mine
    wait_until 10 dead_is 4 # what it could not handle of the dead letter among them
    assert_equal "$(wc -l <told)" 2
    balanced
}

@test "dead: true: a template and what is done are told of none, and no letter comes of it" {
    topology <<YAML
actors:
  under: {shell: "cat >>told", template: true, speaks: json, dead: true}
  over: {shell: "exit 0", speaks: json, dead: true}
  b: {shell: "exit 1", speaks: once, mailbox: {retry: 1}}
YAML
    up_system
    wait_until 10 state_is over done
    actorsend b x
    wait_until 10 idle b
    wait_until 10 dead_is 1
    actorsup spawn under kid
    actorsend b y
    wait_until 10 file_has told '"type":"dead"'
    dead_is 2
    assert_equal "$(actorsup dead ls --json | jq -r 'map(.to) | unique | join(" ")')" b
    balanced
}

@test "letters that are named are put back in their own order, each once" {
    topology <<'YAML'
actors:
  f: {shell: "test -e mended && cat >>got && echo >>got", speaks: once, mailbox: {retry: 1}, backoff: {min: 0ms}}
YAML
    up_system
    for m in one two three four; do actorsend f $m; done
    wait_until 10 dead_is 4
    touch mended
    local ids
    mapfile -t ids < <(actorsup dead ls --json | jq -r '.[].id')
    actorsup stop f
    run -0 actorsup dead retry "${ids[3]}" "${ids[1]}" "${ids[0]}" "${ids[1]}"
    assert_output "retried 3"
    actorsup start f
    wait_until 10 idle f
    assert_equal "$(xargs <got)" "one two four"
    dead_is 1
    balanced
}

@test "retry of a letter to an actor that is no more says what can be done" {
    topology <<'YAML'
actors:
  a: {shell: "exit 1", speaks: once, mailbox: {retry: 1}}
  b: {run: cat}
YAML
    up_system
    actorsend a x
    wait_until 10 dead_are 1
    printf 'system: t\nactors: {b: {run: cat}}' >less
    actorsup reload less
    run -1 actorsup dead retry -a
    assert_output "actorsup: unknown actor a: it stays; try again once there is one, or \`actorsup dead drop $(first_dead)\`"
    dead_are 1
    actorsup dead drop "$(first_dead)"
    # Of several the first is named, and how many they are.
    actorsup reload actorsup.yaml
    seq 3 | actorsend a
    wait_until 10 dead_are 3
    actorsup reload less
    run -1 actorsup dead retry -a
    assert_output --partial "dead drop $(first_dead)\`; 2 more stay as well"
    dead_are 3
}

@test "attempts are those that were made" {
    topology <<'YAML'
defaults: {mailbox: {keep: disk}, backoff: {min: 1h}}
actors:
  a: {shell: "read -r l; exit 1", ack: line}
  b: {run: cat}
YAML
    up_system
    actorsend a once
    actorsend a never
    wait_until 10 state_is a backoff
    printf 'system: t\nactors: {b: {run: cat}}' >less
    actorsup reload less
    wait_until 10 dead_are 2
    assert_equal "$(made)" "1 0"
    kill_both
    actorsup up -d -f less
    wait_until 10 dead_are 2
    assert_equal "$(made)" "1 0"
}
made() { actorsup dead ls --json | jq -r 'map(.attempts) | join(" ")'; }

@test "what one had in hand that ends well for good is dead with the evidence, and what it had not is done" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, mailbox: {in_hand: 2}}
  l: {shell: "read -r l; echo last words >&2; exit 0", ack: line, mailbox: {in_hand: 1}}
  other: {run: cat}
YAML
    up_system
    actorsend j hold
    actorsend j 'exit 0'
    seq 3 | actorsend l
    wait_until 10 dead_are 5
    assert_equal "$(actorsup dead ls --json | jq -r '.[] | "\(.to) \(.attempts) \(.reason)"' | sort)" \
        "j 1 unanswered
j 1 unanswered
l 0 done
l 0 done
l 1 unanswered"
    id=$(actorsup dead ls --json | jq -r '.[] | select(.to == "l" and .reason == "unanswered").id')
    run -0 actorsup dead show "$id"
    assert_line --regexp '^exit +exit 0$'
    assert_line --regexp '^stderr +last words$'
    balanced
}
