bats_require_minimum_version 1.5.0
load helper
load conditions

# eof: upstream. See also flow-end.bats and wordcount.bats.

# It ends by itself.
ended() { no_test_processes; }

@test "the end runs down a flow of lines, json, once and frames; the system ends by itself with 0" {
    topology <<YAML
defaults: {restart: on-failure}
actors:
  src: {run: seq 1 50, to: [l, j, o, f]}
  l: {run: sort -n, eof: upstream, to: keep}
  j: {run: $OBEY, speaks: json, eof: upstream}
  o: {run: cat, speaks: once, eof: upstream, to: keep}
  f: {run: $CLIENT actor, speaks: frames, eof: upstream}
  keep: {shell: "exec cat >out", eof: upstream}
YAML
    run -0 within 60 actorsup up
    assert_equal "$(sort -n out | uniq -c | awk '$1 == 2' | wc -l)" 50
    assert_equal "$(got j | tail -n 1)" "exit 1"
    assert_equal "$(got j | wc -l)" 51
    no_test_processes
}

@test "what is sent after the end is refused" {
    topology <<'YAML'
actors:
  src: {run: "true", to: s}
  s: {shell: "cat >out; exec sleep 1000", eof: upstream}
YAML
    actorsup up -d
    wait_until 10 state_is src done
    wait_until 10 refused s
    run -1 actorsend s late
    assert_output --partial "has ended"
}
refused() { ! actorsend "$1" probe 2>/dev/null; }

@test "an upstream that failed counts, one stopped by hand does not" {
    topology <<'YAML'
actors:
  bad: {shell: "echo x; exit 1", to: s, restart: never}
  held: {run: sleep 1000, to: s}
  s: {shell: "cat >out; echo ended >ended; exec sleep 1000", eof: upstream}
YAML
    actorsup up -d
    wait_until 10 state_is bad failed
    wait_until 10 state_is held ready
    actorsup stop held
    actorsend s probe
    wait_until 10 file_has out probe
    assert_missing ended
    # It is done once it has ended by itself.
    actorsup start held
    wait_until 10 state_is held ready
    actorsup kill -TERM held
    wait_until 10 state_is held ready
}

@test "exit 0 after the end with messages unanswered: they go to dead" {
    topology <<'YAML'
actors:
  src: {run: seq 1 3, to: s}
  s: {shell: "cat >/dev/null; echo one", ack: line, eof: upstream}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    wait_until 10 state_is s done
    assert_equal "$(dead_count)" 2
    assert_equal "$(dead_get reason)" unanswered
    balanced
}

@test "a member of a pool that dies with unread mail is restarted for it, and gets its end again" {
    script member <<'SH'
#!/bin/bash
if mkdir died 2>/dev/null; then
    read -r line
    until test -e go; do sleep 0.02; done
    kill -KILL $$
fi
exec cat
SH
    topology <<'YAML'
actors:
  src: {run: seq 1 200, to: p}
  p: {run: ./member, pool: 2, ack: line, to: keep, eof: upstream, backoff: {min: 1ms}}
  keep: {shell: "exec cat >out", eof: upstream}
YAML
    actorsup up -d
    wait_until 10 state_is src done
    touch go
    wait_until 20 ended
    sort -n out | cmp - <(seq 1 200)
}

@test "no upstream, a ring, an upstream that always restarts: faults of the file" {
    topology <<'YAML'
actors:
  alone: {run: cat, eof: upstream}
  src: {run: cat, restart: always, to: fed}
  fed: {run: cat, eof: upstream}
  r1: {run: cat, to: r2, eof: upstream}
  r2: {run: cat, to: r1, eof: upstream}
YAML
    run -2 actorsup check
    assert_output --partial "alone"
    assert_output --partial "fed"
    assert_output --partial "r1"
}
