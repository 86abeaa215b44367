bats_require_minimum_version 1.5.0
load helper
load conditions
load users

# Files that go along to other hosts. Here a host is a folder, with a home of its own.

topology_west() { # KEYS of west; the rest of the file from standard input
    topology <<YAML
hosts:
  west: {launch: [env, HOME=$T/west, XDG_STATE_HOME=$T/west/state, XDG_CACHE_HOME=]${1:+, $1}}
$(cat)
YAML
}
trees() { ls -d "$T"/west/.cache/actorsup/files/t@west/trees/*/ | wc -l; }
brought() { actorsup events --json | jq -r 'select(.event == "host.files") | "\(.files) \(.bytes)"' | tr '\n' ';'; }

@test "files: an executable and its data go along; only what has changed goes again" {
    mkdir -p data/deep
    printf '#!/bin/sh\nwhile read -r l; do echo "$(cat data/deep/word) $l $(cat notes)"; done\n' >work
    chmod +x work
    echo one >data/deep/word
    echo private >other
    echo note >notes
    head -c 300000 /dev/zero >data/big
    topology_west <<'YAML'
files: ./notes
actors:
  a: {run: ./work, on: west, files: [work, data/]}
  plain: {run: ls, speaks: none, on: west, restart: never}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 a hello)" "one hello note"
    # Nothing but what was named.
    folder=$(readlink "/proc/$(ps_get a pid)/cwd")
    assert_equal "$(cd "$folder" && find . -type f | sort | tr '\n' ' ')" "./data/big ./data/deep/word ./notes ./work "
    [ ! -x "$folder/notes" ]
    wait_until 10 log_has plain notes
    actorsup restart a
    assert_equal "$(actorsend -a -t 20 a again)" "one again note"
    assert_equal "$(trees)" 2
    first=$(brought)
    echo second >data/deep/word
    actorsup restart a
    assert_equal "$(actorsend -a -t 20 a hello)" "second hello note"
    assert_equal "$(trees)" 3
    assert_equal "$(brought)" "${first}1 7;"
    [ -e "$folder/data/deep/word" ]
    actorsup down
    # What is there already is not sent again by the next; what was spoilt there is.
    folder=$(echo "$T"/west/.cache/actorsup/files/t@west/trees/*/data/deep)
    for f in $folder; do echo spoilt >"$f/word"; done
    up_system
    assert_equal "$(actorsend -a -t 20 a hello)" "second hello note"
    assert_equal "$(actorsup events --json | jq -r 'select(.event == "host.files").bytes' | tail -n 1)" 7
}

@test "files: what is not there, or cannot be sent, is told with its place" {
    echo x >there
    topology_west <<'YAML'
files: [nowhere, /etc/passwd, ../up, a/../b]
actors:
  a: {run: cat, on: west, files: [there]}
YAML
    run -2 actorsup check
    assert_output --partial 'actorsup.yaml:3:9: `files`: `nowhere`: No such file or directory'
    assert_output --partial '`files`: `/etc/passwd` must be relative'
    assert_output --partial '`files`: `../up`: it goes through . or ..'
    mkdir bin
    touch bin/not-x
    ln -s /bin/cat bin/cat
    topology_west <<'YAML'
files: [there, ./bin/]
actors:
  a: {run: ./work.sh, on: west}
  b: {run: [bin/not-x, a], on: west}
  c: {run: ./bin/cat, on: west}
  d: {run: ./work.sh, on: {}}
  e: {run: ./nowhere, on: {gpu: true}, ready: {exec: ./check.sh}}
YAML
    run -2 actorsup check
    assert_line --partial 'actorsup.yaml:5:12: cannot run `./work.sh` on another host: it is not among the `files` that go along'
    assert_line --partial 'actorsup.yaml:6:13: cannot run `bin/not-x`: '
    assert_line --partial 'actorsup.yaml:8:12: cannot run `./work.sh`'
    assert_line --partial 'actorsup.yaml:9:12: cannot run `./nowhere` on another host'
    assert_line --partial 'actorsup.yaml:9:54: cannot run `./check.sh` on another host'
    refute_output --partial bin/cat
    topology <<'YAML'
hosts: {west: {launch: env, dir: there}}
actors: {a: {run: cat, on: west}}
YAML
    run -2 actorsup check
    assert_line --partial 'actorsup.yaml:1:34: `dir`: `there` must be absolute'
    topology_west <<'YAML'
files: [there, pipe]
actors:
  a: {run: cat, on: west}
YAML
    mkfifo pipe
    actorsup up -d
    wait_until 10 waits_for "pipe is neither a file nor a folder"
    rm pipe
    wait_until 10 waits_for "pipe: No such file or directory"
    echo it >pipe
    actorsup wait --for ready -t 20 a
    assert_equal "$(actorsend -a -t 20 a hello)" hello
}
waits_for() { [[ "$(ps_get a reason)" == *"$1"* ]]; }

@test "files: large ones beside mail, over a connection that breaks, and to a host that joins" {
    cat >link <<'SH'
#!/bin/sh
echo $$ >>links
exec "$@"
SH
    chmod +x link
    head -c 40000000 /dev/urandom >large
    topology <<YAML
hosts:
  west: {launch: [env, HOME=$T/west, XDG_STATE_HOME=$T/west/state, XDG_CACHE_HOME=, $PWD/link]}
actors:
  a: {run: cat, on: west, to: sink}
  b: {shell: "sha256sum large; exec cat", on: west, files: [large], to: sums}
  sink: {shell: "cat >out"}
  sums: {shell: "cat >sums"}
YAML
    actorsup up -d
    wait_until 20 state_is a ready
    seq 50000 | actorsend a
    for i in 1 2 3; do
        kill -KILL "$(tail -n 1 links)"
        wait_until 20 linked $((i + 1))
    done
    wait_until 60 state_is b ready
    wait_until 30 file_lines sums 1
    assert_equal "$(cut -d' ' -f1 sums)" "$(sha256sum <large | cut -d' ' -f1)"
    wait_until 30 file_lines out 50000
    assert_equal "$(cat out)" "$(seq 50000)"
    wait_until 20 idle a
    balanced
}
linked() { [ "$(wc -l <links)" -ge "$1" ] && [ "$(actorsup host --json | jq -r '.[0].state')" = up ]; }

@test "files: a host without room says so, and goes on once there is some" {
    echo x >small
    topology_west <<'YAML'
actors:
  a: {run: cat small -, on: west, files: [small]}
YAML
    mkdir -p "$T/west/.cache/actorsup/files/t@west"
    echo "in the way" >"$T/west/.cache/actorsup/files/t@west/trees"
    actorsup up -d
    wait_until 20 waits_for "cannot make"
    [ "$(actorsup events | grep -c 'host.files_failed host=west')" -ge 1 ]
    rm "$T/west/.cache/actorsup/files/t@west/trees"
    actorsup wait --for ready -t 20 a
}

@test "files: where they cannot be brought nobody waits while another host fits; that one gets its share once they can" {
    script work <<'SH'
#!/bin/sh
while read -r l; do echo "$ACTOR_HOST"; done
SH
    mkdir -p "$T/west/.cache/actorsup"
    >"$T/west/.cache/actorsup/files" # no folder can be made there
    topology <<YAML
hosts:
  west: {launch: [env, HOME=$T/west, XDG_STATE_HOME=$T/west/state, XDG_CACHE_HOME=], capabilities: {c: yes}}
  east: {launch: [env, HOME=$T/east, XDG_STATE_HOME=$T/east/state, XDG_CACHE_HOME=], capabilities: {c: yes}}
actors:
  p: {run: ./work, files: [work], on: {c: yes}, pool: 4}
YAML
    up_system
    wait_until 20 says host.files_failed
    wait_until 20 prints "4 east" ready_on
    assert_equal "$(seq 8 | actorsend -a -t 20 p | sort -u)" east
    rm "$T/west/.cache/actorsup/files"
    wait_until 30 prints "2 east 2 west" ready_on
    balanced
}
ready_on() { actorsup ps --json p | jq -r '.[] | select(.state == "ready").host' | sort | uniq -c | xargs; }

@test "files: folders go along with nothing in them, and what others may do with all of it" {
    mkdir -p data/sub/deep top
    chmod 700 data/sub
    echo x >data/open
    echo y >data/closed
    chmod 666 data/open
    chmod 600 data/closed
    topology_west <<'YAML'
actors:
  a: {run: cat, on: west, files: [data/, top/]}
  all: {run: cat, on: west, files: [.]}
YAML
    up_system
    folder=$(readlink "/proc/$(pid_of a)/cwd")
    assert_equal "$(find "$folder" -mindepth 1 -printf '%P %m\n' | sort | paste -sd';')" \
        "data 755;data/closed 600;data/open 644;data/sub 700;data/sub/deep 755;top 755"
    # As before, none but its user gets in.
    assert_equal "$(stat -c %a "$folder")" 700
    [ -d "$(readlink "/proc/$(pid_of all)/cwd")/data/sub/deep" ]
}

@test "files: an actor that is another user finds its files, and what was closed to it stays so" {
    needs_root
    needs_reach
    chmod 711 "$T"
    mkdir "$T/west"
    mkdir -p data
    echo open >data/open
    echo closed >data/closed
    chmod 600 data/closed
    printf '#!/bin/sh\nid -u; cat data/open; cat data/closed; ls; touch data/mine; exec cat\n' >work
    chmod 755 work
    topology_west <<'YAML'
actors:
  a: {run: ./work, on: west, user: nobody, files: [work, data/], to: out}
  out: {shell: "cat >out"}
YAML
    (umask 077 && up_system)
    wait_until 20 file_lines out 4
    assert_equal "$(paste -sd' ' out)" "65534 open data work"
    wait_until 20 log_has a "data/closed: Permission denied"
    wait_until 20 log_has a "data/mine"
    # What is above does not show what else is there.
    run -2 setpriv --reuid=65534 --regid=65534 --clear-groups ls "$T/west/.cache/actorsup/files/t@west/trees"
    # Where it cannot get there, it is told why, though the path is long.
    actorsup stop a
    chmod 700 "$T/west"
    actorsup start a || true
    wait_until 20 cannot_enter a
}
cannot_enter() { [[ "$(ps_get "$1" reason)" == *"cannot e"*"as user nobody: Permission denied" ]]; }

@test "files: ps says how far they are just now, also while the line stands still" {
    script link <<'SH'
#!/bin/sh
echo $$ >>links
[ -e narrow ] || exec "$@"
{
    dd bs=65536 count=60 2>>dd.err
    while [ ! -e go ]; do sleep 0.02; done
    exec cat
} | "$@"
SH
    head -c 20000000 /dev/urandom >large
    topology <<YAML
hosts:
  west: {launch: [env, HOME=$T/west, XDG_STATE_HOME=$T/west/state, XDG_CACHE_HOME=, $PWD/link], down_after: 1h}
actors:
  a: {run: cat, on: west}
YAML
    up_system
    >narrow
    kill -KILL "$(tail -n 1 links)"
    wait_until 20 linked 2
    echo '  b: {run: cat, on: west, files: [large]}' >>actorsup.yaml
    actorsup reload
    wait_until 20 waits_in "its files to be on west ([1-9][0-9]* % of 1[0-9]"
    >go
    actorsup wait --for ready -t 20 b
}
waits_in() { ps_get b reason | grep -q "$1"; }
