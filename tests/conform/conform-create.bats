# Actors are created: by the file and by other actors, many, wrongly, and under names of their own.
bats_require_minimum_version 1.5.0
load conform

@test "C1 an actor of the file is there, ready, under its name, and answers" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    started() {
        assert_equal "$(state_of "$K")" ready
        answers "$K" name "$K"
        answers "$K" "echo hello there" "hello there"
        answers "$K" "env ACTOR_RESTARTS" 0
        answers "$K" "env ACTOR_SYSTEM" t
    }
    each_kind started $KINDS $FILTERS
    balanced
}
