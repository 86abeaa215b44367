bats_require_minimum_version 1.5.0
load helper
load conditions

# `mailbox: {keep: disk}`: what was accepted is there after the next `up`.

kill_supervisor() {
    kill -KILL "$(supervisor_pid)"
    wait_until 10 no_test_processes
}
mail_files() { ls "$T/state/actorsup/t/mail/"*.mail; }
event_has() { grep -q -- "$1" "$T/state/actorsup/t/events/events.log"; }
told() { grep -q -- "$1" "$T/state/actorsup/t/logs/actorsup.log"; }

# An actor that never reads, and one that takes what it gets.
system_of_two() {
    topology <<'YAML'
actors:
  slow: {run: sleep 1000, mailbox: {keep: disk, messages: 1000000}}
  sink: {shell: "exec cat >>out", mailbox: {keep: disk}}
YAML
}

@test "what was accepted is queued again in order after SIGKILL of the supervisor" {
    system_of_two
    up_system
    seq 1 1000 | actorsend slow
    kill_supervisor
    topology <<'YAML'
actors:
  slow: {shell: "exec cat >>out", mailbox: {keep: disk}}
YAML
    up_system
    wait_until 10 file_lines out 1000
    seq 1 1000 | cmp - out
    wait_until 10 idle slow
    balanced
    assert [ "$(audit_get slow accepted)" = 1000 ]
}

@test "what was handled does not come again, by down or by SIGKILL of the guardian" {
    system_of_two
    up_system
    seq 1 1000 | actorsend sink
    wait_until 10 file_lines out 1000
    wait_until 10 idle sink
    actorsup down
    up_system
    actorsend sink again
    wait_until 10 file_has out again
    # That it was handled is synced a moment later, with the next that comes.
    wait_until 10 idle sink
    actorsend sink last
    kill -KILL "$(ps -o ppid= -p "$(supervisor_pid)" | tr -d ' ')"
    wait_until 10 no_test_processes
    up_system
    wait_until 10 idle sink
    assert [ "$(grep -c '^1000$' out)" = 1 ]
    assert [ "$(head -n 1001 out | tail -n 1)" = again ]
}

@test "what a filter has read does not come again, though nobody has looked since" {
    topology <<'YAML'
actors:
  r: {shell: "exec cat >>out", mailbox: {keep: disk}}
YAML
    up_system
    background actorsup tap -H r >tap.out
    wait_until 10 file_has tap.out '"event":"tap"'
    seq 1 20 | actorsend r
    wait_until 10 all_read
    kill_supervisor
    up_system
    wait_until 10 idle r
    seq 1 20 | cmp - out
}
all_read() { [ "$(jq -s '[.[] | select(.event == "handled") | .count // 1] | add' tap.out)" = 20 ]; }

@test "down says how many are kept, and the next up has them, with headers, sender and id" {
    topology <<'YAML'
actors:
  a: {run: ./keep, speaks: json, mailbox: {keep: disk}, restart: never}
YAML
    script keep <<'SH'
#!/bin/sh
exec cat >>got
SH
    up_system
    actorsend -H colour=red a one
    wait_until 10 file_has got one
    run -0 actorsup down
    assert_output 't is down; 1 message was left unhandled, 1 kept on disk'
    up_system
    wait_until 10 file_lines got 2
    run -0 jq -sc '[.[0], .[1]] | map(del(.attempt)) | .[0] == .[1]' got
    assert_output true
    run -0 jq -sc 'map([.attempt, .headers.colour, .body])' got
    assert_output '[[1,"red","one"],[2,"red","one"]]'
}

@test "nothing of mail in memory is on the disk, and no folder is made for it" {
    topology <<'YAML'
actors: {a: {run: cat}}
YAML
    up_system
    actorsend a x
    assert [ ! -e "$T/state/actorsup/t/mail" ]
}

@test "the folder is this user's alone; another supervisor's is not touched" {
    system_of_two
    up_system
    assert [ "$(stat -c %a "$T/state/actorsup/t/mail")" = 700 ]
    assert [ "$(stat -c %a "$(mail_files | head -n 1)")" = 600 ]
    mkdir -m 0700 "$T/other"
    ACTORSUP_RUNTIME_DIR=$T/other run -1 actorsup up -d
    assert_output --partial 'in use by another supervisor'
    actorsup down
    chmod 0755 "$T/state/actorsup/t/mail"
    run -1 actorsup up -d
    assert_output --partial 'must belong to this user alone'
    chmod 0700 "$T/state/actorsup/t/mail"
}

@test "dead letters of it survive with reason and evidence, and can be tried again" {
    topology <<'YAML'
actors:
  bad: {run: ./bad, speaks: once, backoff: {min: 1ms}, mailbox: {keep: disk, retry: 2}}
YAML
    script bad <<'SH'
#!/bin/sh
[ -e well ] && cat >>out && exit 0
echo "it hurts" >&2
exit 3
SH
    up_system
    actorsend bad one
    actorsend bad two
    wait_until 10 dead_is 2
    kill_supervisor
    up_system
    assert [ "$(dead_count)" = 2 ]
    run -0 actorsup dead show "$(first_dead)"
    assert_output --partial 'attempts  2'
    assert_output --partial 'it hurts'
    balanced
    actorsup dead drop "$(first_dead)"
    touch well
    actorsup dead retry "$(first_dead)"
    wait_until 10 file_has out two
    wait_until 10 idle bad
    actorsup down
    up_system
    assert [ "$(dead_count)" = 0 ]
    assert [ "$(cat out)" = two ]
    balanced
}

@test "attempts survive, and a death of the supervisor is laid on no message" {
    topology <<'YAML'
actors:
  a: {run: ./die, speaks: json, backoff: {min: 1ms}, mailbox: {keep: disk, retry: 3}, ready: notify}
YAML
    script die <<'SH'
#!/bin/sh
echo >&3
while read -r line; do
    printf '%s\n' "$line" >>got
    ! rm mortal 2>/dev/null || exit 1
done
SH
    touch mortal
    up_system
    actorsend a poison
    wait_until 10 file_lines got 2
    local n round
    for round in 1 2 3; do
        n=$(wc -l <got)
        kill_supervisor
        up_system
        wait_until 10 file_lines got $((n + 1))
    done
    assert [ "$(dead_count)" = 0 ]
    assert [ "$(tail -n 1 got | jq .attempt)" -gt 2 ]
    # It has one to its name, from before: two more make three.
    for round in 1 2; do
        assert [ "$(dead_count)" = 0 ]
        n=$(wc -l <got)
        actorsup kill a
        wait_until 10 one_more "$n"
    done
    assert [ "$(dead_get attempts)" -ge 4 ]
}

one_more() { dead_is 1 || file_lines got $(($1 + 1)); }

@test "mail of actors that are gone stays on the disk, and is told" {
    system_of_two
    up_system
    actorsend slow mine
    actorsup down
    topology <<'YAML'
actors: {other: {run: cat, mailbox: {keep: disk}}}
YAML
    up_system
    event_has 'mail.kept'
    told 'mail.kept actor=slow messages=1'
    actorsup down
    topology <<'YAML'
actors: {slow: {shell: "exec cat >>out"}}
YAML
    up_system
    wait_until 10 file_has out mine
    wait_until 10 idle slow
    actorsup down
    rm out
    up_system
    actorsend slow new
    wait_until 10 file_has out new
    assert [ "$(cat out)" = new ]
}

@test "of a pool: mail of a member that is gone goes to the others" {
    topology <<'YAML'
actors: {p: {run: sleep 1000, pool: 3, mailbox: {keep: disk}}}
YAML
    up_system
    actorsend p/1 a
    actorsend p/3 b
    actorsend 'p/*' c
    kill_supervisor
    topology <<'YAML'
actors: {p: {run: ./say, pool: 2, mailbox: {keep: disk}}}
YAML
    script say <<'SH'
#!/bin/sh
exec sed -u "s/^/$ACTOR_INDEX:/w got.$ACTOR_INDEX"
SH
    up_system
    wait_until 10 idle p
    wait_until 10 all_said 5
    assert [ "$(head -n 2 got.1 | tr '\n' ' ')" = '1:a 1:c ' ]
    balanced
}
@test "of a pool that is scaled: mail of a member that has left is kept as that of the others" {
    topology <<'YAML'
actors: {p: {run: sleep 1000, pool: 2, stop: {grace: 100ms}, mailbox: {keep: disk, in_hand: 1}}}
YAML
    up_system
    for i in 1 2 3; do actorsend p/2 $i; done
    actorsup scale p=1
    wait_until 10 audit_is p queued 2
    actorsend p last
    kill_supervisor
    up_system
    assert [ "$(audit_get p accepted)" = 4 ]
    balanced
}
audit_is() { [ "$(audit_get "$1" "$2")" = "$3" ]; }
all_said() { [ "$(cat got.* | wc -l)" = "$1" ]; }

@test "bounds hold after it was found again, and a body that is refused now is a dead letter" {
    topology <<'YAML'
actors: {a: {run: sleep 1000, delimiter: nul, mailbox: {keep: disk}}}
YAML
    up_system
    printf 'two\nlines' | actorsend -w a
    for i in 1 2 3; do actorsend a $i; done
    actorsup down
    topology <<'YAML'
actors: {a: {run: sleep 1000, mailbox: {keep: disk, messages: 2}}}
YAML
    up_system
    assert [ "$(ps_get a queued)$(ps_get a in_hand)" = 03 ] || assert [ "$(audit_get a dead)" = 1 ]
    assert [ "$(dead_get reason)" = 'the body holds a newline, which ends a message to it' ]
    run -1 actorsend -t 0.2 a more
    assert_output --partial 'accepted 0 of 1'
    balanced
}

@test "a full disk: the send fails visibly, output waits, and goes on when there is room" {
    topology <<'YAML'
actors:
  slow: {run: sleep 1000, mailbox: {keep: disk, messages: 1000000, bytes: 1GiB}}
  src: {shell: "cat go; exec yes $$(printf %01000d 7)", to: slow, restart: never}
YAML
    mkfifo go
    up_system
    prlimit --pid "$(supervisor_pid)" --fsize=4190208:
    local accepted
    yes "$(printf %0100d 7)" | head -n 200000 >text
    run -1 actorsend slow <text
    assert_output --regexp '^actorsend: accepted [0-9]+ of [0-9]+( so far)?: .*cannot be kept on the disk: File too large'
    accepted=$(sed -n 's/^actorsend: accepted \([0-9]*\) of.*/\1/p' <<<"$output")
    assert [ "$(audit_get slow accepted)" = "$accepted" ]
    assert [ "$accepted" -gt 1000 ]
    told mail.disk_full
    : >go
    wait_until 10 blocked src
    assert [ "$(audit_get slow accepted)" -ge "$accepted" ]
    run -1 actorsend slow one
    accepted=$(audit_get slow accepted)
    kill -STOP "$(pid_of src)"
    prlimit --pid "$(supervisor_pid)" --fsize=unlimited:
    wait_until 10 actorsend slow late
    told mail.disk_room
    kill_supervisor
    rm go
    : >go
    actorsup up -d --only slow
    assert [ "$(audit_get slow accepted)" -gt "$accepted" ]
    balanced
}

@test "damage is found, told and put aside; all else is there" {
    system_of_two
    up_system
    for i in one two three; do actorsend slow $i; done
    kill_supervisor
    # The second message: its record begins where the first one's ends.
    local file
    file=$(mail_files | head -n 1)
    printf X | dd of="$file" bs=1 seek=$((4096 + 80 + 70)) conv=notrunc status=none
    up_system
    told 'mail.damaged file=0000000000000001.mail at=4176 bytes=80 aside=0000000000000001.4176.damaged'
    event_has 'mail.damaged'
    assert [ "$(stat -c %s "$T/state/actorsup/t/mail/0000000000000001.4176.damaged")" = 80 ]
    assert [ "$(audit_get slow accepted)" = 2 ]
    actorsup down
    truncate -s 5000 "$file"
    up_system
    told 'reason="the file was cut"'
    assert [ "$(audit_get slow accepted)" = 2 ]
    balanced
}

@test "keep: disk: a signal to end is a gentle stop, whoever of its threads is there" {
    topology <<'YAML'
actors:
  a: {run: cat, mailbox: {keep: disk}}
  b: {shell: "trap 'echo bye >bye; exit 0' TERM; echo up >&2; while :; do sleep 0.05; done", speaks: none, ready: {log: up}}
YAML
    background "$BUILD_BIN/actorsup" up >said 2>&1
    wait_until 20 state_is b ready
    for task in /proc/"$(supervisor_pid)"/task/*; do
        # Each thread blocks TERM (15), for the loop is told of it otherwise.
        (((0x$(sed -n 's/^SigBlk:[[:space:]]*//p' "$task/status") >> 14) & 1))
    done
    kill -TERM "$BG"
    wait "$BG"
    [ -e bye ]
}
