bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/elsewhere

# Connections, hosts and the supervisor that die in random order while numbers are sent to an actor
# of whose mail there is a copy. The test prints its seed; FAULT_SEED=N runs it again the same way,
# FAULT_ROUNDS=N longer.

copy_is_whole() { actorsup host --json | jq -e 'any(.[]; .copies != null)' >/dev/null; }
hosts_up() { actorsup host --json | jq -e 'all(.[]; .state == "up")' >/dev/null; }

# Sends numbers from $1 on, and notes those that were accepted.
send_from() {
    local from=$1 n=20000 said accepted
    said=$(seq "$from" $((from + n - 1)) | timeout 60 actorsend a 2>&1 >/dev/null 3>&-)
    case $? in
    0) accepted=$n ;;
    *) accepted=$(sed -n 's/.*: accepted \([0-9]*\) of .*/\1/p' <<<"$said") ;;
    esac
    [ "${accepted:-0}" -eq 0 ] || seq "$from" $((from + accepted - 1)) >>accepted
    touch "sent.$from"
}

one_dies() {
    local host=west
    [ $((RANDOM % 2)) -eq 0 ] || host=east
    case $((RANDOM % 4)) in
    0) kill -KILL "$(tail -n $((RANDOM % 2 + 1)) links | head -n 1)" 2>/dev/null || true ;;
    1)
        wait_until 30 hosts_up
        kill -KILL "$(node_pid "$host")"
        ;;
    *)
        wait_until 30 copy_is_whole
        kill_home
        actorsup up -d
        ;;
    esac
}

@test "copies: whatever dies when, what was accepted arrives, in order" {
    RANDOM=${FAULT_SEED:=$((EPOCHSECONDS % 32768))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
    two_hosts "alone: keep 1h, down_after: 2s" <<'YAML'
actors:
  a: {shell: 'while read -r l; do echo "$$l"; done | tee -a out', ack: line, on: {}, failover: after 1h}
YAML
    : >accepted
    : >out
    up_system
    wait_until 20 copy_is_whole
    local round from=1
    for round in $(seq "${FAULT_ROUNDS:-12}"); do
        background bash -c "$(declare -f send_from actorsend); send_from $from"
        sleep "0.0$((RANDOM % 10))"
        one_dies
        wait_until 70 test -e "sent.$from"
        from=$((from + 20000))
    done
    wait_until 30 copy_is_whole
    wait_until 60 prints 0 waiting
    comm -23 <(sort accepted) <(sort -u out) | head >lost
    assert_equal "$(cat lost)" ""
    # What comes again comes as it came before: what is new is in order.
    awk '!seen[$0]++ { if ($0 + 0 < last) { print $0, "behind", last; exit 1 } last = $0 + 0 }' out
    [ "$(wc -l <accepted)" -gt 0 ]
    actorsup audit
}
waiting() { actorsup audit --json a | jq '.[0] | .queued + .in_hand'; }
