#!/usr/bin/env python3
"""Gets a page and passes it on as one line, behind its address. A host is asked by one of us alone."""
import os
import sys
import time
import urllib.error
import urllib.request

from actor import on, run, send


@on("tell")
def fetch(message):
    url = message["body"]
    time.sleep(float(os.environ["PAUSE"]))  # between two pages of a host
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            text = page.read(1_000_000).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        if error.code < 500:  # it will not be there the next time either
            print(f"{url}: {error}", file=sys.stderr)
            return
        raise
    with open("pages.txt", "a", encoding="utf-8") as file:
        file.write(f"{message['headers']['host']} {os.environ['ACTOR_INDEX']} {url}\n")
    send("links", f"{url} {' '.join(text.split())}")


run()
