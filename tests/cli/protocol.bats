bats_require_minimum_version 1.5.0
load helper
load transports

# What actor-protocol(7) promises, held to by a client that was written from that page alone, and by
# the example actors over libactor.

client() { "$PYTHON3" -B "$SOURCE_DIR/tests/protocol/client.py" "$@" 3>&-; }
socket() { echo "$T"/run/actorsup/t/sock*; }

# An actor in Python over each transport, and one that writes down what it gets.
up_clients() {
    topology <<YAML
actors:
  ipc: {run: [$PYTHON3, -B, $SOURCE_DIR/tests/protocol/client.py, actor], speaks: frames, to: sink,
        backoff: {min: 10ms}}
  stdio: {run: [$PYTHON3, -B, $SOURCE_DIR/tests/protocol/client.py, actor], speaks: frames, to: sink,
        transport: stdio, backoff: {min: 10ms}}
  tcp: {run: [$PYTHON3, -B, $SOURCE_DIR/tests/protocol/client.py, actor], speaks: frames, to: sink,
        transport: tcp, backoff: {min: 10ms}}
  ws: {run: [$PYTHON3, -B, $SOURCE_DIR/tests/protocol/client.py, actor], speaks: frames, to: sink,
        transport: ws, backoff: {min: 10ms}}
  tls: {run: [$PYTHON3, -B, $SOURCE_DIR/tests/protocol/client.py, actor], speaks: frames, to: sink,
        transport: tls, backoff: {min: 10ms}}
  members: {run: [$PYTHON3, -B, $SOURCE_DIR/tests/protocol/client.py, actor], speaks: frames, pool: 2}
  sink: {shell: "exec cat >out"}
$(tls_keys)
YAML
    up_system
}

@test "the test vectors of the page are those of the client" {
    run -0 client vectors "$SOURCE_DIR/man/actor-protocol.7"
}

@test "an actor in Python answers, asks, waits, fails, defers, over each transport" {
    up_clients
    for a in ipc stdio $NETWORKS; do
        assert_equal "$(actorsend -a -t 60 $a 'echo hello there')" "hello there"
        assert_equal "$(actorsend -a -t 60 $a 'echo ')" ""
        assert_equal "$(actorsend -a -t 60 $a 'attempt')" 1
        assert_equal "$(actorsend -a -t 60 $a 'ask members echo through')" through
        assert_equal "$(actorsend -a -t 60 $a 'ask nobody hi' | cut -c 1-5)" "dead:"
        assert_equal "$(actorsend -a -t 60 $a 'later 50 a timer')" "a timer"
        assert_equal "$(actorsend -a -t 60 -H lang=en -H b=2 $a headers)" '{"b": "2", "lang": "en"}'
        assert_equal "$(actorsend -a -t 60 $a "defer $a")" 1
    done
}

@test "a tell's output goes to the actor's target" {
    up_clients
    actorsend ipc 'echo from ipc'
    actorsend stdio 'echo from stdio'
    wait_until 10 file_lines out 2
    assert_equal "$(sort out)" "$(printf 'from ipc\nfrom stdio')"
}

@test "an attempt that fails is made again, then dead" {
    up_clients
    actorsend ipc 'fail no such word'
    wait_until 10 actorsup_dead_has 'no such word'
}
actorsup_dead_has() { actorsup dead ls | grep -q "$1"; }

@test "a message in hand at a death comes again with a higher attempt, then dies" {
    up_clients
    run -1 actorsend -a -t 20 ipc die
    wait_until 10 actorsup_dead_has ipc
    assert_equal "$(actorsend -a -t 60 ipc 'echo alive')" alive
}

@test "lines of a frames log reach the log" {
    up_clients
    actorsend ipc 'log all is well'
    wait_until 10 log_has ipc 'all is well'
}
log_has() { actorsup logs "$1" | grep -q -- "$2"; }

@test "a client sends many lines in one frame: one message each, to any address" {
    topology <<YAML
actors:
  sink: {shell: "exec cat >out"}
  small: {shell: "exec cat >few", mailbox: {messages: 7}}
  nul: {run: "cat", delimiter: nul}
  drops: {shell: "exec sleep 1000", mailbox: {messages: 5, full: drop-new}}
  both: {shell: "cat >>each\$ACTOR_INDEX", pool: 2}
  closed: {run: sleep 1000, speaks: none}
YAML
    up_system
    assert_equal "$(seq 20000 | client lines "$(socket)" sink)" 20000
    wait_until 10 file_lines out 20000
    assert_equal "$(sha256sum <out)" "$(seq 20000 | sha256sum)"
    assert_equal "$(seq 1000 | client lines "$(socket)" small)" 1000 # more than its mailbox holds
    wait_until 10 file_lines few 1000
    assert_equal "$(sha256sum <few)" "$(seq 1000 | sha256sum)"
    assert_equal "$(printf "a,b,c," | client lines "$(socket)" nul ,)" 3
    assert_equal "$(seq 200 | client lines "$(socket)" "both/*")" 200
    wait_until 10 file_lines each1 200
    wait_until 10 file_lines each2 200
    assert_equal "$(seq 100 | client lines "$(socket)" drops)" 100
    run -0 client lines "$(socket)" closed < <(seq 3)
    assert_output --regexp "REFUSED 1 .*no mailbox"
    run -0 client lines "$(socket)" nobody < <(seq 3)
    assert_output --regexp "REFUSED 1 .*nobody"
    run -0 client lines "$(socket)" sink < <(printf "no end")
    assert_output --partial "its last line has no end"
    run -0 actorsup audit
}

@test "a client of its own sends many, asks, and is told how many were accepted" {
    up_clients
    run -0 client send "$(socket)" sink < <(seq 20000)
    assert_output 20000
    wait_until 20 file_lines out 20000
    assert_equal "$(sha256sum <out)" "$(seq 20000 | sha256sum)"
    run -0 client ask "$(socket)" members "echo hi"
    assert_output hi
    run -1 client ask "$(socket)" ipc hold 200
    assert_output --partial "dead: "
    run -1 client ask "$(socket)" nobody hi
}

@test "what is no frame is answered with an error, and hurts nobody" {
    up_clients
    run -0 client raw "$(socket)" ffffffff01
    assert_output --partial ERROR
    run -0 client raw "$(socket)" 000000010b
    assert_output --partial ERROR
    run -0 client raw "$(socket)" 0000000f0101010369706300064142434445
    refute_output --partial WELCOME
    run -0 client raw "$(socket)" 000000110101010369706300083030303030303030
    assert_output --partial ERROR
    run -0 client raw "$(socket)" 00000006010102000000ff
    assert_equal "$(actorsend -a -t 60 ipc 'echo alive')" alive
}

@test "down ends them" {
    up_clients
    run -0 actorsup down
}

@test "the actors in C answer, ask each other and tick" {
    [ -x "$BUILD_DIR/examples/c/words" ] || skip "the examples are not built"
    topology <<YAML
actors:
  upper: {run: $BUILD_DIR/examples/c/upper, speaks: frames}
  words: {run: $BUILD_DIR/examples/c/words, speaks: frames, after: [upper]}
  ticker: {run: $BUILD_DIR/examples/c/ticker 20 5, speaks: frames, transport: stdio, to: sink}
  sink: {shell: "exec cat >out"}
YAML
    up_system
    assert_equal "$(actorsend -a -t 60 words 'what is the time?')" "4 WHAT IS THE TIME?"
    wait_until 10 file_lines out 5
    assert_equal "$(cat out)" "$(printf 'tick %d\n' 1 2 3 4 5)"
    wait_until 10 state_is ticker "done"
    seq 2000 | actorsend -a -t 60 words >answers
    assert_equal "$(sha256sum <answers)" "$(seq 2000 | sed 's/^/1 /' | sha256sum)"
    run -0 actorsup audit
}
