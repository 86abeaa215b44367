#!/usr/bin/env python3
"""Takes "NAME AMOUNT" and leaves it to the account of that name, which answers."""
import json
import re
import sys


def say(**op):
    print(json.dumps(op), flush=True)


def main():
    waiting = {}  # the account of each order that has no answer yet
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "exit":
            break
        if message["type"] == "ask":
            order = re.fullmatch(r"([a-z][a-z0-9]*) ([+-]?[0-9]+)", message["body"])
            if order is None:
                say(op="reply", re=message["id"], body="an order is: NAME AMOUNT")
                continue
            waiting[message["id"]] = order[1]
            pass_on(message["id"], order[1], int(order[2]))
            continue  # the account acks nothing of ours: it answers with our id
        if message["type"] == "dead" and "re" in message["body"]:
            # The account was about to end.
            say(op="wake", id=json.loads(message["body"])["re"], after=0.05, body=message["body"])
        elif message["type"] == "wake":
            order = json.loads(message["body"])
            pass_on(order["re"], waiting[order["re"]], order["amount"])
        elif message["type"] == "tell":
            answered(waiting, message)
        say(op="ack", id=message["id"])


def answered(waiting, message):
    """An account has booked an order of ours; a tell of anybody else is nothing to us."""
    order = message["body"]
    if order in waiting and message["from"] == f"bank.{waiting[order]}":
        del waiting[order]
        say(op="ack", id=order)


def pass_on(ask, name, amount):
    say(op="spawn", template="account", name=name)  # if it is there already, so much the better
    say(op="send", to=f"bank.{name}", body={"re": ask, "amount": amount})


main()
