bats_require_minimum_version 1.5.0
load helper

three() {
    topology <<'YAML'
actors:
  talk: {shell: "echo hello from talk >&2; exec cat"}
  pool: {run: cat, pool: 3}
  bad: {shell: "echo about to fail >&2; exit 3", restart: never, speaks: none}
YAML
    actorsup up -d
    wait_until 5 state_is bad failed
    wait_until 5 state_is talk ready
}

@test "ps: columns, a row for each member, why one is not running" {
    three
    run -0 actorsup ps
    assert_line --index 0 --regexp '^NAME +STATE +PID +HOST +RESTARTS +QUEUED +IN HAND +OLDEST +HANDLED +UPTIME +WHY$'
    assert_line --regexp '^talk +ready +[0-9]+ +main '
    assert_line --regexp '^pool/3 +ready '
    assert_line --regexp '^bad +failed +- .*exit 3.*: about to fail$'
    refute_output --partial $'\033'
}

@test "ps: names, members, globs; an unknown one suggests the nearest: 1" {
    three
    run -0 actorsup ps --names
    assert_output "$(printf 'talk\npool\nbad')"
    run -0 actorsup ps -q 'p*'
    assert_output pool
    run -0 actorsup ps pool/2
    assert_line --index 1 --regexp '^pool/2 '
    assert_equal "${#lines[@]}" 2
    run -1 actorsup ps tlak
    assert_output --partial "talk"
}

@test "ps --json is an array with every field" {
    three
    actorsup ps --json >ps.json
    "$PYTHON3" - <<'PY'
import json
rows = json.load(open("ps.json"))
assert [r["address"] for r in rows] == ["talk", "pool/1", "pool/2", "pool/3", "bad"], rows
for key in "name member state reason pid host restarts queued in_hand oldest_ms handled uptime_ms said".split():
    assert key in rows[0], key
PY
}

@test "logs: name, mark, text; of all, of one, of a glob; after the end as well" {
    three
    run -0 actorsup logs talk
    assert_output --regexp 'talk +\| hello from talk'
    refute_output --partial "about to fail"
    run -0 actorsup logs 'b*'
    assert_output --regexp 'bad +\| about to fail'
    run -0 actorsup logs
    assert_output --partial "hello from talk"
    assert_output --partial "about to fail"
    refute_output --partial $'\033'
    actorsup down
    run -0 actorsup logs talk
    assert_output --regexp 'talk +\| hello from talk'
    run -1 actorsup logs tlak
    assert_output --partial "did you mean talk?"
}

@test "logs -n and -t" {
    three
    run -0 actorsup logs -n 1 talk
    assert_equal "${#lines[@]}" 1
    run -0 actorsup logs -n 0 talk
    assert_output ""
    run -0 actorsup logs -t talk
    assert_line --index 0 --regexp '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z +talk'
}

@test "logs -f gives what comes, and ends when its reader goes" {
    topology <<'YAML'
actors:
  echo: {shell: "while read -r l; do echo \"got $l\" >&2; done"}
YAML
    actorsup up -d
    background actorsup logs -f -n 0 echo >out
    # It must be there before what it is to show: the first line is sent until it is seen.
    wait_until 10 bash -c 'actorsend echo first && grep -q "got first" out'
    actorsend echo second
    wait_until 5 file_has out "got second"

    run -0 within 10 bash -c 'actorsup logs -f echo | head -n 1'
}

@test "events: text and JSON, after the end as well" {
    three
    run -0 actorsup events
    assert_output --regexp 'actor\.exit .*name=bad'
    actorsup events --json >events.json
    "$PYTHON3" - <<'PY'
import json
rows = [json.loads(l) for l in open("events.json")]
assert all("event" in r and "time" in r for r in rows)
exits = [r for r in rows if r["event"] == "actor.exit"]
assert any(r["name"] == "bad" for r in exits), rows
PY
    actorsup down
    run -0 actorsup events
    assert_output --partial "name=bad"
    run -0 actorsup events -n 1
    assert_equal "${#lines[@]}" 1
}

@test "audit balances: 0; dead is empty" {
    three
    seq 1 100 | actorsend talk
    run -0 actorsup audit
    assert_line --index 0 --regexp '^NAME +ACCEPTED +HANDLED +QUEUED +IN HAND +DEAD +DROPPED +BALANCE$'
    assert_line --regexp '^talk +100 .* ok$'
    run -0 actorsup audit --json talk
    assert_output --partial '"balanced":true'
    run -0 actorsup dead
    assert_equal "${#lines[@]}" 1
    run -0 actorsup dead ls --json
    assert_output "[]"
}

@test "dead: ls, show, retry, drop" {
    script poison <<'SH'
#!/bin/sh
echo "cannot do $(cat)" >&2
exit 9
SH
    topology <<'YAML'
actors:
  poison: {run: ./poison, speaks: once, backoff: {min: 1ms, max: 1ms}, mailbox: {retry: 2}}
YAML
    actorsup up -d
    actorsend poison apple
    wait_until 10 bash -c 'actorsup dead --json | grep -q poison'
    id=$(actorsup dead --json | "$PYTHON3" -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])')
    run -0 actorsup dead show "$id"
    assert_output --partial "cannot do apple"
    assert_output --partial "exit 9"
    assert_output --regexp $'body:\napple'
    run -0 actorsup dead retry "$id"
    assert_output "retried 1"
    wait_until 10 bash -c 'actorsup dead --json | grep -q poison'
    run -0 actorsup dead drop --all
    assert_output "dropped 1"
    run -0 actorsup dead --json
    assert_output "[]"
    run -1 actorsup dead show 0123456789abcdef
    run -2 actorsup dead retry
    run -2 actorsup dead show
}
