model_sources = \
    src/model/address.c \
    src/model/address.h \
    src/model/bits.h \
    src/model/books.h \
    src/model/elastic.c \
    src/model/elastic.h \
    src/model/frame.c \
    src/model/frame.def \
    src/model/frame.h \
    src/model/frameheaders.c \
    src/model/hand.c \
    src/model/hand.h \
    src/model/lifecycle.c \
    src/model/lifecycle.def \
    src/model/lifecycle.h \
    src/model/mailbox.c \
    src/model/mailbox.h \
    src/model/mailrun.c \
    src/model/origin.h \
    src/model/policy.c \
    src/model/policy.h \
    src/model/probing.c \
    src/model/probing.h \
    src/model/segment.c \
    src/model/segment.h \
    src/model/strategy.c \
    src/model/strategy.h
