bats_require_minimum_version 1.5.0
load helper
load conditions
load users
load transports

# The process by which actors over the network are reached.

@test "gate: killed, it is there again, at the same ports, and no mail is lost" {
    topology_of_networks <<YAML
  well: {shell: "$CLIENT actor; exit 0", speaks: frames, transport: tcp, backoff: {min: 10ms},
         limit: {restarts: 100, within: 60s}}
YAML
    up_system
    for n in $NETWORKS; do gate_port "$n"; done >before
    for n in $NETWORKS; do
        seq 20000 | actorsend -a -t 60 "$n" >"answers.$n" &
    done
    for i in 1 2 3 4 5; do
        assert_equal "$(actorsend -a -t 20 well 'echo on')" on # so it is connected, and ends by that
        gate=$(gate_pid)
        kill -KILL "$gate"
        wait_until 20 differs "$gate" gate_pid
        wait_until 20 all_ready
    done
    wait
    for n in $NETWORKS; do
        assert_equal "$(sha256sum <"answers.$n")" "$(seq 20000 | sha256sum)"
        gate_port "$n"
    done >after
    diff before after
    # Who ends well because of that has not ended well.
    wait_until 20 prints 5 ps_get well restarts
    wait_until 20 state_is well ready
    assert_equal "$(dead_count)" 0
    balanced
}
all_ready() {
    [ "$(actorsup ps --json | jq '.[] | select(.state != "ready")')" = "" ] || { actorsup ps; actorsup events -n 30; false; }
}

@test "gate: who ends well without having been connected, since the gate was killed, has not ended well" {
    script late.sh <<SH
#!/bin/sh
[ ! -e killed ] || exec $UPPER
>waits
while [ ! -e killed ]; do sleep 0.02; done
SH
    NETWORKS=tcp topology_of_networks <<YAML
  late: {run: ./late.sh, speaks: frames, transport: tcp, backoff: {min: 10ms}}
YAML
    up_system
    wait_until 10 test -e waits
    gate=$(gate_pid)
    kill -KILL "$gate"
    wait_until 10 gone "$gate"
    >killed
    assert_equal "$(actorsend -a -t 20 late hello)" HELLO
    assert_equal "$(ps_get late restarts)" 1
    balanced
}

@test "gate: it goes with the supervisor, and when nobody needs it" {
    topology_of_networks </dev/null
    up_system
    gate=$(gate_pid)
    kill -KILL "$(supervisor_pid)"
    wait_until 10 gone "$gate"
    up_system
    gate=$(gate_pid)
    sed -i 's/transport: [a-z]*/transport: ipc/' actorsup.yaml
    actorsup reload
    wait_until 10 gone "$gate"
    for n in $NETWORKS; do
        assert_equal "$(actorsend -a -t 20 "$n" hello)" HELLO
    done
    topology_of_networks </dev/null
    actorsup reload
    for n in $NETWORKS; do actorsup wait --for ready "$n"; done
    for n in $NETWORKS; do
        assert_equal "$(actorsend -a -t 20 "$n" hello)" HELLO
    done
    differs "$gate" gate_pid
}

@test "gate: over the network there are only actors, with a token of theirs" {
    topology_of_networks </dev/null
    up_system
    export ACTOR_TLS_CA=ca.pem ACTOR_TLS_NAME=localhost
    for n in $NETWORKS; do
        run -0 net hello "$(gate_url "$n")" 2
        assert_output $'ERROR over the network there are only actors\nend'
        run -0 net hello "$(gate_url "$n")" 3
        assert_output $'ERROR over the network there are only actors\nend'
        run -0 net hello "$(gate_url "$n")" 1 "$n" 0123456789abcdef0123456789abcdef
        assert_output $'ERROR the token is not that of a running actor of this name\nend'
    done
}

@test "gate: it listens on the loopback alone" {
    topology_of_networks </dev/null
    up_system
    for n in $NETWORKS; do
        port=$(printf '%04X' "$(gate_port "$n")")
        assert_equal "$(awk -v p=":$port\$" '$2 ~ p && $4 == "0A" { print $2 }' /proc/net/tcp)" "0100007F:$port"
        run -1 grep -i ":$port " /proc/net/tcp6
    done
}

@test "gate: an actor of another user is reached over each" {
    needs_root
    needs_reach
    open_folder
    cp "$UPPER" upper
    topology_of_networks </dev/null
    sed -i "s#run: [^,]*#run: ./upper, user: nobody#" actorsup.yaml
    up_system
    for n in $NETWORKS; do
        assert_equal "$(actorsend -a -t 20 "$n" hello)" HELLO
        assert_equal "$(stat -c %U "/proc/$(pid_of "$n")")" nobody
    done
}

@test "gate: actors that are spawned of a template over tcp" {
    topology <<YAML
actors:
  worker: {run: $UPPER, speaks: frames, transport: tcp, template: true}
  other: {run: cat}
YAML
    up_system
    run -0 actorsup spawn worker w1
    wait_until 20 state_is w1 ready
    assert_equal "$(actorsend -a -t 20 w1 hello)" HELLO
}

@test "gate: without its program the system says so, and does not start" {
    mkdir bin && cp "$BUILD_BIN/actorsup" bin/
    [ ! -e /usr/local/libexec/actorsup/actorsup-gate ] || skip "another one is installed"
    NETWORKS=tcp topology_of_networks </dev/null
    sed -i /^tls/d actorsup.yaml # of which its program would be asked
    run -1 ./bin/actorsup up -d
    assert_output --partial 'actorsup-gate is not there: install actorsup again'
    run -2 "$BUILD_BIN/actorsup-gate"
    assert_output --partial 'this is started by actorsup itself'
}
