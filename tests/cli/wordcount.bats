bats_require_minimum_version 1.5.0
load helper

# The interpreter itself: `python3` on PATH may be a script that takes long to find it.
setup() {
    common_setup
    mkdir "$T/bin"
    ln -s "$("$PYTHON3" -c 'import sys; print(sys.executable)')" "$T/bin/python3"
    PATH=$T/bin:$PATH
}

# The example, from its own script, which compares with the pipeline itself.
wordcount() { within 120 "$SOURCE_DIR/examples/wordcount/run" "$@"; }

# Its result again, by the same pipeline.
pipeline() {
    LC_ALL=C sh -c "tr -cs A-Za-z '\n' | tr A-Z a-z | sort | uniq -c | sort -k1,1nr -k2 | head" <"$1"
}

# Words in thirds of the alphabet, as many as asked: a text that is the same everywhere.
text() {
    awk -v n="$1" 'BEGIN {
        for (i = 0; i < n; i++) {
            r = (r * 1103 + 12345) % 65536
            printf "%s%c%c%s", i % 9 ? " " : ",\n", 65 + r % 26, 97 + r % 7, i % 5 ? "" : "ing"
        }
        print "."
    }'
}

# The ten lines, then the one that says that they are the same.
same_as_pipeline() {
    assert_equal "$(grep -c '^the same as' out)" 1
    assert_equal "$(grep -v -e '^the same as' -e ' [|*] ' out)" "$(pipeline "$1")"
}

@test "wordcount: the result is the pipeline's, though a member of the pool is killed" {
    text 150000 >in # so much that each member gets its share, however late it comes to run
    wordcount in >out 2>err
    same_as_pipeline in
    cat out err | grep -q 'lower/2.*member 2 kills itself with [1-9][0-9]* read and not answered'
    no_test_processes
}

@test "wordcount: the GPL-3 is its default" {
    [ -r /usr/share/common-licenses/GPL-3 ] || skip "there is no /usr/share/common-licenses/GPL-3"
    wordcount >out 2>err
    same_as_pipeline /usr/share/common-licenses/GPL-3
}

@test "wordcount: an empty file, one without a word, one without a newline" {
    for content in '' '\n' ' \n-\n' 'a' 'b a' ' b A a\n\n-b'; do
        # shellcheck disable=SC2059
        printf "$content" >in
        wordcount in >out 2>err
        same_as_pipeline in
    done
}

@test "wordcount: a file of several MB" {
    text 600000 >in
    [ "$(wc -c <in)" -gt 2000000 ]
    wordcount in >out 2>err
    same_as_pipeline in
}

@test "wordcount: bytes that are no text" {
    for ((i = 0; i < 256; i++)); do printf "\\x$(printf %02x "$i")a"; done >in
    wordcount in >out 2>err
    same_as_pipeline in
}

@test "wordcount: no such file: 2, and nothing is started" {
    run -2 wordcount nowhere
    assert_output --partial "cannot read"
}

@test "wordcount: its file has no fault" {
    COUNT=/bin/true run -0 actorsup check "$SOURCE_DIR/examples/wordcount/actorsup.yaml"
}
