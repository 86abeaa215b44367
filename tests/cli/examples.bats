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
    copy_of shop/.
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
    copy_of cron/.
    export EVERY=0.1
    up_system
    wait_until 10 file_lines report.txt 2
    actorsup kill clock
    wait_until 10 state_is clock ready
    lines=$(wc -l <report.txt)
    wait_until 10 file_lines report.txt $((lines + 2))
}

@test "bank: an actor for each account, spawned when needed, gone when idle; nothing is booked twice" {
    copy_of bank/.
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
    copy_of jobs/.
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

# example NAME: stands in a copy of it, beside the helpers that several share.
example() {
    copy_of helpers
    copy_of "$1"
    cd "$1" || return 1
}

@test "helpers: handlers by type, asks and their answers, errors, in Python and Node" {
    command -v node >/dev/null || skip "node is not installed"
    copy_of helpers
    topology <<'YAML'
defaults: {speaks: json, backoff: {min: 10ms}, mailbox: {retry: 2}}
actors:
  python: {run: [python3, asks.py], env: {PYTHONPATH: helpers}}
  node: {run: node answers.mjs}
YAML
    cat >asks.py <<'PY'
from actor import LATER, ask, on, run, say

@on("ask")
def pass_on(message):
    if message["body"] == "bad":
        raise ValueError("not that")
    ask("node", message["body"], lambda answer: answered(message, answer))
    return LATER

def answered(message, answer):
    say("reply", re=message["id"], body=answer.get("reason") or answer["body"] + "!")

run()
PY
    cat >answers.mjs <<'JS'
import { run } from "./helpers/actor.mjs";
await run({
  ask({ body }) {
    if (body === "worse") throw new Error("nor this");
    return body.toUpperCase();
  },
});
JS
    up_system
    run -0 actorsend -a -t 20 python hello
    assert_output "HELLO!"
    run -0 actorsend -a -t 20 python worse
    assert_output --partial "nor this"
    run -1 actorsend -a -t 20 python bad
    assert_output --partial "ValueError: not that"
    wait_until 10 balanced
}

@test "philosophers: all eat what they want to, whoever dies at the table" {
    example philosophers
    export MEALS=100
    actorsup up -d
    local seat
    for seat in 1 3 5; do
        wait_until 20 test -s "meals-$seat.txt"
        actorsup kill "philosopher/$seat" || state_is "philosopher/$seat" done
    done
    within 60 "$BUILD_BIN/actorsup" wait --for done philosopher
    assert_equal "$(cat meals-*.txt | wc -c)" 500
    wait_until 10 balanced
}

visit() { # NUMBER PORT: a visitor whom the test speaks for by descriptor 1NUMBER
    exec {visitor[$1]}<>"/dev/tcp/127.0.0.1/$2" || return 1
    background bash -c "exec cat <&${visitor[$1]}" >"heard-$1"
    wait_until 10 file_has "heard-$1" '^you are guest'
}
door_port() { actorsup logs -n 1000 "door/$1" | sed -n 's/.*listening on port //p' | tail -n 1; }

@test "chat: what is said at one door is heard at all; who comes later hears what was said" {
    command -v node >/dev/null || skip "node is not installed"
    example chat
    export PORT=0
    local visitor=()
    up_system
    visit 1 "$(door_port 1)"
    visit 2 "$(door_port 2)"
    echo "hello from one" >&"${visitor[1]}"
    wait_until 10 file_has heard-2 '^guest-1.1: hello from one$'
    wait_until 10 file_has heard-1 '^guest-1.1: hello from one$'
    visit 3 "$(door_port 1)"
    file_has heard-3 '^guest-1.1: hello from one$'
    actorsup kill door/1
    wait_until 10 state_is door/1 ready
    visit 4 "$(door_port 1)"
    echo "still here" >&"${visitor[2]}"
    wait_until 10 file_has heard-4 '^guest-2.1: still here$'
    wait_until 10 balanced
}

@test "limiter: so many a second for each user, none lost, whoever dies" {
    example limiter
    export RATE=20 BURST=2
    up_system
    seq -f 'alice %g' 20 | actorsend -H user=alice limiter
    seq -f 'bob %g' 4 | actorsend -H user=bob limiter
    wait_until 10 file_has requests.txt 'alice 5$'
    actorsup kill limiter
    wait_until 20 file_has requests.txt 'alice 20$'
    assert_equal "$(awk '{ print $2, $3 }' requests.txt | sort -u | wc -l)" 24
    # With each process anew 2 at once, then 20 a second.
    run awk '$2 == "alice" { if (!n++) first = $1; last = $1 } END { print (last - first > 0.7) }' requests.txt
    assert_output 1
    wait_until 10 balanced
}

@test "thumbs: real pictures become small, what is none is put aside" {
    command -v pnmscale >/dev/null || skip "netpbm is not installed"
    example thumbs
    up_system
    ppmmake red 640 480 | pnmtopng >red.png
    ppmpat -madras 300 900 >plaid.ppm
    printf '\377\330\377\340no more of it' >fake.jpg
    printf '%s\n' red.png plaid.ppm fake.jpg | actorsend thumbs
    wait_until 20 file_lines thumbs.html 2
    assert_equal "$(pngtopnm thumbs/red.png.png | pnmfile | grep -o '[0-9]* by [0-9]*')" "128 by 96"
    assert_equal "$(pngtopnm thumbs/plaid.ppm.png | pnmfile | grep -o '[0-9]* by [0-9]*')" "43 by 128"
    wait_until 20 dead_is 1
    actorsup dead show "$(first_dead)" | grep -q fake.jpg
    wait_until 10 balanced
}

# site HOSTS PAGES: many sites whose pages link to each other, all of them behind one proxy on a free port.
site() {
    cat >site.py <<'PY'
import http.server, sys, urllib.parse
hosts, pages = [f"h{n}.example" for n in range(int(sys.argv[1]))], int(sys.argv[2])

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/gone":
            return self.send_error(404)
        n = int(path.strip("/") or 0)
        links = [f"http://{host}/{(n + 1) % pages}" for host in hosts] + ["/gone", f"{(n * 7) % pages}"]
        text = "<html>\n" + "".join(f'<a href="{link}">x</a>\n' for link in links) + "</html>"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
    background "$PYTHON3" site.py "$@" >port
    wait_until 10 test -s port
}

@test "scraper: every page once or more, each host by one member of the pool, whoever dies" {
    command -v fpc >/dev/null || skip "fpc, for the part in Pascal, is not installed"
    example scraper
    fpc -v0 links.pas
    site 5 8
    export PAUSE=0.01 http_proxy="http://127.0.0.1:$(cat port)" no_proxy=
    up_system
    actorsend frontier http://h0.example/0
    wait_until 20 file_lines pages.txt 5
    actorsup kill fetch links frontier
    all_pages() { [ "$(awk '{ print $3 }' pages.txt | sort -u | wc -l)" = 40 ]; }
    wait_until 30 all_pages
    # A host has one member, and not all have the same.
    assert_equal "$(awk '{ print $1, $2 }' pages.txt | sort -u | wc -l)" 5
    [ "$(awk '{ print $2 }' pages.txt | sort -u | wc -l)" -gt 1 ]
    wait_until 10 balanced
}
