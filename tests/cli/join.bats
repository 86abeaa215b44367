bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere
load transports

# Hosts that join by themselves.

# join NAME URL [OPTIONS]: in the background, on a host that is a folder; its pid is in JOIN.
join() {
    local name=$1
    shift
    background env "HOME=$T/$name" "XDG_STATE_HOME=$T/$name/state" XDG_CACHE_HOME= \
        "$BUILD_BIN/actorsup" join --name "$name" "$@" >"join.$name" 2>&1
    JOIN=$BG
}
socket() { echo "ipc://$T/run/actorsup/t/sock"; }
token() { (umask 077; echo "secret-of-this-system" >"${1:-token}"); }
ups() { events_of_host host.up "$1"; }

joinable() { # the rest of the file from standard input
    token
    [ -e cert.pem ] || certificate cert
    topology <<YAML
tls: {cert: cert.pem, key: cert.key, ca: ca.pem}
join: {listen: "tls+tcp://127.0.0.1:0", token: token}
$(cat)
YAML
}
door() { echo "tls+tcp://localhost:$(gate_port join)"; }

@test "join: by the socket of the system: a host comes, works, is cut off, comes again and is let go" {
    token
    topology <<'YAML'
join: {token: token}
actors:
  a: {run: sed -u 's/^/there /', on: {gpu: yes}}
  b: {shell: 'echo "$$ACTOR_HOST"; exec cat', on: west, to: sink}
  sink: {shell: "cat >out"}
hosts: {west: {join: true, down_after: 2s}}
YAML
    actorsup up -d
    wait_until 10 waits_for a "a host that fits"
    wait_until 10 waits_for b "host west: it has not joined"
    join west "$(socket)" -c gpu=yes
    wait_until 20 state_is a ready
    wait_until 20 state_is b ready
    assert_equal "$(actorsend -a -t 20 a hello)" "there hello"
    seq 5000 | actorsend b
    wait_until 20 file_lines out 5001
    assert_equal "$(head -n 1 out)" west
    pid=$(ps_get a pid)
    # A second of that name is refused, as it is there.
    run -1 env HOME="$T/other" "$BUILD_BIN/actorsup" join --name west --once "$(socket)"
    assert_output --partial "a host of this name is there already"
    # What carries the connection is killed: it joins again, and nothing has changed.
    kill -KILL "$(pgrep -P "$JOIN")"
    wait_until 20 prints 2 ups west
    seq 5001 10000 | actorsend b
    wait_until 20 file_lines out 10001
    assert_equal "$(tail -n +2 out)" "$(seq 10000)"
    assert_equal "$(ps_get a pid)" "$pid"
    actorsup host --json | jq -e '.[0].capabilities.gpu == "yes"'
    balanced
    # Let go by hand, it does not come again by itself.
    actorsup host rm west
    wait_until 20 gone "$JOIN"
    grep -q "west: left" join.west
    grep -q "it was let go by .actorsup host rm.: to have it again, begin .actorsup join. anew" join.west
    wait_until 20 prints "[]" actorsup host --json
    join west "$(socket)"
    wait_until 30 prints 3 ups west
    wait_until 20 state_is b ready
    pid=$(ps_get b pid)
    kill "$JOIN"
    wait_until 10 gone "$JOIN"
    run -1 actorsup down
    assert_output --partial "west (2.0s) could not be reached"
    wait_until 20 gone "$pid"
}
waits_for() { [[ "$(ps_get "$1" reason)" == *"$2"* ]]; }

@test "join: over the network with a token and certificates; the gate is killed, and no mail is lost" {
    joinable <<'YAML'
actors:
  a: {run: cat, on: {}, pool: 4, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    for h in west east; do join "$h" "$(door)" --token token --ca ca.pem; done
    wait_until 20 prints "east main west" hosts_of_pool
    background bash -c "for i in \$(seq 1 8); do seq \$((i * 5000 - 4999)) \$((i * 5000)); sleep 0.1; done | '$BUILD_BIN/actorsend' a"
    local feed=$BG
    for i in 1 2 3; do
        gate=$(gate_pid)
        kill -KILL "$gate"
        wait_until 20 differs "$gate" gate_pid
        wait_until 30 prints "$((i + 1)) $((i + 1))" both_ups
    done
    wait "$feed"
    wait_until 60 file_lines out 40000
    assert_equal "$(sort -n out)" "$(seq 40000)"
    wait_until 20 idle a
    assert_equal "$(dead_count)" 0
    balanced
}
hosts_of_pool() { actorsup ps --json a | jq -r '.[] | select(.state == "ready").host' | sort -u | paste -sd' '; }
both_ups() { echo "$(ups west) $(ups east)"; }

@test "join: who may not is told why" {
    joinable <<'YAML'
actors: {a: {run: cat}}
hosts: {north: {launch: "false"}}
YAML
    up_system
    try() { run env "HOME=$T/x" "$BUILD_BIN/actorsup" join --once --name "$@"; }
    wait_until 10 listens_for_hosts
    echo "another-token-of-16" >wrong
    try west "$(door)" --token wrong --ca ca.pem
    assert_failure 1
    assert_output "actorsup: the token is not that of the system: give by --token a file with the same as that of its \`join\`"
    certificate other 2 others
    for bad in others.pem other.pem cert.pem; do
        try west "$(door)" --token token --ca "$bad"
        assert_failure 1
        assert_output --regexp '^actorsup: localhost: port [0-9]+: nobody in the file of --ca vouches for its certificate \(unable to get local issuer certificate\): give the `ca` of that system by --ca$'
    done
    wait_until 10 gate_says join 'is its --ca the `ca` of the file'
    local mismatch='its certificate is of another name \((hostname|IP address) mismatch\): give the one in it by --server localhost$'
    try west "$(door)" --token token --ca ca.pem --server elsewhere
    assert_failure 1
    assert_output --regexp "^actorsup: elsewhere: port [0-9]+: $mismatch"
    try west "tls+tcp://127.0.0.1:$(gate_port join)" --token token --ca ca.pem
    assert_failure 1
    assert_output --regexp "^actorsup: 127.0.0.1: port [0-9]+: $mismatch"
    try west "tls+tcp://127.0.0.1:$(gate_port join)" --token wrong --ca ca.pem --server localhost
    assert_output --partial "the token is not that of the system"
    certificate old 0
    background openssl s_server -accept 127.0.0.1:0 -cert old.pem -key old.key -www >server 2>&1
    wait_until 10 file_has server '^ACCEPT 127'
    wait_until 10 has_expired old.pem
    try west "tls+tcp://localhost:$(sed -n 's/^ACCEPT .*://p' server)" --token token --ca ca.pem
    assert_failure 1
    assert_output --partial "certificate has expired: the system needs a new one, or one of the clocks is wrong"
    try north "$(door)" --token token --ca ca.pem
    assert_failure 1
    assert_output --partial "launched by the system itself"
    try main "$(door)" --token token --ca ca.pem
    assert_failure 1
    try west "tls+tcp://localhost:1" --token token --ca ca.pem
    assert_failure 1
    assert_output --partial "refused"
    refute_output --partial "closed the connection"
    for bad in west tcp://localhost:1 tls+tcp://localhost tls+tcp://localhost:0 tls+tcp://localhost:65536 ipc://x; do
        try west "$bad" --token token --ca ca.pem
        assert_failure 2
        assert_output --partial "neither tls+tcp://HOST:PORT nor ipc:///PATH"
    done
    try west "$(door)"
    assert_failure 2
    assert_output --partial "it takes --ca FILE"
    try west "$(door)" --token token --ca not-there
    assert_failure 2
    assert_output "actorsup: join: --ca: not-there: No such file or directory"
    # Tried again is only what may come right by itself.
    run within 20 env "HOME=$T/x" "$BUILD_BIN/actorsup" join "$(door)" --name west --token token --ca token
    assert_failure 1
    assert_output "actorsup: --ca: token has no certificates in PEM: no certificate or crl found"
    # What connects there may do nothing else.
    run net says "$(gate_port join)"
    actorsup events | grep -q 'host.refused host=west reason="the token'
    rm actorsup.yaml
    echo 'actors: {a: {run: cat}}' >actorsup.yaml
    actorsup reload
    wait_until 10 gone "$(gate_pid)"
    try west "$(socket)"
    assert_failure 1
    assert_output --partial "its file has no"
}
has_expired() { ! openssl x509 -checkend 0 -noout -in "$1"; }
listens_for_hosts() { [ -n "$(gate_port join)" ]; }

@test "join: faults of the file" {
    topology <<'YAML'
join: {listen: tcp://0.0.0.0:1}
actors: {a: {run: cat}}
YAML
    run -2 actorsup check
    assert_output --partial 'is no tls+tcp://ADDRESS:PORT'
    assert_output --partial '`join` needs `token`'
    echo long-enough-token-here >open
    chmod 644 open
    topology <<'YAML'
join: {listen: "tls+tcp://[::]:7400", token: open}
actors: {a: {run: cat}}
YAML
    run -2 actorsup check
    assert_output --partial 'others can read or change'
    assert_output --partial '`listen` needs `tls'
    topology <<'YAML'
actors: {a: {run: cat}}
hosts: {west: {join: true}}
YAML
    run -2 actorsup check
    assert_output --partial '`join: true` needs `join: {token: FILE}`'
}

@test "join: what was set by hand holds when the host joins again by itself; joined anew, it has what it says" {
    token
    topology <<'YAML'
join: {token: token}
actors:
  g: {run: cat, on: {gpu: yes}}
  w: {run: cat, on: {worker: yes}}
hosts: {west: {join: true, down_after: 1s, capabilities: {room: 5}}}
YAML
    actorsup up -d
    join west "$(socket)" -c worker=yes -c gpu=yes
    wait_until 20 state_is g ready
    actorsup host set west --drop gpu -c extra=1
    wait_until 20 state_is g waiting
    wait_until 20 state_is w ready
    pid=$(pid_of w)
    # It is silent for too long, and so it is let go; it joins again.
    node=$(node_pid west)
    kill -STOP "$node"
    wait_until 20 prints 1 events_of_host host.lost west
    kill -CONT "$node"
    wait_until 20 prints 2 ups west
    assert_equal "$(capabilities)" "extra=1 room=5 worker=yes"
    assert_equal "$(state_of g) $(pid_of w)" "waiting $pid"
    # What begins anew says what it has now, and what runs there does not fit it any more.
    kill "$JOIN"
    wait_until 10 gone "$JOIN"
    wait_until 20 prints 2 events_of_host host.lost west
    join west "$(socket)" -c gpu=yes
    wait_until 20 prints 3 ups west
    assert_equal "$(capabilities)" "gpu=yes room=5"
    wait_until 20 state_is g ready
    wait_until 20 state_is w waiting
    # The file is right once it is read again, and what was said by joining.
    actorsup host set west --drop gpu -c extra=1
    actorsup reload
    assert_equal "$(capabilities)" "gpu=yes room=5"
}
capabilities() {
    actorsup host --json | jq -r '.[0].capabilities | to_entries | map("\(.key)=\(.value)") | sort | join(" ")'
}

@test "join: with more than 64 capabilities none may; what file and host have together counts" {
    token
    topology <<YAML
join: {token: token}
actors: {a: {run: cat}}
hosts: {west: {join: true, capabilities: {$(seq -s ', ' -f 'f%g: 1' 60)}}}
YAML
    up_system
    for n in 65 5; do
        run -1 within 20 "$BUILD_BIN/actorsup" join --name west "$(socket)" $(seq -f '-c k%g=1' "$n")
        assert_output --partial "a host has 64 capabilities at most"
    done
    join west "$(socket)" $(seq -f '-c k%g=1' 4)
    wait_until 20 prints 1 ups west
    assert_equal "$(capabilities | wc -w)" 64
}
