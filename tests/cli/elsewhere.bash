# Other hosts, for tests; after `load helper`. Here a host is a folder: what is launched runs on this
# machine, with a home of its own.

# host NAME [KEYS]: its entry, as a line of `hosts`.
host() { echo "  $1: {launch: [env, HOME=$T/$1, XDG_STATE_HOME=$T/$1/state, $PWD/link], dir: $PWD${2:+, $2}}"; }
# What stands between: as ssh, it carries two pipes, and can be killed.
link_script() {
    cat >link <<'SH'
#!/bin/sh
[ ! -e closed ] || exit 1
echo $$ >>links
exec "$@"
SH
    chmod +x link
}
two_hosts() {
    link_script
    topology <<YAML
hosts:
$(host west "$1")
$(host east "$1")
$(cat)
YAML
}
node_pid() { cat "$T/run/actorsup/t@$1/pid"; }
events_of_host() { actorsup events | grep -c "$1 host=$2"; }

# At once: each would end all that is below it when it sees that the other is gone, and here the
# supervisors of the hosts are below them.
kill_home() {
    local pid guardian
    pid=$(supervisor_pid)
    guardian=$(ps -o ppid= -p "$pid" | tr -d ' ')
    kill -STOP "$guardian"
    kill -KILL "$pid"
    kill -KILL "$guardian"
    wait_until 10 gone "$pid"
}
