bats_require_minimum_version 1.5.0
load helper
load conditions

@test "once: body on stdin, MSG_ in the environment, all of stdout is the answer" {
    topology <<'YAML'
actors:
  o: {shell: 'cat; echo; echo "$$MSG_TYPE $$MSG_ATTEMPT $$MSG_H_A_B"', speaks: once}
  none: {run: "true", speaks: once}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 -H a-b=c o 'the body')" "$(printf 'the body\nask 1 c')"
    # An empty answer is one.
    run -0 actorsend -a -t 20 none x
    assert_output ""
}

@test "once: its output, if not empty, goes to its target as one message" {
    topology <<YAML
actors:
  o: {run: cat, speaks: once, to: j}
  j: {run: $OBEY, speaks: json}
YAML
    up_system
    printf 'two\nlines' | actorsend -w o
    : | actorsend -w o || true
    actorsend o ''
    actorsend o end
    wait_until 10 file_has got.j end
    assert_equal "$(jq -r .body json.j | head -n 3)" "$(printf 'two\nlines\nend')"
}

@test "once: a failed attempt's output is discarded, it is tried again, then dead with evidence" {
    topology <<'YAML'
actors:
  o: {shell: "echo out; echo why >&2; exit 3", speaks: once, to: sink, backoff: {min: 1ms, max: 2ms}}
  sink: {shell: "exec cat >out"}
YAML
    up_system
    actorsend o x
    wait_until 20 dead_is 1
    assert_equal "$(dead_get attempts)" 3
    run actorsup dead show "$(first_dead)"
    assert_output --partial "3"
    assert_output --partial why
    assert_equal "$(cat out)" ""
    assert_equal "$(state_of o)" ready
    balanced
}

@test "once: at most concurrency processes at a time, started in order" {
    topology <<'YAML'
actors:
  o: {shell: "read -r l; echo $$l >>started; until test -e go.$$l; do sleep 0.02; done; echo $$l >>ended", speaks: once, concurrency: 2}
YAML
    up_system
    for n in 1 2 3; do actorsend o $n; done
    wait_until 10 file_lines started 2
    assert_equal "$(sort started | tr '\n' ' ')" "1 2 "
    touch go.2
    wait_until 10 file_lines started 3
    assert_equal "$(cat ended)" 2
    touch go.1 go.3
    wait_until 10 idle o
    balanced
}

@test "once: a process that is killed is a failed attempt" {
    topology <<'YAML'
actors:
  o: {shell: "echo $$MSG_ATTEMPT >>tries; test $$MSG_ATTEMPT = 2 || kill -KILL $$$$; echo done", speaks: once, backoff: {min: 1ms}}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 o x)" done
    assert_equal "$(tr '\n' ' ' <tries)" "1 2 "
}

@test "once: a message that is put back again and again does not hold up the others" {
    topology <<'YAML'
actors:
  o: {shell: "read -r x; test $x != later || exit 75; echo $x >>seen", speaks: once,
      backoff: {min: 1h, max: 1h}}
YAML
    up_system
    actorsend -n 3 o later
    seq 20 | actorsend o
    wait_until 20 file_lines seen 20
    assert_equal "$(ps_get o in_hand)" 3
    balanced
}

@test "once: what the supervisor sets is set once, whatever is inherited or stands in env_file" {
    printf 'ACTOR_NAME=evil\nMSG_ID=evil\nA=file\n' >e.env
    export MSG_ID=stale A=inherited
    topology <<'YAML'
actors:
  o: {run: env, speaks: once, env_file: e.env}
YAML
    up_system
    actorsend -a -t 20 -H a-b=1 -H a.b=2 o x >env.out
    for name in ACTOR_NAME MSG_ID MSG_H_A_B A; do
        assert_equal "$(grep -c "^$name=" env.out)" 1
    done
    assert_equal "$(grep -E '^(A|ACTOR_NAME)=' env.out | sort | paste -sd' ')" "A=file ACTOR_NAME=o"
    run -1 grep -E '=(evil|stale)$' env.out
}
