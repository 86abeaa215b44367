# Load: many messages, many clients at once, and full mailboxes.
bats_require_minimum_version 1.5.0
load conform

distinct() { grep -o "echo [0-9][0-9]*" "got.$1" | sort -u | wc -l; }

@test "L1 thousands of messages of one client, each handled once" {
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    floods() { actorsend -n 3000 "$K" count; }
    each_kind floods $KINDS $FILTERS
    counts() { answers "$K" total 3000; }
    each_kind counts $KINDS $FILTERS
    balanced
}

@test "L2 many clients at once: asks and tells of each are its own" {
    local pids i
    system_of_kinds -k "$KINDS $FILTERS" </dev/null
    clients() {
        pids=()
        for i in 1 2 3 4; do
            seq -f "echo $i-%.0f" 100 >"asks.$i"
            in_background "asks.$i" actorsend -a -t "$PATIENCE" "$K" >"answers.$i"
            pids+=("$BG")
            background actorsend -n 100 "$K" count
            pids+=("$BG")
        done
        wait "${pids[@]}"
        for i in 1 2 3 4; do assert_equal "$(md5sum <"answers.$i")" "$(seq -f "$i-%.0f" 100 | md5sum)"; done
        answers "$K" total 400
    }
    each_kind clients $KINDS $FILTERS
    balanced
}

@test "L3 all send to one whose mailbox is small: they wait for room, and all of it arrives" {
    system_of_kinds <<YAML
$(entry json sink "mailbox: {messages: 20}")
YAML
    sends() { actorsend "$K" "many 300 sink echo $K"; }
    each_kind sends
    arrives() {
        wait_until 60 saw sink "^tell 1 $K - echo $K 300 "
        saw_times sink "^tell 1 $K - echo" 300
        answers "$K" name "$K"
    }
    each_kind arrives
    balanced
}

@test "L4 who has a small mailbox makes its senders wait, and loses nothing" {
    system_of_kinds -k "$KINDS $FILTERS" "mailbox: {messages: 5}" </dev/null
    waits() {
        actorsend -n 300 "$K" count
        wait_until 30 idle "$K"
        answers "$K" total 300
    }
    each_kind waits $KINDS $FILTERS
    balanced
}

@test "L5 who listens sees what passes, while others ask and tell" {
    system_of_kinds </dev/null
    listens() {
        background actorsup tap "$K" >"tap.$K"
        wait_until 20 taps
        actorsend -n 50 "$K" count
        answers "$K" "echo to be heard" "to be heard"
        wait_until 20 file_has "tap.$K" "to be heard"
        kill "$BG"
        assert_equal "$(jq -r 'select(.type == "tell") | .body' "tap.$K" | sort | uniq -c | xargs)" "50 count"
    }
    taps() { # until it listens
        actorsend -a "$K" "echo first" && file_has "tap.$K" first
    }
    each_kind listens
    balanced
}
