bats_require_minimum_version 1.5.0
load helper
load conditions
load users

@test "identity: an actor runs as its user, with that user's groups, folder and names" {
    needs_root
    open_folder
    topology <<'YAML'
actors:
  a:
    shell: "id -u; id -g; echo groups $(id -G); echo $HOME $USER $LOGNAME $SHELL; exec sleep 1000"
    user: nobody
    speaks: none
  b: {shell: "env | grep ^HOME=; exec sleep 1000", user: nobody, env: {HOME: /elsewhere}, speaks: none}
YAML
    up_system
    wait_until 10 log_has a /bin/sh
    log_has a "[| ]$(id -u nobody)$"
    log_has a "groups $(id -G nobody)$"
    log_has a "$(getent passwd nobody | cut -d: -f6) nobody nobody /bin/sh"
    wait_until 10 log_has b HOME=/elsewhere
}

@test "identity: the groups that a user is in come with it" {
    needs_root
    open_folder
    # Found, not made: a test changes nothing of the system.
    local name=
    name=$(awk -F: '$4 != "" { split($4, m, ","); print m[1]; exit }' /etc/group)
    if [ -z "$name" ] || ! id "$name" >/dev/null 2>&1; then
        # That of ourselves alone, by number: none is inherited.
        topology <<'YAML'
actors:
  a: {shell: "echo groups $(id -G).; exec sleep 1000", user: 54321, group: 54322, speaks: none}
YAML
        up_system
        wait_until 10 log_has a 'groups 54322\.'
        return
    fi
    printf 'actors: {a: {shell: "echo groups $(id -G).; exec sleep 1000", user: %s, speaks: none}}\n' \
        "$name" >actorsup.yaml
    up_system
    wait_until 10 log_has a "groups $(id -G "$name")\."
}

@test "identity: a group alone, umask and nice" {
    needs_root
    topology <<'YAML'
actors:
  a:
    shell: "echo $(id -u) $(id -g) $(umask) $(nice); exec sleep 1000"
    group: daemon
    umask: 0027
    nice: 7
    speaks: none
  b: {shell: "echo $(nice); exec sleep 1000", nice: -3, speaks: none}
YAML
    up_system
    wait_until 10 log_has a " 0 $(getent group daemon | cut -d: -f3) 0027 7$"
    wait_until 10 log_has b ' -3$'
}

@test "identity: umask and a higher nice need no rights" {
    setup_other
    printf 'actors: {a: {shell: "echo $(umask) $(nice)", umask: 077, nice: 9, speaks: none}}\n' \
        >actorsup.yaml
    run -0 as_other actorsup up
    assert_output --partial '0077 9'
}

@test "identity: an actor of another user speaks, gets ready, and opens its standard error" {
    needs_root
    needs_reach
    script ready.sh <<'SH'
#!/bin/sh
echo opened >/dev/stderr
echo up >&"$ACTOR_READY_FD"
while read -r line; do echo "$(id -un) $line"; done
SH
    topology <<'YAML'
defaults: {user: nobody}
actors:
  lines: {run: ./ready.sh, ready: notify}
  once: {shell: "echo once $(id -un) $(cat)", speaks: once}
  json:
    run: [python3, -uc, "import json,os,sys\nfor l in sys.stdin:\n m = json.loads(l)\n
          print(json.dumps({'op': 'reply', 're': m['id'], 'body': str(os.getuid())}))"]
    speaks: json
YAML
    open_folder
    up_system
    wait_until 10 log_has lines opened
    assert_equal "$(actorsend -a -t 20 lines x)" 'nobody x'
    assert_equal "$(actorsend -a -t 20 once x)" 'once nobody x'
    assert_equal "$(actorsend -a -t 20 json x)" "$(id -u nobody)"
    run -0 actorsup down
    assert_output --partial 'down'
}

@test "identity: frames go over stdio to another user, and check says so" {
    needs_root
    topology <<'YAML'
actors:
  a: {run: cat, user: nobody, speaks: frames}
  b:
    run: cat
    user: nobody
    speaks: frames
    transport: ipc
  c: {run: cat, user: nobody, speaks: frames, transport: stdio}
  d: {run: cat, user: root, speaks: frames}
YAML
    run -2 actorsup check
    assert_output --partial 'actorsup.yaml:2:31: an actor of another user (nobody) cannot reach'
    assert_output --partial 'actorsup.yaml:7:5: an actor of another user (nobody) cannot reach'
    assert_output --partial 'it needs `transport: stdio`'
    refute_output --partial ':8:'
    refute_output --partial ':9:'
}

@test "identity: a frames actor of another user answers over stdio" {
    needs_root
    needs_reach
    open_folder
    cp "$BUILD_DIR/examples/c/upper" upper 2>/dev/null || skip "the example is not built"
    topology <<'YAML'
actors:
  a: {run: ./upper, user: nobody, speaks: frames, transport: stdio}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 a x)" X
    assert_equal "$(stat -c %U "/proc/$(pid_of a)")" nobody
}

@test "identity: actorsend in an actor of another user says that it cannot reach the system" {
    needs_root
    open_folder
    needs_reach
    printf 'actors: {a: {shell: "%s/actorsend a hello; echo status $?; exec sleep 1000", user: nobody, speaks: none}}\n' \
        "$BUILD_BIN" >actorsup.yaml
    up_system
    wait_until 10 log_has a 'status 1'
    log_has a "closed to this user"
}

@test "identity: unknown users and groups are faults, with what was meant" {
    topology <<'YAML'
actors:
  a: {run: cat, user: nobdy}
  b: {run: cat, group: daemn}
  c: {run: cat, user: 54321}
  d: {run: cat, user: 54321, group: 54321}
  e: {run: cat, umask: 8}
  f: {run: cat, umask: 0888}
  g: {run: cat, nice: 20}
  h: {run: cat, nice: low}
YAML
    run -2 actorsup check
    assert_output --partial '2:23: there is no user `nobdy` on this host (did you mean `nobody`?)'
    assert_output --partial '3:24: there is no group `daemn` on this host (did you mean `daemon`?)'
    assert_output --partial '4:23: the user 54321 has no name on this host: it needs a `group` as well'
    assert_output --partial '6:24: `umask` takes three octal digits'
    assert_output --partial '7:24: `umask` takes three octal digits'
    assert_output --partial '8:23: `nice` takes a whole number from -20 to 19, not `20`'
    assert_output --partial '9:23: `nice` takes'
    refute_output --partial ':5:'
}

@test "identity: without the rights nothing is started, and the actor is named" {
    setup_other
    local row
    for row in 'user: daemon|cannot run as user daemon, which needs root' \
        'group: daemon|cannot run as group daemon, which needs root' \
        'nice: -5|cannot run at `nice: -5`' \
        'limits: {files: 999999999}|cannot set `limits: files`'; do
        printf 'actors: {first: {shell: "echo >started", speaks: none}, a: {run: sleep 1000, speaks: none, %s}}\n' \
            "${row%%|*}" >actorsup.yaml
        run -1 as_other actorsup up
        assert_output --partial "actorsup: actor a: ${row#*|}"
        assert_missing started
        run -1 as_other actorsup up -d
        assert_output --partial "actorsup: actor a: ${row#*|}"
        assert_missing started
    done
    # Left out, it does not matter.
    as_other actorsup up --only first
    [ -e started ]
}

@test "identity: whoever is that user already needs no right" {
    setup_other
    printf 'actors: {a: {shell: "id -un", user: %s, speaks: none}}\n' "$(as_other id -un)" >actorsup.yaml
    run -0 as_other actorsup up
    assert_output --partial "$(as_other id -un)"
}

@test "identity: a folder or program that the user cannot reach is told before the start" {
    needs_root
    mkdir -m 0700 closed
    open_folder
    topology <<'YAML'
actors:
  first: {shell: "echo >started", speaks: none}
  a: {run: sleep 1000, cwd: closed, user: nobody, speaks: none}
YAML
    run -1 actorsup up
    assert_output --partial 'actor a: cannot enter folder'
    assert_output --partial 'closed as user nobody: Permission denied'
    assert_missing started
    cp /bin/sleep closed/nap
    printf 'actors: {a: {run: closed/nap 1000, cwd: /, user: nobody, speaks: none}}\n' >actorsup.yaml
    run -1 actorsup up
    assert_output --partial 'closed/nap as user nobody: Permission denied'
}
