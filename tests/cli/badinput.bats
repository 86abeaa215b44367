bats_require_minimum_version 1.5.0
load helper
load conditions

# What a stranger or a broken client can send: refused or survived, with one clear line in the log,
# and without growth.

up_pair() {
    topology <<YAML
actors:
  sink: {shell: "exec cat >out"}
  f: {run: $CLIENT actor, speaks: frames, backoff: {min: 1ms}}
YAML
    up_system
    sup=$(supervisor_pid)
    sock=$(echo "$T"/run/actorsup/t/sock*)
    # What the first clients leave warm is no growth.
    rude garbage 20
    actorsend sink warm
    wait_until 10 file_lines out 1
    actorsend -a -t "$(patiently 10)" f "echo attached" # it has its connection, too
    fds=$(count_fds)
    rss=$(memory "$sup")
    refused=$(system_lines client.refused) || true
}
rude() { within 30 "$PYTHON3" -B "$SOURCE_DIR/tests/cli/rude.py" "$sock" "$@"; }
count_fds() { ls "/proc/$sup/fd" | wc -l; }
fds_are() { [ "$(count_fds)" -le "$fds" ]; }
system_lines() { actorsup logs -n 100000 actorsup | grep -c -- "$1"; }

# It still works, has no descriptor more and not much more memory.
unharmed() {
    actorsend sink end
    wait_until 10 file_has out end
    wait_until 10 fds_are
    grown_less "$sup" "$rss" "${1:-1024}"
    assert_equal "$(supervisor_pid)" "$sup"
    balanced
}

@test "a frame of 4 GiB is refused before it is read" {
    up_pair
    run -0 rude length
    assert_line --partial ERROR
    assert_line end
    assert_equal "$(system_lines client.refused)" "$((refused + 1))"
    unharmed
}

@test "a body over 16 MiB is refused" {
    up_pair
    run -0 rude large sink
    assert_line --regexp '^(ERROR|REFUSED).*16 MiB|^ERROR'
    refute_line --partial "ACCEPTED 1"
    unharmed 4096
}

@test "one byte at a time is as good as all at once" {
    up_pair
    run -0 rude bytes sink
    assert_line --partial "ACCEPTED 2"
    wait_until 10 file_has out two
    assert_equal "$(cat out)" "$(printf 'warm\none\ntwo')"
    unharmed
}

@test "half a frame and a close: what was whole is kept, the half is dropped" {
    up_pair
    run -0 rude half sink
    assert_output "ACCEPTED 1"
    wait_until 10 file_has out whole
    assert_equal "$(cat out)" "$(printf 'warm\nwhole')"
    unharmed
}

@test "a wrong token, and one of a process that is gone, are refused" {
    up_pair
    run -0 rude actor f 00000000000000000000000000000000
    assert_line --partial ERROR
    assert_line end
    local pid token
    pid=$(pid_of f)
    token=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^ACTOR_TOKEN=//p')
    [ -n "$token" ]
    actorsup kill f
    wait_until 10 differs "$pid" pid_of f
    wait_until 10 state_is f ready
    run -0 rude actor f "$token"
    assert_line --partial ERROR
    assert_equal "$(actorsend -a -t 20 f 'echo still me')" "still me"
    run -0 rude actor nobody "$token"
    assert_line --partial ERROR
    run -0 rude actor sink "$token"
    assert_line --partial ERROR
    wait_until 10 log_has actorsup token
    balanced
}

@test "connections of random bytes, closed at once" {
    up_pair
    rude garbage 300
    unharmed
}

@test "another user is turned away, also where the folder would let it in" {
    [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "needs root and setpriv"
    up_pair
    stranger() {
        setpriv --reuid=65534 --regid=65534 --clear-groups "$PYTHON3" -B - "$sock" 3>&- <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
except PermissionError:
    sys.exit("no way in")
print("answer", s.recv(100))
PY
    }
    run stranger
    assert_output "no way in"
    chmod 0711 "$T" "$T/run" "$T/run/actorsup" "$T/run/actorsup/t"
    chmod 0666 "$sock"
    run -0 stranger
    assert_output "answer b''"
    chmod 0600 "$sock"
    chmod 0700 "$T" "$T/run" "$T/run/actorsup" "$T/run/actorsup/t"
    wait_until 10 log_has actorsup 'another user'
    unharmed
}

@test "control calls that are no JSON, no object, or unknown" {
    up_pair
    for text in 'x' '[]' '{}' '{"cmd":1}' '{"cmd":"nothing"}' '{"cmd":"stop","names":7}' '{"cmd":"kill","names":["sink"],"signal":"x"}' "$(printf '{"cmd":"ps"}\001')"; do
        run -1 "$PYTHON3" -B "$SOURCE_DIR/tests/protocol/client.py" call "$sock" "$text"
        assert_output --partial error
    done
    unharmed
}

@test "silent connections that take up all descriptors: the commands still get in" {
    topology <<'YAML'
actors: {a: {run: sleep 1000, speaks: json}}
YAML
    (ulimit -n 64 && up_system)
    cat >silent.py <<'PY'
import os, socket, subprocess, sys
path = os.environ["ACTORSUP_RUNTIME_DIR"] + "/actorsup/t/sock"
held = []
for _ in range(100):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    held.append(s)
for command in (["actorsend", "a", "m"], ["actorsup", "ps"], ["actorsup", "down"]):
    subprocess.run(command, check=True)
PY
    within 60 "$PYTHON3" silent.py
    no_test_processes
}

@test "down waits for a system that is just starting" {
    topology <<'YAML'
defaults: {speaks: none}
actors: {a: {run: sleep 1000, pool: 20}}
YAML
    for _ in 1 2 3 4 5; do
        background actorsup up -d
        wait_until 10 test -e "$T/run/actorsup/t/lock"
        run actorsup down
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] # 3: before it had its lock
        wait "$BG" || true
        actorsup down || true
        no_test_processes
    done
}
