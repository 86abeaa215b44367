bats_require_minimum_version 1.5.0
load helper
load conditions

# examples/slurm with a real Slurm, all of it on this machine: munge, a controller, and three nodes
# that differ in their ports. Every file of it is in the test's folder.

setup() {
    local program
    PATH=$PATH:/usr/sbin:/sbin
    for program in munged slurmctld slurmd srun sbatch; do
        command -v "$program" >/dev/null || skip "Slurm is not installed: there is no $program"
    done
    common_setup
    # One home on all nodes, as clusters have it.
    mkdir "$T/home"
    export HOME=$T/home
    unset XDG_CACHE_HOME "${!SLURM_@}" "${!SBATCH_@}" "${!SALLOC_@}" "${!SRUN_@}"
    cluster_up
    copy_of slurm && cd slurm
}
teardown() {
    local status=0
    [ -z "${CLUSTER:-}" ] || cluster_down || status=1
    common_teardown && return "$status"
}

free_ports() { # COUNT
    "$PYTHON3" -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

# Slurm listens on the loopback alone where this machine's name is an address there; elsewhere
# everywhere, and only munge's key lets anybody in.
named_loopback() { getent ahostsv4 "$(uname -n)" | grep -q "^127\.0\.0\.1 "; }
cluster_conf() { # PORT of the controller, then of each node
    cat <<CONF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$1
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$CLUSTER/munge
CredType=cred/munge
StateSaveLocation=$CLUSTER/state
SlurmdSpoolDir=$CLUSTER/%n
SlurmctldPidFile=$CLUSTER/slurmctld.pid
SlurmdPidFile=$CLUSTER/%n.pid
SlurmctldLogFile=$CLUSTER/slurmctld.log
SlurmdLogFile=$CLUSTER/%n.log
$(named_loopback && echo CommunicationParameters=NoInAddrAny,NoCtldInAddrAny)
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MailProg=/bin/true
NodeName=node1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$2 CPUs=2
NodeName=node2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$3 CPUs=2
NodeName=node3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$4 CPUs=2
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
}

# daemon NAME CMD...: in the background. All of the cluster stand in its folder: by that they are found.
daemon() {
    background env -C "$CLUSTER" "${@:2}" >"$CLUSTER/$1.out" 2>&1
    DAEMONS+=("$BG")
}
cluster_up() {
    local node
    CLUSTER=$T/cluster
    DAEMONS=()
    mkdir "$CLUSTER" "$CLUSTER"/{state,node1,node2,node3}
    (umask 077 && head -c 128 /dev/urandom >"$CLUSTER/key")
    cluster_conf $(free_ports 4) >"$CLUSTER/slurm.conf"
    export SLURM_CONF=$CLUSTER/slurm.conf
    watch
    # By force, as its folder is closed to others, and the paths to it must not be.
    daemon munged munged --foreground --force --socket="$CLUSTER/munge" --key-file="$CLUSTER/key" \
        --pid-file="$CLUSTER/munge.pid" --seed-file="$CLUSTER/seed" --log-file="$CLUSTER/munge.log"
    wait_until 20 test -S "$CLUSTER/munge"
    daemon slurmctld slurmctld -D -i
    wait_until 20 within 10 scontrol ping
    for node in node1 node2 node3; do daemon "$node" slurmd -D -N "$node"; done
    wait_until 30 prints 3 idle_nodes || { tail -n 20 "$CLUSTER"/*.log >&2; return 1; }
}
idle_nodes() { within 20 sinfo -h -N -t idle -o %N | wc -l; }

# Of all that belongs to the cluster. What runs a step hides its environment, and has no parent.
cluster_processes() {
    find /proc/[0-9]*/cwd /proc/[0-9]*/fd -maxdepth 1 -lname "$CLUSTER*" 2>/dev/null | cut -d/ -f3 | sort -u
}
# Should the test itself be killed, by its time limit, say, those would stay: this kills them then. It
# is not killed with the test: it has a session of its own, and does not bear its mark.
watch() {
    background setsid env -u TEST_RUN_MARK -u ACTORSUP_RUNTIME_DIR "CLUSTER=$CLUSTER" bash -c "
        $(declare -f cluster_processes gone is_zombie)
        while ! gone $$; do sleep 0.2; done
        while left=\$(cluster_processes) && [ -n \"\$left\" ]; do kill -KILL \$left; sleep 0.2; done"
}
no_jobs() { [ -z "$(within 20 squeue -h 2>&1)" ]; }
# First what runs in it, while there is still somebody to end it.
cluster_down() {
    local pid status=0
    for pid in "$T"/run/actorsup/job-*/pid; do
        [[ $pid == *@* || ! -e $pid ]] || within 20 actorsup -s "$(basename "${pid%/pid}")" down --timeout 5 >/dev/null 2>&1
    done
    within 10 scancel -Q -u "$(id -un)" 2>/dev/null
    wait_until 10 no_jobs 2>/dev/null
    # The last first: munge, without which the others cannot part.
    for ((i = ${#DAEMONS[@]} - 1; i >= 0; i--)); do
        kill "${DAEMONS[i]}" 2>/dev/null && wait_until 10 gone "${DAEMONS[i]}"
    done
    wait_until 5 prints "" cluster_processes 2>/dev/null && return
    for pid in $(cluster_processes); do
        echo "# left behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" >&2
        kill -KILL "$pid" 2>/dev/null
        status=1
    done
    return "$status"
}

# allocate: as salloc does for a shell, for this one.
allocate() {
    within 20 salloc -Q --no-shell --no-kill --nodes=3
    export SLURM_JOB_ID SLURM_JOB_NODELIST SLURM_JOB_NUM_NODES=3
    SLURM_JOB_ID=$(within 20 squeue -h -o %i)
    SLURM_JOB_NODELIST=$(within 20 squeue -h -o %N)
    export ACTORSUP_SYSTEM=job-$SLURM_JOB_ID
}
steps() { within 20 squeue -h -s -o %i | wc -l; }
hosts_of_pool() { actorsup ps --json work | jq -r '.[] | select(.state == "ready").host' | sort -u | paste -sd' '; }
nodes_in() { sed 's/.* by //' "$1" | sort -u | paste -sd' '; }
numbers_in() { sed 's/:.*//' "$1"; }
up_again() { [ "$(actorsup events | grep -c "host.up host=$1\$")" -ge 2 ]; }
srun_to() { pgrep -P "$(supervisor_pid "$ACTORSUP_SYSTEM")" -f -- "-w $1 "; }

@test "slurm: the job as it is, by sbatch: all answers, in order; nothing is left of it" {
    local id # not by --wait, which asks only now and then
    id=$(within 20 sbatch --parsable -o answers -e said job 1000 1999)
    wait_until 60 no_jobs
    file_has <(within 20 scontrol show job -o "$id") 'JobState=COMPLETED .*ExitCode=0:0'
    assert_equal "$(numbers_in answers)" "$(seq 1000 1999)"
    assert_equal "$(sed -n 's/ by node[1-3]$//; s/^1024: //p' answers)" "2 2 2 2 2 2 2 2 2 2"
    file_has said "^work  *1000  *1000 .* ok$"
}

@test "slurm: an allocation: the program is brought by srun, all nodes work, a link is cut, a node is lost, no mail is" {
    export FAILOVER=3s
    local was from=100000000000000000000000000 # some milliseconds for each
    allocate
    { cat actorsup.yaml; ./hosts; } >job.yaml
    # The nodes do not find what is installed, so that it goes through srun, byte for byte.
    PATH=${PATH#"$BUILD_BIN:"} "$BUILD_BIN/actorsup" up -d --wait job.yaml 3>&-
    wait_until 20 prints "node1 node2 node3" hosts_of_pool
    actorsup events | grep -q host.push
    seq "$from" "${from%000}200" | within 60 actorsend -a -t 60 work >first
    assert_equal "$(numbers_in first)" "$(seq "$from" "${from%000}200")"
    assert_equal "$(nodes_in first)" "node1 node2 node3"
    # Slurm ends all of a step when its srun is gone: what was in hand there comes again elsewhere.
    was=$(srun_to node2)
    background bash -c "seq $from ${from%000}400 | exec '$BUILD_BIN/actorsend' -a -t 60 work" >second
    wait_until 20 file_lines second 50
    kill -KILL "$was"
    wait "$BG"
    assert_equal "$(numbers_in second)" "$(seq "$from" "${from%000}400")"
    wait_until 20 up_again node2
    wait_until 20 prints "node1 node2 node3" hosts_of_pool
    # A node that is lost: what was in hand there is done on the others.
    background bash -c "seq $from ${from%000}400 | exec '$BUILD_BIN/actorsend' -a -t 60 work" >third
    wait_until 20 file_lines third 50
    within 10 scontrol update nodename=node3 state=down reason=test
    wait "$BG"
    assert_equal "$(numbers_in third)" "$(seq "$from" "${from%000}400")"
    wait_until 20 prints "node1 node2" hosts_of_pool
    balanced
    run -1 actorsup down
    assert_output --partial "node3 (10s) could not be reached"
    wait_until 10 prints 0 steps
}
