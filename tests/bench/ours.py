"""What is measured of actorsup. Each function gives a rate in messages a second, or seconds, or what
its text says."""

import contextlib
import glob
import os
import pwd
import re
import resource
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from peers import LIMIT, output, read, seconds, wait_for, write

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD_DIR", os.getcwd())
PROGRAMS = ["bin/actorsup", "bin/actorsend", "bin/actorsup-far", "bin/actorsup-far.sha256"] + [
    "tests/bench/b-" + name
    for name in ("actor", "answer", "calls.so", "json", "nats", "nng", "spawn", "stamp")
]
SIZE = 100


class Place:
    """The folder in which all is done, and the sizes of what is done."""

    def __init__(self, quick, plot):
        # Opened and begun now, for later we may be another user.
        self.plot = os.open(plot, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self.dir = tempfile.mkdtemp(prefix="bench-")
        self.sshds = subprocess.Popen([sys.executable, os.path.join(HERE, "sshds.py"), self.dir],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      start_new_session=True)
        part = 20 if quick else 1
        self.lines = 3000000 // part  # of SIZE bytes; as many bytes of any other size
        self.sent = 5000000 // part
        self.kept = 20000 // part  # of each sender
        self.syncs = 1000 // part
        self.frames = 3000000 // part
        self.bytes = 400000000 // part  # of any size, where sizes are compared
        self.singles = 100000 // part
        self.remote = 500000 // part
        self.asks = 10000 // part
        self.pipelined = 300000 // part
        self.queued = 1000000 // part
        self.actors = 1000 // part
        self.crowd = 5000 // part
        self.most = 10000 // part
        self.restarts = 200 // part
        self.hosts = 20 if not quick else 3  # with an sshd each
        self.nodes = 100 if not quick else 5
        self.idle = 10 if not quick else 2
        programs = self.path("bin")
        os.mkdir(programs)
        for program in PROGRAMS:
            shutil.copy(os.path.join(BUILD, program), programs)
        shutil.copy(os.path.join(HERE, "nodes.erl"), self.dir)
        if os.getuid() == 0:
            user = pwd.getpwnam("nobody")
            for name in ("", "bin", "nodes.erl"):
                os.chown(self.path(name), user.pw_uid, user.pw_gid)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        for variable in ("ACTORSUP_RUNTIME_DIR", "XDG_STATE_HOME", "HOME", "TMPDIR"):
            os.environ[variable] = self.dir
        os.environ["PATH"] = programs + ":" + os.environ["PATH"] + ":/usr/sbin"
        os.chdir(self.dir)

    def end(self):
        os.chdir("/")
        shutil.rmtree(self.dir)
        self.sshds.stdin.close()
        self.sshds.wait(LIMIT)

    def path(self, name):
        return os.path.join(self.dir, name)

    @contextlib.contextmanager
    def text(self, size, count):
        """A file of so many lines of so many bytes, in memory where that can be: a disk is not what
        is measured."""
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        with tempfile.NamedTemporaryFile("w", dir=memory, encoding="ascii") as f:
            some = max(1, (1 << 20) // size)
            for at in range(0, count, some):
                f.write(("x" * (size - 1) + "\n") * min(some, count - at))
            f.flush()
            yield f.name


def run(command, **how):
    """As subprocess.run, but the end is seen at once: with a time-out that looks every 50 ms alone."""
    child = subprocess.Popen(command, **how)
    guard = threading.Timer(LIMIT, child.kill)
    guard.start()
    try:
        status = child.wait()
    finally:
        guard.cancel()
    if status != 0:
        raise subprocess.CalledProcessError(status, command)


def actorsup(*command):
    run(["actorsup", *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def system(topology, preload=()):
    """Runs a system until it ends by itself."""
    write("actorsup.yaml", "system: bench\nactors:\n" + topology)
    done = subprocess.run([*preload, "actorsup", "up"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"actorsup up: status {done.returncode}: {done.stdout}")


@contextlib.contextmanager
def detached(topology):
    """A system as long as the block; gives the seconds until it was ready, and its supervisor."""
    write("actorsup.yaml", "system: bench\nactors:\n" + topology)
    start = time.monotonic()
    actorsup("up", "-d", "--wait")
    took = time.monotonic() - start
    try:
        yield took, int(read("actorsup/bench/pid"))
    finally:
        down = subprocess.run(["actorsup", "-s", "bench", "down"], timeout=LIMIT, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if down.returncode not in (0, 3):  # 3: it has ended by itself
            raise RuntimeError(f"actorsup down: status {down.returncode}: {down.stderr}")


# -- Lines ------------------------------------------------------------------------------------

# Both ends write when they began and ended, so that neither `up` nor a shell counts.
STAMP = "date +%s%N"


def source(*paths):
    return f"{STAMP} >began; exec cat {' '.join(paths)}"


SINK = f"wc -l >counted; {STAMP} >ended"


def stamped(count, before=0):
    """Lines a second, of those since the stamp; so many passed before it."""
    if int(read("counted")) != before + count:
        raise RuntimeError(f"{read('counted').strip()} lines of {before + count} came")
    return count / seconds(int(read("ended")) - int(read("began")))


def lines(path, count, middle="", to="sink"):
    """From a file to `wc -l`; middle: actors between them, of which `to` is the first."""
    def measure(_):
        system(f"""
  sink: {{shell: "{SINK}", eof: upstream}}
  source: {{shell: "{source(path)}", to: {to}, after: [sink]}}
{middle}""")
        return stamped(count)
    return measure


def spent(path):
    """System calls and allocations of a supervisor that carries a file."""
    for name in glob.glob("calls.*"):
        os.unlink(name)
    system(f"""
  sink: {{shell: "{SINK}", eof: upstream}}
  source: {{run: cat {path}, to: sink, after: [sink]}}
""", ["env", "LD_PRELOAD=" + os.path.abspath("bin/b-calls.so"), "COUNT_CALLS=calls"])
    counts = [tuple(map(int, read(name).split())) for name in glob.glob("calls.*")]
    return max(counts)


def spent_each(place):
    """The same for each line, without what every supervisor spends."""
    counts = [place.lines // 4, place.lines]
    spents = []
    for count in counts:
        with place.text(SIZE, count) as path:
            spents.append(spent(path))
    return [max(0, b - a) / (counts[1] - counts[0]) for a, b in zip(*spents)]


def lines_cat(path, count):
    def measure(_):
        run(f"({source(path)}) | cat | ({SINK})", shell=True)
        return stamped(count)
    return measure


def lines_sent(path, count):
    """The same by actorsend: the source feeds the sink by name only, so that its end is seen."""
    def measure(_):
        system(f"""
  sink: {{shell: "{SINK}", eof: upstream}}
  source: {{shell: "{STAMP} >began; exec actorsend sink <{path}", to: sink, after: [sink]}}
""")
        return stamped(count)
    return measure


SENDERS = 64


def kept(path, count):
    """From as many senders at a time to a mailbox on disk, until all is accepted."""
    def measure(_):
        with detached('  sink: {shell: "exec cat >/dev/null", mailbox: {keep: disk}}\n'):
            begin = time.monotonic()
            senders = []
            for _ in range(SENDERS):
                with open(path, "rb") as f:
                    senders.append(subprocess.Popen(["actorsend", "sink"], stdin=f))
            failed = [s for s in senders if s.wait(timeout=LIMIT) != 0]
            took = time.monotonic() - begin
        if failed:
            raise RuntimeError(f"{len(failed)} senders failed")
        return SENDERS * count / took
    return measure


def synced(place):
    """What the disk allows: a write and a sync for each message."""
    fd = os.open("synced", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    begin = time.monotonic()
    for _ in range(place.syncs):
        os.write(fd, b"x" * SIZE)
        os.fdatasync(fd)
    took = time.monotonic() - begin
    os.close(fd)
    os.unlink("synced")
    return place.syncs / took


def idlers(count):
    """Actors with nothing to do."""
    return "".join(f"  a{i}: {{run: cat}}\n" for i in range(count))


# An actor between source and sink.
MIDDLE = "  middle: {{shell: exec cat, to: sink, eof: upstream{}}}\n"

# A fast producer before a consumer of one message a second.
SLOW = """  slow: {shell: "while read -r x; do sleep 1; done"}
  fast: {run: "yes", to: slow}
"""


PASSES = 4  # a long run: the more processes there are, the more the machine's own work disturbs


def lines_beside(path, count, beside):
    """The same, with other actors present that do not end; from when all are up and wait. The
    lines pass once before, for a machine may have put away what was idle while so many started."""
    def measure(_):
        with contextlib.suppress(FileNotFoundError):
            os.unlink("ended")
        with contextlib.suppress(FileExistsError):
            os.mkfifo("go")
        with detached(beside + f"""  sink: {{shell: "{SINK}", eof: upstream}}
  source: {{shell: "read -r x <go; cat {path}; {source(path, *[path] * (PASSES - 1))}", to: sink}}
"""):
            wait_for("every actor", all_sleep)
            write("go", "\n")
            wait_for("the last line", lambda: os.path.exists("ended") and read("ended"))
        return stamped(PASSES * count, before=count)
    return measure


# -- Frames and json --------------------------------------------------------------------------


def frames(place, count=None):
    count = count or place.frames
    system(f"""
  sink: {{run: b-actor sink {count} took, speaks: frames}}
  source: {{run: b-actor source {count}, speaks: frames, to: sink, after: [sink]}}
""")
    return count / seconds(read("took"))


@contextlib.contextmanager
def sized(size):
    """Programs that send messages of so many bytes."""
    os.environ["BENCH_BYTES"] = str(size)
    try:
        yield
    finally:
        del os.environ["BENCH_BYTES"]


def json(place):
    system(f"""
  sink: {{run: b-json sink {place.frames} ended, speaks: json}}
  source: {{run: b-json source {place.frames} began, speaks: json, to: sink, after: [sink]}}
""")
    return place.frames / seconds(int(read("ended")) - int(read("began")))


def ask(run, speaks, asker="speaks: frames, transport: stdio"):
    """Round trips, one at a time: their median."""
    def measure(place):
        system(f"""
  answer: {{run: {run}, {speaks}, eof: upstream}}
  asker: {{run: b-actor ask {place.asks} took, {asker}, to: answer, after: [answer]}}
""")
        return seconds(read("took"))
    return measure


def asks(run, speaks, asker="speaks: frames, transport: stdio"):
    """Round trips with 64 in flight: their rate."""
    def measure(place):
        system(f"""
  answer: {{run: {run}, {speaks}, eof: upstream}}
  asker: {{run: b-actor asks {place.pipelined} took, {asker}, to: answer, after: [answer]}}
""")
        return place.pipelined / seconds(read("took"))
    return measure


# -- Processes --------------------------------------------------------------------------------


def start(place):
    with detached(idlers(place.actors)) as (took, _):
        return took


def down(place):
    with detached(idlers(place.actors)):
        begin = time.monotonic()
        actorsup("down")
        return time.monotonic() - begin


def most(place):
    """As many actors as the hard limit of descriptors allows: how many, and the seconds until they
    are ready, of `ps`, and until they are gone. One more is refused before any is started."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(place.most, refusal(limit))
    with detached(idlers(count)) as (took, _):
        begin = time.monotonic()
        done = subprocess.run(["actorsup", "ps"], check=True, timeout=LIMIT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        ps = time.monotonic() - begin
        ready = sum(" ready " in line for line in done.stdout.splitlines())
        if ready != count:
            raise RuntimeError(f"{ready} of {count} are ready")
        begin = time.monotonic()
        actorsup("down")
        down = time.monotonic() - begin
        left = [p for p in os.listdir("/proc") if p.isdigit() and is_ours(p)]
        if left:
            raise RuntimeError(f"left: {left}")
    return count, took, ps, down


def refusal(limit):
    """The most actors that this limit of descriptors allows, by what `up` says of too many."""
    write("actorsup.yaml", "system: bench\nactors:\n" + idlers(limit // 3 + 1))
    done = subprocess.run(["actorsup", "up", "-d"], timeout=LIMIT, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    needs = re.search(r"need (\d+) descriptors", done.stdout)
    if done.returncode != 1 or needs is None:
        raise RuntimeError(f"not refused: {done.stdout}")
    own = int(needs[1]) - 3 * (limit // 3 + 1)
    return (limit - own) // 3


def is_ours(pid):
    """Whether a process is an actor of our system, or was started by one."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as f:
            return b"ACTOR_SYSTEM=bench\0" in f.read()
    except OSError:
        return False


def all_sleep():
    """Whether every process of our system has started in full and waits for something."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as f:
            if f.read().rpartition(")")[2].split()[0] != "S" and is_ours(pid):
                return False
    return True


def restart(place):
    times = []
    with contextlib.suppress(FileExistsError):
        os.mkfifo("stamps")
    fifo = os.fdopen(os.open("stamps", os.O_RDWR), "rb", buffering=0)
    with fifo, detached("""  a: {run: b-stamp stamps, speaks: none, backoff: {min: 0ms},
      limit: {restarts: 100000, within: 1s}, restart: always}
"""):
        for _ in range(place.restarts + 1):
            if not select.select([fifo], [], [], LIMIT)[0]:
                raise RuntimeError("no next process came")
            pid, began = (int(word) for word in fifo.read(64).split())
            if times:
                times[-1] = began - times[-1]
            times.append(time.monotonic_ns())
            os.kill(pid, signal.SIGKILL)
        return statistics.median(times[:-1]) / 1e9


def restart_bare(place):
    with contextlib.suppress(FileExistsError):
        os.mkfifo("stamps")
    return output("b-spawn", "one", place.path("bin/b-stamp"), "stamps", str(place.restarts))


# -- What a supervisor takes ------------------------------------------------------------------


def resident(pid):
    """Bytes."""
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


def proportional(pid):
    """Bytes of memory, of what is shared its share."""
    for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no Pss")


def switches(pid):
    """How often the threads of a process were put to sleep: a wake-up is followed by one."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        for line in read(f"/proc/{pid}/task/{task}/status").splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total


def parent(pid):
    return int(read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[1])


def idle(place, count):
    """With so many idle actors: memory for each, of the whole supervisor, and the wake-ups of
    supervisor and guardian."""
    with detached(idlers(1)) as (_, pid):
        one = resident(pid)
    with detached(idlers(count)) as (_, pid):
        time.sleep(2)  # what follows a start is not idle
        both = [pid, parent(pid)]
        before = [switches(p) for p in both]
        time.sleep(place.idle)
        wakes = sum(switches(p) for p in both) - sum(before)
        return (resident(pid) - one) / (count - 1), resident(pid), wakes


# Sets a timer, and the next when that has come; at the end writes how late the middle one was.
LATE = """import json, os, statistics, sys, time
late, due = [], 0
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "wake":
        late.append(time.monotonic() - due)
    if m["type"] != "exit":
        print(json.dumps({"op": "ack", "id": m["id"]}), flush=True)
    if len(late) == 200:
        with open("lateness.new", "w") as f:
            f.write(str(statistics.median(late)))
        os.rename("lateness.new", "lateness")
    elif m["type"] != "exit":
        due = time.monotonic() + 0.01
        print('{"op":"wake","after":0.01}', flush=True)
"""


def late(_):
    """How late a timer of 10 ms comes to a json actor, in seconds."""
    write("late.py", LATE)
    with contextlib.suppress(FileNotFoundError):
        os.unlink("lateness")
    with detached("  late: {run: [/usr/bin/python3, late.py], speaks: json}\n"):
        run(["actorsend", "late", "begin"], stdin=subprocess.DEVNULL)
        wait_for("the last timer", lambda: os.path.exists("lateness"))
    return float(read("lateness"))


def grown(_):
    """The seconds from a burst to the tenth member of an elastic pool."""
    def ready():
        done = subprocess.run(["actorsup", "ps"], check=True, timeout=LIMIT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        return done.stdout.count(" ready ") == 10

    with detached("""  w: {shell: "while read -r x; do sleep 0.05; echo; done", ack: line,
      pool: {min: 1, max: 10}}
"""):
        write("burst", "x\n" * 1000)
        begin = time.monotonic()
        with open("burst", "rb") as f:
            run(["actorsend", "w"], stdin=f)
        wait_for("the tenth member", ready)
        return time.monotonic() - begin


def queued(place):
    """Bytes of memory for each byte of messages that wait, and what is left once they were read."""
    with contextlib.suppress(FileExistsError):
        os.mkfifo("go")
    with detached(f"""  late: {{shell: "read -r x <go; wc -l >counted; exec sleep 1000",
         mailbox: {{messages: {2 * place.queued}, bytes: 1024MiB}}}}
""") as (_, pid), place.text(SIZE, place.queued) as path:
        before = resident(pid)
        with open(path, "rb") as f:
            subprocess.run(["actorsend", "late"], stdin=f, check=True, timeout=LIMIT)
        full = resident(pid)
        write("go", "\n")
        wait_for("the last message", lambda: subprocess.run(
            "actorsup audit --json | grep -q '\"queued\": *0'", shell=True, check=False,
            stdin=subprocess.DEVNULL).returncode == 0)
        return (full - before) / (place.queued * SIZE), resident(pid) - before
