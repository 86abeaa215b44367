#!/usr/bin/env python3
"""POST /order with "COUNT THING": the answer is what is left of it."""
import os
import subprocess
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        order = self.rfile.read(min(size, 1000)).decode(errors="replace").split()
        message = " ".join([uuid.uuid4().hex] + order)
        asked = subprocess.run(["actorsend", "-a", "-t", "30", "worker", message], check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.send_response(200 if asked.returncode == 0 else 503)
        self.end_headers()
        self.wfile.write(asked.stdout)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
print("listening on port", server.server_address[1], flush=True)
os.write(int(os.environ["ACTOR_READY_FD"]), b"ready\n")
server.serve_forever()
