# `make bench` alone builds and runs these.
bench_programs = tests/bench/b-actor
bench_programs += tests/bench/b-answer
bench_programs += tests/bench/b-json
bench_programs += tests/bench/b-nats
bench_programs += tests/bench/b-nng
bench_programs += tests/bench/b-spawn
bench_programs += tests/bench/b-stamp
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)

tests_bench_b_actor_SOURCES = tests/bench/b-actor.c tests/bench/bench.h
tests_bench_b_actor_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/actor
tests_bench_b_actor_LDADD = libactor.la
tests_bench_b_actor_LDFLAGS = $(example_ldflags)
tests_bench_b_answer_SOURCES = tests/bench/b-answer.c tests/bench/bench.h
tests_bench_b_json_SOURCES = tests/bench/b-json.c tests/bench/bench.h
tests_bench_b_nats_SOURCES = tests/bench/b-nats.c tests/bench/bench.h
tests_bench_b_nng_SOURCES = tests/bench/b-nng.c tests/bench/bench.h
tests_bench_b_nng_LDADD = $(NNG_LIBS)
tests_bench_b_spawn_SOURCES = tests/bench/b-spawn.c tests/bench/bench.h
tests_bench_b_stamp_SOURCES = tests/bench/b-stamp.c tests/bench/bench.h
tests_bench_b_stamp_LDFLAGS = $(AM_LDFLAGS) -all-static

# To be preloaded, and therefore without libtool and sanitizers.
EXTRA_DIST += tests/bench/b-calls.c
CLEANFILES += tests/bench/b-calls.so
tests/bench/b-calls.so: tests/bench/b-calls.c
	$(AM_V_CC)$(CC) -D_GNU_SOURCE $(WARN_CFLAGS) -O2 -fPIC -shared -o $@ '$(srcdir)/tests/bench/b-calls.c'

EXTRA_DIST += tests/bench/nodes.erl
EXTRA_DIST += tests/bench/hosts.py
EXTRA_DIST += tests/bench/ours.py
EXTRA_DIST += tests/bench/peers.py
EXTRA_DIST += tests/bench/table.py
EXTRA_DIST += tests/bench/plot.py
EXTRA_DIST += tests/bench/run
EXTRA_DIST += tests/bench/sshds.py
EXTRA_DIST += tests/bench/throughput.svg

# BENCH_PAIRS=N: of each measurement, ours and the peer's in turn. bench-hosts: of other hosts alone.
bench_needs = $(bin_PROGRAMS) $(pkglibexec_PROGRAMS) $(pkglibexec_SCRIPTS) $(bench_programs) \
    tests/bench/b-calls.so
bench_run = BUILD_DIR='$(abs_top_builddir)' '$(PYTHON3)' '$(srcdir)/tests/bench/run' -n $${BENCH_PAIRS:-5}
bench: $(bench_needs)
	$(bench_run) -p throughput.svg
bench-hosts: $(bench_needs)
	$(bench_run) -p /dev/null hosts
.PHONY: bench bench-hosts
