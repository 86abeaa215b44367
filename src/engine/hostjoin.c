/* Hosts that join by themselves: they connect as a client would, and say who they are. */
#include "engine/budget.h"
#include "engine/clientparts.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "engine/hostroll.h"
#include "model/address.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- those that were let go --- */

/* One that would join again by itself may not, once it was let go by hand; by hand it may. */
struct farewell {
    struct farewell *next;
    char name[ADDRESS_NAME_MAX + 1];
};

static struct farewell **farewell_find(struct system *s, const char *name)
{
    struct farewell **at = &s->farewells;

    while (*at != NULL && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

void farewell_say(struct system *s, const char *name)
{
    struct farewell *f = *farewell_find(s, name) == NULL ? calloc(1, sizeof(*f)) : NULL;

    if (f == NULL)
        return;
    (void)snprintf(f->name, sizeof(f->name), "%s", name);
    f->next = s->farewells;
    s->farewells = f;
}

static void farewell_drop(struct farewell **at)
{
    struct farewell *f = *at;

    *at = f->next;
    free(f);
}

void farewells_free(struct system *s)
{
    while (s->farewells != NULL)
        farewell_drop(&s->farewells);
}

/* May one of this name come? */
static bool farewell_lets(struct system *s, const char *name, const json_t *req)
{
    struct farewell **at = farewell_find(s, name);

    if (*at == NULL)
        return true;
    if (json_is_true(json_object_get(req, "again")))
        return false;
    farewell_drop(at);
    return true;
}

/* --- those that come --- */

/* What the file of tokens has, without the newline behind it. 0 when it has none. */
static size_t join_read(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, size);

    if (fd >= 0)
        (void)close(fd);
    while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
        n--;
    return n < TOPO_TOKEN_LEAST || (size_t)n == size ? 0 : (size_t)n;
}

/* In constant time, of tokens of one length. */
static bool join_same(const char *a, const char *b, size_t n)
{
    unsigned char differs = 0;

    for (size_t i = 0; i < n; i++)
        differs |= (unsigned char)(a[i] ^ b[i]);
    return differs == 0;
}

/* NULL, or why it may not join. */
static const char *join_refused(const struct system *s, const struct client *c, const char *token)
{
    char kept[TOPO_TOKEN_MOST + 1];

    if (s->topology->single)
        return HOSTS_NONE;
    if (s->topology->join.token == NULL)
        return "no host may join this system: its file has no `join`";
    if (!c->joins && token == NULL) /* whoever reaches the socket here may do anything */
        return NULL;
    size_t n = join_read(s->topology->join.token, kept, sizeof(kept));
    if (n == 0)
        return "the system's own file of the token cannot be read, or has fewer than 16 characters "
               "or more than 1023";
    return token != NULL && strlen(token) == n && join_same(token, kept, n)
               ? NULL
               : "the token is not that of the system: give by --token a file with the same as "
                 "that of its `join`";
}

static const char *join_name_fault(const char *name)
{
    return name == NULL || !address_name_ok(name, strlen(name)) || strcmp(name, TOPO_HOME) == 0
               ? "that is no name of a host: " ADDRESS_NAME_RULE ", and not main"
               : NULL;
}

/* The same `actorsup join` as before: what was set by hand since holds. */
static bool join_returns(const struct host *h, const json_t *req)
{
    return h != NULL && h->given != NULL && json_is_true(json_object_get(req, "again")) &&
           json_equal(json_object_get(h->given, "capabilities"),
                      json_object_get(req, "capabilities"));
}

/* NULL, or why none of this name may come; *code: ERR_DENIED, it never may, or another, it may
 * later. known: as it is, or as the file has it; NULL: nobody knows it. */
static const char *join_barred(const struct system *s, const struct host *h,
                               const struct topo_host *known, int *code)
{
    struct err e;

    *code = ERR_DENIED;
    if (known != NULL && !known->join)
        return "a host of this name is launched by the system itself";
    *code = ERR_REFUSED;
    if (s->stopping && (h == NULL || h->leaving))
        return "the system ends";
    *code = ERR_EXISTS;
    if (h != NULL && h->going)
        return "a host of this name is leaving";
    if (h != NULL && trunk_attached(h->trunk))
        return "a host of this name is there already, perhaps by another `actorsup join` of the "
               "same machine: end that, or take another --name";
    *code = ERR_REFUSED;
    if (h == NULL && budget_fits_host(s, &e) != 0)
        return "there are no descriptors for one more host: raise the hard limit (ulimit -Hn)";
    return NULL;
}

/* h, or the host of this name anew: it has what the file says, and over that what it says itself.
 * NULL with *why and *code. */
static struct host *join_anew(struct system *s, struct host *h, const char *name, const json_t *req,
                              const char **why, int *code)
{
    struct topo_host conf = {.name = name, .join = true, .down_after_ms = HOST_DOWN_AFTER_MS};
    const struct topo_host *entry = hosts_described(s, name);
    struct topo_capabilities had = {NULL, 0};
    struct topo_capability list[HOST_CAPABILITIES_ROOM];

    if (entry != NULL)
        had = entry->capabilities;
    if (h != NULL)
        conf = *h->conf;
    else if (entry != NULL)
        conf = *entry;
    conf.capabilities = (struct topo_capabilities){list, hosts_given(req, &had, list)};
    *why = hosts_fault(conf.capabilities.n);
    *code = ERR_DENIED;
    if (*why != NULL)
        return NULL;
    *why = "the supervisor is out of memory";
    *code = ERR_NOMEM;
    if (h != NULL && host_is(h, &conf) != 0)
        return NULL;
    if (h != NULL) {
        hosts_refit(h);
        return h;
    }
    h = host_add(s, &conf);
    if (h != NULL)
        h->by_hand = entry == NULL;
    return h;
}

/* The host of this name, with what it says to have. NULL with *why and *code. */
static struct host *join_host(struct system *s, const char *name, const json_t *req,
                              const char **why, int *code)
{
    struct host *h = hosts_find(s, name);

    *why = join_barred(s, h, h != NULL ? h->conf : hosts_described(s, name), code);
    if (*why != NULL)
        return NULL;
    return join_returns(h, req) ? h : join_anew(s, h, name, req, why, code);
}

void hosts_join(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    const char *name = json_string_value(json_object_get(req, "name"));
    const char *why = join_refused(s, c, json_string_value(json_object_get(req, "token")));
    struct host *h = NULL;
    int code = ERR_DENIED;

    (void)sel;
    if (why == NULL)
        why = join_name_fault(name);
    if (why == NULL && !farewell_lets(s, name, req))
        why = "it was let go by `actorsup host rm`: to have it again, begin `actorsup join` anew";
    if (why == NULL)
        h = join_host(s, name, req, &why, &code);
    if (h == NULL) {
        event_system(s, "host.refused", "host=%.63s reason=\"%s\"",
                     join_name_fault(name) == NULL ? name : "?", why);
        control_error(c, code, why);
        return;
    }
    client_result(c, 0, json_pack("{s:s,s:s}", "system", s->topology->system, "host", name));
    int fd = client_becomes(c);
    if (fd < 0)
        return;
    event_system(s, "host.joins", "host=%s", name);
    json_decref(h->given);
    h->given = json_pack("{s:O?}", "capabilities", json_object_get(req, "capabilities"));
    h->state = HOST_LAUNCHING;
    h->contact = loop_now(s->loop);
    host_connected(h, fd, fd, "", 0);
}
