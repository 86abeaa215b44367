bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere
load copies

# Copies of mail where more than one thing happens.

# What a node says passes by here: slowly while there is a file `slow`, not at all while there is one
# `mute-HOST`; and changed as the file `change` says.
between() {
    cat >between.py <<'PY'
import os, struct, subprocess, sys, threading, time, zlib
BEGINS, NODE, COPIED, LEFT = b"\n@@actorsup-node-1@@\n", 25, 48, 49
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
there = child.stdout.fileno()
mute = "mute-" + os.path.basename(os.environ["HOME"])

def write(to, data):
    while data:
        data = data[os.write(to, data):]

def down():
    while data := os.read(0, 65536):
        write(child.stdin.fileno(), data)
    os._exit(0)

def say(data):
    while os.path.exists(mute):
        time.sleep(0.02)
    while len(data) > 20000 and os.path.exists("slow"):
        write(1, data[:20000])
        data = data[20000:]
        time.sleep(0.1)
    write(1, data)

def changed(frame):
    try:
        how = open("change").read().strip()
    except FileNotFoundError:
        return frame
    if frame[4] == COPIED and how == "unfit":
        return frame[:5] + b"\1" + frame[6:]
    if frame[4] == LEFT and how == "type":
        record = bytearray(frame[10:])
        size = (struct.unpack(">I", record[4:8])[0] + 7) & ~7
        record[10] = 200
        record[0:4] = struct.pack(">I", zlib.crc32(struct.pack(">QQ", 0, 0) + bytes(record[4:size])))
        return frame[:10] + bytes(record)
    return frame

threading.Thread(target=down, daemon=True).start()
data = b""
while BEGINS not in data:
    data += os.read(there, 65536) or os._exit(0)
head, data = data.split(BEGINS, 1)
say(head + BEGINS)
while True:
    while len(data) > 4 and len(data) >= (size := struct.unpack(">I", data[:4])[0] + 4):
        say(changed(data[:size]))
        data = data[size:]
    data += os.read(there, 65536) or os._exit(0)
PY
    sed -i "s#^exec#exec $PYTHON3 between.py#" link
}

@test "copies: what spawned actors have handled is over" {
    two <<YAML
actors:
  here: {run: sleep 1000, speaks: none}
  kid: {run: $OBEY, speaks: json, on: {}, failover: after 1h, template: true}
YAML
    up_copied
    actorsup spawn kid one
    seq 100 | actorsend one
    wait_until 20 idle one
    wait_until 20 prints 0 copies_there
    actorsup stop one
    seq 3 | actorsend one
    wait_until 20 prints 3 copies_there
    again
    assert_equal "$(dead_count) $(dead_get reason)" "3 there is no such actor any more"
    # They are copied as well, until they are dropped.
    again
    assert_equal "$(dead_count) $(dead_get to)" "3 one"
    actorsup dead drop --all
    again
    assert_equal "$(dead_count)" 0
}

@test "copies: what was handled while its output waits is in another copy as well" {
    two <<YAML
actors:
  b: {run: $OBEY, speaks: json, on: {}, failover: after 1h}
  c: {run: $OBEY, speaks: json, on: {}, failover: after 1h, mailbox: {messages: 2}}
YAML
    up_copied
    actorsup stop c
    actorsend b "many 10 c"
    wait_until 20 prints 3 copies_there
    wait_until 20 idle b
    kill -KILL "$(node_pid "$(holder)")"
    wait_until 20 times mail.copied 2
    wait_until 20 prints 3 copies_there
    again
    wait_until 20 idle c
    assert_equal "$(bodies c | sort -nu)" "$(seq 10)"
}

@test "copies: what an actor has handled is over though it has said more since, for which there is no room" {
    cat >slow.py <<'PY'
import json, sys, time
for line in iter(sys.stdin.readline, ""):
    time.sleep(0.0005)
    print(json.dumps({"op": "ack", "id": json.loads(line)["id"]}), flush=True)
PY
    cat >fast.py <<'PY'
import json, os, sys
for line in iter(sys.stdin.readline, ""):
    os.write(1, b'{"op":"send","body":"x"}\n{"op":"ack","id":"%s"}\n' % json.loads(line)["id"].encode())
PY
    two <<YAML
actors:
  b: {run: $PYTHON3 $PWD/fast.py, speaks: json, to: c, on: {}, failover: after 1h, mailbox: {messages: 100}}
  c: {run: $PYTHON3 $PWD/slow.py, speaks: json, on: {}, failover: after 1h, mailbox: {messages: 10}}
YAML
    up_copied
    touch more
    (while [ -e more ]; do echo x; done) | actorsend b &
    wait_until 60 more_than 4000 handled_by b
    [ "$(copies_there)" -lt 3000 ]
    rm more
    wait
}
handled_by() { ps_get "$1" handled; }
more_than() { [ "$("${@:2}")" -gt "$1" ]; }

@test "copies: where mail is to be on disk from now on, the copy has what is not" {
    here
    up_copied
    actorsup stop a
    seq 10 | actorsend a
    sed -i 's/failover: /mailbox: {keep: disk}, failover: /' actorsup.yaml
    actorsup reload
    seq 11 20 | actorsend a
    again
    wait_until 20 file_lines got.a 20
    assert_equal "$(bodies a | sort -n)" "$(seq 20)"
}

@test "copies: an up that fails, and a down while they are waited for, leave them" {
    here
    can_be_shut
    up_copied
    actorsup stop a
    seq 10 | actorsend a
    local last
    last=$(holder)
    kill_home
    rm "$T/run/actorsup/t/pid"
    mkdir "$T/run/actorsup/t/pid"
    run -1 actorsup up -d
    rmdir "$T/run/actorsup/t/pid"
    touch "shut-$last"
    actorsup up -d
    wait_until 20 waits_for_copy
    run -1 actorsup down
    rm "shut-$last"
    up_system
    wait_until 20 file_lines got.a 10
    assert_equal "$(bodies a)" "$(seq 10)"
}

@test "copies: a connection that breaks costs none" {
    here
    up_copied
    actorsup stop a
    seq 10 | actorsend a
    cut_off "$(holder)"
    seq 11 20 | within 20 actorsend a
    wait_until 20 prints 20 copies_there
    assert_equal "$(events_count mail.copied) $(events_count mail.uncopied)" "1 0"
    again
    wait_until 20 file_lines got.a 20
    assert_equal "$(bodies a)" "$(seq 20)"
}

@test "copies: what takes longer than alone to come is not given up" {
    here 2s 2s
    between
    up_copied
    actorsup stop a
    "$PYTHON3" -c 'for i in range(1, 21): print(str(i).rjust(50000, "0"))' | actorsend a
    wait_until 20 prints 20 copies_there
    touch slow
    kill_home
    actorsup up -d
    wait_until 30 says mail.returned
    echo 21 | actorsend a
    wait_until 20 file_lines got.a 21
    assert_equal "$(bodies a | sed 's/^0*//')" "$(seq 21)"
    ! says mail.copy_lost
}

@test "copies: nonsense from a node is refused and told, and harms nobody" {
    here
    between
    up_copied
    actorsup stop a
    seq 3 | actorsend a
    echo type >change
    kill_home
    up_system
    says "mail.copy_lost host=[a-z]* reason=\"what it says to have makes no sense\""
    echo more | actorsend a
    wait_until 20 file_has got.a more
    balanced
}

@test "copies: a host that has no memory for it is left alone" {
    here
    between
    echo unfit >change
    up_system
    both_up
    seq 10 | within 20 actorsend a
    wait_until 20 idle a
    assert_equal "$(events_count host.lost) $(events_count mail.copied)" "0 0"
}

@test "copies: who waits for one is in no ring of full mailboxes" {
    here 1h 30s
    sed -i 's/failover: /mailbox: {messages: 1000000}, failover: /' actorsup.yaml
    between
    up_copied
    touch mute-west mute-east
    background actorsend a "many 100000 a"
    wait_until 20 waits_for_another
    sleep 0.5 # longer than a ring is looked for
    ! says ring.blocked
    rm mute-west mute-east
    wait_until 60 prints 0 waiting
    balanced
}
waits_for_another() { [[ "$(ps_get a reason)" == *"until another host can have a copy"* ]]; }

@test "copies: on another machine that of a host that comes later counts as well" {
    here
    can_be_shut
    run_folders
    up_copied
    wait_until 20 prints up state_of_host "$(other_of "$(holder)")"
    actorsup stop a
    seq 10 | actorsend a
    local last
    last=$(holder)
    wait_until 20 prints 10 copies_there
    kill_home
    touch "shut-$last"
    elsewhere
    up_system
    wait_until 20 says "mail.copied host=$(other_of "$last")"
    kill_home
    rm "shut-$last"
    up_system
    wait_until 20 says "mail.returned host=$last messages=10 dead=0"
    wait_until 20 file_lines got.a 10
    assert_equal "$(bodies a)" "$(seq 10)"
    actorsup down
}

@test "copies: on another machine a connection that breaks while it comes is made again, and all of it comes" {
    here
    between
    run_folders
    up_copied
    both_up
    actorsup stop a
    "$PYTHON3" -c 'for i in range(1, 41): print(str(i).rjust(50000, "0"))' | actorsend a
    wait_until 20 prints 40 copies_there
    local last
    last=$(holder)
    kill_home
    elsewhere
    touch slow
    actorsup up -d
    wait_until 20 some_wait
    ! says mail.returned
    cut_off "$last"
    rm slow
    wait_until 20 says "mail.returned host=$last messages=40 dead=0"
    run -1 says mail.copy_lost
    wait_until 20 file_lines got.a 40
    assert_equal "$(bodies a | sed 's/^0*//')" "$(seq 40)"
    actorsup down
}
some_wait() { [ "$(waiting)" -gt 0 ]; }
