bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# Reloads at random. The seed is printed; FAULT_SEED=N begins again with the same topologies, and
# RELOADS_SECS=N goes on for so long.

@test "reloads at random moments, under load, with deaths and commands between: nothing is lost" {
    : "${FAULT_SEED:=$((EPOCHSECONDS % 32768))}"
    echo "# FAULT_SEED=$FAULT_SEED" >&3
    run "$PYTHON3" -B "$SOURCE_DIR/tests/fault/reloads.py" "$FAULT_SEED" "${RELOADS_SECS:-10}" 3>&-
    echo "# $output" | head -n 1 >&3
    assert_success
    no_test_processes
}
