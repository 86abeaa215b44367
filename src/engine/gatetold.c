/* What the gate tells. */
#include "base/text.h"
#include "engine/clients.h"
#include "engine/events.h"
#include "engine/gatehouseparts.h"
#include "io/packet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GATETOLD_PACKETS = 64, /* in a row, before others have their turn */
};

static struct gatehouse_door *gatetold_door(struct gatehouse *g, const char *name)
{
    for (size_t i = 0; i < GATEHOUSE_DOORS; i++)
        if (gatehouse_names[i] != NULL && strcmp(gatehouse_names[i], name) == 0)
            return &g->doors[i];
    return NULL;
}

static void gatetold_listens(struct gatehouse *g, struct packet *p)
{
    struct gatehouse_door *d = gatetold_door(g, p->words[1]);
    unsigned port = (unsigned)strtoul(p->words[2], NULL, 10);

    if (d == NULL || port == 0 || port > 65535)
        return;
    d->listens = true;
    d->port = port;
    d->why[0] = '\0';
    event_system(g->sys, "gate.listens", "transport=%s port=%u", p->words[1], port);
    loop_task_queue(&g->sys->changed);
}

static void gatetold_fails(struct gatehouse *g, struct packet *p)
{
    struct gatehouse_door *d = gatetold_door(g, p->words[1]);

    if (d == NULL)
        return;
    d->listens = false;
    (void)text_shown(p->words[2], strlen(p->words[2]), d->why, sizeof(d->why));
    event_system(g->sys, "gate.fails", "transport=%s reason=\"%s\"", gatehouse_names[d - g->doors],
                 d->why);
    loop_task_queue(&g->sys->changed);
}

static void gatetold_here(struct gatehouse *g, struct packet *p)
{
    struct system *s = g->sys;

    if (p->fd < 0)
        return;
    if (!clients_room(s)) {
        event_system(s, "client.turned_away", "reason=\"%s\"", "out of descriptors");
        return;
    }
    clients_serve(s, p->fd,
                  strcmp(p->words[1], GATEHOUSE_JOIN) == 0 ? CLIENTS_JOIN : CLIENTS_OUTSIDE);
    p->fd = -1;
}

static void gatetold_says(struct gatehouse *g, struct packet *p)
{
    char transport[16], text[400];

    (void)text_shown(p->words[1], strlen(p->words[1]), transport, sizeof(transport));
    (void)text_shown(p->words[2], strlen(p->words[2]), text, sizeof(text));
    event_system(g->sys, "gate.refused", "transport=%s reason=\"%s\"", transport, text);
}

static const struct gatetold_word {
    const char *word;
    size_t n; /* words, itself included */
    void (*run)(struct gatehouse *g, struct packet *p);
} gatetold_words[] = {
    {"listens", 3, gatetold_listens},
    {"fails", 3, gatetold_fails},
    {"here", 2, gatetold_here},
    {"says", 3, gatetold_says},
};

/* What is none of these came from its standard error. */
static void gatetold_heard(struct gatehouse *g, struct packet *p)
{
    char text[400];

    for (size_t i = 0; i < sizeof(gatetold_words) / sizeof(gatetold_words[0]); i++) {
        if (p->n == gatetold_words[i].n && strcmp(p->words[0], gatetold_words[i].word) == 0) {
            gatetold_words[i].run(g, p);
            return;
        }
    }
    if (p->n > 0)
        event_system(g->sys, "gate.output", "text=\"%s\"",
                     text_shown(p->words[0], strcspn(p->words[0], "\n"), text, sizeof(text)));
}

void gatehouse_event(void *arg, int events)
{
    static struct packet packet;
    struct gatehouse *g = arg;
    int rc = 0;

    (void)events;
    for (int i = 0; i < GATETOLD_PACKETS && rc == 0; i++) {
        rc = packet_receive(g->fd, &packet);
        if (rc == 0)
            gatetold_heard(g, &packet);
        if (rc == 0 && packet.fd >= 0)
            (void)close(packet.fd);
    }
    if (rc != 0 && rc != ERR_AGAIN) /* what has become of it the reaper tells */
        loop_io_want(g->io, 0);
}
