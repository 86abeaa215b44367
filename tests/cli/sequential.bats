# up --sequential: one thing at a time, in an order that the seed chooses.
bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

: "${ORDER_RUNS:=8}" # how often a system must give the same order

# seq_up SEED [ARGS]: up, without what is left of the run before.
seq_up() {
    rm -rf "$T/state/actorsup"
    actorsup up --sequential --seed "$1" --wait="$(patiently 30)" "${@:2}" >/dev/null
}
ask() { actorsend -a -t "$(patiently 10)" "$@"; }
# The deliveries of the run, without times.
order() { actorsup events | sed -n 's/^[^ ]* \(mail.delivered\)/\1/p'; }
# one_run SEED LINES: up, an ask behind all else, which is there once `out` has so many; down; prints
# the order. (When a command asks is not for the seed to choose.)
one_run() {
    rm -f out
    seq_up "$1" && wait_until 30 file_lines out "$2" && ask json done >/dev/null &&
        actorsup down >/dev/null && order
}
# Something that takes the processor from whom is tested.
busy() { background sh -c 'while :; do :; done'; }

# json_actor FILE <<EOF: what it does with a message m, of this kind and body.
json_actor() {
    script "$1" <<EOS
#!$PYTHON3
import json, sys
seen, kept = [], {}
def say(op, **more): print(json.dumps(dict(more, op=op)), flush=True)
for line in sys.stdin:
    m = json.loads(line)
    kind, body = m["type"], m.get("body", "")
$(sed 's/^/    /')
    if kind == "exit": break
EOS
}
# One that answers an ask with all that it was told.
listener() {
    json_actor "$1" <<'EOF'
if kind == "tell": seen.append(body)
say("reply", re=m["id"], body=" ".join(seen)) if kind == "ask" else say("ack", id=m["id"])
EOF
}

@test "the same seed gives the same order, time and again: filters, json, C, jobs, pools, children" {
    json_actor ./json <<'EOF'
if kind == "tell":
    say("send", to="out", body="json " + body)
    say("wake", after="20ms", id=body, body=body)
    if body[0] == "k":
        say("spawn", template="kid", name=body)
        say("send", to="json." + body, body="hello")
if kind == "wake": say("send", to="upper", body=body, ask="u" + body)
if kind == "reply": say("send", to="out", body=body)
say("reply", re=m["id"], body="done") if kind == "ask" else say("ack", id=m["id"])
EOF
    topology <<EOF
actors:
  # Who sends: three filters, and a script with commands.
  one: {run: seq -f a%g 3, to: [pool, sed], restart: never}
  two: {run: seq -f b%g 3, to: [pool, grep], restart: never}
  three: {run: seq -f k%g 2, to: json, restart: never}
  four: {shell: "actorsend job x; actorsend -n 2 job y; actorsend pool z", speaks: none, restart: never}
  pool: {run: cat, pool: 3, to: [json, out]}
  sed: {run: sed -u 's/a/A/', to: out}
  grep: {shell: "grep --line-buffered b | sed -u 's/^/pipe /'", to: out}
  job: {shell: "actorsend -a upper job >&2; cat >/dev/null; printf job", speaks: once, concurrency: 2, to: out}
  json: {run: ./json, speaks: json}
  kid: {run: sed -u 's/^/kid /', template: true, to: out}
  upper: {run: $BUILD_DIR/examples/c/upper, speaks: frames}
  out: {shell: "cat >out"}
EOF
    [ -x "$BUILD_DIR/examples/c/upper" ] || # in a tree without examples
        sed -i 's,^  upper:.*,  upper: {run: ./json\, speaks: json},' actorsup.yaml
    local i seed first orders=
    busy
    first=$(one_run 7 36)
    [ "$(wc -l <<<"$first")" -gt 50 ]
    cp out first.out
    for ((i = 2; i <= ORDER_RUNS; i++)); do
        one_run 7 36 >again
        diff <(echo "$first") again
        diff first.out out
    done
    for seed in 7 8 9 10; do
        orders+="$(one_run $seed 36 | md5sum)"$'\n'
    done
    assert_equal "$(sort -u <<<"$orders" | grep -c .)" 4
}

@test "a race is found by trying seeds, and replayed" {
    copy_of race/.
    sed -i "1s,.*,#!$PYTHON3," ./*.py
    run within 120 ./find 1 60
    assert_failure 1
    assert_line --partial "mail.delivered name=account"
    local seed lost=$output
    seed=$(sed -n 's/^seed \([0-9]*\):.*/\1/p' <<<"$lost")
    for _ in 1 2 3; do
        run within 60 ./find "$seed" "$seed"
        assert_failure 1
        assert_equal "$(sed 's/^20[^ ]* //' <<<"$output")" "$(sed 's/^20[^ ]* //' <<<"$lost")"
    done
    # Without the race there is none to be found.
    sed -i 's/balance = int/balance += int/' account.py
    sed -i 's/int(m\["body"\]) + //' teller.py
    run within 120 ./find 1 8
    assert_output "all is well"
}

@test "what a command sends is taken whole, behind all that commands before it have caused" {
    listener ./json
    topology <<'EOF'
actors:
  slow: {shell: "while read -r l; do sleep 0.02; echo $$l; done", to: json}
  json: {run: ./json, speaks: json}
EOF
    seq_up 1
    printf '1\n2\n3\n4\n5\n' | actorsend slow
    assert_equal "$(ask json what)" "1 2 3 4 5"
    run order
    assert_output --regexp 'name=slow n=1 id=[0-9a-f]* from=~1 type=tell'
    assert_line --index 10 --regexp 'name=json n=11 id=[0-9a-f]* from=~2 type=ask'
    # A sender that has not ended holds up the run, and is named; its end lets it go on.
    mkfifo fifo
    background sh -c 'exec actorsend slow <fifo'
    exec 7>fifo
    echo 6 >&7
    wait_until 20 sh -c 'actorsup events | grep -q "sequential.held by=~3 .*it has not ended what it sends"'
    assert_equal "$(order | wc -l)" 11
    exec 7>&-
    assert_equal "$(ask json what)" "1 2 3 4 5 6"
}

@test "time stands still while anything is to be done, and timers come in their order" {
    json_actor ./json <<'EOF'
if kind == "tell":
    for ms in (70, 30, 50): say("wake", after="%dms" % ms, id="t%d" % ms)
    for i in range(20): say("send", to="work", body=str(i))
if kind == "wake": say("send", to="out", body=m["re"])
say("ack", id=m["id"])
EOF
    topology <<'EOF'
actors:
  json: {run: ./json, speaks: json}
  work: {shell: "while read -r l; do sleep 0.01; echo $$l; done", to: out}
  out: {shell: "cat >out"}
EOF
    seq_up 3
    actorsend json go
    wait_until 20 file_lines out 23
    assert_equal "$(tail -n 3 out | paste -sd' ')" "t30 t50 t70"
}

@test "--skip-time: an hour passes in no time, and an ask that nobody answers times out at once" {
    json_actor ./json <<'EOF'
if kind == "tell":
    say("wake", after="2h", id="later")
    say("wake", after="1h", id="late")
if kind == "wake": say("send", to="out", body=m["re"])
if kind == "ask" and body == "done": say("reply", re=m["id"], body="done")
elif kind != "ask": say("ack", id=m["id"])
EOF
    topology <<'EOF'
actors:
  json: {run: ./json, speaks: json}
  out: {shell: "cat >out"}
EOF
    seq_up 3 --skip-time
    actorsend json go
    assert_equal "$(ask json done)" "done" # behind all timers
    assert_equal "$(paste -sd' ' out)" "late later"
    local before=$EPOCHSECONDS
    run actorsend -a -t 1000 json nothing
    assert_failure 1
    assert_output --partial "timeout"
    [ $((EPOCHSECONDS - before)) -lt 60 ]
}

@test "who waits for another in the middle of a message does not stop the others" {
    json_actor ./json <<'EOF'
if kind == "tell":
    kept[m["id"]] = m
    say("send", to="job", body=body, ask=m["id"])
elif kind == "reply":
    say("ack", id=m["re"])
    say("send", to="out", body=body.strip())
    say("ack", id=m["id"])
else: say("reply", re=m["id"], body="done") if kind == "ask" else say("ack", id=m["id"])
EOF
    topology <<'EOF'
actors:
  json: {run: ./json, speaks: json}
  job: {shell: "actorsend -a shell \"$$(cat)\"", speaks: once}
  shell: {shell: "while read -r l; do actorsend -a last $$l; done"}
  last: {run: sed -u 's/^/last /'}
  out: {shell: "cat >out"}
EOF
    seq_up 5
    printf '1\n2\n' | actorsend json
    assert_equal "$(ask json done)" "done"
    assert_equal "$(sort out | paste -sd,)" "last 1,last 2"
}

@test "a death, its restart and what comes again are part of the order; so are full mailboxes" {
    script ./frail <<'EOF'
#!/bin/sh
while read -r l; do
    if [ "$l" = bad ] && [ ! -e "died.$ACTOR_SEED" ]; then
        : >"died.$ACTOR_SEED"
        exit 3
    fi
    echo "$l"
done
EOF
    topology <<'EOF'
defaults: {backoff: {min: 10ms, jitter: 50%}}
actors:
  one: {shell: "printf '%s\n' 1 2 bad 3 4", to: frail, restart: never}
  two: {run: seq -f b%g 6, to: frail, restart: never}
  frail: {run: ./frail, to: json, ack: line, mailbox: {messages: 2}}
  json: {run: ./json, speaks: json, mailbox: {messages: 1}}
EOF
    listener ./json
    local i
    for i in 1 2 3 4; do
        rm -f died.*
        seq_up 11
        assert_equal "$(ask json all | tr ' ' '\n' | sort | paste -sd' ')" "1 2 3 4 b1 b2 b3 b4 b5 b6 bad"
        [ -e died.11 ]
        actorsup down
        order >"order.$i"
        actorsup events | grep -o 'actor.restart name=frail in_ms=.*' >>"order.$i"
        diff order.1 "order.$i"
    done
}

@test "an actor that computes holds up the run, and is named; down ends it" {
    topology <<'EOF'
actors:
  spin: {shell: "read -r l; while :; do :; done"}
  out: {shell: "cat >out"}
EOF
    seq_up 1
    actorsend spin go
    background actorsend out after
    wait_until 20 sh -c 'actorsup events | grep -q "sequential.held by=spin .*it runs"'
    [[ "$(ps_get spin reason)" == *"waits for it: it runs"* ]]
    [ ! -s out ]
    run actorsup down
    assert_success
}

@test "at rest it does nothing at all" {
    topology <<'EOF'
actors:
  sed: {run: sed -u s/a/b/}
EOF
    seq_up 1
    assert_equal "$(ask sed a)" "b"
    local pid quiet=0 before
    pid=$(supervisor_pid)
    switches() { awk '/^voluntary_ctxt/ { print $2 }' "/proc/$pid/status"; }
    for _ in 1 2 3 4 5; do # the end of a connection may still be on its way
        before=$(switches)
        sleep 0.2
        [ "$(switches)" != "$before" ] || quiet=1
    done
    [ "$quiet" = 1 ]
}

@test "the seed: given or found, told, and named again on failure" {
    topology <<'EOF'
actors:
  fails: {shell: "echo $$ACTOR_SEED >seed; exit 1", restart: never}
EOF
    run actorsup up --sequential --seed 42
    assert_failure 1
    assert_output --partial "system.sequential seed=42"
    assert_output --partial "actorsup: replay with --sequential --seed 42"
    assert_equal "$(cat seed)" 42
    run actorsup up --sequential
    assert_failure 1
    assert_output --partial "replay with --sequential --seed $(cat seed)"
    run actorsup up
    refute_output --partial replay
    assert_equal "$(cat seed)" ""
    for wrong in x -1 1.5 18446744073709551616 ''; do
        run actorsup up --sequential --seed "$wrong"
        assert_failure 2
    done
    run actorsup up --seed 3
    assert_failure 2
    assert_output --partial "--seed and --skip-time go with --sequential"
    topology <<'EOF'
actors:
  cat: {run: cat}
EOF
    run actorsup up -d --sequential --seed 18446744073709551615
    assert_output "t is up, sequential with seed 18446744073709551615"
}

@test "what the file has on other hosts runs here, in the order of the seed, and none is launched" {
    mkdir sub
    cp "$SOURCE_DIR/tests/cli/obey.py" .
    two_hosts "alone: keep 1m" <<'EOF'
actors:
  far: {shell: "sed -u \"s/^/$$ACTOR_HOST /\"", to: out, on: west, cwd: sub, files: [sub]}
  fits: {run: sed -u s/^/fits/, to: out, on: {gpu: yes}, failover: after 1s, pool: 2}
  json: {run: ./obey.py, speaks: json, on: east}
  home: {run: sed -u s/^/home/, to: out}
  out: {shell: "cat >out"}
  kid: {run: cat, template: true, on: east}
EOF
    local round orders=
    for round in 1 2 3 4; do
        rm -rf out "$T/state/actorsup"
        run --separate-stderr actorsup up --sequential --seed 5 --wait=20
        assert_success
        assert_output "t is up, sequential with seed 5"
        assert_equal "$stderr" "actorsup: here, as a sequential run has no other hosts, run: far, fits, json, kid"
        seq 5 | sed 's/.*/send far &\nsend fits@west &\nsend home &/' | actorsend json@east
        assert_equal "$(ask json "echo done")" "done"
        assert_equal "$(wc -l <out)" 15
        orders+="$(order | md5sum)"$'\n'
        [ "$round" = 4 ] || actorsup down
    done
    assert_equal "$(sort -u <<<"$orders" | grep -c .)" 1
    grep -q '^main 1$' out
    assert_missing links
    assert_equal "$(ps_get far host)" main
    assert_equal "$(actorsup host ls --json)" "[]"
    assert_equal "$(readlink "/proc/$(ps_get far pid)/cwd")" "$PWD/sub"
}

@test "no host comes to a sequential run: by the file, by hand, or by itself" {
    link_script
    head -c 16 /dev/zero | tr '\0' x >token
    chmod 600 token
    topology <<EOF
join: {token: token}
hosts:
$(host west)
  north: {join: true}
actors:
  one: {run: cat, on: west}
EOF
    seq_up 1 2>/dev/null
    refused() {
        run "$@"
        assert_failure 1
        assert_output --partial "a sequential run has no other hosts"
    }
    refused actorsup host add south=there
    refused actorsup join --once --name north "ipc://$T/run/actorsup/t/sock"
    echo "  two: {run: cat, on: east}" >>actorsup.yaml
    sed -i "/^hosts:/a\\$(host east)" actorsup.yaml
    run actorsup reload
    assert_success
    assert_output --partial "two"
    refute_output --partial "east"
    wait_until 20 state_is two ready
    assert_equal "$(ask two x)" x
    refused actorsup host add south=there
    assert_equal "$(actorsup host ls --json)" "[]"
    assert_missing links
}

@test "what this host lacks for those of others is told before anything is started" {
    link_script
    topology <<EOF
hosts:
$(host west)
actors:
  far: {run: ./not-there, on: west}
EOF
    run actorsup check
    assert_success
    run actorsup up -d --sequential
    assert_failure 2
    assert_output --partial 'cannot run `./not-there`: there is no such file'
    assert_output --partial "in a sequential run all actors are on this host, and it lacks what those of other hosts need"
    printf 'actors:\n  nobody: {nonsense: 1}\n' | topology
    run actorsup up -d --sequential
    assert_failure 2
    refute_output --partial "of other hosts"
}

# early_or_late SEED CMD CMD: what a command has caused fails, and the next comes behind CMD, twice.
# Prints the order.
early_or_late() {
    rm -f got.* ids.* json.* tries
    seq_up "$1" && actorsend b 'die-once 1' && eval "$2" && actorsend job 1 && eval "$3" &&
        printf 'send c %s\nsend d %s\n' 1 1 2 2 3 3 | actorsend b && ask b "echo done" >/dev/null &&
        actorsup down >/dev/null && order
}

@test "a command comes behind the restarts and attempts that are pending, whenever it comes" {
    cp "$SOURCE_DIR/tests/cli/obey.py" .
    topology <<'EOF'
defaults: {backoff: {min: 200ms, factor: 1}}
actors:
  b: {run: ./obey.py, speaks: json}
  c: {run: stdbuf -oL cat, ack: line}
  d: {run: stdbuf -oL cat, ack: line}
  idle: {run: cat}
  job: {shell: "echo >>tries; exec test $$MSG_ATTEMPT -gt 2", speaks: once}
EOF
    local seed
    for seed in 1 2 3 4; do
        early_or_late $seed : : >early
        early_or_late $seed "wait_until 20 file_lines got.b 2; actorsup restart idle >&2" \
            "wait_until 20 file_lines tries 3" >late
        [ "$(wc -l <late)" = 18 ]
        diff early late
        assert_equal "$(tail -n 13 late | sed -n '1s/.*name=\([a-z]*\) .* from=\(~[0-9]*\) .*/\1 \2/p')" "b ~3"
    done
}

@test "what ends again and again keeps no command out, and what waits for a restart is let go by a stop" {
    topology <<'EOF'
actors:
  loop: {shell: exit 1, limit: {restarts: 2, within: 100ms}, backoff: {min: 200ms, max: 200ms}}
  long: {shell: "read -r l; exit 1", backoff: {min: 1h, max: 1h, jitter: 0%}}
  out: {shell: "while read -r l; do echo $$l >>out; done"}
EOF
    seq_up 1
    actorsend -t "$(patiently 20)" out 1
    wait_until 20 file_lines out 1
    actorsend -t "$(patiently 20)" long x
    wait_until 20 state_is long backoff
    run actorsend -t 1 out 2
    assert_failure 1
    background actorsend out 3
    actorsup stop long
    wait_until 20 file_lines out 2
    assert_equal "$(tail -n 1 out)" 3
    actorsup start long
    wait_until 20 state_is long ready
    actorsend -t "$(patiently 20)" long y
    wait_until 20 state_is long backoff
    background actorsend out 4
    within 20 actorsup down
    assert_equal "$(wc -l <out)" 2
}
