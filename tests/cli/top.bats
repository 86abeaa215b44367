bats_require_minimum_version 1.5.0
load helper
load elsewhere

setup() {
    common_setup
    command -v tmux >/dev/null || skip "tmux is not installed"
    TMUX_SOCKET=$T/tmux.sock
}

teardown() {
    [ ! -S "${TMUX_SOCKET:-}" ] || tmux -S "$TMUX_SOCKET" kill-server 2>/dev/null
    common_teardown
}

mux() { tmux -S "$TMUX_SOCKET" -f /dev/null "$@" 3>&-; }

# terminal [COLUMNS LINES]: a shell in a terminal of its own.
terminal() {
    mux new-session -d -x "${1:-100}" -y "${2:-24}" "PS1='\$ ' exec bash --norc --noprofile"
    wait_until 10 shows '^\$'
}
keys() { mux send-keys "$@"; }
screen() { mux capture-pane -p; }
shows() { screen | grep -q -- "$1" || { screen; false; }; }
hides() { ! shows "$1" >/dev/null || { screen; false; }; }
# first_is NAME: the first row of the table.
first_is() { [ "$(screen | sed -n 4p | awk '{ print $1 }')" = "$1" ] || { screen; false; }; }

system() {
    topology <<'YAML'
actors:
  talk: {shell: "echo hello from talk >&2; exec cat"}
  pool: {run: cat, pool: 3}
  slow: {shell: "exec sleep 1000", mailbox: {messages: 100}}
  bad: {shell: "exit 3", restart: never, speaks: none}
YAML
    actorsup up -d
    wait_until 10 state_is bad failed
    wait_until 10 state_is slow ready
    actorsend slow -n 7 x
}

top() {
    system
    terminal "$@"
    keys 'actorsup top; echo ended with $?' Enter
    wait_until 10 shows '^NAME '
    wait_until 10 shows '^talk '
}

@test "top: states, depth, why one does not run, by depth; q leads back to the shell as it was" {
    system
    terminal 100 24
    keys 'stty -g >before; actorsup top; echo ended with $?' Enter
    wait_until 10 first_is slow
    wait_until 10 shows '^slow  *ready .* 7 '
    shows '^pool  *ready 3/3'
    shows '^bad  *failed '
    shows '4 actors  ready 5  failed 1'
    keys Down Down Down
    wait_until 10 shows '^bad: exit 3'
    keys q
    wait_until 10 shows '^ended with 0'
    keys 'stty -g >after' Enter
    wait_until 10 test -s after
    cmp before after
    hides '^talk '
}

@test "top: < > and letters sort, R turns round, / filters, Space unfolds" {
    top
    wait_until 10 first_is slow
    keys N
    wait_until 10 first_is bad
    keys R
    wait_until 10 first_is talk
    shows 'by name, reversed'
    keys '>'
    wait_until 10 shows 'by state, reversed'
    keys '<' R
    wait_until 10 first_is bad
    keys / po
    wait_until 10 hides '^talk '
    keys Enter
    first_is pool
    keys Space
    wait_until 10 shows '^  pool/2  *ready'
    keys Space
    wait_until 10 hides '^  pool/2'
    keys Escape
    wait_until 10 shows '^talk '
    keys / failed Enter
    wait_until 10 hides '^talk '
    first_is bad
    keys / C-u 'nobody'
    wait_until 10 shows 'none matches'
}

@test "top: restart, stop and start, after a question; kill takes a signal" {
    top
    before=$(pid_of talk)
    keys / talk Enter r
    wait_until 10 shows '^restart talk? \[y/N\]'
    keys n
    wait_until 10 hides '^restart talk?'
    assert_equal "$(pid_of talk)" "$before"
    keys r y
    wait_until 10 shows '^restart talk: done'
    after=$(pid_of talk)
    assert_not_equal "$after" "$before"
    keys x
    wait_until 10 shows '^stop talk? '
    keys y
    wait_until 10 shows '^stop talk: done'
    wait_until 10 state_is talk stopped
    keys s
    wait_until 10 shows '^start talk: done'
    wait_until 10 state_is talk ready
    before=$(pid_of talk)
    keys k
    wait_until 10 shows 'signal to talk .*: KILL'
    keys C-u NONE Enter
    wait_until 10 shows 'unknown signal "NONE"'
    keys k Enter
    wait_until 10 shows '^kill talk: done'
    wait_until 10 differs "$before" pid_of talk
}

@test "top: the log of the chosen one follows, and looks back" {
    topology <<'YAML'
actors:
  talk: {shell: "seq -f 'line %g' 200 >&2; exec cat >&2", speaks: lines, to: sink}
  sink: {run: cat}
YAML
    up_system
    terminal 60 12
    keys 'actorsup top' Enter
    wait_until 10 shows '^talk '
    keys l
    wait_until 10 shows '^log of talk (following)'
    wait_until 10 shows 'talk | line 200'
    actorsend talk "$(printf 'one more \033[2Jthat controls')"
    wait_until 10 shows 'one more .x1b.2Jthat controls'
    keys Home
    wait_until 10 shows '^log of talk$'
    wait_until 10 shows 'talk | line 1$'
    keys End
    wait_until 10 shows 'one more'
    keys Escape
    wait_until 10 shows '^NAME '
}

@test "top: another size of the terminal, one that is too small, help" {
    top 100 24
    keys '?'
    wait_until 10 shows 'sort by memory'
    keys Space
    wait_until 10 shows '^talk '
    shows ' RESTARTS '
    mux resize-window -x 50 -y 12
    wait_until 10 hides ' RESTARTS '
    shows '^NAME .* DEPTH '
    mux resize-window -x 30 -y 6
    wait_until 10 shows '^terminal too small'
    mux resize-window -x 160 -y 30
    wait_until 10 shows ' WHY'
}

@test "top: help is folded on a small terminal, and scrolls; other keys lead back" {
    top 40 10
    keys '?'
    wait_until 10 shows '^actorsup top, 1-8 of '
    shows '^  Up, Down   choose an actor; so do$'
    shows '^             PgUp, PgDn, Home and End$'
    shows '^Up Down PgUp PgDn Home End  others: back$'
    keys Down
    wait_until 10 shows '^actorsup top, 2-9 of '
    hides '^  Up, Down '
    keys Up Up
    wait_until 10 shows '^actorsup top, 1-8 of '
    # All of it, page by page.
    local page of seen
    of=$(screen | sed -n '1s/.* //p')
    for ((page = 1; page + 7 < of; page += 8)); do
        wait_until 10 shows "^actorsup top, $page-"
        seen+=$(screen | sed '1d; $d')
        keys NPage
    done
    wait_until 10 shows "^actorsup top, $((of - 7))-$of of $of"
    seen=$(echo $seen $(screen | sed '1d; $d'))
    [[ "$seen" == *"/ only names with this in them, a glob, or a state; Esc: all l, Enter its log;"* ]]
    [[ "$seen" == *" sort by memory" ]]
    keys NPage Home
    wait_until 10 shows '^actorsup top, 1-8 of '
    keys End PPage
    wait_until 10 shows "^actorsup top, $((of - 15))-"
    # It fits: any key leads back.
    mux resize-window -x 80 -y 40
    wait_until 10 shows '^any key leads back$'
    shows '^  Up, Down   choose an actor; so do PgUp, PgDn, Home and End$'
    mux resize-window -x 40 -y 10
    wait_until 10 shows '^actorsup top, 1-8 of '
    keys x
    wait_until 10 shows '^talk '
    hides 'stop talk'
}

@test "top: Ctrl-Z gives the terminal back until fg; so does a signal, by which it ends" {
    top
    pid=$(pgrep -P "$(mux display-message -p '#{pane_pid}')" actorsup)
    keys C-z
    wait_until 10 shows 'Stopped .*actorsup top'
    keys 'fg; echo then $?' Enter
    wait_until 10 shows '^talk '
    kill -TERM "$pid"
    wait_until 10 shows '^then 143'
    hides '^talk '
}

@test "top: says that the system has ended: 3" {
    top
    actorsup down
    wait_until 10 shows 'actorsup: system "t" has ended'
    wait_until 10 shows '^ended with 3'
}

@test "top: no terminal, one that cannot move its cursor, and no system" {
    topology <<<"actors: {a: {run: cat}}"
    run -3 actorsup top
    assert_output 'actorsup: system "t" is not running; start it with `actorsup up`'
    up_system
    terminal 200 24
    keys 'TERM=dumb actorsup top; echo ended with $?' Enter
    wait_until 10 shows '^ended with 1'
    shows 'actorsup top -b'
    keys 'clear; actorsup top </dev/null; echo "this too: $?"' Enter
    wait_until 10 shows '^this too: 1'
    shows 'standard input is no terminal'
}

@test "top -b: tables with rates, CPU and memory of all that an actor started" {
    topology <<'YAML'
actors:
  busy: {shell: "sh -c 'while :; do :; done' & exec sleep 1000", speaks: none}
  away: {shell: "setsid sh -c 'while :; do :; done' & exec sleep 1000", speaks: none}
  idle: {run: cat}
  gone: {run: sleep 1000, pool: 2, speaks: none}
YAML
    up_system
    run -0 actorsup top
    assert_line --index 0 --regexp '^t  up .*  4 actors  ready 5$'
    assert_line --index 1 --regexp 'messages/s  dead letters 0  supervisor [0-9.]+% CPU [0-9.]+M$'
    assert_line --index 2 --regexp '^NAME +STATE +PID .* WHY$'
    run -0 actorsup top -b -n 2 -d 0.3 -o cpu -r
    assert_equal "$(grep -c '^NAME ' <<<"$output")" 2
    run -0 actorsup top -bj -n 1 busy away idle
    "$PYTHON3" - "$output" <<'PY'
import json, sys
rows = {r["name"]: r for r in json.loads(sys.argv[1])}
assert set(rows) == {"busy", "away", "idle"}, rows
assert rows["busy"]["cpu_percent"] > 5, rows["busy"]
assert rows["away"]["cpu_percent"] > 5, rows["away"]
assert rows["idle"]["cpu_percent"] < 5, rows["idle"]
assert rows["busy"]["memory_bytes"] > rows["idle"]["memory_bytes"] > 100000, rows
PY
    run -0 actorsup top -u
    assert_line --regexp '^  gone/2 +ready '
    run -2 actorsup top -o nothing
    assert_output --partial 'there is no column "nothing"'
    run -2 actorsup top -d 0
    run -1 actorsup top nobody
}

@test "top -b: one that daemonised is its actor's" {
    topology <<'YAML'
actors:
  father: {shell: "(setsid sh -c 'while :; do :; done' &) ; exec sleep 1000", speaks: none}
  other: {run: sleep 1000, speaks: none}
YAML
    up_system
    run -0 actorsup top -bj -n 1
    "$PYTHON3" - "$output" <<'PY'
import json, sys
rows = {r["name"]: r for r in json.loads(sys.argv[1])}
assert rows["father"]["cpu_percent"] > 5 > rows["other"]["cpu_percent"], rows
PY
}

# used NAMES: of `top -bj` of them, so that python can look at it as rows.
used() {
    run -0 actorsup top -bj -n 1 "$@"
    USED=$output
}
holds() { "$PYTHON3" -c 'import json, sys
rows = {r["name"]: r for r in json.loads(sys.argv[1])}
assert eval(sys.argv[2]), rows' "$USED" "$1"; }

@test "top -b: what processes on other hosts use, with all that they started, asked from anywhere" {
    two_hosts "down_after: 1h" <<'YAML'
actors:
  busy: {shell: "sh -c 'while :; do :; done' & exec sleep 1000", speaks: none, on: west}
  father: {shell: "(setsid sh -c 'while :; do :; done' &) ; exec sleep 1000", speaks: none, on: west}
  idle: {run: cat, on: east}
  jobs: {shell: "while :; do :; done", speaks: once, on: east}
  home: {run: cat}
YAML
    up_system --wait
    actorsend jobs x
    wait_until 20 prints 1 in_hand_of jobs
    used
    holds 'all(rows[n]["cpu_percent"] > 5 for n in ("busy", "father", "jobs"))'
    holds 'all(rows[n]["cpu_percent"] < 5 for n in ("idle", "home"))'
    holds 'rows["busy"]["memory_bytes"] > rows["idle"]["memory_bytes"] > 100000'
    run -0 actorsup -s t@west top -bj -n 1 busy home
    USED=$output holds 'rows["busy"]["cpu_percent"] > 5 > rows["home"]["cpu_percent"]'
    USED=$output holds 'rows["home"]["memory_bytes"] > 100000'
    # One that does not answer holds up nobody, and what it told last is known for a while.
    kill -STOP "$(node_pid west)"
    for _ in 1 2 3; do used busy idle; done
    holds 'rows["idle"]["memory_bytes"] > 100000'
    kill -CONT "$(node_pid west)"
}
in_hand_of() { ps_get "$1" in_hand; }
