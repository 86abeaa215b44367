bats_require_minimum_version 1.5.0
load helper
load conditions
load elsewhere

# What hosts have, as it changes, and who is told of them.

@test "placing: capabilities change while it runs: what does not fit any more moves, what waits starts" {
    two_hosts "capabilities: {gpu: true}" <<YAML
actors:
  a: {run: $OBEY, speaks: json, on: {gpu: true}}
  pool: {run: cat, pool: 4, on: {disk: ssd}}
  plain: {run: cat, on: west}
YAML
    actorsup up -d
    wait_until 20 state_is a ready
    wait_until 20 state_is plain ready
    local was other plain
    was=$(ps_get a host)
    plain=$(ps_get plain pid)
    other=$([ "$was" = west ] && echo east || echo west)
    assert_equal "$(ps_get pool reason)" "waiting for a host that fits: none has disk=ssd"
    seq 200 | actorsend a
    run -0 actorsup host set "$was" --drop gpu --capability zone=b
    assert_output "changed $was"
    wait_until 20 prints "$other ready" place_of a
    wait_until 20 idle a
    assert_equal "$(dead_count) $(ps_get a restarts)" "0 0"
    balanced
    actorsup host | grep -q "^$was .* zone=b"
    assert_equal "$(actorsup graph --format json | jq -c '[.hosts[].name], (.actors[] | select(.name == "a" or .name == "plain").host)' | paste -sd' ')" \
        "[\"main\",\"west\",\"east\"] \"$other\" \"west\""
    actorsup host set east -c disk=ssd
    wait_until 20 prints east hosts_of_pool
    actorsup host set west -c disk=ssd
    wait_until 20 prints "east west" hosts_of_pool
    assert_equal "$(ps_get plain pid)" "$plain"
    run -1 actorsup host set main -c a=b
    assert_output --partial "what main has is said in the file"
    run -1 actorsup host set south -c a=b
    assert_output --partial "there is no host south"
    run -2 actorsup host set west
    assert_output --partial "set takes --capability KEY=VALUE or --drop KEY"
    run -2 actorsup host set west -c gpu
    # The file is right once it is read again.
    run -0 actorsup reload
    assert_line "~  host west  capabilities: from now on"
    assert_line "~  host east  capabilities: from now on"
    wait_until 20 prints "" hosts_of_pool
    wait_until 20 state_is a ready
    assert_equal "$(actorsup reload --dry-run)" "nothing has changed"
    # A move is planned, by the host's capabilities or by the file: none is a restart.
    sed -i 's/plain: {run: cat, on: west}/plain: {run: cat, on: east}/' actorsup.yaml
    run -0 actorsup reload
    wait_until 20 prints "east ready" place_of plain
    assert_equal "$(ps_get plain restarts) $(ps_get a restarts)" "0 0"
}
place_of() { echo "$(ps_get "$1" host) $(ps_get "$1" state)"; }
hosts_of_pool() { actorsup ps --json pool | jq -r '.[] | select(.state == "ready").host' | sort -u | paste -sd' '; }

@test "placing: a host that was removed by hand comes again by reload; one that is launched another way comes anew" {
    two_hosts "down_after: 1h, capabilities: {gpu: true}" <<YAML
actors:
  w: {shell: 'while read -r l; do echo "\$\$l"; done', ack: line, pool: 2, on: {gpu: true}, to: sink}
  sink: {shell: "cat >out"}
YAML
    up_system
    actorsup host rm west
    wait_until 20 prints east hosts_there
    run -0 actorsup reload --json
    assert_equal "$(jq -c '.[] | [.kind, .name, .what, .effect]' <<<"$output")" '["host","west","added",null]'
    wait_until 20 prints "east up west up" hosts_and_states
    # It may still be on its way out when it is wanted back.
    kill -STOP "$(node_pid west)"
    actorsup host rm west
    actorsup reload
    kill -CONT "$(node_pid west)"
    wait_until 20 prints "east up west up" hosts_and_states
    seq 1000 | background actorsend w
    was=$(node_pid west)
    sed -i '/^  west:/s/launch: \[/launch: [env, -u, NOTHING, /' actorsup.yaml
    run -0 actorsup reload
    assert_line "~  host west  launch: what runs there ends, then it comes anew"
    wait_until 20 differs "$was" node_pid west
    wait_until 20 prints "east up west up" hosts_and_states
    wait_until 20 file_lines out 1000
    assert_equal "$(sort -n out)" "$(seq 1000)"
    assert_equal "$(dead_count)" 0
    balanced
    # What is said of it is known there, though it was up before.
    sed -i 's/down_after: 1h/down_after: 300ms/' actorsup.yaml
    run -0 actorsup reload
    assert_line "~  host east  down_after: from now on"
    nodes="$(node_pid east) $(node_pid west)"
    kill_both
    for pid in $nodes; do wait_until 20 gone "$pid"; done
}
hosts_there() { actorsup host --json | jq -r '.[].name' | sort | xargs; }
hosts_and_states() { actorsup host --json | jq -r '.[] | .name + " " + .state' | sort | xargs; }

@test "placing: a host that is removed or told to end while it comes up leaves as one that was up" {
    two_hosts "down_after: 1h, alone: keep 1h" <<YAML
actors:
  w: {run: cat, on: east}
YAML
    script link <<'SH'
#!/bin/sh
[ "${HOME##*/}" = west ] || exec "$@"
echo $$ >>links
"$@" | {
    while read -r l; do
        echo "$l"
        [ "$l" != @@actorsup-node-1@@ ] || break
    done
    >begun
    while [ ! -e go ]; do sleep 0.02; done
    exec cat
}
SH
    up_system
    wait_until 20 test -e begun
    actorsup host rm west
    assert_equal "$(hosts_and_states)" "east up west leaving"
    >go
    wait_until 20 prints east hosts_there
    rm begun go
    actorsup reload
    wait_until 20 test -e begun
    node=$(node_pid west)
    actorsup down >down.out 2>&1 &
    wait_until 20 says system.stop
    >go
    wait $!
    assert_equal "$(cat down.out)" "t is down; 0 messages were left unhandled"
    for pid in $(cat links); do wait_until 20 gone "$pid"; done
    wait_until 20 gone "$node"
}

@test "placing: what is started elsewhere after a while of silence does not go back to where that is" {
    two_hosts "capabilities: {gpu: true}, down_after: 1h" <<YAML
actors:
  w: {run: $OBEY, speaks: json, on: {gpu: true}, failover: after 1s}
YAML
    up_system
    was=$(ps_get w host)
    node=$(node_pid "$was")
    kill -STOP "$node"
    echo hello | actorsend w
    wait_until 30 runs_elsewhere "$was"
    wait_until 20 idle w
    assert_equal "$(ps_get w restarts)" 1
    kill -CONT "$node"
    wait_until 20 prints "" what_it_still_has "$was"
    balanced
}
runs_elsewhere() { [ "$(ps_get w state)" = ready ] && [ "$(ps_get w host)" != "$1" ]; }
what_it_still_has() { pgrep -P "$(node_pid "$1")" || true; }

@test "placing: what holds from now on holds for processes on other hosts too" {
    two_hosts "capabilities: {gpu: true}, down_after: 1s, alone: keep 1h" <<YAML
actors:
  w: {shell: 'trap "echo usr1 >>told" USR1; while read -r l; do echo "\$\$l"; done', ack: line, on: {gpu: true}, health: none}
  other: {shell: 'while read -r l; do sleep 0.5; echo "\$\$l"; done'}
YAML
    script link <<'SH'
#!/bin/sh
[ "$(cat cut 2>/dev/null)" != "${HOME##*/}" ] || exit 1
echo $$ >>links
exec "$@"
SH
    up_system
    local pid was
    pid=$(ps_get w pid)
    # A check that fails: seen by its host, and the process is replaced.
    sed -i "s/health: none/health: {exec: 'false', every: 50ms, failures: 2}/" actorsup.yaml
    run -0 actorsup reload
    assert_line "~  w     health: from now on"
    wait_until 20 differs "$pid" pid_of w
    sed -i "s/health: {[^}]*}/health: none/" actorsup.yaml
    actorsup reload
    actorsup wait --for ready -t 20 w
    pid=$(pid_of w)
    assert_equal "$(actorsend -a -t 20 other x)" x
    # Its failover: the process stays, and ends by itself before another begins.
    sed -i 's/health: none/health: none, failover: after 1s/' actorsup.yaml
    run -0 actorsup reload
    assert_line "~  w     failover: from now on"
    was=$(ps_get w host)
    assert_equal "$(actorsend -a -t 20 other x)" x # by then its node has told to know it
    assert_equal "$(pid_of w)" "$pid"
    cut_off "$was"
    wait_until 30 runs_elsewhere "$was"
    gone "$pid"
    mend
    # Without it again, what was told last holds after this supervisor as well.
    wait_until 20 prints "east up west up" hosts_and_states
    sed -i 's/, failover: after 1s//' actorsup.yaml
    actorsup reload
    pid=$(pid_of w)
    kill_both
    up_system
    wait_until 20 taken w
    assert_equal "$(pid_of w)" "$pid"
    balanced
}
# The link to a host ends, and is not made again; mend: it is.
cut_off() {
    local pid
    echo "$1" >cut
    for pid in $(cat links); do
        ! tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "HOME=$T/$1" || kill "$pid"
    done
}
mend() { rm cut; }
taken() { actorsup events | grep -q "actor.taken name=$1"; }

@test "placing: a change by which no host fits takes one member of a pool, and the others stay" {
    two_hosts "capabilities: {gpu: true}" <<YAML
actors:
  w: {shell: 'while read -r l; do echo "\$\$l"; done', ack: line, pool: 4, on: {gpu: true}}
YAML
    up_system
    wait_until 20 prints "2 east 2 west" hosts_of_w # none is on its way to the host that came last
    sed -i 's/on: {gpu: true}/on: {gpu: yes}/' actorsup.yaml
    run -0 actorsup reload
    wait_until 20 prints "3 ready 1 waiting" states_of_w
    [[ "$(actorsup ps w)" == *"waiting for a host that fits: none has gpu=yes"* ]]
    assert_equal "$(seq 100 | actorsend -a -t 20 w | sort -n)" "$(seq 100)"
    sed -i 's/on: {gpu: yes}/on: {gpu: true}/' actorsup.yaml
    actorsup reload
    wait_until 20 prints "4 ready" states_of_w
    balanced
}
hosts_of_w() { actorsup ps --json w | jq -r '.[] | select(.state == "ready").host' | sort | uniq -c | xargs; }
states_of_w() { actorsup ps --json w | jq -r '.[].state' | sort | uniq -c | xargs; }

@test "placing: json and frames actors that ask for it are told of hosts that come and go" {
    two_hosts "capabilities: {gpu: true}, down_after: 300ms" <<YAML
actors:
  told: {shell: "cat >>told.out", speaks: json, hosts: true, mailbox: {in_hand: 1000}}
  frames: {run: $CLIENT actor, speaks: frames, hosts: true}
  not: {run: $OBEY, speaks: json}
  w: {run: cat, on: west}
YAML
    up_system
    wait_until 20 told_of host_up west
    wait_until 20 told_of host_up east
    assert_equal "$(grep '"host_up"' told.out | jq -r '.headers.gpu' | sort -u)" true
    blink_and_tell west
    [ ! -e got.not ]
    run -2 actorsup check <(echo 'actors: {a: {run: cat, hosts: true}}')
}
@test "placing: a template and what is done are told of no host, and no dead letter comes of it" {
    two_hosts "capabilities: {gpu: true}, down_after: 300ms" <<YAML
actors:
  told: {shell: "cat >>told.out", speaks: json, hosts: true, mailbox: {in_hand: 1000}}
  mould: {run: cat, template: true, speaks: json, hosts: true}
  over: {shell: "exit 0", speaks: json, hosts: true}
  w: {run: cat, on: west, after: {over: done}}
YAML
    up_system
    wait_until 20 state_is over done
    wait_until 20 told_of host_up west
    blink_and_tell west
    dead_is 0
}
# On a slow machine it may have been down before.
blink_and_tell() {
    local down up
    down=$(times_told host_down "$1")
    kill -STOP "$(node_pid "$1")"
    wait_until 20 told_more host_down "$1" "$down"
    up=$(times_told host_up "$1")
    kill -CONT "$(node_pid "$1")"
    wait_until 20 told_more host_up "$1" "$up"
}
told_of() { grep "\"$1\"" told.out | jq -r .headers.host | grep -qx "$2"; }
times_told() { grep "\"$1\"" told.out | jq -r .headers.host | grep -cx "$2" || :; }
told_more() { [ "$(times_told "$1" "$2")" -gt "$3" ]; }

# Its connection breaks, and there is no other.
break_off() {
    echo "$1" >cut
    local link
    for link in $(cat "links.$1"); do kill -KILL "$link" 2>/dev/null || true; done
    wait_until 20 differs up state_of_host "$1"
}
cutting() {
    two_hosts "down_after: 300ms, alone: keep 1h, capabilities: {c: yes}" <<'YAML'
actors:
  one: {run: sleep 1000, speaks: none, on: {c: yes}}
YAML
    script link <<'SH'
#!/bin/sh
[ "$(cat cut 2>/dev/null)" != "${HOME##*/}" ] || exit 1
echo $$ >>"links.${HOME##*/}"
exec "$@"
SH
    up_system
    wait_until 20 prints "east up west up" hosts_and_states
    was=$(ps_get one host)
    pid=$(ps_get one pid)
}

@test "placing: what runs on a host that is removed while it cannot be reached ends before it begins elsewhere" {
    local was pid
    cutting
    break_off "$was"
    actorsup host rm "$was"
    [[ "$(ps_get one reason)" == "nothing is heard of it for "* ]]
    assert_equal "$(ps_get one host) $(state_of_host "$was")" "$was leaving"
    kill -0 "$pid"
    rm cut
    wait_until 20 gone "$pid"
    wait_until 20 state_is one ready
    [ "$(ps_get one host)" != "$was" ]
    wait_until 20 prints "" state_of_host "$was"
}

@test "placing: what runs on a host that is said to be gone begins elsewhere at once" {
    local was pid
    cutting
    break_off "$was"
    actorsup host rm --gone "$was"
    wait_until 20 prints "" state_of_host "$was"
    wait_until 20 state_is one ready
    [ "$(ps_get one host)" != "$was" ]
    kill -KILL "$pid" "$(node_pid "$was")"
}

@test "placing: a host that cannot be reached is launched as the file says now, and goes on" {
    local was pid
    cutting
    break_off "$was"
    printf '#!/bin/sh\nexec "$@"\n' >way
    chmod +x way
    sed -i "/^  $was:/s#$PWD/link#$PWD/way#" actorsup.yaml
    run -0 actorsup reload --dry-run
    assert_line "~  host $was  launch: it is launched so at once; what runs there goes on, or, if that is another machine, ends by its \`alone\`"
    run -0 actorsup reload --dry-run --json
    assert_equal "$(jq -c '.[] | [.name, .effect, .goes_on]' <<<"$output")" "[\"$was\",\"launch\",true]"
    # One that is to join is not launched: it has to leave first.
    sed "/^  $was:/s#launch: \[[^]]*\], #join: true, #; 1i join: {token: token}" actorsup.yaml >joining
    (umask 077; echo "secret-of-this-system" >token)
    run -0 actorsup reload --dry-run joining
    assert_line --regexp "^~ +host $was +.*: what runs there ends once it is reached, or by its \`alone\`, then it comes anew$"
    actorsup reload
    wait_until 20 prints up state_of_host "$was"
    assert_equal "$(ps_get one host) $(ps_get one pid)" "$was $pid"
    kill -0 "$pid"
    # Nothing runs on one that never came up.
    sed -i '/^hosts:/a \  never: {launch: "false"}' actorsup.yaml
    actorsup reload
    sed -i '/^  never:/s/false/true/' actorsup.yaml
    run -0 actorsup reload --dry-run
    assert_line "~  host never  launch: it is launched so at once"
}

@test "placing: where another machine answers than before, what runs on that ends first" {
    local was pid node
    cutting
    sed -i 's/alone: keep 1h/alone: keep 2s/' actorsup.yaml
    actorsup reload
    node=$(node_pid "$was")
    break_off "$was"
    kill -STOP "$node"
    # Another folder is another machine.
    sed -i "/^  $was:/s#$PWD/link#env, XDG_RUNTIME_DIR=$T/other, ACTORSUP_RUNTIME_DIR=$T/other#" actorsup.yaml
    mkdir "$T/other"
    actorsup reload
    wait_until 20 prints up state_of_host "$was"
    wait_until 20 prints ready state_of one
    local told="another machine than before: what runs on that ends first" ends="actor.exit name=one pid=$pid"
    assert_equal "$(actorsup events | grep -oE "$told|$ends|actor.start name=one" | uniq | tail -n 3)" \
        "$(printf '%s\n' "$told" "$ends" "actor.start name=one")"
    kill -KILL "$pid"
    kill -CONT "$node"
}

@test "placing: what does not fit main any more moves from there, and to there what fits again" {
    link_script
    main_and_west true false
    up_system
    local plain
    plain=$(pid_of plain)
    assert_equal "$(hosts_of_both)" "1 main 2 main"
    seq 300 >in
    background actorsend pool <in
    main_and_west false true
    run -0 actorsup reload
    assert_line "~  host main  capabilities: from now on"
    wait_until 20 prints "1 west 2 west" hosts_of_both
    wait "$BG"
    assert_equal "$(actorsup graph --format json | jq -r '.actors[] | select(.name == "m").host')" west
    main_and_west true false
    actorsup reload
    wait_until 20 prints "1 main 2 main" hosts_of_both
    # Without an entry main has nothing.
    sed -i '/^  main:/d' actorsup.yaml
    actorsup reload
    wait_until 20 prints "waiting waiting waiting" states_of_both
    assert_equal "$(ps_get m reason)" "waiting for a host that fits: none has gpu=true"
    main_and_west true false
    actorsup reload
    wait_until 20 prints "1 main 2 main" hosts_of_both
    assert_equal "$(pid_of plain)" "$plain"
    wait_until 20 idle pool
    assert_equal "$(dead_count)" 0
    balanced
}
# The file, with what main and west have as gpu.
main_and_west() {
    topology <<YAML
hosts:
  main: {capabilities: {gpu: $1}}
$(host west "capabilities: {gpu: $2}")
actors:
  m: {run: cat, on: {gpu: true}}
  pool: {shell: 'while read -r l; do echo "\$\$l"; done', ack: line, pool: 2, on: {gpu: true}}
  plain: {run: cat}
YAML
}
hosts_of_ready() { actorsup ps --json "$1" | jq -r '.[] | select(.state == "ready").host' | sort | uniq -c | xargs; }
hosts_of_both() { echo "$(hosts_of_ready m) $(hosts_of_ready pool)"; }
states_of_both() { actorsup ps --json m pool | jq -r '.[].state' | xargs; }

@test "placing: what comes to main that did not fit it before is confined there as its file says" {
    link_script
    main_and_west false true
    sed -i 's/m: {run: cat/m: {shell: "umask; exec cat", to: out, umask: 0027/; $a \  out: {shell: "cat >out"}' actorsup.yaml
    up_system
    wait_until 20 prints 0027 cat out
    sed -i 's/gpu: false/gpu: wrong/; s/west: \(.*\)gpu: true/west: \1gpu: false/; s/gpu: wrong/gpu: true/' actorsup.yaml
    actorsup reload
    wait_until 20 prints "1 main 2 main" hosts_of_both
    wait_until 20 prints $'0027\n0027' cat out
}

@test "placing: a host has no more than 64 capabilities, and who gives it more is told" {
    two_hosts "capabilities: {z: 1, $(seq -s ', ' -f 'k%g: 1' 63)}" <<YAML
actors:
  a: {run: cat, on: {gpu: true}}
YAML
    actorsup up -d
    wait_until 20 prints "east up west up" hosts_and_states
    run -1 actorsup host set west -c gpu=true
    assert_output "actorsup: a host has 64 capabilities at most"
    assert_equal "$(count_of west)" 64
    actorsup host set west -c z=2
    # What goes makes room for what comes.
    run -0 actorsup host set west --drop z -c gpu=true
    wait_until 20 prints "west ready" place_of a
    assert_equal "$(count_of west)" 64
    run -1 actorsup host add south=nowhere $(seq -f '-c k%g=1' 65)
    assert_output "actorsup: a host has 64 capabilities at most"
    assert_equal "$(hosts_there)" "east west"
}
count_of() { actorsup host --json | jq --arg h "$1" '.[] | select(.name == $h).capabilities | length'; }
