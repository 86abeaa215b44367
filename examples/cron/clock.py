#!/usr/bin/env python3
"""Sends a message at each multiple of so many seconds."""
import json
import os
import sys
import time

EVERY = float(os.environ["EVERY"])


def say(**op):
    print(json.dumps(op), flush=True)


def main():
    # The same id: of a process that died before, this replaces the timer.
    say(op="wake", id="next", after=EVERY - time.time() % EVERY)
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "exit":
            break
        if message["type"] == "wake":
            say(op="send", body="now")
            say(op="wake", id="next", after=EVERY - time.time() % EVERY)
        say(op="ack", id=message["id"])


main()
