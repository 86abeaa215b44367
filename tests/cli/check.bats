bats_require_minimum_version 1.5.0
load helper

@test "a file without faults: 0, and what is in it" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {run: cat}
YAML
    run -0 actorsup check
    assert_output "actorsup.yaml: system t, 2 actors, no faults"
    printf 'actors: {a: {run: cat}, b: {run: cat, template: true}}' >one.yaml
    run -0 actorsup check one.yaml
    assert_output "one.yaml: system t, 1 actor, 1 template, no faults"
}

@test "every fault at once, each with its place, line, caret and suggestion: 2" {
    topology <<'YAML'
actors:
  a:
    rnu: cat
    to: bb
  b:
    run: no-such-program-here
    restart: allways
YAML
    run -2 actorsup check
    assert_output --partial "actorsup.yaml:3:5:"
    assert_output --partial "run"
    assert_output --partial "actorsup.yaml:4:"
    assert_output --partial "actorsup.yaml:6:"
    assert_output --partial "actorsup.yaml:7:"
    assert_output --partial "always"
    assert_output --partial "^"
}

@test "up shows the same faults and starts nothing: 2" {
    topology <<'YAML'
actors:
  a: {rnu: cat}
YAML
    run -2 actorsup up -d
    assert_output --partial "actorsup.yaml:2:7:"
    run -3 actorsup ps
}

@test "a file that is not there, or not YAML: 2" {
    run -2 actorsup check
    assert_output --partial "actorsup.yaml"
    printf 'actors: [\n' >actorsup.yaml
    run -2 actorsup check
    assert_output --partial "actorsup.yaml:"
}

@test "the file may be named, with or without -f" {
    printf 'actors:\n  a: {run: cat}\n' >other.yaml
    run -0 actorsup check other.yaml
    run -0 actorsup -f other.yaml check
    run -2 actorsup -s t check
}

# fine DEFAULTS ACTORS: is that no fault? faulty: is it one, in the actor's own line?
file_of() { printf 'defaults: {%s}\nactors:\n  a: {run: cat, to: b}\n  b: {run: cat}\n  %s\n' "$@" >actorsup.yaml; }
fine() { file_of "$@" && run -0 actorsup check || { echo "$output" >&2; false; }; }
faulty() { file_of "$@" && run -2 actorsup check && assert_output --partial "actorsup.yaml:5:"; }

@test "defaults: what an actor cannot have does not apply to it; what it says itself is a fault" {
    script o.so <<<"#!/bin/sh"
    fine "mailbox: {keep: disk}" "t: {run: cat, template: true}"
    fine "mailbox: {keep: disk}" "t: {run: cat, template: true, mailbox: {retry: 2}}"
    faulty "mailbox: {retry: 2}" "t: {run: cat, template: true, mailbox: {keep: disk}}"
    fine "eof: upstream" "t: {run: cat, template: true}"
    faulty "eof: never" "t: {run: cat, template: true, eof: upstream}"
    fine "eof: upstream" "c: {run: cat, to: c}"
    fine "eof: upstream" "c: {run: cat, to: b, restart: always}"
    local thread="speaks: frames, in: thread, host: h"
    fine "transport: stdio" "c: {run: ./o.so, $thread}"
    faulty "transport: ipc" "c: {run: ./o.so, $thread, transport: stdio}"
    fine "ready: {log: x}" "c: {run: ./o.so, $thread}"
    faulty "nice: 0" "c: {run: ./o.so, $thread, ready: {log: x}}"
    fine "in: thread, host: h" "c: {run: cat, speaks: frames, transport: stdio}"
    fine "in: thread, host: h" "c: {run: cat, speaks: frames, ready: {log: x}}"
    fine "in: thread, host: h" "c: {run: cat, speaks: frames, on: {}}"
    fine "on: {}" "c: {run: ./o.so, $thread}"
    fine "on: {}" "c: {run: cat, speaks: frames, transport: tcp}"
    fine "transport: tcp" "c: {run: cat, speaks: frames, on: {}}"
    faulty "nice: 0" "c: {run: cat, speaks: frames, transport: tcp, on: {}}"
}

@test "actorsup is a name of the supervisor's own: no actor, template, group or process of threads has it" {
    local own="is a name of the supervisor's own"
    printf 'actors:\n  actorsup: {run: cat}\n  a: {run: cat}\n' >one.yaml
    run -2 actorsup check one.yaml
    assert_output --partial "one.yaml:2:3: \`actorsup\` $own"
    printf 'actors:\n  a: {run: cat}\n  actorsup: {run: cat, template: true}\n' >one.yaml
    run -2 actorsup check one.yaml
    assert_output --partial "one.yaml:3:3: \`actorsup\` $own"
    printf 'actors:\n  a: {run: cat}\ngroups:\n  actorsup: {members: [a]}\n' >one.yaml
    run -2 actorsup check one.yaml
    assert_output --partial "one.yaml:4:3: \`actorsup\` $own"
    script o.so <<<"#!/bin/sh"
    printf 'actors:\n  a: {run: ./o.so, speaks: frames, in: thread, host: actorsup}\n' >one.yaml
    run -2 actorsup check one.yaml
    assert_output --partial "one.yaml:2:54: \`actorsup\` $own"
}
