#!/usr/bin/env python3
"""Takes orders, "ID COUNT THING", and has them booked.

The order stays in hand until the database has answered: a worker that dies leaves it to another,
and the database knows by the ID whether it was booked already.
"""
import json
import sys


def say(**op):
    print(json.dumps(op), flush=True)


def main():
    for line in sys.stdin:
        message = json.loads(line)
        kind, ident = message["type"], message["id"]
        if kind == "exit":
            break
        if kind == "ask":
            words = message["body"].split()
            if len(words) == 3 and words[1].isdigit():
                say(op="send", to="db", body=message["body"], ask=ident, timeout=10)
            else:
                say(op="reply", re=ident, body="an order is: COUNT THING")
        elif kind == "reply":
            say(op="reply", re=message["re"], body=message["body"])
            say(op="ack", id=ident)
        elif kind == "dead":
            say(op="fail", id=message["re"], reason=message["reason"])
            say(op="ack", id=ident)
        else:
            say(op="ack", id=ident)


main()
