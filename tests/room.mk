# How `make check` runs the tests: all speak TAP, unit programs and bats files alike.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_EXTENSIONS = .bats
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/run-bats
AM_TESTS_ENVIRONMENT = \
	BUILD_BIN='$(abs_top_builddir)/bin'; export BUILD_BIN; \
	BUILD_DIR='$(abs_top_builddir)'; export BUILD_DIR; \
	SOURCE_DIR='$(abs_top_srcdir)'; export SOURCE_DIR; \
	BATS='$(BATS)'; export BATS; \
	PYTHON3='$(PYTHON3)'; export PYTHON3;

TESTS += $(bats_tests)
EXTRA_DIST += $(bats_tests)
EXTRA_DIST += tests/run-bats
EXTRA_DIST += tests/layers
EXTRA_DIST += tests/stages
EXTRA_DIST += tests/lint/uthash.h
EXTRA_DIST += .clang-format
EXTRA_DIST += .clang-tidy
EXTRA_DIST += LICENSE
EXTRA_DIST += dev

# Checks of the source. Each can be run by itself.
lint_flags = -std=gnu11 -include $(top_builddir)/config.h -I$(top_srcdir)/tests/lint -I$(top_srcdir)/src \
	-DPKGLIBEXECDIR=\"/\" $(UV_CFLAGS) $(YAML_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) $(SSL_CFLAGS)
lint_jobs = 2

.PHONY: lint analyze layers format format-check man-lint tidy cppcheck fuzz storm faults

lint: layers man-lint
analyze: tidy cppcheck

layers:
	$(AM_V_GEN)$(PYTHON3) $(top_srcdir)/tests/layers $(top_srcdir)

# mandoc names what it would have rendered otherwise; warnings and worse fail.
man-lint:
	$(AM_V_GEN)cd $(srcdir) && $(MANDOC) -T lint -W warning $(dist_man_MANS)

tidy: config.h
	$(AM_V_GEN)find $(top_srcdir)/src $(top_srcdir)/bin -name '*.c' | sort | \
	xargs -n 3 -P $(lint_jobs) sh -c '$(CLANG_TIDY) $(TIDY_FLAGS) --quiet "$$@" -- $(lint_flags) 2>&1 | \
		grep -Ev "^[0-9]+ warnings? generated|^Suppressed|^Use -header-filter" >&2; \
		test "$$?" -ne 0' tidy

cppcheck: config.h
	$(AM_V_GEN)$(CPPCHECK) --quiet --error-exitcode=1 --inline-suppr --std=c11 -j $(lint_jobs) \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppress=readdirCalled --suppress=getpwuidCalled --suppress=getpwnamCalled \
		--suppress=getgrnamCalled --suppress=unknownMacro \
		--library=posix --library=gnu -D_GNU_SOURCE "-D_Noreturn=__attribute__((noreturn))" \
		-I$(top_srcdir)/src $(top_srcdir)/src $(top_srcdir)/bin

format:
	cd $(srcdir) && find src bin tests examples -name '*.[ch]' | xargs $(CLANG_FORMAT) -i

format-check:
	cd $(srcdir) && find src bin tests examples -name '*.[ch]' | xargs $(CLANG_FORMAT) --dry-run -Werror

# Long runs, each over a script of its room.
storm: all
	BUILD_BIN='$(abs_top_builddir)/bin' BUILD_DIR='$(abs_top_builddir)' $(top_srcdir)/tests/storm/run

# Deaths of the supervisor, many times.
FAULT_ROUNDS = 200
faults: all
	FAULT_ROUNDS='$(FAULT_ROUNDS)' BUILD_BIN='$(abs_top_builddir)/bin' BUILD_DIR='$(abs_top_builddir)' \
		SOURCE_DIR='$(abs_top_srcdir)' $(BATS) $(top_srcdir)/tests/fault/supervisor.bats

# Each fuzzer for $(FUZZ_SECS) seconds from the kept corpus. Without fuzzers in this build, in one
# below it that has them.
FUZZ_SECS = 60
if FUZZERS
fuzz: $(fuzzers)
	BUILD_DIR='$(abs_top_builddir)' FUZZ_SECS='$(FUZZ_SECS)' $(top_srcdir)/tests/fuzz/run $(fuzzers)
else
fuzz:
	$(MKDIR_P) fuzz-build
	cd fuzz-build && { test -f Makefile || $(abs_top_srcdir)/configure -q CC=clang CFLAGS='-O1 -g' \
		--disable-shared --enable-sanitize=fuzzer,address,undefined; }
	cd fuzz-build && $(MAKE) fuzz FUZZ_SECS='$(FUZZ_SECS)'
endif

distclean-local:
	rm -rf fuzz-build

# Warnings are errors in what is shipped, too.
AM_DISTCHECK_CONFIGURE_FLAGS = --enable-werror
