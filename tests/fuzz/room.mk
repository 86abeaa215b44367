# A fuzzer a source file, LLVMFuzzerTestOneInput in it; built only where --enable-sanitize has fuzzer:
#   fuzzers += tests/fuzz/f-NAME
#   tests_fuzz_f_NAME_SOURCES = tests/fuzz/f-NAME.c
#   tests_fuzz_f_NAME_LDADD = $(CORE)
#   tests_fuzz_f_NAME_LDFLAGS = $(fuzz_ldflags)
# Its kept corpus is the folder tests/fuzz/corpus/f-NAME (EXTRA_DIST += tests/fuzz/corpus once).
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

EXTRA_PROGRAMS += $(fuzzers)
CLEANFILES += $(fuzzers)
EXTRA_DIST += tests/fuzz/run

.PHONY: fuzzers
fuzzers: $(fuzzers)

fuzzers += tests/fuzz/f-topology
tests_fuzz_f_topology_SOURCES = tests/fuzz/f-topology.c
tests_fuzz_f_topology_LDADD = $(CORE)
tests_fuzz_f_topology_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-topology

fuzzers += tests/fuzz/f-frame
tests_fuzz_f_frame_SOURCES = tests/fuzz/f-frame.c
tests_fuzz_f_frame_LDADD = $(PLAIN)
tests_fuzz_f_frame_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-frame

fuzzers += tests/fuzz/f-wsframe
tests_fuzz_f_wsframe_SOURCES = tests/fuzz/f-wsframe.c
tests_fuzz_f_wsframe_LDADD = $(GATE)
tests_fuzz_f_wsframe_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-wsframe

fuzzers += tests/fuzz/f-address
tests_fuzz_f_address_SOURCES = tests/fuzz/f-address.c
tests_fuzz_f_address_LDADD = $(PLAIN)
tests_fuzz_f_address_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-address

fuzzers += tests/fuzz/f-json
tests_fuzz_f_json_SOURCES = tests/fuzz/f-json.c
tests_fuzz_f_json_SOURCES += tests/fuzz/fuzzhost.c
tests_fuzz_f_json_SOURCES += tests/fuzz/fuzzhost.h
tests_fuzz_f_json_LDADD = $(CORE)
tests_fuzz_f_json_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-json

fuzzers += tests/fuzz/f-framesio
tests_fuzz_f_framesio_SOURCES = tests/fuzz/f-framesio.c
tests_fuzz_f_framesio_SOURCES += tests/fuzz/fuzzhost.c
tests_fuzz_f_framesio_SOURCES += tests/fuzz/fuzzhost.h
tests_fuzz_f_framesio_LDADD = $(CORE)
tests_fuzz_f_framesio_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-framesio

fuzzers += tests/fuzz/f-control
tests_fuzz_f_control_SOURCES = tests/fuzz/f-control.c
tests_fuzz_f_control_SOURCES += tests/fuzz/fuzzsystem.c
tests_fuzz_f_control_SOURCES += tests/fuzz/fuzzsystem.h
tests_fuzz_f_control_LDADD = $(CORE)
tests_fuzz_f_control_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-control

fuzzers += tests/fuzz/f-kept
tests_fuzz_f_kept_SOURCES = tests/fuzz/f-kept.c
tests_fuzz_f_kept_LDADD = $(CORE)
tests_fuzz_f_kept_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-kept

fuzzers += tests/fuzz/f-node
tests_fuzz_f_node_SOURCES = tests/fuzz/f-node.c
tests_fuzz_f_node_SOURCES += tests/fuzz/fuzzsystem.c
tests_fuzz_f_node_SOURCES += tests/fuzz/fuzzsystem.h
tests_fuzz_f_node_SOURCES += tests/fuzz/framechange.c
tests_fuzz_f_node_SOURCES += tests/fuzz/framechange.h
tests_fuzz_f_node_LDADD = $(CORE)
tests_fuzz_f_node_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus/f-node
