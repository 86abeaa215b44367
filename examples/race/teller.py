#!/usr/bin/env python3
"""`deposit N`: asks what is in the account, and sets it to so much more.

That is the race: between the answer and what is set, the other teller may have set it. The account
should be told to add.
"""
import json
import sys


def say(**op):
    print(json.dumps(op), flush=True)


amounts = {}  # of deposits that wait for the balance, by the id of their message
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "tell":
        amounts[m["id"]] = int(m["body"].split()[1])
        say(op="send", to="account", body="balance", ask=m["id"])
        continue  # in hand until it is booked
    if m["type"] == "reply":
        say(op="send", to="account", body="set %d" % (int(m["body"]) + amounts.pop(m["re"])))
        say(op="ack", id=m["re"])
    say(op="ack", id=m["id"])
    if m["type"] == "exit":
        break
