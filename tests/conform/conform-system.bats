# What the supervisor tells actors: ends of children and of those they watch, dead letters, and their own end.
bats_require_minimum_version 1.5.0
load conform

# child [WORDS]: K has a child K.one, ready.
child() {
    answers "$K" "spawn kid-$K one" spawning
    answers "$K.one" name "$K.one"
}

@test "S1 asked to end, it handles what it has, and its parent is told once" {
    system_of_kinds < <(templates)
    gently() {
        child
        printf 'count\nnap 50\ncount\n' | actorsend "$K.one"
        answers "$K" "end $K.one" ending
        sees "$K" "^child_exited 1 actorsup - exit 0 \[.*actor=$K.one.*restart=no"
        wait_until 20 unknown "$K.one"
        assert_equal "$(grep -c 'count' "got.$K.one")" 2
        assert_equal "$(tail -n 1 "got.$K.one" | cut -d ' ' -f 1)" exit
        saw_times "$K" "^child_exited" 1
    }
    each_kind gently
    balanced
}

@test "S2 ended now: what it was not given is dead, and its parent is told" {
    system_of_kinds < <(templates "mailbox: {in_hand: 1}, stop: {grace: 200ms}")
    at_once() {
        child
        printf 'hold\necho 1\necho 2\n' | actorsend "$K.one"
        sees "$K.one" hold
        answers "$K" "end-now $K.one" ending
        sees "$K" "^child_exited 1 actorsup .*restart=no"
        wait_until 20 unknown "$K.one"
        saw_times "$K.one" "echo" 0
        assert_equal "$(dead_of "$K.one" | wc -l)" 3
    }
    each_kind at_once
    balanced
}

@test "S3 a child that crashes: its parent is told of each time, and the child goes on" {
    system_of_kinds < <(templates)
    crashes() {
        child
        actorsend "$K.one" "exit 5"
        sees "$K" "^child_exited 1 actorsup - exit 5 \[.*status=5.*restart=yes"
        actorsend "$K.one" "die-once KILL"
        sees "$K" "^child_exited 1 actorsup - signal KILL.*signal=KILL.*restart=yes"
        answers "$K.one" name "$K.one"
        actorsend "$K.one" "exit 0"
        sees "$K" "^child_exited 1 actorsup - exit 0 \[.*status=0.*restart=no"
        wait_until 20 unknown "$K.one"
        saw_times "$K" "^child_exited" 3
    }
    each_kind crashes
    balanced
}

@test "S4 children end before their parent does, and stay while it is started again" {
    system_of_kinds < <(templates)
    descends() {
        child
        answers "$K.one" "spawn kid-$K two" spawning
        answers "$K.one.two" count counted
        actorsend "$K.one" "die-once KILL"
        answers "$K.one" "env ACTOR_RESTARTS" 1
        case $K in # in one process they die together
        frames-thread | frames-sequence) ;;
        *) answers "$K.one.two" total 1 ;;
        esac
        answers "$K" "end $K.one" ending
        wait_until 20 unknown "$K.one"
        unknown "$K.one.two"
        saw "$K.one.two" "^exit "
        within 20 actorsup restart "$K"
        answers "$K" "spawn kid-$K one" spawning
        within 20 actorsup stop "$K"
        wait_until 20 unknown "$K.one"
    }
    each_kind descends
    balanced
}

@test "S5 who watches is told of the end, once; at once when there is nobody; not when it no longer does" {
    system_of_kinds < <(templates; entry json listener)
    watches() {
        child
        answers "$K" "watch $K.one" watching
        answers listener "watch $K.one" watching
        answers "$K.one" "spawn kid-$K two" spawning
        answers "$K" "watch $K.one.two" watching
        answers "$K" "unwatch $K.one.two" "not watching"
        actorsend "$K.one" "die-once KILL" # which is no end
        answers "$K.one" "env ACTOR_RESTARTS" 1
        answers "$K" "end $K.one" ending
        sees "$K" "^watched_exited 1 actorsup - exit 0 \[.*actor=$K.one,status=0"
        sees listener "^watched_exited 1 actorsup - exit 0 \[.*actor=$K.one,status=0"
        answers "$K" "watch nobody" watching
        sees "$K" "^watched_exited 1 actorsup .*actor=nobody"
        saw_times "$K" "^watched_exited .*actor=$K.one" 1
    }
    each_kind watches
    balanced
}

@test "S6 what could not be delivered comes back to its sender, and to who is told of all that is dead" {
    system_of_kinds <<YAML
$(templates)
$(entry json all "dead: true")
$(entry frames-ipc all-c "dead: true")
YAML
    told() {
        answers "$K" "send $K.none lost by $K" sent
        sees "$K" "^dead 1 actorsup - lost by $K \[.*reason=unknown actor $K.none"
        for a in all all-c; do
            sees $a "^dead 1 $K - lost by $K \[.*reason=unknown actor $K.none.*to=$K.none"
        done
        actorsend "$K" "fail on purpose"
        for a in all all-c; do sees $a "^dead 1 ~ - fail on purpose \[.*reason=on purpose.*to=$K.*attempts=3"; done
        saw_times "$K" "^dead" 1
    }
    each_kind told
    balanced
}

@test "S7 the end of a flow: all that was sent is handled, then it is told to end, and is done" {
    topology_of_kinds "eof: upstream" <<YAML
  feeder: {shell: "seq 50 | sed 's/^/echo /'", to: [$(tr ' ' ',' <<<"$KINDS")]}
YAML
    run -0 within 60 actorsup up
    flows() {
        assert_equal "$(grep -c '^tell 1 feeder - echo' "got.$K")" 50
        assert_equal "$(tail -n 1 "got.$K" | cut -d ' ' -f 1)" exit
    }
    each_kind flows
}
