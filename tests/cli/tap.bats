bats_require_minimum_version 1.5.0
load helper
load conditions

# `actorsup tap`: copies of what goes by, and nobody held up by them.

# tapping NAME ARGS...: a tap in the background, once it has begun; its lines go to tap.NAME.
tapping() {
    local name=$1
    shift
    background actorsup tap "$@" >"tap.$name" 2>"tap.$name.err"
    wait_until 10 file_has "tap.$name" '"event":"tap"'
}
# shown NAME FILTER: of each line of a tap but the first what the jq filter makes of it.
shown() { sed 1d "tap.$1" | jq -rc "$2"; }
# shows NAME N: it has so many lines now, besides the first.
shows() { [ "$(sed 1d "tap.$1" | wc -l)" -ge "$2" ]; }
message='[.event, .from, .to, .type, .body] | join(" ")'

# ended: the last background command has ended with 0.
ended() {
    local status=0
    wait "$BG" || status=$?
    assert_equal "$status" 0
}

@test "messages to an actor and from it, with envelope, direction and time" {
    topology <<'YAML'
actors:
  a: {shell: "exec stdbuf -oL tr a-z A-Z", to: b}
  b: {shell: "exec stdbuf -oL sed s/^/b:/", ack: line, to: c}
  c: {shell: "exec cat >/dev/null"}
YAML
    up_system
    tapping b b
    assert_equal "$(head -1 tap.b | jq -c .actors)" '["b"]'
    actorsend a one
    actorsend -H k=v b two
    wait_until 10 shows b 4
    run -0 shown b "$message"
    assert_line "in a b tell ONE"
    assert_line "out b c tell b:ONE"
    assert_line --regexp '^in ~[0-9]+ b tell two$'
    assert_line "out b c tell b:two"
    assert_equal "$(shown b 'select(.body == "two") | .headers.k')" v
    shown b .time | grep -qxE '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z'
    shown b .id | grep -qxE '[0-9a-f]{16}'
    [ "$(shown b .id | sort -u | wc -l)" = 4 ]
}

@test "asks, replies and bodies that are not UTF-8; each direction alone; sizes" {
    topology <<'YAML'
actors:
  echo: {run: $OBEY, speaks: json}
  bytes: {shell: "exec cat >/dev/null"}
YAML
    sed -i "s|\$OBEY|$OBEY|" actorsup.yaml
    up_system
    tapping all echo bytes
    tapping in --in echo bytes
    tapping out --out echo bytes
    tapping size --no-body bytes
    assert_equal "$(actorsend -a echo 'echo hi')" hi
    printf 'a\377b\n' | actorsend bytes
    wait_until 10 shows all 3
    run -0 shown all "$message"
    assert_line --regexp '^in ~[0-9]+ echo ask echo hi$'
    assert_line --regexp '^out echo ~[0-9]+ reply hi$'
    assert_equal "$(shown all 'select(.to == "bytes") | .body64')" "$(printf 'a\377b' | base64)"
    wait_until 10 shows size 1
    assert_equal "$(shown size '[.size, has("body"), has("body64")] | join(" ")')" "3 false false"
    wait_until 10 shows in 2
    wait_until 10 shows out 1
    assert_equal "$(shown in .event | sort -u)" in
    assert_equal "$(shown out .event | sort -u)" out
}

@test "frames and once; one line for what goes between two that are tapped" {
    topology <<YAML
actors:
  f: {run: $CLIENT actor, speaks: frames, to: job}
  job: {shell: "cat; printf \" by %s\" \$\$MSG_FROM", speaks: once, to: last}
  last: {shell: "exec cat >/dev/null"}
YAML
    up_system
    tapping f f
    tapping both job last
    actorsend f "echo x"
    wait_until 10 shows both 2
    assert_equal "$(shown both 'select(.to == "last") | [.event, .body] | join(" ")')" "within x by f"
    assert_equal "$(shown both 'select(.to == "job") | [.event, .from] | join(" ")')" "in f"
    assert_equal "$(shown f '[.event, .to] | join(" ")' | paste -sd,)" "in f,out job"
}

@test "what becomes of messages: handed over, handled, failed, put back, dead, dropped" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, mailbox: {retry: 2}}
  d: {run: cat, mailbox: {expire: 50ms}}
YAML
    up_system
    tapping j -H j d
    actorsend j "fail because"
    wait_until 10 dead_is 1
    actorsend j "defer it"
    actorsend j "send nobody text"
    actorsend j die-once
    actorsup stop d
    actorsend d late
    wait_until 10 file_has tap.j '"dropped"'
    wait_until 10 idle j
    run -0 shown j '[.event, .body, .by, .reason] | map(. // "") | join(" ")'
    assert_line "failed  j because"
    assert_line "dead fail because  because"
    assert_line "deferred  j "
    assert_line "taken  j "
    assert_line "handled  j "
    assert_line "returned  j "
    assert_line --regexp '^dead text .*unknown actor nobody'
    assert_line "dropped late  expired"
    # Taken twice, and neither handled nor shown as such.
    local id
    id=$(shown j 'select(.event == "dead" and .reason == "because") | .id')
    assert_equal "$(shown j "select(.id == \"$id\") | .event" | paste -sd' ')" \
        "in taken failed taken dead"
    balanced
}

@test "that a filter has read is told by itself, also when it takes long" {
    mkfifo go
    topology <<'YAML'
actors:
  soon: {shell: "exec cat >/dev/null"}
  late: {shell: "read -r x <go; exec cat >/dev/null"}
YAML
    up_system
    tapping both -H soon late
    actorsend soon a
    actorsend late b
    wait_until 10 file_has tap.both '"handled".*"soon"'
    refute grep -q '"handled".*"late"' tap.both
    echo >go
    wait_until 20 file_has tap.both '"handled".*"late"'
}

@test "a member of a pool, globs, and actors that come later" {
    topology <<YAML
actors:
  p: {shell: "exec stdbuf -oL sed s/^/\$\$ACTOR_INDEX:/", pool: 2, to: end}
  end: {shell: "exec cat >/dev/null"}
  kid: {run: cat, template: true}
YAML
    up_system
    tapping two p/2
    for i in 1 2 3 4 5 6 7 8; do actorsend p "$i"; done
    actorsend p/2 direct
    wait_until 10 handled_is p 9
    wait_until 10 handled_is end 9
    wait_until 10 shows two 2
    assert_equal "$(shown two 'select(.event == "in") | .to' | sort -u)" p/2
    assert_equal "$(shown two 'select(.event == "out") | .body' | cut -d: -f1 | sort -u)" 2
    assert_equal "$(shown two 'select(.event == "in") | .body' | sort)" \
        "$(shown two 'select(.event == "out") | .body' | cut -d: -f2 | sort)"
    tapping all '*'
    actorsup spawn kid boy
    actorsend boy hello
    wait_until 10 shows all 1
    assert_equal "$(shown all 'select(.to == "boy") | .body')" hello
}
handled_is() { [ "$(audit_get "$1" handled)" = "$2" ]; }

all_told() { [ "$(shown "$1" '.lost // 1' | paste -sd+ | bc)" = "$2" ]; } # NAME MESSAGES

@test "a tap that is stopped holds nobody up, and is told what it has missed" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {shell: "exec cat >/dev/null"}
YAML
    up_system
    tapping b b
    kill -STOP "$BG"
    seq 1 300000 | within 60 actorsend a
    wait_until 60 handled_is b 300000
    kill -CONT "$BG"
    wait_until 20 file_has tap.b '"lost"'
    # Behind what was lost it goes on, and nothing is missing in the sum.
    wait_until 20 all_told b 300000
    actorsend a last
    wait_until 20 file_has tap.b '"body":"last"'
    assert_equal "$(shown b '.lost // 1' | paste -sd+ | bc)" 300001
    shown b . >/dev/null # each line is JSON
    balanced
}

@test "under load each line is one message, in order, and lost ones are counted in their place" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {shell: "exec cat >/dev/null"}
YAML
    up_system
    tapping b --in b
    seq 1 200000 | within 60 actorsend a
    wait_until 60 handled_is b 200000
    wait_until 20 all_told b 200000
    actorsend a 200001
    wait_until 20 file_has tap.b '"body":"200001"'
    sed 1d tap.b | jq -r '.lost // .body' >values
    sed 1d tap.b | jq -r 'if .lost then "lost" else "body" end' | paste - values | awk '
        $1 == "lost" { at += $2; next }
        $2 != ++at { print "not " at ": " $2; exit 1 }
        END { exit at != 200001 }'
    balanced
}

@test "it ends: -n, an interrupt, its reader, the system" {
    topology <<'YAML'
actors:
  a: {shell: "exec cat >/dev/null"}
YAML
    up_system
    tapping n -n 2 a
    actorsend -n 5 a x
    ended
    assert_equal "$(wc -l <tap.n)" 3
    tapping int a
    kill -INT "$BG"
    ended
    tapping term a
    kill -TERM "$BG"
    ended
    background bash -c 'actorsup tap a | head -1'
    wait "$BG"
    tapping end a
    actorsup down
    ended
    assert_equal "$(cat tap.*.err)" ""
}

@test "whom there is not: 1; no actor named: 2; no such system: 3" {
    topology <<'YAML'
actors: {alpha: {run: cat}}
YAML
    run -3 actorsup tap alpha
    up_system
    run -1 actorsup tap alpah
    assert_output --partial "did you mean alpha?"
    run -2 actorsup tap
    run -2 actorsup tap -n none alpha
}
