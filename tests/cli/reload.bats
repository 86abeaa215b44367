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
