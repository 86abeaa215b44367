# A program a source file; all are TAP programs over tap.h.
EXTRA_DIST += tests/unit/tap.h

unit_tap = tests/unit/tap.c tests/unit/tap.h

check_PROGRAMS += tests/unit/t-err
tests_unit_t_err_SOURCES = tests/unit/t-err.c $(unit_tap)
tests_unit_t_err_LDADD = $(CORE)
TESTS += tests/unit/t-err

check_PROGRAMS += tests/unit/t-bytes
tests_unit_t_bytes_SOURCES = tests/unit/t-bytes.c $(unit_tap)
tests_unit_t_bytes_LDADD = $(CORE)
TESTS += tests/unit/t-bytes

check_PROGRAMS += tests/unit/t-freight
tests_unit_t_freight_SOURCES = tests/unit/t-freight.c $(unit_tap)
tests_unit_t_freight_LDADD = $(CORE)
TESTS += tests/unit/t-freight

check_PROGRAMS += tests/unit/t-place
tests_unit_t_place_SOURCES = tests/unit/t-place.c $(unit_tap)
tests_unit_t_place_LDADD = $(CORE)
TESTS += tests/unit/t-place

check_PROGRAMS += tests/unit/t-topoentry
tests_unit_t_topoentry_SOURCES = tests/unit/t-topoentry.c $(unit_tap)
tests_unit_t_topoentry_LDADD = $(CORE)
TESTS += tests/unit/t-topoentry

check_PROGRAMS += tests/unit/t-toposingle
tests_unit_t_toposingle_SOURCES = tests/unit/t-toposingle.c $(unit_tap)
tests_unit_t_toposingle_LDADD = $(CORE)
TESTS += tests/unit/t-toposingle

check_PROGRAMS += tests/unit/t-trunk
tests_unit_t_trunk_SOURCES = tests/unit/t-trunk.c $(unit_tap)
tests_unit_t_trunk_LDADD = $(CORE)
TESTS += tests/unit/t-trunk

check_PROGRAMS += tests/unit/t-trunkside
tests_unit_t_trunkside_SOURCES = tests/unit/t-trunkside.c $(unit_tap)
tests_unit_t_trunkside_LDADD = $(CORE)
TESTS += tests/unit/t-trunkside

check_PROGRAMS += tests/unit/t-loop
tests_unit_t_loop_SOURCES = tests/unit/t-loop.c $(unit_tap)
tests_unit_t_loop_LDADD = $(CORE)
TESTS += tests/unit/t-loop

check_PROGRAMS += tests/unit/t-spawn
tests_unit_t_spawn_SOURCES = tests/unit/t-spawn.c $(unit_tap)
tests_unit_t_spawn_LDADD = $(CORE)
TESTS += tests/unit/t-spawn

check_PROGRAMS += tests/unit/t-wsframe
tests_unit_t_wsframe_SOURCES = tests/unit/t-wsframe.c $(unit_tap)
tests_unit_t_wsframe_LDADD = $(GATE)
TESTS += tests/unit/t-wsframe

check_PROGRAMS += tests/unit/t-packet
tests_unit_t_packet_SOURCES = tests/unit/t-packet.c $(unit_tap)
tests_unit_t_packet_LDADD = $(CORE)
TESTS += tests/unit/t-packet

check_PROGRAMS += tests/unit/t-rundir
tests_unit_t_rundir_SOURCES = tests/unit/t-rundir.c $(unit_tap)
tests_unit_t_rundir_LDADD = $(CORE)
TESTS += tests/unit/t-rundir

check_PROGRAMS += tests/unit/t-logfile
tests_unit_t_logfile_SOURCES = tests/unit/t-logfile.c $(unit_tap)
tests_unit_t_logfile_LDADD = $(CORE)
TESTS += tests/unit/t-logfile

check_PROGRAMS += tests/unit/t-procs
tests_unit_t_procs_SOURCES = tests/unit/t-procs.c $(unit_tap)
tests_unit_t_procs_LDADD = $(CORE)
TESTS += tests/unit/t-procs

check_PROGRAMS += tests/unit/t-address
tests_unit_t_address_SOURCES = tests/unit/t-address.c $(unit_tap)
tests_unit_t_address_LDADD = $(PLAIN)
TESTS += tests/unit/t-address

check_PROGRAMS += tests/unit/t-frame
tests_unit_t_frame_SOURCES = tests/unit/t-frame.c tests/unit/vectors.c tests/unit/vectors.h $(unit_tap)
tests_unit_t_frame_LDADD = $(PLAIN)
TESTS += tests/unit/t-frame

check_PROGRAMS += tests/unit/t-pipesize
tests_unit_t_pipesize_SOURCES = tests/unit/t-pipesize.c $(unit_tap)
tests_unit_t_pipesize_LDADD = $(CORE)
TESTS += tests/unit/t-pipesize

check_PROGRAMS += tests/unit/t-linewindow
tests_unit_t_linewindow_SOURCES = tests/unit/t-linewindow.c $(unit_tap)
tests_unit_t_linewindow_LDADD = $(CORE)
TESTS += tests/unit/t-linewindow

check_PROGRAMS += tests/unit/t-hover
tests_unit_t_hover_SOURCES = tests/unit/t-hover.c $(unit_tap)
tests_unit_t_hover_LDADD = $(CORE)
TESTS += tests/unit/t-hover

unit_fakesup = tests/unit/fakesup.c tests/unit/fakesup.h

check_PROGRAMS += tests/unit/t-stream
tests_unit_t_stream_SOURCES = tests/unit/t-stream.c $(unit_fakesup) $(unit_tap) \
    src/wire/nngreceive.c src/wire/streamdial.c src/wire/streamnng.c src/wire/streamtls.c
# Of its own, as libactor has the same files otherwise compiled.
tests_unit_t_stream_CFLAGS = $(AM_CFLAGS)
tests_unit_t_stream_LDADD = $(PLAIN) $(NNG_LIBS)
TESTS += tests/unit/t-stream

check_PROGRAMS += tests/unit/t-libactor
tests_unit_t_libactor_SOURCES = tests/unit/t-libactor.c $(unit_fakesup) $(unit_tap)
tests_unit_t_libactor_LDADD = libactor.la $(PLAIN)
tests_unit_t_libactor_LDFLAGS = $(example_ldflags)
TESTS += tests/unit/t-libactor

check_PROGRAMS += tests/unit/t-json
tests_unit_t_json_SOURCES = tests/unit/t-json.c $(unit_tap)
tests_unit_t_json_SOURCES += tests/unit/fakehost.c
tests_unit_t_json_SOURCES += tests/unit/fakehost.h
tests_unit_t_json_LDADD = $(CORE)
TESTS += tests/unit/t-json

check_PROGRAMS += tests/unit/t-framesio
tests_unit_t_framesio_SOURCES = tests/unit/t-framesio.c $(unit_tap)
tests_unit_t_framesio_SOURCES += tests/unit/fakehost.c
tests_unit_t_framesio_SOURCES += tests/unit/fakehost.h
tests_unit_t_framesio_LDADD = $(CORE)
TESTS += tests/unit/t-framesio

check_PROGRAMS += tests/unit/t-once
tests_unit_t_once_SOURCES = tests/unit/t-once.c $(unit_tap)
tests_unit_t_once_SOURCES += tests/unit/fakehost.c
tests_unit_t_once_SOURCES += tests/unit/fakehost.h
tests_unit_t_once_LDADD = $(CORE)
TESTS += tests/unit/t-once

check_PROGRAMS += tests/unit/t-none
tests_unit_t_none_SOURCES = tests/unit/t-none.c $(unit_tap)
tests_unit_t_none_SOURCES += tests/unit/fakehost.c
tests_unit_t_none_SOURCES += tests/unit/fakehost.h
tests_unit_t_none_LDADD = $(CORE)
TESTS += tests/unit/t-none
check_PROGRAMS += tests/unit/t-arena
tests_unit_t_arena_SOURCES = tests/unit/t-arena.c $(unit_tap)
tests_unit_t_arena_LDADD = $(CORE)
TESTS += tests/unit/t-arena

check_PROGRAMS += tests/unit/t-units
tests_unit_t_units_SOURCES = tests/unit/t-units.c $(unit_tap)
tests_unit_t_units_LDADD = $(CORE)
TESTS += tests/unit/t-units

check_PROGRAMS += tests/unit/t-text
tests_unit_t_text_SOURCES = tests/unit/t-text.c $(unit_tap)
tests_unit_t_text_LDADD = $(CORE)
TESTS += tests/unit/t-text

check_PROGRAMS += tests/unit/t-faults
tests_unit_t_faults_SOURCES = tests/unit/t-faults.c $(unit_tap)
tests_unit_t_faults_LDADD = $(CORE)
TESTS += tests/unit/t-faults

check_PROGRAMS += tests/unit/t-yamlmap
tests_unit_t_yamlmap_SOURCES = tests/unit/t-yamlmap.c $(unit_tap)
tests_unit_t_yamlmap_LDADD = $(CORE)
TESTS += tests/unit/t-yamlmap

check_PROGRAMS += tests/unit/t-topology
tests_unit_t_topology_SOURCES = tests/unit/t-topology.c $(unit_tap)
tests_unit_t_topology_LDADD = $(CORE)
TESTS += tests/unit/t-topology

check_PROGRAMS += tests/unit/t-topocheck
tests_unit_t_topocheck_SOURCES = tests/unit/t-topocheck.c $(unit_tap)
tests_unit_t_topocheck_LDADD = $(CORE)
TESTS += tests/unit/t-topocheck

check_PROGRAMS += tests/unit/t-elastic
tests_unit_t_elastic_SOURCES = tests/unit/t-elastic.c $(unit_tap)
tests_unit_t_elastic_LDADD = $(PLAIN)
TESTS += tests/unit/t-elastic

check_PROGRAMS += tests/unit/t-initial
tests_unit_t_initial_SOURCES = tests/unit/t-initial.c $(unit_tap)
tests_unit_t_initial_LDADD = $(PLAIN)
TESTS += tests/unit/t-initial

check_PROGRAMS += tests/unit/t-route
tests_unit_t_route_SOURCES = tests/unit/t-route.c $(unit_tap)
tests_unit_t_route_LDADD = $(PLAIN)
TESTS += tests/unit/t-route

check_PROGRAMS += tests/unit/t-topodiff
tests_unit_t_topodiff_SOURCES = tests/unit/t-topodiff.c $(unit_tap)
tests_unit_t_topodiff_LDADD = $(CORE)
TESTS += tests/unit/t-topodiff


check_PROGRAMS += tests/unit/t-mailbox
tests_unit_t_mailbox_SOURCES = tests/unit/t-mailbox.c $(unit_tap)
tests_unit_t_mailbox_LDADD = $(PLAIN)
TESTS += tests/unit/t-mailbox

check_PROGRAMS += tests/unit/t-hand
tests_unit_t_hand_SOURCES = tests/unit/t-hand.c $(unit_tap)
tests_unit_t_hand_LDADD = $(PLAIN)
TESTS += tests/unit/t-hand

check_PROGRAMS += tests/unit/t-policy
tests_unit_t_policy_SOURCES = tests/unit/t-policy.c $(unit_tap)
tests_unit_t_policy_LDADD = $(PLAIN)
TESTS += tests/unit/t-policy

check_PROGRAMS += tests/unit/t-strategy
tests_unit_t_strategy_SOURCES = tests/unit/t-strategy.c $(unit_tap)
tests_unit_t_strategy_LDADD = $(PLAIN)
TESTS += tests/unit/t-strategy

check_PROGRAMS += tests/unit/t-probing
tests_unit_t_probing_SOURCES = tests/unit/t-probing.c $(unit_tap)
tests_unit_t_probing_LDADD = $(PLAIN)
TESTS += tests/unit/t-probing

check_PROGRAMS += tests/unit/t-guardian
tests_unit_t_guardian_SOURCES = tests/unit/t-guardian.c $(unit_tap)
tests_unit_t_guardian_LDADD = $(CORE)
TESTS += tests/unit/t-guardian
check_PROGRAMS += tests/unit/t-schema
tests_unit_t_schema_SOURCES = tests/unit/t-schema.c $(unit_tap)
tests_unit_t_schema_LDADD = $(CORE)
TESTS += tests/unit/t-schema

check_PROGRAMS += tests/unit/t-opts
tests_unit_t_opts_SOURCES = tests/unit/t-opts.c $(unit_tap)
tests_unit_t_opts_LDADD = $(CMD)
TESTS += tests/unit/t-opts

check_PROGRAMS += tests/unit/t-procowner
tests_unit_t_procowner_SOURCES = tests/unit/t-procowner.c $(unit_tap)
tests_unit_t_procowner_LDADD = $(CORE)
TESTS += tests/unit/t-procowner

check_PROGRAMS += tests/unit/t-top
tests_unit_t_top_SOURCES = tests/unit/t-top.c $(unit_tap)
tests_unit_t_top_LDADD = $(CMD)
TESTS += tests/unit/t-top

check_PROGRAMS += tests/unit/t-sendask
tests_unit_t_sendask_SOURCES = tests/unit/t-sendask.c $(unit_tap)
tests_unit_t_sendask_LDADD = $(CMD)
TESTS += tests/unit/t-sendask

check_PROGRAMS += tests/unit/t-sendinput
tests_unit_t_sendinput_SOURCES = tests/unit/t-sendinput.c $(unit_tap)
tests_unit_t_sendinput_LDADD = $(CMD)
TESTS += tests/unit/t-sendinput

check_PROGRAMS += tests/unit/t-cgroup
tests_unit_t_cgroup_SOURCES = tests/unit/t-cgroup.c $(unit_tap)
tests_unit_t_cgroup_LDADD = $(CORE)
TESTS += tests/unit/t-cgroup

check_PROGRAMS += tests/unit/t-keptrecord
tests_unit_t_keptrecord_SOURCES = tests/unit/t-keptrecord.c $(unit_tap)
tests_unit_t_keptrecord_LDADD = $(CORE)
TESTS += tests/unit/t-keptrecord

check_PROGRAMS += tests/unit/t-store
tests_unit_t_store_SOURCES = tests/unit/t-store.c $(unit_tap)
tests_unit_t_store_LDADD = $(CORE)
TESTS += tests/unit/t-store

check_PROGRAMS += tests/unit/t-flows
tests_unit_t_flows_SOURCES = tests/unit/t-flows.c $(unit_tap)
tests_unit_t_flows_LDADD = $(PLAIN)
TESTS += tests/unit/t-flows

check_PROGRAMS += tests/unit/t-sequence
tests_unit_t_sequence_SOURCES = tests/unit/t-sequence.c $(unit_tap)
tests_unit_t_sequence_LDADD = $(CORE)
TESTS += tests/unit/t-sequence

check_PROGRAMS += tests/unit/t-sleepers
tests_unit_t_sleepers_SOURCES = tests/unit/t-sleepers.c $(unit_tap)
tests_unit_t_sleepers_LDADD = $(CORE)
TESTS += tests/unit/t-sleepers

check_PROGRAMS += tests/unit/t-trace
tests_unit_t_trace_SOURCES = tests/unit/t-trace.c $(unit_tap)
tests_unit_t_trace_LDADD = $(PLAIN)
TESTS += tests/unit/t-trace

check_PROGRAMS += tests/unit/t-copybook
tests_unit_t_copybook_SOURCES = tests/unit/t-copybook.c $(unit_tap)
tests_unit_t_copybook_LDADD = $(CORE)
TESTS += tests/unit/t-copybook
