"""Processes that end with the block that started them, and the peers beside which actorsup is
measured. Each function of a peer gives a rate in messages a second, or seconds."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

LIMIT = 120  # seconds for any one measurement


class Missing(Exception):
    """A peer that is not installed."""


@contextlib.contextmanager
def running(*command, ready=False):
    """A process, and all that it starts in its group, for as long as the block."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, start_new_session=True, text=True)
    try:
        if ready and child.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[0]} did not start")
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()


def seconds(text):
    return int(text) / 1e9


def output(*command):
    """What a program prints: its nanoseconds, as seconds."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {done.stderr}")
    return seconds(done.stdout)


def receive(receiver, sender):
    """The seconds that the first command prints that it received what the second sent."""
    with running(*receiver, ready=True) as child, running(*sender):
        return seconds(child.stdout.readline())


def write(name, text):
    with open(name, "w", encoding="ascii") as f:
        f.write(text)


def read(name):
    with open(name, encoding="ascii") as f:
        return f.read()


def wait_for(what, check):
    deadline = time.monotonic() + 20
    while not check():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start")
        time.sleep(0.01)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def erlang(what, count):
    if shutil.which("erl") is None or shutil.which("erlc") is None:
        raise Missing("erlang-base")
    if not os.path.exists("nodes.beam"):
        subprocess.run(["erlc", "nodes.erl"], check=True)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    os.environ["ERL_EPMD_PORT"] = str(port)

    def node(name):
        return ["erl", "-noshell", "-noinput", "-start_epmd", "false", "-setcookie", "bench",
                "-name", name + "@127.0.0.1", "-kernel", "inet_dist_use_interface", "{127,0,0,1}"]

    with running("epmd", "-port", str(port), "-address", "127.0.0.1"):
        wait_for("epmd", lambda: listens(port))
        with running(*node("b"), "-s", "nodes", "serve", ready=True):
            return output(*node("a"), "-run", "nodes", what, "b@127.0.0.1", str(count))


@contextlib.contextmanager
def nats():
    if shutil.which("nats-server") is None:
        raise Missing("nats-server")
    # Without this a receiver that is slower than its sender is cut off.
    write("nats.conf", "max_pending: 1GB\nmax_payload: 2MB\n")
    for name in os.listdir("."):
        if name.endswith(".ports"):
            os.unlink(name)
    with running("nats-server", "-c", "nats.conf", "-a", "127.0.0.1", "-p", "-1",
                 "--ports_file_dir", os.getcwd()) as server:
        ports = f"nats-server_{server.pid}.ports"
        wait_for("nats-server", lambda: os.path.exists(ports) and "nats://" in read(ports))
        yield read(ports).split("nats://127.0.0.1:")[1].split('"')[0]


def nats_lines(count):
    with nats() as port:
        return count / receive(["b-nats", "sub", port, str(count)],
                               ["b-nats", "pub", port, str(count)])


def nats_asks(count):
    with nats() as port, running("b-nats", "reply", port, ready=True):
        return output("b-nats", "request", port, str(count))


def nng_url():
    with contextlib.suppress(FileNotFoundError):
        os.unlink("nng")
    return "ipc://" + os.path.join(os.getcwd(), "nng")


def nng_frames(count, batch):
    url = nng_url()
    return count / receive(["b-nng", "pull", url, str(count), str(batch)],
                           ["b-nng", "push", url, str(count), str(batch)])


def nng_asks(count, how):
    """how: req, by the protocol of that name; stream, over nng's bare stream."""
    url = nng_url()
    with running("b-nng", {"req": "rep", "stream": "echo"}[how], url, ready=True):
        return output("b-nng", how, url, str(count))
