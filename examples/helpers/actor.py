"""A json actor in a few lines: handlers by type, asks, errors. Copy it beside yours; actor-json(7)."""
import itertools
import json
import os
import sys

LATER = object()  # what a handler returns that keeps its message in hand, to settle it itself
handlers, asked, numbers = {}, {}, itertools.count(1)


def say(op, **keys):
    print(json.dumps({"op": op, **keys}), flush=True)


def on(kind):
    """@on("ask"): handles messages of that type. What it returns for an ask is the reply."""
    return lambda function: handlers.setdefault(kind, function)


def send(to, body, **keys):
    say("send", to=to, body=body, **keys)


def ask(to, body, then, timeout=5):
    """then(message) is called with the reply, or with a dead."""
    number = f"{os.getpid()}-{next(numbers)}"  # a reply to the process before this one is not ours
    asked[number] = then
    send(to, body, ask=number, timeout=timeout)


def handle(message):
    """An ask is answered, anything else is acked; an exception fails the message, with its text."""
    try:
        answer = asked.pop(message.get("re"), handlers.get(message["type"], lambda m: None))(message)
    except Exception as error:
        return say("fail", id=message["id"], reason=f"{type(error).__name__}: {error}")
    if answer is not LATER and message["type"] == "ask":
        say("reply", re=message["id"], body=answer)
    elif answer is not LATER:
        say("ack", id=message["id"])


def run():
    for line in iter(sys.stdin.readline, ""):
        message = json.loads(line)
        if message["type"] == "exit":
            break
        handle(message)
