bats_require_minimum_version 1.5.0
load helper

@test "every command has --help, with its usage and options" {
    for c in up down ps logs start stop restart kill spawn exit wait check events tap graph trace dead audit schema completion version ls help; do
        run -0 actorsup "$c" --help
        assert_output --partial "usage: actorsup [-s SYSTEM | -f FILE] $c"
        assert_output --partial "--system SYSTEM"
    done
}

@test "help, and help COMMAND, are as --help" {
    run -0 actorsup help
    assert_output "$(actorsup --help)"
    run -0 actorsup help logs
    assert_output "$(actorsup logs --help)"
    run -2 actorsup help lgos
    assert_output --partial "did you mean logs?"
}

@test "actorsup --help lists the commands, exit statuses and variables" {
    run -0 actorsup --help
    for word in up down ps logs events dead audit ACTORSUP_SYSTEM "no such system is running"; do
        assert_output --partial "$word"
    done
}

@test "without a command: 2, and where help is" {
    run -2 actorsup
    assert_output "actorsup: no command given; actorsup --help lists them"
}

@test "an unknown command suggests the nearest" {
    run -2 actorsup lgos
    assert_output --partial 'unknown command "lgos" (did you mean logs?)'
    run -2 actorsup frobnicate
    assert_output --partial "actorsup --help lists them"
}

@test "an unknown option suggests the nearest, and is one line" {
    run -2 actorsup logs --folow
    assert_output "actorsup: logs: unknown option --folow (did you mean --follow?)"
    run -2 actorsup ps -Z
    assert_output --partial "unknown option -Z"
    run -2 actorsup --sytem x ps
    assert_output --partial "did you mean --system?"
    run -2 actorsend --aks x
    assert_output --partial "actorsend: unknown option --aks (did you mean --ask?)"
}

@test "too few or too many arguments: 2" {
    run -2 actorsup start
    assert_output --partial "too few arguments"
    run -2 actorsup wait
    run -2 actorsup kill -TERM
    run -2 actorsup check a b
    assert_output --partial 'unexpected argument "b"'
    run -2 actorsup down now
    run -2 actorsup completion
}

@test "an option without its value, and a value too many: 2" {
    run -2 actorsup -s
    assert_output --partial "-s needs a value"
    run -2 actorsup ps --json=yes
    assert_output --partial "--json takes no value"
    run -2 actorsup logs -n many
    assert_output --partial "is not a number"
    run -2 actorsup wait --timeout soon x
    assert_output --partial "is not a time"
    run -2 actorsup wait --for redy x
    assert_output --partial "did you mean ready?"
    run -2 actorsup kill --signal NOPE x
    assert_output --partial "unknown signal"
    run -2 actorsup completion basch
    assert_output --partial "did you mean bash?"
    run -2 actorsup dead shwo
    assert_output --partial "did you mean show?"
}

@test "version: of both programs" {
    run -0 actorsup version
    assert_output --regexp '^actorsup [0-9]+\.[0-9]+\.[0-9]+ \(protocol 1'
    run -0 actorsup --version
    assert_output --regexp '^actorsup [0-9]'
    run -0 actorsend --version
    assert_output --regexp '^actorsend [0-9]'
    run -0 actorsup version --json
    assert_output --regexp '^\{"actorsup":"[0-9]'
}

@test "schema is JSON and knows the keys" {
    actorsup schema >schema.json
    "$PYTHON3" - <<'PY'
import json
s = json.load(open("schema.json"))
assert "actors" in s["properties"], list(s)
PY
}

@test "actorsend: what is wrong with a command line is said" {
    run -2 actorsend
    assert_output --partial "no ADDRESS given"
    run -2 actorsend a b c
    assert_output --partial 'unexpected argument "c"'
    run -2 actorsend 'A b' x
    assert_output --partial "is not an address"
    run -2 actorsend -n 3 a
    assert_output --partial "there is no MESSAGE"
    run -2 actorsend -n 0 a b
    run -2 actorsend -w a b
    run -2 actorsend -0 -w a
    run -2 actorsend -H nothing a b
    assert_output --partial "is not KEY=VALUE"
    run -2 actorsend -t 0 a b
    run -2 actorsend -s x -f y a b
    assert_output --partial "not both"
}

@test "output that cannot be written is an error" {
    [ -w /dev/full ] || skip "there is no /dev/full"
    run -1 bash -c 'actorsup --help >/dev/full'
    assert_output --partial "cannot write the output"
}
