#!/usr/bin/env python3
"""Whoever else can reach the ports of a system: network.py HOW URL [ARGS].

    storm URL N     N connections that are closed at once, a third of them behind random bytes
    silent URL N    N connections that say nothing, until standard input ends; prints `there` first
    slow URL N      the same, each saying a byte of a HELLO now and then
    hello URL ROLE NAME TOKEN   says HELLO, prints what is answered, a line a frame, and `end`
    bytes URL HEX   sends these, prints all that comes back as text, and `end`
"""
import os
import random
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol"))
sys.dont_write_bytecode = True
import client  # noqa: E402


def address(url):
    host, _, port = url.rstrip("/").rpartition("/")[2].rpartition(":")
    return host, int(port)


def storm(url, n):
    for i in range(int(n)):
        try:
            with socket.create_connection(address(url)) as sock:
                if i % 3 == 0:
                    sock.sendall(random.Random(i).randbytes(1 + i % 3000))
        except ConnectionError:
            pass


def many(url, n, say):
    socks = [socket.create_connection(address(url)) for _ in range(int(n))]
    print("there", flush=True)
    done = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
    hello = client.pack("HELLO", version=1, role=client.ACTOR, to="a", text="0" * 32)
    for at in range(len(hello) - 1):
        for sock in socks if say else []:
            try:
                sock.sendall(hello[at:at + 1])
            except OSError:
                pass
        if done.wait(0.3):
            return
    done.wait()


def hello(url, role, name="", token=""):
    stream = client.dial(url)
    stream.send("HELLO", version=1, role=int(role), to=name, text=token)
    while True:
        kind, fields = stream.next(20)
        if kind is None:
            print("end")
            return
        print(kind, fields.get("text", b"").decode())


def send_bytes(url, text):
    with socket.create_connection(address(url)) as sock:
        sock.settimeout(20)
        try:
            sock.sendall(bytes.fromhex(text))
            while data := sock.recv(65536):
                print(data.decode("latin-1"))
        except ConnectionError:
            pass
        print("end")


def main(how, url, *args):
    {"storm": storm, "silent": lambda u, n: many(u, n, False), "slow": lambda u, n: many(u, n, True),
     "hello": hello, "bytes": send_bytes}[how](url, *args)


main(*sys.argv[1:])
