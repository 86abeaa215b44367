bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# A full disk below the run and state folders: each on a small file system of its own, mounted where
# this test alone sees it.

setup() {
    common_setup
    local map=()
    [ "$(id -u)" = 0 ] || map=(--user --map-root-user)
    unshare "${map[@]}" --mount mount -t tmpfs none "$T/run" 2>/dev/null ||
        skip "nothing can be mounted here"
    background unshare "${map[@]}" --mount sh -c "
        mount -t tmpfs -o size=128k,mode=700 none '$T/run' && mount -t tmpfs -o size=128k,mode=700 none '$T/state' &&
        touch mounted && exec sleep 100000"
    HOLDER=$BG
    ENTER=(nsenter --target "$HOLDER" --mount)
    [ "$(id -u)" = 0 ] || ENTER+=(--user --preserve-credentials)
    wait_until 10 test -e mounted
}
inside() { "${ENTER[@]}" sh -c 'cd "$0" && exec "$@"' "$PWD" "$@" 3>&-; }
actorsup() { inside "$BUILD_BIN/actorsup" "$@"; }
actorsend() { inside "$BUILD_BIN/actorsend" "$@"; }
field() { inside "$BUILD_DIR/tests/cli/field" "$@"; }
# fill FOLDER: to the last byte. Ends with 1, as that is how dd finds it out.
fill() { inside dd if=/dev/zero of="$1/fill" bs=1k 2>/dev/null || true; }

@test "the state folder is full: actors go on; the gap is told in the log, and as an event" {
    topology <<'YAML'
log: {max: 16KiB, keep: 1}
actors:
  talk: {shell: "while read -r l; do echo \"said $$l\" >&2; echo \"$$l\"; done", ack: line, log: {max: 16KiB, keep: 1}}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 talk before)" before
    wait_until 10 log_has talk 'said before'
    fill "$T/state"
    # Enough that the rest of the last page is used up.
    assert_equal "$(seq 3000 | actorsend -a -t 60 talk | tail -n 1)" 3000
    run -0 actorsup ps talk
    assert_line --index 1 --partial ready
    run -1 log_has talk 'said 3000'
    inside rm "$T/state/fill"
    # Nothing more is said: the gap is told all the same.
    wait_until 20 log_has talk '\* log.gap bytes=[0-9]'
    wait_until 20 gap_event talk
    assert_equal "$(actorsend -a -t 20 talk after)" after
    wait_until 10 log_has talk 'said after'
    run -0 actorsup down
}
gap_event() { actorsup events --json | jq -e "select(.event == \"log.gap\" and .name == \"$1\" and .bytes > 0)" >/dev/null; }

@test "the state folder is full at the start, and at the end: up and down work" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    inside mkdir -p "$T/state/actorsup/t/logs" "$T/state/actorsup/t/events"
    fill "$T/state"
    up_system
    actorsend a message
    wait_until 10 idle a
    run -0 actorsup down
    no_test_processes_but_ours
}

@test "the run folder is full: up says so, and leaves nothing; once there is room it works" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    inside mkdir -m 0700 "$T/run/actorsup"
    fill "$T/run"
    run -1 actorsup up -d
    assert_output --regexp '^actorsup: .*No space left'
    no_test_processes_but_ours
    inside rm "$T/run/fill"
    up_system
    # Filled while it runs: what is said over its socket needs no room.
    fill "$T/run"
    run -0 actorsup ps a
    assert_line --index 1 --partial ready
    actorsend a message
    run -0 actorsup down
}
no_test_processes_but_ours() {
    local left
    left=$(test_processes)
    for pid in $left; do
        [ "$pid" = "$HOLDER" ] || { ps -o pid,args -p "$pid" && return 1; }
    done
}
