bats_require_minimum_version 1.5.0
load helper

# The harness itself: what it says of tests that fail.

@test "run-bats: failed tests are its lines' to tell, what ends otherwise its status's" {
    printf '@test "good" { true; }\n@test "bad" { echo why; false; }\n' >some.bats
    run -0 env -i PATH="$PATH" BATS=bats "$SOURCE_DIR/tests/run-bats" some.bats
    assert_line "ok 1 good"
    assert_line "not ok 2 bad"
    assert_line "# why"
    script broken <<'SH'
#!/bin/sh
exit 7
SH
    run -7 env -i PATH="$PATH" BATS=./broken "$SOURCE_DIR/tests/run-bats" some.bats
}

@test "stages: of a distcheck that fails, what the failed tests said and not what passed" {
    mkdir -p work/gcc/actorsup-0 work/log
    script work/gcc/actorsup-0/configure <<'SH'
#!/bin/sh
cat >Makefile <<'MAKE'
distcheck:
	@mkdir -p sub && cd sub && \
	echo ':test-result: FAIL t 1' >t.trs && echo ':test-result: PASS u 1' >u.trs && \
	printf 'ok 1\nnot ok 2\n# because\n' >t.log && printf 'ok 1\n' >u.log
	@echo 'PASS: t 1'; exit 1
MAKE
SH
    printf 'dist:\n\t@tar -cJf actorsup-0.tar.xz actorsup-0\n' >work/gcc/Makefile
    touch work/gcc/config.status
    STAGES_DIR=$PWD/work run -1 "$SOURCE_DIR/tests/stages" distcheck
    assert_line --regexp 'distcheck\| ---- .*/sub/t$'
    assert_output --partial "distcheck| # because"
    refute_output --partial "PASS: t"
    refute_output --partial "/sub/u"
    assert_line "0 passed, 1 failed, 0 skipped"
}
