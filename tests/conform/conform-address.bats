# Addresses: passed on in messages, chained, one's own, and what becomes of them.
bats_require_minimum_version 1.5.0
load conform

@test "A1 an address that came in a message can be sent to" {
    system_of_kinds <<YAML
$(entry json friend)
YAML
    meets() {
        answers "$K" "send friend send $K echo hello of $K" sent
        sees friend "^tell 1 $K - send $K"
        sees "$K" "^tell 1 friend - echo hello of $K \["
    }
    each_kind meets
    balanced
}

@test "A2 a chain of addresses, of tells and of asks, through every kind" {
    local tells="echo the end" asks="name" first
    system_of_kinds </dev/null
    for k in $KINDS; do
        tells="send $k $tells"
        asks="ask $k $asks"
        first=$k
    done
    actorsend json "$tells"
    sees json "^tell 1 frames-ipc - echo the end"
    answers json "$asks" json
    saw "$first" "^ask 1 json - ask "
    balanced
}

@test "A3 messages to self: it gets them, in turn with those of others" {
    system_of_kinds </dev/null
    loops() {
        answers "$K" "loop 100" looping
        sees "$K" "^tell 1 $K - loop 0 \["
        saw_times "$K" "^tell 1 $K - loop" 100
        answers "$K" "ask $K name" "$K"
    }
    each_kind loops
    balanced
}

@test "A4 who sent is seen by who gets it, and a reply is of who answered" {
    system_of_kinds </dev/null
    knows() {
        answers "$K" from "~"
        answers json "ask $K from" json
        assert_equal "$(ask -j "$K" name | jq -r '.from + " " + .type + " " + .re')" "$K reply 1"
    }
    each_kind knows
}

@test "A5 every kind asks every kind" {
    local text
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    text=$(for k in $KINDS $FILTERS; do echo "ask $k name"; done)
    asks_all() { assert_equal "$(ask "$K" <<<"$text")" "$(tr ' ' '\n' <<<"$KINDS $FILTERS")"; }
    each_kind asks_all # FILTERS among those who are asked
    balanced
}

@test "A6 an address holds while processes come and go, and is nobody's once its actor has ended" {
    local pid
    system_of_kinds < <(templates)
    holds() {
        answers "$K" "spawn kid-$K one" spawning
        answers "$K.one" name "$K.one"
        pid=$(pid_of "$K.one")
        actorsend "$K.one" "die-once KILL"
        answers "$K.one" name "$K.one"
        refute [ "$(pid_of "$K.one")" = "$pid" ]
        answers "$K" "ask $K.one name" "$K.one"
        actorsend "$K" "end $K.one"
        wait_until 20 unknown "$K.one"
        refuses "unknown actor $K.one" "$K.one" hello
        [[ "$(ask "$K" "ask $K.one hello")" == "dead: unknown actor $K.one"* ]]
        answers "$K" "spawn kid-$K one" spawning
        answers "$K.one" total 0
    }
    each_kind holds
    balanced
}
