#!/usr/bin/env python3
"""Sends each page that it has not seen to be fetched, by its host. What it has seen is in a file."""
import os
from urllib.parse import urldefrag, urlsplit

from actor import on, run, send

SEEN = "seen.txt"
ONLY = os.environ["ONLY"].split()  # hosts; none: any

seen = set()
if os.path.exists(SEEN):
    with open(SEEN, encoding="utf-8") as file:
        seen.update(file.read().split("\n"))


@on("tell")
def found(message):
    url = urldefrag(message["body"].strip()).url
    host = urlsplit(url).netloc
    if url in seen or not url.startswith(("http://", "https://")) or ONLY and host not in ONLY:
        return
    send("fetch", url, headers={"host": host})
    seen.add(url)
    with open(SEEN, "a", encoding="utf-8") as file:  # behind the send: rather twice than never
        file.write(url + "\n")


run()
