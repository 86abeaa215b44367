# Pools: several processes behind one address, as many as there are to be.
bats_require_minimum_version 1.5.0
load conform

distinct() { grep -o "echo [0-9][0-9]*" "got.$1" | sort -u | wc -l; }
distinct_is() { [ "$(distinct "$1")" = "$2" ]; }
members_are() { [ "$(members "$1")" = "$2" ]; }

@test "P1 members have one name and numbers of their own; copies go to each, and the rest to one" {
    system_of_kinds -k "$KINDS $FILTERS" "pool: 3" </dev/null
    shares() {
        for i in 1 2 3; do
            answers "$K/$i" "env ACTOR_INDEX" "$i"
            answers "$K/$i" name "$K"
        done
        actorsend "$K/*" "echo to each"
        sees_times "$K" "echo to each" 3
        seq -f 'echo %.0f' 300 | actorsend "$K"
        wait_until 30 distinct_is "$K" 300
        assert_equal "$(grep -c 'echo [0-9]' "got.$K")" 300
        refuses "$K has 3 members" "$K/4" hello
    }
    each_kind shares $KINDS $FILTERS
    balanced
}

@test "P2 more members and fewer, while it works: nothing is lost, and others keep their processes" {
    local pid
    system_of_kinds -k "$KINDS $FILTERS" "pool: 2" </dev/null
    scales() {
        answers "$K/1" count counted
        seq -f 'echo %.0f' 500 >numbers
        in_background numbers actorsend "$K"
        within 20 actorsup scale "$K=4"
        wait_until 20 members_are "$K" 4
        answers "$K/4" "env ACTOR_INDEX" 4
        within 30 actorsup scale "$K=1"
        wait_until 20 members_are "$K" 1
        wait_until 30 distinct_is "$K" 500
        answers "$K/1" total 1
        refuses "$K has 1 member" "$K/2" hello
        wait "$BG"
    }
    each_kind scales $KINDS $FILTERS
    balanced
}

@test "P3 an elastic pool grows to its most under load, and shrinks to its least" {
    system_of_kinds -k "$KINDS $FILTERS" "pool: {min: 1, max: 3, idle: 100ms}" </dev/null
    loads() {
        members_are "$K" 1
        actorsend -n 40 "$K" "nap 15"
    }
    each_kind loads $KINDS $FILTERS
    breathes() {
        wait_until 20 scaled 3
        wait_until 20 scaled 1
        answers "$K" name "$K"
        wait_until 20 idle "$K"
    }
    scaled() { actorsup events | grep -q "actor.scale name=$K members=$1 "; }
    each_kind breathes $KINDS $FILTERS
    balanced
}

@test "P4 a member that dies: its mail is handled, and the others go on" {
    local pid
    system_of_kinds "pool: 3" </dev/null
    dies() {
        pid=$(pid_of "$K")
        answers "$K/1" count counted
        answers "$K/2" "die-once KILL" survived
        assert_equal "$(pid_of "$K")" "$pid"
        answers "$K/1" total 1
        answers "$K/2" "env ACTOR_RESTARTS" 1
    }
    each_kind dies $PROCESSES
    mail_of_the_dead() {
        actorsend "$K/3" "die-once KILL"
        seq -f 'echo %.0f' 100 | actorsend "$K"
        wait_until 30 distinct_is "$K" 100
        wait_until 30 idle "$K"
        assert_equal "$(dead_of "$K")" ""
    }
    each_kind mail_of_the_dead
    balanced
}

@test "P5 in turn, or by a header: each message goes to the member it belongs to" {
    system_of_kinds "pool: {size: 3, route: round-robin}" <<YAML
$(for k in $KINDS; do entry "$k" "keyed-$k" "pool: {size: 3, route: 'hash:user'}"; done)
YAML
    routes() {
        assert_equal "$(for i in 1 2 3 4 5 6; do ask "$K" "env ACTOR_INDEX"; done | sort | uniq -c | xargs)" "2 1 2 2 2 3"
        actorsend -n 300 "$K" count
        wait_until 20 idle "$K"
        assert_equal "$(for i in 1 2 3; do ask "$K/$i" total; done | awk '{ n += $1 } END { print n }')" 300
        for user in alice bob carol; do
            assert_equal "$(for i in 1 2 3 4; do ask -H user=$user "keyed-$K" "env ACTOR_INDEX"; done | sort -u | wc -l)" 1
        done
    }
    each_kind routes
    balanced
}
