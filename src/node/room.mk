node_sources = \
    src/node/node.c \
    src/node/node.h \
    src/node/nodebegin.c \
    src/node/nodecopy.c \
    src/node/nodedoor.c \
    src/node/nodefreight.c \
    src/node/nodeheld.c \
    src/node/nodeusage.c \
    src/node/nodehost.c \
    src/node/nodeorigin.c \
    src/node/nodeparts.h \
    src/node/nodepost.c \
    src/node/nodeposts.c \
    src/node/nodestart.c \
    src/node/nodetunnel.c
