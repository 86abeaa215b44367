bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# Three hosts in network namespaces of their own, each with an sshd, keys of its own and a user without
# privileges. The supervisor is in a fourth. 100,000 numbered messages go over all of them.

N=100000
HOSTS="west east north"

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    for p in ip nft nsenter useradd /usr/sbin/sshd; do command -v $p >/dev/null || skip "$p is not installed"; done
    common_setup
    NS=as$BASHPID
    ip netns add "$NS-home" 2>/dev/null || skip "no network namespaces can be made here"
    chmod 711 "$T"
    useradd -r -M -p '*' -d "$T/there" -s /bin/sh "$NS"
    SSH=$T/ssh
    mkdir -m 755 "$SSH" "$T/there" "$T/bin"
    for key in host user; do ssh-keygen -q -t ed25519 -N '' -f "$SSH/$key"; done
    cp "$SSH/user.pub" "$SSH/authorized"
    cat >"$SSH/config" <<CONF
Host *
    User $NS
    IdentityFile $SSH/user
    IdentitiesOnly yes
    UserKnownHostsFile $SSH/known
    StrictHostKeyChecking yes
CONF
    printf '#!/bin/sh\nexec /usr/bin/ssh -F "%s/config" "$@"\n' "$SSH" >"$T/bin/ssh"
    chmod +x "$T/bin/ssh"
    PATH=$T/bin:$PATH
    mkdir -p /run/sshd
    local i=1
    for h in $HOSTS; do host_up $h $((i++)); done
}
teardown() {
    local pid h
    [ -n "${NS:-}" ] || return 0
    common_teardown
    local status=$?
    for h in home $HOSTS; do
        for pid in $(ip netns pids "$NS-$h" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || :; done
        ip netns del "$NS-$h" 2>/dev/null || :
    done
    userdel "$NS" 2>/dev/null || :
    return $status
}

in_host() { nsenter --net="/run/netns/$NS-$1" "${@:2}"; }
# host_up HOST NUMBER: its namespace, its line to home, its sshd.
host_up() {
    ip netns add "$NS-$1"
    ip link add "$1" netns "$NS-home" type veth peer name home netns "$NS-$1"
    in_host home ip addr add "10.77.$2.1/24" dev "$1"
    in_host home ip link set "$1" up
    in_host "$1" ip addr add "10.77.$2.2/24" dev home
    in_host "$1" ip link set home up
    in_host "$1" ip link set lo up
    echo "10.77.$2.2 $(cut -d' ' -f1,2 "$SSH/host.pub")" >>"$SSH/known"
    install -d -o "$NS" "$T/$1" "$T/$1/run" "$T/$1/state" "$T/$1/cache"
    cat >"$SSH/sshd.$1" <<CONF
ListenAddress 10.77.$2.2
HostKey $SSH/host
AuthorizedKeysFile $SSH/authorized
PidFile $SSH/pid.$1
PasswordAuthentication no
StrictModes no
UsePAM no
SetEnv XDG_CACHE_HOME=$T/$1/cache XDG_STATE_HOME=$T/$1/state ACTORSUP_RUNTIME_DIR=$T/$1/run
CONF
    sshd_up "$1"
}
sshd_up() {
    background nsenter --net="/run/netns/$NS-$1" /usr/sbin/sshd -D -e -f "$SSH/sshd.$1" 2>>"$SSH/log.$1"
    wait_until 10 in_host "$1" grep -q ':0016 00000000:0000 0A' /proc/self/net/tcp
}

once() { echo "exec 9>>lock.$1; flock -n 9 || echo $1 >>twice"; }
# three_hosts KEYS ACTOR-KEYS: on west, east and north one after the other.
three_hosts() {
    local i=1
    {
        echo "hosts:"
        for h in $HOSTS; do echo "  $h: {ssh: 10.77.$((i++)).2, $1}"; done
        echo "actors:"
        echo "  west: {shell: '$(once west); exec $3', on: west, ${2}to: east}"
        echo "  east: {shell: '$(once east); exec $3', on: east, ${2}to: north}"
        echo "  north: {shell: '$(once north); exec $3', on: north, ${2}to: sink}"
        echo '  sink: {shell: "cat >out", ack: read}'
    } | topology
    nsenter --net="/run/netns/$NS-home" "$BUILD_BIN/actorsup" up -d --wait="$(patiently 30 | cut -d. -f1)"
}
feed() {
    mkfifo go
    exec 7<>go
    background bash -c "for i in \$(seq $1); do read -r x <&7; seq \$(((i - 1) * $N / $1 + 1)) \$((i * $N / $1)); done | '$BUILD_BIN/actorsend' west"
    FEED=$BG
}
step() { echo go >&7; }
steps() { for _ in $(seq "$1"); do step; done; }
arrived() { [ "$(wc -l <out)" -ge "$1" ]; }
has_all() { [ "$(sort -nu out | wc -l)" = $N ]; }
is_up() { [ "$(actorsup host --json | jq -r ".[] | select(.name == \"$1\").state")" = up ]; }
said() { [ "$(actorsup events | grep -c "$1")" -ge "${2:-1}" ]; }
downs() { actorsup events | grep -c "host.down host=$1" || :; }
pids() { for h in $HOSTS; do ps_get "$h" pid; done | paste -sd' '; }
in_the_end() { # CONDITION...: all is there; then nothing is left
    wait "$FEED"
    wait_until 120 "$@"
    for a in $HOSTS; do wait_until 20 idle "$a"; done
    [ -z "$(cat "$T"/*/cache/actorsup/systems/t/twice 2>/dev/null)" ]
    assert_equal "$(dead_count)" 0
    balanced
    actorsup down
    for h in $HOSTS; do wait_until 20 nothing_runs $h; done
}
nothing_runs() { ! ps -o comm= -p "$(ip netns pids "$NS-$1" | paste -sd, | sed 's/^$/0/')" | grep -v '^sshd$\|^nsenter$'; }

@test "namespaces: launched, brought, of a user without privileges; 100,000 over three hosts" {
    three_hosts "alone: stop" "" cat
    feed 4
    steps 4
    wait_until 60 arrived $N
    cmp out <(seq $N)
    assert_equal "$(stat -c %U "/proc/$(ps_get west pid)")" "$NS"
    assert_equal "$(ip netns identify "$(ps_get east pid)")" "$NS-east"
    said host.push 3
    in_the_end arrived $N
}

@test "namespaces: a line cut for longer than every time-out, and one way alone" {
    three_hosts "down_after: 1s, alone: keep 1h" "" cat
    local was n
    was=$(pids)
    feed 8
    step
    for hook in "input iif" "output oif"; do
        for h in east west; do
            n=$(downs $h)
            in_host home nft -f - <<NFT
table inet t { chain c { type filter hook ${hook% *} priority 0; ${hook#* } $h drop; }; }
NFT
            step
            wait_until 30 said "host.down host=$h" $((n + 1))
            in_host home nft delete table inet t
            wait_until 60 is_up $h
        done
    done
    n=$(downs east)
    in_host east nft -f - <<NFT
table inet t { chain a { type filter hook input priority 0; drop; }; chain b { type filter hook output priority 0; drop; }; }
NFT
    step
    wait_until 30 said "host.down host=east" $((n + 1))
    in_host east nft delete table inet t
    wait_until 60 is_up east
    steps 8
    wait_until 60 arrived $N
    cmp out <(seq $N)
    assert_equal "$(pids)" "$was"
    in_the_end arrived $N
}

@test "namespaces: sshd, ssh, the supervisor there, and all that runs there are killed" {
    three_hosts "down_after: 2s, alone: keep 1m" "ack: line, backoff: {min: 1ms}, limit: {restarts: 100, within: 1h}, mailbox: {retry: 100}, " "stdbuf -oL cat"
    local was n
    was=$(pids)
    feed 8
    step
    kill -KILL $(pgrep -P "$(actorsup_pid)" ssh)
    for h in $HOSTS; do wait_until 30 is_up_again $h 2; done
    step
    for pid in $(ip netns pids "$NS-east"); do [ "$(cat "/proc/$pid/comm")" = sshd ] && kill -KILL "$pid"; done
    wait_until 20 said "host.lost host=east"
    sshd_up east
    wait_until 30 is_up east
    assert_equal "$(pids)" "$was"
    n=$(actorsup events | grep -c 'host.up host=north')
    kill -KILL "$(cat "$T/north/run/actorsup/t@north/pid")"
    step
    wait_until 30 is_up_again north $((n + 1))
    n=$(actorsup events | grep -c 'host.up host=west')
    step
    for pid in $(ip netns pids "$NS-west"); do kill -KILL "$pid" 2>/dev/null || :; done
    sshd_up west
    wait_until 30 is_up_again west $((n + 1))
    steps 8
    in_the_end has_all
}
actorsup_pid() { cat "$T/run/actorsup/t/pid"; }
is_up_again() { said "host.up host=$1" "$2"; }

@test "namespaces: 100 ms of delay" {
    for h in $HOSTS; do
        in_host home tc qdisc add dev $h root netem delay 100ms 2>/dev/null ||
            skip "this kernel has no netem (sch_netem)"
    done
    three_hosts "alone: stop" "" cat
    feed 4
    steps 4
    wait_until 60 arrived $N
    cmp out <(seq $N)
    in_the_end arrived $N
}
