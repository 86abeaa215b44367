# What every bats file begins with:  load helper
#
# Each test gets a short folder of its own ($T, under /tmp), stands in $T/t with its own run and
# state folders, and leaves nothing behind: teardown stops every system that was started there,
# and a process that is left after `down` fails the test.

# _lib NAME: what load.bash of that library would read, without a process for the name of each file.
_lib() {
    local dir file
    for dir in ${BATS_LIB_PATH:-} /usr/lib/bats /usr/share/bats /usr/local/lib /opt/homebrew/lib \
        /usr/lib /usr/lib/node_modules; do
        [ -f "$dir/$1/load.bash" ] || continue
        for file in "$dir/$1"/src/*.bash; do
            source "$file"
        done
        return
    done
    echo "helper.bash: $1 is not installed" >&2
    return 1
}
_lib bats-support
_lib bats-assert

: "${SOURCE_DIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILD_DIR:=$SOURCE_DIR/build}"
: "${BUILD_BIN:=$BUILD_DIR/bin}"
: "${PYTHON3:=$(command -v python3)}"
# Sanitizers and loaded machines are slow: deadlines are multiplied by this.
: "${TEST_PATIENCE:=1}"
export SOURCE_DIR BUILD_DIR BUILD_BIN PYTHON3 TEST_PATIENCE

# bats reports on descriptor 3: what outlives a test must not hold it.
actorsup() { command actorsup "$@" 3>&-; }
actorsend() { command actorsend "$@" 3>&-; }

common_setup() {
    local var
    for var in ${!ACTOR_@} ${!ACTORSUP_@} XDG_RUNTIME_DIR NO_COLOR; do
        unset "$var"
    done
    T=$(mktemp -d /tmp/as.XXXXXX)
    mkdir -m 0700 "$T/run" "$T/state" "$T/t"
    export T ACTORSUP_RUNTIME_DIR="$T/run" XDG_STATE_HOME="$T/state" LC_ALL=C.UTF-8
    # The system's own programs before those of version managers, whose start takes seconds.
    export PATH="$BUILD_BIN:/usr/bin:$PATH"
    if [ ! -x "$BUILD_BIN/actorsup" ]; then
        echo "there is no $BUILD_BIN/actorsup: build first, or set BUILD_BIN" >&2
        return 1
    fi
    if [ ! -x "$BUILD_DIR/tests/cli/field" ]; then
        echo "there is no $BUILD_DIR/tests/cli/field: make check TESTS= builds it" >&2
        return 1
    fi
    BACKGROUND=()
    cd "$T/t" || return 1
}

# setup and teardown can be redefined in a file; they call these two then.
setup() { common_setup; }
teardown() { common_teardown; }

# topology [FILE] <<EOF: writes actorsup.yaml. The system is named `t` after its folder.
topology() { cat >"${1:-actorsup.yaml}"; }

# script FILE <<EOF: writes an executable.
script() { cat >"$1" && chmod +x "$1"; }

# patiently SECS: as many seconds as this machine and build are given for SECS.
patiently() { echo $(($1 * TEST_PATIENCE)); }

# within SECS CMD...: a command that must end in time. It is not one of this file's functions.
within() {
    timeout -k 2 $(($1 * TEST_PATIENCE)) "${@:2}" 3>&-
}

# wait_until SECS CMD...: until CMD succeeds; fails, showing the last output, when it has not by then.
# Looking costs the machine more than waiting: the longer it takes, the more rarely it looks, and of
# what is done for it no trace is kept.
wait_until() {
    local - secs=$(($1 * TEST_PATIENCE)) end= now nap=1000 # and thousandths of a second
    set +TE
    shift
    until "$@" >"$T/waits" 2>&1 3>&-; do
        now=$((${EPOCHREALTIME/[.,]/} / 1000))
        : "${end:=$((now + secs * 1000))}"
        if [ "$now" -ge "$end" ]; then
            printf 'not within %s s: %s\n%s\n' "$secs" "$*" "$(cat "$T/waits")" >&2
            return 1
        fi
        [ "$((nap += 10))" -le 1100 ] || nap=1100
        sleep ".${nap#1}"
    done
}

assert_missing() { [ ! -e "$1" ] || { echo "$1 is there" >&2; false; }; }

# Conditions for wait_until.
file_has() { grep -q -- "$2" "$1"; }                     # FILE REGEX
file_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }           # FILE COUNT
gone() { ! kill -0 "$1" 2>/dev/null || is_zombie "$1"; }  # PID
is_zombie() { grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }
differs() { [ "$("${@:2}")" != "$1" ]; }                  # OLD CMD...
prints() { [ "$("${@:2}")" = "$1" ]; }                    # TEXT CMD...

# up_system [ARGS]: the system of ./actorsup.yaml, in the background, ready.
up_system() { actorsup up -d --wait=$((20 * TEST_PATIENCE)) "$@"; }

# ps_get ACTOR KEY: a value of `actorsup ps --json`; of the first process of a pool.
ps_get() { field "$2" actorsup ps --json "$1"; }
field() { "$BUILD_DIR/tests/cli/field" "$@" 3>&-; }
pid_of() { ps_get "$1" pid; }
state_of() { ps_get "$1" state; }
state_is() { [ "$(state_of "$1")" = "$2" ]; }
supervisor_pid() { cat "$ACTORSUP_RUNTIME_DIR/actorsup/${1:-t}/pid"; }

# Guardian and supervisor, so that neither can clean up after the other: a stopped guardian sees no
# end of its child, and its own end would wake up a stopped supervisor (SIGHUP, SIGCONT).
kill_both() {
    local supervisor guardian
    supervisor=$(supervisor_pid)
    guardian=$(awk '/^PPid:/ { print $2 }' "/proc/$supervisor/status")
    kill -STOP "$guardian"
    wait_until 10 grep -q '^State:.T' "/proc/$guardian/status"
    kill -KILL "$supervisor"
    wait_until 10 gone "$supervisor"
    kill -KILL "$guardian"
    wait_until 10 gone "$guardian" # it holds the lock as well
}

# background CMD...: runs it behind the test; BG is its pid. Output goes to $T/bg.N when not redirected.
background() {
    (exec "$@") 3>&- &
    BG=$!
    BACKGROUND+=("$BG")
}

# Processes that were started in this test, by its run folder in their environment.
test_processes() {
    local file pid files
    # grep finds itself too, and is gone once this is assigned.
    files=$(grep -lzsx -- "ACTORSUP_RUNTIME_DIR=$T/run" /proc/[0-9]*/environ 2>/dev/null)
    for file in $files; do
        pid=${file#/proc/}
        pid=${pid%/environ}
        if [ "$pid" != "$BASHPID" ] && [ "$pid" != $$ ] &&
            ! is_zombie "$pid" && [ -n "$(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline")" ]; then
            echo "$pid"
        fi
    done
}

no_test_processes() {
    local left
    left=$(test_processes)
    [ -z "$left" ] || { ps -o pid,ppid,stat,etime,args -p "$(echo "$left" | paste -sd,)" >&2; false; }
}

common_teardown() {
    local pid dir name status=0 left
    [ -n "${T:-}" ] || return 0
    for pid in "${BACKGROUND[@]}"; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    for dir in "$T"/run/actorsup/*/; do
        [ -e "$dir/pid" ] || continue
        name=$(basename "$dir")
        within 20 actorsup -s "$name" down --timeout 5 >"$T/down" 2>&1
        # 3: it was not running any more, which is as well.
        case $? in
        0 | 3) ;;
        *)
            echo "# down of $name failed: $(cat "$T/down")" >&2
            status=1
            ;;
        esac
    done
    if ! wait_until 5 no_test_processes 2>/dev/null; then
        left=$(test_processes)
        for pid in $left; do
            echo "# left behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" >&2
            kill -KILL "$pid" 2>/dev/null
        done
        status=1
    fi
    # What a supervisor that was killed with its guardian has left.
    for dir in "$T"/run/actorsup/*/cgroups; do
        [ ! -e "$dir" ] || find $(cat "$dir") /dev/null -depth -type d -exec rmdir {} + 2>/dev/null
    done
    cd /
    if [ -n "${BATS_TEST_COMPLETED:-}" ] || [ -z "${KEEP_FAILED:-}" ]; then
        rm -rf "$T"
    else
        echo "# kept: $T" >&2
    fi
    return "$status"
}

# copy_of EXAMPLE: here, and ours to write to: a distribution's files are read-only.
copy_of() {
    cp -r "$SOURCE_DIR/examples/$1" . && chmod -R u+w .
}
