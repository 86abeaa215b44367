# Copies of mail: moments in which more than one thing goes wrong.
bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere
load copies

# Passes frames both ways, for the host of its HOME. While a file hold-HOST is there no COPY gets to it, and what
# is behind that waits as well; while there is a file wait-HOST its node is not heard at first.
frames() {
    cat >frames.py <<'PY'
import os, struct, subprocess, sys, threading, time
BEGINS, COPY = b"\n@@actorsup-node-1@@\n", 47
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
there = child.stdout.fileno()
name = os.path.basename(os.environ["HOME"])
begun = threading.Event()
parent = os.getppid()

def write(to, data):
    while data:
        data = data[os.write(to, data):]

def down():
    to = child.stdin.fileno()
    data = b""
    while more := os.read(0, 65536):
        if not begun.is_set():
            write(to, more)
            continue
        data += more
        while len(data) > 4 and len(data) >= (size := struct.unpack(">I", data[:4])[0] + 4):
            f, data = data[:size], data[size:]
            if f[4] == COPY:
                while os.path.exists("hold-" + name):
                    time.sleep(0.02)
                    if os.getppid() != parent: # the home is gone, and what is on its way
                        os._exit(0)
            write(to, f)
    os._exit(0)

threading.Thread(target=down, daemon=True).start()
data = b""
while BEGINS not in data:
    data += os.read(there, 65536) or os._exit(0)
head, data = data.split(BEGINS, 1)
while os.path.exists("wait-" + name):
    time.sleep(0.02)
begun.set()
write(1, head + BEGINS)
while True:
    while len(data) > 4 and len(data) >= (size := struct.unpack(">I", data[:4])[0] + 4):
        f, data = data[:size], data[size:]
        write(1, f)
    data += os.read(there, 65536) or os._exit(0)
PY
    sed -i "s#^exec#exec $PYTHON3 frames.py#" link
}
# One that runs here alone and handles nothing, so that all that it gets waits.
idler() {
    two "$@" <<YAML
actors:
  a: {run: sleep 1000, speaks: json, on: {}, failover: after 1h}
YAML
}
# What common_teardown looks for is where it was.
teardown() {
    [ ! -d "$T/elsewhere" ] || actorsup down >/dev/null 2>&1 || true
    common_teardown
}

@test "copies: a dead letter of a timer is in none, and spoils none" {
    cat >waker.py <<'PY'
import json, sys
for line in iter(sys.stdin.readline, ""):
    m = json.loads(line)
    if m["type"] == "tell":
        print(json.dumps({"op": "wake", "after": "1ms", "id": "w", "body": "woken"}), flush=True)
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
    elif m["type"] == "wake":
        print(json.dumps({"op": "fail", "id": m["id"], "reason": "bad"}), flush=True)
PY
    two <<YAML
actors:
  a: {run: $OBEY, speaks: json, on: {}, failover: after 1h}
  w: {run: $PYTHON3 $PWD/waker.py, speaks: json, on: {}, failover: after 1h, mailbox: {retry: 1}}
YAML
    up_copied
    both_up
    actorsend w go
    wait_until 20 dead_is 1
    kill -KILL "$(node_pid "$(holder)")"
    wait_until 20 times mail.copied 2
    actorsup stop a
    numbers 10
    again
    wait_until 20 file_lines got.a 10
    assert_equal "$(bodies a)" "$(seq 10)"
}

@test "copies: one that comes late keeps what it has given until another host has it" {
    idler
    frames
    can_be_shut
    run_folders
    up_copied
    both_up
    local last other
    last=$(holder)
    other=$(other_of "$last")
    numbers 10
    kill_home
    touch "shut-$last"
    elsewhere
    up_system
    wait_until 20 says "mail.copied host=$other"
    touch "hold-$other"
    rm "shut-$last"
    wait_until 30 says "mail.returned host=$last messages=10 dead=0"
    kill_home
    rm "hold-$other"
    up_system
    wait_until 20 prints 10 waiting
}

@test "copies: an older one than that which came does not count, whoever has it" {
    here 1h 1h
    sed -i 's/after 1h/after 1s/' actorsup.yaml
    can_be_shut
    run_folders
    up_copied
    both_up
    local first
    first=$(holder)
    actorsup stop a
    numbers 10
    touch "shut-$first"
    cut_off "$first"
    wait_until 20 says "mail.copied host=$(other_of "$first")"
    actorsup start a
    wait_until 20 file_lines got.a 10
    wait_until 20 idle a
    kill_home
    elsewhere
    up_system
    wait_until 20 says "mail.returned host=$(other_of "$first")"
    rm "shut-$first"
    wait_until 30 prints up state_of_host "$first"
    actorsend -a a "echo last"
    assert_equal "$(bodies a)" "$(seq 10; echo "echo last")"
}

@test "copies: a host that is removed keeps it until another has it" {
    idler
    frames
    up_copied
    both_up
    local first other
    first=$(holder)
    other=$(other_of "$first")
    numbers 100
    touch "hold-$other"
    actorsup host rm "$first"
    wait_until 20 prints leaving state_of_host "$first"
    kill_home
    rm "hold-$other"
    up_system
    wait_until 20 prints 100 waiting
    actorsup host rm "$(holder)"
    wait_until 20 times mail.copied 3
    wait_until 20 prints "" state_of_host "$first"
}

@test "copies: the input of an actor is not over before its mail of before has come" {
    two <<YAML
actors:
  g: {shell: "[ -e second ] || sleep 1000", speaks: lines, to: a, restart: never}
  a: {run: $OBEY, speaks: json, on: {}, failover: after 1h, eof: upstream}
YAML
    frames
    up_copied
    actorsup stop a
    numbers 10
    touch second "wait-$(holder)"
    kill_home
    actorsup up -d
    wait_until 20 state_is g done
    local pid
    pid=$(supervisor_pid)
    rm wait-*
    wait_until 20 file_lines got.a 10
    wait_until 20 gone "$pid" # all is done
    assert_equal "$(bodies a | head -n 10)" "$(seq 10)"
}
