bats_require_minimum_version 1.5.0
load helper
load conditions
load transports

# Actors over tcp, ws and tls; what protocol.bats tests of frames holds over them as well.

# --- the same frames ---

# All that an actor says and hears over one transport goes to said.TRANSPORT, what it sends to out.TRANSPORT.
converse() {
    topology <<YAML
actors:
  a: {run: $CLIENT actor, speaks: frames, transport: $1, to: sink, eof: upstream, backoff: {min: 1ms},
      env: {TRANSCRIPT: $PWD/said.$1}}
  driver: {run: ./drive, speaks: none}
  feeder: {shell: "cat feed", to: a, after: {driver: done}}
  sink: {shell: "exec cat >out.$1", eof: upstream}
$(tls_keys)
YAML
    within 90 actorsup up >log.$1 2>&1
}

@test "transports: one conversation, byte for byte the same over each" {
    script drive <<'SH'
#!/bin/bash
ask() { actorsend -a -t 30 "$@" >>answers || echo "status $?" >>answers; }
ask a 'echo hello there'
ask a 'echo '
ask -H lang=en -H b=2 a headers
ask a attempt
ask a 'later 5 a timer'
ask a 'ask nobody hi'
ask a 'fail no such word'
ask a 'defer a'
ask a die
actorsend a 'log all is well'
head -c 200000 /dev/zero | tr '\0' x | sed 's/^/echo /' >large
ask -w a <large
SH
    { printf 'echo one\necho two\n'; seq -f 'echo %g' 500; } >feed
    for t in ipc stdio $NETWORKS; do
        rm -f answers
        converse "$t"
        mv answers "answers.$t"
        diff "said.ipc" "said.$t" | cut -c 1-300 | head -n 6
        cmp "said.ipc" "said.$t"
        cmp "answers.ipc" "answers.$t"
        cmp "out.ipc" "out.$t"
    done
    file_lines said.ipc 1000
    file_lines out.ipc 502
}

@test "transports: an actor in C, unchanged, over each" {
    topology_of_networks <<YAML
  words: {run: $WORDS, speaks: frames, transport: tcp, env: {UPPER: tcp}}
YAML
    up_system
    for n in $NETWORKS; do
        assert_equal "$(actorsend -a -t 20 "$n" hello)" HELLO
        assert_equal "$(seq 20000 | actorsend -a -t 60 "$n" | sha256sum)" "$(seq 20000 | sha256sum)"
        head -c 16000000 /dev/zero | tr '\0' x >large
        assert_equal "$(actorsend -w -a -t 60 "$n" <large | tr -d '\n' | sha256sum)" "$(tr x X <large | sha256sum)"
    done
    balanced
    run -0 actorsup ps
    refute_output --partial gate
    run -0 actorsup down
}

# --- what is sent arrives ---

@test "transports: what an actor sends before it leaves arrives, with its mail unread" {
    script leaves <<SH
#!$(command -v "$PYTHON3") -B
import os, sys
sys.path.insert(0, "$SOURCE_DIR/tests/protocol")
import client
a = client.Actor()
for n in range(20000):
    a.stream.send("SEND", body=str(n))
a.stream.send("BYE")
a.stream.wait_for_end()
SH
    for n in $NETWORKS; do
        topology <<YAML
actors:
  a: {run: ./leaves, speaks: frames, transport: $n, to: slow}
  slow: {shell: "exec cat >out.$n", mailbox: {messages: 20}, eof: upstream}
  feeder: {shell: "seq 5000 | sed 's/\$/ some more bytes that nobody reads/'; exec sleep 1000", to: a, restart: never}
$(tls_keys)
YAML
        up_system
        wait_until 60 file_lines "out.$n" 20000
        assert_equal "$(sha256sum <"out.$n")" "$(seq 0 19999 | sha256sum)"
        wait_until 20 state_is a "done"
        actorsup down --timeout 5 >down
    done
}

@test "transports: a full mailbox is felt by an actor over each" {
    for n in $NETWORKS; do
        topology <<YAML
actors:
  a: {run: $CLIENT actor, speaks: frames, transport: $n, to: full}
  full: {run: sleep 1000, mailbox: {messages: 10}}
$(tls_keys)
YAML
        up_system
        before=$(memory "$(supervisor_pid)")
        head -c 1000000 /dev/zero | tr '\0' x | sed 's/^/echo /' >large
        for i in $(seq 40); do actorsend -w a <large & done
        wait_until 20 blocked a
        gate=$(memory "$(gate_pid)")
        [ "$gate" -lt 60000 ] || sanitized
        grown_less "$(supervisor_pid)" "$before" 90000
        wait
        actorsup down --timeout 2 >down || true
    done
}
