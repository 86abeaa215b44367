/* What each carrier of a stream provides; stream.h says what each does. */
#ifndef WIRE_STREAMOPS_H
#define WIRE_STREAMOPS_H

#include "wire/stream.h"

struct stream_ops {
    long (*read)(struct stream *s, void *buf, size_t size);
    long (*write)(struct stream *s, const void *data, size_t len);
    int (*wait)(struct stream *s, int want, int timeout_ms);
    int (*fd)(struct stream *s);
    void (*close)(struct stream *s); /* and frees s */
};

/* The first member of each carrier's own struct. */
struct stream {
    const struct stream_ops *ops;
};

/* streamnng.c */
int stream_dial_nng(struct stream **out, const char *url, int timeout_ms, struct err *e);

#endif
