bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

# Mail of actors on other hosts: when it is known to be handled, and what that sets free.

@test "far: filters with small mailboxes, and few in hand, are told of what they have read" {
    link_script
    local n=0 bound
    local -a bounds=('messages: 10' 'messages: 100' 'messages: 1000' 'bytes: 1KiB' 'in_hand: 1' 'in_hand: 2')
    {
        for bound in "${bounds[@]}"; do
            n=$((n + 1))
            echo "  one$n: {shell: 'exec cat >>got.one$n', on: west, mailbox: {$bound}}"
            echo "  two$n: {shell: 'exec cat >>got.two$n', on: west, pool: 2, mailbox: {$bound}}"
        done
    } >actors
    topology <<YAML
hosts:
$(host west)
actors:
$(cat actors)
YAML
    up_system
    for n in 1 2 3 4 5 6; do
        seq 500 | within 20 actorsend "one$n"
        seq 500 | within 20 actorsend "two$n"
    done
    for n in 1 2 3 4 5 6; do
        wait_until 20 file_lines "got.one$n" 500
        wait_until 20 file_lines "got.two$n" 500
        assert_equal "$(cat "got.one$n")" "$(seq 500)"
        assert_equal "$(sort -n "got.two$n")" "$(seq 500)"
    done
    balanced
}

@test "far: what a filter has read is told though nobody asks, and does not come again when its host is lost" {
    link_script
    topology <<YAML
hosts:
$(host west)
actors:
  k: {shell: 'exec cat >>got', on: west}
  slow: {shell: 'while read -r l; do sleep 1; echo "\$\$l"; done', on: west}
YAML
    up_system
    seq 10 | actorsend k
    wait_until 20 file_lines got 10
    actorsend -a -t 20 slow later # which takes as long as it takes until that is told
    kill -KILL "$(node_pid west)"
    wait_until 20 prints 1 ps_get k restarts
    echo last | actorsend k
    wait_until 20 file_has got last
    assert_equal "$(cat got)" "$(seq 10; echo last)"
    balanced
}

@test "far: an actor that floods its logs holds up nobody else on its host, and grows nothing" {
    link_script
    topology <<YAML
defaults: {log: {max: 1MiB, keep: 1}}
hosts:
$(host west)
actors:
  err: {shell: 'exec yes "a line to standard error that is rather long as such" >&2', on: west, speaks: none}
  out: {shell: 'exec yes "a line to standard output, which is logged"', on: west}
  c: {run: cat, on: west}
YAML
    up_system
    node=$(node_pid west)
    wait_until 20 log_grows err
    wait_until 20 log_grows out
    before=$(memory "$node")
    for n in 1 2 3 4 5 6 7 8 9 10; do
        assert_equal "$(actorsend -a -t 10 c "$n")" "$n"
    done
    grown_less "$node" "$before" 20000
    wait_until 20 log_grows err # it may just have been rotated
    wait_until 20 log_grows out
    within 20 actorsup down
}
log_grows() { [ -s "$T/state/actorsup/t/logs/$1.log" ]; }

@test "far: one that ends while its output waits for the home is over once that takes it" {
    link_script
    topology <<YAML
hosts:
$(host west)
actors:
  out: {shell: 'exec yes "$(printf %063d)"', on: west, backoff: {min: 1ms}} # whole lines in each read
YAML
    up_system
    local pid home
    pid=$(ps_get out pid)
    home=$(supervisor_pid)
    kill -STOP "$home"
    wait_until 20 writes_no_more "$pid"
    kill -KILL "$pid"
    wait_until 20 gone "$pid"
    kill -CONT "$home"
    wait_until 20 differs "$pid" ps_get out pid
    actorsup down
}
# As when asked before.
writes_no_more() { grep wchar "/proc/$1/io" >now && cmp -s now before || ! mv now before || false; }

@test "far: who stops an actor whose host is silent is told what that waits for" {
    link_script
    topology <<YAML
hosts:
$(host west "down_after: 300ms, alone: keep 1h")
actors:
  a: {run: cat, on: west}
YAML
    up_system
    node=$(node_pid west)
    kill -STOP "$node"
    background actorsup stop a 2>stop.err
    wait_until 20 file_has stop.err '^actorsup: waiting for a, which is stopping: nothing is heard of it for .*: host west'
    kill -CONT "$node"
    wait "$BG"
    state_is a stopped
    assert_equal "$(wc -l <stop.err)" 1
}

@test "far mail: whatever one asks for while its output waits, the others there go on" {
    script flood <<PY
#!$PYTHON3
import json
for _ in range(60):
    print(json.dumps({"op": "send", "to": "slow", "body": "x" * 3000}))
while True:
    print(json.dumps({"op": "wake", "after": 3600, "id": "x", "body": "y" * 900}), flush=True)
PY
    two_hosts <<'YAML'
actors:
  bad: {run: ./flood, on: west, speaks: json}
  good: {shell: 'while read -r l; do echo "$$l"; done', on: west}
  slow: {run: sleep 1000, speaks: lines, mailbox: {messages: 5, in_hand: 1}}
YAML
    up_system
    wait_until 20 prints "its output waits for room in slow" ps_get bad reason
    for i in $(seq 50); do assert_equal "$(actorsend -a -t 20 good "$i")" "$i"; done
    run -1 bash -c "actorsup events | grep host.lost"
    balanced
}

@test "far mail: a process that was given up while its output waited is over once its node has said so" {
    two_hosts "capabilities: {c: yes}, down_after: 300ms, alone: keep 1h" <<'YAML'
actors:
  on-west: {run: cat, on: west}
  on-east: {run: cat, on: east}
  src: {shell: "seq 2000; exec sleep 1000", on: {c: yes}, failover: after 500ms, to: slow}
  slow: {run: sleep 1000, mailbox: {messages: 5, in_hand: 1}, stop: {grace: 1s}}
YAML
    up_system
    wait_until 20 prints "its output waits for room in slow" ps_get src reason
    local was pid
    was=$(ps_get src host)
    pid=$(ps_get src pid)
    kill -STOP "$(node_pid "$was")"
    wait_until 20 is_given_up "$was"
    wait_until 20 prints "stopping 0 its output waits for room in slow" shown src
    kill -CONT "$(node_pid "$was")"
    wait_until 20 gone "$pid"
    wait_until 20 prints 2 hosts_up
    sed -i 's/^  slow: .*/  slow: {shell: "cat >out", stop: {grace: 1s}}/' actorsup.yaml
    actorsup reload
    wait_until 20 file_lines out 4000 # those of before, and of the next
    actorsup host rm "$was"
    wait_until 20 prints 1 hosts_up
    assert_equal "$(actorsup host --json | jq length)" 1
    balanced
}
shown() { echo "$(ps_get "$1" state) $(ps_get "$1" pid) $(ps_get "$1" reason)"; }
# It is started elsewhere after 500 ms of silence.
is_given_up() { [[ "$(ps_get "on-$1" reason)" == "nothing is heard of it for "[1-9].[0-9]"s: host $1"* ]]; }
hosts_up() { actorsup host --json | jq '[.[] | select(.state == "up")] | length'; }
