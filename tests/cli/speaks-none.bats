bats_require_minimum_version 1.5.0
load helper
load conditions

@test "none: a plain process under supervision; it has no mailbox" {
    topology <<'YAML'
actors:
  n: {shell: "echo out; echo err >&2; exec sleep 1000", speaks: none, backoff: {min: 1ms}}
YAML
    up_system
    wait_until 10 log_has n out
    log_has n err
    run -1 actorsend n x
    assert_output --partial "no mailbox"
    local pid
    pid=$(pid_of n)
    actorsup kill n
    wait_until 10 differs "$pid" pid_of n
    wait_until 10 state_is n ready
    assert_equal "$(ps_get n restarts)" 1
}
