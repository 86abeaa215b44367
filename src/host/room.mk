# actorhost(1) stands by itself: what runs foreign code in its own process has little of its own.
bin_PROGRAMS += bin/actorhost
bin_actorhost_SOURCES = \
    bin/actorhost.c \
    src/actor/hosted.h \
    src/host/host.h \
    src/host/hostcrash.c \
    src/host/hostenv.c \
    src/host/hostguest.c \
    src/host/hostload.c \
    src/host/hostmain.c \
    src/host/hostpoll.c \
    src/host/hostturn.c
bin_actorhost_LDFLAGS = $(AM_LDFLAGS) -Wl,--dynamic-list=$(srcdir)/src/host/exported
EXTRA_DIST += src/host/exported
