# Conformance by behaviour: one actor in C and one in Python, and each test over every kind of them.
EXTRA_DIST += tests/conform/README.md
EXTRA_DIST += tests/conform/actor.py
EXTRA_DIST += tests/conform/conform.bash
bats_tests += tests/conform/conform-address.bats
bats_tests += tests/conform/conform-create.bats
bats_tests += tests/conform/conform-message.bats
bats_tests += tests/conform/conform-ask.bats
bats_tests += tests/conform/conform-failure.bats
bats_tests += tests/conform/conform-init.bats
bats_tests += tests/conform/conform-load.bats
bats_tests += tests/conform/conform-pool.bats
bats_tests += tests/conform/conform-system.bats
bats_tests += tests/conform/conform-table.bats
bats_tests += tests/conform/conform-time.bats

conformer_sources = tests/conform/conformer.c tests/conform/plainwords.c tests/conform/otherwords.c tests/conform/words.h
check_PROGRAMS += tests/conform/conformer
tests_conform_conformer_SOURCES = $(conformer_sources)
tests_conform_conformer_CPPFLAGS = $(example_cppflags) -D_GNU_SOURCE
tests_conform_conformer_LDADD = libactor.la
tests_conform_conformer_LDFLAGS = $(example_ldflags)

if SHARED
check_LTLIBRARIES += tests/conform/conformer.la
tests_conform_conformer_la_SOURCES = $(conformer_sources)
tests_conform_conformer_la_CPPFLAGS = $(example_cppflags) -D_GNU_SOURCE
tests_conform_conformer_la_LIBADD = libactor.la
tests_conform_conformer_la_LDFLAGS = $(example_object)
endif
