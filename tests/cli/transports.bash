# Transports that go through the gate, for tests; after `load helper` and `load conditions`.

NETWORKS=${NETWORKS:-tcp ws tls}
net() { "$PYTHON3" -B "$SOURCE_DIR/tests/cli/network.py" "$@" 3>&-; }

gate_pid() { actorsup events --json | jq -r 'select(.event == "gate.start").pid' | tail -n 1; }
gate_port() { actorsup events --json | jq -r "select(.event == \"gate.listens\" and .transport == \"$1\").port" | tail -n 1; }
gate_url() { echo "${1/tls/tls+tcp}://127.0.0.1:$(gate_port "$1")/"; }
gate_says() { actorsup events | grep -q -- "gate.refused transport=$1 .*$2"; }
gate_fds() { find "/proc/$(gate_pid)/fd" -mindepth 1 | wc -l; }
gate_is_light() { [ "$(gate_fds)" -lt 40 ]; }

UPPER="$BUILD_DIR/examples/c/upper"
WORDS="$BUILD_DIR/examples/c/words"

# One of each, under its name; the rest of the file comes from standard input.
topology_of_networks() {
    {
        echo "actors:"
        for n in $NETWORKS; do
            printf '  %s: {run: %s, speaks: frames, transport: %s, backoff: {min: 10ms}, limit: {restarts: 100, within: 60s}}\n' \
                "$n" "$UPPER" "$n"
        done
        cat
        tls_keys
    } | topology
}

# certificate NAME [DAYS] [AUTHORITY]: NAME.pem and NAME.key, of the name `localhost`, signed by AUTHORITY,
# which is made when it is not there.
certificate() {
    local ca=${3:-ca}
    [ -e "$ca.pem" ] || openssl req -x509 $KEYS -keyout "$ca.key" -out "$ca.pem" -days 2 -subj "/CN=$ca" 2>/dev/null
    openssl req $KEYS -keyout "$1.key" -out "$1.csr" -subj /CN=test 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA "$ca.pem" -CAkey "$ca.key" -CAcreateserial -days "${2:-2}" -out "$1.pem" \
        -extfile <(echo subjectAltName=DNS:localhost) 2>/dev/null
    chmod 600 "$1.key"
}
KEYS="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
# What the file says of it, once it is there.
tls_keys() {
    [ -e cert.pem ] || certificate cert
    echo 'tls: {cert: cert.pem, key: cert.key, ca: ca.pem}'
}
