bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions
load ../cli/elsewhere

# Bad lines between hosts. What stands between is slowlink; see there. Whatever it does, 100,000
# numbered messages go there and back over two hosts, the books balance, and no actor runs twice.

N=100000

# bad_line HOST OPTIONS [KEYS]: its entry.
bad_line() {
    echo "  $1: {launch: [env, HOME=$T/$1, XDG_STATE_HOME=$T/$1/state, $SOURCE_DIR/tests/fault/slowlink, --control, $PWD/$1.link, $2 --], dir: $PWD${3:+, $3}}"
}
# flow_over OPTIONS [KEYS] <<ACTORS: there on west, back on east; ours are the actors besides.
flow_over() {
    topology <<YAML
hosts:
$(bad_line west "$1" "${2:-}")
$(bad_line east "$1" "${2:-}")
actors:
  there: {shell: '$(once there); exec cat', on: west, to: back}
  back: {shell: '$(once back); exec cat', on: east, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
}
# It says so when it does not run alone.
once() { echo "exec 9>>lock.$1; flock -n 9 || echo $1 >>twice"; }

# Feeds all of them in as many steps as are given, one behind each line that it reads.
feed() {
    mkfifo go
    exec 7<>go
    background bash -c "for i in \$(seq $1); do read -r x <&7; seq \$(((i - 1) * $N / $1 + 1)) \$((i * $N / $1)); done | '$BUILD_BIN/actorsend' there"
    FEED=$BG
}
step() { echo go >&7; }
arrived() { [ "$(wc -l <out)" -ge "$1" ]; }
all_arrived() {
    wait "$FEED"
    wait_until 120 arrived $N
    cmp out <(seq $N)
    in_the_end
}
# All is handled and counted, nothing ran twice, nothing is left.
in_the_end() {
    for a in there back; do wait_until 20 idle "$a"; done
    [ ! -e twice ]
    assert_equal "$(dead_count)" 0
    balanced
    actorsup down
    no_test_processes
}
ups() { actorsup events | grep -c "host.up host=$1"; }
link_pid() { cat "$1.link/pid"; }
said() { [ "$(actorsup events | grep -c "$1")" -ge "${2:-1}" ]; }

@test "links: 100 ms each way" {
    flow_over "--delay, '100',"
    feed 10
    for _ in $(seq 10); do step; done
    assert_equal "$(actorsend -a -t 30 -w there </dev/null)" ""
    all_arrived
}

@test "links: stalls, each way and both, shorter and longer than a host may be silent" {
    flow_over "" "down_after: 1s, alone: keep 1h"
    feed 8
    for way in there back "there back"; do
        step
        for w in $way; do touch "west.link/$w"; done
        step
        sleep 0.3
        for w in $way; do rm "west.link/$w"; done
    done
    wait_until 60 arrived $((N / 2))
    local pids
    pids="$(ps_get there pid) $(ps_get back pid)"
    for w in there back; do
        touch "east.link/$w"
        step
        wait_until 20 said "host.lost host=east"
        rm "east.link/$w"
        wait_until 20 is_up east
    done
    all_of_them_steps
    wait_until 60 arrived $N
    assert_equal "$(ps_get there pid) $(ps_get back pid)" "$pids"
    all_arrived
}
is_up() { [ "$(actorsup host --json | jq -r ".[] | select(.name == \"$1\").state")" = up ]; }
all_of_them_steps() { for _ in $(seq 8); do step; done; }

@test "links: a message for which the line takes longer than a silence may last" {
    topology <<YAML
hosts:
$(bad_line west "--rate, '2e6'," "down_after: 1s, capabilities: {c: yes}")
actors:
  big: {run: wc -c, speaks: once, on: west}
  made: {shell: "head -c 6000000 /dev/zero", speaks: once, on: west}
  other: {run: cat, on: west}
  leased: {run: cat, on: {c: yes}, failover: after 1500ms}
YAML
    up_system --wait
    local pid
    pid=$(ps_get leased pid)
    # 4 seconds there, and 3 back.
    assert_equal "$(head -c 8000000 /dev/zero | actorsend -w -a -t 60 big)" 8000000
    assert_equal "$(actorsend -a -t 60 made x | wc -c)" 6000001
    assert_equal "$(actorsend -a -t 20 other hello)" hello
    run -1 bash -c "actorsup events | grep -E 'host.(lost|down)'"
    assert_equal "$(ps_get leased state) $(ps_get leased pid)" "ready $pid"
    balanced
}

@test "links: lines that break in random order, from a seed" {
    local seed=${LINKS_SEED:-$RANDOM}
    echo "# seed $seed (LINKS_SEED)"
    flow_over "--flap, '20,400', --seed, '$seed',"
    feed 40
    for _ in $(seq 40); do
        step
        sleep 0.05
    done
    wait "$FEED"
    wait_until 20 broke_often
    wait_until 120 arrived $N
    touch west.link/calm east.link/calm # a system whose hosts cannot be reached does not end well
    all_arrived
}
broke_often() { [ "$(cat west.link/count)" -ge 8 ] && [ "$(cat east.link/count)" -ge 8 ]; }

@test "links: cut for longer than any time-out, while what ran there goes on" {
    flow_over "" "down_after: 300ms, alone: keep 1h"
    feed 6
    step
    wait_until 20 arrived 1
    local pids
    pids="$(ps_get there pid) $(ps_get back pid)"
    for w in there back; do touch "west.link/$w"; done
    step
    kill -KILL "$(link_pid west)"
    wait_until 20 said "host.down host=west"
    step
    # While nothing gets through it is launched again and again.
    sleep 1
    for w in there back; do rm "west.link/$w"; done
    all_of_them_steps
    wait_until 60 arrived $N
    assert_equal "$(ps_get there pid) $(ps_get back pid)" "$pids"
    all_arrived
}

# --- processes that die: what a filter has read is gone with it, so here each line is an answer ---

flow_of_answers() {
    topology <<YAML
defaults: {ack: line, limit: {restarts: 100, within: 1h}, backoff: {min: 1ms}, mailbox: {retry: 100}}
hosts:
$(bad_line west "" "$1")
$(bad_line east "" "$1")
actors:
  there: {shell: '$(once there); exec stdbuf -oL cat', on: ${2:-west}, ${3:-}to: back}
  back: {shell: '$(once back); exec stdbuf -oL cat', on: ${2:-east}, ${3:-}to: sink}
  sink: {shell: "cat >out", ack: read}
YAML
    up_system
}
all_answered() {
    wait "$FEED"
    wait_until 120 has_all
    in_the_end
}
has_all() { [ "$(sort -nu out | wc -l)" = $N ]; }
of_host() { grep -lzsx -- "HOME=$T/$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }

@test "links: supervisors there are killed, and then all that runs there" {
    flow_of_answers "down_after: 2s"
    feed 8
    step
    for i in 1 2; do
        for h in west east; do
            local pid n
            pid=$(node_pid $h)
            n=$(ups $h)
            step
            kill -KILL "$pid"
            wait_until 20 came_again $h "$n"
        done
    done
    for h in west east; do
        n=$(ups $h)
        step
        for pid in $(of_host $h); do kill -KILL "$pid" 2>/dev/null || :; done
        wait_until 20 came_again $h "$n"
    done
    all_of_them_steps
    all_answered
}
came_again() { [ "$(ups "$1")" -gt "$2" ]; }

@test "links: failover while lines break, hosts stand still and come back: never two" {
    flow_of_answers "down_after: 500ms, alone: keep 1h, capabilities: {far: yes}" "{far: yes}" "failover: after 600ms, "
    feed 8
    step
    for h in west east west; do
        for w in there back; do touch "$h.link/$w"; done
        step
        wait_until 30 said "host.down host=$h"
        wait_until 30 all_on_other $h
        for w in there back; do rm "$h.link/$w"; done
        wait_until 30 is_up $h
    done
    all_of_them_steps
    all_answered
}
all_on_other() {
    for a in there back; do
        [ "$(ps_get "$a" state)" = ready ] && [ "$(ps_get "$a" host)" != "$1" ] || return 1
    done
}
