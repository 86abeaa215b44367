bats_require_minimum_version 1.5.0
load helper
load conditions

# Order: from one sender to one actor as sent; what comes again comes before what follows it.

@test "100,000 lines keep their order through filters, json and frames" {
    topology <<YAML
actors:
  a: {run: cat, to: b}
  b: {run: [sed, -u, ""], ack: line, to: c}
  c: {run: cat, to: d}
  d: {shell: "exec cat >out"}
YAML
    up_system
    seq 1 100000 | actorsend a
    wait_until 30 file_lines out 100000
    seq 1 100000 | cmp - out
}

@test "what is redelivered comes before what follows it, with a higher attempt" {
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  j: {run: $OBEY, speaks: json}
YAML
    up_system
    actorsup stop j
    printf '%s\n' one two die-once four five | actorsend j
    actorsup start j
    wait_until 10 idle j
    run got j
    # It had read ahead: four and five are told apart from what comes for the first time, too.
    assert_output "$(printf 'tell %s\n' '1 one' '1 two' '1 die-once' '2 die-once' '2 four' '2 five')"
    # The repeat is known by its id.
    assert_equal "$(sed -n 3p ids.j)" "$(sed -n 4p ids.j)"
    assert_equal "$(sort -u ids.j | wc -l)" 5
}

@test "what was read and not acked is repeated in order, before what follows" {
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  j: {run: $OBEY, speaks: json}
YAML
    up_system
    printf 'hold %s\n' a b c | actorsend j
    wait_until 10 file_lines got.j 3
    actorsup kill j
    wait_until 10 file_lines got.j 4
    # One at a time: b is not handed over before a is handled, nor is what comes after.
    actorsend j 'hold d'
    actorsup kill j
    wait_until 10 file_lines got.j 5
    run got j
    assert_output "$(printf 'tell %s\n' '1 hold a' '1 hold b' '1 hold c' '2 hold a' '3 hold a')"
}

@test "what is deferred goes to the tail, uncounted" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, mailbox: {in_hand: 1}}
YAML
    up_system
    actorsup stop j
    printf '%s\n' 'defer x' one two | actorsend j
    actorsup start j
    wait_until 10 file_lines got.j 4
    run got j
    assert_output "$(printf 'tell %s\n' '1 defer x' '1 one' '1 two' '1 defer x')"
}

@test "once: 75 puts back to the tail, uncounted" {
    script again <<'SH'
#!/bin/sh
read -r body
echo "$MSG_ATTEMPT $body" >>got
[ "$body" != later ] || [ -e seen ] || { touch seen; exit 75; }
SH
    topology <<'YAML'
actors:
  o: {run: ./again, speaks: once, backoff: {min: 1ms}}
YAML
    up_system
    actorsup stop o
    for m in later one two; do actorsend o $m; done
    actorsup start o
    wait_until 10 file_lines got 4
    assert_equal "$(cat got)" "$(printf '1 %s\n' later one two later)"
}

@test "dead retry adds at the tail, its attempts reset" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, mailbox: {retry: 1}}
YAML
    up_system
    actorsend j 'fail it'
    wait_until 10 dead_is 1
    actorsup stop j
    actorsend j one
    actorsup dead retry "$(first_dead)"
    actorsend j two
    actorsup start j
    wait_until 10 file_lines got.j 4
    run got j
    assert_output "$(printf 'tell %s\n' '1 fail it' '1 one' '1 fail it' '1 two')"
}

@test "name/N belongs to one member and keeps its order; name/* goes to each" {
    topology <<'YAML'
actors:
  p: {shell: 'exec cat >>out.$ACTOR_INDEX', pool: 3, backoff: {min: 1ms}}
YAML
    up_system
    seq 1 1000 | actorsend p/2
    wait_until 10 file_lines out.2 1000 # what cat has read and not written dies with it
    actorsup kill p/2
    seq 1001 2000 | actorsend p/2
    actorsend 'p/*' end
    for i in 1 2 3; do wait_until 10 file_has out.$i end; done
    { seq 1 2000; echo end; } | cmp - out.2
    assert_equal "$(cat out.1)" end
    assert_equal "$(cat out.3)" end
}
