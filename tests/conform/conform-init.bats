# Messages that come first: until they were handled, nothing else does.
bats_require_minimum_version 1.5.0
load conform

@test "I1 nothing is handed over before the message that prepares it, and then all in order" {
    system_of_kinds -k "$KINDS $FILTERS" "init: {headers: setup}" </dev/null
    prepares() {
        printf 'echo 1\necho 2\n' | actorsend "$K"
        assert_equal "$(ps_get "$K" queued)" 2
        actorsend -H setup=yes "$K" "echo first"
        answers "$K" "echo 3" 3
        assert_equal "$(grep -o 'echo [^ ]*' "got.$K" | xargs)" "echo first echo 1 echo 2 echo 3"
    }
    each_kind prepares $KINDS $FILTERS
    balanced
}

@test "I2 a process that is started again is prepared again, before what came back to it" {
    system_of_kinds "init: {headers: setup}" </dev/null
    again() {
        actorsend -H setup=yes "$K" count
        answers "$K" total 1
        answers "$K" "die-once KILL" survived
        answers "$K" total 1
        assert_equal "$(grep -o -e count -e 'ask . ~ - die' "got.$K" | xargs)" "count ask 1 ~ - die count ask 2 ~ - die"
        within 20 actorsup restart "$K"
        answers "$K" total 1
    }
    each_kind again
    balanced
}

@test "I3 by sender: only what the named one sends prepares it" {
    system_of_kinds "init: config" <<YAML
$(entry json config)
YAML
    by_sender() {
        actorsend "$K" "echo of a client"
        assert_equal "$(ps_get "$K" queued)" 1
        assert_equal "$(ps_get "$K" reason)" "it waits for init from config"
        answers config "send $K echo of config" sent
        answers "$K" from "~"
        assert_equal "$(grep -o 'echo of [^[]*' "got.$K" | xargs)" "echo of config echo of a client"
    }
    each_kind by_sender
    balanced
}

@test "I4 each member of a pool is prepared, also one that comes later" {
    system_of_kinds "init: {headers: setup}, pool: 2" </dev/null
    all_members() {
        actorsend -H setup=yes "$K" count
        for i in 1 2; do answers "$K/$i" total 1; done
        within 20 actorsup scale "$K=3"
        answers "$K/3" total 1
    }
    each_kind all_members
    balanced
}
