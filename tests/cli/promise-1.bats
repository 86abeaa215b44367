bats_require_minimum_version 1.5.0
load helper
load conditions

# Accepted means kept: handled, or in `dead` with the reason, or counted as dropped.

@test "mail of an actor that was stopped is kept, and handled when it is started" {
    topology <<'YAML'
actors:
  sink: {shell: "exec cat >>out"}
YAML
    up_system
    actorsup stop sink
    seq 1 500 | actorsend sink
    assert_equal "$(ps_get sink queued)" 500
    assert [ ! -s out ]
    actorsup start sink
    wait_until 10 file_lines out 500
    seq 1 500 | cmp - out
    balanced
}

@test "mail of an actor that failed is kept, and handled when it is started" {
    topology <<'YAML'
actors:
  sink: {shell: "test -e good && exec cat >>out; exec sleep 1000", restart: never}
  other: {run: sleep 1000, speaks: none}
YAML
    up_system
    seq 1 50 | actorsend sink
    actorsup kill sink
    wait_until 10 state_is sink failed
    seq 51 100 | actorsend sink
    assert_equal "$(ps_get sink queued)" 100
    touch good
    actorsup start sink
    wait_until 10 file_lines out 100
    seq 1 100 | cmp - out
    balanced
}

@test "mail for an actor that is done is a dead letter, and so is what it leaves" {
    topology <<'YAML'
actors:
  one: {shell: "read -r line; echo $line >out", restart: on-failure, mailbox: {in_hand: 1}}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    printf 'a\n' | actorsend one
    wait_until 10 state_is one done
    actorsend one late
    run actorsup dead ls
    assert_output --partial done
    assert_equal "$(dead_count)" 1
    balanced
}

@test "copies are accepted together or not at all" {
    topology <<'YAML'
actors:
  src: {shell: "seq 1 20; exec sleep 1000", to: [p, q], ack: read}
  p: {shell: "exec cat >p.out"}
  q: {shell: "until test -e go; do sleep 0.05; done; exec cat >q.out", mailbox: {messages: 1}}
YAML
    up_system
    # q holds one and has no room for the next: p has one as well, not more.
    wait_until 10 file_lines p.out 1
    wait_until 10 blocked src
    assert_equal "$(wc -l <p.out)" 1
    assert_equal "$(audit_get p accepted) $(audit_get q accepted)" "1 1"
    touch go
    wait_until 10 file_lines q.out 20
    wait_until 10 file_lines p.out 20
    seq 1 20 | cmp - p.out
    seq 1 20 | cmp - q.out
    balanced
}

@test "what expires or is dropped by policy is counted" {
    topology <<'YAML'
defaults: {run: sleep 1000}
actors:
  old: {mailbox: {messages: 5, full: drop-old, in_hand: 1}}
  new: {mailbox: {messages: 5, full: drop-new, in_hand: 1}}
  gone: {mailbox: {expire: 50ms, in_hand: 1}}
YAML
    up_system
    for a in old new gone; do seq 1 20 | actorsend $a; done
    assert_equal "$(audit_get old dropped)" 15
    assert_equal "$(audit_get new dropped)" 15
    # The one that is in hand cannot expire any more.
    wait_until 10 prints 19 audit_get gone dropped
    balanced
}

@test "drop-old keeps the newest, drop-new the oldest" {
    topology <<'YAML'
actors:
  old: {shell: "exec cat >old.out", mailbox: {messages: 3, full: drop-old}}
  new: {shell: "exec cat >new.out", mailbox: {messages: 3, full: drop-new}}
YAML
    up_system
    actorsup stop old new
    for a in old new; do seq 1 10 | actorsend $a; done
    actorsup start old new
    wait_until 10 file_lines old.out 3
    wait_until 10 file_lines new.out 3
    assert_equal "$(tr '\n' ' ' <old.out)" "8 9 10 "
    assert_equal "$(tr '\n' ' ' <new.out)" "1 2 3 "
}

@test "what a filter has read takes no room: nothing is dropped for it, whether somebody looks or not" {
    topology <<'YAML'
actors:
  new: {shell: "exec cat >new.out", mailbox: {messages: 2, full: drop-new}}
  old: {shell: "exec cat >old.out", mailbox: {messages: 2, full: drop-old}}
  few: {shell: "exec cat >few.out", mailbox: {bytes: 1KiB, full: drop-new}}
YAML
    up_system
    for i in 1 2 3 4 5 6; do
        for a in new old few; do
            actorsend $a "$i$(printf %0400d)"
            wait_until 10 file_lines $a.out "$i"
        done
    done
    for a in new old few; do assert_equal "$(audit_get $a dropped)" 0; done
    balanced
}

@test "dead holds 10,000 messages; the oldest go, and are counted" {
    topology <<'YAML'
actors:
  one: {run: "true"}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    wait_until 10 state_is one done
    seq 1 10005 | actorsend one
    assert_equal "$(dead_count)" 10000
    assert_equal "$(actorsup dead show "$(first_dead)" | tail -n 1)" 6
    assert_equal "$(audit_get one accepted)" 10005
    balanced
}
