# Timers and time-outs.
bats_require_minimum_version 1.5.0
load conform

millis() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

@test "T1 a timer comes once, not before its time, with its tag and body" {
    system_of_kinds </dev/null
    wakes() {
        local start
        start=$(millis)
        answers "$K" "wake 60 t1 it is time" set
        sees "$K" "^wake 1 $K t1 it is time \[\]"
        [ $(($(millis) - start)) -ge 60 ]
        answers "$K" "wake 0 t2 now" set
        sees "$K" "^wake 1 $K t2 now"
        saw_times "$K" "^wake" 2
    }
    each_kind wakes
    balanced
}

@test "T2 several timers come in the order of their times" {
    system_of_kinds </dev/null
    sets() { printf 'wake 600 c late\nwake 1 a early\nwake 300 b between\n' | actorsend "$K"; }
    each_kind sets
    in_order() {
        sees "$K" "^wake .* late"
        assert_equal "$(grep -o '^wake 1 [^ ]* .' "got.$K" | cut -d ' ' -f 4 | xargs)" "a b c"
    }
    each_kind in_order
}

@test "T3 a timer that is set again is replaced, and one that is stopped does not come" {
    system_of_kinds </dev/null
    resets() { printf 'wake 60000 r first\nwake 1 r second\nwake 900 s never\nunwake s\nwake 950 u last\n' | actorsend "$K"; }
    each_kind resets
    comes() {
        sees "$K" "^wake .* u last"
        saw "$K" "^wake 1 $K r second"
        saw_times "$K" "^wake" 2
    }
    each_kind comes
}

@test "T4 a timer outlives the process that has set it" {
    system_of_kinds </dev/null
    sets() { printf 'wake 500 t it is still time\ndie-once KILL\n' | actorsend "$K"; }
    each_kind sets
    comes() {
        sees "$K" "^wake . $K t it is still time"
        answers "$K" "env ACTOR_RESTARTS" 1
    }
    each_kind comes
    balanced
}

@test "T5 who works is not disturbed by a timer, and gets it behind its work" {
    system_of_kinds </dev/null
    works() {
        printf 'wake 1 t woken\nnap 80\n' | actorsend "$K"
        answers "$K" "nap 1" rested
        sees "$K" "^wake .* woken"
    }
    each_kind works
}

@test "T6 time-outs of asks: not before their time, of clients and of actors" {
    system_of_kinds <<YAML
$(entry json silent)
YAML
    times_out() {
        local start
        start=$(millis)
        refuses timeout -a -t 0.5 "$K" hold # which is the time for acceptance, too
        [ $(($(millis) - start)) -ge 500 ]
        start=$(millis)
        answers "$K" "askfor 60 silent hold" "dead: timeout"
        [ $(($(millis) - start)) -ge 60 ]
    }
    each_kind times_out
    settles() { answers "$K" free "done"; }
    each_kind settles $KINDS silent
}
