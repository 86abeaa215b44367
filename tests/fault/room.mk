# Deaths at random, from a seed that is printed. bats_tests += tests/fault/NAME.bats, one a line.
bats_tests += tests/fault/deaths.bats
bats_tests += tests/fault/descriptors.bats
bats_tests += tests/fault/clock.bats
bats_tests += tests/fault/copied.bats
bats_tests += tests/fault/diskfull.bats
bats_tests += tests/fault/supervisor.bats
bats_tests += tests/fault/kept.bats
bats_tests += tests/fault/processes.bats
bats_tests += tests/fault/reloads.bats
bats_tests += tests/fault/routes.bats
bats_tests += tests/fault/links.bats
bats_tests += tests/fault/namespaces.bats
EXTRA_DIST += tests/fault/slowlink
EXTRA_DIST += tests/fault/kept.py tests/fault/reloads.py tests/fault/routes.py tests/fault/unsynced.c

tests/fault/unsynced.so: tests/fault/unsynced.c
	$(AM_V_CCLD)$(MKDIR_P) tests/fault && $(CC) -D_GNU_SOURCE $(CFLAGS) -shared -fPIC -o $@ \
	    $(srcdir)/tests/fault/unsynced.c -ldl
check_DATA = tests/fault/unsynced.so
CLEANFILES += tests/fault/unsynced.so
