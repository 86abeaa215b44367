bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere
load copies

# Of the mail of actors with `failover` another host has a copy.

@test "copies: what waits and what is in hand outlives the supervisor, in order" {
    here
    up_copied
    actorsup stop a
    seq 100 | actorsend a
    again
    wait_until 20 file_lines got.a 100
    assert_equal "$(bodies a)" "$(seq 100)"
    actorsend a hold
    wait_until 20 file_lines got.a 101
    again
    wait_until 20 file_lines got.a 102
    assert_equal "$(tail -n 1 got.a)" "tell 2 hold" # another attempt
    actorsend a free
    wait_until 20 idle a
    balanced
    # It is copied anew by this one.
    echo more | actorsend a
    wait_until 20 idle a
    again
    wait_until 20 idle a
    assert_equal "$(grep -c more got.a)" 1
    actorsup down
    # What was not handled at an orderly end is not wanted any more.
    local n
    n=$(events_count mail.returned)
    up_system
    wait_until 20 prints up state_of_host west
    assert_equal "$(events_count mail.returned)" "$n"
}

@test "copies: nothing that was accepted is lost when the supervisor dies under load" {
    here
    sed -i 's/: {run: .*obey.py, speaks: json/: {shell: "exec cat >>out"/' actorsup.yaml
    up_copied
    local n
    seq 400000 >numbers
    for n in 1 2 3; do
        : >out
        background sh -c 'actorsend a <numbers 2>said; echo done >>said'
        wait_until 20 file_lines out $((RANDOM % 20000 + 1))
        kill_home
        wait_until 20 file_has said done
        local accepted
        accepted=$(sed -n 's/.*: accepted \([0-9]*\) of .*/\1/p' said)
        [ -n "$accepted" ] || accepted=400000
        up_system
        wait_until 20 idle a
        # Each of those at least once; what was in hand comes a second time, in order.
        sort -nu out | head -n "$accepted" | cmp - <(seq "$accepted")
    done
}

@test "copies: a host gets it, whole, when the one that had it is lost" {
    here
    up_copied
    actorsup stop a
    seq 50 | actorsend a
    local last
    kill -KILL "$(node_pid "$(holder)")"
    wait_until 20 times mail.copied 2
    seq 51 60 | actorsend a
    last=$(holder)
    again
    says "mail.returned host=$last messages=60 dead=0"
    wait_until 20 file_lines got.a 60
    assert_equal "$(bodies a)" "$(seq 60)"
}

@test "copies: one that is silent for as long as failover says has it no longer" {
    here 1h 1h
    sed -i 's/after 1h/after 1s/' actorsup.yaml
    up_copied
    wait_until 20 prints up state_of_host "$(other_of "$(holder)")"
    local first
    first=$(holder)
    kill -STOP "$(node_pid "$first")"
    seq 10 | within 20 actorsend a
    wait_until 20 prints "$(other_of "$first")" holder
    kill -STOP "$(node_pid "$(other_of "$first")")"
    seq 11 20 | within 20 actorsend a
    says mail.uncopied
    kill -CONT "$(node_pid west)" "$(node_pid east)"
    wait_until 20 times mail.copied 3
}

@test "copies: while no host is up mail is accepted without, and is copied once one is" {
    here
    touch closed
    up_system
    actorsup stop a
    seq 10 | actorsend a
    rm closed
    wait_until 20 says "mail.copied host=[a-z]* messages=10"
    both_up
    touch closed
    kill -KILL "$(node_pid west)" "$(node_pid east)"
    wait_until 20 says "mail.uncopied reason=\"no other host is up\""
    seq 11 20 | actorsend a
    rm closed
    wait_until 30 says "mail.copied host=[a-z]* messages=20"
    again
    wait_until 20 file_lines got.a 20
    assert_equal "$(bodies a)" "$(seq 20)"
}

@test "copies: dead letters and their evidence come back, and can be tried again" {
    here
    sed -i 's/failover: /mailbox: {retry: 1}, backoff: {min: 1ms}, failover: /' actorsup.yaml
    up_copied
    echo "die" | actorsend a
    echo "fail bad-luck" | actorsend a
    wait_until 20 dead_is 2
    actorsup dead ls --json | jq -c '.[] | [.id, .to, .from, .reason, .attempts]' >before
    again
    actorsup dead ls --json | jq -c '.[] | [.id, .to, .from, .reason, .attempts]' >after
    assert_equal "$(cat after)" "$(cat before)"
    actorsup dead retry "$(first_dead)"
    wait_until 20 dead_is 2 # it died of it again
    actorsup dead drop "$(first_dead)"
    again
    assert_equal "$(dead_count) $(dead_get attempts)" "1 1"
    balanced
}

@test "copies: a process that goes on elsewhere has in hand what it had" {
    two <<YAML
hosts: {}
actors:
  a: {run: $OBEY, speaks: json, on: {place: far}, failover: after 1h}
YAML
    sed -i '/^hosts: {}/d; /^  [we]/s/down_after/capabilities: {place: far}, down_after/' actorsup.yaml
    up_copied
    printf 'hold\nhold\n' | actorsend a
    wait_until 20 file_lines got.a 2
    local was
    was=$(pid_of a)
    again
    assert_equal "$(pid_of a)" "$was"
    assert_equal "$(audit_get a in_hand)" 2
    actorsend a free
    wait_until 20 idle a
    assert_equal "$(grep -c hold got.a)" 2
    balanced
}

@test "copies: until they have come nothing goes on that they are of" {
    here 1h
    up_copied
    actorsup stop a
    seq 10 | actorsend a
    local last
    last=$(holder)
    can_be_shut
    touch "shut-$last"
    kill_home
    actorsup up -d
    wait_until 20 waits_for_copy
    # Who sends waits as well, lest it overtake what was there before.
    background sh -c 'seq 11 20 | actorsend a; touch sent'
    sleep 0.3
    [ ! -e sent ]
    rm "shut-$last"
    wait_until 20 file_lines got.a 20
    assert_equal "$(bodies a)" "$(seq 20)"
    wait_until 10 test -e sent
}

@test "copies: one that is gone is told, and is not waited for any longer" {
    here 1h
    up_copied
    both_up
    actorsup stop a
    seq 10 | actorsend a
    kill_home
    kill -KILL "$(node_pid west)" "$(node_pid east)"
    up_system
    wait_until 20 says "mail.copy_lost host="
    echo new | actorsend a
    wait_until 20 file_lines got.a 1
    assert_equal "$(bodies a)" new
}

@test "copies: with keep: disk, the disk knows better, and where it is lost the copy does" {
    here
    sed -i 's/failover: /mailbox: {keep: disk}, failover: /' actorsup.yaml
    up_copied
    actorsup stop a
    seq 10 | actorsend a
    again
    wait_until 20 file_lines got.a 10
    assert_equal "$(bodies a)" "$(seq 10)"
    actorsup stop a
    seq 11 20 | actorsend a
    kill_home
    rm -r "$T/state/actorsup/t/mail"
    up_system
    wait_until 20 file_lines got.a 20
    assert_equal "$(bodies a)" "$(seq 20)"
    balanced
}

@test "copies: they outlive the machine of the supervisor" {
    here
    run_folders
    up_copied
    actorsup stop a
    numbers 100
    kill_home
    elsewhere
    up_system
    wait_until 20 says "mail.returned host=[a-z]* messages=100 dead=0"
    wait_until 20 file_lines got.a 100
    assert_equal "$(bodies a)" "$(seq 100)"
    actorsup down
}

@test "copies: reload gives them to an actor, and takes them" {
    here
    sed -i 's/, failover: after 1h//' actorsup.yaml
    up_system
    wait_until 20 prints up state_of_host west
    actorsup stop a
    seq 10 | actorsend a
    sed -i 's/on: {}/on: {}, failover: after 1h/' actorsup.yaml
    actorsup reload
    wait_until 20 says "mail.copied host=[a-z]* messages=10"
    again
    wait_until 20 file_lines got.a 10
    assert_equal "$(bodies a)" "$(seq 10)"
    # One that has no `failover` any more gets what was left all the same.
    actorsup stop a
    seq 11 20 | actorsend a
    sed -i 's/, failover: after 1h//' actorsup.yaml
    again
    wait_until 20 file_lines got.a 20
    assert_equal "$(bodies a)" "$(seq 20)"
}

@test "copies: of pools by key, of many at once, of large ones, and of what is removed" {
    two <<YAML
actors:
  p: {run: $OBEY, speaks: json, on: {}, failover: after 1h, pool: {min: 3, max: 3, route: 'hash:key'}}
  q: {run: $OBEY, speaks: json, on: {}, failover: after 1h}
  r: {run: $OBEY, speaks: json, on: {}, failover: after 1h}
YAML
    up_copied
    actorsup stop p q r
    for n in 1 2 3 4 5; do actorsend --header key=$n p "k$n"; done
    actorsend 'p/*' all
    actorsend p/2 two
    head -c 3000000 /dev/zero | tr '\0' x >large
    actorsend --whole q <large
    actorsend r removed
    sed -i '/^  r:/d' actorsup.yaml
    again
    wait_until 20 idle p
    cat got.p* | sed 's/.* //' | sort >got
    assert_equal "$(cat got)" "$(printf 'all\nall\nall\nk1\nk2\nk3\nk4\nk5\ntwo')"
    wait_until 20 idle q
    sed 's/^tell [0-9] //' got.q | tr -d '\n' | cmp - large
    assert_equal "$(dead_get to) $(dead_get reason)" "r there is no such actor any more"
    balanced
}
