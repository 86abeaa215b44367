bats_require_minimum_version 1.5.0
load helper

# Whoever feeds `slow` is done while most of what it sent is still in the mailbox.
@test "the end of a flow comes also when the mailbox drains long after its upstream is done" {
    script slow <<'SH'
#!/bin/sh
until [ -e go ]; do sleep 0.02; done
exec cat
SH
    for pool in 1 2; do
        rm -f go out
        topology <<YAML
actors:
  read: {run: seq 1 5000, to: slow, restart: never}
  slow: {run: ./slow, pool: $pool, to: keep, eof: upstream, restart: never}
  keep: {shell: exec cat >out, eof: upstream, restart: never}
YAML
        actorsup up -d
        wait_until 10 state_is read done
        touch go
        wait_until 30 no_test_processes # it ends by itself
        sort -n out | cmp - <(seq 1 5000)
    done
}
