#!/usr/bin/env python3
"""Keeps a balance: an ask is answered with it, `set N` sets it."""
import json
import sys


def say(**op):
    print(json.dumps(op), flush=True)


balance = 0
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "ask":
        say(op="reply", re=m["id"], body=str(balance))
        continue
    if m["type"] == "tell":
        balance = int(m["body"].split()[1])
    say(op="ack", id=m["id"])
    if m["type"] == "exit":
        break
