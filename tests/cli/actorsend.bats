bats_require_minimum_version 1.5.0
load helper

# An actor that writes what it gets to a file, and one that answers each line in upper case.
up_both() {
    script upper <<'SH'
#!/usr/bin/env python3
import sys
for line in sys.stdin:
    sys.stdout.write(line.upper())
    sys.stdout.flush()
SH
    topology <<'YAML'
actors:
  sink: {shell: "exec cat >out"}
  upper: {run: ./upper, ack: line}
  quiet: {run: sleep 1000, ack: line}
YAML
    up_system
}

@test "a message, lines of standard input, a last line without a newline" {
    up_both
    actorsend sink one
    printf 'two\nthree' | actorsend sink
    wait_until 5 file_lines out 3
    assert_equal "$(cat out)" "$(printf 'one\ntwo\nthree')"
}

@test "an empty input is no message, an empty line is one" {
    up_both
    actorsend sink </dev/null
    printf '\n' | actorsend sink
    actorsend sink end
    wait_until 5 file_has out end
    assert_equal "$(cat out)" "$(printf '\nend')"
}

@test "-n sends a message many times, all accepted" {
    up_both
    actorsend -n 20000 sink x
    wait_until 10 file_lines out 20000
    assert_equal "$(sort out | uniq -c | tr -s ' ')" " 20000 x"
}

@test "100,000 lines go through, in order" {
    up_both
    seq 1 100000 | actorsend sink
    wait_until 20 file_lines out 100000
    seq 1 100000 | cmp - out
}

@test "-a prints the replies in the order of the messages" {
    up_both
    run -0 actorsend -a upper hello
    assert_output HELLO
    seq 1 5000 | sed 's/^/line /' >in
    within 20 actorsend -a upper <in >replies
    tr a-z A-Z <in | cmp - replies
}

@test "-j prints envelopes" {
    up_both
    printf 'a\nb\n' | actorsend -j upper >replies
    "$PYTHON3" - <<'PY'
import json
rows = [json.loads(l) for l in open("replies")]
assert [r["body"] for r in rows] == ["A", "B"], rows
assert [r["re"] for r in rows] == ["1", "2"], rows
assert all(r["type"] == "reply" and r["from"] == "upper" for r in rows), rows
PY
}

@test "-0 and -w: messages that hold newlines" {
    script count <<'SH'
#!/bin/sh
printf '%s' "$(wc -c)"
SH
    topology <<'YAML'
actors:
  count: {run: ./count, speaks: once}
YAML
    up_system
    run -0 actorsend -a -w count <<<$'one\ntwo'
    assert_output 8
    printf 'a\nb\0cc' | actorsend -0 -a count | tr '\0' ' ' >replies
    assert_equal "$(cat replies)" "3 2 "
}

@test "-H: headers reach the actor" {
    topology <<'YAML'
actors:
  show: {shell: 'printf %s "$MSG_H_COLOUR-$MSG_H_A_B-$MSG_FROM"', speaks: once}
YAML
    up_system
    run -0 actorsend -a -H colour=red -H a-b=c show x
    assert_output --regexp '^red-c-~'
}

@test "an unknown actor: 1, the nearest, and how many were accepted" {
    up_both
    run -1 actorsend snik x
    assert_output --partial "accepted 0 of 1"
    assert_output --partial "sink"
}

@test "an ask that is not answered in time: 1, the others are printed" {
    up_both
    run -1 actorsend -a -t 0.3 quiet x
    assert_output --regexp '^actorsend: message 1 was not answered: .*time'
}

@test "an ask to one that passes its output on does not get an answer: 1" {
    topology <<'YAML'
actors:
  cat: {run: cat, to: sink}
  sink: {run: cat}
YAML
    up_system
    run -1 actorsend -a cat x
    assert_output --partial "does not answer"
}

@test "a message over 16 MiB is refused with its number; those before it are kept" {
    up_both
    run -1 bash -c '{ echo a; echo b; head -c 17000000 /dev/zero; echo; echo c; } | actorsend sink'
    assert_output --partial "accepted 2 of 2"
    assert_output --partial "message 3 is too large"
    wait_until 5 file_lines out 2
}

@test "a full mailbox makes it wait; -t makes that an end, and says how many" {
    topology <<'YAML'
actors:
  stuck: {run: sleep 1000, mailbox: {messages: 10, in_hand: 1}}
YAML
    up_system
    run -1 bash -c 'seq 1 100 | actorsend -t 0.5 stuck'
    assert_output --regexp 'accepted 1[0-9] of 100.*time'
}

@test "an interrupt: 1, and how many were accepted" {
    up_both
    mkfifo in
    background bash -c 'exec actorsend sink <in 2>err'
    local pid=$BG
    exec 8>in
    seq 1 10 >&8
    wait_until 5 file_lines out 10
    # TERM is handled like INT, which a background child of a shell ignores.
    kill -TERM "$pid"
    local status=0
    wait "$pid" || status=$?
    exec 8>&-
    assert_equal "$status" 1
    run cat err
    assert_output --partial "accepted 10 of 10 so far: interrupted"
}

@test "an interrupt in full flow: what is said to be accepted is what was" {
    up_both
    local pid status=0
    yes 0123456789 | head -n 20000000 >in &
    wait $!
    background bash -c 'exec actorsend sink <in 2>err'
    pid=$BG
    wait_until 10 bash -c '[ "$(wc -l <out)" -gt 1000 ]'
    kill -TERM "$pid"
    wait "$pid" || status=$?
    assert_equal "$status" 1
    rm in
    run cat err
    local said=${output#*accepted }
    wait_until 20 file_lines out "${said%% *}"
    assert_equal "$(actorsup audit --json sink | jq ".[0].accepted")" "${said%% *}"
}

@test "the end of the system while it sends: 1, and how many were accepted" {
    up_both
    mkfifo in
    background bash -c 'exec actorsend sink <in 2>err'
    local pid=$BG status=0
    exec 8>in
    seq 1 10 >&8
    wait_until 5 file_lines out 10
    actorsup down
    wait "$pid" || status=$?
    exec 8>&-
    assert_equal "$status" 1
    run cat err
    assert_output --partial "accepted 10 of 10"
}

@test "--progress shows it, a pipe does not" {
    up_both
    run -0 bash -c 'actorsend -n 100 sink x 2>&1'
    assert_output ""
    mkfifo in
    background bash -c 'exec actorsend --progress sink <in 2>err'
    local pid=$BG
    exec 8>in
    echo x >&8
    wait_until 5 file_has err "1 accepted"
    exec 8>&-
    wait "$pid"
}

@test "a message that is too large: the limit, and no counts where nothing was sent" {
    topology <<'YAML'
actors:
  a: {shell: "cat >/dev/null"}
YAML
    up_system
    head -c 16777217 /dev/zero >big
    run -1 actorsend -w a <big
    assert_output "actorsend: message 1 is too large: 16 MiB is the most"
    run -1 actorsend a <big
    assert_output "actorsend: message 1 is too large: 16 MiB is the most; see -0 and -w"
    { echo one; cat big; } >two
    run -1 actorsend a <two
    assert_output "actorsend: accepted 1 of 1 so far: message 2 is too large: 16 MiB is the most; see -0 and -w"
}
