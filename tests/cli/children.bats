# Actors that are spawned: their addresses, their ends, and who is told.
bats_require_minimum_version 1.5.0
load helper
load conditions

names() { actorsup ps -q | tr '\n' ' '; }
told() { grep -c -- "$1" told 2>/dev/null; }
told_is() { [ "$(told "$1")" = "$2" ]; }

# boss: says what its mail tells it to, one JSON object, and writes what else it gets into `told`.
boss() {
    script boss <<'PY'
#!/usr/bin/env python3
import json, os, sys
told = os.environ.get("TOLD", "told")
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell" and m["body"].startswith("{"):
        print(m["body"])
    elif m["type"] == "tell" and m["body"] == "die":
        os.kill(os.getpid(), 9)
    else:
        h = m.get("headers", {})
        print(m["type"], m["from"], m.get("re", "-"), h.get("actor", "-"), h.get("status", h.get("signal", "-")),
              h.get("restart", "-"), m["body"], file=open(told, "a"), flush=True)
    if m["type"] != "exit":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
}
say() { actorsend boss "$1"; }

@test "a child has its parent's address before its own; mail sent at once waits until it is ready" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid:
    shell: "echo \$\$0 \$\$1 \$\$2 \$\$COLOUR \$\$ACTOR_NAME >env; while ! [ -e go ]; do sleep 0.02; done; echo >&\$\$ACTOR_READY_FD; cat >>got"
    ready: notify
    template: true
YAML
    up_system
    assert_equal "$(names)" "boss "
    run -1 actorsend kid hello
    assert_output --partial "kid is a template: actors are spawned of it"
    actorsend boss <<'END'
{"op":"spawn","template":"kid","name":"one","id":"s1","args":["a","b c"],"env":{"COLOUR":"red"}}
{"op":"send","to":"boss.one","body":"first"}
{"op":"send","to":"boss.one","body":"second"}
END
    wait_until 10 told_is '^reply boss.one s1 - - - boss.one$' 1
    actorsend boss.one third
    assert_equal "$(names)" "boss boss.one "
    wait_until 10 file_has env '^boss.one a b c red boss.one$'
    assert_equal "$(state_of boss.one)" running
    assert_missing got
    >go
    wait_until 10 file_lines got 3
    assert_equal "$(tr '\n' ' ' <got)" "first second third "
    # The same again is what was asked for.
    say '{"op":"spawn","template":"kid","name":"one","id":"s2"}'
    wait_until 10 told_is '^reply boss.one s2 - - - boss.one$' 1
    assert_equal "$(names)" "boss boss.one "
    balanced
}

@test "each end of a child is told once: status, signal, restart and reason" {
    boss
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid: {shell: "read -r l; case \$\$l in kill) kill -9 \$\$\$\$;; *) exit \$\$l;; esac", template: true, limit: {restarts: 2}}
YAML
    up_system
    say '{"op":"spawn","template":"kid","name":"k"}'
    wait_until 10 state_is boss.k ready
    actorsend boss.k 3
    wait_until 10 told_is '^child_exited actorsup - boss.k 3 yes exit 3$' 1
    actorsend boss.k kill
    wait_until 10 told_is '^child_exited actorsup - boss.k KILL yes signal KILL$' 1
    actorsend boss.k 4
    wait_until 10 told_is '^child_exited actorsup - boss.k 4 no over its limit of 2 restarts within 30s; last: exit 4$' 1
    wait_until 10 prints "boss " names
    run -1 actorsend boss.k 5
    assert_output --partial "unknown actor boss.k"
    say '{"op":"spawn","template":"kid","name":"k"}'
    wait_until 10 state_is boss.k ready
    actorsend boss.k 0
    wait_until 10 told_is '^child_exited actorsup - boss.k 0 no exit 0$' 1
    wait_until 10 prints "boss " names
    told_is child_exited 4
    balanced
}

@test "what cannot be started is told the same way, with the reason" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  other: {run: cat}
  gone: {run: ./gone, template: true, limit: {restarts: 0}}
  kid: {run: cat, template: true}
YAML
    printf '#!/bin/sh\nexec cat\n' >gone
    chmod +x gone
    up_system
    rm gone
    actorsend boss <<END
{"op":"spawn","template":"nobody","name":"a"}
{"op":"spawn","template":"other","name":"b"}
{"op":"spawn","template":"kid","name":"No"}
{"op":"spawn","template":"kid","name":"$(printf '%064d' 0 | tr 0 n)"}
{"op":"spawn","template":"gone","name":"d"}
{"op":"spawn","template":"kid","name":"e","env":{"A=B":"c"},"id":"s9"}
{"op":"spawn","template":"kid","name":"n","env":{"Q":"z\\u0000z"}}
{"op":"spawn","template":"kid","name":"f","env":{"A":"b","ACTOR_NAME":"x"}}
END
    wait_until 10 told_is '^child_exited actorsup - boss.a - no there is no template nobody$' 1
    wait_until 10 told_is '^child_exited actorsup - boss.b - no other is no template$' 1
    wait_until 10 told_is '^child_exited actorsup - boss.No - no No is no name' 1
    wait_until 10 told_is '^child_exited actorsup - boss.n*  *- no n* is no name: .*, at most 63 in all$' 1
    wait_until 10 told_is '^child_exited actorsup - boss.d - no .*gone' 1
    local why="a variable's name has a = in it, or there is a NUL"
    wait_until 10 told_is "^child_exited actorsup s9 boss.e - no $why$" 1
    wait_until 10 told_is "^child_exited actorsup - boss.n - no $why$" 1
    wait_until 10 told_is '^child_exited actorsup - boss.f - no ACTOR_NAME is set by the supervisor, and cannot be given$' 1
    run -1 actorsup spawn -e ACTOR_URL=x kid
    assert_output "actorsup: ACTOR_URL is set by the supervisor, and cannot be given"
    run -1 actorsup spawn kd
    assert_output "actorsup: there is no template kd (did you mean kid?)"
    assert_equal "$(names)" "boss other "
    told_is child_exited 8
    wait_until 10 log_has boss "spawn.refused .*$why"
}

@test "one that is ended before it was ever started is told of as well" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  late: {run: cat}
  kid: {run: cat, template: true, after: {late: done}}
YAML
    up_system
    say '{"op":"spawn","template":"kid","name":"k"}'
    wait_until 10 state_is boss.k waiting
    say '{"op":"exit","to":"boss.k"}'
    wait_until 10 told_is '^child_exited actorsup - boss.k - no ' 1
    assert_equal "$(names)" "boss late "
}

@test "exit: what it has is handled first, children before their parents; now: at once" {
    script tree <<'PY'
#!/usr/bin/env python3
import json, os, sys, time
name = os.environ["ACTOR_NAME"]
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell" and m["body"].startswith("{"):
        print(m["body"], flush=True)
    elif m["type"] == "tell":
        while not os.path.exists("go"):
            time.sleep(0.02)
    print(name, m["type"], m["body"], file=open("got", "a"), flush=True)
    if m["type"] != "exit":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
print(name, "ends", file=open("got", "a"), flush=True)
PY
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  node: {run: $PYTHON3 tree, speaks: json, template: true, mailbox: {in_hand: 1}}
YAML
    up_system
    say '{"op":"spawn","template":"node","name":"a"}'
    wait_until 10 state_is boss.a ready
    actorsend boss.a '{"op":"spawn","template":"node","name":"b"}'
    wait_until 10 state_is boss.a.b ready
    actorsend boss.a.b <<<$'one\ntwo\nthree'
    actorsend boss.a <<<$'x\ny'
    say '{"op":"exit","to":"boss.a"}'
    wait_until 10 log_has boss.a.b actor.exiting
    run -1 actorsend boss.a late
    >go
    wait_until 10 prints "boss " names
    run grep -v spawn got
    assert_equal "$(grep '^boss.a.b' got | head -n 1)" "boss.a.b tell one"
    assert_equal "$(grep -c '^boss.a.b tell' got)" 3
    assert_equal "$(grep -c '^boss.a tell [xy]' got)" 2
    assert_equal "$(tail -n 1 got)" "boss.a ends"
    run grep -n 'ends$' got
    assert_line --index 0 --partial "boss.a.b ends"
    wait_until 10 told_is '^child_exited actorsup - boss.a 0 no exit 0$' 1
    rm go
    say '{"op":"spawn","template":"node","name":"c"}'
    wait_until 10 state_is boss.c ready
    actorsend boss.c <<<$'one\ntwo'
    wait_until 10 prints "1 1" of_c
    say '{"op":"exit","to":"boss.c","now":true}'
    wait_until 10 prints "boss " names
    assert_equal "$(dead_count)" 2
    say '{"op":"exit","to":"nobody"}'
    wait_until 10 log_has boss exit.refused
    balanced
}
of_c() { echo "$(ps_get boss.c queued) $(ps_get boss.c in_hand)"; }

@test "a child outlives a restart of its parent, and follows its orphans when that is gone" {
    boss
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  main: {run: cat}
  boss: {run: $PYTHON3 boss, speaks: json, mailbox: {retry: 1}}
  kid: {run: cat, template: true}
  stays: {run: cat, template: true, orphans: keep}
YAML
    up_system
    actorsend boss <<'END'
{"op":"spawn","template":"kid","name":"a"}
{"op":"spawn","template":"stays","name":"b"}
END
    wait_until 10 state_is boss.b ready
    local a b boss
    a=$(pid_of boss.a)
    b=$(pid_of boss.b)
    boss=$(pid_of boss)
    actorsend boss die
    wait_until 10 differs "$boss" pid_of boss
    wait_until 10 state_is boss ready
    assert_equal "$(pid_of boss.a) $(pid_of boss.b)" "$a $b"
    # The new process is told of the child that the old one has spawned.
    kill -KILL "$a"
    wait_until 10 told_is '^child_exited actorsup - boss.a KILL yes' 1
    actorsup stop boss
    wait_until 10 prints "main boss boss.b " names
    assert_equal "$(pid_of boss.b)" "$b"
    log_has boss.b actor.orphaned
    actorsend boss.b hello
    wait_until 10 log_has boss.b hello
    # Its parent, come again, may have it back.
    actorsup start boss
    wait_until 10 state_is boss ready
    say '{"op":"spawn","template":"stays","name":"b","id":"again"}'
    wait_until 10 told_is '^reply boss.b again ' 1
    assert_equal "$(pid_of boss.b)" "$b"
    actorsup stop boss.b
    say '{"op":"spawn","template":"stays","name":"b"}'
    wait_until 10 state_is boss.b ready
    say '{"op":"spawn","template":"kid","name":"b","id":"other"}'
    wait_until 10 told_is '^child_exited actorsup other boss.b - no there is a boss.b already, of another template$' 1
    actorsup stop boss.b
    actorsup start boss.b
    wait_until 10 state_is boss.b ready
}

@test "spawned again in the breath that ends it: it is ending, and can be spawned once that is told" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid: {shell: "cat; while ! [ -e go ]; do sleep 0.02; done", template: true}
YAML
    up_system
    say '{"op":"spawn","template":"kid","name":"k"}'
    wait_until 10 state_is boss.k ready
    say '{"op":"exit","to":"boss.k"}
{"op":"spawn","template":"kid","name":"k","id":"again"}'
    wait_until 10 told_is '^child_exited actorsup again boss.k - no boss.k is ending: it can be spawned again once its end has been told$' 1
    actorsup spawn kid own
    background actorsup exit own
    wait_until 10 log_has own actor.exiting
    run -1 actorsup spawn kid own
    assert_output "actorsup: own is ending: it can be spawned again once it has ended"
    >go
    wait_until 10 told_is '^child_exited actorsup - boss.k 0 no ' 1
    say '{"op":"spawn","template":"kid","name":"k","id":"third"}'
    wait_until 10 told_is '^reply boss.k third ' 1
}

@test "watch: told once when it has ended for good, at once when it has already; unwatch" {
    boss
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  a: {shell: "read -r l; exit \$\$l"}
  b: {run: cat}
  c: {run: cat}
YAML
    up_system
    actorsend boss <<'END'
{"op":"watch","to":"a"}
{"op":"watch","to":"a"}
{"op":"watch","to":"b"}
{"op":"watch","to":"c"}
{"op":"unwatch","to":"c"}
{"op":"watch","to":"nobody"}
END
    wait_until 10 told_is '^watched_exited actorsup - nobody - - unknown actor nobody' 1
    actorsend a 3
    wait_until 10 log_has a actor.restart
    actorsend a 0
    wait_until 10 told_is '^watched_exited actorsup - a 0 - exit 0$' 1
    actorsup stop b c
    wait_until 10 told_is '^watched_exited actorsup - b TERM - ' 1
    say '{"op":"watch","to":"b"}'
    wait_until 10 told_is '^watched_exited actorsup - b TERM - ' 2
    told_is watched_exited 4
    # For one that was started again it is a new watch.
    actorsup start b
    wait_until 10 state_is b ready
    say '{"op":"watch","to":"b"}'
    actorsup restart b
    wait_until 10 state_is b ready
    actorsup stop b
    wait_until 10 told_is '^watched_exited actorsup - b TERM - ' 3
}

@test "actorsup spawn: by hand nobody's child, run by an actor its own" {
    topology <<'YAML'
actors:
  main: {shell: "while read -r l; do actorsup spawn kid \"$$l\" -a x; done"}
  kid: {shell: "echo $$0 $$1 $$K >>got; exec cat", template: true}
  fails: {shell: "exit 3", template: true, restart: never, speaks: none}
YAML
    up_system
    run actorsup spawn kid --arg one --env K=v
    assert_success
    assert_output "kid-1"
    run actorsup spawn kid two -a 2
    assert_output "two"
    run -1 actorsup spawn main
    assert_output --partial "main is no template"
    run -1 actorsup spawn main main
    run -1 actorsup spawn kid main
    assert_output --partial "there is a main already"
    run -2 actorsup spawn kid x --env nothing
    actorsend main mine
    wait_until 10 state_is main.mine ready
    assert_equal "$(names)" "main kid-1 two main.mine "
    wait_until 10 file_lines got 3
    assert_equal "$(sort got | tr '\n' ' ')" "kid-1 one v main.mine x two 2 "
    # One that nobody is told of can be seen when it fails.
    actorsup spawn fails f
    wait_until 10 state_is f failed
    actorsup restart two
    actorsup down
}

@test "a name that is made is one that nobody has, be it by hand or by an actor" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid: {run: cat, template: true}
  kid-2: {run: cat}
groups:
  kid-3: {members: [boss]}
YAML
    up_system
    actorsup spawn kid kid-1
    assert_equal "$(actorsup spawn kid)" kid-4
    say '{"op":"spawn","template":"kid","name":"kid-5"}'
    say '{"op":"spawn","template":"kid","id":"s1"}'
    wait_until 10 told_is '^reply boss.kid-6 s1 - - - boss.kid-6$' 1
    assert_equal "$(names)" "boss kid-2 kid-1 kid-4 boss.kid-5 boss.kid-6 "
    assert_equal "$(actorsup spawn kid)" kid-7
}

@test "reload: what was spawned stays as it is; a changed template is for the next ones" {
    topology <<'YAML'
actors:
  main: {run: cat}
  kid: {shell: "echo old >>got; exec cat", template: true}
YAML
    up_system
    actorsup spawn kid a
    wait_until 10 file_lines got 1
    local pid
    pid=$(pid_of a)
    sed -i 's/echo old/echo new/' actorsup.yaml
    run actorsup reload
    assert_output --regexp '~ +kid +run: from now on'
    assert_equal "$(pid_of a)" "$pid"
    actorsup spawn kid b
    wait_until 10 prints "old new " tr '\n' ' ' <got
    wait_until 10 file_lines got 2
    actorsup restart a
    wait_until 10 file_lines got 3
    assert_equal "$(tr '\n' ' ' <got)" "old new old "
    sed -i '/kid:/d' actorsup.yaml
    run actorsup reload
    assert_output --regexp '- +kid +removed'
    assert_equal "$(names)" "main a b "
    actorsup restart a
    wait_until 10 state_is a ready
    echo '  b: {run: cat}' >>actorsup.yaml
    run -1 actorsup reload
    assert_output --partial "there is a b already, which was spawned"
    sed -i 's/  b: {run: cat}/  kid: {run: cat}/' actorsup.yaml
    actorsup reload
    wait_until 10 prints "main kid a b " names
    sed -i 's/kid: {run: cat}/kid: {run: cat, template: true}/' actorsup.yaml
    actorsup reload
    wait_until 10 prints "main a b " names
}

@test "at down children stop before their parents, and nothing is left" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid: {shell: "trap 'echo kid >>order; exit' TERM; while :; do sleep 0.05; done", speaks: none, template: true}
  main: {run: cat}
YAML
    up_system
    say '{"op":"spawn","template":"kid","name":"a"}'
    say '{"op":"spawn","template":"kid","name":"b"}'
    wait_until 10 state_is boss.b ready
    actorsup down
    run sh -c 'grep -ho "actor.stopped.*name\":\"boss[a-z.]*" "$XDG_STATE_HOME"/actorsup/t/events/*.log* | sed "s/.*\"//"'
    assert_line --index 2 boss
    assert_equal "${#lines[@]}" 3
}

@test "dead retry to a child that was spawned anew at the address puts the message in its books" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid: {shell: "read -r l; exit 3", ack: line, template: true, restart: never}
  new: {shell: "cat >got", template: true}
YAML
    up_system
    say '{"op":"spawn","template":"kid","name":"k"}'
    say '{"op":"send","to":"boss.k","body":"work"}'
    wait_until 10 dead_is 1
    wait_until 10 told_is '^child_exited actorsup - boss.k 3 no ' 1
    say '{"op":"spawn","template":"new","name":"k"}'
    wait_until 10 state_is boss.k ready
    actorsup dead retry -a
    wait_until 10 file_has got '^work$'
    run -0 actorsup audit
}

@test "a thousand children that come and go leave nothing behind" {
    script many <<'PY'
#!/usr/bin/env python3
import json, sys
left = 0
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell":
        for i in range(int(m["body"])):
            print(json.dumps({"op": "spawn", "template": "kid", "name": "k%d" % i}))
            print(json.dumps({"op": "send", "to": "many.k%d" % i, "body": "0"}))
            left += 1
    elif m["type"] == "child_exited":
        left -= 1
        if left == 0:
            print("all gone", file=open("got", "a"), flush=True)
    if m["type"] != "exit":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    topology <<YAML
actors:
  many: {run: $PYTHON3 many, speaks: json}
  kid: {shell: "read -r l; exit \$\$l", template: true}
YAML
    up_system
    actorsend many 50
    wait_until 30 file_lines got 1
    local i before
    for i in 2 3 4 5 6; do
        actorsend many 200
        wait_until 60 file_lines got "$i"
        [ "$i" != 3 ] || before=$(memory "$(supervisor_pid)")
    done
    assert_equal "$(names)" "many "
    grown_less "$(supervisor_pid)" "$before" 1000
    balanced
}

@test "actorsup exit: what was spawned by hand is gone, be it running, stopped or failed" {
    topology <<'YAML'
actors:
  main: {run: cat, pool: 2}
  kid: {shell: "while read -r l; do echo $$l >>got; test $$l != die || exit 1; done", template: true, restart: never}
YAML
    up_system
    actorsup spawn kid a
    actorsup spawn kid b
    actorsup spawn kid c
    actorsend a one
    actorsup stop b
    actorsend b left
    actorsend c die
    wait_until 10 state_is c failed
    assert_equal "$(names)" "main a b c "
    run -0 actorsup exit a b c
    assert_output "ended a
ended b
ended c"
    assert_equal "$(names)" "main "
    file_has got one
    assert_equal "$(dead_get reason)" "its actor has ended"
    run -1 actorsup exit main/2
    assert_output "actorsup: exit is for a whole actor: name main, or scale it"
    run -1 actorsup exit nobody
    run -0 actorsup exit main # of the file
    assert_equal "$(actorsup ps --json main | jq -r '.[].state' | sort -u)" stopped
    actorsup start main
    wait_until 10 state_is main ready
    balanced
}

@test "ps says for what the end of an actor waits, and exit --now does not wait" {
    boss
    topology <<YAML
actors:
  boss: {run: $PYTHON3 boss, speaks: json}
  kid: {run: sleep 1000, speaks: lines, mailbox: {in_hand: 1}, template: true, stop: {grace: 1h}}
  quick: {run: sleep 1000, speaks: lines, template: true, stop: {grace: 300ms}}
YAML
    up_system
    actorsup spawn kid a
    actorsup spawn quick b
    seq 3 | actorsend a
    wait_until 10 prints 1 ps_get a in_hand
    background actorsup exit a b
    wait_until 10 prints "it ends once it has taken what waits: 2 messages" ps_get a reason
    run -1 actorsend a more
    assert_output --partial "its input has ended"
    within 20 actorsup exit --now a
    wait "$BG"
    assert_equal "$(names)" "boss "
    say '{"op":"spawn","template":"kid","name":"k"}'
    wait_until 10 state_is boss.k ready
    seq 3 | actorsend boss.k
    wait_until 10 prints 1 ps_get boss.k in_hand
    background actorsup exit boss
    wait_until 10 prints "it ends once its child boss.k has" ps_get boss reason
    within 20 actorsup exit --now boss
    wait_until 10 prints "boss " names
    assert_equal "$(state_of boss)" stopped
    balanced
}

@test "one that is to end and takes no more of its mail is stopped after its grace" {
    topology <<YAML
actors:
  boss: {run: $OBEY, speaks: json}
  other: {run: cat}
  stuck: {run: sleep 1000, template: true, stop: {grace: 300ms}, mailbox: {in_hand: 1}}
  busy: {shell: 'while read -r l; do sleep 0.2; echo "\$\$l" >>did; done', template: true, ack: read, stop: {grace: 2s}, mailbox: {in_hand: 1}}
YAML
    up_system
    actorsend boss 'op {"op":"spawn","template":"stuck","name":"one","id":"s"}'
    wait_until 20 has_actor boss.one
    actorsup spawn stuck two
    actorsup spawn busy three
    seq 3 | actorsend boss.one
    seq 3 | actorsend two
    seq 20 | actorsend three
    # While some of it goes it is waited for.
    run -0 within 30 actorsup exit three
    assert_equal "$(cat did)" "$(seq 20)"
    run -0 within 20 actorsup exit two
    actorsend boss 'exit 0'
    wait_until 20 lacks_actor boss.one
    assert_equal "$(actorsup dead ls --json | jq -r '[.[].to | select(. != "boss")] | unique | join(" ")')" "boss.one two"
}
has_actor() { actorsup ps -q | grep -qx "$1"; }
lacks_actor() { ! has_actor "$1"; }
