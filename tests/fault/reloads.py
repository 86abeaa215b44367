"""Random reloads of one system under load: reloads.py SEED SECS

Stands in a folder of its own. Topologies are made at random from a few names and brought to the
running system one after the other, also while the former is still under way, with mail flowing,
processes killed, commands run and connections dropped. After each round the system must be what
its file says, and the books must balance."""

import json
import os
import random
import signal
import subprocess
import sys
import time

WORKER = r"""
import json, sys, os
to = sys.argv[1:]
n = 0
def out(o):
    sys.stdout.write(json.dumps(o) + "\n"); sys.stdout.flush()
if os.environ.get("ACTOR_READY_FD"):
    os.write(int(os.environ["ACTOR_READY_FD"]), b"\n")
sys.stderr.write("ok\n"); sys.stderr.flush()
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "exit":
        break
    if m["type"] not in ("tell", "ask"):
        if "id" in m: out({"op": "ack", "id": m["id"]})
        continue
    body = m.get("body", "")
    if body.startswith("seq-"):
        fd = os.open("got." + os.environ["ACTOR_NAME"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(fd, (body + "\n").encode()); os.close(fd)
    n += 1
    if to and n % 3 == 0:
        out({"op": "send", "to": to[n % len(to)], "body": body})
    if to and n % 17 == 0:
        out({"op": "send", "to": to[n % len(to)], "body": body, "ask": "q%d" % n, "timeout": 1})
    if n % 11 == 0:
        out({"op": "wake", "after": 0.05, "id": "w%d" % (n % 3)})
    if n % 23 == 0 and not body.startswith("seq-"):
        out({"op": "fail", "id": m["id"], "reason": "no"})
    elif n % 29 == 0 and not body.startswith("seq-"):
        out({"op": "defer", "id": m["id"]})
    elif m["type"] == "ask":
        out({"op": "reply", "re": m["id"], "body": body})
    else:
        out({"op": "ack", "id": m["id"]})
"""

NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"]
GROUPS = ["p", "q", "r"]
BIN = os.environ["BUILD_BIN"]
SCALE = float(os.environ.get("TEST_PATIENCE", "1"))


class Failed(Exception):
    """The system is not what it should be."""


class Storm:
    def __init__(self, seed, secs):
        self.r = random.Random(seed)
        self.secs = secs
        self.background = []
        self.sent = 0
        self.accepted = []
        self.scaled = set()
        self.rounds = self.reloads = 0

    # --- a topology ---

    def chance(self, p):
        return self.r.random() < p

    def targets(self, me, mailboxes):
        pick = self.r.sample(mailboxes, min(len(mailboxes), self.r.randint(0, 3)))
        out = []
        for name in pick:
            if name == me:
                continue
            some = self.pools.get(name, 0) > 1 and self.chance(0.3)
            out.append(name + (self.r.choice(["/*", "/1", "/2"]) if some else ""))
        return out

    def actor(self, name):
        r = self.r
        speaks = self.speaks[name]
        c = {"stop": {"grace": "2s"}, "backoff": {"min": "1ms", "max": "20ms"}, "limit": {"restarts": 1000, "within": "1s"}}
        mailboxes = [n for n in self.names if self.speaks[n] != "none" and self.order[n] > self.order[name]]
        to = self.targets(name, mailboxes)
        if speaks == "lines":
            c["shell"] = r.choice(["exec cat", "exec cat -u", "while read -r x; do echo \"$$x\"; done"])
            if self.chance(0.5):
                c["ack"] = "line"
                c["shell"] = "while read -r x; do echo \"$$x\"; done"
            if self.chance(0.2):
                c["delimiter"] = "nul"
                c["shell"] = "exec cat -u"
            if to and self.chance(0.7):
                c["to"] = to if len(to) > 1 else to[0]
        elif speaks == "json":
            c["run"] = [sys.executable, "-SEI", os.path.abspath("worker.py")] + to
        elif speaks == "frames":
            c["run"] = [os.path.join(os.path.dirname(BIN), "examples/c/upper")]
            if self.chance(0.3):
                c["transport"] = "stdio"
        elif speaks == "once":
            c["shell"] = "exec cat"
            c["concurrency"] = r.randint(1, 3)
            if to and self.chance(0.7):
                c["to"] = to if len(to) > 1 else to[0]
        else:
            c["run"] = ["sleep", str(1000 + r.randint(0, 1))]
        if speaks != "lines":
            c["speaks"] = speaks
        if name in self.pools:
            c["pool"] = self.pools[name]
        if speaks != "none":
            box = c["mailbox"] = {}
            if self.chance(0.4):
                box["messages"] = r.choice([1, 3, 10, 100])
            if self.chance(0.2):
                box["full"] = r.choice(["drop-old", "drop-new", "block"])
            if self.chance(0.3):
                box["in_hand"] = r.choice([1, 2, 5])
            if self.chance(0.3):
                box["keep"] = "disk"
            if self.chance(0.1):
                box["expire"] = "200ms"
            if self.chance(0.2):
                box["retry"] = r.choice([1, 5])
        if self.chance(0.3):
            c["env"] = {"X%d" % i: str(r.randint(0, 2)) for i in range(r.randint(1, 3))}
        if self.chance(0.3):
            c["limits"] = {"files": r.choice([100, 200])}
        earlier = [n for n in self.names if self.order[n] > self.order[name]]
        if earlier and self.chance(0.3):
            c["after"] = {n: r.choice(["start", "ready"]) for n in r.sample(earlier, 1)}
        if speaks == "json" and self.chance(0.3):
            c["ready"] = r.choice(["notify", {"log": "ok"}])
        elif self.chance(0.2) and speaks != "once":
            c["ready"] = {"exec": "true", "every": "20ms"}
        if self.chance(0.2):
            c["health"] = {"exec": r.choice(["true", "false", "sleep 0.1"]), "every": "20ms", "failures": r.choice([1, 50])}
            if c["health"]["exec"] == "false":
                c["health"]["failures"] = 1000
        if self.chance(0.2):
            c["restart"] = r.choice(["always", "on-failure"])
        if self.chance(0.15):
            c["eof"] = "upstream"
        if self.chance(0.2):
            c["log"] = {"max": r.choice(["64KiB", "1MiB"]), "keep": r.randint(1, 3)}
        return c

    def groups(self):
        groups, free = {}, list(self.names)
        self.r.shuffle(free)
        inner = None
        for g in self.r.sample(GROUPS, self.r.randint(0, 3)):
            if g in self.names:
                continue
            members = [free.pop() for _ in range(min(len(free), self.r.randint(0, 3)))]
            if inner and self.chance(0.5):
                members.append(inner)
                inner = None
            if members:
                groups[g] = {"strategy": self.r.choice(["one-for-one", "one-for-all", "rest-for-one"]),
                             "limit": {"restarts": 100000, "within": "1s"}, "members": members}
                inner = g
        return groups

    def topology(self):
        names = NAMES + (["p"] if self.chance(0.2) else [])
        self.names = self.r.sample(names, self.r.randint(2, len(names)))
        self.order = {n: self.r.random() for n in self.names}
        self.speaks = {n: self.r.choice(["lines", "lines", "json", "json", "frames", "once", "none"]) for n in self.names}
        self.pools = {n: self.r.randint(1, 4) for n in self.names if self.speaks[n] != "once" and self.chance(0.4)}
        # The same as before, mostly: what differs is to be touched, and no more.
        t = {"system": "t", "actors": {n: self.actor(n) for n in self.names}}
        if getattr(self, "conf", None) and self.chance(0.7):
            for n in self.names:
                if n in self.conf["actors"] and self.chance(0.6):
                    t["actors"][n] = self.conf["actors"][n]
        sink = {"run": [sys.executable, "-SEI", os.path.abspath("worker.py")], "speaks": "json",
                "stop": {"grace": "5s"}, "backoff": {"min": "1ms", "max": "20ms"},
                "mailbox": {"retry": 255, "messages": self.r.choice([10, 100, 10000])},
                "limit": {"restarts": 1000, "within": "1s"}, "env": {"V": str(self.r.randint(0, 3))}}
        if self.chance(0.5):
            sink["pool"] = self.r.randint(1, 3)
        if self.chance(0.3):
            sink["mailbox"]["keep"] = "disk"
        if self.chance(0.3):
            sink["mailbox"]["in_hand"] = 1
        t["actors"]["sink"] = sink
        g = self.groups()
        if g:
            t["groups"] = g
        return t

    def write(self, name="actorsup.yaml"):
        for _ in range(200):
            t = self.topology()
            with open("next.yaml", "w", encoding="utf-8") as f:
                json.dump(t, f, indent=1)
            if subprocess.run([BIN + "/actorsup", "check", "next.yaml"], capture_output=True, check=False).returncode == 0:
                os.rename("next.yaml", name)
                self.conf = t
                return
        raise Failed("no topology without a fault")

    # --- commands ---

    def spawn(self, *args, text=None):
        p = subprocess.Popen(args, stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if text:
            try:
                p.stdin.write(text)
                p.stdin.close()
            except BrokenPipeError:
                pass
        self.background.append(p)
        return p

    def cmd(self, *args, timeout=30):
        try:
            return subprocess.run([BIN + "/actorsup", *args], capture_output=True, text=True,
                                  timeout=timeout * SCALE, check=False)
        except subprocess.TimeoutExpired as e:
            raise Failed(f"actorsup {' '.join(args)} takes too long") from e

    def rows(self):
        p = self.cmd("ps", "--json")
        if p.returncode != 0:
            raise Failed("ps: " + p.stderr)
        return json.loads(p.stdout)

    def act(self):
        r = self.r
        name = r.choice(NAMES + ["p", "q", "sink"])
        up, send = BIN + "/actorsup", BIN + "/actorsend"
        kind = r.randint(0, 15)
        if kind <= 3:
            n = r.choice([1, 10, 200])
            self.spawn(send, "-t", "2", "-n", str(n), name, "x%d" % r.randint(0, 999))
        elif kind == 4:
            self.spawn(send, "-a", "-t", "1", name, "ask")
        elif kind == 5:
            rows = [row for row in self.rows() if row.get("pid")]
            if rows:
                row = r.choice(rows)
                try:
                    os.kill(row["pid"], r.choice([signal.SIGKILL, signal.SIGTERM]))
                except ProcessLookupError:
                    pass
        elif kind == 6:
            self.spawn(up, r.choice(["restart", "kill"]), name)
        elif kind == 7:
            self.spawn(up, "stop", name)
        elif kind == 8:
            self.spawn(up, "start", name)
        elif kind == 9:
            self.spawn(up, "scale", "%s=%d" % (name, r.randint(1, 5)))
            self.scaled.add(name)
        elif kind == 10:
            os.kill(self.supervisor, signal.SIGHUP)
            self.reloads += 1
        elif kind == 11:
            self.spawn(up, *r.choice([["ps"], ["audit"], ["dead", "ls"], ["logs", "-f"], ["logs", name],
                                      ["wait", "--for", "done", name], ["events", "-f"]]))
        elif kind == 12 and self.background:
            p = r.choice(self.background)
            p.kill()
        elif kind == 13:
            self.spawn(up, "dead", r.choice(["retry", "drop"]), "--all")
        elif kind == 14:
            self.spawn(up, "reload", "-t", "5")
            self.reloads += 1
        else:
            n = r.randint(1, 300)
            lines = "".join("seq-%d\n" % (self.sent + i) for i in range(n)).encode()
            p = self.spawn(send, "sink", text=lines)
            p.seq = range(self.sent, self.sent + n)
            self.sent += n

    def reap(self, every):
        """Those that have ended; every: all others are ended, and what is being sent is waited for."""
        if every:
            for p in self.background:
                if not hasattr(p, "seq"):
                    p.kill()
                    p.wait()
            self.cmd("start", "sink")
        for p in list(self.background):
            if every:
                try:
                    p.wait(30 * SCALE)
                except subprocess.TimeoutExpired as e:
                    raise Failed("actorsend sink takes too long: " + self.cmd("ps").stdout) from e
            if p.poll() is not None:
                self.background.remove(p)
                if hasattr(p, "seq") and p.returncode == 0:
                    self.accepted.extend(p.seq)

    def is_as_written(self):
        counts = {}
        for row in self.rows():
            counts[row["name"].split("/")[0]] = counts.get(row["name"].split("/")[0], 0) + 1
        wanted = {n: c.get("pool", 1) for n, c in self.conf["actors"].items()}
        if counts != wanted:
            raise Failed(f"the file has {wanted}, ps {counts}")

    def settle(self):
        self.reap(True)
        # All names are known then; one that goes may have to wait for room in one that was stopped.
        self.cmd("reload", "-t", "0.5")
        self.cmd("start", *self.conf["actors"])
        p = self.cmd("reload", "-t", "60", timeout=70)
        self.reloads += 2
        if p.returncode != 0:
            raise Failed(f"reload: {p.returncode} {p.stderr}\n" + self.cmd("ps").stdout)
        for n, c in self.conf["actors"].items():
            if n in self.scaled and "pool" in c: # what was scaled stays so
                self.cmd("scale", "%s=%d" % (n, c["pool"]))
        self.scaled.clear()
        self.is_as_written()
        p = self.cmd("audit")
        if p.returncode != 0:
            raise Failed("audit: " + p.stdout + p.stderr)

    def idle(self):
        end = time.monotonic() + 60 * SCALE
        while time.monotonic() < end:
            row = json.loads(self.cmd("audit", "--json", "sink").stdout)[0]
            if row["queued"] + row["in_hand"] == 0:
                return
            time.sleep(0.05)
        raise Failed("sink does not get idle: " + self.cmd("ps").stdout)

    def up(self):
        p = self.cmd("up", "-d", timeout=60)
        if p.returncode != 0:
            raise Failed("up: " + p.stderr)
        with open(os.environ["ACTORSUP_RUNTIME_DIR"] + "/actorsup/t/pid", encoding="ascii") as f:
            self.supervisor = int(f.read())

    def down(self):
        p = self.cmd("down", timeout=60)
        if p.returncode != 0:
            raise Failed("down: " + p.stdout + p.stderr)

    def all_got(self):
        with open("got.sink", encoding="ascii") as f:
            got = {line.rstrip("\n") for line in f}
        missing = [i for i in self.accepted if "seq-%d" % i not in got]
        if missing:
            raise Failed(f"{len(missing)} messages were lost: {missing[:20]}")

    def round(self):
        self.rounds += 1
        self.write()
        self.spawn(BIN + "/actorsup", "reload", "-t", "10")
        self.reloads += 1
        for _ in range(self.r.randint(0, 12)):
            self.act()
            if self.chance(0.5):
                time.sleep(self.r.random() * 0.03)
            if self.chance(0.2):
                self.write()
                self.spawn(BIN + "/actorsup", "reload", "-t", "10")
                self.reloads += 1
        self.reap(False)
        if self.chance(0.5):
            self.settle()

    def run(self):
        with open("worker.py", "w", encoding="ascii") as f:
            f.write(WORKER)
        open("got.sink", "w", encoding="ascii").close()
        self.write()
        self.up()
        end = time.monotonic() + self.secs
        while time.monotonic() < end:
            self.round()
            if self.chance(0.03):
                self.settle()
                self.idle()
                self.act()
                self.reap(True)
                self.idle()
                self.down()
                self.write()
                self.up()
        self.settle()
        self.idle()
        self.all_got()
        self.down()


def main():
    storm = Storm(int(sys.argv[1]), float(sys.argv[2]))
    try:
        storm.run()
    except Failed as e:
        print(f"round {storm.rounds}: {e}")
        for p in storm.background:
            p.kill()
        return 1
    print(f"{storm.rounds} rounds, {storm.reloads} reloads, {len(storm.accepted)} messages")
    return 0


sys.exit(main())
