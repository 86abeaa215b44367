# The examples run as they are.
bats_require_minimum_version 1.5.0
load helper
load conditions

order() { # COUNT THING
    "$PYTHON3" - "$PORT_NOW" "$*" <<'PY'
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/order", sys.argv[2].encode(), timeout=30).read().decode().strip())
PY
}
port() { actorsup logs -n 1000 web | sed -n 's/.*listening on port //p' | tail -n 1; }
all_ready() { ! actorsup ps --json | jq -r '.[].state' | grep -vq ready; }

@test "shop: orders are booked once, whoever dies" {
    cp -r "$SOURCE_DIR/examples/shop/." .
    export PORT=0
    up_system
    PORT_NOW=$(port)
    assert_equal "$(order 2 apples)" "98 apples left"
    assert_equal "$(order 200 apples)" "sold out"
    assert_equal "$(order nonsense)" "an order is: COUNT THING"
    web=$(ps_get web pid)
    actorsup kill worker/1 worker/2 worker/3
    assert_equal "$(order 3 apples)" "95 apples left"
    assert_equal "$(ps_get web pid)" "$web"
    actorsup kill db
    wait_until 10 differs "$web" ps_get web pid
    wait_until 10 all_ready
    PORT_NOW=$(port)
    assert_equal "$(order 5 apples)" "90 apples left"
    run balanced
    assert_success
}

@test "cron: wakes itself, also after it died" {
    cp -r "$SOURCE_DIR/examples/cron/." .
    export EVERY=0.1
    up_system
    wait_until 10 file_lines report.txt 2
    actorsup kill clock
    wait_until 10 state_is clock ready
    lines=$(wc -l <report.txt)
    wait_until 10 file_lines report.txt $((lines + 2))
}

@test "bank: an actor for each account, spawned when needed, gone when idle; nothing is booked twice" {
    cp -r "$SOURCE_DIR/examples/bank/." .
    export IDLE=0.3
    up_system
    run actorsend -a bank <<<$'alice +5\nbob +7\nalice -2\nnonsense'
    assert_success
    assert_output "alice has 5
bob has 7
alice has 3
an order is: NAME AMOUNT"
    wait_until 10 prints bank actorsup ps -q # both have ended, having had nothing to do
    actorsend bank 'a tell of an outsider is no answer'
    wait_until 10 idle bank
    run log_has bank speak.bad
    assert_failure
    assert_equal "$(actorsend -a bank 'alice +1')" "alice has 4"
    # Orders that come while an account is about to end, and while processes die.
    local i
    for i in $(seq 40); do
        [ $((i % 10)) != 0 ] || actorsup kill bank
        actorsend -a -t 20 bank 'carol +1' >last
        [ $((i % 9)) != 0 ] || actorsup kill bank.carol || true
        [ $((i % 8)) != 0 ] || wait_until 10 prints bank actorsup ps -q
    done
    assert_equal "$(cat last)" "carol has 40"
    run balanced
    assert_success
}

@test "jobs: scripts with retries, and a quarantine for those that fail for good" {
    cp -r "$SOURCE_DIR/examples/jobs/." .
    up_system
    actorsend -w jobs <<<'echo fine'
    actorsend -w jobs <<<'echo x >>tried; test "$(wc -l <tried)" -ge 3; echo at last'
    actorsend -w jobs <<<'test -e mended; echo mended'
    wait_until 20 file_has results.txt '^fine$'
    wait_until 20 file_has results.txt '^at last$'
    wait_until 20 dead_is 1
    wait_until 10 test -e "quarantine/$(first_dead)"
    file_has "quarantine/$(first_dead)" '^# .*exit 1$'
    touch mended
    actorsup dead retry "$(first_dead)"
    wait_until 20 file_has results.txt '^mended$'
    run balanced
    assert_success
}
