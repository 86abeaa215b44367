bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

# How other hosts are launched, what is brought there, and what is said when that fails.

@test "launching: nothing need be there: the program is brought once, by its hash" {
    two_hosts <<'YAML'
actors:
  a: {run: cat, on: west}
YAML
    sed -i 's#launch: .env,#& "PATH=/usr/bin:/bin",#' actorsup.yaml
    up_system
    assert_equal "$(events_of_host host.push west)" 1
    actorsup down
    up_system
    assert_equal "$(events_of_host host.push west)" 1
    actorsup down
    # What is there under that name is looked at before it is run.
    echo broken >"$(ls -d "$T"/west/.cache/actorsup/*/actorsup)"
    up_system
    assert_equal "$(events_of_host host.push west)" 2
    assert_equal "$(actorsend -a -t 20 a hello)" hello
}

@test "launching: what is installed there is run, and nothing is brought" {
    mkdir -p prefix/bin prefix/libexec/actorsup
    cp "$BUILD_BIN/actorsup" prefix/bin/
    cp "$BUILD_BIN/actorsup-far" prefix/libexec/actorsup/
    topology <<YAML
hosts:
  west: {launch: [env, HOME=$T/west, XDG_STATE_HOME=$T/west/state, XDG_CACHE_HOME=, "PATH=$PWD/prefix/bin:$PATH"]}
actors:
  a: {run: cat, on: west}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 a hello)" hello
    assert_equal "$(readlink "/proc/$(node_pid west)/exe")" "$(readlink -f prefix)/libexec/actorsup/actorsup-far"
    assert_equal "$(events_of_host host.push west)" 0
    # Another kind of machine, of the same version: what is installed there fits, what is here does not.
    actorsup down
    mkdir odd
    printf '#!/bin/sh\necho other\n' >odd/uname
    chmod +x odd/uname
    echo >>prefix/libexec/actorsup/actorsup-far
    sed -i "s#PATH=#PATH=$PWD/odd:#" actorsup.yaml
    up_system
    assert_equal "$(actorsend -a -t 20 a hello)" hello
}

@test "launching: what cannot be launched: why, and what to do; it starts once it can" {
    link_script
    topology <<YAML
hosts:
$(host west)
actors:
  a: {run: cat, on: west}
  b: {run: cat}
YAML
    cat >link <<'SH'
#!/bin/sh
echo "alice@west: Permission denied (publickey)." >&2
exit 255
SH
    actorsup up -d
    wait_until 10 says 'ssh must get in without a password'
    state_is a waiting
    wait_until 10 waits_for_denied a
    assert_equal "$(actorsend -a -t 20 b hello)" hello
    actorsend a early
    link_script
    wait_until 30 state_is a ready
    wait_until 20 prints "0 1" reached a
}
# Not while it is just launched again.
waits_for_denied() { [[ "$(ps_get "$1" reason)" == *"host west"*"Permission denied"* ]]; }
reached() { echo "$(ps_get "$1" queued) $(($(ps_get "$1" in_hand) + $(ps_get "$1" handled)))"; }

@test "launching: faults of the file" {
    topology <<'YAML'
hosts:
  west: {ssh: "-oProxyCommand=x"}
  east: {ssh: "alice@east:0"}
  north: {ssh: a, launch: b}
  south: {}
  main: {ssh: here}
actors:
  a: {run: cat, on: wset}
  b: {run: nowhere, on: west, to: "a@nohost"}
YAML
    run -2 actorsup check
    assert_line --partial '2:15: `ssh: -oProxyCommand=x` is no [user@]host[:port]'
    assert_line --partial '3:15: `ssh: alice@east:0` is no'
    assert_line --partial '4:19: `ssh`, `launch` and `join` exclude each other'
    assert_line --partial '5:3: the host `south` needs `ssh'
    assert_line --partial '6:3: `main` is where'
    assert_line --partial '8:21: no host `wset` (did you mean `west`?)'
    assert_line --partial '`@nohost`: no such host'
}

@test "launching: names that no socket has room for are a fault; of others ps and host say what is too long" {
    local long=h23456789012345678901234567890
    topology <<YAML
system: s23456789012345678901234567890123456789012345678901234567890
hosts:
  main: {capabilities: {a: b}}
  ${long}1: {launch: ./link}
  $long: {launch: ./link}
  h: {launch: ./link}
actors: {a: {run: cat, on: h}}
YAML
    run -2 actorsup check
    assert_output --partial "4:3: the names of the system, \`s2"
    assert_output --partial "have 91 bytes, and may have 89 together"
    assert_output --partial "5:3: the names of the system"
    refute_output --partial "6:3"
    # How long the rest of the path is there is known only there.
    link_script
    mkdir -m 0700 "$T/run/folder-with-a-longer-name-than-others"
    ACTORSUP_RUNTIME_DIR=$T/run/folder-with-a-longer-name-than-others
    topology <<YAML
system: s234567890
hosts:
$(host $long)
actors: {a: {run: cat, on: $long}}
YAML
    run -0 actorsup check
    actorsup up -d
    local path="$ACTORSUP_RUNTIME_DIR/actorsup/s234567890@$long/sock"
    wait_until 10 host_says "$long" "$path is longer than the 107 bytes of a socket's path: give system or host a shorter name, or set ACTORSUP_RUNTIME_DIR there to a shorter folder"
    wait_until 10 waits_with "waiting for host $long (launched again in *): actorsup: $T/run/folder-with*...* name, or set ACTORSUP_RUNTIME_DIR there to a shorter folder"
    actorsup down
}
waits_with() { [[ "$(ps_get a reason | tee /dev/stderr)" == $1 ]]; }

@test "launching: a host that cannot be reached does not hold up the end" {
    two_hosts "down_after: 500ms" <<YAML
actors:
  a: {run: sleep 1000, speaks: none, on: west}
  b: {run: cat, on: east}
YAML
    up_system
    local pid
    pid=$(ps_get a pid)
    printf '#!/bin/sh\nexit 1\n' >link.new
    chmod +x link.new
    mv link.new link
    for p in $(cat links); do kill -KILL "$p"; done
    run -1 within 20 actorsup down
    assert_output --regexp "west \(500ms\)(, east \(500ms\))? could not be reached"
    wait_until 10 gone "$pid"
    no_test_processes
}

@test "launching: what a launcher says may be no text: its host is shown as any other, with what can be" {
    script bad <<'SH'
#!/bin/sh
printf '\n@@actorsup-%s@@ no r\377oom "at" all\n' "$1"
exec cat >/dev/null
SH
    local long
    long=$(printf 'ö%.0s' $(seq 300))
    topology <<YAML
hosts:
  fail: {launch: [./bad, fail]}
  need: {launch: [./bad, need]}
  long: {launch: ["./$long", "x$long"]}
actors:
  a: {run: cat, on: fail}
YAML
    actorsup up -d
    wait_until 20 host_says fail "no r?oom 'at' all"
    wait_until 20 host_says need "it is another kind of machine (no r?oom 'at' all)"
    wait_until 20 host_says long "cannot execute"
    assert_equal "$(actorsup host --json | jq -r '.[].name' | xargs)" "fail need long"
    actorsup host | grep -q "no r?oom"
    actorsup events >said
    run -0 iconv -f UTF-8 -t UTF-8 said
}
host_says() { [[ "$(actorsup host --json | jq -r --arg h "$1" '.[] | select(.name == $h).reason')" == *"$2"* ]]; }

@test "launching: ps says how a wait for a host stands just now" {
    topology <<'YAML'
hosts: {west: {launch: [sh, -c, 'echo >>tries; exit 1', --]}}
actors:
  a: {run: cat, on: west}
YAML
    actorsup up -d
    wait_until 30 counts_down a
}
# Between two launches the time that is left gets less.
counts_down() {
    local tries first
    tries=$(wc -l <tries)
    first=$(ps_get "$1" reason)
    [[ "$first" == *"launched again in "* ]] && differs "$first" ps_get "$1" reason && [ "$(wc -l <tries)" = "$tries" ]
}

@test "launching: as many at a time as a machine can log in; one that is slow is waited for no longer" {
    local n=34
    script link <<'SH'
#!/bin/sh
date +%s%N >>begun
: <go
exec "$@"
SH
    {
        echo "hosts:"
        for i in $(seq $n); do
            echo "  h$i: {launch: [env, HOME=$T/h$i, XDG_STATE_HOME=$T/h$i/state, $PWD/link], dir: $PWD}"
        done
        echo "actors:"
        echo "  a: {run: cat, pool: $n, on: h$n}"
    } | topology
    mkfifo go
    actorsup up -d
    wait_until 20 file_lines begun $n
    # None has logged in: so the next had to wait until these were called slow.
    local start
    start=$(date -d "$(actorsup events | sed -n '/system.start/s/ .*//p')" +%s%N)
    [ "$(sort -n begun | sed -n 33p)" -ge $((start + 5000000000)) ]
    assert_equal "$(states_of_hosts)" "$n launching"
    exec 8<>go # as long as it is open nobody waits for it
    wait_until 30 prints "$n up" states_of_hosts
    wait_until 20 state_is a ready
    exec 8<&-
}
states_of_hosts() { actorsup host --json | jq -r '.[].state' | sort | uniq -c | xargs; }
