trunk_sources = \
    src/trunk/trunk.c \
    src/trunk/trunk.h \
    src/trunk/trunkin.c \
    src/trunk/trunkpiece.c \
    src/trunk/trunkparts.h
