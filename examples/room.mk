# Actors in C link the libactor that was just built, into themselves, so that they run from the
# build folder as they are:
#   noinst_PROGRAMS += examples/NAME/PROGRAM
#   examples_NAME_PROGRAM_SOURCES = examples/NAME/PROGRAM.c
#   examples_NAME_PROGRAM_CPPFLAGS = $(example_cppflags)
#   examples_NAME_PROGRAM_LDADD = libactor.la
#   examples_NAME_PROGRAM_LDFLAGS = $(example_ldflags)
# The rest of an example: EXTRA_DIST += examples/NAME/FILE, one a line.
example_cppflags = -I$(top_srcdir)/src/actor
example_ldflags = $(AM_LDFLAGS) -static

EXTRA_DIST += examples/c/actorsup.yaml

noinst_PROGRAMS += examples/c/upper
examples_c_upper_SOURCES = examples/c/upper.c
examples_c_upper_CPPFLAGS = $(example_cppflags)
examples_c_upper_LDADD = libactor.la
examples_c_upper_LDFLAGS = $(example_ldflags)

noinst_PROGRAMS += examples/c/words
examples_c_words_SOURCES = examples/c/words.c
examples_c_words_CPPFLAGS = $(example_cppflags)
examples_c_words_LDADD = libactor.la
examples_c_words_LDFLAGS = $(example_ldflags)

noinst_PROGRAMS += examples/c/ticker
examples_c_ticker_SOURCES = examples/c/ticker.c
examples_c_ticker_CPPFLAGS = $(example_cppflags)
examples_c_ticker_LDADD = libactor.la
examples_c_ticker_LDFLAGS = $(example_ldflags)

# The same as shared objects, for examples/c/ways.yaml.
EXTRA_DIST += examples/c/ways.yaml
example_object = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
if SHARED
check_LTLIBRARIES += examples/c/upper.la examples/c/words.la examples/c/ticker.la
examples_c_upper_la_SOURCES = examples/c/upper.c
examples_c_upper_la_CPPFLAGS = $(example_cppflags)
examples_c_upper_la_LIBADD = libactor.la
examples_c_upper_la_LDFLAGS = $(example_object)
examples_c_words_la_SOURCES = examples/c/words.c
examples_c_words_la_CPPFLAGS = $(example_cppflags)
examples_c_words_la_LIBADD = libactor.la
examples_c_words_la_LDFLAGS = $(example_object)
examples_c_ticker_la_SOURCES = examples/c/ticker.c
examples_c_ticker_la_CPPFLAGS = $(example_cppflags)
examples_c_ticker_la_LIBADD = libactor.la
examples_c_ticker_la_LDFLAGS = $(example_object)
endif

EXTRA_DIST += examples/README.md
EXTRA_DIST += examples/bank/account.py
EXTRA_DIST += examples/bank/actorsup.yaml
EXTRA_DIST += examples/bank/bank.py
EXTRA_DIST += examples/chat/actorsup.yaml
EXTRA_DIST += examples/chat/door.mjs
EXTRA_DIST += examples/chat/history.py
EXTRA_DIST += examples/containers/README.md
EXTRA_DIST += examples/cron/actorsup.yaml
EXTRA_DIST += examples/cron/clock.py
EXTRA_DIST += examples/helpers/actor.mjs
EXTRA_DIST += examples/helpers/actor.py
EXTRA_DIST += examples/jobs/actorsup.yaml
EXTRA_DIST += examples/jobs/quarantine.py
EXTRA_DIST += examples/limiter/actorsup.yaml
EXTRA_DIST += examples/limiter/limiter.pl
EXTRA_DIST += examples/limiter/service
EXTRA_DIST += examples/philosophers/actorsup.yaml
EXTRA_DIST += examples/philosophers/fork.py
EXTRA_DIST += examples/philosophers/philosopher.py
EXTRA_DIST += examples/scraper/actorsup.yaml
EXTRA_DIST += examples/scraper/fetch.py
EXTRA_DIST += examples/scraper/frontier.py
EXTRA_DIST += examples/scraper/links.pas
EXTRA_DIST += examples/race/account.py
EXTRA_DIST += examples/race/actorsup.yaml
EXTRA_DIST += examples/race/find
EXTRA_DIST += examples/race/teller.py
EXTRA_DIST += examples/shop/actorsup.yaml
EXTRA_DIST += examples/shop/db.py
EXTRA_DIST += examples/shop/web.py
EXTRA_DIST += examples/shop/worker.py
EXTRA_DIST += examples/slurm/README.md
EXTRA_DIST += examples/slurm/actorsup.yaml
EXTRA_DIST += examples/slurm/hosts
EXTRA_DIST += examples/slurm/job
EXTRA_DIST += examples/slurm/work
EXTRA_DIST += examples/thumbs/actorsup.yaml
EXTRA_DIST += examples/thumbs/gallery
EXTRA_DIST += examples/thumbs/thumb
EXTRA_DIST += examples/wordcount/actorsup.yaml
EXTRA_DIST += examples/wordcount/lower
EXTRA_DIST += examples/wordcount/read
EXTRA_DIST += examples/wordcount/run
EXTRA_DIST += examples/wordcount/split.awk

# A plain filter: no libactor.
noinst_PROGRAMS += examples/wordcount/count
examples_wordcount_count_SOURCES = examples/wordcount/count.c

systemdexampledir = $(docdir)/examples
dist_systemdexample_DATA = examples/systemd/actorsup@.service
