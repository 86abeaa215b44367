bats_require_minimum_version 1.5.0
load helper
load conditions

# A crash costs no mail (and 3: what is repeated can be told by its id and its attempt).

# A filter that reads exactly as many lines as it is told to, then waits to be killed.
slow_reader() {
    script reader <<'SH'
#!/bin/bash
# `read` takes single bytes from a pipe: nothing is read ahead.
n=$(cat limit)
while [ "$n" -ne 0 ] && read -r line; do
    echo "$line" >>out
    n=$((n - 1))
done
echo waiting >>waits
exec sleep 1000
SH
}

@test "ack: read: what a process had not read reaches the next, each message once" {
    slow_reader
    topology <<'YAML'
actors:
  r: {run: ./reader, backoff: {min: 1ms}}
YAML
    echo 7 >limit
    up_system
    seq 1 1000 | actorsend r
    for n in 1 2 3; do
        wait_until 10 file_lines waits $n
        assert_equal "$(wc -l <out)" $((7 * n))
        [ "$n" -lt 3 ] || echo -1 >limit
        actorsup kill r
    done
    wait_until 10 file_lines out 1000
    seq 1 1000 | cmp - out
    balanced
}

@test "ack: read: a message half read is unread" {
    script half <<'SH'
#!/bin/bash
if [ ! -e second ]; then
    touch second
    read -r -N 5 part
    echo "$part" >part
    exec sleep 1000
fi
exec cat >out
SH
    topology <<'YAML'
actors:
  h: {run: ./half, backoff: {min: 1ms}}
YAML
    up_system
    printf 'first message\nsecond\n' | actorsend h
    wait_until 10 file_has part first
    actorsup kill h
    wait_until 10 file_lines out 2
    assert_equal "$(cat out)" "$(printf 'first message\nsecond')"
}

@test "ack: line: what has no line yet is redelivered, what has is not" {
    script some <<'SH'
#!/bin/bash
while read -r line; do
    echo "$line" >>seen
    [ "$line" != 4 ] || [ -e died ] || { touch died; kill -KILL $$; }
    echo "did $line"
done
SH
    topology <<'YAML'
actors:
  s: {run: ./some, ack: line, to: sink, backoff: {min: 1ms}}
  sink: {shell: "exec cat >out"}
YAML
    up_system
    seq 1 6 | actorsend s
    wait_until 10 file_lines out 6
    seq 1 6 | sed 's/^/did /' | cmp - out
    assert_equal "$(tr '\n' ' ' <seen)" "1 2 3 4 4 5 6 "
    balanced
}

@test "after retry deaths a message is dead with its evidence; others and the limit are untouched" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, backoff: {min: 1ms, max: 2ms}, limit: {restarts: 1, within: 60s},
      mailbox: {retry: 4}}
YAML
    up_system
    printf '%s\n' one die two | actorsend j
    wait_until 20 dead_is 1
    wait_until 10 idle j
    assert_equal "$(got j | grep -c die)" 4
    assert_equal "$(got j | grep -c -E ' (one|two)$')" 2
    assert_equal "$(state_of j)" ready
    assert_equal "$(dead_get attempts) $(dead_get to)" "4 j"
    assert_equal "$(dead_get reason)" "retry: 4 attempts failed, last: its process ended (signal KILL)"
    run -1 actorsend -a -t 20 j die
    assert_output --partial "retry: 4 attempts failed, last: its process ended (signal KILL)"
    wait_until 10 dead_is 2
    run actorsup dead show "$(first_dead)"
    assert_output --partial KILL
    assert_output --partial "dying of die"
    balanced
}

@test "the death is blamed on the oldest message in hand alone" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, backoff: {min: 1ms}, mailbox: {retry: 2}}
YAML
    up_system
    printf 'hold %s\n' a b | actorsend j
    wait_until 10 file_lines got.j 2
    actorsup kill j
    wait_until 10 file_lines got.j 3
    actorsup kill j
    # a has ended two processes and is dead; b has not been blamed for either.
    wait_until 10 dead_is 1
    run actorsup dead show "$(first_dead)"
    assert_output --partial "hold a"
    wait_until 10 file_lines got.j 4
    assert_equal "$(got j | tail -n 1)" "tell 2 hold b"
    actorsup kill j
    wait_until 10 file_lines got.j 5
    assert_equal "$(dead_count)" 1
}

@test "one that dies before it reads is a crash loop: its mail is kept, and it fails by its limit" {
    topology <<'YAML'
actors:
  c: {shell: "exit 1", backoff: {min: 1ms, max: 2ms}, limit: {restarts: 3, within: 60s}}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    actorsend c x
    wait_until 10 state_is c failed
    assert_equal "$(ps_get c queued)" 1
    assert_equal "$(dead_count)" 0
    run ps_get c reason
    assert_output --partial limit
}
