bats_require_minimum_version 1.5.0
load helper
load conditions

# At least once, with ids to tell repeats.

@test "a repeat has the id of the first and a higher attempt: json" {
    topology <<YAML
actors:
  j: {run: $OBEY, speaks: json, backoff: {min: 1ms}}
YAML
    up_system
    actorsend j 'die-once'
    wait_until 10 file_lines got.j 2
    assert_equal "$(got j)" "$(printf 'tell 1 die-once\ntell 2 die-once')"
    assert_equal "$(sort -u ids.j | wc -l)" 1
}

@test "a repeat has the id of the first and a higher attempt: once" {
    script o <<'SH'
#!/bin/sh
echo "$MSG_ID $MSG_ATTEMPT" >>got
[ "$MSG_ATTEMPT" -ge 3 ]
SH
    topology <<'YAML'
actors:
  o: {run: ./o, speaks: once, backoff: {min: 1ms}}
YAML
    up_system
    actorsend o x
    wait_until 10 file_lines got 3
    assert_equal "$(cut -d' ' -f2 got | tr '\n' ' ')" "1 2 3 "
    assert_equal "$(cut -d' ' -f1 got | sort -u | wc -l)" 1
}

@test "an ask whose process dies is answered by the next, once" {
    script s <<'SH'
#!/bin/bash
read -r line
[ -e died ] || { touch died; kill -KILL $$; }
echo "answer to $line"
exec cat >/dev/null
SH
    topology <<'YAML'
actors:
  s: {run: ./s, backoff: {min: 1ms}}
YAML
    up_system
    run -0 actorsend -a -t 20 s question
    assert_output "answer to question"
}
