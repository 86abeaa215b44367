#!/usr/bin/env python3
"""Remembers what was said last, for those who come later."""
from collections import deque

from actor import on, run

said = deque(maxlen=20)


@on("tell")
def remember(message):
    said.append(message["body"] + "\n")


@on("ask")
def recall(message):
    return "".join(said)


run()
