#!/usr/bin/env python3
"""The database: what is in stock, and which orders were booked, in one file.

An order is an ask with the body "ID COUNT THING"; the answer is what is left. It is acked by its
answer, so one that was in hand at a crash comes again, and is known by its ID.
"""
import json
import os
import sys

PATH = os.environ["STOCK"]


def load():
    try:
        with open(PATH, encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {"stock": {"apples": 100, "pears": 20}, "booked": {}}


def store(state):
    """The new state or the old one, whenever we die."""
    with open(PATH + ".new", "w", encoding="utf-8") as f:
        json.dump(state, f)
        f.flush()
        os.fsync(f.fileno())
    os.rename(PATH + ".new", PATH)


def book(state, order):
    ident, count, thing = order.split()
    if ident not in state["booked"]:
        left = state["stock"].get(thing, 0) - int(count)
        if left < 0:
            return "sold out"
        state["stock"][thing] = left
        state["booked"][ident] = f"{left} {thing} left"
        store(state)
    return state["booked"][ident]


def main():
    state = load()
    os.write(int(os.environ["ACTOR_READY_FD"]), b"ready\n")
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "exit":
            break
        if message["type"] == "ask":
            answer = book(state, message["body"])
            print(json.dumps({"op": "reply", "re": message["id"], "body": answer}), flush=True)
        else:
            print(json.dumps({"op": "ack", "id": message["id"]}), flush=True)


main()
