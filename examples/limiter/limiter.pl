#!/usr/bin/perl
# A bucket of tokens for each user (a header of the message): RATE a second, at most BURST. A message
# that finds none is kept, not acked, until a timer finds one for it. What comes again after a death comes
# alone, before all else, timers too: so it is put back once, and waits with the others then.
use strict;
use warnings;
use JSON::PP;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($rate, $burst) = @ENV{qw(RATE BURST)};
my (%tokens, %filled, %waiting, %put_back);
my $json = JSON::PP->new->utf8;
$| = 1;

sub say_op { print $json->encode({@_}), "\n" }

# Sets a timer for when the next token of this user is there, if anybody waits for it.
sub pass_on {
    my ($user) = @_;
    my $now = clock_gettime(CLOCK_MONOTONIC);
    my $new = ($tokens{$user} // $burst) + ($now - ($filled{$user} // $now)) * $rate;
    ($tokens{$user}, $filled{$user}) = ($new < $burst ? $new : $burst, $now);
    while ($tokens{$user} >= 1 and my $message = shift @{ $waiting{$user} }) {
        $tokens{$user}--;
        say_op(op => 'send', map { exists $message->{$_} ? ($_ => $message->{$_}) : () } qw(body body64 headers));
        say_op(op => 'ack', id => $message->{id});
    }
    say_op(op => 'wake', id => $user, after => (1 - $tokens{$user}) / $rate) if @{ $waiting{$user} };
}

while (my $line = <STDIN>) {
    my $message = $json->decode($line);
    last if $message->{type} eq 'exit';
    my $user = substr($message->{headers}{user} // '', 0, 60);
    if ($message->{type} eq 'tell' && $message->{attempt} > 1 && !$put_back{ $message->{id} }++) {
        say_op(op => 'defer', id => $message->{id});
    } elsif ($message->{type} eq 'tell') {
        delete $put_back{ $message->{id} };
        push @{ $waiting{$user} }, $message;
        pass_on($user) if @{ $waiting{$user} } == 1;    # else a timer runs
    } else {
        pass_on($message->{re} // '') if $message->{type} eq 'wake';
        say_op(op => 'ack', id => $message->{id});
    }
}
