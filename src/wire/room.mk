# Without nng: streamdial.c, streamnng.c and nngreceive.c belong to libactor alone.
wire_sources = \
    src/wire/session.c \
    src/wire/session.h \
    src/wire/stream.c \
    src/wire/stream.h \
    src/wire/streamfd.c \
    src/wire/streamops.h
