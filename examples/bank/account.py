#!/usr/bin/env python3
"""One account: books amounts in a file of its own, and ends when nothing has come for a while."""
import json
import os
import sys

NAME = os.environ["ACTOR_NAME"]


def say(**op):
    print(json.dumps(op), flush=True)


def read():
    try:
        with open(NAME + ".json", encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"balance": 0, "last": None}


def book(message, account):
    order = json.loads(message["body"])
    if account["last"] != order["re"]:  # else this was booked before a process died
        account["balance"] += order["amount"]
        account["last"] = order["re"]
        with open(NAME + ".new", "w", encoding="utf-8") as file:
            json.dump(account, file)
        os.replace(NAME + ".new", NAME + ".json")
    say(op="reply", re=order["re"], body=f"{NAME.split('.')[1]} has {account['balance']}")
    say(op="reply", re=message["id"], body="booked")


def main():
    account = read()
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "exit":
            break
        if message["type"] == "ask":
            book(message, account)
            say(op="wake", id="idle", after=float(os.environ["IDLE"]))
            continue
        if message["type"] == "wake":
            say(op="exit", to=NAME)
        say(op="ack", id=message["id"])


main()
