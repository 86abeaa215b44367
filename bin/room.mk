bin_PROGRAMS += bin/actorsup
bin_actorsup_SOURCES = bin/actorsup.c
bin_actorsup_LDADD = $(CMD)

bin_PROGRAMS += bin/actorsend
bin_actorsend_SOURCES = bin/actorsend.c
bin_actorsend_LDADD = $(CMD)
