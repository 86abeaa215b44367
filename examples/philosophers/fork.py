#!/usr/bin/env python3
"""A fork: lent to one at a time. Who has to wait is answered later: its ask stays in hand until then.

It must not die itself: who holds it stands in its memory alone."""
from actor import LATER, on, run, say

holder, waiting = None, []


def lend():
    global holder
    if holder is None and waiting:
        message = waiting.pop(0)
        holder = message["from"]
        say("reply", re=message["id"], body="yours")


@on("ask")
def take(message):
    waiting.append(message)
    lend()
    return LATER


@on("tell")
def give_back(message):
    """Also what it still waits for, if it died: it does not know of that any more."""
    global holder
    for old in [m for m in waiting if m["from"] == message["from"]]:
        waiting.remove(old)
        say("ack", id=old["id"])
    if holder == message["from"]:
        holder = None
    lend()


run()
