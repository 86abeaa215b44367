#!/usr/bin/env python3
"""Hosts that have an sshd, for as long as the standard input of this program is open.

usage: sshds.py DIR

DIR is the folder of a benchmark (made by it, and removed here if it is still there at the end), with
`ssh/host` and `ssh/user.pub` in it once hosts are asked for. For each line of input, `loopback COUNT`
or `namespaces COUNT`, a line of JSON is the answer: `hosts`, each with an address, a port and the
folder `there` below DIR, or `missing`, what is not to be had here. It is a process of its own because
it stays root, where it began as root, and because it outlives whoever began it: at the end all
processes that have DIR in their environment are killed, each by its number.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

SSHD = "/usr/sbin/sshd"
CONF = """ListenAddress {address}
Port {port}
HostKey {dir}/ssh/host
AuthorizedKeysFile {dir}/ssh/user.pub
PidFile none
PasswordAuthentication no
StrictModes no
UsePAM no
MaxStartups 1000
SetEnv BENCH_HOSTS={dir} HOME={there} XDG_CACHE_HOME={there}/cache XDG_STATE_HOME={there}/state \
ACTORSUP_RUNTIME_DIR={there}/run
"""


class Missing(Exception):
    """What cannot be had here."""


def call(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command[:3])}: {done.stdout.strip()}")


def user_made(name, folder):
    """As root: whoever logs in is `nobody` by another name, with a shell."""
    nobody = pwd.getpwnam("nobody")
    call("useradd", "-o", "-M", "-u", str(nobody.pw_uid), "-g", str(nobody.pw_gid), "-d", folder,
         "-s", "/bin/sh", "-p", "*", name)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def marked(folder):
    """The processes that have this folder in their environment."""
    mark, own = os.fsencode(folder), (os.getpid(), os.getppid())
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as f:
            if pid not in own and mark in f.read():
                yield pid


def children(pid):
    for child in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with contextlib.suppress(OSError), open(f"/proc/{child}/stat", encoding="ascii") as f:
            if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                yield child


def kill(pid):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


class Hosts:
    def __init__(self, folder):
        self.dir = folder
        self.user = None
        self.spaces, self.sshds = [], []
        self.made = 0
        self.mark = f"asb{os.getpid()}"

    def login(self):
        if self.user is None and os.getuid() == 0:
            if shutil.which("useradd") is None:
                raise Missing("useradd")
            user_made(self.mark, self.dir)
            os.makedirs("/run/sshd", exist_ok=True)
            self.user = self.mark
        return self.user or pwd.getpwuid(os.getuid()).pw_name

    def space(self, n):
        """A network namespace with a line to here; its address. Those of RFC 2544 are for this."""
        name, at = f"{self.mark}-{n}", os.getpid() % 64 * 4
        call("ip", "netns", "add", name)
        self.spaces.append(name)
        call("ip", "link", "add", name, "type", "veth", "peer", "name", "home", "netns", name)
        call("ip", "addr", "add", f"198.18.{n}.{at + 1}/30", "dev", name)
        call("ip", "link", "set", name, "up")
        inside = ["ip", "netns", "exec", name, "ip"]
        call(*inside, "addr", "add", f"198.18.{n}.{at + 2}/30", "dev", "home")
        call(*inside, "link", "set", "home", "up")
        call(*inside, "link", "set", "lo", "up")
        return f"198.18.{n}.{at + 2}", ["nsenter", f"--net=/run/netns/{name}"]

    def sshd(self, address, port, there, before):
        conf = os.path.join(there, "sshd_config")
        with open(conf, "w", encoding="ascii") as f:
            f.write(CONF.format(address=address, port=port, there=there, dir=self.dir))
        with open(os.path.join(self.dir, "ssh", "log"), "a", encoding="ascii") as log:
            self.sshds.append(subprocess.Popen([*before, SSHD, "-D", "-e", "-f", conf], stderr=log,
                                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                               start_new_session=True))

    def host(self, where):
        self.made += 1
        there = os.path.join(self.dir, f"there{self.made}")
        for name in "", "cache", "state", "run":
            os.mkdir(os.path.join(there, name))
            if os.getuid() == 0:
                nobody = pwd.getpwnam("nobody")
                os.chown(os.path.join(there, name), nobody.pw_uid, nobody.pw_gid)
        address, port, before = "127.0.0.1", free_port(), []
        if where == "namespaces":
            (address, before), port = self.space(self.made), 22
        self.sshd(address, port, there, before)
        return {"address": address, "port": port, "there": there}

    def more(self, where, count):
        if not os.access(SSHD, os.X_OK):
            raise Missing("openssh-server")
        if where == "namespaces" and os.getuid() != 0:
            raise Missing("root, for network namespaces")
        user = self.login()
        hosts = [self.host(where) for _ in range(count)]
        for host in hosts:
            listening(host["address"], host["port"])
            host["user"] = user
        return hosts

    def end(self):
        for _ in range(50):
            left = list(marked(self.dir))
            for pid in left:
                kill(pid)
            if not left:
                break
            time.sleep(0.1)
        for sshd in self.sshds:
            sessions = list(children(sshd.pid))
            kill(sshd.pid)
            sshd.wait()
            for pid in sessions:
                kill(pid)
        for name in self.spaces:
            with contextlib.suppress(Missing):
                call("ip", "link", "del", name)
            with contextlib.suppress(Missing):
                call("ip", "netns", "del", name)
        if self.user is not None:
            with contextlib.suppress(Missing):
                call("userdel", "-f", self.user)  # its number has processes: ours
        shutil.rmtree(self.dir, ignore_errors=True)


def listening(address, port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as s:
            s.settimeout(5)
            if s.connect_ex((address, port)) == 0:
                return
        time.sleep(0.02)
    raise Missing(f"an sshd that listens on {address}")


def main():
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, signal.SIG_IGN)  # whoever began us closes our input
    hosts = Hosts(sys.argv[1])
    try:
        for line in sys.stdin:
            where, count = line.split()
            try:
                answer = {"hosts": hosts.more(where, int(count))}
            except Missing as what:
                answer = {"missing": str(what)}
            print(json.dumps(answer), flush=True)
    finally:
        hosts.end()


if __name__ == "__main__":
    main()
