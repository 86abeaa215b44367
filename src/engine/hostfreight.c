/* Files that go along to other hosts: what an actor that has `files` finds where it runs.
 *
 * They are looked at anew before each process, as they would be here; what has changed is read, and
 * the tree of all is sent where it is not yet, one at a time to each host. */
#include "base/text.h"
#include "base/units.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "freight/gather.h"
#include "freight/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FREIGHT_AGAIN_MS = 2000, FREIGHT_CHUNK = 64 * 1024 };

/* A tree on its way. */
struct shipment {
    struct host *host;
    struct freight *freight;
    char name[DIGEST_TEXT];
    char *needs; /* the hashes, each with a newline; NULL: not known yet */
    char *at;    /* of the one that is sent, or is next */
    int fd;      /* of that, -1: not open */
    uint64_t sent, total, flying;
};

/* --- on its way --- */

static void freight_try_again(void *arg)
{
    struct host *h = arg;

    loop_task_queue(&h->sys->changed);
}

void freight_begin(struct host *h)
{
    loop_timer_init(&h->freight_again, h->sys->loop, freight_try_again, h);
}

static void shipment_end(struct host *h, const char *why)
{
    struct shipment *s = h->shipment;

    if (s == NULL)
        return;
    if (s->fd >= 0)
        (void)close(s->fd);
    freight_use(s->freight, -1);
    free(s->needs);
    free(s);
    h->shipment = NULL;
    (void)text_shown(why, strlen(why), h->freight_why, sizeof(h->freight_why));
    if (*why != '\0') {
        event_system(h->sys, "host.files_failed", "host=%s reason=\"%s\"", h->conf->name,
                     h->freight_why);
        (void)loop_timer_start(&h->freight_again, FREIGHT_AGAIN_MS);
    }
    loop_task_queue(&h->sys->changed);
}

static void shipment_begin(struct host *h, struct freight *f)
{
    struct shipment *s = calloc(1, sizeof(*s));
    const struct bytes *text = gather_text(freight_gather(f));

    if (s == NULL)
        return;
    s->host = h;
    s->freight = f;
    freight_use(f, 1);
    s->fd = -1;
    (void)snprintf(s->name, sizeof(s->name), "%s", gather_name(freight_gather(f)));
    h->shipment = s;
    const struct frame tree = {.kind = FRAME_TREE,
                               .text = span_of(s->name, strlen(s->name)),
                               .body = span_of(bytes_at(text), bytes_len(text))};
    if (trunk_send(h->trunk, TRUNK_FREIGHT, &tree) != 0)
        shipment_end(h, "out of memory");
}

/* The file that is next, open. 0: it is, or nothing is next; else why not, in why. */
static int shipment_open(struct shipment *s, char *why, size_t size)
{
    char hash[DIGEST_TEXT], path[4096];
    uint64_t bytes = 0;

    if (s->fd >= 0 || *s->at == '\0')
        return 0;
    (void)snprintf(hash, sizeof(hash), "%.*s", (int)strcspn(s->at, "\n"), s->at);
    const char *file = gather_find(freight_gather(s->freight), hash, &bytes);
    if (file == NULL) {
        (void)snprintf(why, size, "it was changed while it was sent");
        return ERR_INVALID;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", s->host->sys->topology->dir, file);
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (s->fd >= 0)
        return 0;
    (void)snprintf(why, size, "cannot read %.300s: %s", path, strerror(errno));
    return ERR_SYSTEM;
}

static void shipment_pump(struct host *h)
{
    unsigned char buf[FREIGHT_CHUNK];
    struct shipment *s = h->shipment;
    char why[HOST_WHY];

    while (s->needs != NULL && *s->at != '\0' && s->flying < TRUNK_FREIGHT_AHEAD) {
        ssize_t n = -1;
        if (shipment_open(s, why, sizeof(why)) == 0 && (n = read(s->fd, buf, sizeof(buf))) < 0)
            (void)snprintf(why, sizeof(why), "cannot read a file of it: %s", strerror(errno));
        if (n < 0) {
            shipment_end(h, why);
            return;
        }
        const struct frame part = {
            .kind = FRAME_PART, .flags = n == 0, .body = span_of(buf, (size_t)n)};
        if (trunk_send(h->trunk, TRUNK_FREIGHT, &part) != 0) {
            shipment_end(h, "out of memory");
            return;
        }
        s->flying += trunk_cost(&part);
        s->sent += (uint64_t)n;
        if (n > 0)
            continue;
        (void)close(s->fd);
        s->fd = -1;
        s->at += strcspn(s->at, "\n") + 1;
    }
}

/* NEEDS: each is a hash and a newline. False: it is not. */
static bool shipment_needs(struct shipment *s, struct span body)
{
    const size_t line = DIGEST_TEXT;
    uint64_t bytes = 0;
    size_t n = body.len / line;

    if (s->needs != NULL || body.len % line != 0)
        return false;
    s->needs = calloc(1, body.len + 2);
    if (s->needs == NULL)
        return false;
    memcpy(s->needs, body.data, body.len);
    s->at = s->needs;
    for (size_t i = 0; i < n; i++) {
        char *hash = s->needs + i * line;
        if (hash[line - 1] != '\n' || !manifest_is_hash(hash, line - 1))
            return false;
        hash[line - 1] = '\0';
        (void)gather_find(freight_gather(s->freight), hash, &bytes);
        hash[line - 1] = '\n';
        s->total += bytes;
    }
    event_system(s->host->sys, "host.files", "host=%s files=%zu bytes=%" PRIu64,
                 s->host->conf->name, n, s->total);
    return true;
}

/* --- what its node says --- */

static void freight_tree(struct host *h, const struct frame *f)
{
    char why[HOST_WHY];

    if (f->flags == TREE_NEEDS && shipment_needs(h->shipment, f->body)) {
        shipment_pump(h);
    } else if (f->flags == TREE_THERE) {
        treenames_add(&h->trees, h->shipment->name);
        shipment_end(h, "");
    } else {
        (void)text_shown(f->text.data, f->text.len, why, sizeof(why));
        shipment_end(h, f->flags == TREE_FAILED ? why : "its answer makes no sense");
    }
}

void freight_frame(struct host *h, const struct frame *f)
{
    struct shipment *s = h->shipment;

    if (s == NULL)
        return;
    if (f->kind == FRAME_TREE) {
        freight_tree(h, f);
    } else if (f->kind == FRAME_CREDIT) {
        s->flying -= f->number < s->flying ? f->number : s->flying;
        shipment_pump(h);
    }
}

void freight_lost(struct host *h)
{
    shipment_end(h, "");
    loop_timer_stop(&h->freight_again);
    treenames_clear(&h->trees);
}

/* --- what an actor needs --- */

bool freight_progress(const struct host *h, uint64_t *sent, uint64_t *total)
{
    const struct shipment *s = h->shipment;

    *sent = s == NULL ? 0 : s->sent;
    *total = s == NULL ? 0 : s->total;
    return s != NULL;
}

static void freight_text(const struct host *h, const struct freight *f, char *buf, size_t size)
{
    uint64_t sent, total;
    char all[32];

    if (freight_progress(h, &sent, &total) && total > 0)
        (void)snprintf(buf, size, "its files to be on %s (%d %% of %s)", h->conf->name,
                       (int)(100.0 * (double)sent / (double)total),
                       units_size_text(total, all, sizeof(all)));
    else if (h->shipment == NULL && *freight_fault(f) != '\0')
        (void)snprintf(buf, size, "its files: %s", freight_fault(f));
    else if (h->shipment == NULL && loop_timer_armed(&h->freight_again))
        (void)snprintf(buf, size, "its files to be on %s: %s", h->conf->name, h->freight_why);
    else
        (void)snprintf(buf, size, "its files to be on %s", h->conf->name);
}

bool freight_says(struct host *h, const struct topo_actor *conf, char *buf, size_t size)
{
    const struct freight *f = conf->n_files == 0 ? NULL : freight_of(h->sys, conf);

    if (f != NULL)
        freight_text(h, f, buf, size);
    else
        (void)snprintf(buf, size, "memory");
    return conf->n_files > 0;
}

bool freight_waits(struct host *h, const struct topo_actor *conf, char *buf, size_t size)
{
    struct freight *f = conf->n_files == 0 ? NULL : freight_of(h->sys, conf);

    if (conf->n_files == 0)
        return false;
    if (f != NULL && h->shipment == NULL && freight_ready(f)) {
        if (treenames_has(&h->trees, gather_name(freight_gather(f))))
            return false;
        if (!loop_timer_armed(&h->freight_again))
            shipment_begin(h, f);
    }
    return freight_says(h, conf, buf, size);
}

bool freight_fails(struct host *h, const struct topo_actor *conf)
{
    const struct freight *f = conf->n_files == 0 ? NULL : freight_of(h->sys, conf);

    return f != NULL && h->freight_why[0] != '\0' && loop_timer_armed(&h->freight_again) &&
           !treenames_has(&h->trees, gather_name(freight_gather(f)));
}

const char *freight_name(struct host *h, const struct topo_actor *conf)
{
    const struct freight *f = conf->n_files == 0 ? NULL : freight_of(h->sys, conf);

    return f == NULL ? "" : gather_name(freight_gather(f));
}
