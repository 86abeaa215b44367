bats_require_minimum_version 1.5.0
load helper
load conditions
load users

HOG='x = bytearray(300 * 1024 * 1024)'

actorsup() {
    local status=0
    cgroups_seen
    command actorsup "$@" 3>&- || status=$?
    cgroups_seen
    return "$status"
}

@test "limits: more memory than its limit kills the process, and that is said" {
    needs_cgroup memory
    topology <<YAML
actors:
  hog: {run: [python3, -c, "$HOG"], limits: {memory: 64MiB}, restart: never, speaks: none}
  fine: {run: [python3, -c, "x = bytearray(10 * 1024 * 1024); input()"], limits: {memory: 64MiB}}
YAML
    actorsup up -d
    wait_until 20 state_is hog failed
    assert_equal "$(ps_get hog reason)" 'signal KILL (memory limit)'
    log_has hog 'actor.limit .*limit=memory bytes=67108864'
    log_has hog 'actor.exit .*signal=KILL$'
    assert_equal "$(state_of fine)" ready
}

@test "limits: a message that takes too much memory is dead, with the limit as evidence" {
    needs_cgroup memory
    topology <<YAML
actors:
  eat:
    run: [python3, -uc, "import sys\nfor l in sys.stdin:\n x = bytearray(int(l)); print(len(x))"]
    ack: line
    limits: {memory: 64MiB}
    backoff: {min: 1ms}
    mailbox: {retry: 2}
YAML
    up_system
    assert_equal "$(actorsend -a -t 20 eat 1000)" 1000
    actorsend eat 400000000
    wait_until 20 dead_is 1
    run -0 actorsup dead show --json "$(first_dead)"
    assert_output --partial 'signal KILL (memory limit)'
    assert_equal "$(actorsend -a -t 20 eat 2000)" 2000
}

@test "limits: processes and threads are counted, and no more can be made" {
    needs_cgroup pids
    topology <<'YAML'
actors:
  bomb:
    run: [python3, -uc, "import os, time\nn = 1\nwhile True:\n try:\n  pid = os.fork()\n except OSError as e:\n
          \  break\n if pid == 0:\n  time.sleep(1000)\n n += 1\nprint('had', n)\ntime.sleep(1000)"]
    limits: {processes: 20}
    speaks: none
  other: {run: cat}
YAML
    up_system
    wait_until 20 log_has bomb 'had 20'
    assert_equal "$(pgrep -g "$(pid_of bomb)" | wc -l)" 20
    actorsup stop bomb
    wait_until 10 state_is bomb stopped
    assert_equal "$(actorsend -a -t 20 other x)" x
}

@test "limits: files, cpu and core are those of each process" {
    topology <<'YAML'
actors:
  a:
    shell: "echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -St) $(ulimit -Ht) $(ulimit -Sc) $(ulimit -Hc); exec sleep 1000"
    limits: {files: 64, cpu: 90s, core: 0}
    speaks: none
  b: {shell: "echo $(ulimit -Sn); exec sleep 1000", speaks: none}
YAML
    up_system
    wait_until 10 log_has a '64 64 90 91 0 0$'
    wait_until 10 log_has b " $(ulimit -Sn)$"
}

@test "limits: time on the processor ends a process, and that is said" {
    topology <<'YAML'
actors:
  busy: {shell: "while :; do :; done", limits: {cpu: 1s}, restart: never, speaks: none}
  other: {run: cat}
YAML
    actorsup up -d
    wait_until 30 state_is busy failed
    assert_equal "$(ps_get busy reason)" 'signal XCPU (cpu limit)'
    log_has busy 'actor.limit .*limit=cpu ms=1000'
}

@test "limits: whatever a process started is gone with it, without group, session, parent or mark" {
    needs_cgroup pids
    script stray.py <<'PY'
#!/usr/bin/env python3
import os
import time

for i in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve("/bin/sleep", ["sleep", "1000"], {})
        os._exit(0)
time.sleep(1000)
PY
    topology <<'YAML'
actors:
  a: {run: ./stray.py, limits: {processes: 50}, speaks: none, backoff: {min: 1ms}}
YAML
    up_system
    local procs before pid
    procs=$(cgroups_left | grep '/pids/.*/a\.')/cgroup.procs
    wait_until 10 strays_are 3 "$procs"
    before=$(cat "$procs")
    pid=$(pid_of a)
    kill -KILL "$pid"
    wait_until 10 differs "$pid" pid_of a
    for pid in $before; do
        gone "$pid"
    done
    # Its cgroup went with it.
    assert_missing "$procs"
    procs=$(cgroups_left | grep '/pids/.*/a\.')/cgroup.procs
    wait_until 10 strays_are 3 "$procs"
    before=$(cat "$procs")
    actorsup stop a
    wait_until 20 state_is a stopped
    for pid in $before; do
        gone "$pid"
    done
    actorsup down
    assert_equal "$(cgroups_left)" ""
    assert_missing "$T/run/actorsup/t/cgroups"
}
strays_are() { [ "$(xargs -a "$2" -n 1 sh -c 'tr "\0" " " <"/proc/$0/cmdline"; echo' | grep -c '^sleep ')" = "$1" ]; }

@test "limits: each process for a message has a cgroup of its own" {
    needs_cgroup pids
    topology <<'YAML'
actors:
  a: {shell: "grep -o 'pids:.*' /proc/self/cgroup", speaks: once, limits: {processes: 20}}
YAML
    up_system
    local one two
    one=$(actorsend -a -t 20 a x)
    two=$(actorsend -a -t 20 a x)
    [[ $one == *actorsup.t.*/a.0.* ]]
    [ "$one" != "$two" ]
    wait_until 10 prints "" processes_left
}
processes_left() { cgroups_left | grep '/a\.'; }

@test "limits: what a killed supervisor and guardian left is gone with the next up" {
    needs_cgroup pids
    topology <<'YAML'
actors:
  # A process with no mark, no group and no parent of ours: only its cgroup tells.
  a: {shell: "setsid env -i sleep 1000 & exec sleep 1000", speaks: none, limits: {processes: 50}}
YAML
    up_system
    local pid procs before
    procs=$(cgroups_left | grep '/pids/.*/a\.')/cgroup.procs
    wait_until 10 strays_are 2 "$procs"
    before=$(cat "$procs")
    kill_both
    [ -e "$procs" ]
    up_system
    for pid in $before; do
        gone "$pid"
    done
    assert_missing "$procs"
    actorsup down
    assert_equal "$(cgroups_left)" ""
}

@test "limits: what a killed supervisor and guardian left is gone with down, without a mark too" {
    needs_cgroup pids
    topology <<'YAML'
actors:
  a: {shell: "setsid env -i sleep 1000 & exec sleep 1000", speaks: none, limits: {processes: 50}}
YAML
    up_system
    local pid guardian procs before
    procs=$(cgroups_left | grep '/pids/.*/a\.')/cgroup.procs
    wait_until 10 strays_are 2 "$procs"
    before=$(cat "$procs")
    pid=$(supervisor_pid)
    guardian=$(ps -o ppid= -p "$pid")
    kill -STOP "$guardian"
    kill -KILL "$pid" "$guardian"
    wait_until 10 gone "$pid"
    wait_until 10 gone "$guardian"
    actorsup down || true
    for pid in $before; do
        gone "$pid"
    done
    assert_equal "$(cgroups_left)" ""
}

@test "limits: a killed guardian leaves no cgroup, as the supervisor removes them" {
    needs_cgroup pids
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, limits: {processes: 50}}
YAML
    up_system
    assert_not_equal "$(cgroups_left)" ""
    kill -KILL "$(ps -o ppid= -p "$(supervisor_pid)")"
    wait_until 20 prints "" cgroups_left
}

@test "limits: a killed supervisor leaves no cgroup, as the guardian removes them" {
    needs_cgroup pids
    topology <<'YAML'
actors:
  a: {run: sleep 1000, speaks: none, limits: {processes: 50}}
YAML
    up_system
    assert [ -n "$(cgroups_left)" ]
    kill -KILL "$(supervisor_pid)"
    wait_until 20 prints "" cgroups_left
    wait_until 20 none_running
    assert_missing "$T/run/actorsup/t/cgroups"
}
none_running() { run actorsup ps; [ "$status" = 3 ]; }

@test "limits: without cgroups memory is bounded for each process, and processes are refused" {
    setup_other
    as_other mkdir "$(cgroup_of memory)/test.$$" 2>/dev/null && skip "anybody can make cgroups here"
    topology <<YAML
actors:
  hog: {run: [python3, -c, "$HOG"], limits: {memory: 128MiB}, restart: never, speaks: none}
YAML
    run -1 as_other actorsup up
    assert_output --partial MemoryError
    topology <<'YAML'
actors:
  first: {shell: "echo >started", speaks: none}
  a: {run: sleep 1000, limits: {processes: 10}, speaks: none}
YAML
    run -1 as_other actorsup up
    assert_output --partial 'actorsup: actor a: `limits: processes` needs a cgroup'
    assert_missing started
}

@test "limits: what cannot be is a fault of the file" {
    topology <<'YAML'
actors:
  a: {run: cat, limits: {memory: 1KiB}}
  b: {run: cat, limits: {files: 3}}
  c: {run: cat, limits: {processes: 0}}
  d: {run: cat, limits: {cpu: 10ms}}
  e: {run: cat, limits: {core: big}}
  f: {run: cat, limits: {proceses: 3}}
  g: {run: cat, limits: {memory: none, files: none, processes: none, cpu: none, core: none}}
YAML
    run -2 actorsup check
    assert_output --partial '2:34: `memory` takes a size'
    assert_output --partial '3:33: `files` takes a whole number from 8'
    assert_output --partial '4:37: `processes` takes a whole number from 1'
    assert_output --partial '5:31: `cpu` takes a duration'
    assert_output --partial '6:32: `core` takes a size'
    assert_output --partial '7:26: unknown key `proceses` of `limits` (did you mean `processes`?)'
    refute_output --partial ':8:'
}
