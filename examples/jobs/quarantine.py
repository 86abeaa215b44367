#!/usr/bin/env python3
"""Writes each job that has failed for good to a file, with what is known of its end."""
import json
import os
import sys


def main():
    os.makedirs("quarantine", exist_ok=True)
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "exit":
            break
        if message["type"] == "dead":
            said = message["headers"]
            with open(f"quarantine/{said['id']}", "w", encoding="utf-8") as file:
                file.write(f"# {said['reason']}\n# try it again: actorsup dead retry {said['id']}\n")
                file.write(message.get("body", "(no text)") + "\n")
        print(json.dumps({"op": "ack", "id": message["id"]}), flush=True)


main()
