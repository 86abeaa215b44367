bin_PROGRAMS += bin/actorsup
bin_actorsup_SOURCES = bin/actorsup.c
bin_actorsup_LDADD = $(CMD)

bin_PROGRAMS += bin/actorsend
bin_actorsend_SOURCES = bin/actorsend.c
bin_actorsend_LDADD = $(CMD)

# Beside the others until it is installed, where the supervisor finds it as well.
pkglibexec_PROGRAMS += bin/actorsup-gate
bin_actorsup_gate_SOURCES = bin/actorsup-gate.c
bin_actorsup_gate_LDADD = $(GATE)
