# More conditions and values for tests of mail; after `load helper`.

OBEY="$PYTHON3 -B $SOURCE_DIR/tests/cli/obey.py"
CLIENT="$PYTHON3 -B $SOURCE_DIR/tests/protocol/client.py"
export OBEY CLIENT

audit_get() { field "$2" actorsup audit --json "$1"; }
balanced() { actorsup audit >/dev/null; }
dead_count() { field '#' actorsup dead ls --json; }
dead_is() { [ "$(dead_count)" = "$1" ]; }
first_dead() { dead_get id; }
dead_get() { field "$1" actorsup dead ls --json; } # of the oldest
blocked() { [[ "$(ps_get "$1" reason)" == *"waits for room"* ]]; }
idle() { [ "$(ps_get "$1" queued,in_hand)" = "0 0" ]; }
log_has() { actorsup logs -n 100000 "$1" | grep -q -- "$2"; }
log_count() { actorsup logs -n 100000 "$1" | grep -c -- "$2"; }
says() { actorsup events | grep -q -- "$1"; }
state_of_host() { actorsup host --json | jq -r --arg h "$1" '.[] | select(.name == $h).state'; }
got() { cat "got.$1" 2>/dev/null; }

# memory PID: KiB that a process has in use. grown_less PID BEFORE KIB: than that much since; what
# sanitizers keep says nothing.
memory() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }
grown_less() { sanitized || [ "$(($(memory "$1") - $2))" -lt "$3" ]; }
sanitized() { grep -q '^  \$ .*--enable-sanitize' "$BUILD_DIR/config.log" 2>/dev/null; }
