#!/usr/bin/env python3
"""A json actor for tests, that does what the first word of a message says and then acks it. Each
message it gets is first written to `got.NAME` as `TYPE ATTEMPT BODY`, with its id to `ids.NAME`.

    echo TEXT       answers an ask; sends TEXT to its `to` otherwise
    send ADDRESS TEXT
    ask ADDRESS TEXT
    many N ADDRESS  sends 1 to N
    hold            does not ack; `free` acks all that is held
    fail REASON     defer       once put back, acked the next time
    die             kills itself by SIGKILL; `die-once`: at the first attempt only
    exit STATUS
    wake MILLISECONDS   asks for a wake
    op JSON         writes JSON as it is
    raw TEXT        writes TEXT as a line, whatever it is
"""
import json
import os
import signal
import sys

NAME = os.environ["ACTOR_NAME"]
HELD = []
DEFERRED = set()


def write(**op):
    raw(json.dumps(op))


def raw(text):
    data = text.encode() + b"\n"
    while data:
        data = data[os.write(1, data):]


def note(kind, text):
    with open(f"{kind}.{NAME}", "a", encoding="utf-8") as f:
        f.write(text + "\n")


def obey(m):
    """True when the message is to be acked."""
    word, _, rest = m.get("body", "").partition(" ")
    if word == "echo" and m["type"] == "ask":
        write(op="reply", re=m["id"], body=rest)
        return False
    if word == "echo":
        write(op="send", body=rest)
    elif word in ("send", "ask"):
        to, _, text = rest.partition(" ")
        write(op="send", to=to, body=text, **({"ask": "q"} if word == "ask" else {}))
    elif word == "many":
        count, _, to = rest.partition(" ")
        for n in range(int(count)):
            write(op="send", to=to, body=str(n + 1))
    elif word == "hold":
        HELD.append(m["id"])
        return False
    elif word == "free":
        while HELD:
            write(op="ack", id=HELD.pop(0))
    elif word == "fail":
        write(op="fail", id=m["id"], reason=rest)
        return False
    elif word == "defer" and m["body"] not in DEFERRED:
        DEFERRED.add(m["body"])
        write(op="defer", id=m["id"])
        return False
    elif word == "die" or (word == "die-once" and m["attempt"] == 1):
        print(f"dying of {m['body']}", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "exit":
        os._exit(int(rest))
    elif word == "wake":
        write(op="wake", after=rest + "ms", id="w", body="woken")
    elif word in ("op", "raw"):
        raw(rest)
    return True


for line in iter(sys.stdin.buffer.readline, b""):
    message = json.loads(line)
    shown = message.get("body", message.get("reason", ""))
    note("got", f"{message['type']} {message.get('attempt', 0)} {shown}".rstrip())
    note("ids", message.get("id", "-"))
    note("json", line.decode().rstrip("\n"))
    if message["type"] == "exit":
        break
    if message["type"] not in ("tell", "ask"):
        if message.get("id"):
            write(op="ack", id=message["id"])
    elif obey(message):
        write(op="ack", id=message["id"])
