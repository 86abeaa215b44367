bats_require_minimum_version 1.5.0
load helper

one() {
    mkdir -p "$1"
    printf 'actors:\n  a: {run: cat}\n' >"$1/actorsup.yaml"
    actorsup -f "$1/actorsup.yaml" up -d
}

@test "nothing runs and there is no file: 3, and what to do" {
    run -3 actorsup ps
    assert_output --partial "no system is running"
    assert_output --partial "actorsup up"
    run -3 actorsend a b
    assert_output --regexp '^actorsend: no system is running'
}

@test "a system that is named and does not run: 3" {
    for c in ps down audit "dead ls" "start a" "wait a"; do
        run -3 actorsup -s nowhere $c
        assert_output --partial '"nowhere" is not running'
    done
    run -3 actorsup -s nowhere logs
    run -3 actorsup -s nowhere events
}

@test "a system that is named nearly right: the one that runs" {
    one shop
    run -3 actorsup -s shpo ps
    assert_output 'actorsup: system "shpo" is not running (did you mean shop?)'
}

@test "a system that has run, and a node of one, are not taken for another" {
    one shop
    actorsup -s shop down
    one shpo
    run -3 actorsup -s shop ps
    assert_output 'actorsup: system "shop" is not running; start it with `actorsup up`, or see what it said by `actorsup -s shop logs`'
    run -3 actorsup -s shpo@h ps
    assert_output 'actorsup: system "shpo@h" is not running on this machine; `actorsup -s shpo host`, where that was started, says why'
    # What there is of a node whose supervisor is gone, while something of it still holds its lock.
    node=$T/run/actorsup/shpo@west
    mkdir -m 0700 "$node"
    (umask 077; : >"$node/lock")
    background "$PYTHON3" -c 'import fcntl, signal, sys
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX)
print("held", flush=True)
signal.pause()' "$node/lock" >held
    wait_until 10 file_has held held
    run -3 actorsup -s shpo@west ps
    assert_output 'actorsup: system "shpo@west" is not running: it is starting or ending just now; try again'
    run -3 actorsend -s shpo@west a b
    assert_output 'actorsend: system "shpo@west" is not running: it is starting or ending just now; try again'
    run -3 actorsup -s shpo@wset ps
    assert_output --partial '(did you mean shpo@west?)'
    kill "$BG"
    wait_until 10 gone "$BG"
    for c in "actorsup -s shpo@west ps" "actorsend -s shpo@west a b"; do
        run -3 $c
        assert_output --partial 'system "shpo@west" is not running on this machine; `actorsup -s shpo host`, where'
    done
}

@test "ls: the systems that run, with their files; up says from where one runs already" {
    run -0 actorsup ls --json
    assert_output "[]"
    one first
    one second
    run -0 actorsup ls --names
    assert_output "$(printf 'first\nsecond')"
    run -0 actorsup ls
    assert_line --index 1 --regexp "^first +$(supervisor_pid first) +1 +2[0-9-]+ [0-9:]+ +$PWD/first/actorsup.yaml$"
    actorsup ls --json | jq -e --arg file "$PWD/second/actorsup.yaml" \
        '.[1] | .system == "second" and .file == $file and .actors == 1 and (.since | fromdate) > 0'
    mkdir other
    one_file=$PWD/first/actorsup.yaml
    cp -r first other/
    run -1 actorsup up -d other/first/actorsup.yaml
    assert_output --partial "running already (pid $(supervisor_pid first)), from $one_file;"
    run -1 actorsup up -d first/actorsup.yaml
    assert_output --partial "from this file;"
}

@test "ls names one that does not answer" {
    one first
    kill -STOP "$(supervisor_pid first)"
    ACTORSUP_ANSWER_TIMEOUT=0.2 run -0 actorsup ls
    kill -CONT "$(supervisor_pid first)"
    assert_output --regexp "first +$(supervisor_pid first) .*does not answer"
}

@test "a name that cannot be one: 2" {
    run -2 actorsup -s 'No/Where' ps
    assert_output --partial "is not the name of a system"
    ACTORSUP_SYSTEM=../x run -2 actorsup ps
    assert_output --partial "ACTORSUP_SYSTEM"
}

@test "-s and -f exclude each other, a file that is not there: 2" {
    run -2 actorsup -s a -f b ps
    assert_output --partial "not both"
    run -2 actorsup -f not-there.yaml ps
    assert_output --partial "not-there.yaml"
}

@test "-s, -f, the variable, the file here, the only one running" {
    one first
    run -0 actorsup ps --names
    assert_output a

    one second
    run -2 actorsup ps
    assert_output --partial "several systems are running"
    assert_output --partial first
    assert_output --partial second

    run -0 actorsup -s first version
    assert_output --partial "system first:"
    run -0 actorsup version -f second/actorsup.yaml
    assert_output --partial "system second:"
    ACTORSUP_SYSTEM=first run -0 actorsup version
    assert_output --partial "system first:"
    cd second
    run -0 actorsup version
    assert_output --partial "system second:"
    ACTORSUP_SYSTEM=first run -0 actorsup version
    assert_output --partial "system first:"
}

@test "the system's name: system:, else the folder's, made a NAME" {
    mkdir 'My Shop'
    printf 'actors:\n  a: {run: cat}\n' >'My Shop/actorsup.yaml'
    printf 'system: other\nactors:\n  a: {run: cat}\n' >named.yaml
    actorsup -f 'My Shop/actorsup.yaml' up -d
    run -0 actorsup -s my-shop ps --names
    assert_output a
    actorsup up named.yaml -d
    run -0 actorsup -s other ps --names
    assert_output a
}

@test "an actor's own commands act in its system" {
    topology <<'YAML'
system: inner
actors:
  sink: {run: "cat", to: [out]}
  out: {shell: "cat >out"}
  talk: {shell: "actorsup version >seen; actorsend sink hello", speaks: none, restart: never}
YAML
    actorsup up -d
    wait_until 10 file_has out hello
    file_has seen "system inner:"
}

@test "the folder of a running system is its owner's alone" {
    topology <<'YAML'
actors:
  a: {run: cat}
YAML
    actorsup up -d
    assert_equal "$(stat -c %a "$T/run/actorsup/t")" 700
    assert_equal "$(stat -c %a "$T/run/actorsup/t/sock")" 600
    pid=$(supervisor_pid)
    [ "$(tr -d '\0' <"/proc/$pid/cmdline")" ]
    actorsup down
    chmod 755 "$T/run/actorsup"
    run -1 actorsup up -d
    assert_output --partial "open to others"
}
