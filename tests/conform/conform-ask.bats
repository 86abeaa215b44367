# Asks: passed on to others, answered late or not in time, many at once, and of those who cannot answer.
bats_require_minimum_version 1.5.0
load conform

@test "Q1 who is asked can leave the answer to another, and the asker sees whose it is" {
    system_of_kinds </dev/null
    delegates() {
        for by in json frames-ipc; do
            assert_equal "$(ask -j "$K" "pass $by instead" | jq -r '.from + " " + .body')" "$by instead"
            answers "$by" "ask $K pass $by of an actor" "of an actor"
        done
        wait_until 20 idle "$K"
    }
    each_kind delegates
    balanced
}

@test "Q2 an ask that is not answered in time is told to its asker; the answer is late, and dead" {
    system_of_kinds <<YAML
$(entry json silent)
YAML
    late() {
        answers "$K" "askfor 50 silent hold" "dead: timeout"
        sees "$K" "^dead 1 actorsup - .*reason=timeout"
        refuses timeout -a -t 0.5 "$K" hold
        answers "$K" free "done"
        answers silent free "done"
        wait_until 20 has_dead "$K" '^late$'
        answers "$K" "ask silent echo in time" "in time"
    }
    each_kind late
    assert_equal "$(actorsup dead ls --json | jq '[.[] | select(.reason == "late")] | length')" $((2 * $(wc -w <<<"$KINDS")))
    balanced
}

@test "Q3 many asks at once: each gets its own answer, in whatever order they are given" {
    system_of_kinds </dev/null
    many_asks() {
        local n
        n=$(seq 200 | sed 's/^/ask json ask frames-ipc echo /' | ask "$K" | md5sum)
        assert_equal "$n" "$(seq 200 | md5sum)"
    }
    each_kind many_asks
    holds_many() {
        seq 30 | sed 's/^/hold /' >asks
        in_background asks actorsend -a -t "$PATIENCE" "$K" >"freed.$K"
        wait_until 20 prints 30 ps_get "$K" in_hand
        answers "$K" free "done"
        wait "$BG"
        assert_equal "$(sort "freed.$K" | uniq -c | xargs)" "30 freed"
    }
    each_kind holds_many
    balanced
}

@test "Q4 an ask of one that is stopped waits for it; of one that is done it is told at once" {
    system_of_kinds <<YAML
  stays: {run: sleep 1000, speaks: none}
YAML
    waits() {
        within 20 actorsup stop "$K"
        background actorsend -a -t "$PATIENCE" "$K" name >"answer.$K"
        wait_until 20 prints 1 ps_get "$K" queued
        within 20 actorsup start "$K"
        wait "$BG"
        assert_equal "$(cat "answer.$K")" "$K"
        actorsend "$K" "exit 0"
        wait_until 20 state_is "$K" "done"
        refuses "done" -a "$K" name
    }
    each_kind waits
    balanced
}

@test "Q5 who asks one that dies of it is told why, and one that only died once does not notice" {
    system_of_kinds <<YAML
$(templates)
YAML
    dies() {
        answers "$K" "spawn kid-$K victim" spawning
        answers "$K.victim" name "$K.victim"
        answers json "ask $K.victim die-once KILL" survived
        [[ "$(ask json "ask $K.victim die KILL")" == "dead: retry: 3 attempts failed, last: its process ended (signal KILL"* ]]
        refuses "retry: 3 attempts failed" -a "$K.victim" "die KILL"
        answers "$K.victim" name "$K.victim"
    }
    each_kind dies
    balanced
}

@test "Q6 an asker that dies gets no answer twice: what it was asked comes again, and it asks anew" {
    system_of_kinds <<YAML
$(entry json slow)
YAML
    asks_anew() {
        background actorsend -a -t "$PATIENCE" "$K" "ask slow hold $K" >"answer.$K"
        sees slow "^ask 1 $K - hold $K"
        kill -KILL "$(pid_of "$K")"
        sees_times slow "^ask 1 $K - hold $K" 2
        answers slow free "done"
        wait "$BG"
        assert_equal "$(cat "answer.$K")" freed
    }
    each_kind asks_anew
    balanced
}
