# Failures of every kind: of handlers, of processes, by signals, of the whole system; and restarts.
bats_require_minimum_version 1.5.0
load conform

distinct() { grep -o "echo [0-9][0-9]*" "got.$1" | sort -u | wc -l; } # messages that ACTOR was given

@test "F1 a handler that fails: the message is tried again, then dead with its reason; others go on" {
    system_of_kinds </dev/null
    fails() {
        printf 'fail it is too hard\ncount\nthrow\ncount\n' | actorsend "$K"
        wait_until 20 has_dead "$K" "^it is too hard$"
        wait_until 20 prints 2 dead_number
        answers "$K" total 2
        assert_equal "$(grep -o "^tell . ~ - fail" "got.$K" | xargs)" "tell 1 ~ - fail tell 2 ~ - fail tell 3 ~ - fail"
        refuses "it is too hard" -a "$K" "fail it is too hard"
        assert_equal "$(restarts_of "$K")" 0
    }
    dead_number() { dead_of "$K" | wc -l; }
    each_kind fails
    balanced
}

@test "F2 a process that dies of a message: it comes again, before those behind it, and none is lost" {
    system_of_kinds </dev/null
    dies_once() {
        printf 'echo 1\ndie-once KILL\necho 2\necho 3\n' | actorsend "$K"
        wait_until 20 prints 3 distinct "$K"
        answers "$K" "env ACTOR_RESTARTS" 1
        saw "$K" "^tell 2 ~ - die-once KILL"
        assert_equal "$(grep -o -e '^tell 2 ~ - die' -e 'echo [23] ' "got.$K" | tail -n 3 | xargs)" "tell 2 ~ - die echo 2 echo 3"
        assert_equal "$(dead_of "$K")" ""
    }
    each_kind dies_once
    balanced
}

@test "F3 poison, of which each process dies: dead after three, with the evidence; the rest is handled" {
    system_of_kinds -k "$KINDS $FILTERS" "limit: {restarts: 1, within: 1h}" </dev/null
    dies() {
        printf 'die KILL\necho 1\necho 2\n' | actorsend "$K"
        wait_until 20 has_dead "$K" "^retry: 3 attempts failed, last: its process ended (signal KILL"
        wait_until 20 prints 2 distinct "$K"
        wait_until 20 state_is "$K" ready
        answers "$K" name "$K"
        saw_times "$K" "die KILL" 3
        assert_equal "$(actorsup dead ls --json | jq -r --arg to "$K" '.[] | select(.to == $to) | "\(.attempts) \(.type)"')" "3 tell"
    }
    each_kind dies $KINDS $FILTERS
    balanced
}

@test "F4 a poison that was mended is handled when it is tried again" {
    system_of_kinds </dev/null
    mended() {
        actorsend "$K" "fail it for now"
        wait_until 20 has_dead "$K" "it for now"
        actorsup dead retry "$(actorsup dead ls --json | jq -r --arg to "$K" '.[] | select(.to == $to).id')"
        wait_until 20 has_dead "$K" "it for now"
        saw_times "$K" "^tell 1 ~ - fail" 2
        actorsup dead drop "$(actorsup dead ls --json | jq -r --arg to "$K" '.[] | select(.to == $to).id')"
        assert_equal "$(dead_of "$K")" ""
    }
    each_kind mended
    balanced
}

@test "F5 an end with a status: started again with its mail; with 0 it is done, and mail for it is dead" {
    system_of_kinds -k "$KINDS $FILTERS" <<YAML
  stays: {run: sleep 1000, speaks: none}
YAML
    ends() {
        printf 'exit 3\ncount\ncount\n' | actorsend "$K"
        wait_until 20 prints 1 restarts_of "$K"
        wait_until 20 idle "$K"
        answers "$K" total 2
        assert_equal "$(ps_get "$K" exit)" "exit 3"
        actorsend "$K" "exit 0"
        wait_until 20 state_is "$K" "done"
        actorsend "$K" "echo too late" || true
        wait_until 20 has_dead "$K" "^done$"
    }
    each_kind ends $KINDS $FILTERS
    balanced
}

@test "F6 restart: never, and a limit: it fails, keeps its mail, and goes on when started by hand" {
    system_of_kinds "limit: {restarts: 0}" </dev/null
    fails() {
        actorsend "$K" "exit 4"
        wait_until 20 state_is "$K" failed
        actorsend "$K" count
        assert_equal "$(ps_get "$K" queued)" 1
        within 20 actorsup start "$K"
        answers "$K" total 1
    }
    each_kind fails
    balanced
}

@test "F7 deaths by signals, its own and from outside: each is named, and the mailbox is as it was" {
    system_of_kinds "limit: {restarts: 100, within: 1s}" </dev/null
    signals() {
        local n=0 signal
        for signal in HUP INT USR1 TERM ABRT; do
            answers "$K" "die-once $signal" survived
            n=$((n + 1))
            assert_equal "$(ps_get "$K" exit)" "signal $signal"
        done
        for signal in QUIT KILL; do
            answers "$K" name "$K"
            within 20 actorsup kill "-$signal" "$K"
            n=$((n + 1))
            wait_until 20 prints "$n" restarts_of "$K"
            answers "$K" name "$K"
            assert_equal "$(ps_get "$K" exit)" "signal $signal"
        done
        answers "$K" total 0
        assert_equal "$(dead_of "$K")" ""
    }
    each_kind signals $PROCESSES
    balanced
}

@test "F8 restarts under load lose nothing" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    seq -f 'echo %.0f' 1500 >numbers
    for k in $KINDS $FILTERS; do
        in_background numbers actorsend "$k"
    done
    restarts() {
        for i in 1 2; do within 30 actorsup restart "$K"; done
        wait_until 30 prints 1500 distinct "$K"
        wait_until 30 idle "$K"
        assert_equal "$(dead_of "$K")" ""
    }
    each_kind restarts $KINDS $FILTERS
    balanced
}

@test "F9 kills under load lose nothing" {
    system_of_kinds -k "$KINDS $FILTERS" "limit: {restarts: 100, within: 1s}" </dev/null
    seq -f 'echo %.0f' 1500 >numbers
    for k in $KINDS $FILTERS; do
        in_background numbers actorsend "$k"
    done
    kills() {
        local pid
        for i in 1 2; do
            pid=$(pid_of "$K")
            kill -KILL "$pid"
            wait_until 20 differs "$pid" pid_of "$K"
            wait_until 20 state_is "$K" ready
        done
        wait_until 30 prints 1500 distinct "$K"
        wait_until 30 idle "$K"
        assert_equal "$(dead_of "$K")" ""
    }
    each_kind kills $KINDS $FILTERS
    balanced
}

@test "F10 who is stopped keeps its mail, and handles it once started" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    stops() {
        within 20 actorsup stop "$K"
        seq -f 'echo %.0f' 100 | actorsend "$K"
        assert_equal "$(ps_get "$K" queued)" 100
        within 20 actorsup start "$K"
        wait_until 20 prints 100 distinct "$K"
        assert_equal "$(grep -o 'echo [0-9]*' "got.$K" | md5sum)" "$(seq -f 'echo %.0f' 100 | md5sum)"
    }
    each_kind stops $KINDS $FILTERS
    balanced
}

@test "F11 mail on disk outlives the supervisor, for every kind; none comes twice that was handled" {
    system_of_kinds "mailbox: {keep: disk}" </dev/null
    keeps() {
        answers "$K" count counted
        within 20 actorsup stop "$K"
        seq -f 'echo %.0f' 20 | actorsend "$K"
    }
    each_kind keeps
    kill_both
    wait_until 20 no_test_processes
    up_system
    kept() {
        wait_until 20 prints 20 distinct "$K"
        saw_times "$K" " count " 1
    }
    each_kind kept
    balanced
}

@test "F12 the end of the system: what was left is told, and no process stays" {
    system_of_kinds "stop: {grace: 300ms}" </dev/null
    holds() { actorsend "$K" hold; sees "$K" hold; }
    each_kind holds
    run -0 within 30 actorsup down
    assert_output --partial "$(wc -w <<<"$KINDS") messages were left unhandled"
    no_test_processes
    up_system
    fresh() { answers "$K" "env ACTOR_RESTARTS" 0; }
    each_kind fresh
    kill -KILL "$(supervisor_pid)"
    wait_until 20 no_test_processes
}
