#!/usr/bin/env python3
"""Takes "NAME AMOUNT" and leaves it to the account of that name, which answers."""
import json
import re
import sys


def say(**op):
    print(json.dumps(op), flush=True)


def main():
    waiting = {}  # the orders that have no answer yet
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "exit":
            break
        if message["type"] == "ask":
            order = re.fullmatch(r"([a-z][a-z0-9]*) ([+-]?[0-9]+)", message["body"])
            if order is None:
                say(op="reply", re=message["id"], body="an order is: NAME AMOUNT")
                continue
            waiting[message["id"]] = (order[1], int(order[2]))
            pass_on(message["id"], order[1], int(order[2]))
            continue  # until the account has answered both: who asked, and us
        if message["type"] == "dead" and message.get("re") in waiting:
            say(op="wake", id=message["re"], after=0.05)  # the account was about to end
        elif message["type"] == "wake" and message["re"] in waiting:
            pass_on(message["re"], *waiting[message["re"]])
        elif message["type"] == "reply" and waiting.pop(message["re"], None):
            say(op="ack", id=message["re"])
        say(op="ack", id=message["id"])


def pass_on(ask, name, amount):
    say(op="spawn", template="account", name=name)  # if it is there already, so much the better
    say(op="send", to=f"bank.{name}", ask=ask, body={"re": ask, "amount": amount})


main()
