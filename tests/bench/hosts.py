"""What goes between hosts, beside ssh alone and Erlang: the rows, and how each is measured. A host is
an sshd with keys of its own, on the loopback or in a network namespace; a hundred of them are
folders of this machine."""

import contextlib
import datetime
import json
import os
import shutil
import signal
import statistics
import subprocess
import threading
import time

import peers as peer
from ours import (SIZE, SINK, actorsup, detached, parent, proportional, run, source, stamped,
                  switches, system)
from peers import LIMIT, Missing, read, seconds, wait_for, write
from table import at_least, compare, figure_at_most, in_turn, rate, span

SSH_CONFIG = """Host *
    User {user}
    IdentityFile {dir}/user
    IdentitiesOnly yes
    UserKnownHostsFile {dir}/known
    StrictHostKeyChecking yes
"""


# -- Hosts ------------------------------------------------------------------------------------


def keys(folder):
    """Keys of our own, and an `ssh` that knows of nothing else."""
    os.mkdir(folder, 0o700)
    for key in "host", "user":
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{key}"],
                       check=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
    program = shutil.which("ssh")
    write("bin/ssh", f'#!/bin/sh\nexec {program} -F {folder}/config "$@"\n')
    os.chmod("bin/ssh", 0o755)


def lodged(place, where, count):
    """So many hosts: their addresses, ports and folders."""
    if shutil.which("ssh-keygen") is None:
        raise Missing("openssh-client")
    folder = place.path("ssh")
    if not os.path.exists(folder):
        keys(folder)
    place.sshds.stdin.write(f"{where} {count}\n")
    place.sshds.stdin.flush()
    answer = json.loads(place.sshds.stdout.readline())
    if "missing" in answer:
        raise Missing(answer["missing"])
    key = " ".join(read(f"{folder}/host.pub").split()[:2])
    with open(f"{folder}/known", "a", encoding="ascii") as f:
        for host in answer["hosts"]:
            f.write(f"[{host['address']}]:{host['port']} {key}\n{host['address']} {key}\n")
    write(f"{folder}/config", SSH_CONFIG.format(user=answer["hosts"][0]["user"], dir=folder))
    return answer["hosts"]


def ssh(host, *command):
    return ["ssh", "-o", "BatchMode=yes", "-p", str(host["port"]), "--", host["address"], *command]


def entries(hosts, keys_of_each=""):
    """Of the file: h1, h2, ..."""
    return "hosts:\n" + "".join(
        f"  h{i}: {{ssh: \"{host['address']}:{host['port']}\"{keys_of_each}}}\n"
        for i, host in enumerate(hosts, 1))


def ended(child):
    """Waits for a process, for so long as any measurement may take."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return child.wait(LIMIT)
    child.kill()
    return child.wait()


@contextlib.contextmanager
def connected(host, command="exec cat"):
    """`ssh host cat`, from when it has answered."""
    with subprocess.Popen(ssh(host, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          bufsize=0) as child:
        guard = threading.Timer(LIMIT, child.kill)
        guard.start()
        try:
            child.stdin.write(b"\n")
            if child.stdout.read(1) != b"\n":
                raise RuntimeError("ssh did not get in")
            yield child
        finally:
            guard.cancel()
            child.kill()


# -- One host ---------------------------------------------------------------------------------


def lines_far(host, path, count):
    """From a file to `wc -l` by way of a `cat` on a host, from when that is ready."""
    def measure(_):
        system(f"""
  sink: {{shell: "{SINK}", eof: upstream}}
  there: {{run: cat, on: h1, to: sink, eof: upstream, after: [sink]}}
  source: {{shell: "{source(path)}", to: there, after: [there]}}
{entries([host])}""")
        return stamped(count)
    return measure


def lines_ssh(host, path, count):
    def measure(_):
        with connected(host) as there:
            sink = subprocess.Popen(SINK, shell=True, stdin=there.stdout)
            feed = subprocess.Popen(source(path), shell=True, stdout=there.stdin)
            there.stdin.close()
            if [ended(child) for child in (feed, there, sink)] != [0, 0, 0]:
                raise RuntimeError("ssh host cat failed")
        return stamped(count)
    return measure


def ask_far(host):
    """Round trips, one at a time: their median."""
    def measure(place):
        system(f"""
  answer: {{run: {place.path("bin/b-answer")} lines, on: h1, eof: upstream}}
  asker: {{run: b-actor ask {place.asks} took, speaks: frames, transport: stdio, to: answer,
          after: [answer]}}
{entries([host])}""")
        return seconds(read("took"))
    return measure


def ask_ssh(host):
    """The same of a line to `ssh host cat`, and back."""
    line = b"x" * (SIZE - 1) + b"\n"

    def measure(place):
        times = []
        with connected(host) as there:
            for _ in range(1000 + place.asks):
                begin = time.perf_counter()
                there.stdin.write(line)
                if there.stdout.read(SIZE) != line:
                    raise RuntimeError("ssh host cat gave something else")
                times.append(time.perf_counter() - begin)
        return statistics.median(times[1000:])
    return measure


def links(pid):
    """The `ssh` that a supervisor has started."""
    found = []
    for child in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with contextlib.suppress(OSError):
            if parent(child) == pid and read(f"/proc/{child}/comm") == "ssh\n":
                found.append(child)
    return found


def told(event):
    """The times of an event, in seconds."""
    done = subprocess.run(["actorsup", "events", "--json"], stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE, timeout=LIMIT, text=True)
    events = (json.loads(line) for line in done.stdout.splitlines())
    return [datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00")).timestamp()
            for e in events if e["event"] == event]


def silent(host, rounds):
    """How long after its link was stopped a host is down."""
    took = []
    with detached("  a: {run: cat, on: h1}\n" + entries([host], ", down_after: 1s")) as (_, pid):
        before = len(told("host.down"))
        for i in range(1, rounds + 1):
            time.sleep(0.4 + 0.07 * i)  # anywhere between two heartbeats
            [link] = links(pid)
            begin = time.time()
            os.kill(link, signal.SIGSTOP)
            wait_for("host.down", lambda n=before + i: len(told("host.down")) == n)
            took.append(told("host.down")[-1] - begin)
            ups = len(told("host.up"))
            with contextlib.suppress(ProcessLookupError):
                os.kill(link, signal.SIGCONT)
            wait_for("the host", lambda n=ups: len(told("host.up")) > n)
    return took


# -- Many hosts -------------------------------------------------------------------------------


def ready(hosts, pushed):
    """The seconds until all are up with an actor ready on each; pushed: nothing is there before."""
    def measure(_):
        for host in hosts if pushed else []:
            shutil.rmtree(os.path.join(host["there"], "cache", "actorsup"), ignore_errors=True)
        with detached("".join(f"  a{i}: {{run: cat, on: h{i}}}\n"
                              for i in range(1, len(hosts) + 1)) + entries(hosts)) as (took, _):
            return took
    return measure


def ready_ssh(hosts):
    def measure(_):
        begin = time.monotonic()
        children = [subprocess.Popen(ssh(host, "true"), stdin=subprocess.DEVNULL) for host in hosts]
        failed = [child for child in children if ended(child) != 0]
        if failed:
            raise RuntimeError(f"{len(failed)} ssh host true failed")
        return time.monotonic() - begin
    return measure


def folders(place, count):
    """So many hosts that are folders."""
    text = "hosts:\n"
    for i in range(1, count + 1):
        home = place.path(f"folder{i}")
        os.makedirs(home, exist_ok=True)
        text += (f"  h{i}: {{launch: [env, HOME={home}, XDG_STATE_HOME={home}/state], "
                 "capabilities: {far: 'yes'}}\n")
    return text


def pooled(path, count, on, hosts):
    """A pool between a file and `wc -l`; the source waits for a word in `go`."""
    return f"""  sink: {{shell: "{SINK}", eof: upstream}}
  there: {{run: cat, {on}to: sink, eof: upstream, pool: {count}}}
  source: {{shell: "read -r x <go; {source(path)}", to: there}}
""" + hosts


def passed(count):
    """Lets the source go: lines a second."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink("ended")
    write("go", "\n")
    wait_for("the last line", lambda: os.path.exists("ended") and read("ended"))
    return stamped(count)


def placed(count):
    """Whether a member is ready on each host: those that began before all were up have moved."""
    done = subprocess.run(["actorsup", "ps", "--json"], stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE, timeout=LIMIT, text=True)
    return len({a["host"] for a in json.loads(done.stdout)
                if a["name"] == "there" and a["state"] == "ready"}) == count


def timed(*command):
    begin = time.monotonic()
    actorsup(*command)
    return time.monotonic() - begin


def crowd(place, path, lines, count, far=True):
    """A pool with a member on each of so many hosts, or as many here: what it takes."""
    with contextlib.suppress(FileExistsError):
        os.mkfifo("go")
    text = pooled(path, count, "on: {far: 'yes'}, " if far else "", folders(place, count) if far else "")
    begin = time.monotonic()
    with detached(text) as (took, pid):
        if far:
            wait_for("a member on each host", lambda: placed(count))
            took = time.monotonic() - begin
        time.sleep(1)  # what follows a start is not idle
        nodes = [int(read(f"actorsup/bench@h{i}/pid")) for i in range(1, count + 1)] if far else []
        figures = {"ready": took, "home": proportional(pid),
                   "files": len(os.listdir(f"/proc/{pid}/fd")),
                   "ps": statistics.median(timed("ps") for _ in range(5))}
        if far:
            figures["node"] = statistics.mean(map(proportional, nodes))
            before = [switches(p) for p in (pid, *nodes)]
            time.sleep(place.idle)
            after = [switches(p) for p in (pid, *nodes)]
            figures["wakes"] = (after[0] - before[0]) / place.idle
            figures["wakes there"] = (sum(after[1:]) - sum(before[1:])) / place.idle / count
        figures["rate"] = passed(lines)
        return figures


def each_far(place, count):
    """Bytes for each of so many idle actors on one host: at home, and there."""
    found = []
    for n in 1, count:
        text = "".join(f"  a{i}: {{run: cat, on: h1}}\n" for i in range(n)) + folders(place, 1)
        with detached(text) as (_, pid):
            time.sleep(1)
            found.append((proportional(pid), proportional(int(read("actorsup/bench@h1/pid")))))
    return [(many - one) / (count - 1) for one, many in zip(*found)]


def is_up(copies):
    """Whether the one host is up, and has a copy where it is to have one."""
    done = subprocess.run(["actorsup", "host", "--json"], stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE, timeout=LIMIT, text=True)
    [host] = json.loads(done.stdout)
    return host["state"] == "up" and (not copies or host["copies"] is not None)


def sent(place, path, count, keys):
    """Messages a second that `actorsend` is told are accepted, by an actor here; a host is up."""
    text = f"  sink: {{shell: 'exec cat >/dev/null', {keys}}}\n" + folders(place, 1)
    with detached(text):
        wait_for("a host", lambda: is_up("failover" in keys))
        with open(path, "rb") as lines:
            begin = time.monotonic()
            run(["actorsend", "sink"], stdin=lines, stdout=subprocess.DEVNULL)
            return count / (time.monotonic() - begin)


# -- The rows ---------------------------------------------------------------------------------


def needs_hosts(bench):
    """A row that says what is missing, where there can be no hosts."""
    def measure(table, place, pairs):
        try:
            bench(table, place, pairs)
        except Missing as package:
            table.row(bench.__doc__, f"{package} is not installed")
    return measure


@needs_hosts
def bench_far(table, place, pairs):
    """lines by way of a host"""
    name, count = f"lines of {SIZE} B, by ssh to a `cat` and back", place.lines
    [host] = lodged(place, "loopback", 1)
    with place.text(SIZE, count) as path:
        compare(table, place, pairs, rate, [(name, lines_far(host, path, count))],
                [("ssh host cat", lines_ssh(host, path, count)),
                 ("Erlang, one way, not encrypted",
                  lambda p: p.remote / peer.erlang("tell", p.remote))],
                {(name, "ssh host cat"): at_least(0.7)})


@needs_hosts
def bench_farask(table, place, pairs):
    """ask, answered on a host"""
    [host] = lodged(place, "loopback", 1)
    compare(table, place, pairs, span, [("ask, answered by lines on a host by ssh", ask_far(host))],
            [("ssh host cat", ask_ssh(host)),
             ("Erlang, not encrypted", lambda p: peer.erlang("ask", p.asks))])


def bench_copied(table, place, pairs):
    """mail of which a host has a copy"""
    name, count = f"lines of {SIZE} B accepted with `failover`", place.lines // 10
    with place.text(SIZE, count) as path:
        compare(table, place, pairs, rate,
                [(name, lambda p: sent(p, path, count, "on: {}, failover: after 1h"))],
                [("without", lambda p: sent(p, path, count, "on: {}")),
                 ("with `keep: disk`", lambda p: sent(p, path, count, "mailbox: {keep: disk}"))])


@needs_hosts
def bench_ready(table, place, pairs):
    """hosts up, an actor ready on each"""
    count = place.hosts
    try:
        hosts, where = lodged(place, "namespaces", count), "in network namespaces"
    except Missing:
        hosts, where = lodged(place, "loopback", count), "on the loopback"
    name = f"{count} hosts {where} up, an actor ready on each"
    ready(hosts, True)(place)  # from now on it is there
    compare(table, place, pairs, span, [(name + ", brought before", ready(hosts, False))],
            [(f"{count} ssh host true", ready_ssh(hosts))])
    compare(table, place, pairs, span, [(name + ", brought", ready(hosts, True))],
            [(f"{count} ssh host true", ready_ssh(hosts))])


@needs_hosts
def bench_silent(table, place, pairs):
    """a host whose link stands still"""
    [host] = lodged(place, "loopback", 1)
    took = silent(host, pairs)
    late = max(took)
    table.row("a link stands still: until host.down, down_after: 1s", span(statistics.median(took)),
              f"{span(min(took))} to {span(late)}", figure=late, bound=figure_at_most(1.25, "1.25 s"))


def bench_many(table, place, pairs):
    """Hosts that are folders of this machine, a member of one pool on each."""
    count, lines = place.nodes, place.lines // 10
    with place.text(SIZE, lines) as path:
        figures = in_turn(place, min(pairs, 3), [
            ("main", lambda p: crowd(p, path, lines, count, far=False))] + [
            (n, lambda p, n=n: crowd(p, path, lines, n)) for n in sorted({1, count // 5, count})])
    many_rows(table, figures, count)
    home, there = each_far(place, place.actors)
    table.row(f"memory at home for each of {place.actors:,} actors on a host", f"{home / 1024:.1f} KiB",
              f"there {there / 1024:.1f} KiB")


def many_rows(table, figures, count):
    def all_of(n, key):
        return [f[key] for f in figures[n]]

    def middle(n, key):
        return statistics.median(all_of(n, key))

    for n in sorted(n for n in figures if n != "main"):
        hosts = "1 host" if n == 1 else f"{n} hosts"
        table.row(f"{hosts} in folders: an actor ready on each", span(middle(n, "ready")),
                  f"home {middle(n, 'home') / 1048576:.1f} MiB, {middle(n, 'files'):.0f} descriptors; "
                  f"each host {middle(n, 'node') / 1048576:.2f} MiB")
        table.row(f"wake-ups in an idle second, {hosts}", f"{middle(n, 'wakes'):.1f}",
                  f"on each host {middle(n, 'wakes there'):.1f}")
    table.pair(rate, f"lines, by a pool of {count} on {count} hosts", all_of(count, "rate"),
               f"a pool of {count} here", all_of("main", "rate"))
    table.pair(span, f"`ps` of {count} actors on {count} hosts", all_of(count, "ps"), "all here",
               all_of("main", "ps"))
    each = (middle(count, "home") - middle(1, "home")) / (count - 1)
    table.row("memory at home for each host and its actor", f"{each / 1024:.1f} KiB")


BENCHES = {
    "far": bench_far,
    "farask": bench_farask,
    "copied": bench_copied,
    "ready": bench_ready,
    "silent": bench_silent,
    "many": bench_many,
}
