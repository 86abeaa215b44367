bats_require_minimum_version 1.5.0
load helper
load conditions

# Other hosts by ssh: a real sshd on the loopback, with keys of its own.

setup() {
    command -v /usr/sbin/sshd >/dev/null || skip "sshd is not installed"
    common_setup
    SSH=$T/ssh
    mkdir -m 700 "$SSH" "$T/there" "$T/bin"
    for key in host user other; do ssh-keygen -q -t ed25519 -N '' -f "$SSH/$key"; done
    cp "$SSH/user.pub" "$SSH/authorized"
    PORT=$("$PYTHON3" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    known host
    # What a user has in ~/.ssh/config.
    cat >"$SSH/config" <<CONF
Host *
    IdentityFile $SSH/user
    IdentitiesOnly yes
    UserKnownHostsFile $SSH/known
    StrictHostKeyChecking yes
CONF
    printf '#!/bin/sh\nexec /usr/bin/ssh -F "%s/config" "$@"\n' "$SSH" >"$T/bin/ssh"
    chmod +x "$T/bin/ssh"
    PATH=$T/bin:$PATH
}
known() { echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "$SSH/$1.pub")" >"$SSH/known"; }

# sshd, in the background; what it starts bears the mark of the test.
sshd_up() {
    [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
    cat >"$SSH/sshd_config" <<CONF
ListenAddress 127.0.0.1
Port $PORT
HostKey $SSH/host
AuthorizedKeysFile $SSH/authorized
PidFile $SSH/pid
PasswordAuthentication no
StrictModes no
UsePAM no
SetEnv XDG_CACHE_HOME=$T/there/cache XDG_STATE_HOME=$T/there/state ACTORSUP_RUNTIME_DIR=$T/run TEST=$T
CONF
    background /usr/sbin/sshd -D -e -f "$SSH/sshd_config"
    SSHD=$BG
    wait_until 10 listens "$PORT"
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

west() {
    topology <<YAML
hosts:
  west: {ssh: "$(id -un)@127.0.0.1:$PORT"${1:+, $1}}
actors:
  a: {run: cat, on: west, to: sink}
  b: {run: sed -u 's/^/there /', on: west}
  sink: {shell: "cat >out"}
YAML
}
sshds() { pgrep -P "$SSHD"; } # the sessions

@test "ssh: logs in, brings itself, and carries mail; nothing is left of it" {
    sshd_up
    west
    up_system
    assert_equal "$(actorsend -a -t 20 b hello)" "there hello"
    seq 20000 | actorsend a
    wait_until 30 file_lines out 20000
    assert_equal "$(cat out)" "$(seq 20000)"
    assert_equal "$(actorsup events | grep -c host.push)" 1
    pid=$(ps_get a pid)
    balanced
    actorsup down
    gone "$pid"
    wait_until 10 prints 0 sessions
}
sessions() { sshds | wc -l; }

@test "ssh: a connection that is cut there or here loses nothing" {
    sshd_up
    west
    up_system
    pid=$(ps_get a pid)
    background bash -c "for i in \$(seq 1 8); do seq \$((i * 5000 - 4999)) \$((i * 5000)); sleep 0.1; done | '$BUILD_BIN/actorsend' a"
    local feed=$BG
    for i in 1 2 3; do
        wait_until 20 prints "$i" ups
        kill -KILL $(sshds)
    done
    wait_until 20 prints 4 ups
    kill -KILL "$(pgrep -P "$(supervisor_pid)" ssh)"
    wait_until 20 prints 5 ups
    wait "$feed"
    wait_until 30 file_lines out 40000
    assert_equal "$(cat out)" "$(seq 40000)"
    assert_equal "$(ps_get a pid)" "$pid"
    wait_until 20 idle a
    balanced
}
ups() { actorsup events | grep -c 'host.up host=west'; }

reason_says() { ps_get a reason | grep -q "$1"; }
host_says() { actorsup host | grep -q "$1"; }

@test "ssh: no sshd, a wrong key, an unknown or another host key: what ssh said, and what to do" {
    west
    actorsup up -d
    wait_until 20 says 'host.unreachable.*Connection refused (does sshd run there'
    wait_until 20 host_says 'unreachable .*Connection refused.*; launched again in [0-9.]*m\?s'
    wait_until 20 reason_says 'waiting for host west (launched again in .*): '
    cp "$SSH/other.pub" "$SSH/authorized"
    sshd_up
    wait_until 20 says 'host.unreachable.*Permission denied.*give it a key'
    cp "$SSH/user.pub" "$SSH/authorized"
    : >"$SSH/known"
    wait_until 20 says 'host.unreachable.*Host key verification failed.*log in once by hand'
    known other
    [[ "$(ps_get a reason)" == *"waiting for host west"* ]]
    known host
    wait_until 30 state_is a ready
    assert_equal "$(actorsend -a -t 20 b hello)" "there hello"
}

@test "ssh: the supervisor that is killed: its actors there end once nothing was heard for long" {
    sshd_up
    west "down_after: 500ms"
    up_system
    pids="$(ps_get a pid) $(ps_get b pid) $(cat "$T/run/actorsup/t@west/pid")"
    kill_both
    for pid in $pids; do wait_until 20 gone "$pid"; done
}

@test "ssh: alone: keep: they go on, and are taken back by the next supervisor" {
    sshd_up
    west "alone: keep 1h, down_after: 200ms"
    up_system
    pid=$(ps_get a pid)
    kill_both
    wait_until 20 prints 0 sessions
    kill -0 "$pid"
    up_system
    assert_equal "$(ps_get a pid)" "$pid"
    assert_equal "$(actorsend -a -t 20 b hello)" "there hello"
}

@test "ssh: host add and rm, while it runs" {
    sshd_up
    topology <<'YAML'
actors:
  a: {run: cat, on: {fast: yes}}
  b: {run: cat}
YAML
    actorsup up -d
    wait_until 10 state_is a waiting
    assert_equal "$(ps_get a reason)" "waiting for a host that fits"
    run -1 actorsup host add "west=-oProxyCommand=x"
    assert_output --partial 'does not begin with -'
    run -2 actorsup host add west
    run -0 actorsup host add "west=$(id -un)@127.0.0.1:$PORT" --capability fast=yes
    assert_output "added west"
    wait_until 20 state_is a ready
    assert_equal "$(actorsend -a -t 20 a hello)" hello
    actorsup host | grep -q "^west  up "
    run -1 actorsup host add "west=x"
    assert_output --partial 'there is a host west already'
    actorsup reload
    state_is a ready
    actorsup host rm west
    wait_until 20 prints "[]" actorsup host --json
    wait_until 20 state_is a waiting
    wait_until 20 prints 0 sessions
    run -1 actorsup host rm west
    assert_output --partial 'there is no host west'
}

@test "ssh: as a command of one's own, and a folder that is not there is named" {
    sshd_up
    topology <<YAML
hosts:
  west: {launch: [ssh, -p, '$PORT', "$(id -un)@127.0.0.1"]}
  east: {ssh: "$(id -un)@127.0.0.1:$PORT", dir: $T/nowhere}
actors:
  a: {run: cat, on: west}
  b: {run: cat, on: east, backoff: {min: 1ms}, limit: {restarts: 2, within: 1h}}
YAML
    actorsup up -d
    wait_until 20 state_is a ready
    assert_equal "$(actorsend -a -t 20 a hello)" hello
    wait_until 20 state_is b failed
    [[ "$(ps_get b reason)" == *"there is no folder $T/nowhere on this host"* ]]
}

@test "ssh: behind other words of a command of one's own" {
    sshd_up
    topology <<YAML
hosts:
  west: {launch: [env, A=b, $T/bin/ssh, -p, '$PORT', "$(id -un)@127.0.0.1"]}
  east: {launch: [$SOURCE_DIR/tests/fault/slowlink, --, ssh, -p, '$PORT', "$(id -un)@127.0.0.1"]}
actors:
  a: {run: cat, on: west}
  b: {run: cat, on: east}
YAML
    actorsup up -d
    for a in a b; do
        wait_until 20 state_is "$a" ready
        assert_equal "$(actorsend -a -t 20 "$a" hello)" hello
    done
}
