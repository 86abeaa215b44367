"""A service manager's ear: manager.py SOCKET OUT writes each line that it is told to OUT.

SOCKET is a path, or @NAME for an abstract one. With a file OUT.deaf present it does not read."""

import os
import socket
import sys
import time

name, out = sys.argv[1:]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind("\0" + name[1:] if name[0] == "@" else name)
with open(out, "w", buffering=1) as log:
    while True:
        if os.path.exists(out + ".deaf"):
            time.sleep(0.01)
            continue
        log.write(ear.recv(65536).decode())
