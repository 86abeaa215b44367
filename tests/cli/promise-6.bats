bats_require_minimum_version 1.5.0
load helper
load conditions

# No orphans, no zombies, whatever one thing dies.

# Starts children that ignore TERM: a plain one, one in a session of its own, one that is
# double-forked, and one that nothing shows to be its (no environment, its own session, its parent
# gone); writes their pids, and stays.
make_parent() {
    script parent <<'SH'
#!/bin/bash
trap '' TERM
stubborn='trap "" TERM; echo $$ >>pids; exec sleep 1000'
sh -c "$stubborn" &
setsid sh -c "$stubborn" &
(setsid sh -c "$stubborn" &) &
env -i "$BASH" -c "(setsid sh -c 'trap \"\" TERM; echo \$\$ >>unknown; exec sleep 1000' &) &"
exec cat >/dev/null
SH
    topology <<'YAML'
actors:
  p: {run: ./parent, stop: {grace: 200ms}, backoff: {min: 1ms}}
  other: {shell: "echo $$$$ >other.pid; exec sleep 1000", speaks: none}
YAML
    up_system
    wait_until 20 file_lines pids 3
    wait_until 20 file_lines unknown 1
    sup=$(supervisor_pid)
    guardian=$(ps -o ppid= -p "$sup" | tr -d ' ')
}

# What cannot be told to be an actor's goes when the system does.
unknown_gone() { gone "$(head -n 1 unknown)"; }

all_gone() {
    local pid
    for pid in $(head -n 3 pids); do
        gone "$pid" || return 1
    done
}
no_zombies_of() { ! ps -o stat= --ppid "$1" | grep -q Z; }

@test "an actor's death takes all that it started with it" {
    make_parent
    actorsup kill p
    wait_until 10 all_gone
    wait_until 10 file_lines pids 6
    no_zombies_of "$sup"
    kill -0 "$(cat other.pid)"
}

@test "stop ends all that it started, though they ignore TERM" {
    make_parent
    actorsup stop p
    wait_until 10 all_gone
    no_zombies_of "$sup"
    no_zombies_of "$guardian"
}

@test "down ends all of them, and says so" {
    make_parent
    run -0 actorsup down
    all_gone
    unknown_gone
    gone "$sup"
    wait_until 10 gone "$guardian"
    gone "$(cat other.pid)"
}

@test "SIGKILL of the supervisor: nothing is left" {
    make_parent
    kill -KILL "$sup"
    wait_until 10 all_gone
    wait_until 10 unknown_gone
    wait_until 10 gone "$guardian"
    gone "$(cat other.pid)"
    no_test_processes
}

@test "SIGKILL of the guardian: nothing is left" {
    make_parent
    kill -KILL "$guardian"
    wait_until 10 gone "$sup"
    wait_until 10 all_gone
    wait_until 10 unknown_gone
    gone "$(cat other.pid)"
    wait_until 10 no_test_processes
}

@test "children that end are reaped, and do not pile up" {
    topology <<'YAML'
actors:
  f: {shell: "for i in $(seq 1 100); do (setsid true &); done; echo made >made; exec cat"}
YAML
    up_system
    wait_until 10 file_has made made
    sup=$(supervisor_pid)
    wait_until 10 no_zombies_of "$sup"
    wait_until 10 no_zombies_of "$(pid_of f)"
}
