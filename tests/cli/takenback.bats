bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

# What goes on elsewhere while the supervisor is not there is taken back by the next.

holding() { two_hosts "alone: keep 1h, down_after: ${1:-5s}"; }

@test "taken back: processes go on, with what they have in hand" {
    holding <<YAML
defaults: {mailbox: {keep: disk}}
actors:
  a: {run: $OBEY, speaks: json, on: west}
  b: {run: sed -u 's/^/b /', on: east}
  f: {run: $CLIENT actor, speaks: frames, on: west}
YAML
    up_system
    printf 'hold\nhold\n' | actorsend a
    wait_until 20 file_lines got.a 2
    local was
    was="$(pid_of a) $(pid_of b) $(pid_of f)"
    kill_home
    for pid in $was; do kill -0 "$pid"; done
    up_system
    assert_equal "$(pid_of a) $(pid_of b) $(pid_of f)" "$was"
    assert_equal "$(audit_get a in_hand)" 2
    assert_equal "$(actorsend -a -t 20 b hello)" "b hello"
    actorsend a free
    wait_until 20 idle a
    assert_equal "$(grep -c hold got.a)" 2
    [ "$(actorsup events | grep -c actor.taken)" = 3 ]
    balanced
    actorsup down
    no_test_processes
}

@test "taken back: what was handled meanwhile is not handled again, and what it led to is not lost" {
    holding <<'YAML'
defaults: {mailbox: {keep: disk}, ack: line, backoff: {min: 1ms}}
actors:
  there: {shell: 'while read -r l; do echo "$$l" >>did; echo "$$l"; sleep 0.002; done', on: west, to: sink}
  sink: {shell: 'while read -r l; do echo "$$l" >>out; echo; done'}
YAML
    up_system
    local pid
    pid=$(pid_of there)
    seq 1500 | actorsend there
    wait_until 20 file_lines did 100
    local from
    for n in 400 700; do
        kill_home
        from=$(wc -l <did)
        wait_until 20 file_lines did $n
        sed "1,${from}d" did >>meanwhile # without anybody to tell it to
        up_system
        assert_equal "$(pid_of there)" "$pid"
    done
    wait_until 60 idle there
    wait_until 60 idle sink
    # What was handled in the last moment before a death may come once more, what was handled later not.
    cmp <(sort -nu did) <(seq 1500)
    cmp <(sort -nu out) <(seq 1500)
    [ "$(wc -l <meanwhile)" -gt 50 ]
    assert_equal "$(grep -xFf meanwhile did | sort -n | uniq -d)" ""
    balanced
}

@test "taken back: what is described otherwise now, or not at all, is ended first" {
    holding <<'YAML'
actors:
  a: {run: cat, on: west}
  b: {run: cat, on: west}
  c: {run: cat, on: west}
  pool: {run: cat, pool: 4, on: {}}
YAML
    up_system
    local a b c
    a=$(pid_of a) b=$(pid_of b) c=$(pid_of c)
    kill_home
    sed -i 's/b: {run: cat/b: {run: cat -u/; /^  c:/d' actorsup.yaml
    up_system
    assert_equal "$(pid_of a)" "$a"
    gone "$b"
    gone "$c"
    assert_equal "$(actorsend -a -t 20 b hello)" hello
    assert_equal "$(actorsend -a -t 20 pool hello)" hello
    actorsup down
    no_test_processes
}

@test "taken back: also over a connection that breaks at each moment of it" {
    holding 300ms <<YAML
actors:
  a: {run: cat, on: west}
  b: {run: cat, on: east}
YAML
    up_system
    local was
    was="$(pid_of a) $(pid_of b)"
    kill_home
    # The first launches are cut after so many bytes of what the node says.
    cat >link <<'SH'
#!/bin/sh
n=$(($(cat cuts 2>/dev/null || echo 0) + 1))
echo $n >cuts
if [ $n -lt 7 ]; then "$@" | head -c $((n * 120)); else exec "$@"; fi
SH
    up_system
    assert_equal "$(pid_of a) $(pid_of b)" "$was"
    assert_equal "$(actorsend -a -t 20 a hello)" hello
}

@test "taken back: what may still run on a host that is not heard of does not begin elsewhere" {
    two_hosts "alone: keep 1h, down_after: 300ms, capabilities: {far: yes}" <<YAML
actors:
  a: {run: $OBEY, speaks: json, on: {far: yes}}
  b: {run: cat}
YAML
    up_system
    local pid was other
    pid=$(pid_of a)
    was=$(ps_get a host)
    other=$([ "$was" = west ] && echo east || echo west)
    kill_home
    cp link link.good
    printf '#!/bin/sh\ncase "$*" in *" node t %s"*) exit 1;; esac\nexec "$@"\n' "$was" >link
    actorsup up -d
    wait_until 20 is_up "$other"
    wait_until 20 state_is b ready
    wait_until 20 said "host.down host=$was"
    state_is a waiting
    [[ "$(ps_get a reason)" == *"what may still run there: host $was"* ]]
    kill -0 "$pid"
    cp link.good link
    wait_until 30 state_is a ready
    assert_equal "$(pid_of a)" "$pid"
    # Nor once nothing runs there any more is it waited for.
    actorsup down
    printf '#!/bin/sh\ncase "$*" in *" node t %s"*) exit 1;; esac\nexec "$@"\n' "$was" >link
    actorsup up -d
    wait_until 20 state_is a ready
    assert_equal "$(ps_get a host)" "$other"
}
is_up() { [ "$(actorsup host --json | jq -r ".[] | select(.name == \"$1\").state")" = up ]; }
said() { actorsup events | grep -q "$1"; }

@test "taken back: but once its time is over, or its host is let go" {
    two_hosts "down_after: 1s, capabilities: {far: yes}" <<YAML
actors:
  a: {run: cat, on: {far: yes}}
YAML
    up_system
    local was
    was=$(ps_get a host)
    kill_home
    printf '#!/bin/sh\ncase "$*" in *" node t %s"*) exit 1;; esac\nexec "$@"\n' "$was" >link
    actorsup up -d
    wait_until 30 state_is a ready
    [ "$(ps_get a host)" != "$was" ]
    # That is waited for once.
    actorsup down
    [ ! -e "$(ls -d "$T"/state/actorsup/*/hosts)/$was" ]
}

@test "taken back: a host that is in the file no more is let go, and what ran there ends before it begins elsewhere" {
    two_hosts "alone: keep 1h, down_after: 5s" <<'YAML'
actors:
  a: {shell: 'while read -r l; do echo "$$l"; done', on: west}
  b: {run: cat}
YAML
    up_system
    local pid node
    pid=$(ps_get a pid)
    node=$(node_pid west)
    kill_both
    sed -i '/^hosts:/d; /^  west:/d; /^  east:/d; s/, on: west//' actorsup.yaml
    touch closed # for new connections
    actorsup up -d
    wait_until 20 state_is b ready
    assert_equal "$(ps_get a state)" waiting
    [[ "$(ps_get a reason)" == "waiting for word of what may still run there: host west"* ]]
    actorsup host | grep -q "^west  leaving"
    kill -0 "$pid"
    rm closed
    wait_until 20 state_is a ready
    gone "$pid"
    wait_until 20 gone "$node"
    wait_until 20 prints "[]" actorsup host --json
    assert_equal "$(ps_get a host)" main
    run -0 actorsup down
    # Where it cannot be reached, that is said.
    two_hosts "alone: keep 2s, down_after: 1s" <<'YAML'
actors:
  a: {run: cat, on: west}
YAML
    up_system
    wait_until 20 prints 2 hosts_up
    kill_both
    touch closed
    actorsup up -d
    run -1 within 20 actorsup down
    assert_output --partial "west (2.0s), east (2.0s) could not be reached"
    for node in west east; do wait_until 20 gone "$(node_pid "$node")"; done
}
hosts_up() { actorsup host --json | jq '[.[] | select(.state == "up")] | length'; }

@test "taken back: nothing begins elsewhere before what ran there has ended, however late that is told" {
    two_hosts "alone: keep 1h, down_after: 60s" <<'YAML'
actors:
  a: {run: cat, on: west}
YAML
    up_system
    wait_until 20 prints 2 hosts_up
    local nodes
    nodes="$(node_pid west) $(node_pid east)"
    kill_both
    sed -i '/^hosts:/d; /^  west:/d; /^  east:/d; s/, on: west//' actorsup.yaml
    # What west says behind the list of what it runs arrives once it may.
    mkfifo may
    cat >late.py <<'PY'
import os, subprocess, sys
BEGINS, HELD = b"@@actorsup-node-1@@\n", 44
says = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE).stdout
for line in iter(says.readline, BEGINS):
    os.write(1, line)
os.write(1, BEGINS)
kind = 0
while kind != HELD:
    frame = says.read(4)
    frame += says.read(int.from_bytes(frame, "big"))
    kind = frame[4]
    os.write(1, frame)
open("may").close()
while data := says.read1():
    os.write(1, data)
PY
    printf '#!/bin/sh\ncase "$*" in *" node t west"*) exec %s late.py "$@";; esac\nexec "$@"\n' "$PYTHON3" >link
    actorsup up -d
    wait_until 20 said host.ended
    state_is a waiting
    [[ "$(ps_get a reason)" == "waiting for word of what may still run there: host west"* ]]
    within 10 sh -c ": >may"
    wait_until 20 state_is a ready
    # Though nothing else happens behind that.
    for pid in $nodes; do wait_until 20 gone "$pid"; done
    wait_until 20 prints "[]" actorsup host --json
}

@test "taken back: down waits a moment for what a supervisor before has begun, so that it ends" {
    holding 1h <<YAML
actors:
  a: {run: cat, on: west}
YAML
    up_system
    wait_until 20 prints 2 hosts_up
    local pid
    pid=$(ps_get a pid)
    kill_home
    touch closed
    actorsup up -d
    # It would be launched again only when down no longer waits.
    wait_until 30 is_again_in 5500
    actorsup down >down.out 2>&1 &
    wait_until 10 said system.stop
    rm closed
    wait $!
    assert_equal "$(cat down.out)" "t is down; 0 messages were left unhandled"
    wait_until 10 gone "$pid"
    for node in west east; do wait_until 10 gone "$(node_pid "$node")"; done
}
is_again_in() { [ "$(actorsup host --json | jq '[.[].again_ms // 0] | min')" -ge "$1" ]; }
