# Of copies of mail, for tests; after `load helper`, `conditions` and `elsewhere`.

two() { two_hosts "alone: keep ${1:-1h}, down_after: ${2:-5s}"; }
times() { [ "$(events_count "$1")" -ge "$2" ]; }
bodies() { sed 's/^[a-z]* [0-9]* //' "got.$1"; }
# Who has the copy, or had it last.
holder() { actorsup events | sed -n 's/.* mail.copied host=\([a-z]*\) .*/\1/p' | tail -n 1; }
up_copied() {
    up_system
    wait_until 20 says mail.copied
}
again() {
    local before
    before=$(events_count mail.returned)
    kill_home
    up_system "$@"
    wait_until 20 times mail.returned $((before + 1))
}
# One that runs here alone, so that nothing of it goes on elsewhere.
here() {
    two "$@" <<YAML
actors:
  a: {run: $OBEY, speaks: json, on: {}, failover: after 1h}
YAML
}
other_of() { [ "$1" = west ] && echo east || echo west; }
both_up() {
    wait_until 20 prints up state_of_host west
    wait_until 20 prints up state_of_host east
}
events_count() { actorsup events | grep -c -- "$1" || true; }
copies_there() { actorsup host --json | jq '[.[].copies // empty] | add'; }
waits_for_copy() { [[ "$(ps_get a reason)" == *"the copy of its mail: "* ]]; }

# Nodes have their run folders where they are, also for a supervisor elsewhere.
run_folders() { sed -i "s#launch: \[env, #&ACTORSUP_RUNTIME_DIR=$T/run, #" actorsup.yaml; }
# The next supervisor is on another machine: what this one knew is not known there, and its run folder is not
# there. Ends with `actorsup down`, as common_teardown does not find it.
elsewhere() {
    mkdir "$T/elsewhere"
    rm -r "$T/state/actorsup/t"
    export XDG_STATE_HOME=$T/state-elsewhere ACTORSUP_RUNTIME_DIR=$T/elsewhere
}
waiting() { actorsup audit --json a | jq '.[0] | .queued + .in_hand'; }
# numbers N: that many for a, which does not handle them now; all are copied.
numbers() {
    seq "$1" | actorsend a
    wait_until 20 prints "$1" copies_there
}

# What is launched for a host fails while a file shut-HOST is there; cut_off HOST breaks its connection.
can_be_shut() { sed -i 's#^exec#[ ! -e "shut-${HOME\#\#*/}" ] || exit 1\nexec#' link; }
cut_off() {
    local pid
    for pid in $(cat links); do
        if tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -q "^HOME=.*/$1\$"; then
            kill -KILL "$pid"
        fi
    done
}
