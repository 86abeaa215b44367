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

# What other hosts are given: it needs nothing there but the C library. Its hash is its name there.
pkglibexec_PROGRAMS += bin/actorsup-far
bin_actorsup_far_SOURCES = bin/actorsup-far.c
bin_actorsup_far_LDADD = $(FAR)
pkglibexec_SCRIPTS = bin/actorsup-far.sha256
CLEANFILES += bin/actorsup-far.sha256
bin/actorsup-far.sha256: bin/actorsup-far$(EXEEXT)
	$(AM_V_GEN)sha256sum <$< | cut -c 1-64 >$@
