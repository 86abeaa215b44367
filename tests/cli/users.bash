# Tests that need root, another user, or none; after `load helper`.

needs_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }

# What is built can be reached by another user than root.
needs_reach() {
    setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$BUILD_BIN/actorsup" ||
        skip "nobody cannot reach $BUILD_BIN"
}

# open_folder: any user may enter the test's folder, and read what is in it.
open_folder() { chmod 711 "$T" && chmod 755 "$T/t"; }

# as_other CMD...: as an ordinary user: nobody, when we are root.
as_other() {
    if [ "$(id -u)" = 0 ]; then
        within 60 setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        within 60 "$@"
    fi
}
setup_other() {
    [ "$(id -u)" = 0 ] || return 0
    needs_reach
    chmod 711 "$T"
    chown 65534:65534 "$T/run" "$T/state" "$T/t"
}

# cgroup_of CONTROLLER: the folder of our own cgroup, version 1.
cgroup_of() {
    echo "/sys/fs/cgroup/$1$(sed -n "s/^[0-9]*:\([^:]*,\)\?$1\(,[^:]*\)\?:\/\?/\//p" /proc/self/cgroup)"
}
needs_cgroup() {
    local controller dir
    for controller; do
        dir=$(cgroup_of "$controller")
        mkdir "$dir/test.$$" 2>/dev/null && rmdir "$dir/test.$$" ||
            skip "no cgroup with the controller $controller can be made here"
    done
}
# Those of the system t of this test that are there: other tests have one of the same name. Which ones
# they are is known from its record, as long as there is one.
cgroups_seen() { cat "$T/run/actorsup/t/cgroups" >>"$T/cgroups" 2>/dev/null || true; }
cgroups_left() {
    local base
    cgroups_seen
    sort -u "$T/cgroups" 2>/dev/null | while read -r base; do
        [ ! -d "$base" ] || find "$base" -type d 2>/dev/null || true
    done
}
