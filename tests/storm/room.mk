# make storm: see tests/storm/run. Its relay links libactor as the examples do.
EXTRA_DIST += tests/storm/actorsup.yaml
EXTRA_DIST += tests/storm/red
EXTRA_DIST += tests/storm/relay.py
EXTRA_DIST += tests/storm/run

noinst_PROGRAMS += tests/storm/relay
tests_storm_relay_SOURCES = tests/storm/relay.c
tests_storm_relay_CPPFLAGS = $(example_cppflags) -D_GNU_SOURCE
tests_storm_relay_LDADD = libactor.la
tests_storm_relay_LDFLAGS = $(example_ldflags)

.PHONY: storm-red
storm-red:
	BUILD_DIR='$(abs_top_builddir)' SOURCE_DIR='$(abs_top_srcdir)' $(srcdir)/tests/storm/red
