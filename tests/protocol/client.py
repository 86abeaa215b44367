#!/usr/bin/env python3
"""A client of the supervisor, written from actor-protocol(7) alone.

Nothing of actorsup is used here, only the standard library: what this can do, any
language can do that has sockets.

    client.py vectors PAGE      check the page's test vectors against this file
    client.py actor             be an actor, as $ACTOR_URL, $ACTOR_NAME, $ACTOR_TOKEN say
    client.py send SOCKET ADDRESS < LINES
                                send each line; prints how many were accepted
    client.py ask SOCKET ADDRESS TEXT [MILLISECONDS]
                                prints the answer, or `dead: REASON`, then 1
    client.py call SOCKET JSON  prints the answer to a command; 1 when its code is not 0
    client.py raw SOCKET HEX    sends these bytes as they are, prints what comes back until the
                                end as one frame a line

Every frame that an actor sends or gets is written to the file $TRANSCRIPT, if that is set, as a
line of hexadecimal digits. So that it is the same each time, the ids of messages stand there as
numbers from 1, and the token as so many t.

As an actor it obeys what the first word of a message says, so that a test can drive it:
    echo TEXT       answers TEXT (an ask), or sends it to its `to` (a tell)
    ask ADDRESS TEXT    asks, and answers what it was answered
    later MS TEXT   answers TEXT after so long, by a timer
    fail REASON     a failed attempt
    defer           once put back, answers the number of attempts the second time
    headers         answers the headers as JSON, and sends them back
    attempt         answers the number of the attempt
    hold            keeps it in hand and never settles it
    log TEXT        logs
    die             ends at once, with status 1
Anything else is acked.
"""
import base64
import contextlib
import hashlib
import json
import os
import select
import socket
import ssl
import struct
import sys
import time

VERSION = 1
BODY_MAX = 16 * 1024 * 1024
ACTOR, SEND, CONTROL = 1, 2, 3
TYPES = {1: "tell", 2: "ask", 3: "reply", 4: "wake", 5: "exit", 6: "dead"}

# The fields of each kind, in their order.
KINDS = {
    "HELLO": (1, "version:u8 role:u8 to:str8 text:str16"),
    "WELCOME": (2, "version:u8 to:str8 from:str8"),
    "ERROR": (3, "code:i32 text:str16"),
    "DELIVER": (4, "id:u64 type:u8 attempt:u32 from:str8 to:str8 tag:str8 headers:headers body:body"),
    "SEND": (5, "to:str8 headers:headers body:body"),
    "ASK": (6, "to:str8 tag:str8 millis:i64 headers:headers body:body"),
    "REPLY": (7, "id:u64 headers:headers body:body"),
    "ACK": (8, "id:u64"),
    "FAIL": (9, "id:u64 text:str16"),
    "DEFER": (10, "id:u64"),
    "READY": (11, ""),
    "WAKE": (12, "millis:i64 tag:str8 body:body"),
    "UNWAKE": (13, "tag:str8"),
    "LOG": (14, "type:u8 text:str16"),
    "ACCEPTED": (15, "number:u64"),
    "REFUSED": (16, "number:u64 code:i32 text:str16"),
    "CALL": (17, "body:body"),
    "RESULT": (18, "flags:u8 code:i32 body:body"),
    "BYE": (19, ""),
    "SPAWN": (20, "to:str8 tag:str8 text:str16 headers:headers body:body"),
    "EXIT": (21, "flags:u8 to:str8"),
    "WATCH": (22, "to:str8"),
    "UNWATCH": (23, "to:str8"),
    "LINES": (24, "flags:u8 to:str8 body:body"),
}
LAYOUTS = {name: [f.split(":") for f in fields.split()] for name, (_, fields) in KINDS.items()}
NAMES = {number: name for name, (number, _) in KINDS.items()}
NUMBERS = {"u8": ">B", "u32": ">I", "i32": ">i", "u64": ">Q", "i64": ">q"}
PREFIXES = {"str8": ">B", "str16": ">H", "body": ">I"}


class ProtocolError(Exception):
    pass


def as_bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def pack_field(wire, value):
    if wire in NUMBERS:
        return struct.pack(NUMBERS[wire], value or 0)
    if wire == "headers":
        out = struct.pack(">H", len(value or {}))
        for key, val in (value or {}).items():
            out += pack_field("str8", key) + pack_field("str16", val)
        return out
    data = as_bytes(value or b"")
    return struct.pack(PREFIXES[wire], len(data)) + data


def pack(kind, **fields):
    payload = bytes([KINDS[kind][0]])
    for name, wire in LAYOUTS[kind]:
        payload += pack_field(wire, fields.pop(name, None))
    if fields:
        raise ValueError(f"{kind} has no field {', '.join(fields)}")
    return struct.pack(">I", len(payload)) + payload


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise ProtocolError("a field is not whole")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, fmt):
        return struct.unpack(fmt, self.take(struct.calcsize(fmt)))[0]

    def field(self, wire):
        if wire in NUMBERS:
            return self.number(NUMBERS[wire])
        if wire == "headers":
            return {self.field("str8").decode(): self.field("str16").decode()
                    for _ in range(self.number(">H"))}
        return self.take(self.number(PREFIXES[wire]))


def unpack(payload):
    """The kind's name and its fields, from what follows the length."""
    reader = Reader(payload)
    kind = NAMES.get(reader.number(">B"))
    if kind is None:
        raise ProtocolError(f"no such kind: {payload[0]}")
    fields = {name: reader.field(wire) for name, wire in LAYOUTS[kind]}
    if reader.at != len(payload):
        raise ProtocolError("bytes behind the last field")
    return kind, fields


class Transcript:
    """What passed, in a form that is the same each time."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="ascii")
        self.ids = {}

    def note(self, direction, frame):
        kind, fields = unpack(frame)
        if fields.get("id"):
            number = self.ids.setdefault(fields["id"], len(self.ids) + 1)
            frame = frame[:1] + struct.pack(">Q", number) + frame[9:]
        for ident, number in self.ids.items():  # as in the tags below
            frame = frame.replace(b"%016x" % ident, b"%016x" % number)
        if kind == "HELLO":
            frame = frame[:-len(fields["text"])] + b"t" * len(fields["text"])
        self.file.write(f"{direction} {frame.hex()}\n")
        self.file.flush()


class Stream:
    """Frames over two descriptors."""

    def __init__(self, fd_in, fd_out):
        self.fd_in, self.fd_out, self.buffer = fd_in, fd_out, b""
        self.transcript = Transcript(os.environ["TRANSCRIPT"]) if "TRANSCRIPT" in os.environ else None

    # What stands below the frames: bytes, as they are over pipes and sockets.
    def write(self, data):
        while data:
            data = data[os.write(self.fd_out, data):]

    def read(self):
        return os.read(self.fd_in, 1 << 16)

    def ready(self, left):
        return select.select([self.fd_in], [], [], left)[0]

    def send(self, kind, **fields):
        frame = pack(kind, **fields)
        if self.transcript:
            self.transcript.note(">", frame[4:])
        self.send_raw(frame)

    def send_raw(self, data):
        self.write(data)

    def next(self, timeout=None):
        """The next frame; (None, None) at the end of the stream or of the time-out."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            if len(self.buffer) >= 4:
                size = 4 + struct.unpack(">I", self.buffer[:4])[0]
                if len(self.buffer) >= size:
                    frame, self.buffer = self.buffer[4:size], self.buffer[size:]
                    if self.transcript:
                        self.transcript.note("<", frame)
                    return unpack(frame)
            left = None if deadline is None else max(0, deadline - time.monotonic())
            if not self.ready(left):
                return None, None
            try:
                data = self.read()
            except ConnectionResetError:
                data = b""
            if not data:
                if self.buffer:
                    raise ProtocolError("the stream ended within a frame")
                return None, None
            self.buffer += data

    def hello(self, role, name="", token=""):
        self.send("HELLO", version=VERSION, role=role, to=name, text=token)
        kind, f = self.next(10)
        if kind == "ERROR":
            sys.exit(f"refused: {f['code']} {f['text'].decode()}")
        if kind != "WELCOME" or f["version"] != VERSION:
            sys.exit(f"no WELCOME but {kind}")
        return f


def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    stream = Stream(sock.fileno(), sock.fileno())
    stream.sock = sock
    return stream


class Network(Stream):
    """Frames over TCP; see the classes below for what else there may be around them."""

    def __init__(self, address):
        host, _, port = address.rstrip("/").rpartition(":")
        self.sock = socket.create_connection((host, int(port)))
        super().__init__(self.sock.fileno(), self.sock.fileno())

    def wait_for_end(self):
        """Behind BYE: whoever closes before might take back what is still under way."""
        while self.next()[0] is not None:
            pass


class WebSocket(Network):
    """Frames in the binary messages of a WebSocket, whose bounds mean nothing."""

    def __init__(self, address):
        super().__init__(address)
        key = base64.b64encode(os.urandom(16))
        self.sock.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          b"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n"
                          % (address.strip("/").encode(), key))
        self.raw = b""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.take(1)
        sha1 = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        if not head.startswith(b"HTTP/1.1 101 ") or base64.b64encode(sha1) not in head:
            sys.exit(f"no WebSocket: {head}")
        self.count = 0

    def take(self, n):
        while len(self.raw) < n:
            data = self.sock.recv(1 << 16)
            if not data:
                raise ConnectionResetError("the WebSocket ended within a frame")
            self.raw += data
        data, self.raw = self.raw[:n], self.raw[n:]
        return data

    def frame(self, op, data):
        mask = os.urandom(4)
        size = len(data)
        head = bytes([op, 0x80 | size]) if size < 126 else (
            struct.pack(">BBH", op, 0xfe, size) if size < 65536 else struct.pack(">BBQ", op, 0xff, size))
        pad = (mask * (size // 4 + 1))[:size]
        data = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        self.sock.sendall(head + mask + data)

    def write(self, data):
        """Each second time in parts, with a ping between."""
        self.count += 1
        if self.count % 2:
            return self.frame(0x82, data)
        self.frame(0x02, data[:1])
        self.frame(0x89, b"there?")
        return self.frame(0x80, data[1:])

    def read(self):
        while True:
            op, size = self.take(2)
            if size >= 126:
                size = int.from_bytes(self.take(2 if size == 126 else 8), "big")
            data = self.take(size)
            if op == 0x88:
                return b""
            if op == 0x82 and data:
                return data

    def ready(self, left):
        return self.raw or super().ready(left)


class Tls(Network):
    """Frames in TLS, with a server that the environment says whom to trust for."""

    def __init__(self, address):
        super().__init__(address)
        context = ssl.create_default_context(cafile=os.environ["ACTOR_TLS_CA"])
        self.sock = context.wrap_socket(self.sock, server_hostname=os.environ["ACTOR_TLS_NAME"])

    def write(self, data):
        self.sock.sendall(data)

    def read(self):
        return self.sock.recv(1 << 16)

    def ready(self, left):
        return self.sock.pending() or super().ready(left)


CARRIERS = {"tcp://": Network, "ws://": WebSocket, "tls+tcp://": Tls}


def dial(url):
    if url == "stdio:":
        return Stream(0, 1)
    if url.startswith("ipc://"):
        return connect(url[len("ipc://"):])
    for scheme, carrier in CARRIERS.items():
        if url.startswith(scheme):
            return carrier(url[len(scheme):])
    sys.exit(f"no such URL: {url}")


class Actor:
    def __init__(self):
        self.stream = dial(os.environ["ACTOR_URL"])
        name = os.environ["ACTOR_NAME"]
        if os.environ.get("ACTOR_INDEX", "0") not in ("", "0"):
            name += "/" + os.environ["ACTOR_INDEX"]
        self.stream.hello(ACTOR, name, os.environ["ACTOR_TOKEN"])
        self.asked = {}    # the tag of an ask of ours: the id of the message that made us ask
        self.settled = set()
        self.in_hand = set()
        self.ending = False

    def settle(self, kind, ident, **fields):
        self.stream.send(kind, id=ident, **fields)
        self.in_hand.discard(ident)

    def handle(self, m):
        ident = m["id"]
        word, _, rest = m["body"].partition(b" ")
        handler = getattr(self, "on_" + word.decode("ascii", "replace"), None)
        if handler is None:
            self.settle("ACK", ident)
        else:
            handler(m, ident, rest)

    def answer(self, m, ident, body, headers=None):
        if m["type"] == 2:
            self.settle("REPLY", ident, body=body, headers=headers)
        else:
            self.stream.send("SEND", body=body, headers=headers)
            self.settle("ACK", ident)

    def on_echo(self, m, ident, rest):
        self.answer(m, ident, rest)

    def on_attempt(self, m, ident, _):
        self.answer(m, ident, str(m["attempt"]))

    def on_headers(self, m, ident, _):
        self.answer(m, ident, json.dumps(m["headers"], sort_keys=True), m["headers"])

    def on_ask(self, m, ident, rest):
        address, _, text = rest.partition(b" ")
        tag = f"q{ident:016x}"
        self.asked[tag] = m
        self.stream.send("ASK", to=address, tag=tag, millis=3000, body=text)

    def on_later(self, m, ident, rest):
        millis, _, text = rest.partition(b" ")
        tag = f"t{ident:016x}"
        self.asked[tag] = m
        self.stream.send("WAKE", millis=int(millis), tag=tag, body=text)

    def on_fail(self, m, ident, rest):
        self.settle("FAIL", ident, text=rest)

    def on_defer(self, m, ident, _):
        if m["body"] in self.settled:
            self.answer(m, ident, str(m["attempt"]))
        else:
            self.settled.add(m["body"])
            self.settle("DEFER", ident)

    def on_hold(self, m, ident, _):
        pass

    def on_log(self, m, ident, rest):
        self.stream.send("LOG", type=1, text=rest)
        self.settle("ACK", ident)

    def on_die(self, m, ident, _):
        os._exit(1)

    def answered(self, f):
        """A reply, a dead letter or a timer: answers whoever waits for it."""
        waiting = self.asked.pop(f["tag"].decode(), None)
        if waiting is not None:
            text = f["body"]
            if f["type"] == 6:
                text = "dead: " + f["headers"]["reason"]
            self.answer(waiting, waiting["id"], text)
        self.settle("ACK", f["id"])

    def run(self):
        while not (self.ending and not self.in_hand):
            kind, f = self.stream.next()
            if kind is None:
                break
            if kind != "DELIVER":
                continue
            if f["id"] != 0:
                self.in_hand.add(f["id"])
            if f["type"] == 5:
                self.ending = True
            elif f["type"] in (1, 2):
                self.handle(f)
            elif f["type"] in (3, 4, 6):
                self.answered(f)
            else:
                self.settle("ACK", f["id"])
        self.stream.send("BYE")
        if isinstance(self.stream, Network):
            self.stream.wait_for_end()


def run_send(path, address):
    stream = connect(path)
    stream.hello(SEND)
    sent = accepted = 0
    for line in sys.stdin.buffer:
        stream.send("SEND", to=address, body=line.rstrip(b"\n"))
        sent += 1
    stream.send("BYE")
    while True:
        kind, f = stream.next(10)
        if kind is None:
            break
        if kind == "ACCEPTED":
            accepted = f["number"]
        elif kind in ("REFUSED", "ERROR"):
            print(f"refused: {f['code']} {f['text'].decode()}", file=sys.stderr)
    print(accepted)
    return 0 if accepted == sent else 1


def run_lines(path, address, delimiter="\n"):
    """Standard input in one frame."""
    stream = connect(path)
    stream.hello(SEND)
    stream.send("LINES", flags=ord(delimiter), to=address, body=sys.stdin.buffer.read())
    with contextlib.suppress(ConnectionError):  # behind a faulty frame nothing is read
        stream.send("BYE")
    accepted = None
    while True:
        try:
            kind, f = stream.next(10)
        except ConnectionError:
            break
        if kind is None:
            break
        if kind == "ACCEPTED":
            accepted = f["number"]
        else:
            print(kind, f.get("number"), f["text"].decode())
    print(accepted)
    return 0


def run_ask(path, address, text, millis="3000"):
    stream = connect(path)
    stream.hello(SEND)
    stream.send("ASK", to=address, tag="1", millis=int(millis), body=text)
    while True:
        kind, f = stream.next(int(millis) / 1000 + 10)
        if kind == "DELIVER":
            assert f["tag"] == b"1", f
            dead = f["type"] == 6
            print("dead: " + f["headers"]["reason"] if dead else f["body"].decode())
            return 1 if dead else 0
        if kind != "ACCEPTED":
            print(kind, f)
            return 1


def run_call(path, text):
    stream = connect(path)
    stream.hello(CONTROL)
    stream.send("CALL", body=text)
    answer, more = b"", True
    while more:
        kind, f = stream.next(10)
        if kind != "RESULT":
            sys.exit(f"no RESULT but {kind} {f}")
        answer += f["body"]
        more = f["flags"] & 1
    print(answer.decode())
    return 0 if f["code"] == 0 else 1


def run_raw(path, text):
    stream = connect(path)
    try:
        stream.send_raw(bytes.fromhex(text))
    except BrokenPipeError:
        pass
    stream.sock.shutdown(socket.SHUT_WR)
    while True:
        kind, f = stream.next(10)
        if kind is None:
            return 0
        print(kind, json.dumps(f, default=lambda b: b.decode("utf-8", "replace")))


def vectors(page):
    """Each vector of the page: its line, its kind, its fields, its bytes."""
    section = page.read().partition("\n.Sh TEST VECTORS\n")[2].partition("\n.Ed\n")[0]
    vector = None
    for line in section.splitlines():
        words = line.split(" ", 1)
        if words[0] in KINDS:
            if vector:
                yield vector
            vector = [line, words[0], parse_fields(words[1] if len(words) > 1 else ""), b""]
        elif vector and line and line[0] in "0123456789abcdef":
            vector[3] += bytes.fromhex(line)
    if vector:
        yield vector


def parse_fields(text):
    fields = {}
    while text:
        name, _, text = text.partition("=")
        end = " "
        if text.startswith('"'):
            end, text = '"', text[1:]
        value, _, text = text.partition(end)
        text = text.lstrip(" ")
        if name == "headers":
            value = dict(pair.split(":") for pair in value.split(","))
        elif name in ("version", "role", "type", "flags", "attempt", "id", "number", "millis", "code"):
            value = int(value, 0)
        fields[name] = value
    return fields


def run_vectors(path):
    faults = count = 0
    with open(path, encoding="utf-8") as page:
        for line, kind, fields, data in vectors(page):
            count += 1
            if pack(kind, **fields) != data:
                faults += 1
                print(f"{line}\n  page: {data.hex()}\n  here: {pack(kind, **fields).hex()}")
            got_kind, got = unpack(data[4:])
            want = {name: fields.get(name) for name, _ in LAYOUTS[kind]}
            same = all(pack_field(w, want[n]) == pack_field(w, got[n]) for n, w in LAYOUTS[kind])
            if got_kind != kind or not same:
                faults += 1
                print(f"{line}\n  unpacked: {got_kind} {got}")
    print(f"{count} vectors, {faults} faults")
    return 1 if faults or count < len(KINDS) else 0


def main(args):
    commands = {"vectors": run_vectors, "send": run_send, "lines": run_lines, "ask": run_ask, "call": run_call,
                "raw": run_raw}
    if args[:1] == ["actor"]:
        Actor().run()
        return 0
    if not args or args[0] not in commands:
        sys.exit(__doc__)
    return commands[args[0]](*args[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
