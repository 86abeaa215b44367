bats_require_minimum_version 1.5.0
load helper

# The README's own commands, as they stand there.

# section HEADING: its lines.
section() { awk -v h="## $1" '/^## / { on = $0 == h; next } on' "$SOURCE_DIR/README.md"; }

# blocks: from the text on stdin, block.N with the commands and, where output follows, block.N.out.
blocks() {
    awk '
        /^```sh$/ { n++; to = "block." n; printf "" >to; next }
        /^```text$/ { to = "block." n ".out"; next }
        /^```$/ { to = ""; next }
        to != "" { print >to }'
}

# play N: the commands of all blocks in one shell, each block's output in got.N.
play() {
    local i
    for ((i = 1; i <= $1; i++)); do
        printf '{\n%s\n} >"%s" 3>&-\n' "$(cat "block.$i")" "$PWD/got.$i"
    done >all.sh
    # A graceful stop and four starts are in it.
    within 120 bash -eu all.sh
    for ((i = 1; i <= $1; i++)); do
        if [ -e "block.$i.out" ]; then
            diff "block.$i.out" "got.$i"
        fi
    done
}

@test "the first two commands are ./dev demo and ./dev test" {
    blocks <"$SOURCE_DIR/README.md"
    assert_equal "$(cat block.1)" "$(printf './dev demo\n./dev test')"
}

@test "a system in two minutes works as it is written" {
    section "A system in two minutes" | blocks
    [ -e block.5 ]
    play 5
    no_test_processes
}

@test "a file through a pool works as it is written" {
    [ -r /usr/share/common-licenses/GPL-3 ] || skip "there is no /usr/share/common-licenses/GPL-3"
    section "A file through a pool, and back" | blocks
    [ -e block.2.out ]
    mkdir hello
    cp block.* hello/
    cd hello
    play 3
    tr a-z A-Z </usr/share/common-licenses/GPL-3 | cmp - ../upper/GPL-3.upper
    no_test_processes
}

@test "what it links to is there" {
    local file
    for file in $(grep -o '](\([^)#:]*\))' "$SOURCE_DIR/README.md" "$SOURCE_DIR/examples/README.md" |
        sed -e 's|[^:]*/examples/README.md:](|examples/|' -e 's|.*](||' -e 's|)$||'); do
        [ -e "$SOURCE_DIR/$file" ]
    done
}
