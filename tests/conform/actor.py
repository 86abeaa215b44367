#!/usr/bin/env python3
"""The actor of the conformance suite in Python: does what the first word of a message says, as
conformer.c does. README.md has the words.

    actor.py                speaks json
    actor.py filter         a filter, for `lines`: a line for each, of those words that a filter can obey
    actor.py exit N         ends at once
    actor.py until FILE     ends with 1 until there is that file
"""
import base64
import json
import os
import signal
import sys
import time

NAME = os.environ["ACTOR_NAME"]
SHOWN_MAX = 100


def write(data):
    while data:
        data = data[os.write(1, data):]


def tilde(address):
    return "~" if address.startswith("~") else address


def note(text):
    with open(f"got.{NAME}", "ab") as f:
        f.write(text + b"\n")


class Message:
    """What came, with the rest of its body behind the first word."""

    def __init__(self, kind, body, sender="~", **more):
        self.type, self.body, self.sender = kind, body, sender
        self.id, self.attempt = more.get("id"), more.get("attempt", 1)
        self.headers = more.get("headers") or {}
        self.word, _, self.rest = body.partition(b" ")
        self.text = self.rest.decode("utf-8", "replace")

    def take(self):
        word, _, self.text = self.text.partition(" ")
        return word

    def note(self, tag=""):
        headers = ",".join(f"{k}={v}" for k, v in self.headers.items())
        note(f"{self.type} {self.attempt} {tilde(self.sender)} {tag or '-'} ".encode()
             + self.body[:SHOWN_MAX] + f" [{headers}]".encode())


class Words:
    """Words that any actor can obey: each returns the answer."""

    counted = 0

    def on_echo(self, m):
        return m.rest

    def on_env(self, m):
        return os.environ.get(m.text, "-")

    def on_name(self, _):
        return NAME

    def on_pid(self, _):
        return str(os.getpid())

    def on_args(self, _):
        return " ".join(sys.argv[1:])

    def on_size(self, m):
        return str(len(m.rest))

    def on_body(self, m):
        return b"x" * int(m.text)

    def on_count(self, _):
        self.counted += 1
        return "counted"

    def on_total(self, _):
        return str(self.counted)

    def on_nap(self, m):
        time.sleep(int(m.text) / 1000)
        return "rested"

    def on_die(self, m):
        number = getattr(signal, "SIG" + m.text)
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        os.kill(os.getpid(), number)

    def obey(self, m):
        """The answer, or None when the message has been settled, or will be."""
        handler = getattr(self, "on_" + m.word.decode("ascii", "replace").replace("-", "_"), None)
        return handler(m) if handler else self.unknown(m)

    def unknown(self, _):
        return "no such word"


class Filter(Words):
    """A line for each line."""

    def on_exit(self, m):
        write(b"exits\n")
        os._exit(int(m.text))

    def run(self):
        for line in iter(sys.stdin.buffer.readline, b""):
            m = Message("line", line.rstrip(b"\n"))
            m.note()
            answer = self.obey(m)
            write((answer if isinstance(answer, bytes) else answer.encode()) + b"\n")


class Actor(Words):
    """The whole model."""

    def __init__(self):
        self.held, self.deferred, self.pending = [], set(), {}

    @staticmethod
    def say(op, **fields):
        body = fields.get("body")
        if isinstance(body, bytes):
            try:
                fields["body"] = body.decode()
            except UnicodeDecodeError:
                fields["body64"] = base64.b64encode(fields.pop("body")).decode()
        write(json.dumps({"op": op, **fields}).encode() + b"\n")

    def settle(self, m, answer):
        if m.type == "ask":
            self.say("reply", re=m.id, body=answer)
        else:
            self.say("ack", id=m.id)

    def unknown(self, m):
        self.say("fail", id=m.id, reason="no such word")

    # Of the message itself.

    def on_attempt(self, m):
        return str(m.attempt)

    def on_from(self, m):
        return tilde(m.sender)

    def on_header(self, m):
        return m.headers.get(m.text, "-")

    def on_log(self, m):
        self.say("log", text=m.text)
        return "logged"

    def on_hold(self, m):
        self.held.append(m)

    def on_free(self, _):
        for m in self.held:
            self.settle(m, "freed")
        self.held = []
        return "done"

    def on_fail(self, m):
        self.say("fail", id=m.id, reason=m.text)

    def on_throw(self, _):
        raise ValueError("thrown")

    def on_defer(self, m):
        if m.id in self.deferred:
            return "deferred"
        self.deferred.add(m.id)
        self.say("defer", id=m.id)
        return None

    def on_die_once(self, m):
        return self.on_die(m) if m.attempt == 1 else "survived"

    def on_exit(self, m):
        self.settle(m, "exits")
        os._exit(int(m.text))

    # Of others and of time.

    def on_send(self, m):
        self.say("send", to=m.take(), body=m.text)
        return "sent"

    def on_out(self, m):
        self.say("send", body=m.rest)
        return "sent"

    def on_many(self, m):
        count, to = int(m.take()), m.take()
        for i in range(1, count + 1):
            self.say("send", to=to, body=f"{m.text} {i}")
        return "sent"

    def on_loop(self, m):
        left = int(m.text)
        if left > 0:
            self.say("send", to=NAME, body=f"loop {left - 1}")
        return "looping"

    def ask(self, m, millis):
        self.pending[m.id] = m
        self.say("send", to=m.take(), body=m.text, ask=m.id, timeout=f"{millis}ms")

    def on_ask(self, m):
        self.ask(m, 30000)

    def on_askfor(self, m):
        self.ask(m, int(m.take()))

    def on_pass(self, m):
        self.say("send", to=m.take(), body=f"answer {m.id} {m.text}")
        self.say("ack", id=m.id)

    def on_answer(self, m):
        self.say("reply", re=m.take(), body=m.text)
        return "answered"

    def on_wake(self, m):
        millis, tag = m.take(), m.take()
        self.say("wake", after=millis + "ms", id=tag, body=m.text)
        return "set"

    def on_unwake(self, m):
        self.say("unwake", id=m.text)
        return "unset"

    def on_spawn(self, m):
        template, name = m.take(), m.take()
        self.say("spawn", template=template, name=name, id="spawn", args=m.text.split(),
                 env={"BORN": "spawned"})
        return "spawning"

    def on_brood(self, m):
        for i in range(1, int(m.take()) + 1):
            self.say("spawn", template=m.text, name=f"k{i}")
        return "spawning"

    def on_end(self, m):
        self.say("exit", to=m.text)
        return "ending"

    def on_end_now(self, m):
        self.say("exit", to=m.text, now=True)
        return "ending"

    def on_watch(self, m):
        self.say("watch", to=m.text)
        return "watching"

    def on_unwatch(self, m):
        self.say("unwatch", to=m.text)
        return "not watching"

    def told(self, m, tag):
        """What is not for words."""
        asker = self.pending.pop(tag, None)
        m.note("" if asker else tag)
        if asker:
            self.settle(asker, f"dead: {m.headers['reason']}" if m.type == "dead" else m.body)
        self.say("ack", id=m.id)

    def handle(self, m):
        m.note()
        try:
            answer = self.obey(m)
        except ValueError as error:
            self.say("fail", id=m.id, reason=str(error))
            return
        if answer is not None:
            self.settle(m, answer)

    def run(self):
        for line in iter(sys.stdin.buffer.readline, b""):
            fields = json.loads(line)
            body = base64.b64decode(fields["body64"]) if "body64" in fields else fields.get("body", "").encode()
            m = Message(fields["type"], body, fields.get("from", ""), **{k: fields.get(k) for k in ("id", "attempt", "headers")})
            if m.type in ("tell", "ask"):
                self.handle(m)
            elif m.type == "exit":
                m.note()
                break
            else:
                self.told(m, fields.get("re", ""))


if sys.argv[1:2] == ["exit"]:
    sys.exit(int(sys.argv[2]))
if sys.argv[1:2] == ["until"] and not os.path.exists(sys.argv[2]):
    sys.exit(1)
(Filter if sys.argv[1:2] == ["filter"] else Actor)().run()
