# DESIGN.md holds a map of the tree: every source file stands in it, and what stands there exists.

: "${SOURCE_DIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"

# map ROOM: the words that its lines of the map begin with or mention.
map() { awk -v room="src/$1/" '/^src\/|^bin\// { on = $1 == room; next } on' "$SOURCE_DIR/DESIGN.md"; }

@test "DESIGN.md names every source file in its room" {
    local room file stem words missing=
    for room in base model config wire actor io speak trunk engine node cmd; do
        words=" $(map "$room" | tr -cs 'a-z0-9_' ' ') "
        for file in "$SOURCE_DIR/src/$room"/*.[ch]; do
            stem=${file##*/}
            stem=${stem%.*}
            [[ $stem == cmd_* || $words == *" $stem "* ]] || missing="$missing $room/$stem"
        done
    done
    echo "not in the map:$missing"
    [ -z "$missing" ]
}

@test "what the map begins a line with is a source file" {
    local room word unknown=
    for room in base model config wire actor io speak trunk engine node cmd; do
        # The names of a line stand before its first two blanks in a row.
        for word in $(map "$room" | sed -n 's/^  \([a-z][a-z ]*[a-z]\)   *.*/\1/p'); do
            [ -e "$SOURCE_DIR/src/$room/$word.c" ] || [ -e "$SOURCE_DIR/src/$room/$word.h" ] ||
                unknown="$unknown $room/$word"
        done
    done
    echo "no such file:$unknown"
    [ -z "$unknown" ]
}

@test "every file that DESIGN.md names by its path exists" {
    local path missing=
    for path in $(grep -o '`[a-z]*/[a-z]*\.[a-z]*`' "$SOURCE_DIR/DESIGN.md" | tr -d '`' | sort -u); do
        [ -e "$SOURCE_DIR/src/$path" ] || missing="$missing $path"
    done
    echo "no such file:$missing"
    [ -z "$missing" ]
}
