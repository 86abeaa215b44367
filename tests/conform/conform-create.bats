# Actors are created: by the file and by other actors, many, wrongly, and under names of their own.
bats_require_minimum_version 1.5.0
load conform

@test "C1 an actor of the file is there, ready, under its name, and answers" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    starts() {
        state_is "$K" ready
        answers "$K" name "$K"
        answers "$K" "echo hello there" "hello there"
        answers "$K" "env ACTOR_RESTARTS" 0
        answers "$K" "env ACTOR_SYSTEM" t
    }
    each_kind starts $KINDS $FILTERS
    balanced
}

@test "C2 a name that nobody has: told to clients and to actors, and what was sent is kept as dead" {
    system_of_kinds </dev/null
    refuses "unknown actor nobody" nobody hello
    refuses "unknown actor nobody" -a nobody hello
    refuses "unknown actor jsn (did you mean json?)" jsn hello
    misses() {
        answers "$K" "ask nobody hello" "dead: unknown actor nobody"
        answers "$K" "send nobody lost" sent
        sees "$K" "^dead 1 actorsup - lost \[.*reason=unknown actor nobody"
        saw "$K" "to=nobody"
    }
    each_kind misses
    assert_equal "$(dead_of nobody | wc -l)" $((2 * $(wc -w <<<"$KINDS")))
    balanced
}

@test "C3 hundreds at once, each with a mailbox and a name of its own" {
    system_of_kinds < <(templates "limits: {core: 0}")
    brood_of() { case $K in frames-thread | frames-sequence) echo 100 ;; *) echo 10 ;; esac; }
    bears() { answers "$K" "brood $(brood_of) kid-$K" spawning; }
    each_kind bears
    brood_ready() { [ "$(actorsup ps --json | jq --arg k "$K." '[.[] | select((.name | startswith($k)) and .state == "ready")] | length')" = "$(brood_of)" ]; }
    grown() {
        wait_until 60 brood_ready
        for i in $(seq "$(brood_of)"); do answers "$K.k$i" name "$K.k$i"; done
    }
    each_kind grown
    balanced
}

@test "C4 one creates another: its address, its arguments, its environment" {
    system_of_kinds < <(templates)
    bears() {
        answers "$K" "spawn kid-$K one a b" spawning
        sees "$K" "^reply 1 $K.one spawn $K.one \["
        answers "$K.one" name "$K.one"
        answers "$K.one" args "a b"
        answers "$K.one" "env BORN" spawned
        answers "$K" "ask $K.one echo to my child" "to my child"
        answers "$K.one" "ask $K echo to my parent" "to my parent"
    }
    each_kind bears
    balanced
}

@test "C5 children of children, of every kind below every kind" {
    local chain=json
    system_of_kinds < <(templates)
    descends() {
        answers "$chain" "spawn kid-$K $K" spawning
        chain=$chain.$K
        answers "$chain" name "$chain"
    }
    each_kind descends
    actorsend json "end json.json"
    wait_until 20 unknown json.json
    assert_equal "$(actorsup ps -q | grep -c '\.')" 0
    balanced
}

@test "C6 what cannot be created is told to who wanted it, with the reason" {
    system_of_kinds < <(templates)
    in_vain() {
        actorsend "$K" "spawn nobody one"
        sees "$K" "^child_exited 1 actorsup spawn there is no template nobody \[.*actor=$K.one"
        actorsend "$K" "spawn json two"
        sees "$K" "^child_exited 1 actorsup spawn json is no template \["
        actorsend "$K" "spawn kid-$K No"
        sees "$K" "^child_exited 1 actorsup spawn No is no name"
        answers "$K" name "$K"
    }
    each_kind in_vain
    assert_equal "$(actorsup ps -q | grep -c '\.')" 0
}

@test "C7 one that ends at once fails, with its status, and nobody else does" {
    system_of_kinds < <(templates "limit: {restarts: 2, within: 1h}")
    ends_at_once() {
        actorsend "$K" "spawn kid-$K bad exit 3"
        sees "$K" "^child_exited 1 actorsup - .*restart=no"
        saw "$K" "^child_exited 1 actorsup - over its limit of 2 restarts within 1h; last: exit 3 \["
        saw_times "$K" "^child_exited .* - exit 3 .*status=3.*restart=yes" 2
        unknown "$K.bad"
        answers "$K" name "$K"
        assert_equal "$(restarts_of "$K")" 0
    }
    each_kind ends_at_once
    balanced
}

@test "C8 one that ends until it can start: its mail waits for it" {
    topology_of_kinds "limit: {restarts: 1000, within: 1s}" "until go" </dev/null
    actorsup up -d
    tries() {
        actorsend "$K" count
        actorsend "$K" count
        wait_until 20 differs 0 restarts_of "$K"
    }
    each_kind tries
    >go
    counts() { answers "$K" total 2; }
    each_kind counts
    balanced
}

@test "C9 a command that is not there is a fault of the file, and nothing is started" {
    topology_of_kinds <<YAML
  wrong: {run: ./nothing, speaks: json}
YAML
    run -2 actorsup up -d
    assert_output --partial "./nothing"
    no_test_processes
}

@test "C10 two systems with the same names know nothing of each other" {
    system_of_kinds </dev/null
    mkdir other
    cp *.pem *.key other
    [ ! -f "$OBJECT" ] || cp "$OBJECT" other/conformer.so
    (cd other && system_of_kinds </dev/null)
    apart() {
        answers "$K" count counted
        assert_equal "$(ask -s other "$K" total)" 0
        assert_equal "$(ask -s other "$K" "env ACTOR_SYSTEM")" other
        answers "$K" total 1
    }
    each_kind apart
    within 20 actorsup -s other down
    answers json total 1
}

@test "C11 to create what is there already under this name gives the same actor" {
    system_of_kinds < <(templates)
    twice() {
        answers "$K" "spawn kid-$K one" spawning
        answers "$K.one" count counted
        answers "$K" "spawn kid-$K one" spawning
        sees_times "$K" "^reply 1 $K.one spawn $K.one \[" 2
        answers "$K.one" total 1
    }
    each_kind twice
    assert_equal "$(actorsup ps -q | grep -c '\.one$')" "$(wc -w <<<"$KINDS")"
}
