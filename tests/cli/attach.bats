bats_require_minimum_version 1.5.0
load helper
load conditions

# An actor's process that is started by hand: a debugger, a container.

setup() {
    common_setup
    topology <<YAML
defaults: {speaks: frames, run: $CLIENT actor, backoff: {min: 1ms}, stop: {grace: 2s}}
actors:
  a: {}
  other: {}
  pool: {pool: 2}
  cat: {speaks: lines, run: cat}
  pipe: {transport: stdio}
  once: {speaks: once, run: cat}
YAML
}

ask() { within 20 actorsend -a -t 15 "$@"; }
# attach ARGS: in the background, its output in attach.out
attach() { background actorsup attach "$@" >attach.out 2>&1; }
# ended STATUS: what attach has ended with.
ended() {
    local status=0
    wait "$BG" || status=$?
    assert_equal "$status" "$1"
}
attached() { [ "$(ps_get "$1" reason)" = "attached by hand" ] && [ "$(pid_of "$1")" != 0 ]; }

@test "attach: it is as any other: mail, ps, its end is settled, and it is at rest then" {
    up_system
    actorsup stop a
    actorsend a 'log one'
    attach a -- $CLIENT actor
    wait_until 20 log_has a 'info: one'
    attached a
    assert_equal "$(state_of a)" ready
    assert_equal "$(tr '\0' ' ' <"/proc/$(pid_of a)/cmdline")" "$CLIENT actor "
    assert_equal "$(ask a 'echo hi')" hi
    actorsend a die
    actorsend a 'log behind it'
    ended 1
    wait_until 20 state_is a stopped
    assert_equal "$(ps_get a exit) $(audit_get a queued) $(dead_count)" "exit 1 2 0"
    # The first of three attempts was that by hand.
    actorsup start a
    wait_until 20 log_has a 'info: behind it'
    assert_equal "$(actorsup dead ls --json | jq -c '.[] | [.to, .attempts]')" '["a",3]'
    assert_equal "$(ps_get a restarts)" 2
    balanced
}

@test "attach: a program in C over libactor, and its terminal is its own" {
    [ -x "$BUILD_DIR/examples/c/upper" ] || skip "the examples are not built"
    up_system
    actorsup stop a
    attach a -- sh -c "echo to the terminal; exec $BUILD_DIR/examples/c/upper"
    wait_until 20 attached a
    assert_equal "$(ask a 'loud')" LOUD
    assert_equal "$(cat attach.out)" "to the terminal"
    run log_has a 'to the terminal'
    assert_failure
}

@test "attach: stop ends it by its signal, restart gives it back to the supervisor" {
    up_system
    actorsup stop a
    attach a -- $CLIENT actor
    wait_until 20 attached a
    within 20 actorsup stop a
    ended 143
    assert_equal "$(state_of a) $(ps_get a exit)" "stopped signal TERM"
    # One that ignores it is killed after the grace.
    attach a -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
    wait_until 20 file_has attach.out ready
    within 20 actorsup stop a
    ended 137
    attach --stop other -- $CLIENT actor
    wait_until 20 attached other
    actorsup restart other
    wait_until 20 state_is other ready
    run ! attached other
    assert_equal "$(ask other 'echo again')" again
}

@test "attach: killed with the command, with attach, or with the supervisor: nothing is left" {
    local who pid
    up_system
    actorsup stop a
    for who in command attach stopped supervisor; do
        attach a -- sh -c "sh -c 'while :; do sleep 0.1; done' & $CLIENT actor; exit 9"
        wait_until 20 attached a
        assert_equal "$(ask a 'echo hi')" hi
        pid=$(pid_of a)
        case $who in
        command) kill -KILL "$pid" ;;
        attach) kill -KILL "$BG" ;;
        stopped)
            kill -STOP "$BG"
            within 20 actorsup kill a
            ;;
        supervisor) kill -KILL "$(supervisor_pid)" ;;
        esac
        if [ "$who" != supervisor ]; then
            wait_until 20 state_is a stopped
            assert_equal "$(ps_get a exit)" "signal KILL"
            balanced
        fi
        kill -CONT "$BG" 2>/dev/null || true
        wait_until 20 gone "$BG"
        # Of each group the shell behind it is gone as well.
        wait_until 20 nothing_runs 'while :; do sleep 0.1; done'
    done
    wait_until 20 no_test_processes
}
nothing_runs() { ! grep -lsaF -- "$1" $(printf '/proc/%s/cmdline ' $(test_processes)) /dev/null; }

@test "attach: what cannot be attached says why" {
    up_system
    run -1 actorsup attach a -- true
    assert_output "actorsup: a is not stopped: stop it first, or use \`attach --stop\`"
    run -1 actorsup attach pool -- true
    assert_output --partial "name one of its members"
    for a in cat pipe; do
        run -1 actorsup attach $a -- true
        assert_output --partial "$a has its messages on its standard input"
    done
    run -1 actorsup attach once -- true
    assert_output --partial "once speaks once"
    run -1 actorsup attach nobody -- true
    run -2 actorsup attach a
    actorsup stop pool a
    run -127 actorsup attach pool/2 -- ./not-there
    assert_output --partial "cannot execute ./not-there"
    assert_equal "$(ps_get pool/2 exit)" "exit 127"
    run -5 actorsup attach a -- sh -c 'exit 5'
    run -0 actorsup attach a -- env
    assert_output --partial "ACTOR_NAME=a"
    assert_output --partial "HOME=$HOME"
}

@test "attach: it waits as its start would; interrupted before, it is not started" {
    topology <<YAML
defaults: {speaks: frames, run: $CLIENT actor}
actors:
  db: {}
  a: {after: db}
YAML
    actorsup up -d --only db --wait=20
    actorsup stop db
    attach a -- $CLIENT actor
    wait_until 20 state_is a waiting
    kill -TERM "$BG"
    ended 1
    wait_until 20 state_is a stopped
    attach a -- $CLIENT actor
    actorsup start db
    wait_until 20 attached a
    within 20 actorsup down
    wait_until 20 gone "$BG"
}

@test "attach --stop: what cannot be attached, or run, goes on" {
    topology <<YAML
actors:
  lines: {run: cat}
  pool: {run: sleep 1000, speaks: none, pool: 2}
  none: {run: sleep 1000, speaks: none}
YAML
    up_system
    pids=$(actorsup ps --json | jq -r '.[].pid' | xargs)
    run -1 actorsup attach --stop lines -- cat
    assert_output --partial 'its messages on its standard input'
    run -1 actorsup attach --stop pool -- cat
    assert_output --partial 'name one of its members'
    run -1 actorsup attach --stop none -- ./nothing
    assert_output --partial 'cannot execute ./nothing; none goes on'
    assert_equal "$(actorsup ps --json | jq -r '.[].pid' | xargs)" "$pids"
}
