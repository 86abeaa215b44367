bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions

# Deaths and sizes at random. The seed is printed; FAULT_SEED=N begins again with the same, and
# ROUTES_SECS=N goes on for so long.

storm() {
    : "${FAULT_SEED:=$((EPOCHSECONDS % 32768))}"
    echo "# FAULT_SEED=$FAULT_SEED" >&3
    run "$PYTHON3" -B "$SOURCE_DIR/tests/fault/routes.py" "$1" "$2" "$FAULT_SEED" "${ROUTES_SECS:-5}" 3>&-
    echo "# $output" | head -n 1 >&3
    assert_success
}

@test "the order of each key holds while json members die and the pool is scaled" { storm json fixed; }

@test "and of lines members" { storm lines fixed; }

@test "and of an elastic pool" { storm json elastic; }
