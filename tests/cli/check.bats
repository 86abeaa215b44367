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
