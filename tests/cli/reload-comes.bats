# reload: actors that come, go, come again, or were stopped or scaled by hand.
bats_require_minimum_version 1.5.0
load helper
load conditions

states() { actorsup ps --json "$@" | jq -r '[.[].state] | join(" ")'; }
events_of() { actorsup events -n 100000 --json | jq -r "select(.event == \"$1\")$2"; }

@test "one that is removed stops; its mail is dead letters; it may come again, with its own name" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: sleep 1000}
YAML
    up_system
    local pid
    pid=$(pid_of a)
    seq 3 | actorsend b
    topology two.yaml <<'YAML'
system: t
actors:
  a: {run: cat}
YAML
    run actorsup reload two.yaml
    assert_success
    assert_equal "$(actorsup ps -q)" a
    assert_equal "$(pid_of a)" "$pid"
    dead_is 3
    assert_equal "$(dead_get reason)" removed
    run -1 actorsend b hello
    assert_output --partial "unknown actor b"
    run actorsup version
    cp actorsup.yaml three.yaml
    run actorsup -s t reload three.yaml
    assert_success
    assert_equal "$(states)" "ready ready"
    actorsup dead retry -a
    wait_until 10 prints 3 ps_get b in_hand
    assert_equal "$(events_of actor.removed .name)" b
    balanced
}

@test "one that is to go and comes back before it is gone starts again" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", speaks: none}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    local pid
    pid=$(pid_of b)
    cp actorsup.yaml both.yaml
    sed -i '/ b:/d' actorsup.yaml
    background actorsup reload
    wait_until 10 state_is b stopping
    actorsup reload --dry-run both.yaml
    cp both.yaml actorsup.yaml
    background actorsup reload
    local second=$BG
    wait_until 10 prints "+" marked b
    echo >&7
    wait "$second"
    assert_equal "$(state_of b)" ready
    assert [ "$(pid_of b)" != "$pid" ]
    echo >&7
    exec 7<&-
}
# Both files have been read: b is told as added.
marked() { [ "$(events_of actor.added .name | tail -n 1)" = "$1" ] && echo +; }

@test "what was scaled by hand stays so, as long as its pool is the same in the file" {
    topology <<'YAML'
actors:
  w: {run: cat, pool: 2, to: b}
  b: {run: cat}
YAML
    up_system
    actorsup scale w=4
    sed -i 's/to: b/to: w/; s/b: {run: cat}/b: {run: cat, to: w}/' actorsup.yaml
    actorsup reload
    assert_equal "$(actorsup ps --json w | jq length)" 4
    sed -i 's/pool: 2/pool: 3/' actorsup.yaml
    actorsup reload
    assert_equal "$(actorsup ps --json w | jq length)" 3
}

@test "a failed actor whose command was mended starts; what is done runs again when it changed" {
    topology <<'YAML'
defaults: {restart: never}
actors:
  keeps: {run: sleep 1000}
  bad: {run: "false"}
  job: {shell: "echo one >>done"}
  late: {run: cat, after: {bad: ready}}
YAML
    actorsup up -d
    wait_until 10 state_is bad failed
    wait_until 10 state_is job "done"
    topology <<'YAML'
defaults: {restart: never}
actors:
  keeps: {run: sleep 1000}
  bad: {run: sleep 1001}
  job: {shell: "echo two >>done"}
  late: {run: cat, after: {bad: ready}}
YAML
    run actorsup reload
    assert_success
    wait_until 10 state_is late ready
    wait_until 10 file_lines "done" 2
    assert_equal "$(state_of bad)" ready
}

@test "what was stopped by hand stays so" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: cat, pool: 2}
YAML
    up_system
    actorsup stop a b/2
    sed -i 's/run: cat/run: cat -u/' actorsup.yaml
    run actorsup reload
    assert_success
    assert_equal "$(states)" "stopped ready stopped"
    sed -i 's/run: cat -u/run: cat, speaks: json/' actorsup.yaml
    actorsup reload
    assert_equal "$(states)" "stopped ready stopped"
}

@test "--only holds for what comes later, too" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: cat}
YAML
    up_system --only a
    topology <<'YAML'
actors:
  a: {run: cat -u}
  b: {run: cat -u}
  c: {run: cat}
YAML
    run actorsup reload
    assert_success
    assert_equal "$(states)" "ready stopped stopped"
}

@test "one that is to go, and is started by hand meanwhile, goes all the same" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {shell: "trap '' TERM; while :; do read -r l <hold && exit; done", speaks: none}
YAML
    mkfifo hold
    exec 7<>hold
    up_system
    sed -i '/ b:/d' actorsup.yaml
    background actorsup reload
    local reload=$BG
    wait_until 10 state_is b stopping
    run actorsup start b
    assert_output --partial "b is about to go"
    echo >&7
    wait_until 10 prints a actorsup ps -q
    wait "$reload"
    exec 7<&-
}

@test "mail that another language cannot have is dead letters; asks of it fail at once" {
    topology <<'YAML'
actors:
  w: {run: sleep 1000, pool: 2, speaks: json, stop: {grace: 200ms}}
  n: {run: sleep 1000, pool: 2, stop: {grace: 200ms}}
YAML
    up_system
    printf 'one\ntwo' | actorsend -w w
    printf 'three\nfour' | actorsend -w w/2
    actorsend w five
    actorsend n/2 six
    background "$BUILD_BIN/actorsend" -a -t 1000 n seven
    local ask=$BG
    wait_until 10 prints "2 0" accepted_less n
    topology <<'YAML'
actors:
  w: {shell: "while read -r l; do echo $$l >>got; done", pool: 2}
  n: {run: sleep 1000, pool: 2, speaks: none}
YAML
    actorsup reload
    wait_until 10 file_lines got 1
    assert_equal "$(cat got)" five
    local status=0
    wait "$ask" || status=$?
    assert_equal "$status" 1
    dead_is 4
    assert_equal "$(actorsup dead ls --json | jq -r '.[].to' | sort | tr '\n' ' ')" "n n/2 w w/2 "
    balanced
}
# ACTOR: how many were accepted, and how many of them are no more there.
accepted_less() {
    echo "$(audit_get "$1" accepted) $(($(audit_get "$1" accepted) - $(ps_get "$1" queued) - $(ps_get "$1" in_hand) - 1))"
}

@test "a ring of full mailboxes goes when its actors are removed" {
    topology <<'YAML'
defaults: {stop: {grace: 100ms}, mailbox: {messages: 1}}
actors:
  a: {run: cat}
  f: {run: cat -u, to: [g, a]}
  g: {run: cat -u, to: [f, a]}
YAML
    up_system
    seq 40000 | background actorsend f
    wait_until 20 in_ring f
    wait_until 20 in_ring g
    sed -i -e '/ f:/d' -e '/ g:/d' actorsup.yaml
    run actorsup reload --timeout "$(patiently 20)"
    assert_success
    assert_equal "$(actorsup ps -q)" a
    balanced
}
in_ring() { blocked "$1" || [[ "$(ps_get "$1" reason)" == *"a ring of full mailboxes"* ]]; }

@test "who waits for one that is removed is told" {
    topology <<'YAML'
actors:
  a: {run: cat}
  b: {run: cat}
YAML
    up_system
    actorsup wait --for "done" b 2>told 3>&- &
    local wait=$! status=0
    BACKGROUND+=("$wait")
    sed -i '/ b:/d' actorsup.yaml
    actorsup reload
    wait "$wait" || status=$?
    assert_equal "$status" 1
    run cat told
    assert_output --regexp '^actorsup: (b is stopped.* will not be done|unknown actor b)'
}

@test "reload behind many that were spawned and have ended" {
    topology <<'YAML'
actors:
  a: {run: cat}
  one: {run: "true", template: true, restart: never}
YAML
    up_system
    local i
    for i in $(seq 80); do
        actorsup spawn one "n$i"
    done
    wait_until 20 prints a actorsup ps -q
    sed -i 's/run: cat/run: cat -u/' actorsup.yaml
    run actorsup reload
    assert_success
    assert_equal "$(state_of a)" ready
}

@test "one that becomes a template leaves its mail to the dead letters" {
    topology <<'YAML'
actors:
  a: {run: sleep 1000}
  b: {run: cat}
YAML
    up_system
    seq 2 | actorsend a
    sed -i 's/sleep 1000/sleep 1000, template: true/' actorsup.yaml
    run -0 actorsup reload --dry-run
    assert_line --regexp '^~ .* template: all of it ends$'
    run actorsup reload
    assert_output --partial "all of it ends"
    dead_is 2
    sed -i 's/, template: true//' actorsup.yaml
    run -0 actorsup reload --dry-run
    assert_line --regexp '^~ .* template: it starts$'
}
