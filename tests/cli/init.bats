# init: messages that are handed over before all others, and again to each new process.
bats_require_minimum_version 1.5.0
load helper
load conditions

# up_init INIT [MORE]: x waits for what INIT says; `config` and `boss` send it what they are told to.
up_init() {
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  config: {run: $OBEY, speaks: json}
  boss: {run: $OBEY, speaks: json}
  x: {run: $OBEY, speaks: json, init: $1${2:+, $2}}
YAML
    up_system
}
tells() { actorsend "$1" "send x $2"; } # SENDER TEXT
waits_for() { [ "$(ps_get "${2:-x}" reason)" = "it waits for init from $1" ]; }
waits_for_nothing() { [ "$(ps_get x reason)" = "" ]; } # for what is sent by way of others
x_is() { assert_equal "$(got x | tr '\n' ',')" "$1"; }
x_dies() { # and is started again
    local pid
    pid=$(pid_of x)
    kill -KILL "$pid"
    wait_until 10 differs "$pid" pid_of x
    wait_until 10 state_is x ready
}

@test "until it has handled a message of each entry it gets nothing else; the rest waits in order" {
    up_init '{from: [config, boss], headers: [setup, kind=map]}'
    assert_equal "$(state_of x)" ready
    seq 3 | actorsend x
    actorsend -H kind=mop x no
    waits_for "config, boss, a message with the header setup, a message with the header kind=map"
    tells config c
    wait_until 10 waits_for "boss, a message with the header setup, a message with the header kind=map"
    actorsend -H setup= x s
    wait_until 10 waits_for "boss, a message with the header kind=map"
    actorsend -H kind=map x m
    tells boss 'hold b'
    wait_until 10 x_is "tell 1 c,tell 1 s,tell 1 m,tell 1 hold b,"
    actorsend x last
    assert_equal "$(ps_get x queued)" 5
    waits_for boss
    actorsend -H setup= x free # handled is what was acked
    wait_until 10 file_lines got.x 10
    x_is "tell 1 c,tell 1 s,tell 1 m,tell 1 hold b,tell 1 free,tell 1 1,tell 1 2,tell 1 3,tell 1 no,tell 1 last,"
    assert_equal "$(ps_get x reason)" ""
    log_has x actor.initialised
    balanced
}

@test "a new process gets what was handled last of each entry, before all else" {
    up_init '[config, boss]'
    tells config c1
    tells boss b1
    actorsend x one
    wait_until 10 idle x
    tells config c2
    wait_until 10 idle x
    rm got.x
    actorsend x die-once
    actorsend x two
    wait_until 10 file_lines got.x 5
    x_is "tell 1 die-once,tell 1 b1,tell 1 c2,tell 2 die-once,tell 1 two,"
    assert_equal "$(jq -r .from json.x | sort | uniq -c | awk '$2 !~ /^~/ { print $1, $2 }' | tr '\n' ' ')" "2 boss 3 config "
    wait_until 10 idle x
    assert_equal "$(audit_get x accepted) $(audit_get x handled)" "8 8"
    balanced
    rm got.x
    actorsup restart x
    wait_until 10 file_has got.x c2
    actorsend x three
    wait_until 10 file_has got.x three
    x_is "tell 1 b1,tell 1 c2,tell 1 three,"
    balanced
}

@test "what was not handled is not kept, be it failed, put back, or in hand of a process that died" {
    up_init config 'mailbox: {retry: 2}'
    tells config 'fail bad'
    wait_until 10 dead_is 1
    waits_for config
    tells config 'defer it'
    wait_until 10 idle x
    [ "$(ps_get x reason)" = "" ]
    tells config 'hold two'
    wait_until 10 file_has got.x 'hold two'
    x_dies
    wait_until 10 file_has got.x 'tell 2 hold two'
    x_is "tell 1 fail bad,tell 2 fail bad,tell 1 defer it,tell 1 defer it,tell 1 hold two,tell 1 defer it,tell 1 defer it,tell 2 hold two,"
    actorsup dead drop "$(first_dead)"
    balanced
}

@test "a copy that kills its processes goes to the dead letters, and another is waited for" {
    up_init config
    tells config 'die-once'
    # The first attempt of each copy dies: the second is handled, and counts from one again.
    wait_until 10 waits_for_nothing
    >fatal
    script fatal.py <<'PY'
#!/usr/bin/env python3
import json, os, sys
for line in sys.stdin:
    if os.path.exists("../fatal") or os.path.exists("fatal"): os.kill(os.getpid(), 9)
    print(json.dumps({"op": "ack", "id": json.loads(line)["id"]}), flush=True)
PY
    rm fatal
    actorsup down
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  config: {run: $OBEY, speaks: json}
  x: {run: $PYTHON3 fatal.py, speaks: json, init: config}
YAML
    up_system
    tells config good
    wait_until 10 waits_for_nothing
    >fatal
    x_dies
    wait_until 10 dead_is 1
    rm fatal
    wait_until 10 waits_for config
    assert_equal "$(dead_get reason)" "retry: 3 attempts failed, last: its process ended (signal KILL)"
    assert_equal "$(ps_get x restarts)" 4
    actorsend x held
    actorsup dead retry "$(first_dead)"
    wait_until 10 idle x
    balanced
}

@test "init mail passes a full mailbox; nothing of it is dropped or grows old" {
    up_init '{headers: setup}' 'mailbox: {messages: 3, full: drop-old, expire: 1s}'
    seq 5 | actorsend x
    assert_equal "$(audit_get x dropped)" 2
    assert_equal "$(ps_get x queued)" 3
    wait_until 10 prints 0 ps_get x queued # all of it has expired
    seq 6 9 | actorsend x
    actorsend -H setup= x go
    wait_until 10 idle x
    x_is "tell 1 go,tell 1 7,tell 1 8,tell 1 9,"
    balanced
}

@test "senders wait for room in a mailbox that is held, and init mail of others does not" {
    up_init config 'mailbox: {messages: 3, in_hand: 1}'
    seq 10 >numbers
    background sh -c "exec actorsend x <numbers"
    wait_until 10 prints 3 ps_get x queued
    kill -0 "$BG"
    tells config go
    wait "$BG"
    wait_until 10 file_lines got.x 11
    assert_equal "$(head -1 got.x)" "tell 1 go"
    assert_equal "$(tail -n +2 got.x | cut -d' ' -f3 | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 "
}

@test "replies to its own asks and timers are not held up" {
    up_init config
    script early <<'PY'
#!/usr/bin/env python3
import json, sys
print(json.dumps({"op": "send", "to": "boss", "body": "echo answered", "ask": "q"}))
print(json.dumps({"op": "wake", "after": 0.01, "id": "w"}), flush=True)
for line in sys.stdin:
    m = json.loads(line)
    print(m["type"], m.get("body", ""), file=open("early.got", "a"))
    if m["type"] == "exit":
        break
    print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
PY
    sed "s#x: {run: .*speaks#x: {run: $PYTHON3 early, speaks#" actorsup.yaml >new
    actorsup reload new
    actorsend x held
    wait_until 10 file_lines early.got 2
    assert_equal "$(sort early.got | tr '\n' ',')" "reply answered,wake ,"
    waits_for config
    assert_equal "$(ps_get x queued)" 1
    balanced
}

@test "each member of a pool gets it, those that join later too; NAME/N is for that member alone" {
    up_init config 'pool: 3'
    seq 30 | actorsend x
    tells config one
    wait_until 10 idle x
    [ "$(audit_get x handled)" = 33 ]
    assert_equal "$(grep -c 'tell 1 one' got.x)" 3
    actorsup scale x=4
    wait_until 10 prints 4 grep -c 'tell 1 one' got.x
    actorsend boss 'send x two' # no init mail
    actorsend config 'send x/2 second'
    wait_until 10 file_has got.x second
    wait_until 10 idle x
    kill -KILL "$(actorsup ps --json x | jq '.[1].pid')"
    wait_until 10 prints 2 grep -c second got.x
    tells config three
    wait_until 10 prints 4 grep -c three got.x
    kill -KILL "$(actorsup ps --json x | jq '.[1].pid')"
    wait_until 10 prints 5 grep -c three got.x
    assert_equal "$(grep -c second got.x)" 2
    balanced
}

@test "an elastic pool does not grow for mail that is held" {
    up_init config 'pool: {min: 1, max: 4}'
    seq 100 | actorsend x
    sleep 0.2
    assert_equal "$(actorsup ps --json x | jq length)" 1
    tells config go
    wait_until 10 idle x
    balanced
}

@test "frames: held, handed over, and again to the next process" {
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  config: {run: $OBEY, speaks: json}
  x: {run: $CLIENT actor, speaks: frames, to: sink, init: config}
  sink: {shell: "exec cat >out"}
YAML
    up_system
    actorsend x 'echo one'
    wait_until 10 waits_for config
    tells config 'echo setup'
    wait_until 10 file_lines out 2
    actorsend x die
    actorsend x 'echo two'
    wait_until 20 file_has out two
    assert_equal "$(tr '\n' ' ' <out)" "setup one setup setup setup two " # die is tried three times
}

@test "lines: a filter gets it as its first line, at each start" {
    topology <<YAML
defaults: {backoff: {min: 1ms}}
actors:
  config: {run: $OBEY, speaks: json}
  x: {shell: "while read -r l; do echo \$\$l; [ \$\$l != die ] || kill -9 \$\$\$\$; done", to: sink, init: config}
  paired: {shell: "while read -r l; do echo \$\$l; done", ack: line, to: sink2, init: config}
  sink: {shell: "exec cat >out"}
  sink2: {shell: "exec cat >out2"}
YAML
    up_system
    seq 3 | actorsend x
    seq 3 | actorsend paired
    tells config setup
    actorsend config 'send paired setup'
    wait_until 10 file_lines out 4
    wait_until 10 file_lines out2 4
    actorsend x die
    actorsend x 4
    wait_until 10 file_has out 4
    assert_equal "$(tr '\n' ' ' <out)" "setup 1 2 3 die setup 4 "
    assert_equal "$(tr '\n' ' ' <out2)" "setup 1 2 3 "
    wait_until 10 idle x
    balanced
}

@test "keep: disk: held mail and init mail that waits outlive the supervisor" {
    up_init config 'mailbox: {keep: disk}'
    seq 3 | actorsend x
    actorsup stop x
    tells config setup
    wait_until 10 prints 4 ps_get x queued
    kill_both
    up_system
    wait_until 10 file_lines got.x 4
    x_is "tell 2 setup,tell 2 1,tell 2 2,tell 2 3,"
    actorsup down
    run -0 actorsup up -d --wait=20
    actorsend x held
    wait_until 10 waits_for config
}

@test "reload: other entries are for the processes that start from then on; what was kept stays" {
    up_init config
    sed 's/init: config/init: [boss, config]/' actorsup.yaml >new
    run -0 actorsup reload new
    assert_output --partial init
    waits_for config
    actorsend x goes
    tells config c
    wait_until 10 file_has got.x goes
    wait_until 10 idle x
    actorsup stop x
    actorsend x held
    tells boss b
    wait_until 10 prints 2 ps_get x queued
    sed 's/init: config/init: config/' actorsup.yaml >old
    sed 's/init: config/init: [config, {}]/' actorsup.yaml >bad
    run -2 actorsup reload bad
    actorsup start x
    wait_until 10 idle x
    x_is "tell 1 c,tell 1 goes,tell 1 c,tell 1 b,tell 1 held,"
    sed 's/, init: config//' actorsup.yaml >none
    actorsup reload none
    rm got.x
    actorsup restart x
    tells boss plain
    wait_until 10 file_has got.x plain
    x_is "tell 1 plain,"
    actorsup stop x
    seq 3 | actorsend x
    tells boss init
    actorsend x last
    actorsup reload new
    rm got.x
    actorsup start x
    tells config again
    wait_until 10 file_lines got.x 6
    x_is "tell 1 init,tell 1 again,tell 1 1,tell 1 2,tell 1 3,tell 1 last,"
    balanced
}

@test "an actor that was spawned, and a member of a pool, are senders as others are" {
    topology <<YAML
actors:
  boss: {run: $OBEY, speaks: json}
  many: {run: $OBEY, speaks: json, pool: 2}
  kid: {run: $OBEY, speaks: json, template: true}
  x: {run: $OBEY, speaks: json, init: {from: [boss.kid, many, many/2]}}
YAML
    up_system
    actorsend boss 'op {"op":"spawn","template":"kid","name":"kid"}'
    actorsend x held
    wait_until 10 state_is boss.kid ready
    actorsend boss 'send x no'
    actorsend boss.kid 'send x k'
    wait_until 10 waits_for "many, many/2"
    actorsend many/1 'send x m1'
    wait_until 10 waits_for many/2
    actorsend many/2 'send x m2'
    wait_until 10 file_lines got.x 5
    x_is "tell 1 k,tell 1 m1,tell 1 m2,tell 1 held,tell 1 no,"
}

@test "check: what init cannot name, and who cannot have it" {
    topology <<'YAML'
actors:
  config: {run: cat, speaks: json}
  kid: {run: cat, speaks: json, template: true}
  a: {run: cat, speaks: json, init: confg}
  b: {run: cat, speaks: json, init: {from: [kid, ~3, config/2, config/*], headers: =x}}
  c: {run: cat, speaks: once, init: config}
  d: {run: cat, speaks: none, init: config}
  e: {run: cat, speaks: json, init: {form: config}}
  f: {run: cat, speaks: json, init: [config, config]}
YAML
    run -2 actorsup check
    assert_output --partial 'no actor `confg` (did you mean `config`?)'
    assert_output --partial '`kid` is a template'
    assert_output --partial '`~3` is an outside client: it can be told by a header alone'
    assert_output --partial '`config` has no member 2: its pool has 1'
    assert_output --partial '`config/*`: name the pool'
    assert_output --partial '`=x` is no header: it is KEY or KEY=VALUE'
    assert_output --partial 'speaks once has a process for each message'
    assert_output --partial 'speaks none has no mailbox'
    assert_output --partial 'did you mean `from`?'
    assert_output --partial '`config` is named twice'
}
