bats_require_minimum_version 1.5.0
load helper
load conditions
load transports

# Actors over tls: the certificate, and who takes it. See also transports.bats.

one_over_tls() {
    [ -e cert.pem ] || certificate cert
    topology <<YAML
tls: {cert: cert.pem, key: cert.key, ca: ca.pem}
actors:
  a: {run: $UPPER, speaks: frames, transport: tls, backoff: {min: 1ms}, limit: {restarts: 3, within: 60s}}
  other: {run: cat}
YAML
}

# Of no days: valid to the end of the second that it was made in.
has_expired() { [ "$(date +%s)" -gt "$(date -d "$(openssl x509 -enddate -noout -in "$1" | cut -d= -f2)" +%s)" ]; }

faulty() { # TLS TEXT
    topology <<YAML
tls: $1
actors: {a: {run: $UPPER, speaks: frames, transport: tls}}
YAML
    run -2 actorsup check
    assert_output --partial "$2"
}

@test "tls: check tells each fault of the files, and what to do" {
    certificate cert
    certificate other 2 otherca
    faulty '{cert: none.pem, key: cert.key, ca: ca.pem}' 'actorsup.yaml:1:13: `cert`: '
    assert_output --partial 'none.pem: there is no such file'
    faulty '{cert: cert.pem, ca: ca.pem}' '`tls` needs `key` as well'
    faulty '{cert: cert.pem, key: other.key, ca: ca.pem}' 'other.key is not the key of the certificate'
    faulty '{cert: cert.pem, key: cert.key, ca: otherca.pem}' 'otherca.pem does not vouch for the certificate'
    faulty '{cert: cert.key, key: cert.key, ca: ca.pem}' 'cert.key is not a certificate in PEM'
    faulty '{cert: cert.pem, key: cert.pem, ca: ca.pem}' '(chmod 600)'
    faulty '{cert: cert.pem, key: cert.key, ca: cert.key}' 'cert.key has no certificates in PEM'
    faulty '{cert: cert.pem, key: cert.key, ca: ca.pem, name: elsewhere.example}' \
        'is not one of `elsewhere.example`, which clients will look for'
    chmod 644 cert.key
    faulty '{cert: cert.pem, key: cert.key, ca: ca.pem}' 'others can read or change'
    certificate old 0
    wait_until 10 has_expired old.pem
    faulty '{cert: old.pem, key: old.key, ca: ca.pem}' 'certificate has expired'
    topology <<'YAML'
actors: {a: {run: cat, speaks: frames, transport: tls}}
YAML
    run -2 actorsup check
    assert_output --partial '1:40: `transport: tls` needs `tls: {cert, key, ca}` at the top of the file'
    one_over_tls
    chmod 600 cert.key
    run -0 actorsup check
}

@test "tls: an actor that trusts somebody else says so, and the log does" {
    certificate cert
    certificate other 2 otherca
    topology <<YAML
tls: {cert: cert.pem, key: cert.key, ca: ca.pem}
defaults: {speaks: frames, transport: tls, backoff: {min: 1ms}, limit: {restarts: 1, within: 60s}}
actors:
  c: {shell: "ACTOR_TLS_CA=$PWD/otherca.pem exec $UPPER"}
  py: {shell: "ACTOR_TLS_CA=$PWD/otherca.pem exec $CLIENT actor"}
  name: {shell: "ACTOR_TLS_NAME=elsewhere.example exec $UPPER"}
  nobody: {shell: "ACTOR_TLS_CA= exec $UPPER"}
  good: {run: $UPPER}
YAML
    actorsup up -d
    for a in c py name nobody; do wait_until 20 state_is $a failed; done
    log_has c 'no TLS: the certificate there is not one that .ACTOR_TLS_CA vouches for'
    log_has py 'certificate verify failed'
    log_has name 'no TLS: the certificate there is not one that .ACTOR_TLS_CA vouches for'
    log_has nobody 'is no file of certificates'
    wait_until 10 gate_says tls 'it does not trust who signed the certificate'
    assert_equal "$(actorsend -a -t 20 good hello)" HELLO
}

@test "tls: a certificate that has expired since: the actor and the log say so" {
    one_over_tls
    up_system
    certificate old 0
    wait_until 10 has_expired old.pem
    cp old.pem cert.pem
    cp old.key cert.key
    gate=$(gate_pid)
    kill -KILL "$gate"
    wait_until 20 state_is a failed
    log_has a 'or it has expired'
    actorsup events | grep 'gate.refused transport=tls'
    run -2 actorsup reload
    assert_output --partial 'certificate has expired'
    certificate cert
    actorsup reload
    actorsup start a
    actorsup wait --for ready a
    assert_equal "$(actorsend -a -t 20 a hello)" HELLO
}

@test "tls: a certificate is renewed by reload, and nobody is disturbed" {
    one_over_tls
    up_system
    pid=$(pid_of a)
    gate=$(gate_pid)
    rm ca.pem
    certificate cert
    actorsup reload
    assert_equal "$(actorsend -a -t 20 a hello)" HELLO
    assert_equal "$(pid_of a) $(gate_pid)" "$pid $gate"
    actorsup restart a
    wait_until 20 differs "$pid" pid_of a
    assert_equal "$(actorsend -a -t 20 a hello)" HELLO
    mkdir new && mv ca.pem cert.pem cert.key new/
    sed -i '1s#: \(c[a-z]*\.\)#: new/\1#g' actorsup.yaml
    run -0 actorsup reload
    assert_output --partial tls
    assert_equal "$(actorsend -a -t 20 a hello)" HELLO
}

@test "tls: version 1.2 at least, and a client that speaks none is told in the log" {
    certificate cert
    topology <<YAML
tls: {cert: cert.pem, key: cert.key, ca: ca.pem}
actors:
  a: {run: $UPPER, speaks: frames, transport: tls}
  plain: {shell: "ACTOR_URL=tcp\$\${ACTOR_URL#tls+tcp} exec $UPPER", speaks: frames, transport: tls,
          limit: {restarts: 0, within: 60s}}
YAML
    actorsup up -d
    wait_until 20 state_is plain failed
    wait_until 10 gate_says tls 'it does not speak TLS'
    log_has plain 'connection'
    actorsup wait --for ready a
    at="127.0.0.1:$(gate_port tls)"
    for v in tls1_2 tls1_3; do
        run -0 openssl s_client -connect "$at" -$v -CAfile ca.pem -verify_hostname localhost -verify_return_error </dev/null
    done
    run openssl s_client -connect "$at" -tls1_1 -cipher DEFAULT:@SECLEVEL=0 </dev/null
    refute_output --partial 'Cipher    : E'
    assert_equal "$(actorsend -a -t 20 a hello)" HELLO
}
