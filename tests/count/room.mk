# make count: see tests/count/run. The supervisor is ours, but for one file: valgrind knows fewer
# ways to share with a child.
EXTRA_DIST += tests/count/figures
EXTRA_DIST += tests/count/run

EXTRA_PROGRAMS += tests/count/actorsup
CLEANFILES += tests/count/actorsup
tests_count_actorsup_SOURCES = bin/actorsup.c src/io/spawn.c
tests_count_actorsup_CPPFLAGS = $(AM_CPPFLAGS) -DSPAWN_UNDER_VALGRIND
tests_count_actorsup_LDADD = $(CMD)

count-programs: $(bin_PROGRAMS) tests/count/actorsup tests/bench/b-actor tests/bench/b-answer
count: count-programs
	CC='$(CC)' BUILD_DIR='$(abs_top_builddir)' '$(PYTHON3)' '$(srcdir)/tests/count/run'
.PHONY: count count-programs
