/* What the files of the store share. */
#ifndef STORE_STOREPARTS_H
#define STORE_STOREPARTS_H

#include "io/work.h"
#include "store/keptscan.h"
#include "store/store.h"
#include "store/storefiles.h"

#include <uthash.h>

enum {
    STORE_FILE = 4 * 1024 * 1024, /* bytes of a file, unless a message or what waits needs more */
    STORE_SLACK = 128 * 1024,     /* of a file, for what cannot wait for room */
    STORE_DONE_SLACK = 64 * 1024, /* and for the heads of KEPT_DONE records */
    STORE_RETRY_MS = 1000,
};

struct store_file {
    struct store_file *prev, *next;
    uint64_t serial, salt;
    size_t size, used;
    int fd;                      /* of those that are written to, else -1 */
    struct store_entry *entries; /* whose record stands in it */
    uint64_t written;            /* the last batch that writes to it */
    uint64_t last_batch; /* the last that concerns it: once synced it may go, if nothing is in it */
    bool broken;         /* it could not be read again */
};

struct store_key {
    uint64_t id;
    uint64_t box;
};

struct store_entry {
    struct store_key key;
    uint64_t number, order;
    struct store_file *file;
    struct store_entry *prev, *next; /* in file->entries */
    uint32_t at, size;               /* of its record */
    uint64_t after; /* when gone: the batch that must be synced before that may be written; while it
                       is held: see store_host.holds */
    uint64_t other; /* and what is kept elsewhere must be safe up to there */
    uint8_t attempt, blame;
    bool solo, dead;
    bool gone;   /* in store->gone, if it still is so when that is looked at */
    bool held;   /* output of its actor waited when it was handled; see store_hold */
    bool listed; /* in store->gone */
    bool known;  /* in store->entries */
    UT_hash_handle hh;
};

struct store_chunk {
    struct store_chunk *next;
    struct store_file *file;
    uint64_t at;
    struct bytes data;
};

struct store_making { /* of a file, by a thread */
    struct work *work;
    int folder;
    struct kept_head head;
    int result;
};

struct store_removing {
    struct work *work;
    int folder;
    uint64_t serial;
    int result;
};

struct store_reading { /* of the oldest file, to write anew what is left in it */
    struct work *work;
    int folder;
    struct store_file *file;
    unsigned char *data;
    long result;
};

struct store_writing {
    struct work *work;
    struct store_chunk *chunks;
    uint64_t batch;
    int result;
};

struct store {
    struct loop *loop;
    struct store_host host;
    int folder;
    struct store_file *first, *last; /* oldest to newest; last: the spare one, if there is one */
    struct store_file *cur;          /* written to; NULL: none could be made yet */
    struct store_file *spare;        /* the next cur */
    struct store_entry *entries;
    uint64_t next_number, next_serial;
    uint64_t live, live_bytes, dead, disk;
    struct store_chunk *chunks, *chunks_last; /* gathered */
    size_t gathered;                          /* bytes */
    bool failing;
    uint64_t added, batch, synced; /* batch: the one that gathers now */
    uint64_t added_in;             /* the batch with the last message, which may be on its way */
    struct store_entry **gone;
    size_t n_gone, cap_gone;
    struct loop_task flush;
    struct loop_timer retry;
    struct store_writing writing;
    struct store_making making;
    struct store_removing removing;
    struct store_reading reading;
    int full; /* errno of the last file that could not be made; 0: none */
    int64_t full_since;
    size_t wanted; /* bytes that the next file must have room for */
    bool asked;    /* somebody waits for room */
};

/* storework.c */
void store_work(struct store *st); /* starts what is due in threads */
void store_flush(void *store);     /* the task: what is over is written, a batch goes on its way */
void store_retry(void *store);
void store_made(struct store *st);               /* a file was, or could not be */
void store_make_now(struct store *st);           /* waiting for the disk */
int store_list_room(struct store *st, size_t n); /* see store.c */
void store_write_all(struct store *st); /* the same, waiting for the disk; see store_close */
/* storelog.c */
size_t store_left(const struct store_file *f);
size_t store_reserve(const struct store *st);
/* r at the end of the log: its place in *at. False: no room or no memory. keep: bytes that must be
 * left behind it. */
bool store_append(struct store *st, const struct kept_record *r, size_t keep,
                  struct store_file **file, size_t *at);
void store_place(struct store *st, struct store_entry *e, struct store_file *f, size_t at,
                 size_t size);
void store_unplace(struct store *st, struct store_entry *e);
void store_write_done(struct store *st);
uint64_t store_behind(const struct store *st); /* the last batch that has anything in it */
/* e is gone: what must be safe before that may be written. */
void store_hold(const struct store *st, struct store_entry *e);
struct store_file *store_file_new(struct store *st, uint64_t serial, uint64_t salt, size_t size);
void store_file_free(struct store *st, struct store_file *f);
struct store_entry *store_entry_new(struct store *st, uint32_t box, uint64_t id);
void store_entry_free(struct store *st, struct store_entry *e);
bool store_switch(struct store *st); /* to the spare file */
/* storefound.c */
int store_find_all(struct store *st, struct err *e);

#endif
