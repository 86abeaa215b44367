#!/usr/bin/env python3
"""A client that misbehaves: rude.py SOCKET HOW [ARGS]. Prints what it was answered, a line a frame,
and `end` when the other side has ended the connection.

    length          a frame of 4 GiB is announced
    large ADDRESS   a message of 17 MiB is sent
    bytes ADDRESS   two messages, one byte at a time
    half ADDRESS    one message, and half of the next; then it is gone
    actor NAME TOKEN    says that it is this actor
    garbage N       N connections of random bytes, each closed at once
    connect         connects, and sends nothing
"""
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol"))
sys.dont_write_bytecode = True
import client  # noqa: E402


def push(stream, data):
    """What it says meanwhile does not matter; it may end the connection in the middle."""
    try:
        stream.send_raw(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def show(stream):
    while True:
        try:
            kind, fields = stream.next(20)
        except client.ProtocolError:
            kind = None
        if kind is None:
            print("end")
            return
        print(kind, fields.get("number", ""), fields.get("text", b"").decode())


def main(path, how, *args):
    if how == "garbage":
        for n in range(int(args[0])):
            stream = client.connect(path)
            push(stream, random.Random(n).randbytes(n % 300))
            stream.sock.close()
        return
    stream = client.connect(path)
    if how == "connect":
        show(stream)
        return
    if how == "actor":
        push(stream, client.pack("HELLO", version=1, role=client.ACTOR, to=args[0], text=args[1]))
        show(stream)
        return
    hello = client.pack("HELLO", version=1, role=client.SEND)
    if how == "length":
        push(stream, hello + struct.pack(">I", 0xFFFFFFFF) + b"\5" * 100000)
    elif how == "large":
        push(stream, hello + client.pack("SEND", to=args[0], body=bytes(17 << 20)))
    elif how == "bytes":
        data = hello + b"".join(client.pack("SEND", to=args[0], body=b) for b in (b"one", b"two"))
        for byte in data + client.pack("BYE"):
            push(stream, bytes([byte]))
    elif how == "half":
        send = client.pack("SEND", to=args[0], body=b"whole")
        push(stream, hello + send + send[:len(send) // 2])
        kind, fields = stream.next(20)
        while kind == "WELCOME":
            kind, fields = stream.next(20)
        print(kind, fields and fields.get("number"))
        return
    else:
        sys.exit(__doc__)
    show(stream)


main(*sys.argv[1:])
