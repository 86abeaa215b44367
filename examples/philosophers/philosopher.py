#!/usr/bin/env python3
"""Thinks, takes two forks, eats, gives them back; leaves after some meals. It counts them in a file."""
import os
import random

from actor import ask, on, run, say, send

SEAT, SEATS = int(os.environ["ACTOR_INDEX"]), int(os.environ["SEATS"])
FORKS = sorted([SEAT, SEAT % SEATS + 1])
PLATE = f"meals-{SEAT}.txt"


state = "thinking"  # hungry, eating


def think():
    global state
    state = "thinking"
    say("wake", id="hungry", after=random.random() / 100)


def give_back():
    for fork in FORKS:
        send(f"fork/{fork}", "back")


def take(n):
    ask(f"fork/{FORKS[n]}", "please", lambda message: taken(n, message), timeout=60)


def taken(n, message):
    global state
    if message["type"] == "dead":
        raise SystemExit(f"no fork: {message['reason']}")
    if n == 0:
        take(1)
    else:
        state = "eating"
        say("wake", id="full", after=random.random() / 100)


def eaten():
    with open(PLATE, "a", encoding="utf-8") as plate:
        plate.write(".")
    give_back()
    return os.path.getsize(PLATE)


@on("wake")
def woken(message):
    """Those that were set by a process that died come too, and may not fit any more."""
    global state
    if message["re"] == "hungry" and state == "thinking":
        state = "hungry"
        take(0)
    elif message["re"] == "full" and state == "eating":
        if eaten() < int(os.environ["MEALS"]):
            think()
        else:
            say("ack", id=message["id"])
            raise SystemExit(0)


give_back()
think()
run()
