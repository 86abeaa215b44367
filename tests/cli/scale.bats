# scale: members of a pool, while it runs.
bats_require_minimum_version 1.5.0
load helper
load conditions

members() { actorsup ps --json "$1" | jq length; }
members_ready() { [ "$(actorsup ps --json "$1" | jq '[.[] | select(.state == "ready")] | length')" = "$2" ]; }

@test "more members start and share the mail; fewer: the others go on" {
    topology <<'YAML'
actors:
  w: {shell: "while read -r x; do echo $$x >>got.$$ACTOR_INDEX; done", pool: 1}
YAML
    up_system
    run actorsup scale w=4
    assert_success
    assert_output "w has 4 members"
    wait_until 10 members_ready w 4
    for i in 1 2 3 4; do actorsend "w/$i" "to $i"; done
    wait_until 10 file_lines got.1 1
    wait_until 10 file_lines got.4 1
    pid=$(pid_of w)
    run actorsup scale w=2
    assert_success
    assert_equal "$(members w)" 2
    assert_equal "$(pid_of w)" "$pid"
    run actorsend w/3 hello
    assert_equal "$status" 1
    assert_output --partial "w has 2 members"
    actorsup scale w=3
    wait_until 10 members_ready w 3
    actorsend w/3 again
    wait_until 10 file_lines got.3 2
}

@test "one that leaves finishes what it has in hand, and what it had not read goes to the others" {
    topology <<'YAML'
actors:
  w: {shell: "while read -r x; do test $$ACTOR_INDEX = 1 -o -e open || read -r go <go; echo $$x by $$ACTOR_INDEX >>got; done",
      pool: 2, mailbox: {in_hand: 1}}
YAML
    mkfifo go
    up_system
    actorsend w/2 first
    actorsend w/2 second # waits in its pipe, as the first was read
    actorsend w/2 third
    wait_until 10 prints "1 1" of_second
    background actorsup scale w=1
    scale=$BG
    wait_until 10 log_has w 'actor.leave.*member=2'
    >open
    echo >go
    wait "$scale"
    wait_until 10 file_lines got 3
    assert_equal "$(sort got)" "first by 2
second by 2
third by 1"
    run balanced
    assert_success
}

of_second() { echo "$(ps_get w/2 queued) $(ps_get w/2 in_hand)"; }

@test "one that does not heed the end of its input is stopped after its grace" {
    topology <<'YAML'
actors: {w: {run: sleep 1000, pool: 3, stop: {grace: 50ms}}}
YAML
    up_system
    run within 20 actorsup scale w=1
    assert_success
    assert_equal "$(members w)" 1
    run actorsup logs w
    assert_output --partial "actor.stopped name=w member=3"
}

@test "up and down under load: every message once, the books balance" {
    topology <<'YAML'
actors:
  w: {shell: "while read -r x; do echo $$x >>got; done", pool: 4}
YAML
    up_system
    seq 4000 | actorsend w &
    sender=$!
    for n in 1 6 2 8 1 3 1; do within 30 actorsup scale w=$n; done
    wait "$sender"
    wait_until 30 idle w
    run balanced
    assert_success
    assert_equal "$(sort -n got | uniq | wc -l) $(wc -l <got)" "4000 4000"
}

@test "what cannot be scaled is refused, and nothing of the command is done" {
    topology <<'YAML'
actors: {w: {run: cat, pool: 2}, one: {run: cat}}
YAML
    up_system
    run actorsup scale w=3 one=2
    assert_equal "$status" 1
    assert_output "actorsup: one is no pool: give it \`pool\` in the file"
    assert_equal "$(members w)" 2
    run actorsup scale w=0
    assert_equal "$status" 1
    assert_output "actorsup: w: a pool has from 1 to 1024 members"
    run actorsup scale w
    assert_equal "$status" 2
    assert_output --partial 'scale: "w" is not ACTOR=N'
    run actorsup scale v=2
    assert_equal "$status" 1
    assert_output "actorsup: unknown actor v"
}

@test "one that leaves goes also when it is started or restarted by hand meanwhile" {
    topology <<'YAML'
actors:
  w: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", pool: 2}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    actorsup scale w=2
    background actorsup scale w=1
    local scale=$BG
    wait_until 10 prints stopping second
    run actorsup start w/2
    assert_output --partial "w/2 is about to go"
    background actorsup restart w/2
    kill -KILL "$(actorsup ps --json w/2 | jq '.[].pid')"
    wait "$scale"
    exec 7<&-
    assert_equal "$(actorsup ps --json | jq length)" 1
}
second() { actorsup ps --json w/2 | jq -r '.[].state'; }

@test "an elastic pool: from 1 to 10 under a burst, back to 1 once idle, and no working member ended" {
    topology <<'YAML'
actors:
  w:
    shell: "while read -r l; do sleep 0.05; echo $$l >>got; echo; done"
    ack: line
    pool: {min: 1, max: 10, idle: 300ms}
YAML
    up_system
    assert_equal "$(members w)" 1
    assert_equal "$(actorsup ps --json w | jq -r '.[0].address')" w/1
    seq 300 | actorsend w
    wait_until 10 prints 10 members w
    wait_until 30 file_lines got 300
    wait_until 10 prints 1 members w
    assert_equal "$(sort -n got | tr '\n' ' ')" "$(seq 300 | tr '\n' ' ')"
    run actorsup logs -n 1000 w
    refute_output --partial "signal="
    # What one member does in time needs no other.
    for i in 1 2 3 4 5; do
        actorsend w "$i"
        wait_until 10 file_lines got $((300 + i))
    done
    assert_equal "$(log_count w 'before=1$')" 1
    run -1 actorsup scale w=11
    assert_output --partial "its file says from 1 to 10 members"
    actorsup scale w=3
    wait_until 10 prints 1 members w
    sed -i 's/min: 1, max: 10/min: 2, max: 4/' actorsup.yaml
    run actorsup reload
    assert_output --partial "pool.min, pool.max: from now on"
    assert_equal "$(members w)" 2
    balanced
}
