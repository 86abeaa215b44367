# Messages: their bodies of any bytes and size, headers, order, copies, and those nobody understands.
bats_require_minimum_version 1.5.0
load conform

# FILE: its bytes come back as they were.
comes_back() {
    { printf 'echo '; cat "$1"; } >whole
    ask -w "$K" <whole >back
    { cat "$1"; echo; } | cmp - back
}

@test "M1 bodies of any bytes: none, text in any script, lines, and what is no text" {
    system_of_kinds </dev/null
    printf '' >empty
    printf 'grüße, 你好, 🎭' >text
    printf 'two\nlines\n\tand "quotes" \\ \001\n' >lines
    "$PYTHON3" -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 3)' >binary
    any_bytes() {
        for file in empty text lines binary; do comes_back $file; done
        answers "$K" "size 12345" 5
        assert_equal "$(ask -w "$K" </dev/null 2>&1)" "actorsend: message 1 was not answered: no such word"
    }
    each_kind any_bytes
    balanced
}

@test "M2 headers come along with tells and asks" {
    system_of_kinds </dev/null
    heads() {
        assert_equal "$(ask -H lang=en -H "two words=and more" "$K" "header lang")" en
        assert_equal "$(ask -H lang=en -H "two words=and more" "$K" "header two words")" "and more"
        answers "$K" "header lang" -
        actorsend -H k=v -H empty= "$K" "echo it"
        sees "$K" "^tell 1 ~ - echo it \[k=v,empty=\]"
    }
    each_kind heads
}

@test "M3 what one sends another comes in the order sent" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    ordered() { # of a client, and of another actor
        seq -f 'echo a %.0f' 1000 | actorsend "$K"
        answers json "many 1000 $K echo b" sent
        wait_until 30 saw "$K" "echo b 1000 "
        for from in a b; do
            assert_equal "$(grep -o "echo $from [0-9][0-9]*" "got.$K" | md5sum)" "$(seq -f "echo $from %.0f" 1000 | md5sum)"
        done
    }
    each_kind ordered $KINDS $FILTERS
    balanced
}

@test "M4 bodies of 50 KB, 1 MB and the most, 16 MiB, both ways" {
    system_of_kinds </dev/null
    for size in 50000 1000000 16777211; do # with `echo `
        head -c "$size" /dev/zero | tr '\0' x >"of.$size"
    done
    large() {
        for size in 50000 1000000 16777211; do comes_back "of.$size"; done
        assert_equal "$(ask "$K" "body 16777216" | wc -c)" 16777217
        answers "$K" name "$K"
    }
    each_kind large
    balanced
}

@test "M5 one byte more than 16 MiB, and 50 MB, are refused clearly, and nobody takes harm" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    for size in 16777217 50000000; do head -c "$size" /dev/zero | tr '\0' x >"of.$size"; done
    refuses "16 MiB" -w json <of.50000000
    refuses "16 MiB" -a -w frames-ipc <of.50000000
    too_large() {
        refuses "16 MiB" -w "$K" <of.16777217
        answers "$K" name "$K"
        assert_equal "$(audit_get "$K" accepted)" 1
    }
    each_kind too_large $KINDS $FILTERS
    answer_too_large() {
        refuses "" -a -t 1 "$K" "body 16777217"
        answers "$K" name "$K"
        assert_equal "$(restarts_of "$K")" 0
    }
    each_kind answer_too_large
    log_has json "speak.bad"
    balanced
}

@test "M6 output goes to each address that the file names, as one" {
    system_of_kinds "to: [left, right]" <<YAML
$(entry json left )
$(entry json right)
YAML
    copies() {
        answers "$K" "out echo of $K" sent
        sees left "^tell 1 $K - echo of $K \["
        sees right "^tell 1 $K - echo of $K \["
    }
    each_kind copies
    balanced
}

@test "M7 a message that nobody understands is tried, and then found dead; those behind it go on" {
    system_of_kinds </dev/null
    puzzled() {
        actorsend "$K" "gibberish of all kinds"
        actorsend "$K" count
        wait_until 20 has_dead "$K" "no such word"
        saw_times "$K" gibberish 3
        answers "$K" total 1
    }
    each_kind puzzled
    balanced
}

@test "M8 put back, a message comes again behind the others, and the attempt does not count" {
    system_of_kinds "mailbox: {in_hand: 1}" </dev/null
    puts_back() {
        printf 'defer\necho between\n' | actorsend "$K"
        sees_times "$K" "^tell 1 ~ - defer \[" 2
        assert_equal "$(grep -o -e 'defer ' -e between "got.$K" | tr -d ' ' | tr '\n' ' ')" "defer between defer "
        answers "$K" defer deferred
    }
    each_kind puts_back
    balanced
}

@test "M9 messages in hand are settled in any order, and no two get mixed up" {
    system_of_kinds </dev/null
    settles() {
        for i in 1 2 3; do actorsend "$K" "hold $i"; done
        sees "$K" "hold 3"
        answers "$K" "echo before those" "before those"
        assert_equal "$(ps_get "$K" in_hand)" 3
        answers "$K" free "done"
        wait_until 20 idle "$K"
    }
    each_kind settles
    balanced
}
