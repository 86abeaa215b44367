# Manual pages, help and completion against the tables of the commands and of the file, and against
# what the programs do.
check_PROGRAMS += tests/docs/t-docs
tests_docs_t_docs_SOURCES = tests/docs/t-docs.c $(unit_tap)
tests_docs_t_docs_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_docs_t_docs_LDADD = $(CMD)
TESTS += tests/docs/t-docs
bats_tests += tests/docs/design.bats
bats_tests += tests/docs/events.bats
bats_tests += tests/docs/pages.bats
