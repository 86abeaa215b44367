gate_sources = \
    src/gate/carriertcp.c \
    src/gate/carriertls.c \
    src/gate/carrierws.c \
    src/gate/dial.c \
    src/gate/gate.c \
    src/gate/gate.h \
    src/gate/gateparts.h \
    src/gate/passage.c \
    src/gate/tlsfiles.c \
    src/gate/tlsfiles.h \
    src/gate/wsframe.c \
    src/gate/wsframe.h \
    src/gate/wsopen.c
