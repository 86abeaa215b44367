"""What became of numbered messages: kept.py OUT SENDER:ACCEPTED...

OUT holds lines SENDER-NUMBER as they were handled. Of each sender all that was accepted must be in
it, and those that come for the first time in the order sent."""

import sys

out, wanted = sys.argv[1], dict(arg.rsplit(":", 1) for arg in sys.argv[2:])
seen = {sender: 0 for sender in wanted}
bad = 0
with open(out, encoding="ascii") as f:
    for line in f:
        sender, number = line.rstrip("\n").rsplit("-", 1)
        if int(number) > seen[sender] + 1:
            print(f"{sender}: {number} comes after {seen[sender]}")
            bad = 1
        seen[sender] = max(seen[sender], int(number))
for sender, accepted in wanted.items():
    if seen[sender] < int(accepted):
        print(f"{sender}: {accepted} were accepted, and {seen[sender]} handled")
        bad = 1
sys.exit(bad)
