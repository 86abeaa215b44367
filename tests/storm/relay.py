#!/usr/bin/env python3
"""Actors of the storm that speak json.

    relay.py pass           passes each message on, with ` NAME:ATTEMPT` added
    relay.py keep FILE      adds `ID ATTEMPT BODY` as a line to FILE

What is new is acked late, once nothing more has come for a moment: one that dies before that
has done its work and will do it again, which is what the storm is about. What comes
again comes alone, and is acked at once; so does a member of a pool, which is given few at a time
until it shows that it is quick.
"""
import json
import os
import select
import sys

LATE = 0.02


def write(data):
    while data:
        data = data[os.write(1, data):]


def main(how, path=None):
    name, pool = os.environ["ACTOR_NAME"], "IN_POOL" in os.environ
    kept = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if path else None
    rest = acks = b""
    while True:
        if acks and not select.select([0], [], [], LATE)[0]:
            write(acks)
            acks = b""
        data = os.read(0, 1 << 16)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for m in map(json.loads, lines):
            if m["type"] != "tell":
                continue
            if how == "keep":
                os.write(kept, f"{m['id']} {m['attempt']} {m['body']}\n".encode())
            else:
                text = f"{m['body']} {name}:{m['attempt']}"
                write(json.dumps({"op": "send", "body": text}).encode() + b"\n")
            ack = json.dumps({"op": "ack", "id": m["id"]}).encode() + b"\n"
            if m["attempt"] == 1 and not pool:
                acks += ack
            else:
                write(ack)
    write(acks)


main(*sys.argv[1:])
