bats_require_minimum_version 1.5.0
load helper
load conditions

@test "lines: each message is its body and a newline; each line is a message to each target" {
    topology <<'YAML'
actors:
  up: {run: [sed, -u, "s/.*/<&>/"], to: [a, b]}
  a: {shell: "exec cat >a.out"}
  b: {shell: "exec cat >b.out"}
YAML
    up_system
    printf 'one\n\n three \n' | actorsend up
    wait_until 10 file_lines a.out 3
    wait_until 10 file_lines b.out 3
    printf '<one>\n<>\n< three >\n' | cmp - a.out
    cmp a.out b.out
}

@test "lines: a body that holds the delimiter is refused; delimiter: nul takes newlines" {
    topology <<'YAML'
actors:
  nl: {shell: "exec cat >nl.out"}
  nul: {shell: "exec cat >nul.out", delimiter: nul}
YAML
    up_system
    printf 'two\nlines' >body
    run -1 actorsend -w nl <body
    assert_output --partial newline
    actorsend -w nul <body
    actorsend nul 'x'
    wait_until 10 file_has nul.out x
    printf 'two\nlines\0x\0' | cmp - nul.out
}

@test "lines without to: the n-th line answers the n-th message if that is an ask; else it is logged" {
    topology <<'YAML'
actors:
  r: {run: [sed, -u, "s/^/re /"], ack: read}
  l: {run: [sed, -u, "s/^/re /"], ack: line}
YAML
    up_system
    for a in r l; do
        actorsend $a tell-one
        assert_equal "$(actorsend -a -t 20 $a ask-two)" "re ask-two"
        actorsend $a tell-three
        assert_equal "$(actorsend -a -t 20 $a ask-four)" "re ask-four"
        wait_until 10 log_has $a 're tell-one'
        log_has $a 're tell-three'
        run -1 log_has $a 're ask'
    done
}

@test "lines: an ask that timed out keeps its place" {
    script slow <<'SH'
#!/bin/bash
while read -r line; do
    if [ "$line" = slow ]; then until test -e go; do sleep 0.02; done; fi
    echo "re $line"
done
SH
    topology <<'YAML'
actors:
  s: {run: ./slow}
YAML
    up_system
    run -1 actorsend -a -t 0.2 s slow
    touch go
    assert_equal "$(actorsend -a -t 20 s next)" "re next"
    # The late answer is not lost without a word.
    wait_until 10 dead_is 1
    assert_equal "$(dead_get reason)" late
}

@test "ack: read: handled once its delimiter was read from the pipe" {
    script byte <<'SH'
#!/bin/bash
read -r -N 3 part && echo "$part" >part
until test -e go; do sleep 0.02; done
read -r rest && echo "$rest" >rest
exec sleep 1000
SH
    topology <<'YAML'
actors:
  b: {run: ./byte}
YAML
    up_system
    printf 'abcdef\nnext\n' | actorsend b
    wait_until 10 file_has part abc
    # A half: not handled.
    assert_equal "$(audit_get b handled)" 0
    touch go
    wait_until 10 file_has rest def
    wait_until 10 prints 1 audit_get b handled
    assert_equal "$(ps_get b in_hand)" 1
}

@test "ack: read: an ask is handled only by its answer" {
    script taker <<'SH'
#!/bin/bash
read -r line
[ -e died ] || { touch died; echo "$line" >>taken; exec sleep 1000; }
echo "re $line"
exec cat >/dev/null
SH
    topology <<'YAML'
actors:
  t: {run: ./taker, backoff: {min: 1ms}}
YAML
    up_system
    actorsend -a -t 60 t question >reply &
    local asker=$!
    wait_until 10 file_has taken question
    assert_equal "$(audit_get t handled)" 0
    actorsup kill t
    wait "$asker"
    assert_equal "$(cat reply)" "re question"
}

@test "ack: line with to: an ask goes on with its asker, id and headers, and the last stage answers" {
    topology <<YAML
actors:
  first: {run: [sed, -u, "s/^/1 /"], ack: line, to: second}
  second: {run: [sed, -u, "s/^/2 /"], ack: line, to: last}
  last: {run: $OBEY, speaks: json}
YAML
    up_system
    # The last stage is json, and shows what it got.
    run -1 actorsend -a -t 0.5 -H colour=red first x
    wait_until 10 file_lines got.last 1
    assert_equal "$(got last)" "ask 1 2 1 x"
    assert_equal "$(jq -r .headers.colour json.last)" red
    assert_equal "$(jq -r .from json.last | cut -c1)" "~"
}

@test "ack: line with to: the answer of the last stage reaches the asker" {
    topology <<'YAML'
actors:
  first: {run: [sed, -u, "s/^/1 /"], ack: line, to: last}
  last: {run: [sed, -u, "s/^/2 /"], ack: line}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 first x)" "2 1 x"
}

@test "ack: line with to: an ask that cannot go on is refused, and what was to go on is a dead letter" {
    topology <<'YAML'
actors:
  f: {run: stdbuf -oL cat, ack: line, to: "p/*"}
  p: {run: cat, pool: 2}
  g: {run: stdbuf -oL cat, ack: line, to: r}
  r: {run: cat, to: p}
YAML
    up_system
    run -1 actorsend -a -t 20 f x
    assert_output --partial "an ask needs one receiver"
    run -1 actorsend -a -t 20 g y
    assert_output --partial "does not answer"
    assert_equal "$(actorsup dead ls --json | jq -r '.[] | .to' | xargs)" "p/* r"
    balanced
}

@test "an ask to one with ack: read and to, or with several targets, is refused at once" {
    topology <<'YAML'
actors:
  r: {run: cat, to: s}
  l: {run: cat, ack: line, to: [s, s2]}
  s: {run: cat}
  s2: {run: cat}
YAML
    up_system
    for a in r l; do
        run -1 actorsend -a -t 20 $a x
        assert_output --partial "does not answer"
    done
}

@test "ack: line: output paired with a message inherits its headers" {
    topology <<YAML
actors:
  first: {run: [sed, -u, "s/^/1 /"], ack: line, to: last}
  last: {run: $OBEY, speaks: json}
YAML
    up_system
    actorsend -H lang=en -H b=2 first x
    wait_until 10 file_lines got.last 1
    assert_equal "$(jq -c .headers json.last)" '{"lang":"en","b":"2"}'
}

@test "a last line without a newline is a message after exit 0, else only logged" {
    topology <<'YAML'
actors:
  well: {shell: "printf 'a\\nlast well'", to: sink}
  badly: {shell: "printf 'b\\nlast badly'; exit 3", to: sink, restart: never}
  sink: {shell: "exec cat >out"}
YAML
    actorsup up -d
    wait_until 10 file_lines out 3
    assert_equal "$(sort out)" "$(printf 'a\nb\nlast well')"
    wait_until 10 log_has badly 'last badly'
}

@test "the environment: name, index, system, restarts; descriptors 0, 1 and 2 only" {
    topology <<'YAML'
actors:
  e: {shell: 'echo "$$ACTOR_NAME $$ACTOR_INDEX $$ACTOR_SYSTEM $$ACTORSUP_SYSTEM" >env.$$ACTOR_INDEX; ls /proc/self/fd | tr "\n" " " >fds; exec cat', pool: 2}
YAML
    up_system
    wait_until 10 test -s fds
    wait_until 10 file_lines env.1 1
    wait_until 10 file_lines env.2 1
    assert_equal "$(cat env.1)" "e 1 t t"
    assert_equal "$(cat env.2)" "e 2 t t"
    # 3 is of ls itself.
    assert_equal "$(cat fds)" "0 1 2 3 "
}

@test "actorsend run by an actor acts in its system and under its name" {
    topology <<YAML
actors:
  src: {shell: "actorsend sink hello; exec sleep 1000", speaks: none, after: [sink]}
  sink: {run: $OBEY, speaks: json}
YAML
    up_system
    wait_until 10 file_lines got.sink 1
    assert_equal "$(jq -r .from json.sink)" src
}

@test "a line that comes before its message was handed over whole answers nothing" {
    topology <<'YAML'
actors:
  early: {shell: "echo early; while test ! -e go; do sleep 0.02; done; head -n 1 | wc -c; exec cat"}
YAML
    up_system
    head -c 300000 /dev/zero | tr '\0' x >large
    actorsend -a -t 20 -w early <large >answer &
    wait_until 10 in_hand early 1
    touch go
    wait $!
    # Of what head read too much, the rest is lost to it; its count is the whole message.
    assert_equal "$(cat answer)" 300001
    balanced
}
in_hand() { [ "$(ps_get "$1" in_hand)" = "$2" ]; }

@test "an ask that nobody waits for any more does not hold up a filter after its death" {
    topology <<'YAML'
actors:
  mute: {shell: "exec cat >>got", backoff: {min: 0ms}}
YAML
    up_system
    run -1 actorsend -a -t 1 mute ask
    actorsup kill mute
    actorsend -n 3 mute tell
    wait_until 10 file_lines got 4
    assert_equal "$(actorsup dead ls --json | jq -r '.[].reason')" unanswered
    balanced
}

@test "an ask that is handed over again holds up a filter only as long as somebody waits" {
    topology <<'YAML'
actors:
  mute: {shell: "exec cat >>got", backoff: {min: 0ms}}
YAML
    up_system
    background actorsend -a -t 2 mute ask
    wait_until 10 file_lines got 1
    actorsup kill mute
    actorsend -n 3 mute tell
    wait_until 10 file_lines got 5
    assert_equal "$(paste -sd' ' got)" "ask ask tell tell tell"
    balanced
}

@test "lines: one that is too long to be a message stands in its pair all the same" {
    script long <<'SH'
#!/bin/bash
while read -r n; do
    head -c "$n" /dev/zero | tr '\0' x
    echo ":$n"
done
SH
    topology <<'YAML'
defaults: {mailbox: {retry: 1}}
actors:
  asked: {run: ./long}
  paired: {run: ./long, ack: line, to: sink}
  sink: {shell: "exec cat >out"}
YAML
    up_system
    run -1 --separate-stderr bash -c "printf '%s\n' 3 16777217 5 6 | actorsend -a -t $(patiently 20) asked"
    assert_equal "$output" "xxx:3
xxxxx:5
xxxxxx:6"
    assert_equal "$stderr" "actorsend: message 2 was not answered: its line was longer than a message may be"
    printf '%s\n' 3 16777217 5 6 | actorsend paired
    wait_until 20 idle paired
    assert_equal "$(actorsup dead ls --json | jq -r '.[] | .to + ": " + .reason')" \
        "asked: its line was longer than a message may be
paired: its line was longer than a message may be"
    assert_equal "$(audit_get paired handled)" 3
    balanced
}
