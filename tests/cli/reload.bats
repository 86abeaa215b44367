# reload: the running system is brought to what its file says; only what differs is touched.
bats_require_minimum_version 1.5.0
load helper
load conditions

pids() { actorsup ps --json "$@" | jq -r '.[].pid' | tr '\n' ' '; }
states() { actorsup ps --json "$@" | jq -r '[.[].state] | join(" ")'; }
events_of() { actorsup events -n 100000 --json | jq -r "select(.event == \"$1\")$2"; }

@test "a plan is told and not done, then done; the second time nothing has changed" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {run: cat}
  w: {run: sleep 1000, pool: 3}
YAML
    up_system
    local before
    before=$(pids)
    topology <<'YAML'
actors:
  a: {run: cat -u, to: c, mailbox: {messages: 5}}
  c: {run: cat}
  w: {run: sleep 1001, pool: 3}
groups:
  g: {members: [c, a]}
YAML
    run actorsup reload --dry-run
    assert_success
    local plan=$output
    assert_line --regexp '^~ +a +run, to, mailbox.messages: a new process$'
    assert_line --regexp '^\+ +c +added$'
    assert_line --regexp '^~ +w +run: new processes, one of 3 after the other$'
    assert_line --regexp '^- +b +removed$'
    assert_line --regexp '^\+ +group g +added$'
    assert_equal "$(pids)" "$before"
    run actorsup reload
    assert_success
    assert_output "$plan"
    assert_equal "$(actorsup ps -q | tr '\n' ' ')" "a c w "
    assert_equal "$(states)" "ready ready ready ready ready"
    echo hello | actorsend a
    wait_until 10 log_has c hello
    before=$(pids)
    run actorsup reload
    assert_success
    assert_output "nothing has changed"
    assert_equal "$(pids)" "$before"
    run actorsup reload --json
    assert_output "[]"
}

@test "policies, mailboxes, checks and routes change in place: no process is touched" {
    topology <<'YAML'
actors:
  a: {shell: "trap : TERM; while read -r l; do echo $$l; done", to: b}
  b: {run: sleep 1000, mailbox: {messages: 2}}
  c: {run: cat}
  f: {shell: "read -r l; exit 3", restart: never}
YAML
    up_system
    local before
    before=$(pids)
    topology <<'YAML'
defaults: {backoff: {min: 1ms}, limit: {restarts: 100}, stop: {grace: 1s}, log: {max: 1MiB}}
actors:
  a: {shell: "trap : TERM; while read -r l; do echo $$l; done", to: c, after: c}
  b: {run: sleep 1000, mailbox: {messages: 3, full: drop-new, retry: 1, in_hand: 1, expire: 1h}}
  c: {run: cat, health: {exec: "false", every: 50ms, failures: 1000}, ready: {log: x}}
  f: {shell: "read -r l; exit 3", restart: always}
YAML
    run actorsup reload
    assert_success
    assert_equal "$(pids)" "$before"
    echo to c | actorsend a
    wait_until 10 log_has c 'to c'
    wait_until 10 log_has c health.failed
    seq 9 | actorsend b # more are dropped, and nobody waits
    wait_until 10 prints 6 audit_get b dropped
    echo | actorsend f
    wait_until 10 log_has f actor.restart
    balanced
}

@test "who waits for room in a mailbox sends elsewhere once its file says so, and nothing is lost" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {run: sleep 1000, mailbox: {messages: 2}}
  c: {shell: "cat >got"}
YAML
    up_system
    seq 9000 | actorsend a
    wait_until 10 blocked a
    topology <<'YAML'
actors:
  a: {run: cat, to: c}
  b: {run: sleep 1000, mailbox: {messages: 2}}
  c: {shell: "cat >got"}
YAML
    local before
    before=$(pids)
    actorsup reload
    wait_until 20 idle a
    wait_until 20 idle c
    assert_equal "$(pids)" "$before"
    wait_until 10 prints 9000 all_of_them
    balanced
}
# What b holds, and what c got, in order.
all_of_them() {
    local held
    held=$(audit_get b accepted)
    seq $((held + 1)) 9000 | cmp -s - got && echo 9000
}

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

@test "one that is removed stops; its mail is dead letters; it may come again, with its own name" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: sleep 1000}
YAML
    up_system
    local pid
    pid=$(pid_of a)
    seq 3 | actorsend b
    topology two.yaml <<'YAML'
system: t
actors:
  a: {run: cat}
YAML
    run actorsup reload two.yaml
    assert_success
    assert_equal "$(actorsup ps -q)" a
    assert_equal "$(pid_of a)" "$pid"
    dead_is 3
    assert_equal "$(dead_get reason)" removed
    run -1 actorsend b hello
    assert_output --partial "unknown actor b"
    run actorsup version
    cp actorsup.yaml three.yaml
    run actorsup -s t reload three.yaml
    assert_success
    assert_equal "$(states)" "ready ready"
    actorsup dead retry -a
    wait_until 10 prints 3 ps_get b in_hand
    assert_equal "$(events_of actor.removed .name)" b
    balanced
}

@test "one that is to go and comes back before it is gone starts again" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", speaks: none}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    local pid
    pid=$(pid_of b)
    cp actorsup.yaml both.yaml
    sed -i '/ b:/d' actorsup.yaml
    background actorsup reload
    wait_until 10 state_is b stopping
    actorsup reload --dry-run both.yaml
    cp both.yaml actorsup.yaml
    background actorsup reload
    local second=$BG
    wait_until 10 prints "+" marked b
    echo >&7
    wait "$second"
    assert_equal "$(state_of b)" ready
    assert [ "$(pid_of b)" != "$pid" ]
    echo >&7
    exec 7<&-
}
# Both files have been read: b is told as added.
marked() { [ "$(events_of actor.added .name | tail -n 1)" = "$1" ] && echo +; }

@test "a reload that finds nothing changed waits for what the one before it has begun" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", speaks: none}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    sed -i '/ b:/d' actorsup.yaml
    background actorsup reload
    local first=$BG
    wait_until 10 state_is b stopping
    run -1 actorsup reload --timeout 0.2
    assert_output --partial "nothing has changed"
    background actorsup reload
    local second=$BG
    wait_until 10 prints 3 reloads
    kill -0 "$first"
    echo >&7
    wait "$first"
    wait "$second"
    exec 7<&-
    assert_equal "$(actorsup ps -q)" a
}
reloads() { events_of system.reload .event | wc -l; }

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

@test "what was scaled by hand stays so, as long as its pool is the same in the file" {
    topology <<'YAML'
actors:
  w: {run: cat, pool: 2, to: b}
  b: {run: cat}
YAML
    up_system
    actorsup scale w=4
    sed -i 's/to: b/to: w/; s/b: {run: cat}/b: {run: cat, to: w}/' actorsup.yaml
    actorsup reload
    assert_equal "$(actorsup ps --json w | jq length)" 4
    sed -i 's/pool: 2/pool: 3/' actorsup.yaml
    actorsup reload
    assert_equal "$(actorsup ps --json w | jq length)" 3
}

@test "a file with a fault, of another system or that asks too much changes nothing" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    up_system
    local pid
    pid=$(pid_of a)
    topology <<'YAML'
actors:
  a: {run: cat -u, restrat: never}
  b: {run: cat, to: nobody}
YAML
    run -2 actorsup reload
    assert_output --partial 'actorsup.yaml:2:20: unknown key `restrat` of an actor (did you mean `restart`?)'
    assert_output --partial "nothing was changed"
    topology <<'YAML'
system: other
actors:
  a: {run: cat -u}
YAML
    run -1 actorsup -s t reload
    assert_output --partial "describes the system other, and this one is t"
    rm actorsup.yaml
    run -1 actorsup -s t reload
    assert_output --partial "actorsup.yaml"
    topology <<'YAML'
actors:
  a: {run: cat -u, user: no-such-user}
YAML
    run -2 actorsup reload
    assert_output --partial "no-such-user"
    assert_equal "$(pid_of a)" "$pid"
    run -2 actorsup reload no-such-file.yaml
    mkfifo pipe
    run -1 actorsup -s t reload pipe
    assert_output --partial "pipe is no plain file"
    assert_equal "$(events_of system.reload)" ""
    run -3 actorsup -s nobody reload
}

@test "SIGHUP to up reads its file again; with a fault it is told in the log" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    background "$BUILD_BIN/actorsup" up
    local up=$BG
    wait_until 10 actorsup ps -q
    sed -i 's/a: {run: cat}/a: {run: cat -u, frobnicate: 1}/' actorsup.yaml
    kill -HUP "$up"
    wait_until 10 log_has actorsup 'system.reload_refused.*frobnicate'
    sed -i 's/, frobnicate: 1//' actorsup.yaml
    kill -HUP "$up"
    wait_until 10 log_has a 'actor.changed.*keys="run"'
    kill -TERM "$up"
    wait "$up"
}

@test "a terminal that closes ends up in front of it, with nohup not" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000}
YAML
    script terminal <<'PY'
#!/usr/bin/env python3
import os, pty, sys, time
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while not os.path.exists(os.environ["T"] + "/run/actorsup/t/pid"):
    time.sleep(0.01)
os.close(master)
os.waitpid(pid, 0)
PY
    export T
    "$PYTHON3" terminal "$BUILD_BIN/actorsup" up
    run -3 actorsup ps
    background "$PYTHON3" terminal nohup "$BUILD_BIN/actorsup" up
    local up=$BG
    wait_until 10 actorsup ps -q
    actorsup down
    wait "$up"
}

@test "a failed actor whose command was mended starts; what is done runs again when it changed" {
    topology <<'YAML'
defaults: {restart: never}
actors:
  keeps: {run: sleep 1000}
  bad: {run: "false"}
  job: {shell: "echo one >>done"}
  late: {run: cat, after: {bad: ready}}
YAML
    actorsup up -d
    wait_until 10 state_is bad failed
    wait_until 10 state_is job "done"
    topology <<'YAML'
defaults: {restart: never}
actors:
  keeps: {run: sleep 1000}
  bad: {run: sleep 1001}
  job: {shell: "echo two >>done"}
  late: {run: cat, after: {bad: ready}}
YAML
    run actorsup reload
    assert_success
    wait_until 10 state_is late ready
    wait_until 10 file_lines "done" 2
    assert_equal "$(state_of bad)" ready
}

@test "what was stopped by hand stays so" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: cat, pool: 2}
YAML
    up_system
    actorsup stop a b/2
    sed -i 's/run: cat/run: cat -u/' actorsup.yaml
    run actorsup reload
    assert_success
    assert_equal "$(states)" "stopped ready stopped"
    sed -i 's/run: cat -u/run: cat, speaks: json/' actorsup.yaml
    actorsup reload
    assert_equal "$(states)" "stopped ready stopped"
}

@test "--only holds for what comes later, too" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: cat}
YAML
    up_system --only a
    topology <<'YAML'
actors:
  a: {run: cat -u}
  b: {run: cat -u}
  c: {run: cat}
YAML
    run actorsup reload
    assert_success
    assert_equal "$(states)" "ready stopped stopped"
}

@test "groups: members, strategy and limit hold from now on" {
    topology <<'YAML'
defaults: {backoff: {min: 1ms}}
actors:
  a: {run: sleep 1000}
  b: {run: sleep 1000}
  c: {run: sleep 1000}
YAML
    up_system
    local before
    before=$(pids)
    cat >>actorsup.yaml <<'YAML'
groups:
  g: {members: [a, b], strategy: one-for-all}
YAML
    run actorsup reload
    assert_line --regexp '^\+ +group g +added$'
    assert_equal "$(pids)" "$before"
    kill -KILL "$(pid_of a)"
    wait_until 10 log_has actorsup 'group.restart group=g.*members=1'
    wait_until 10 prints "ready ready ready" states
    sed -i 's/one-for-all/one-for-one/' actorsup.yaml
    run actorsup reload
    assert_line --regexp '^~ +group g +strategy: from now on$'
    before=$(pid_of b)
    kill -KILL "$(pid_of a)"
    wait_until 10 prints "ready ready ready" states
    assert_equal "$(pid_of b)" "$before"
    sed -i '/^groups/,$d' actorsup.yaml
    run actorsup reload
    assert_line --regexp '^- +group g +removed$'
    run -1 actorsup restart g
}

@test "keep: disk, when it comes later" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000}
  b: {run: sleep 1000}
YAML
    up_system
    sed -i 's/a: {run: sleep 1000}/a: {run: sleep 1000, mailbox: {keep: disk}}/' actorsup.yaml
    run actorsup reload
    assert_line --regexp 'mailbox.keep: from now on'
    seq 3 | actorsend a
    kill -KILL "$(supervisor_pid)"
    wait_until 10 no_system
    up_system
    assert_equal "$(audit_get a accepted)" 3
}
no_system() { ! actorsup ps -q 2>/dev/null; }

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

@test "one that is to go, and is started by hand meanwhile, goes all the same" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", speaks: none}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    sed -i '/ b:/d' actorsup.yaml
    background actorsup reload
    local reload=$BG
    wait_until 10 state_is b stopping
    run actorsup start b
    assert_output --partial "b is about to go"
    echo >&7
    wait_until 10 prints a actorsup ps -q
    wait "$reload"
    exec 7<&-
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

@test "mail that another language cannot have is dead letters; asks of it fail at once" {
    topology <<'YAML'
actors:
  w: {run: sleep 1000, pool: 2, speaks: json, stop: {grace: 200ms}}
  n: {run: sleep 1000, pool: 2, stop: {grace: 200ms}}
YAML
    up_system
    printf 'one\ntwo' | actorsend -w w
    printf 'three\nfour' | actorsend -w w/2
    actorsend w five
    actorsend n/2 six
    background "$BUILD_BIN/actorsend" -a -t 1000 n seven
    local ask=$BG
    wait_until 10 prints "2 0" accepted_less n
    topology <<'YAML'
actors:
  w: {shell: "while read -r l; do echo $$l >>got; done", pool: 2}
  n: {run: sleep 1000, pool: 2, speaks: none}
YAML
    actorsup reload
    wait_until 10 file_lines got 1
    assert_equal "$(cat got)" five
    local status=0
    wait "$ask" || status=$?
    assert_equal "$status" 1
    dead_is 4
    assert_equal "$(actorsup dead ls --json | jq -r '.[].to' | sort | tr '\n' ' ')" "n n/2 w w/2 "
    balanced
}
# ACTOR: how many were accepted, and how many of them are no more there.
accepted_less() {
    echo "$(audit_get "$1" accepted) $(($(audit_get "$1" accepted) - $(ps_get "$1" queued) - $(ps_get "$1" in_hand) - 1))"
}

@test "a path or a fault that is no UTF-8 is refused as what it is, and nothing else is read" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    up_system
    local pid
    pid=$(pid_of a)
    sed -i 's/run: cat/run: cat -u/' actorsup.yaml
    printf 'system: t\nactors:\n  a: {run: sleep 1000}\n' >$'\xff.yaml'
    run -2 actorsup -s t reload $'\xff.yaml'
    assert_output --partial "not UTF-8"
    printf 'system: t\nactors:\n  a: {run: cat -u, "\xff\xfe": 1}\n' >bad.yaml
    run actorsup -s t reload bad.yaml
    refute_output --partial "out of memory"
    assert_output --partial "bad.yaml"
    assert_equal "$(pid_of a)" "$pid"
}

@test "a ring of full mailboxes goes when its actors are removed" {
    topology <<'YAML'
defaults: {stop: {grace: 100ms}, mailbox: {messages: 1}}
actors:
  a: {run: cat}
  f: {run: cat -u, to: [g, a]}
  g: {run: cat -u, to: [f, a]}
YAML
    up_system
    seq 40000 | background actorsend f
    wait_until 20 in_ring f
    wait_until 20 in_ring g
    sed -i -e '/ f:/d' -e '/ g:/d' actorsup.yaml
    run actorsup reload --timeout "$(patiently 20)"
    assert_success
    assert_equal "$(actorsup ps -q)" a
    balanced
}
in_ring() { blocked "$1" || [[ "$(ps_get "$1" reason)" == *"a ring of full mailboxes"* ]]; }

@test "who waits for one that is removed is told" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: cat}
YAML
    up_system
    actorsup wait --for "done" b 2>told 3>&- &
    local wait=$! status=0
    BACKGROUND+=("$wait")
    sed -i '/ b:/d' actorsup.yaml
    actorsup reload
    wait "$wait" || status=$?
    assert_equal "$status" 1
    run cat told
    assert_output --regexp '^actorsup: (b is stopped.* will not be done|unknown actor b)'
}

@test "reload behind many that were spawned and have ended" {
    topology <<'YAML'
actors:
  a: {run: cat}
  one: {run: "true", template: true, restart: never}
YAML
    up_system
    local i
    for i in $(seq 80); do
        actorsup spawn one "n$i"
    done
    wait_until 20 prints a actorsup ps -q
    sed -i 's/run: cat/run: cat -u/' actorsup.yaml
    run actorsup reload
    assert_success
    assert_equal "$(state_of a)" ready
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

@test "where a reload has failed half way, the same again says so again" {
    topology <<'YAML'
defaults: {limit: {restarts: 0}, backoff: {min: 1ms}}
actors:
  w: {run: sleep 1000, speaks: none, pool: 2, ready: {exec: "true"}}
YAML
    up_system
    sed -i -e 's/sleep 1000/"false"/' -e 's/exec: "true"/exec: "false"/' actorsup.yaml
    run -1 actorsup reload
    run -1 actorsup reload
    assert_output --partial "nothing has changed"
    assert_output --partial "w/1 is failed"
}

@test "one that becomes a template leaves its mail to the dead letters" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000}
  b: {run: cat}
YAML
    up_system
    seq 2 | actorsend a
    sed -i 's/sleep 1000/sleep 1000, template: true/' actorsup.yaml
    run actorsup reload
    assert_output --partial "all of it ends"
    dead_is 2
}
