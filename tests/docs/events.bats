bats_require_minimum_version 1.5.0
load ../cli/helper

# The table of events in actorsup(1) beside the calls in the source that tell them.

@test "actorsup(1) lists every event with its fields, and no other" {
    "$PYTHON3" - "$SOURCE_DIR" <<'PY'
import pathlib, re, sys

top = pathlib.Path(sys.argv[1])
page = (top / "man/actorsup.1").read_text()
section = page.split(".Sh EVENTS\n")[1].split("\n.Sh ")[0]
told = {}
for line in re.findall(r"^\.It Li (.+)$", section, re.M):
    name, *fields = line.split()
    told[name] = set(fields)

# A text that begins with NAME.NAME, the files of cgroups left out, alone or with fields; those may be in the next text.
call = re.compile(r'"((?!cgroup\.|memory\.|pids\.)[a-z]+\.[a-z_]+)(?: ((?:[^"\\]|\\.)*))?"(?:,\s*"((?:[^"\\]|\\.)*)")?')
said = {}
for room in ("engine", "speak", "store", "io", "node"):
    for file in sorted((top / "src" / room).glob("*.c")):
        text = re.sub(r"^#include.*$", "", file.read_text(), flags=re.M)
        for name, own, following in call.findall(text):
            said.setdefault(name, set()).update(re.findall(r"(?:^| )([a-z_]+)=", own + " " + following))
if len(said) < 20:
    sys.exit("the calls were not found")
wrong = []
for name in sorted(said.keys() | told.keys()):
    if name not in told:
        wrong.append(f"{name} is not in the page")
    elif name not in said:
        wrong.append(f"{name} is not in the source")
    elif said[name] - told[name] - {"name"}:
        wrong.append(f"{name} has also {' '.join(sorted(said[name] - told[name]))}")
sys.exit("\n".join(wrong) or 0)
PY
}

@test "every value of an event is whole, also one with blanks and quotes in it" {
    script odd <<'SH'
#!/bin/sh
printf '%s\n' 'not json' '{"op":"ack","op":"ack"}'
exec cat >/dev/null
SH
    topology <<'YAML'
actors:
  odd: {run: ./odd, speaks: json}
YAML
    up_system
    wait_until 10 two_bad
    actorsup events --json | jq -r 'select(.event == "speak.bad").reason' >reasons
    actorsup logs odd | sed -n 's/.*speak.bad name=odd line=[0-9]* reason="\(.*\)"$/\1/p' >said
    file_has said '"op"'
    diff said reasons
}
two_bad() { [ "$(actorsup events --json | grep -c 'speak\.bad')" = 2 ]; }
