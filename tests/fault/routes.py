"""A pool whose mail has keys, while it grows, shrinks and dies: routes.py SPEAKS POOL SEED SECS

Stands in a folder of its own. Numbered messages of many keys come from a sender each; members are
killed and the pool is scaled at random. Each process writes down what it begins and what it ends.
Then, for each key: a process has its messages one after the other, none is left out, the next
process that has the key begins no later than behind the last that was begun, and only when the one
before it is done with what it had begun, or dead. The books must balance."""

import json
import os
import random
import signal
import subprocess
import sys
import time

LINES = r"""
import os, sys, time, random
fd = os.open("took", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for line in sys.stdin:
    word = line.strip()
    os.write(fd, f"{os.getpid()} begins {word}\n".encode())
    time.sleep(random.choice((0, 0, 0.001, 0.004)))
    os.write(fd, f"{os.getpid()} ends {word}\n".encode())
    print(flush=True)
"""

JSON = r"""
import json, os, sys, time, random
fd = os.open("took", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "exit":
        break
    word = m["body"]
    os.write(fd, f"{os.getpid()} begins {word}\n".encode())
    time.sleep(random.choice((0, 0, 0.001, 0.004)))
    os.write(fd, f"{os.getpid()} ends {word}\n".encode())
    print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
"""

SPEAKS = {"lines": (LINES, "ack: line"), "json": (JSON, "speaks: json")}
POOLS = {"fixed": "size: 3", "elastic": "min: 1, max: 6, idle: 200ms"}
FILE = """
actors:
  w:
    run: {python} -u worker.py
    {speaks}
    pool: {{{pool}, route: hash:key}}
    backoff: {{min: 5ms, max: 20ms}}
    limit: {{restarts: 1000000}}
    mailbox: {{retry: 200, messages: {mailbox}}}
"""
KEYS, MOST, MAILBOX = 24, 6, 400
BIN = os.environ["BUILD_BIN"]
PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))


class Failed(Exception):
    """What was promised does not hold."""


def command(*words):
    p = subprocess.run([BIN + "/actorsup", *words], capture_output=True, text=True,
                       timeout=60 * PATIENCE, check=False)
    return p.returncode, p.stdout


def rows():
    return json.loads(command("ps", "--json", "w")[1])


class Sender:
    """One actorsend for one key, fed bit by bit."""

    def __init__(self, key):
        self.key = key
        self.n = 0
        self.p = subprocess.Popen([BIN + "/actorsend", "-H", f"key={key}", "w"],
                                  stdin=subprocess.PIPE)
        os.set_blocking(self.p.stdin.fileno(), False)

    def feed(self, count):
        for _ in range(count):
            try:
                os.write(self.p.stdin.fileno(), f"{self.key} {self.n + 1}\n".encode())
            except BlockingIOError:
                return
            self.n += 1

    def end(self):
        self.p.stdin.close()
        if self.p.wait(120 * PATIENCE) != 0:
            raise Failed(f"the sender of {self.key} failed")


def storm(r, pool, secs):
    senders = [Sender(f"k{i}") for i in range(KEYS)]
    end, kills, scales, scaling = time.monotonic() + secs, 0, 0, None
    while time.monotonic() < end:
        now = rows()
        burst = pool == "fixed" or time.monotonic() % 1.5 < 0.7
        # What waits in senders behind a full mailbox would only take long.
        room = sum(row["queued"] for row in now) < MAILBOX
        for s in senders:
            s.feed(r.randint(0, 6) if burst and room else 0)
        pids = [row["pid"] for row in now if row["pid"] > 0]
        if pids and r.random() < 0.15:
            try:
                os.kill(r.choice(pids), signal.SIGKILL)
                kills += 1
            except ProcessLookupError:
                pass
        free = scaling is None or scaling.poll() is not None
        if pool == "fixed" and free and r.random() < 0.3:
            scaling = subprocess.Popen([BIN + "/actorsup", "scale", f"w={r.randint(1, MOST)}"],
                                       stdout=subprocess.DEVNULL)
            scales += 1
    if scaling is not None:
        scaling.wait(60 * PATIENCE)
    for s in senders:
        s.end()
    return senders, kills, scales


def settle():
    end = time.monotonic() + 120 * PATIENCE
    while any(row["queued"] + row["in_hand"] > 0 for row in rows()):
        if time.monotonic() > end:
            raise Failed(f"it is not done: {rows()}")
        time.sleep(0.05)


def judge_key(key, took, last):
    """took: (pid, begins or ends, number), in the order in which it happened."""
    owner, at, top, begun, lost = None, 0, 0, 0, set()
    for pid, what, n in took:
        if what == "ends":
            if (pid, n) in lost:
                raise Failed(f"{key}: {pid} ends {n}, though {owner} has the key since")
            begun = 0
            continue
        if pid != owner:
            if begun:
                lost.add((owner, begun))
            owner, at = pid, n - 1
            if n > top + 1:
                raise Failed(f"{key}: {pid} begins with {n}, behind {top}")
        if n != at + 1:
            raise Failed(f"{key}: {pid} begins {n} behind {at}")
        at, top, begun = n, max(top, n), n
    if top != last:
        raise Failed(f"{key}: {top} of {last} came")


def judge(senders):
    took = {s.key: [] for s in senders}
    with open("took", encoding="utf-8") as f:
        for line in f:
            pid, what, key, n = line.split()
            took[key].append((int(pid), what, int(n)))
    for s in senders:
        judge_key(s.key, took[s.key], s.n)
    return len({pid for t in took.values() for pid, _, _ in t})


def main():
    speaks, pool, seed, secs = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    with open("worker.py", "w", encoding="utf-8") as f:
        f.write(SPEAKS[speaks][0])
    with open("actorsup.yaml", "w", encoding="utf-8") as f:
        f.write(FILE.format(python=sys.executable, speaks=SPEAKS[speaks][1], pool=POOLS[pool],
                            mailbox=MAILBOX))
    try:
        if command("up", "-d", "--wait=30")[0] != 0:
            raise Failed("it does not start")
        senders, kills, scales = storm(random.Random(seed), pool, secs)
        settle()
        processes = judge(senders)
        if command("audit")[0] != 0:
            raise Failed("the books do not balance: " + command("audit")[1])
        if json.loads(command("dead", "ls", "--json")[1]):
            raise Failed("there are dead letters")
    except Failed as e:
        print(e)
        return 1
    print(f"{sum(s.n for s in senders)} messages of {len(senders)} keys, {kills} kills, "
          f"{scales} times scaled, {processes} processes")
    return 0


sys.exit(main())
