bats_require_minimum_version 1.5.0
load helper

complete_in_bash() {
    bash -c '
        source <(actorsup completion bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        if [[ $1 == actorsend ]]; then _actorsend; else _actorsup; fi
        printf "%s\n" "${COMPREPLY[@]}"
    ' - "$@"
}

running() {
    topology <<'YAML'
actors:
  alpha: {run: cat}
  beta: {run: cat, pool: 2}
YAML
    actorsup up -d
}

@test "bash: commands, options, words" {
    run -0 complete_in_bash actorsup st
    assert_output "$(printf 'start\nstop')"
    run -0 complete_in_bash actorsup logs --f
    assert_line --index 0 -- "--follow"
    run -0 complete_in_bash actorsup dead r
    assert_output retry
    run -0 complete_in_bash actorsup completion z
    assert_output zsh
    run -0 complete_in_bash actorsend --as
    assert_output -- --ask
}

@test "bash: values of options" {
    running
    run -0 complete_in_bash actorsup wait --for ""
    assert_output "$(printf 'ready\ndone\nstopped')"
    run -0 complete_in_bash actorsup wait --for = s
    assert_output stopped
    run -0 complete_in_bash actorsup wait --for =
    assert_line done
    run -0 complete_in_bash actorsup wait --for ready a
    assert_output alpha
    for words in "actorsup -s" "actorsup ps --system" "actorsup logs -s" "actorsend -s"; do
        run -0 complete_in_bash $words ""
        assert_output t
    done
    run -0 complete_in_bash actorsup logs -f a
    assert_output alpha
    run -0 complete_in_bash actorsup ps -f ""
    assert_output ""
    run -0 complete_in_bash actorsup help lo
    assert_output logs
}

@test "bash: names of running actors" {
    running
    run -0 complete_in_bash actorsup stop ""
    assert_output "$(printf 'alpha\nbeta')"
    run -0 complete_in_bash actorsup -s t logs -f b
    assert_output beta
    run -0 complete_in_bash actorsend a
    assert_output alpha
}

@test "zsh takes the script" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    actorsup completion zsh >_actorsup
    run -0 zsh -n _actorsup
    run -0 zsh -fc 'autoload -U compinit; compinit -u -d dump; source ./_actorsup; whence -w _actorsup _actorsend'
    assert_output --partial "_actorsup: function"
}

@test "zsh: values of options" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    running
    complete_in_zsh "actorsup wait --for " stopped
    complete_in_zsh "actorsup wait -s " "-s t"
    complete_in_zsh "actorsend -s " "-s t"
}
# Types the line in a zsh on a terminal, and TAB, until the text is shown.
complete_in_zsh() {
    cat >zshrc <<'ZSH'
autoload -U compinit; compinit -u -d "$PWD/dump"
source <(actorsup completion zsh)
PS1='> ' LISTMAX=1000
ZSH
    within 20 zsh -fc '
        zmodload zsh/zpty
        zpty z "TERM=dumb zsh -fi"
        zpty -w z "stty columns 200; source ./zshrc; echo rea\"\"dy-now"
        zpty -r z out "*ready-now*2004h" # the prompt behind it
        zpty -w -n z "$1"$'"'\t'"'
        zpty -r z out "*$2*"' - "$@"
}

@test "fish: commands, options and names" {
    command -v fish >/dev/null || skip "fish is not installed"
    running
    actorsup completion fish >actorsup.fish
    run -0 fish --no-config -c 'source actorsup.fish; complete -C "actorsup st"'
    assert_output --regexp '^start'
    assert_output --partial "stop"
    run -0 fish --no-config -c 'source actorsup.fish; complete -C "actorsup stop "'
    assert_output --partial alpha
    run -0 fish --no-config -c 'source actorsup.fish; complete -C "actorsend --as"'
    assert_output --partial -- --ask
    run -0 fish --no-config -c 'source actorsup.fish; complete -C "actorsup wait --for "'
    assert_output --regexp '^done.*ready.*stopped'
    run -0 fish --no-config -c 'source actorsup.fish; complete -C "actorsup -s "'
    assert_output --regexp '^t'
}
