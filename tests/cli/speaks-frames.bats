bats_require_minimum_version 1.5.0
load helper
load conditions

# See also protocol.bats.

@test "frames: the same actor over ipc and over its stdin and stdout" {
    topology <<YAML
actors:
  ipc: {run: $CLIENT actor, speaks: frames, to: sink}
  pipe: {run: $CLIENT actor, speaks: frames, to: sink, transport: stdio}
  sink: {shell: "exec cat >out"}
YAML
    up_system
    for a in ipc pipe; do
        assert_equal "$(actorsend -a -t 20 $a 'echo hello')" hello
        actorsend $a "echo from $a"
        wait_until 10 file_has out "from $a"
    done
}

@test "frames: a death costs no mail, the attempt is counted, and the token is a new one" {
    topology <<YAML
actors:
  ipc: {run: $CLIENT actor, speaks: frames, backoff: {min: 1ms}, mailbox: {retry: 3}}
  pipe: {run: $CLIENT actor, speaks: frames, transport: stdio, backoff: {min: 1ms}, mailbox: {retry: 3}}
YAML
    up_system
    for a in ipc pipe; do
        actorsend $a die
        wait_until 20 log_has $a 'mail.dead'
        assert_equal "$(actorsend -a -t 20 $a 'echo again')" again
        assert_equal "$(actorsup dead ls --json | jq -r ".[] | select(.to == \"$a\") | .attempts")" 3
    done
    balanced
}

@test "frames: one that leaves its stream and lives on is restarted" {
    script leaves <<'SH'
#!/bin/bash
echo started >>starts
exec sleep 1000 <&- >&-
SH
    topology <<'YAML'
actors:
  l: {run: ./leaves, speaks: frames, transport: stdio, backoff: {min: 1ms}, limit: {restarts: 3, within: 60s}}
  other: {run: sleep 1000, speaks: none}
YAML
    actorsup up -d
    actorsend l x
    # Its mail is kept, whatever becomes of it.
    wait_until 10 file_lines starts 1
    assert_equal "$(audit_get l accepted) $(audit_get l handled)" "1 0"
    balanced
}
