bats_require_minimum_version 1.5.0
load helper
load conditions

# One bad actor is its own problem: the others go on.

# A good pair beside a bad one: asks are answered and mail flows, whatever that does.
up_with() {
    {
        cat <<'YAML'
actors:
  good: {run: [sed, -u, "s/^/good /"], ack: line}
  a: {run: cat, to: b}
  b: {shell: "exec cat >out"}
YAML
        cat
    } >actorsup.yaml
    actorsup up -d
    wait_until 20 state_is good ready
}

others_are_well() {
    local sup
    sup=$(supervisor_pid)
    seq 1 2000 >in
    seq 1 100 | within 20 actorsend -a -t 10 good >replies
    seq 1 100 | sed 's/^/good /' | cmp - replies
    actorsend a <in
    wait_until 20 file_lines out 2000
    cmp in out
    kill -0 "$sup"
    assert_equal "$(ps_get good restarts) $(ps_get b restarts)" "0 0"
}

@test "one that crashes at once, always" {
    up_with <<'YAML'
  bad: {run: "false", restart: always, backoff: {min: 1ms, max: 1ms}, limit: {restarts: 100000, within: 1s}}
YAML
    others_are_well
    assert [ "$(ps_get bad restarts)" -gt 0 ]
}

@test "one that floods its output, and one that floods its log" {
    up_with <<'YAML'
  bad: {run: "yes", to: worse}
  worse: {shell: "exec sleep 1000"}
  loud: {shell: "exec yes >&2", log: {max: 64KiB, keep: 1}}
  endless: {run: "yes", log: {max: 64KiB, keep: 1}}
YAML
    others_are_well
    wait_until 10 blocked bad
}

@test "one that never reads, one that has closed its pipes" {
    up_with <<'YAML'
  stalled: {run: sleep 1000, mailbox: {messages: 5}}
  closed: {shell: "exec sleep 1000 <&- >&- 2>&-"}
YAML
    # More than its pipe takes.
    head -c 300000 /dev/zero | tr '\0' x >large
    for _ in 1 2 3; do actorsend -w stalled <large; done
    seq 1 50 | actorsend -t 0.5 stalled || true
    seq 1 50 | actorsend closed
    others_are_well
    assert_equal "$(state_of closed)" ready
    balanced
}

@test "garbage as json and as frames: logged, restarted or skipped, nobody else hurt" {
    head -c 20000 /dev/urandom >garbage
    up_with <<'YAML'
  json: {shell: "cat garbage; exec cat >/dev/null", speaks: json}
  frames: {shell: "cat garbage; exec cat >/dev/null", speaks: frames, transport: stdio, backoff: {min: 1ms}}
YAML
    others_are_well
    wait_until 10 log_has json 'reason='
    wait_until 10 log_has frames frame
}

@test "one that forks without end is stopped with all of it" {
    script forks <<'SH'
#!/bin/bash
while :; do
    (setsid sleep 1000 &)
    sleep 0.01
done
SH
    up_with <<'YAML'
  bad: {run: ./forks, speaks: none, stop: {grace: 100ms}}
YAML
    others_are_well
    actorsup stop bad
    wait_until 10 no_children_left
}
no_children_left() { ! pgrep -P "$(supervisor_pid)" -f "^sleep 1000" >/dev/null; }

@test "a line without end is dropped, and the next is taken" {
    up_with <<'YAML'
  bad: {shell: "head -c 17000000 /dev/zero | tr '\\0' x; echo; echo next; exec cat", to: sink}
  sink: {shell: "exec cat >sunk"}
YAML
    others_are_well
    wait_until 20 file_has sunk next
    assert_equal "$(wc -l <sunk)" 1
    log_has bad too_long
}

@test "a stray that nobody can find, and that writes for ever into the pipes of a dead actor" {
    up_with <<'YAML'
  err: {shell: "env -i setsid yes >&2 & echo $$! >err.pid; exit 0", restart: never}
  out: {shell: "env -i setsid yes & echo $$! >out.pid; exit 0", restart: never, to: b}
  json: {shell: "env -i setsid yes & echo $$! >json.pid; exit 0", restart: never, speaks: json}
  once: {shell: "cat; env -i setsid yes & echo $$! >once.pid", speaks: once}
YAML
    actorsend once x
    for name in err out json; do wait_until 20 state_is $name done; done
    wait_until 20 prints 1 ps_get once handled
    seq 1 100 | within 20 actorsend -a -t 10 good >replies
    seq 1 100 | sed 's/^/good /' | cmp - replies
    actorsup down
    for name in err out json once; do wait_until 10 gone "$(cat $name.pid)"; done
}
