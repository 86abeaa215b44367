# Actors that wait for one that has failed or is stopped, along chains of `after` and the order of
# groups: told, over, and nothing of it final.
bats_require_minimum_version 1.5.0
load helper
load conditions

# db fails until there is a file `good`; api waits for it, and web for api. rest goes on.
chain() {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}
actors:
  web: {after: [api]}
  db: {shell: "test -e good || exit 3; echo >&$ACTOR_READY_FD; exec sleep 1000", restart: never, ready: notify}
  api: {after: [db]}
  rest: {}
YAML
}
vain_told() { actorsup events --json | jq -r "select(.event == \"actor.vain\" and .name == \"$1\") | \"\(.chain): \(.reason)\""; }

@test "a chain of three: ps, the event and wait tell of it; a start by hand revives it" {
    chain
    actorsup up -d
    wait_until 10 prints "waiting for db to be ready, but it has failed" ps_get api reason
    wait_until 10 prints "waiting for api to be ready, but it waits for db, which has failed" ps_get web reason
    assert_equal "$(state_of web) $(state_of rest)" "waiting ready"
    wait_until 10 prints "web -> api -> db: db has failed" vain_told web
    assert_equal "$(vain_told api)" "api -> db: db has failed"
    for what in ready done; do
        run -1 within 10 actorsup wait --for $what web
        assert_output "actorsup: web is waiting for api to be ready, but it waits for db, which has failed, and will not be $what"
    done
    run -1 within 10 actorsup wait --for ready rest api
    assert_output "actorsup: api is waiting for db to be ready, but it has failed, and will not be ready"
    # Not for good: also one that fails again can be started again.
    actorsup start db
    wait_until 10 prints "$(printf '%s\n' "web -> api -> db: db has failed" "web -> api -> db: db has failed")" vain_told web
    >good
    actorsup start db
    within 10 actorsup wait --for ready web
    assert_equal "$(state_of api) $(state_of db)" "ready ready"
    assert_equal "$(vain_told api | wc -l)" 2
}

@test "a wait that stands while what is waited for fails ends as well" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none}
actors:
  db: {shell: "until test -e go; do sleep 0.02; done; exit 3", restart: never, ready: notify}
  web: {after: [db]}
  rest: {}
YAML
    actorsup up -d
    background actorsup wait --for ready web 2>err
    waiter=$BG
    wait_until 10 prints "waiting for db to be ready" ps_get web reason
    >go
    status=0
    wait "$waiter" || status=$?
    assert_equal "$status $(cat err)" "1 actorsup: web is waiting for db to be ready, but it has failed, and will not be ready"
}

@test "up ends with 1 once nothing is left but those that wait in vain; --wait names them" {
    chain
    sed -i '/rest:/d' actorsup.yaml
    run -1 within 20 actorsup up
    assert_output --partial "actor.vain"
    chain
    run -1 up_system
    assert_output --partial "not ready: web (waiting for api to be ready, but it waits for db, which has failed), db (failed: exit 3), api (waiting for db to be ready, but it has failed); the system goes on"
    assert_equal "$(state_of rest)" ready
}

@test "the order of a group holds up in vain too, through whole groups, whatever the strategy" {
    local strategy
    for strategy in one-for-one rest-for-one one-for-all; do
        rm -f good
        topology <<YAML
defaults: {run: sleep 1000, speaks: none}
actors:
  db: {shell: "test -e good || exit 3; echo >&\$ACTOR_READY_FD; exec sleep 1000", restart: never, ready: notify}
  a: {after: [db]}
  b: {pool: 2}
  c: {run: "true"}
  d: {}
  e: {}
  rest: {}
groups:
  g: {strategy: $strategy, members: [e, a, b, inner]}
  inner: {members: [c, d]}
YAML
        actorsup up -d
        wait_until 10 prints "waiting for a to start, but it waits for db, which has failed" ps_get b/2 reason
        # The one behind a pool that waits names the nearest one that holds it up.
        wait_until 10 prints "waiting for c to start, but it waits for b and so on to db, which has failed" ps_get d reason
        assert_equal "$(state_of e) $(state_of rest)" "ready ready"
        wait_until 10 prints "d -> c -> b -> a -> db: db has failed" vain_told d
        run -1 within 10 actorsup wait --for ready g
        assert_output --partial "a is waiting for db to be ready, but it has failed, and will not be ready"
        >good
        actorsup start db
        within 10 actorsup wait --for ready g
        actorsup down
        rm -rf "$T/state/actorsup"
    done
}

@test "a group's order in vain: up ends with 1" {
    topology <<'YAML'
defaults: {run: "true", speaks: none}
actors:
  db: {run: "false", restart: never}
  a: {after: {db: done}}
  b: {}
groups: {g: {strategy: rest-for-one, members: [a, b]}}
YAML
    run -1 within 20 actorsup up
    assert_output --partial "b -> a -> db"
}

@test "what is stopped by hand, or was not started, holds up wait for ready alone, not for done" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none}
actors:
  off: {}
  web: {after: [off]}
  edge: {after: [web]}
YAML
    actorsup up -d --only web,edge
    wait_until 10 prints "edge -> web -> off: off was not started" vain_told edge
    run -1 within 10 actorsup wait --for ready edge
    assert_output "actorsup: edge is waiting for web to be ready, but it waits for off, which was not started, and will not be ready"
    # It can be started: the system is not over, and neither is it said that they will not be done.
    run -1 within 10 actorsup wait --timeout 0.2 web
    assert_output "actorsup: web is waiting for off to be ready, but it was not started, not done, after 0.2s"
    actorsup start off
    within 10 actorsup wait --for ready edge
    actorsup stop edge web off
    actorsup start web
    run -1 within 10 actorsup wait --for ready web
    assert_output "actorsup: web is waiting for off to be ready, but it is stopped, and will not be ready"
    # In the turn in which it is started there is hope again.
    actorsup start off
    within 10 actorsup wait --for ready web
}

@test "what is waited for may fail and still have come so far: only started is asked" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none}
actors:
  db: {run: "false", restart: never}
  web: {after: {db: start}}
YAML
    actorsup up -d
    within 10 actorsup wait --for ready web
    wait_until 10 state_is db failed
    assert_equal "$(vain_told web)" ""
}

@test "the end of a flow does not wait for what waits in vain" {
    topology <<'YAML'
actors:
  db: {run: "false", speaks: none, restart: never, ready: notify}
  src: {run: cat, to: sink, after: [db]}
  mid: {shell: "echo one", to: sink, restart: never}
  sink: {shell: "cat >out; echo end >>out", eof: upstream}
YAML
    run -1 within 20 actorsup up
    assert_equal "$(cat out)" "$(printf 'one\nend')"
}

@test "a chain of a thousand, and the shown part of it" {
    {
        echo "defaults: {run: sleep 1000, speaks: none}"
        echo "actors:"
        echo "  a0: {run: 'false', restart: never, ready: notify}"
        for i in {1..1000}; do echo "  a$i: {after: [a$((i - 1))]}"; done
    } | topology
    run -1 within 60 actorsup up
    assert_output --partial 'chain="a1000 -> a999 -> a998 -> a997 -> a996 -> ... (995 more) -> a0" reason="a0 has failed"'
}
