bats_require_minimum_version 1.5.0
load helper
load conditions

# `up` stays as the guardian of the supervisor. See also promise-6.bats.

setup() {
    common_setup
    topology <<'YAML'
actors:
  a: {shell: "trap '' TERM; echo $$$$ >a.pid; (setsid sh -c 'trap \"\" TERM; echo $$$$ >stray.pid; exec sleep 1000' &); exec sleep 1000", speaks: none, stop: {grace: 200ms}}
YAML
}

all_up() { [ -s a.pid ] && [ -s stray.pid ] && [ -e "$T/run/actorsup/t/pid" ]; }
pids_gone() { gone "$(cat a.pid)" && gone "$(cat stray.pid)"; }

# has_cgroup PID: in one of ours, of version 2.
has_cgroup() { grep -q '^0::.*/actorsup\.t\.' "/proc/$1/cgroup"; }

@test "a process without mark, group or parent of ours ends with its actor, where cgroups are to be had" {
    topology <<'YAML'
actors:
  a: {shell: "setsid env -i sh -c 'echo $$$$ >stray; exec sleep 1000' & exec sleep 1000", speaks: none}
YAML
    up_system
    wait_until 10 file_lines stray 1
    local stray
    stray=$(cat stray)
    if has_cgroup "$(pid_of a)"; then
        rm stray
        actorsup stop a
        gone "$stray"
        actorsup start a
        wait_until 10 file_lines stray 1
        stray=$(cat stray)
    fi
    actorsup down
    gone "$stray"
}

@test "in front: it ends with 1 and says so when its supervisor is killed; nothing is left" {
    local status=0
    "$BUILD_BIN/actorsup" up >up.out 2>&1 3>&- &
    local up=$!
    wait_until 20 all_up
    kill -KILL "$(supervisor_pid)"
    wait "$up" || status=$?
    assert_equal "$status" 1
    file_has up.out KILL
    pids_gone
    no_test_processes
}

@test "it passes TERM on, ends with the supervisor's status, and leaves nothing" {
    local status=0
    "$BUILD_BIN/actorsup" up >up.out 2>&1 3>&- &
    local up=$!
    wait_until 20 all_up
    kill -TERM "$up"
    wait "$up" || status=$?
    assert_equal "$status" 0
    pids_gone
    no_test_processes
}

@test "killed itself: the supervisor ends all, and ends" {
    "$BUILD_BIN/actorsup" up >up.out 2>&1 3>&- &
    local up=$! sup
    wait_until 20 all_up
    sup=$(supervisor_pid)
    kill -KILL "$up"
    wait "$up" || true
    wait_until 10 gone "$sup"
    pids_gone
    wait_until 10 no_test_processes
}

@test "a stop in front that waits for an actor says for whom, and that once more kills" {
    topology <<'YAML'
actors:
  deaf: {shell: "trap '' TERM; echo >deaf.$$ACTOR_INDEX; while :; do sleep 0.05; done", speaks: none, pool: 2, stop: {grace: 1h}}
  fine: {run: cat}
YAML
    background actorsup up >out 2>err
    wait_until 10 state_is fine ready
    wait_until 10 test -e deaf.1
    wait_until 10 test -e deaf.2
    kill -INT "$BG"
    wait_until 10 file_has err waiting
    assert_equal "$(cat err)" "actorsup: waiting for deaf/1, deaf/2 to stop; Ctrl-C once more kills all"
    kill -INT "$BG"
    wait_until 10 gone "$BG"
}

@test "after either death the system can be started again at once" {
    local guardian
    for victim in supervisor guardian; do
        rm -f a.pid stray.pid
        up_system
        wait_until 20 all_up
        guardian=$(ps -o ppid= -p "$(supervisor_pid)" | tr -d ' ')
        if [ $victim = supervisor ]; then kill -KILL "$(supervisor_pid)"; else kill -KILL "$guardian"; fi
        # It takes over what is left; another that still ends is waited for, or says that it runs.
        wait_until 20 up_again
        wait_until 20 state_is a ready
        actorsup down
        no_test_processes
    done
}
up_again() { actorsup up -d; }

@test "descriptors that up inherited do not reach the supervisor or an actor" {
    exec 7>held
    up_system
    wait_until 20 all_up
    exec 7>&-
    local pid
    for pid in "$(supervisor_pid)" "$(cat a.pid)" "$(cat stray.pid)"; do
        run bash -c "ls -l /proc/$pid/fd | grep -c held"
        assert_output 0
    done
}
