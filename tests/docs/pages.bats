bats_require_minimum_version 1.5.0
load ../cli/helper
load ../cli/conditions
load ../cli/transports

# What the manual pages show and list, beside the programs that they are about.

# examples PAGE: the literal blocks of its EXAMPLES, as block.N, the escapes of mdoc undone.
examples() {
    awk '
        /^\.Sh / { on = $2 == "EXAMPLES"; next }
        !on { next }
        /^\.Bd / { n++; to = "block." n; printf "" >to; next }
        /^\.Ed$/ { to = ""; next }
        to != "" { gsub(/\\e/, "\\"); print >to }' "$SOURCE_DIR/man/$1"
}

# variables: the names that the page of the file lists.
variables() {
    sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh FILES/s/^\.It Ev //p' "$SOURCE_DIR/man/actorsup.yaml.5" |
        sed 's/ Ns Ar KEY$/KEY/' | tr -s ' ,' '\n' | sort
}

@test "actor-json(7): the actor in Python answers, fails, and wakes itself" {
    examples actor-json.7
    mv block.1 actorsup.yaml
    script upper.py <block.2
    up_system
    assert_equal "$(actorsend -a -t 20 upper 'some words')" 'SOME WORDS'
    actorsend upper 'no answer wanted'
    wait_until 10 log_has upper 'info: 1 answered'
    printf '\377' >bytes
    run -1 actorsend -a -t 20 -w upper <bytes
    assert_output --partial 'not text'
    assert_equal "$(actorsup dead -j | jq -c '[.[] | [.reason, .attempts]]')" '[["not text",3]]'
    actorsup kill upper
    wait_until 10 log_has upper 'info: 0 answered'
    refute_line_in_log upper 'speak\.bad'
    wait_until 10 handles upper
    actorsup down
}
refute_line_in_log() { ! actorsup logs "$1" | grep "$2"; }
handles() { [ "$(actorsend -a -t 5 "$1" again)" = AGAIN ]; }

@test "actor-json(7): the actors in shell and with jq alone answer" {
    command -v jq >/dev/null || skip "jq is not installed"
    examples actor-json.7
    mv block.4 actorsup.yaml
    script words.sh <block.3
    printf '  shell:\n    run: ./words.sh\n    speaks: json\n' >>actorsup.yaml
    up_system
    printf 'one\none two three\n\n' >lines
    # Of no words, split makes none.
    assert_equal "$(actorsend -a -t 20 shell <lines | tr -d ' ' | tr '\n' ,)" 1,3,0,
    assert_equal "$(actorsend -a -t 20 words <lines | tr '\n' ,)" 1,3,0,
    actorsend words 'a tell'
    actorsend shell 'a tell'
    wait_until 10 idle words
    wait_until 10 idle shell
    refute_line_in_log words 'speak\.bad'
    refute_line_in_log shell 'speak\.bad'
}

@test "actorsup.yaml(5) lists the variables that an actor gets, and no others" {
    topology <<'YAML'
actors:
  plain: {shell: "env >env.plain; echo >&3; exec cat >/dev/null", ready: notify}
  frames: {shell: "env >env.tmp; mv env.tmp env.frames; exec cat", speaks: frames}
  once: {shell: "env >env.tmp2; mv env.tmp2 env.once", speaks: once}
YAML
    up_system --sequential # for ACTOR_SEED
    actorsend -H key=value once message
    wait_until 10 test -e env.once
    wait_until 10 test -e env.frames
    actorsup down
    topology <<YAML
$(tls_keys)
actors:
  tls: {shell: "env >env.tmp3; mv env.tmp3 env.tls; exec cat", speaks: frames, transport: tls}
YAML
    up_system
    wait_until 10 test -e env.tls
    assert_equal "$(sed -n 's/^\(ACTOR_[A-Z_]*\|ACTORSUP_[A-Z_]*\|MSG_[A-Z_]*\)=.*/\1/p' \
        env.plain env.frames env.once env.tls | sort -u)" "$(variables)"
}
