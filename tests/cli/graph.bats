bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

# `actorsup graph`: the picture and its other forms, from a file and live.

@test "a picture of a file: columns, a fork, a join, what goes back, groups, templates" {
    topology <<'YAML'
actors:
  a: {run: cat, to: b}
  b: {run: cat, to: [c, d]}
  c: {run: cat, to: e, pool: 3}
  d: {run: cat, to: [e/1, a]}
  e: {run: cat, pool: 2}
  kid: {run: cat, template: true}
groups:
  late: {strategy: rest-for-one, members: [c, d]}
YAML
    run -0 actorsup graph
    assert_output "$(cat <<'EOF'
a ---> b -+---> c x3 --+> e x2
          +--+         |
             +> d -----+
back: d --> a
templates: kid
group late (rest-for-one): c, d
EOF
)"
    # The same for FILE and -f; no colours in a pipe.
    assert_equal "$(cd / && actorsup graph "$T/t/actorsup.yaml")" "$output"
    assert_equal "$(cd / && actorsup graph -f "$T/t/actorsup.yaml")" "$output"
}

@test "a long edge is led past the others" {
    topology <<'YAML'
actors:
  web: {run: cat, to: [check, log]}
  mail: {run: cat, to: check}
  check: {run: cat, to: log}
  log: {run: cat}
YAML
    run -0 actorsup graph
    assert_output "$(cat <<'EOF'
web -+-+--> check --+> log
     +-|-+          |
       | +----------+
mail --+
EOF
)"
}

@test "one that is too large for a picture is a list" {
    {
        echo "actors:"
        echo "  a0: {run: cat}"
        for i in $(seq 1 60); do echo "  a$i: {run: cat, to: a$((i / 2))}"; done
        echo "groups: {g: {members: [a1, a2]}}"
    } >actorsup.yaml
    run -0 actorsup graph
    assert_line --index 0 t
    assert_line "  a60  -> a30"
    assert_line "  group g (one-for-one)"
    assert_line "    a2  -> a1"
}

@test "live counts: lines in bulk, pools, asks and replies, outside, copies; and over a restart" {
    topology <<YAML
actors:
  a: {run: cat, to: b}
  b: {run: cat, pool: 2, to: [c, d]}
  c: {shell: "exec cat >/dev/null"}
  d: {shell: "exec cat >/dev/null"}
  j: {run: $OBEY, speaks: json, to: c}
YAML
    up_system
    seq 5000 | actorsend a
    actorsend -a j "echo hi"
    actorsend j "echo on"
    actorsend j "ask a question" || true
    wait_until 20 count_is b d 5000
    actorsup restart b
    seq 7 | actorsend a
    wait_until 20 count_is b d 5007
    count_is "~" a 5007
    count_is a b 5007
    count_is b c 5007
    count_is "~" j 3
    count_is j c 1
    count_is j "~" 0
    assert_equal "$(flow j "~" replies)" 1
    assert_equal "$(actorsup graph --format json | jq -c '[.running, (.flows[] | select(.from == "a") | .declared)]')" \
        '[true,true]'
    run -0 actorsup graph
    assert_line --regexp '^ +\+ 5,007 -\+ '
    assert_line "replies: j ..1..> ~"
    balanced
}
flow() { actorsup graph --format json | jq -r --arg f "$1" --arg t "$2" ".flows[] | select(.from == \$f and .to == \$t) | .$3"; }
count_is() { [ "$(flow "$1" "$2" messages)" = "$3" ]; }

@test "of children that come and go the counts stand with their template" {
    topology <<YAML
actors:
  kid: {run: cat, template: true, to: end}
  end: {shell: "exec cat >/dev/null"}
  boss: {run: $OBEY, speaks: json}
YAML
    up_system
    # More than are kept before those that are gone are forgotten.
    for i in $(seq 1 70); do
        echo "op {\"op\":\"spawn\",\"template\":\"kid\",\"name\":\"k$i\"}"
        echo "send boss.k$i hello"
        echo "op {\"op\":\"exit\",\"to\":\"boss.k$i\"}"
    done | actorsend boss
    wait_until 60 count_is kid end 70
    count_is boss kid 70
    assert_equal "$(actorsup graph --format json | jq '.flows | length')" 3
}

@test "dot is what graphviz takes, and mermaid has safe names" {
    topology <<'YAML'
actors:
  end: {run: cat, to: a-b}
  a-b: {run: cat}
  a_b: {run: cat}
groups: {in-one: {members: [end, inner]}, inner: {strategy: one-for-all, members: [a-b]}}
YAML
    up_system
    actorsend end x
    wait_until 10 count_is end a-b 1
    run -0 actorsup graph --format dot
    assert_line '        label="in-one (one-for-one)";'
    assert_line '    "end" -> "a-b" [label="1"];'
    if command -v dot >/dev/null; then
        actorsup graph --format dot | dot -Tsvg >out.svg 2>err
        assert_equal "$(cat err)" ""
        grep -q "<title>end&#45;&gt;a&#45;b</title>" out.svg
    fi
    run -0 actorsup graph --format mermaid
    assert_line --index 0 "flowchart LR"
    assert_line '    a_end -->|1| a_a_mb'
    assert_line '    a_a__b["a_b"]'
    assert_line '    subgraph ga_in_mone ["in-one (one-for-one)"]'
    run -2 actorsup graph --format dto
    assert_output --partial "did you mean dot?"
}

@test "hosts: on which actors are, of many their number, and those that are not up" {
    {
        echo "hosts:"
        echo "  gone: {launch: [/bin/false]}"
        for h in west east north south; do host "$h" "capabilities: {far: true}"; done
        cat <<'YAML'
actors:
  here: {run: cat, to: there}
  there: {run: cat, on: west, pool: 2, to: all}
  all: {run: cat, pool: 4, on: {far: true}}
YAML
    } | topology
    link_script
    run -0 actorsup graph
    assert_output "$(cat <<'EOF'
here ---> there x2 @west ---> all x4
hosts: main, gone, west, east, north, south
EOF
)"
    up_system
    wait_until 20 prints 4 hosts_of_all
    run -0 actorsup graph
    assert_line --regexp "^here -.*-> there x2 @west -.*-> all x4 @4 hosts$"
    wait_until 20 prints "hosts: main, gone (unreachable), west, east, north, south" hosts_line
    actorsup host rm gone
    actorsup host rm south
    actorsup host rm north
    wait_until 20 prints "hosts: main, west, east" hosts_line
    wait_until 20 prints "west,east" hosts_in_label
    run -0 actorsup graph --format dot
    assert_line --partial '"there" [label="there x2 @west\nready"]'
    run -0 actorsup graph --format json
    assert_equal "$(jq -c .hosts <<<"$output")" \
        '[{"name":"main","state":"up"},{"name":"west","state":"up"},{"name":"east","state":"up"}]'
}
hosts_of_all() { actorsup ps --json all | jq -r '.[] | select(.state == "ready").host' | sort -u | wc -l; }
hosts_line() { actorsup graph | grep hosts:; }
hosts_in_label() { actorsup graph --format mermaid | sed -n 's/.*all x4 @\(.*\)"\]/\1/p' | sed 's/east,west/west,east/'; }

@test "a faulty file: 2; a system that does not run: 3" {
    echo "actors: {a: {runn: cat}}" >actorsup.yaml
    run -2 actorsup graph
    run -3 actorsup -s nosuch graph
}
