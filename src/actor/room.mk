include_HEADERS += src/actor/actor.h

actor_sources = \
    src/actor/actor.c \
    src/actor/actor.h \
    src/actor/asks.c \
    src/actor/asks.h \
    src/actor/emit.c \
    src/actor/handle.c \
    src/actor/hosted.h \
    src/actor/inside.h \
    src/actor/kin.c \
    src/actor/port.h \
    src/actor/runprocess.c \
    src/actor/receive.c \
    src/wire/streamdial.c \
    src/wire/nngparts.h \
    src/wire/nngreceive.c \
    src/wire/streamtls.c \
    src/wire/streamnng.c
