bats_require_minimum_version 1.5.0
load helper
load conditions
load transports

# Whoever else can reach the ports of a system.

@test "gate: thousands who connect and go, and random bytes, hurt nobody" {
    topology_of_networks </dev/null
    up_system
    gate=$(gate_pid)
    for n in $NETWORKS; do
        actorsend -a -t 20 "$n" hello
        before=$(memory "$(supervisor_pid)")
        net storm "$(gate_url "$n")" 5000 &
        storm=$!
        seq 2000 | actorsend -a -t 60 "$n" >answers
        wait "$storm"
        assert_equal "$(sha256sum <answers)" "$(seq 2000 | sha256sum)"
        wait_until 20 gate_is_light
        grown_less "$(supervisor_pid)" "$before" 4000
    done
    assert_equal "$(gate_pid)" "$gate"
    assert_equal "$(ps_get tcp restarts)" 0
    balanced
}

@test "gate: those who say nothing, or say it slowly, keep nobody out" {
    topology_of_networks </dev/null
    up_system
    for n in $NETWORKS; do
        for how in silent slow; do
            rm -f pipe there && mkfifo pipe
            net "$how" "$(gate_url "$n")" 400 <pipe >there &
            exec 9>pipe
            wait_until 20 file_has there there
            actorsup restart "$n"
            wait_until 20 state_is "$n" ready
            assert_equal "$(actorsend -a -t 20 "$n" hello)" HELLO
            exec 9>&-
            wait
        done
    done
    wait_until 20 gate_is_light
}

# The request that opens a WebSocket, and what follows it as hexadecimal digits.
event_has() { actorsup events | grep -q -- "$1"; }
text() { printf '%b' "$1" | od -An -v -tx1 | tr -d ' \n'; }
opened() {
    text 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n'
    text 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    echo "$1"
}

@test "gate: a WebSocket that breaks its rules is closed, and told why in the log" {
    topology_of_networks </dev/null
    up_system
    url=$(gate_url ws)
    bad() { # BYTES LOG
        run -0 net bytes "$url" "$1"
        assert_output --partial end
        wait_until 10 gate_says ws "$2"
    }
    bad "$(text 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')" 'not a request to open a WebSocket'
    bad "$(text 'POST / HTTP/1.1\r\nHost: x\r\n\r\n')" 'not a request of HTTP/1.1 to GET'
    bad "$(text "GET / HTTP/1.1\r\nX: $(printf '%9000s' '')")" 'too long'
    bad "$(opened 82026869)" 'a WebSocket frame without a mask'
    bad "$(opened 81820000000068690000)" 'a text message'
    bad "$(opened 83800000000000)" 'a WebSocket frame of no known kind'
    bad "$(opened 80800000000000)" 'a part of no WebSocket message'
    bad "$(opened 09800000000000)" 'a control frame of WebSocket that is too large'
    bad "$(opened 82ffffffffffffffffff00000000)" 'a WebSocket frame of no possible length'
    # A length that nobody could hold is no matter to a stream: its bytes are.
    run -0 net bytes "$url" "$(opened 82ff7fffffffffffffff00000000ffffffffff)"
    assert_output --partial end
    wait_until 10 event_has 'client.refused .*not a frame'
    # What is right: a ping is answered, a close as well.
    run -0 net bytes "$url" "$(opened 8984000000006d6f726588800000000000)"
    assert_output --partial '101 Switching Protocols'
    assert_output --partial 'more'
    assert_equal "$(actorsend -a -t 20 ws hello)" HELLO
}

@test "gate: handshakes of TLS that are cut off, or are none, hurt nobody" {
    topology_of_networks </dev/null
    up_system
    gate=$(gate_pid)
    url=$(gate_url tls)
    run -0 net bytes "$url" "$(text 'GET / HTTP/1.1\r\n\r\n')"
    wait_until 10 gate_says tls 'it does not speak TLS'
    # A ClientHello, cut at each of its bytes.
    "$PYTHON3" - "$(gate_port tls)" <<'PY'
import socket, ssl, sys
at = ("127.0.0.1", int(sys.argv[1]))
out = ssl.MemoryBIO()
tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    pass
hello = out.read()
for n in range(len(hello) + 1):
    with socket.create_connection(at) as s:
        s.sendall(hello[:n])
    with socket.create_connection(at) as s:
        s.sendall(hello[:n] + bytes([n % 256]) * 50)
PY
    assert_equal "$(actorsend -a -t 20 tls hello)" HELLO
    wait_until 20 gate_is_light
    assert_equal "$(gate_pid)" "$gate"
}
