# The table of the conformance suite is of its cases, and they of it.
bats_require_minimum_version 1.5.0
load conform

cases() { sed -n 's/^@test "\([A-Z][0-9]*\) \(.*\)" {$/\1 | \2/p' "$SOURCE_DIR"/tests/conform/conform-*.bats | sort; }
rows() { sed -n '/^## Cases/,$s/^| \([A-Z][0-9][0-9]*\) | \([^|]*\) | \([^|]*\) | \([^|]*\) |$/'"$1/p" "$SOURCE_DIR/tests/conform/README.md"; }

@test "table: each case is in it, once, by its id and its words, and each row is a case" {
    assert_equal "$(rows '\1 | \2' | sort)" "$(cases)"
    assert_equal "$(cases | cut -d ' ' -f 1 | uniq -d)" ""
    [ "$(cases | wc -l)" -ge 60 ]
}

@test "table: with filters are those cases that say so" {
    assert_equal "$(rows '\1 \4' | sed -n 's/ .*+ lines$//p' | sort)" \
        "$(awk 'FNR == 1 { id = "" } /^@test "[A-Z][0-9]/ { id = substr($2, 2) } id != "" && /each_kind.*FILTERS/ { print id }' \
            "$SOURCE_DIR"/tests/conform/conform-*.bats | sort -u)"
}

@test "table: each row says what it covers, and of which kinds" {
    assert_equal "$(rows '\3' | tr ',' '\n' | grep -cv '^ *[A-Za-z_]* *$')" 0
    assert_equal "$(rows '\4' | grep -cvx -e 'all' -e 'all + lines' -e processes -e any)" 0
}

@test "table: the kinds that it names are those that there are, and each can be started" {
    local said
    said=$(sed -n '/^| kind /,/^$/s/^| \([a-z, -]*\) |.*/\1/p' "$SOURCE_DIR/tests/conform/README.md" | grep -v kind | tr -d ' ' | tr ',' '\n')
    assert_equal "$(grep -v '^---' <<<"$said" | sort)" \
        "$(tr ' ' '\n' <<<"$PROCESSES frames-thread frames-sequence $FILTERS" | sort)"
    for kind in $said; do entry "$kind" "$kind"; done
    run -1 entry frames-pigeon x
}

@test "table: the words that it names are those that both actors know" {
    local said known
    said=$(sed -n '/^| words /,/^$/s/^| \([^|]*\) |.*/\1/p' "$SOURCE_DIR/tests/conform/README.md" | grep -o '`[a-z][a-z-]*' | tr -d '`' | sort)
    known=$(grep -oh '{"[a-z-]*", word_' "$SOURCE_DIR"/tests/conform/{plain,other}words.c | cut -d '"' -f 2 | sort)
    assert_equal "$said" "$known"
    assert_equal "$(sed -n 's/^ *def on_\([a-z_]*\)(.*/\1/p' "$SOURCE_DIR/tests/conform/actor.py" | tr _ - | sort -u)" "$known"
}
