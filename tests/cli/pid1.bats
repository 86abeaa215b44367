bats_require_minimum_version 1.5.0
load helper
load conditions

# As the first process of a container: all orphans are its to reap, and signals that it does not
# handle never reach it.

# container CMD...: CMD as process 1 of a namespace of its own; UP is its pid as seen from here.
container() {
    local map=() made
    [ "$(id -u)" = 0 ] || map=(--user --map-root-user)
    unshare "${map[@]}" --fork --pid --mount-proc true 2>/dev/null ||
        skip "no namespace may be made here"
    (exec unshare "${map[@]}" --fork --pid --mount-proc "$@") 3>&- >out 2>&1 &
    made=$!
    BACKGROUND+=("$made")
    OUTSIDE=$made
    wait_until 10 has_child "$made"
    UP=$(ps -o pid= --ppid "$made" | tr -d ' ')
    # The test's way out as well: the end of process 1 is that of all in its namespace.
    BACKGROUND=("$UP" "${BACKGROUND[@]}")
}
has_child() { [ -n "$(ps -o pid= --ppid "$1")" ]; }
# namespace_processes [STATE]: of the container.
namespace_processes() {
    local ns file
    ns=$(readlink "/proc/$UP/ns/pid") || return 0
    for file in /proc/[0-9]*; do
        [ "$(readlink "$file/ns/pid" 2>/dev/null)" = "$ns" ] && echo "${file#/proc/}"
    done
    return 0
}
# zombies: below process 1; the namespace of one that has ended is not to be seen.
zombies() {
    local pid
    for pid in $(pstree_pids "$UP"); do
        is_zombie "$pid" && echo "$pid"
    done
    return 0
}
pstree_pids() {
    ps -e -o pid=,ppid= | awk -v top="$1" '
        { parent[$1] = $2 }
        END { for (p in parent) { for (q = p; q in parent && q != top; q = parent[q]); if (q == top) print p } }'
}
answers() { actorsup ps --names; }
no_zombie() { [ -z "$(zombies)" ]; }

@test "TERM to process 1 stops gently, with 0, and nothing is left; so does INT" {
    local signal
    topology <<'YAML'
actors:
  a: {shell: "trap 'echo gently >>ended; exit 0' TERM; echo up >&2; while :; do sleep 0.05; done", speaks: none, ready: {log: up}}
YAML
    for signal in TERM INT; do
        rm -f ended
        container actorsup up
        wait_until 10 state_is a ready
        kill "-$signal" "$UP"
        wait_until 20 gone "$OUTSIDE"
        wait "$OUTSIDE"
        assert_equal "$(cat ended)" gently
        no_test_processes
        refute [ -e "$T/run/actorsup/t/pid" ]
    done
}

@test "TERM while process 1 is still starting: it ends gently, and with 0" {
    mkfifo actorsup.yaml
    container actorsup up
    # It reads the file now, as ours opens as well.
    exec 5>actorsup.yaml
    kill -TERM "$UP"
    printf 'system: t\nactors:\n  a: {run: cat}\n' >&5
    exec 5>&-
    wait_until 20 gone "$OUTSIDE"
    wait "$OUTSIDE"
    no_test_processes
}

@test "a thousand orphans, and those of processes that are not below an actor, leave no zombie" {
    topology <<'YAML'
actors:
  forker:
    shell: "for i in $$(seq 1000); do (true & ) ; done; echo forked >&2; exec cat"
    ready: {log: forked}
YAML
    container actorsup up
    wait_until 60 state_is forker ready
    wait_until 10 no_zombie
    # What somebody runs in the container from outside has process 1 as its next parent.
    nsenter --pid --mount --target "$UP" sh -c 'for i in $(seq 100); do (true &); done' 3>&- ||
        skip "no namespace may be entered here"
    wait_until 10 no_zombie
    kill -TERM "$UP"
    wait_until 20 gone "$OUTSIDE"
    wait "$OUTSIDE"
}

@test "up -d in a container whose process 1 is another" {
    script init <<'SH'
#!/bin/bash
actorsup up -d --wait || exit
echo up >up
until [ -e stop ]; do sleep 0.05; done
actorsup down
SH
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    container ./init
    wait_until 10 test -e up
    assert_equal "$(actorsend -t 5 a x && actorsup ps -q)" a
    touch stop
    wait_until 20 gone "$OUTSIDE"
    wait "$OUTSIDE"
    file_has out "stopped\|down"
}
