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
