bats_require_minimum_version 1.5.0
load helper
load conditions

# Logs under hard conditions: rotation, restarts, readers that do not read, the supervisor's format.

@test "logs -f over rotations, restarts of the actor and of the system: every line, once, in order" {
    topology <<'YAML'
actors:
  talk: {shell: "while read -r l; do echo \"said $$l\" >&2; done", log: {max: 4KiB, keep: 1000}}
YAML
    up_system
    background "$BUILD_BIN/actorsup" logs -f talk >followed
    seq 1 3000 | actorsend talk
    wait_until 20 file_has followed 'said 3000$'
    actorsup kill talk
    seq 3001 4000 | actorsend talk
    wait_until 20 file_has followed 'said 4000$'
    actorsup down
    up_system
    seq 4001 5000 | actorsend talk
    wait_until 20 file_has followed 'said 5000$'
    sed -n 's/.*| said //p' followed >lines
    seq 1 5000 | cmp - lines
    actorsup logs talk | sed -n 's/.*| said //p' | cmp - lines
    assert [ "$(find "$T/state/actorsup/t/logs" -name 'talk.log.*' | wc -l)" -gt 10 ]
}

@test "readers that do not read block no actor: logs -f, events -f, and up in front" {
    topology <<'YAML'
actors:
  talk: {shell: "while read -r l; do echo \"said $$l and more that fills a pipe\" >&2; done", log: {max: 64KiB, keep: 1}}
YAML
    mkfifo deaf
    exec 6<>deaf
    background "$BUILD_BIN/actorsup" up >deaf
    local up=$BG
    wait_until 10 actorsup ps -q
    background "$BUILD_BIN/actorsup" logs -f >deaf
    background "$BUILD_BIN/actorsup" events -f >deaf
    seq 1 20000 | actorsend talk
    wait_until 60 idle talk
    wait_until 20 log_has talk 'said 20000 '
    kill -TERM "$up"
    # The printer waits for its reader; the second signal ends that.
    wait_until 10 test ! -e "$T/run/actorsup/t/pid"
    kill -TERM "$up"
    wait "$up"
    exec 6<&-
}

@test "log: {format: json} at the top: the supervisor's own log is JSON, a line an object" {
    topology <<'YAML'
log: {format: json, max: 1KiB, keep: 2}
actors:
  a: {run: cat}
YAML
    local i
    for i in 1 2 3; do
        up_system
        actorsup down
    done
    cat "$T"/state/actorsup/t/logs/actorsup.log* >own
    run -0 jq -es 'length > 3 and all(.time and .event)' own
    run -0 actorsup logs -n 1 -t actorsup
    assert_output --regexp '^[-0-9T:.]+Z actorsup \* \{"time":.*"event":"system.end"'
    # The others are as ever, and all are merged by time.
    run -0 actorsup logs -n 4
    assert_line --index 2 --regexp '^a +\* actor.stopped'
    assert_line --index 3 --partial system.end
    assert [ "$(wc -c <"$T/state/actorsup/t/events/events.log")" -le 1024 ]
    assert [ -e "$T/state/actorsup/t/events/events.log.1" ]
}

@test "log at the top: faults" {
    topology <<'YAML'
log: {format: xml, kep: 2}
actors:
  a: {run: cat}
YAML
    run -2 actorsup check
    assert_output --partial 'actorsup.yaml:1:15'
    assert_output --partial 'did you mean `keep`'
}

@test "a folder of logs that was removed is made again" {
    topology <<'YAML'
actors:
  talk: {shell: "while read -r l; do echo \"said $$l\" >&2; done"}
YAML
    up_system
    rm -r "$T/state/actorsup/t/logs" "$T/state/actorsup/t/events"
    actorsend talk x
    wait_until 10 log_has talk 'said x'
    wait_until 10 sh -c 'actorsup kill talk && actorsup events | grep -q actor.exit'
}

@test "up in front ends by the second signal, also when that comes before its supervisor has ended" {
    topology <<'YAML'
actors:
  stays: {shell: "trap '' TERM; echo ignores >&2; while :; do sleep 0.05; done", stop: {grace: 1h}}
  talk: {shell: "while read -r l; do echo \"said $$l and more that fills a pipe\" >&2; done"}
YAML
    mkfifo deaf
    exec 6<>deaf
    background "$BUILD_BIN/actorsup" up >deaf
    local up=$BG
    wait_until 10 log_has stays ignores
    seq 1 20000 | actorsend talk
    wait_until 60 idle talk
    kill -TERM "$up"
    wait_until 10 state_is stays stopping
    kill -TERM "$up"
    wait_until 20 gone "$up"
    exec 6<&-
}
