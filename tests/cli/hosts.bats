bats_require_minimum_version 1.5.0
load helper
load conditions

# in: process | thread | sequence. See actorhost(1), and guest.c for what its messages do.

setup() {
    common_setup
    GUEST=$BUILD_DIR/tests/cli/.libs/guest.so
    [ -f "$GUEST" ] || skip "there is no guest.so: libactor was built without shared libraries"
    cp "$GUEST" guest.so
}

ask() { within 20 actorsend -a -t 15 "$@"; }
deads() { actorsup dead ls --json | jq "length"; }
restarts_of() { ps_get "$1" restarts; }

# Three ways to run what stands behind `defaults`: an actor each, and one more in each host.
three_ways() {
    topology <<YAML
defaults: {run: ./guest.so, speaks: frames, backoff: {min: 1ms, max: 1ms}, $1}
actors:
  p: {}
  t: {in: thread, host: threads}
  t2: {in: thread, host: threads}
  s: {in: sequence, host: turns}
  s2: {in: sequence, host: turns}
YAML
}

@test "hosts: one object, built once, gives the same bytes in all three ways" {
    local a
    three_ways ""
    run -0 actorsup check
    assert_output --partial "5 actors, 2 hosts, no faults"
    up_system
    seq 1 500 | sed 's/^/word /' >in
    for a in p t s; do
        ask "$a" <in | sed "s/^$a //" >"out.$a"
        assert_equal "$(wc -l <"out.$a")" 500
        assert_equal "$(sha256sum "$GUEST")" "$(sha256sum guest.so | sed "s,guest.so,$GUEST,")"
    done
    cmp out.p out.t
    cmp out.p out.s
    assert_equal "$(pid_of t) $(pid_of s)" "$(pid_of threads) $(pid_of turns)"
    refute [ "$(pid_of p)" = "$(pid_of t)" ]
    balanced
}

@test "hosts: what they use is told of the host process, in which nobody can tell them apart" {
    three_ways ""
    up_system --wait
    run -0 actorsup top -bj -n 1
    for a in p threads turns; do jq -e ".[] | select(.name == \"$a\").memory_bytes > 100000" <<<"$output"; done
    for a in t t2 s s2; do jq -e ".[] | select(.name == \"$a\") | .memory_bytes == null and .cpu_percent == null" <<<"$output"; done
}

@test "hosts: variables and environment are each actor's own" {
    topology <<'YAML'
defaults: {run: ./guest.so, speaks: frames, in: thread, host: h}
actors:
  a: {env: {OWN: of-a}}
  b: {env: {OWN: of-b}}
  c: {pool: 3}
YAML
    up_system
    assert_equal "$(ask a 'say')" "a 1 "
    assert_equal "$(ask a 'say')" "a 2 "
    assert_equal "$(ask b 'say')" "b 1 "
    assert_equal "$(ask c/2 'say')" "c/2 1 "
    assert_equal "$(ask c/3 'say')" "c/3 1 "
    assert_equal "$(ask a 'env OWN') $(ask b 'env OWN') $(ask c/1 'env OWN')" "of-a of-b -"
    assert_equal "$(ask b 'env ACTOR_NAME') $(ask c/3 'env ACTOR_INDEX')" "b 3"
    assert_equal "$(ask a pid) $(ask c/3 pid)" "$(pid_of h) $(pid_of h)"
    actorsup ps --json | jq -e '.[] | select(.name == "a") | .in == "thread" and .in_host == "h"'
    actorsup ps | grep -q '^c/2 .*thread of h'
}

@test "hosts: a crash is that of all in it; mailboxes stay, and only the culprit is blamed" {
    local end
    for end in segv abort exit kill; do
        topology <<'YAML'
defaults: {run: ./guest.so, speaks: frames, in: sequence, host: h, backoff: {min: 1ms},
           limit: {restarts: 2, within: 1h}, mailbox: {retry: 4}}
actors:
  bad: {}
  busy: {}
  idle: {}
YAML
        up_system
        # What waits for its turn is in hand: of all three there is mail when the host dies.
        actorsend busy 'pause 200'
        seq 1 50 | sed 's/^/say /' | actorsend busy
        actorsend bad "$end"
        seq 1 50 | sed 's/^/say /' | actorsend idle
        seq 1 50 | sed 's/^/say /' | actorsend bad
        wait_until 20 log_has bad mail.dead
        wait_until 20 prints 50 audit_get idle handled
        wait_until 20 prints 51 audit_get busy handled
        wait_until 20 prints 50 audit_get bad handled
        # Four deaths, more than the limit: they count for nobody else.
        assert_equal "$(actorsup dead ls --json | jq -r '.[] | "\(.to) \(.attempts)"')" "bad 4"
        for a in bad busy idle h; do assert_equal "$(state_of $a)" ready; done
        actorsup logs h | grep -q 'host.crash name=h by=bad'
        balanced
        actorsup down
    done
}

@test "hosts: thread: who crashed is told apart from who was at work as well" {
    topology <<'YAML'
defaults: {run: ./guest.so, speaks: frames, in: thread, host: h, backoff: {min: 1ms}}
actors:
  bad: {}
  busy: {}
YAML
    up_system
    for i in 1 2 3; do
        actorsend busy 'pause 100'
        actorsend bad segv
        wait_until 20 prints "$i" deads
    done
    wait_until 20 prints 3 audit_get busy handled
    assert_equal "$(actorsup dead ls --json | jq -r '[.[].to] | unique[]')" bad
    assert_equal "$(state_of busy)" ready
    balanced
}

@test "hosts: the end of one main is the end of that actor alone, with its status" {
    three_ways "limit: {restarts: 100, within: 1s}"
    up_system
    for a in t s; do
        local pid other
        pid=$(pid_of $a) other=$(restarts_of ${a}2)
        actorsend $a return
        wait_until 20 prints 1 restarts_of $a
        wait_until 20 state_is $a ready
        assert_equal "$(ps_get $a exit)" "exit 3"
        assert_equal "$(ask $a say)" "$a 1 "
        assert_equal "$(pid_of $a) $(restarts_of ${a}2)" "$pid $other"
    done
}

@test "hosts: in sequence no two run at once, in threads they do" {
    mkdir seq thr
    topology <<'YAML'
defaults: {run: ./guest.so, speaks: frames}
actors:
  s: {in: sequence, host: turns, cwd: seq, pool: 3}
  s2: {in: sequence, host: turns, cwd: seq}
  t: {in: thread, host: threads, cwd: thr, pool: 3}
YAML
    up_system
    for a in 's/*' s2 't/*'; do
        for i in $(seq 20); do echo "pause 5"; done | actorsend "$a" &
    done
    wait
    wait_until 30 prints 60 audit_get t handled
    wait_until 30 prints 60 audit_get s handled
    wait_until 30 prints 20 audit_get s2 handled
    [ -e thr/two ]
    [ ! -e seq/two ]
}

@test "hosts: in sequence one may wait in libactor for another of its host" {
    topology <<'YAML'
defaults: {run: ./guest.so, speaks: frames, in: sequence, host: h}
actors:
  a: {to: b}
  b: {mailbox: {messages: 1}}
YAML
    up_system
    for i in $(seq 2000); do echo "to b"; done | within 60 actorsend a
    wait_until 30 prints 2000 audit_get b handled
    balanced
}

@test "hosts: stop: exit is sent; after the grace the whole host is killed, and the others come again" {
    three_ways "stop: {grace: 500ms}"
    up_system
    for a in t s; do
        pid=$(pid_of ${a}2)
        actorsup stop $a
        assert_equal "$(state_of $a) $(pid_of ${a}2)" "stopped $pid"
        actorsup start $a
        wait_until 20 state_is $a ready
        assert_equal "$(pid_of $a)" "$pid"
        actorsend $a hang
        wait_until 20 prints 1 ps_get $a in_hand
        actorsend ${a}2 say
        actorsup stop $a
        wait_until 20 differs "$pid" pid_of ${a}2
        wait_until 20 state_is ${a}2 ready
        wait_until 20 prints 1 audit_get ${a}2 handled
        assert_equal "$(state_of $a) $(deads)" "stopped 0"
    done
    balanced
}

@test "hosts: the host is an actor of that name: stop, start, restart, kill and logs" {
    three_ways ""
    up_system
    pid=$(pid_of threads)
    actorsup restart threads
    wait_until 20 state_is t ready
    refute [ "$(pid_of t)" = "$pid" ]
    actorsup stop threads
    wait_until 20 state_is t waiting
    actorsend t say
    actorsup ps t | grep -q 'waiting for threads to be ready, but it is stopped'
    actorsup start t2
    wait_until 20 state_is t ready
    wait_until 20 prints 1 audit_get t handled
    pid=$(pid_of t)
    actorsup kill t2
    wait_until 20 differs "$pid" pid_of t
    wait_until 20 state_is t ready
    assert_equal "$(ask t say)" "t 1 "
    actorsend t 'log of my own'
    wait_until 10 log_has t 'info: of my own'
    run actorsend threads x
    assert_failure 1
}

@test "hosts: what cannot be loaded says why, and one that ends at once is over its limit alone" {
    topology <<'YAML'
defaults: {run: ./guest.so, speaks: frames, in: thread, host: h, backoff: {min: 1ms, max: 1ms}}
actors:
  good: {}
  wrong: {run: ./guest.so wrong}
  broken: {run: ./broken.so}
YAML
    printf '\177ELF rest' >broken.so
    chmod +x broken.so
    actorsup up -d
    wait_until 20 state_is wrong failed
    wait_until 20 state_is broken failed
    log_has broken 'cannot load'
    assert_equal "$(ps_get wrong exit)" "exit 4"
    assert_equal "$(ask good say) $(restarts_of good)" "good 1  0"
}

@test "hosts: nothing is left when the supervisor is killed, or the host" {
    three_ways ""
    up_system
    kill -KILL "$(pid_of turns)"
    wait_until 20 prints 1 restarts_of s2
    wait_until 20 state_is s2 ready
    kill -KILL "$(supervisor_pid)"
    wait_until 20 no_test_processes
}

@test "hosts: up --only starts the host too, and a system whose actors are done is done" {
    three_ways ""
    actorsup up -d --only t --wait=20
    assert_equal "$(state_of t) $(state_of threads) $(state_of turns)" "ready ready stopped"
    actorsup down
    topology <<'YAML'
actors:
  src: {run: seq 100, to: t}
  t: {run: ./guest.so, speaks: frames, in: thread, host: h, eof: upstream}
YAML
    within 30 actorsup up
}

@test "hosts: reload moves an actor from one way to another; its mail stays" {
    three_ways ""
    up_system
    actorsup stop p t
    seq 10 | actorsend p
    seq 10 | actorsend t
    sed -i 's/  p: {}/  p: {in: sequence, host: turns}/; s/  t: .*/  t: {}/; /t2:/d' actorsup.yaml
    actorsup reload
    actorsup start p t
    wait_until 20 prints 10 audit_get p handled
    wait_until 20 prints 10 audit_get t handled
    assert_equal "$(pid_of p)" "$(pid_of turns)"
    run actorsup ps threads
    assert_failure 1
    balanced
}

@test "hosts: ready: notify is actor_ready" {
    topology <<'YAML'
defaults: {speaks: frames, in: thread, host: h, ready: notify}
actors:
  late: {run: ./guest.so late}
  never: {run: ./guest.so}
YAML
    actorsup up -d
    wait_until 20 state_is late ready
    assert_equal "$(state_of never)" running
}

@test "hosts: actorhost runs an object by hand, and says what it cannot" {
    run -2 actorhost
    run -0 actorhost --help
    assert_output --partial "OBJECT.so"
    run -127 actorhost ./none.so
    assert_output --partial "cannot load ./none.so"
    run -4 actorhost guest.so wrong
    run -1 actorhost ./guest.so
    assert_output --partial "was this started by actorsup?"
}

@test "hosts: the example in three ways: asks between actors, and a loop of one's own" {
    cp "$SOURCE_DIR/examples/c/ways.yaml" .
    sed -i 's/ticker.so 1000/ticker.so 20/' ways.yaml
    cp "$BUILD_DIR"/examples/c/.libs/{upper,words,ticker}.so .
    actorsup up ways.yaml -d --wait=20
    for way in process thread sequence; do
        assert_equal "$(within 20 actorsend -s ways -a "words-$way" 'what is the time?')" \
            "4 WHAT IS THE TIME?"
        wait_until 20 differs 0 within 20 actorsend -s ways -a "ticker-$way" ''
    done
}
