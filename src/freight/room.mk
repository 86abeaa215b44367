freight_sources = \
    src/freight/depot.c \
    src/freight/depot.h \
    src/freight/depotdir.c \
    src/freight/depotdir.h \
    src/freight/depotsweep.c \
    src/freight/digest.h \
    src/freight/gather.c \
    src/freight/gather.h \
    src/freight/manifest.c \
    src/freight/manifest.h \
    src/freight/treenames.c \
    src/freight/treenames.h
