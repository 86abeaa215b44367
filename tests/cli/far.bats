bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

# Actors on other hosts.

@test "far: filters, json and once on another host: tells, asks, output, environment, ps" {
    two_hosts <<YAML
actors:
  lines: {run: sed -u 's/^/line /', on: west}
  flow: {run: sed -u 's/^/flow /', on: west, to: sink}
  json: {run: $OBEY, speaks: json, on: east}
  once: {shell: 'echo "\$\$MSG_FROM \$\$ACTOR_NAME \$\$ACTOR_HOST \$\$(cat)"', speaks: once, on: east}
  plain: {shell: "echo on \$\$ACTOR_HOST >&2; exec sleep 1000", speaks: none, on: west}
  sink: {shell: "cat >out"}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 lines hello)" "line hello"
    assert_equal "$(actorsend -a -t 20 json 'echo a b')" "a b"
    assert_equal "$(actorsend -a -t 20 -w once <<<hi | sed 's/^~[0-9]*/~/')" "~ once east hi"
    seq 1000 | actorsend flow
    wait_until 20 file_lines out 1000
    assert_equal "$(cat out)" "$(seq -f 'flow %g' 1000)"
    wait_until 10 log_has plain 'on west'
    assert_equal "$(ps_get lines host) $(ps_get json host) $(ps_get sink host)" "west east main"
    kill -0 "$(ps_get plain pid)"
    wait_until 20 idle flow
    balanced
    actorsup down
    no_test_processes
}

@test "far: frames, by a socket there and by pipes, alone and as a pool" {
    two_hosts <<YAML
defaults: {speaks: frames, run: $CLIENT actor}
actors:
  ipc: {on: west}
  stdio: {on: east, transport: stdio, run: [$BUILD_DIR/examples/c/upper]}
  pool: {on: {}, pool: 4}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 stdio hello)" HELLO
    for a in ipc pool; do
        for i in 1 2 3 4 5 6; do actorsend $a "log $i"; done
        wait_until 20 idle $a
    done
    run actorsup logs pool
    refute_output --partial refused
    assert_equal "$(ps_get ipc restarts) $(dead_count)" "0 0"
    balanced
}

@test "far: a death there: mail comes again, a poison message is put aside with its evidence" {
    two_hosts <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  a: {run: $OBEY, speaks: json, on: west}
YAML
    up_system
    actorsend a die
    printf 'two\nthree\n' | actorsend a
    wait_until 20 dead_is 1
    assert_equal "$(dead_get reason | cut -d, -f1)" "retry: 3 attempts failed"
    assert_equal "$(actorsup dead show "$(first_dead)" | grep -c 'dying of die')" 1
    wait_until 20 file_has got.a " three$"
    assert_equal "$(ps_get a restarts)" 3
    balanced
}

numbered() { # ACTOR N: it has each of them in order
    assert_equal "$(cat "$1")" "$(seq "$2")"
}

@test "far: a connection that is cut again and again loses nothing, repeats nothing" {
    two_hosts <<YAML
actors:
  there: {run: cat, on: west, to: back}
  back: {run: cat, on: east, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    pids="$(ps_get there pid) $(ps_get back pid)"
    background bash -c "for i in \$(seq 1 10); do seq \$((i * 5000 - 4999)) \$((i * 5000)); sleep 0.05; done | '$BUILD_BIN/actorsend' there"
    local feed=$BG
    for i in 1 2 3 4 5 6; do
        wait_until 20 prints "$((i * 2))" linked
        for pid in $(tail -n 2 links); do kill -KILL "$pid"; done
        wait_until 20 both_up
    done
    wait "$feed"
    wait_until 60 file_lines out 50000
    numbered out 50000
    assert_equal "$(ps_get there pid) $(ps_get back pid)" "$pids"
    wait_until 20 idle there
    wait_until 20 idle back
    balanced
}
linked() { wc -l <links; }
both_up() { [ "$(($(events_of_host host.up west) + $(events_of_host host.up east)))" -ge "$(linked)" ]; }

@test "far: a supervisor there that is killed takes its processes with it, and no mail" {
    two_hosts <<YAML
defaults: {backoff: {min: 1ms}, limit: {restarts: 1, within: 1h}}
actors:
  a: {run: $OBEY, speaks: json, on: west}
  b: {shell: 'while read -r l; do echo "\$\$l"; done', on: west, ack: line, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    actorsend a hold
    actorsend a 'wake 100'
    seq 300 | actorsend b
    for i in 1 2 3; do
        local pid
        pid=$(node_pid west)
        kill -KILL "$pid"
        wait_until 20 gone "$pid"
        wait_until 20 prints "$((i + 1))" events_of_host host.up west
        wait_until 20 state_is a ready
        wait_until 20 state_is b ready
    done
    # Those deaths were nobody's fault.
    assert_equal "$(dead_count)" 0
    wait_until 20 idle b
    assert_equal "$(sort -nu out | tr '\n' ' ')" "$(seq 300 | tr '\n' ' ')"
    wait_until 20 file_has got.a '^tell 4 hold'
    balanced
}

@test "far: commands that an actor there runs act in its system and under its name" {
    two_hosts <<YAML
actors:
  a: {shell: 'while read -r l; do actorsend -a -t 20 ask "\$\$l"; actorsup ps -q | wc -l; done', on: west, env: {PATH: "$BUILD_BIN:$PATH"}}
  ask: {run: $OBEY, speaks: json}
YAML
    up_system
    assert_equal "$(actorsend -a -t 30 a 'echo hello')" hello
    assert_equal "$(jq -r .from json.ask)" a
    ACTORSUP_SYSTEM=t@west assert_equal "$(ACTORSUP_SYSTEM=t@west actorsend -a -t 20 ask 'echo from a shell there')" 'from a shell there'
    seq 20000 | ACTORSUP_SYSTEM=t@west within 30 actorsend ask
}

@test "far: an actor there is told of a spawn that is refused for its environment, once" {
    two_hosts <<YAML
actors:
  boss: {shell: "cat boot; cat >>told", speaks: json, on: west, cwd: $PWD}
  kid: {run: cat, template: true}
YAML
    echo '{"op":"spawn","template":"kid","name":"e","env":{"A=B":"c"},"id":"s9"}' >boot
    up_system
    wait_until 20 file_has told '"child_exited"'
    assert_equal "$(jq -r '"\(.re) \(.headers.actor) \(.body)"' told)" \
        "s9 boss.e a variable's name has a = in it, or there is a NUL"
}

@test "far: a pool is spread over the hosts that fit" {
    link_script
    topology <<YAML
hosts:
$(host west "capabilities: {gpu: true}")
$(host east "capabilities: {gpu: true, disk: ssd}")
$(host north)
actors:
  w: {shell: 'while read -r l; do echo "\$\$ACTOR_HOST"; done', pool: 4, on: {gpu: true}}
  any: {run: cat, pool: 4, on: {}}
  ssd: {run: cat, on: {disk: ssd}}
YAML
    up_system
    # Those that came later get theirs as well.
    wait_until 20 prints "2 east 2 west" spread w
    wait_until 20 prints "1 east 1 main 1 north 1 west" spread any
    actorsup wait --for ready w any
    assert_equal "$(ps_get ssd host)" east
    assert_equal "$(seq 100 | actorsend -a -t 30 w | sort -u | xargs)" "east west"
    balanced
}
spread() { actorsup ps --json "$1" | jq -r '.[].host' | sort | uniq -c | xargs; }

@test "far: a host that says nothing is down, and is back with all that it had" {
    two_hosts "down_after: 400ms, alone: keep 1h" <<YAML
actors:
  a: {run: cat, on: west, to: sink}
  b: {run: cat, on: east, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    pid=$(node_pid west)
    was=$(ps_get a pid)
    kill -STOP "$pid"
    # A machine that stands still for so long has it down before, for a moment.
    wait_until 20 is_silent a west
    [ "$(events_of_host host.down west)" -ge 1 ]
    seq 1 500 | actorsend a
    wait_until 20 prints "" ps_get b reason
    wait_until 20 is_silent a west
    echo other | actorsend b
    wait_until 20 file_has out other # nobody waits for that host
    kill -CONT "$pid"
    wait_until 20 says 'host.up host=west again=yes'
    wait_until 20 file_lines out 501
    assert_equal "$(grep -v other out)" "$(seq 500)"
    assert_equal "$(ps_get a pid)" "$was"
    wait_until 20 idle a
    balanced
}
is_silent() { [[ "$(ps_get "$1" reason)" == "nothing is heard of it for "*"s: host $2"* ]]; }

@test "far: down, stop, restart, scale, reload and logs go over hosts" {
    two_hosts <<YAML
actors:
  a: {shell: 'echo here \$\$ACTOR_HOST >&2; exec cat', on: west, pool: 2, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    actorsup scale a=3
    wait_until 20 prints "3 west" spread a
    actorsup stop a/2
    state=$(actorsup ps --json a | jq -r '.[1].state')
    assert_equal "$state" stopped
    actorsup start a/2
    actorsup restart a/1
    wait_until 20 prints 5 log_count a 'here west'
    # It moves, and its mail is where it was.
    sed -i 's/on: west/on: east/' actorsup.yaml
    actorsup stop a
    seq 10 | actorsend a
    actorsup reload
    actorsup start a
    wait_until 20 file_lines out 10
    wait_until 20 prints "3 east" spread a
    balanced
    actorsup down
    no_test_processes
}

@test "far: at the end the supervisors of hosts end by themselves, whoever has launched them, and nothing is left" {
    two_hosts <<'YAML'
actors:
  a: {run: cat, on: west}
  b: {run: cat, on: east}
YAML
    up_system
    # What one was launched with first is gone: it is a child of the supervisor.
    kill -KILL "$(head -n 1 links)"
    wait_until 20 file_lines links 3
    assert_equal "$(actorsend -a -t 20 a hello)$(actorsend -a -t 20 b hello)" hellohello
    run -0 actorsup down
    no_test_processes
    run -1 grep -r 'system[.]stray' "$T"/state "$T"/west/state "$T"/east/state
    assert_equal "$(ls "$T"/run/actorsup/t@west "$T"/run/actorsup/t@east | grep -v : | xargs)" "lock lock"
}

# What a host is told goes through this link, which breaks once where that is to end.
cut_at_bye() {
    link_script
    cat >bye.py <<'PY'
import os, subprocess, sys
BYE = 19
node = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
home = sys.stdin.buffer
while frame := home.read(4):
    frame += home.read(int.from_bytes(frame, "big"))
    if frame[4] == BYE and not os.path.exists("broken"):
        open("broken", "w").close()
        break
    os.write(node.stdin.fileno(), frame)
node.stdin.close()
node.wait()
PY
    printf '#!/bin/sh\nexec %s bye.py "$@"\n' "$PYTHON3" >link
}

@test "far: a host that is told to end just when its connection breaks is told again" {
    cut_at_bye
    topology <<YAML
hosts:
$(host west "alone: keep 1h")
actors:
  b: {run: cat}
YAML
    up_system
    wait_until 20 prints up state_of_host west
    run -0 actorsup down
    [ -e broken ]
    no_test_processes
    # The same when it is let go while the system goes on.
    rm broken
    up_system
    wait_until 20 prints up state_of_host west
    local node
    node=$(node_pid west)
    sed -i '/^hosts:/d; /^  west:/d' actorsup.yaml
    actorsup reload
    wait_until 20 gone "$node"
    [ -e broken ]
    wait_until 20 prints "[]" actorsup host --json
    actorsup down
    no_test_processes
}

@test "far: pools there start, end and are scaled again and again; signals get there" {
    two_hosts <<'YAML'
actors:
  b: {run: sed -u s/^/b/, ack: line, pool: 3, on: west}
  c: {shell: "trap 'echo got it >&2' USR1; echo up >&2; while :; do sleep 0.05; done", speaks: none, ready: {log: up}, on: east}
YAML
    up_system
    local node
    node=$(node_pid west)
    for i in 1 2 3 4 5; do
        actorsup stop b
        actorsup start b
        actorsup wait --for ready b
        actorsup scale "b=$((i % 3 + 2))"
        actorsup restart b
    done
    assert_equal "$(actorsend -a -t 20 b hello)" bhello
    assert_equal "$(node_pid west)" "$node"
    run -1 says_lost
    actorsup kill -USR1 c
    wait_until 10 log_has c "got it"
    n=$(ps_get c restarts)
    actorsup kill c
    wait_until 20 differs "$n" ps_get c restarts
}
says_lost() { actorsup events | grep host.lost; }

@test "far: the supervisor that is killed: all that runs elsewhere ends, also by itself" {
    two_hosts "down_after: 300ms" <<YAML
actors:
  a: {run: cat, on: west}
  b: {run: cat, on: east}
YAML
    up_system
    pids="$(ps_get a pid) $(ps_get b pid)"
    nodes="$(node_pid west) $(node_pid east)"
    kill -KILL "$(supervisor_pid)"
    for pid in $pids $nodes; do wait_until 20 gone "$pid"; done
}

@test "far: failover: what ran on a host that is silent starts on another, with its mail, and never twice" {
    link_script
    topology <<YAML
hosts:
$(host west "down_after: 300ms")
$(host east "down_after: 300ms")
actors:
  a: {shell: 'while read -r l; do echo "\$\$ACTOR_HOST \$\$l"; done', ack: line, on: {}, failover: after 600ms, to: sink}
  stays: {run: cat, on: west, to: sink}
  sink: {shell: "cat >out"}
defaults: {backoff: {min: 1ms}}
YAML
    sed -i 's/on: {}/on: {far: yes}/; s/down_after/capabilities: {far: yes}, down_after/' actorsup.yaml
    up_system
    was=$(ps_get a host)
    pid=$(ps_get a pid)
    seq 100 | actorsend a
    wait_until 20 file_lines out 100
    # The supervisor there and the process are still, and know nothing of it.
    node=$(node_pid "$was")
    kill -STOP "$node"
    seq 101 200 | actorsend a
    wait_until 20 differs "$was" ps_get a host
    wait_until 20 file_lines out 200
    assert_equal "$(cut -d' ' -f2 out | sort -n | uniq | xargs)" "$(seq 200 | xargs)"
    assert_equal "$(dead_count)" 0
    state_is stays ready
    kill -CONT "$node"
    wait_until 20 says "host.up host=$was again=yes"
    wait_until 20 gone "$pid"
    seq 201 300 | actorsend a
    wait_until 20 file_lines out 300
    assert_equal "$(tail -n 100 out | cut -d' ' -f1 | sort -u)" "$(ps_get a host)"
    balanced
}

@test "far: failover: a process ends by itself before it may be started elsewhere" {
    link_script
    topology <<YAML
hosts:
$(host west "capabilities: {far: yes}, down_after: 300ms, alone: keep 1h")
actors:
  a: {run: cat, on: {far: yes}, failover: after 800ms}
  b: {run: cat, on: west}
defaults: {backoff: {min: 1ms}}
YAML
    up_system
    pid=$(ps_get a pid)
    other=$(ps_get b pid)
    kill -STOP "$(supervisor_pid)"
    wait_until 20 gone "$pid"
    kill -0 "$other"
    kill -CONT "$(supervisor_pid)"
    wait_until 20 state_is a ready
    wait_until 20 differs "$pid" pid_of a
    assert_equal "$(actorsend -a -t 20 a hello)" hello
    assert_equal "$(ps_get b pid)" "$other"
}

@test "far: hosts come and go by a changed file; what ran on one that goes moves" {
    link_script
    topology <<YAML
hosts:
$(host west "capabilities: {far: yes}")
actors:
  w: {shell: 'while read -r l; do echo "\$\$l"; done', ack: line, pool: 2, on: {far: yes}, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    assert_equal "$(spread w)" "2 west"
    sed -i "/^  west:/{p;s/west/east/g}" actorsup.yaml
    run -0 actorsup reload
    assert_line "+  host east  added"
    wait_until 20 prints "1 east 1 west" spread w
    assert_equal "$(actorsup host --json | jq -r '.[] | [.name, .state, .processes] | join(" ")' | xargs)" \
        "west up 1 east up 1"
    seq 2000 | background actorsend w
    sed -i '/^  west:/d' actorsup.yaml
    actorsup reload
    wait_until 20 prints "2 east" spread w
    wait_until 20 prints east hosts
    wait_until 20 file_lines out 2000
    assert_equal "$(sort -n out)" "$(seq 2000)"
    # What is said of it is taken up, as often as it changes.
    for n in 1 2 3 4 5; do
        sed -i "s/down_after: [0-9]*s, //; s/capabilities: /down_after: 1${n}s, capabilities: /" actorsup.yaml
        actorsup reload
    done
    assert_equal "$(seq 10 | actorsend w; wait_until 20 file_lines out 2010; wc -l <out)" 2010
    balanced
}
hosts() { actorsup host --json | jq -r '.[].name' | xargs; }

@test "far: an address may name a host, and reaches its actor wherever that runs" {
    two_hosts <<YAML
actors:
  a: {run: $OBEY, speaks: json, on: west}
  b: {run: cat, on: east}
YAML
    up_system
    for h in west east main; do assert_equal "$(actorsend -a -t 20 "b@$h" "$h")" "$h"; done
    actorsend a@east 'send b@west hello'
    wait_until 20 prints 4 ps_get b handled
    assert_equal "$(ps_get a@west host)" west
    run -1 actorsend b@north x
    assert_output --partial "unknown host north"
    run -1 actorsup ps b@north
    assert_output --partial "unknown host north"
}

@test "far: a host belongs to one supervisor: another of a system of this name is told so, and disturbs nothing" {
    two_hosts <<YAML
actors:
  a: {run: cat, on: west}
YAML
    up_system
    local pid
    pid=$(ps_get a pid)
    # Another home, of the same system, with the same account there.
    mkdir -p "$T/home2/run" other
    sed "s#$T/west/state, #$T/west/state, ACTORSUP_RUNTIME_DIR=$ACTORSUP_RUNTIME_DIR, #; /^  east/d; 1i system: t" actorsup.yaml >other/actorsup.yaml
    second up -d
    wait_until 20 second_says "another supervisor has it for a system of this name"
    assert_equal "$(actorsend -a -t 20 a hello)" hello
    assert_equal "$(ps_get a pid) $(ps_get a restarts)" "$pid 0"
    run -1 says_lost
    # Once the first has gone it is the other's.
    actorsup down
    wait_until 20 second_has_it
    second down
}
second() { (cd other && ACTORSUP_RUNTIME_DIR="$T/home2/run" XDG_STATE_HOME="$T/home2" actorsup "$@"); }
second_says() { second host | grep -q "$1"; }
second_has_it() { [ "$(second ps --json a | jq -r '.[0].state')" = ready ]; }
