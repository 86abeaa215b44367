# What each file of the conformance suite begins with:  load conform
#
# A behaviour is tested over a list of kinds of actors: each speaks, runs and is connected another way,
# and does the same at the same words (README.md). One system has one actor of each kind, named as its kind is.
load ../cli/helper
load ../cli/conditions
load ../cli/transports

CONFORMER=$BUILD_DIR/tests/conform/conformer
OBJECT=$BUILD_DIR/tests/conform/.libs/conformer.so
ACTOR="$PYTHON3 -B $SOURCE_DIR/tests/conform/actor.py"
PATIENCE=$(patiently 20)

KINDS="json frames-ipc frames-stdio frames-tcp frames-ws frames-tls"
[ ! -f "$OBJECT" ] || KINDS="$KINDS frames-thread frames-sequence" # built without shared libraries
PROCESSES="json frames-ipc frames-stdio frames-tcp frames-ws frames-tls" # with a process of their own
FILTERS="lines"

# The certificate is made once for a file.
setup_file() { (cd "$BATS_FILE_TMPDIR" && tls_keys >/dev/null); }
setup() {
    common_setup
    cp "$BATS_FILE_TMPDIR"/*.{pem,key} .
    [ ! -f "$OBJECT" ] || cp "$OBJECT" conformer.so
}

# entry KIND NAME [KEYS] [WORDS]: the entry of an actor of that kind, its command with WORDS.
entry() {
    local command="$CONFORMER${4:+ $4}" keys="speaks: frames"
    case $1 in
    lines) command="$ACTOR filter" keys="speaks: lines, ack: line" ;;
    json) command="$ACTOR${4:+ $4}" keys="speaks: json" ;;
    frames-thread | frames-sequence)
        command="./conformer.so${4:+ $4}" keys="$keys, in: ${1#frames-}, host: host-${5:-$2}"
        ;;
    frames-ipc | frames-stdio | frames-tcp | frames-ws | frames-tls) keys="$keys, transport: ${1#frames-}" ;;
    *)
        echo "conform.bash: there is no kind $1" >&2
        return 1
        ;;
    esac
    printf '  %s: {run: %s, %s%s}\n' "$2" "$command" "$keys" "${3:+, $3}"
}

# system_of_kinds [-k KINDS] [KEYS] [WORDS] <MORE: one of each, with KEYS and MORE entries, is up and ready.
topology_of_kinds() {
    local kinds=$KINDS kind
    if [ "$1" = -k ]; then
        kinds=$2
        shift 2
    fi
    {
        echo "defaults: {backoff: {min: 1ms, max: 20ms}}"
        tls_keys
        echo "actors:"
        for kind in $kinds; do entry "$kind" "$kind" "$1" "$2"; done
        [ -t 0 ] || cat
    } | topology
}
system_of_kinds() {
    topology_of_kinds "$@"
    up_system
}

# templates [KEYS] [KINDS]: a template kid-KIND for each, as entries.
templates() {
    local kind keys=${1:-}
    for kind in ${2:-$KINDS}; do entry "$kind" "kid-$kind" "template: true${keys:+, $keys}"; done
}

# each_kind FUNCTION [KIND...]: does FUNCTION with K, the kind, for each; what failed is named.
each_kind() {
    local function=$1 K
    shift
    for K in ${*:-$KINDS}; do
        echo "kind: $K" # the last one is where it failed
        "$function"
    done
}

# in_background FILE COMMAND...: with FILE as its input.
in_background() { background sh -c 'input=$1; shift; exec "$@" <"$input"' sh "$@"; }

# What outside clients do.
ask() { actorsend -a -t "$PATIENCE" "$@"; }
answers() { # ADDRESS WORDS ANSWER
    local got
    got=$(ask "$1" "$2") || return
    [ "$got" = "$3" ] || {
        echo "$1 answers '$2' by '$got' and not by '$3'" >&2
        return 1
    }
}
refuses() { # WHY ACTORSEND'S ARGUMENTS
    local why=$1 out
    shift
    if out=$(actorsend -t "$PATIENCE" "$@" 2>&1); then
        echo "was accepted: actorsend $*" >&2
        return 1
    fi
    [[ "$out" == *"$why"* ]] || {
        echo "refused, but by '$out' and not by '$why'" >&2
        return 1
    }
}

# What an actor was given: `TYPE ATTEMPT FROM TAG BODY [HEADERS]`, a line each.
saw() { grep -q -- "$2" "got.$1"; }                  # ACTOR REGEX
sees() { wait_until 20 saw "$@"; }
saw_times() { [ "$(grep -c -- "$2" "got.$1")" = "$3" ]; } # ACTOR REGEX COUNT
sees_times() { wait_until 20 saw_times "$@"; }
dead_of() { # ADDRESS: reasons of the dead letters that were to go there
    actorsup dead ls --json | jq -r --arg to "$1" '.[] | select(.to == $to).reason'
}
has_dead() { dead_of "$1" | grep -q -- "$2"; } # ADDRESS REGEX
known() { actorsup ps -q | grep -qx -- "$1"; }
unknown() { ! known "$1"; }
members() { actorsup ps --json "$1" | jq '[.[] | select(.state == "ready")] | length'; }
restarts_of() { ps_get "$1" restarts; }
