bats_require_minimum_version 1.5.0
load helper

# What a release does not have.
setup() {
    [ -x "$SOURCE_DIR/dev" ] || skip "there is no ./dev here"
    common_setup
    unset BUILD # the copy is to touch nothing but itself
    cp "$SOURCE_DIR/dev" .
}

@test "dev: what was built in the clone itself is in the way, and it says so" {
    touch config.status
    for command in build test demo; do
        run -1 ./dev "$command"
        assert_output --partial "make distclean"
    done
}

@test "dev clean: all builds and what autoreconf made" {
    mkdir build build-test autom4te.cache
    printf 'distclean:\n\trm -f config.status Makefile\n' >Makefile
    touch config.status configure kept
    run -0 ./dev clean
    assert_equal "$(ls)" "$(printf 'dev\nkept')"
}
