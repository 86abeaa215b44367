# Groups: strategies, limits, order, and what fails with what. The decision alone has its own table
# in tests/unit/t-strategy.c.
bats_require_minimum_version 1.5.0
load helper
load conditions

# The pids that actors have now, one a line.
pids() { local a; for a; do pid_of "$a"; done; }
started() { [ "$(log_count "$1" 'actor.start ')" -ge "$2" ]; }
all_ready() { local a; for a; do state_is "$a" ready || return; done; }
# order EVENT: the actors to whom it happened, in order.
order() { actorsup events --json | jq -r "select(.event == \"$1\") | .name" | paste -sd' '; }

three() { # STRATEGY [MORE]
    topology <<YAML
defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}
actors: {a: {}, b: {}, c: {}, alone: {}}
groups:
  g: {strategy: $1, members: [a, b, c]${2:-}}
YAML
    up_system
}

@test "one-for-one: a member that dies is started again, and nobody else" {
    three one-for-one
    before=$(pids a c alone)
    b=$(pid_of b)
    actorsup kill b
    wait_until 10 started b 2
    wait_until 10 all_ready a b c
    assert_equal "$(pids a c alone)" "$before"
    assert_not_equal "$(pid_of b)" "$b"
}

@test "one-for-all: with one that dies all others of the group start again, in order" {
    three one-for-all
    alone=$(pid_of alone)
    actorsup kill b
    wait_until 10 started a 2
    wait_until 10 started c 2
    wait_until 10 all_ready a b c
    assert_equal "$(order actor.start)" "a b c alone a b c"
    assert_equal "$(order actor.exit)" "b c a"
    assert_equal "$(pid_of alone)" "$alone"
    run actorsup events
    assert_line --partial "group.restart group=g strategy=one-for-all cause=b members=2"
}

@test "rest-for-one: with one that dies those behind it start again, in order" {
    three rest-for-one
    a=$(pid_of a)
    actorsup kill b
    wait_until 10 started c 2
    wait_until 10 all_ready a b c
    assert_equal "$(order actor.start)" "a b c alone b c"
    assert_equal "$(order actor.exit)" "b c"
    assert_equal "$(pid_of a)" "$a"
}

# The nine ways of an end, in a group each of one system: x$i ends at once, the first time; w$i stands
# before it, y$i behind it.
RESTARTS=(always always always on-failure on-failure on-failure never never never)
ENDS=("exit 0" "exit 1" 'kill -KILL $$$$' "exit 0" "exit 1" 'kill -KILL $$$$' "exit 0" "exit 1" 'kill -KILL $$$$')
BECOMES=(again again again done again again done fails fails)
nine() { # STRATEGY
    local i
    echo "defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}"
    echo "actors:"
    echo "  alone: {}"
    for i in {0..8}; do
        echo "  w$i: {}"
        echo "  x$i: {shell: \"test -e once.$i && exec sleep 1000; read -r go <go.$i; >once.$i; ${ENDS[i]}\", restart: ${RESTARTS[i]}}"
        echo "  y$i: {}"
    done
    echo "groups:"
    for i in {0..8}; do echo "  g$i: {strategy: $1, members: [w$i, x$i, y$i]}"; done
}

@test "none is stopped that need not be: by status, restart and strategy" {
    for i in {0..8}; do mkfifo go.$i; done
    for strategy in one-for-one one-for-all rest-for-one; do
        rm -f once.*
        nine $strategy | topology
        up_system
        for i in {0..8}; do echo >go.$i; done
        for i in {0..8}; do
            case ${BECOMES[i]} in
                again) wait_until 10 started x$i 2 ;;
                fails) wait_until 10 state_is y$i failed ;;
                done) wait_until 10 state_is x$i done ;;
            esac
        done
        wait_until 10 all_rest
        for i in {0..8}; do
            what="$strategy ${RESTARTS[i]} ${ENDS[i]}:"
            n=1
            [ "${BECOMES[i]}" = again ] && [ "$strategy" != one-for-one ] && n=2
            assert_equal "$what $(log_count y$i 'actor.start ')" "$what $n"
            n=1
            [ "${BECOMES[i]}" = again ] && [ "$strategy" = one-for-all ] && n=2
            assert_equal "$what $(log_count w$i 'actor.start ')" "$what $n"
        done
        actorsup down
        rm -rf "$T/state/actorsup"
    done
}
all_rest() { ! actorsup ps | grep -Eq ' (waiting|starting|running|stopping|backoff) '; }

@test "stopped by hand: nobody else is touched, and a restart of the group leaves it so" {
    three one-for-all
    before=$(pids b c)
    actorsup stop a
    assert_equal "$(pids b c)" "$before"
    actorsup kill b
    wait_until 10 started c 2
    wait_until 10 all_ready b c
    assert_equal "$(state_of a)" stopped
}

@test "what was done runs again with its group; what is never restarted does not" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}
actors:
  db: {}
  migrate: {run: "true", after: {db: start}}
  once-only: {run: "true", restart: never}
  web: {}
groups: {g: {strategy: rest-for-one, members: [db, migrate, once-only, web]}}
YAML
    up_system
    wait_until 10 state_is migrate done
    wait_until 10 state_is once-only done
    actorsup kill db
    wait_until 10 started web 2
    wait_until 10 started migrate 2
    wait_until 10 state_is migrate done
    assert_equal "$(log_count once-only 'actor.start ')" 1
}

@test "over its limit a group fails: its members stop in reverse order, others go on" {
    three rest-for-one ", limit: {restarts: 1, within: 1h}"
    alone=$(pid_of alone)
    actorsup kill c
    wait_until 10 started c 2
    wait_until 10 all_ready a b c
    actorsup kill c
    wait_until 10 state_is a failed
    assert_equal "$(state_of b) $(state_of c)" "failed failed"
    assert_equal "$(ps_get c reason)" "the group g is over its limit of 1 restarts within 1h; last: signal KILL"
    assert_regex "$(ps_get a reason)" "^its group g failed: c: the group g is over its limit"
    assert_equal "$(order actor.failed)" "c b a"
    assert_equal "$(pid_of alone)" "$alone"
    run actorsup events
    assert_line --partial 'group.failed group=g reason="c: the group g is over its limit'
}

@test "a member over its own limit fails its group, and a start by hand forgives both" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}
actors: {a: {}, b: {shell: "test -e good && exec sleep 1000; exit 3", limit: {restarts: 1, within: 1h}}, other: {}}
groups: {g: {members: [a, b]}}
YAML
    actorsup up -d
    wait_until 10 state_is a failed
    assert_equal "$(ps_get b reason)" "over its limit of 1 restarts within 1h; last: exit 3"
    >good
    run actorsup start g
    assert_success
    wait_until 10 all_ready a b other
}

@test "deaths laid on a message use up no limit of the group" {
    topology <<'YAML'
actors:
  a: {shell: "read -r x; exit 1", ack: line, backoff: {min: 1ms}, mailbox: {retry: 5}}
groups: {g: {members: a, limit: {restarts: 0, within: 1h}}}
YAML
    up_system
    actorsend a poison
    wait_until 10 dead_is 1
    wait_until 10 state_is a ready
}

@test "a group that fails fails the groups that it stands in, and root named in the file ends up with 1" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}
actors: {a: {}, b: {}, c: {restart: never}, outer: {}, rest: {}, gone: {}}
groups:
  inner: {members: [b, c]}
  middle: {strategy: one-for-all, members: [a, inner, outer]}
  root: {}
YAML
    background actorsup up >out 2>err
    up=$BG
    wait_until 10 all_ready a b c outer rest gone
    actorsup stop gone
    actorsup kill c
    status=0
    wait "$up" || status=$?
    assert_equal "$status" 1
    run cat err
    assert_line "actorsup: root failed: middle: inner: c: signal KILL"
    run actorsup ps
    assert_equal "$status" 3
}

@test "without an entry root others go on, and up ends with 1 once all are done or failed" {
    topology <<'YAML'
defaults: {speaks: none, backoff: {min: 1ms}}
actors:
  a: {run: sleep 1000}
  b: {run: "false", restart: never}
  last: {shell: "while actorsup ps a | grep -q ready; do sleep 0.02; done"}
groups: {g: {members: [a, b]}}
YAML
    run within 20 actorsup up
    assert_equal "$status" 1
    refute_output --partial "root failed"
}

@test "members start in their order and stop in reverse, with down too" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none}
actors: {a: {}, b: {}, c: {}, d: {}}
groups: {outer: {members: [d, inner, a]}, inner: {members: [c, b]}}
YAML
    up_system
    assert_equal "$(order actor.start)" "d c b a"
    actorsup restart outer
    wait_until 10 started a 2
    assert_equal "$(order actor.exit)" "a b c d"
    assert_equal "$(order actor.start)" "d c b a d c b a"
    actorsup stop inner
    assert_equal "$(state_of b) $(state_of c) $(state_of a)" "stopped stopped ready"
    actorsup start inner
    wait_until 10 all_ready a b c d
    actorsup down
    run grep -o '"actor.exit","name":"[a-d]"' "$T/state/actorsup/t/events/events.log"
    assert_equal "$(tail -n 4 <<<"$output" | grep -o '[a-d]"$' | tr -d '"\n')" "abcd"
}

@test "a member of a pool starts again alone, whatever the group's strategy" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none, backoff: {min: 1ms}}
actors: {db: {}, worker: {pool: 3}, web: {}}
groups: {g: {strategy: rest-for-one, members: [db, worker, web]}}
YAML
    up_system
    before=$(pids db worker/1 worker/3 web)
    actorsup kill worker/2
    wait_until 10 started worker 4
    assert_equal "$(pids db worker/1 worker/3 web)" "$before"
    actorsup kill db
    wait_until 10 started web 2
    wait_until 10 started worker 7
}

@test "no mail is lost when a group starts again" {
    topology <<'YAML'
actors:
  a: {shell: "while read -r x; do echo $$x >>got; echo; done", ack: line, mailbox: {retry: 100}, backoff: {min: 1ms}}
  b: {run: sleep 1000, speaks: none, backoff: {min: 1ms}, limit: {restarts: 1000, within: 1h}}
groups: {g: {strategy: one-for-all, members: [a, b], limit: {restarts: 1000, within: 1h}}}
YAML
    up_system
    seq 3000 | actorsend a &
    for i in 1 2 3 4 5; do
        wait_until 10 state_is b ready
        actorsup kill b
        wait_until 10 started a $((i + 1))
    done
    wait %1
    wait_until 20 idle a
    run balanced
    assert_success
    assert_equal "$(sort -n got | uniq | wc -l)" 3000
}

@test "up --only takes a group, and a group has no mailbox" {
    topology <<'YAML'
defaults: {run: sleep 1000, speaks: none}
actors: {a: {}, b: {}, c: {}}
groups: {g: {members: [a, b]}}
YAML
    actorsup up -d --only g
    wait_until 10 all_ready a b
    assert_equal "$(state_of c)" stopped
    run actorsend g hello
    assert_equal "$status" 1
    assert_output --partial "g is a group, which has no mailbox"
}
