%% Two nodes of Erlang: `serve` on one; on the other `tell NODE COUNT` and `asks NODE COUNT` (64 in
%% flight) print the nanoseconds that it took, `ask NODE COUNT` the median of the round trips.
-module(nodes).
-export([serve/0, tell/1, ask/1, asks/1]).

serve() ->
    register(nodes, self()),
    io:format("ready~n"),
    idle().

idle() ->
    receive
        {count, From, N} -> From ! {go, self()}, count(N), From ! done, idle();
        {ask, From, Body} -> From ! {reply, Body}, idle()
    end.

count(0) -> ok;
count(N) -> receive Body when is_binary(Body) -> count(N - 1) end.

tell([Node, Count]) ->
    N = list_to_integer(Count),
    {nodes, list_to_atom(Node)} ! {count, self(), N},
    Pid = receive {go, P} -> P end,
    Body = binary:copy(<<"x">>, list_to_integer(os:getenv("BENCH_BYTES", "100"))),
    Start = erlang:monotonic_time(nanosecond),
    send(Pid, Body, N),
    receive done -> ok end,
    io:format("~w~n", [erlang:monotonic_time(nanosecond) - Start]),
    halt().

send(_, _, 0) -> ok;
send(Pid, Body, N) -> Pid ! Body, send(Pid, Body, N - 1).

ask([Node, Count]) ->
    To = {nodes, list_to_atom(Node)},
    Body = binary:copy(<<"x">>, 100),
    _ = times(To, Body, 1000, []),
    N = list_to_integer(Count),
    Times = lists:sort(times(To, Body, N, [])),
    io:format("~w~n", [lists:nth(N div 2 + 1, Times)]),
    halt().

asks([Node, Count]) ->
    To = {nodes, list_to_atom(Node)},
    Body = binary:copy(<<"x">>, 100),
    _ = times(To, Body, 1000, []),
    N = list_to_integer(Count),
    Start = erlang:monotonic_time(nanosecond),
    _ = [To ! {ask, self(), Body} || _ <- lists:seq(1, 64)],
    keep_asking(To, Body, N, N - 64),
    io:format("~w~n", [erlang:monotonic_time(nanosecond) - Start]),
    halt().

keep_asking(_, _, 0, _) -> ok;
keep_asking(To, Body, Left, More) ->
    receive {reply, _} -> ok end,
    if More > 0 -> To ! {ask, self(), Body}; true -> ok end,
    keep_asking(To, Body, Left - 1, More - 1).

times(_, _, 0, Times) -> Times;
times(To, Body, N, Times) ->
    Start = erlang:monotonic_time(nanosecond),
    To ! {ask, self(), Body},
    receive {reply, _} -> ok end,
    times(To, Body, N - 1, [erlang:monotonic_time(nanosecond) - Start | Times]).
