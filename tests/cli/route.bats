bats_require_minimum_version 1.5.0
load helper
load conditions

# pool.route: which member of a pool a message goes to.

# keyed KEY WORD...: each word as a message `KEY WORD` with the header user=KEY.
keyed() {
    local key=$1
    shift
    printf "$key %s\n" "$@" | actorsend -H user="$key" w
}
# Each member writes what it handles to got.INDEX; one that finds a file hold.INDEX waits until it
# is gone, with its message in hand.
worker='while read -r x; do while test -e hold.$$ACTOR_INDEX; do sleep 0.02; done;
    echo "$$x" >>got.$$ACTOR_INDEX; echo; done'
pool_of() {
    topology <<YAML
actors:
  w: {shell: '$worker', ack: line, pool: {size: $1, route: hash:user}, backoff: {max: 50ms}}
YAML
}
members_ready() { [ "$(actorsup ps --json w | jq '[.[] | select(.state == "ready")] | length')" = "$1" ]; }
handled() { [ "$(audit_get w handled)" = "$1" ]; }
owner() { grep -l "^$1 " got.*; } # of a key: got.INDEX
busy() { [ "$(actorsup ps --json "w/$1" | jq '.[].in_hand')" -ge 1 ]; }

@test "hash: the messages of a key are one member's, in order; those without the header anybody's" {
    pool_of 4
    up_system
    for n in 1 2 3; do
        for key in a b c d e f g h; do keyed $key $n; done
    done
    wait_until 20 handled 24
    for key in a b c d e f g h; do
        assert_equal "$(cat got.* | grep "^$key " | tr '\n' ,)" "$key 1,$key 2,$key 3,"
        assert_equal "$(owner $key | wc -l)" 1
    done
    assert_equal "$(cat got.? | wc -l) $(ls got.? | wc -l)" "24 4"
    touch hold.1
    keyed g busy
    wait_until 10 busy 1
    seq 20 | actorsend w
    wait_until 20 eval '[ "$(cat got.? | grep -c "^[0-9]")" -ge 12 ]'
    rm hold.1
    wait_until 20 handled 45
    balanced
}

@test "a new member gets its share of the keys once it is ready, and no other key changes its member" {
    pool_of 4
    up_system
    for key in $(seq -f k%g 40); do keyed $key 1; done
    wait_until 20 handled 40
    for key in $(seq -f k%g 40); do owner $key; done >before
    actorsup scale w=5
    wait_until 10 members_ready 5
    for key in $(seq -f k%g 40); do keyed $key 2; done
    wait_until 20 handled 80
    for key in $(seq -f k%g 40); do grep -l "^$key 2" got.*; done >after
    moved=$(diff before after | grep -c '^>')
    assert_equal "$(diff before after | grep '^>' | sort -u)" "> got.5"
    assert [ "$moved" -ge 4 ]
    assert [ "$moved" -le 12 ] # 40/5, and half of it
}

@test "what is in hand of a key that moves is handled before what comes after it" {
    pool_of 1
    up_system
    touch hold.1
    for key in a b c d; do keyed $key 1; done
    wait_until 10 busy 1
    actorsup scale w=2
    wait_until 10 members_ready 2
    for key in a b c d; do keyed $key 2; done
    rm hold.1
    wait_until 20 handled 8
    [ -e got.2 ]
    for key in a b c d; do
        assert_equal "$(cat got.1 got.2 | grep "^$key " | tr '\n' ,)" "$key 1,$key 2,"
    done
    balanced
}

@test "what comes back from a death goes to the new member, before what came later" {
    pool_of 1
    up_system
    for key in a b c d; do keyed $key 1; done
    wait_until 10 handled 4
    actorsup scale w=2
    wait_until 10 members_ready 2
    for key in a b c d; do keyed $key 2; done
    wait_until 10 handled 8
    key=$(cut -d' ' -f1 got.2 | head -n 1)
    actorsup scale w=1
    rm got.*
    touch hold.1
    keyed "$key" 3
    wait_until 10 busy 1
    actorsup scale w=2
    wait_until 10 members_ready 2
    keyed "$key" 4
    assert_missing got.2
    kill -KILL "$(actorsup ps --json w/1 | jq '.[].pid')"
    wait_until 10 file_lines got.2 2
    assert_equal "$(cat got.2)" "$key 3
$key 4"
    assert_missing got.1
    rm hold.1
    wait_until 10 idle w
    balanced
}

@test "the keys of a member that leaves go to the others, in order; mail for NAME/N stays where it was sent" {
    pool_of 3
    up_system
    for key in a b c d e f g h i j; do keyed $key 1; done
    wait_until 20 handled 10
    touch hold.1 hold.2 hold.3
    for key in a b c d e f g h i j; do keyed $key 2 3; done
    actorsend -H user=a w/2 "x for 2"
    background actorsup scale w=2
    wait_until 10 log_has w 'actor.leave.*member=3'
    for key in a b c d e f g h i j; do keyed $key 4; done
    rm hold.?
    wait_until 20 handled 41
    for key in a b c d e f g h i j; do
        assert_equal "$(cat got.3 got.1 got.2 | grep "^$key " | tr '\n' ,)" \
            "$key 1,$key 2,$key 3,$key 4,"
    done
    assert_equal "$(grep -c '^x for 2' got.2)" 1
    wait "$BG"
    balanced
}

@test "mail for NAME/N and mail with keys that both wait for a member: it is given both" {
    pool_of 2
    up_system
    for key in a b c d; do keyed $key 1; done
    wait_until 20 handled 4
    key=$(cut -d' ' -f1 got.2 | head -n 1)
    touch hold.2
    keyed "$key" 2 3 4 5 6
    wait_until 10 busy 2
    actorsend w/2 "x for 2"
    rm hold.2
    wait_until 20 handled 10
    balanced
}

@test "the keys of a member that is stopped wait for it" {
    pool_of 2
    up_system
    for key in a b c d e f; do keyed $key 1; done
    wait_until 10 handled 6
    first=$(wc -l <got.1)
    actorsup stop w/2
    for key in a b c d e f; do keyed $key 2; done
    wait_until 10 file_lines got.1 "$((2 * first))"
    assert_equal "$(actorsup ps --json w/2 | jq '.[].queued')" "$((6 - first))"
    actorsup start w/2
    wait_until 10 handled 12
    balanced
}

@test "keep: disk: after another up with another size each key is one member's, in order" {
    topology <<'YAML'
actors:
  w: {run: sleep 1000, pool: {size: 2, route: hash:user}, mailbox: {keep: disk}}
YAML
    up_system
    for n in 1 2 3; do
        for key in a b c d e f g h; do keyed $key $n; done
    done
    kill_both
    pool_of 5
    sed -i 's/backoff/mailbox: {keep: disk}, &/' actorsup.yaml
    up_system
    wait_until 20 handled 24
    for key in a b c d e f g h; do
        assert_equal "$(cat got.* | grep "^$key " | tr '\n' ,)" "$key 1,$key 2,$key 3,"
        assert_equal "$(owner $key | wc -l)" 1
    done
    assert [ "$(ls got.* | wc -l)" -ge 3 ]
    balanced
}

@test "another route is taken up in place: what waits goes to where it belongs" {
    pool_of 2
    sed -i 's/hash:user/least-loaded/' actorsup.yaml
    up_system
    pids=$(actorsup ps --json w | jq -c 'map(.pid)')
    touch hold.1 hold.2
    for key in a b c d e f g h; do keyed $key 1 2; done
    for route in hash:none hash:user round-robin hash:user; do
        sed -i "s/route: [^,}]*/route: $route/" actorsup.yaml
        run -0 actorsup reload
        assert_output --partial "pool.route"
    done
    for key in a b c d e f g h; do keyed $key 3; done
    rm hold.?
    wait_until 20 handled 24
    for key in a b c d e f g h; do keyed $key 4; done
    wait_until 20 handled 32
    for key in a b c d e f g h; do
        assert_equal "$(grep -l "^$key 4" got.*)" "$(grep -l "^$key 3" got.*)"
    done
    assert_equal "$(actorsup ps --json w | jq -c 'map(.pid)')" "$pids"
    balanced
}

@test "round-robin: one after the other; one that can take none is passed over" {
    pool_of 3
    sed -i 's/hash:user/round-robin/; s/backoff/mailbox: {in_hand: 1}, &/' actorsup.yaml
    up_system
    for n in 1 2 3 4 5 6; do
        actorsend w $n
        wait_until 10 handled $n
    done
    assert_equal "$(cat got.1 got.2 got.3 | tr '\n' ' ')" "$(for i in got.1 got.2 got.3; do
        sed -n 1p $i
        echo $(($(sed -n 1p $i) + 3))
    done | tr '\n' ' ')"
    touch hold.2
    seq 7 20 | actorsend w
    wait_until 20 handled 19
    assert_equal "$(wc -l <got.2)" 2
    rm hold.2
    wait_until 10 handled 20
}

@test "an elastic pool grows for mail with keys, too, and the order of each holds" {
    topology <<'YAML'
actors:
  w:
    shell: 'while read -r x; do sleep 0.02; echo "$$x" >>got; echo $$ACTOR_INDEX >>by; echo; done'
    ack: line
    pool: {min: 1, max: 4, idle: 300ms, route: hash:user}
YAML
    up_system
    for key in a b c d e f g h; do keyed $key $(seq 25) & done
    wait_until 20 prints 4 eval 'actorsup ps --json w | jq length'
    wait_until 60 handled 200
    for key in a b c d e f g h; do
        assert_equal "$(grep "^$key " got | cut -d' ' -f2 | tr '\n' ' ')" "$(seq 25 | tr '\n' ' ')"
    done
    assert [ "$(sort -u by | wc -l)" -ge 2 ]
    wait_until 20 prints 1 eval 'actorsup ps --json w | jq length'
    balanced
}
