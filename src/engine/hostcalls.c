/* The command `host`. */
#include "engine/copies.h"
#include "engine/hostroll.h"

#include "base/text.h"
#include "base/units.h"
#include "config/topofar.h"
#include "engine/budget.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "model/address.h"

#include <stdio.h>
#include <string.h>

static const char *hostcalls_state(const struct host *h)
{
    return h->going                                      ? "leaving"
           : h->state == HOST_UP                         ? "up"
           : h->down                                     ? "down"
           : h->state == HOST_LAUNCHING || h->queued > 0 ? "launching"
                                                         : "unreachable";
}

json_t *hosts_states(const struct system *s)
{
    json_t *all = json_pack("[{s:s,s:s}]", "name", s->host, "state", "up");

    for (const struct host *h = s->hosts; h != NULL; h = h->next)
        (void)json_array_append_new(
            all, json_pack("{s:s,s:s}", "name", h->conf->name, "state", hostcalls_state(h)));
    return all;
}

static json_t *hostcalls_capabilities(const struct topo_capabilities *c)
{
    json_t *all = json_object();

    for (size_t i = 0; i < c->n; i++)
        (void)json_object_set_new(all, c->list[i].key, json_string(c->list[i].value));
    return all;
}

/* null when nothing is on its way there. */
static json_t *hostcalls_sending(const struct host *h)
{
    uint64_t sent, total;
    const char *what = host_sends(h, &sent, &total);

    return what == NULL ? json_null()
                        : json_pack("{s:s,s:I,s:I}", "what", what, "bytes", (json_int_t)sent, "of",
                                    (json_int_t)total);
}

/* How it is reached. */
static const char *hostcalls_login(const struct host *h, char *buf, size_t size)
{
    size_t n = 0;

    if (h->conf->ssh != NULL)
        return h->conf->ssh;
    buf[0] = '\0';
    for (size_t i = 0; i < h->conf->n_launch && n < size; i++)
        n += (size_t)snprintf(buf + n, size - n, "%s%s", i > 0 ? " " : "", h->conf->launch[i]);
    return buf;
}

/* What was cut may end within a character, and JSON has whole ones only. */
static const char *hostcalls_shown(const char *text, char *buf, size_t size)
{
    size_t len = strlen(text);

    return text_is_utf8(text, len) ? text : text_shown(text, len, buf, size);
}

/* Why it is not up; of one that is, when it has not been heard for a while. */
static const char *hostcalls_why(const struct host *h, char *buf, size_t size)
{
    int64_t silent = loop_now(h->sys->loop) - h->contact;
    char age[32];

    if (h->state == HOST_LAUNCHING && h->launch.last[0] != '\0')
        return h->launch.last;
    if (h->state != HOST_UP)
        return host_why(h);
    if (2 * silent < h->conf->down_after_ms)
        return "";
    (void)snprintf(buf, size, "nothing is heard of it for %s",
                   units_age_text(silent, age, sizeof(age)));
    return buf;
}

/* Those that run there as far as is known. */
static size_t hostcalls_processes(const struct host *h)
{
    size_t n = 0;

    for (const struct post *p = h->posts; p != NULL; p = p->hh.next)
        n += p->process != NULL;
    return n;
}

static json_t *hostcalls_row(const struct host *h)
{
    int64_t again = host_again_ms(h);
    char login[512], how[512], why[64], reason[HOST_WHY];
    size_t n = 0;
    bool copies = copies_where(h->sys, &n) == h;

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:I,s:I,s:i,s:o,s:o,s:o,s:o}", "name", h->conf->name, "state",
        hostcalls_state(h), "login",
        hostcalls_shown(hostcalls_login(h, login, sizeof(login)), how, sizeof(how)), "reason",
        hostcalls_shown(hostcalls_why(h, why, sizeof(why)), reason, sizeof(reason)), "processes",
        (json_int_t)hostcalls_processes(h), "rtt_us", (json_int_t)h->rtt_us, "cpus", (int)h->cpus,
        "capabilities", hostcalls_capabilities(&h->conf->capabilities), "sending",
        hostcalls_sending(h), "again_ms", again < 0 ? json_null() : json_integer(again), "copies",
        copies ? json_integer((json_int_t)n) : json_null());
}

void hosts_list(struct client *c, const json_t *req, struct selection *sel)
{
    json_t *rows = json_array();

    (void)req;
    (void)sel;
    for (const struct host *h = client_system(c)->hosts; h != NULL; h = h->next)
        (void)json_array_append_new(rows, hostcalls_row(h));
    client_result(c, 0, json_pack("{s:o}", "hosts", rows));
}

static const char *hostcalls_fault(struct system *s, const char *name, const char *login, char *buf,
                                   size_t size)
{
    if (s->topology->single)
        return HOSTS_NONE;
    if (name == NULL || !address_name_ok(name, strlen(name)))
        return "that is no name of a host: " ADDRESS_NAME_RULE;
    if (login == NULL)
        return "it needs a login: NAME=[user@]host[:port]";
    const char *why = topofar_check_login(login);
    if (why != NULL)
        return why;
    if (strcmp(name, TOPO_HOME) != 0 && hosts_find(s, name) == NULL)
        return NULL;
    (void)snprintf(buf, size, "there is a host %s already", name);
    return buf;
}

const char *hosts_fault(size_t n)
{
    return n > HOST_CAPABILITIES_MAX ? "a host has 64 capabilities at most" : NULL;
}

static size_t hostcalls_drop(const json_t *keys, struct topo_capability *list, size_t n)
{
    const json_t *key;
    size_t at;

    json_array_foreach(keys, at, key)
    {
        for (size_t i = 0; i < n; i++)
            if (json_is_string(key) && strcmp(list[i].key, json_string_value(key)) == 0)
                list[i--] = list[--n];
    }
    return n;
}

size_t hosts_given(const json_t *req, const struct topo_capabilities *had,
                   struct topo_capability *list)
{
    size_t n = had->n < HOST_CAPABILITIES_ROOM ? had->n : HOST_CAPABILITIES_ROOM;
    json_t *given = json_object_get(req, "capabilities"), *value;
    const char *key;

    if (n > 0)
        memcpy(list, had->list, n * sizeof(*list));
    n = hostcalls_drop(json_object_get(req, "drop"), list, n); /* first: it makes room */
    json_object_foreach(given, key, value)
    {
        size_t i = 0;
        while (i < n && i < HOST_CAPABILITIES_ROOM && strcmp(list[i].key, key) != 0)
            i++;
        if (i < HOST_CAPABILITIES_ROOM && json_is_string(value))
            list[i] = (struct topo_capability){key, json_string_value(value)};
        n += (i == n || i == HOST_CAPABILITIES_ROOM) && json_is_string(value);
    }
    return n;
}

void hosts_add(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    const char *name = json_string_value(json_object_get(req, "name"));
    const char *login = json_string_value(json_object_get(req, "login"));
    struct topo_capability list[HOST_CAPABILITIES_ROOM];
    struct topo_host conf = {.name = name, .ssh = login, .down_after_ms = HOST_DOWN_AFTER_MS};
    char text[128];
    struct err e;
    const char *why = hostcalls_fault(s, name, login, text, sizeof(text));

    (void)sel;
    conf.capabilities =
        (struct topo_capabilities){list, hosts_given(req, &conf.capabilities, list)};
    if (why == NULL)
        why = hosts_fault(conf.capabilities.n);
    if (why == NULL && budget_fits_host(s, &e) != 0)
        why = e.text;
    struct host *h = why != NULL ? NULL : host_add(s, &conf);
    if (h == NULL) {
        control_error(c, why != NULL ? ERR_INVALID : ERR_NOMEM,
                      why != NULL ? why : "the supervisor is out of memory");
        return;
    }
    h->by_hand = true;
    client_result(c, 0, json_object());
}

static struct host *hostcalls_named(struct client *c, const json_t *req)
{
    const char *name = json_string_value(json_object_get(req, "name"));
    struct host *h = name == NULL ? NULL : hosts_find(client_system(c), name);
    char text[160];

    if (h != NULL && !h->going)
        return h;
    (void)snprintf(text, sizeof(text),
                   name != NULL && strcmp(name, TOPO_HOME) == 0
                       ? "what %.63s has is said in the file, by its entry under `hosts`"
                       : "there is no host %.63s: see `actorsup host`",
                   name == NULL ? "" : name);
    control_error(c, ERR_UNKNOWN, text);
    return NULL;
}

/* It is told, when h has not what is to be dropped. */
static bool hostcalls_lacks(struct client *c, const struct host *h, const json_t *drop)
{
    const struct topo_capabilities *has = &h->conf->capabilities;
    const json_t *key;
    char text[200];
    size_t at, i;

    json_array_foreach(drop, at, key)
    {
        const char *word = json_is_string(key) ? json_string_value(key) : "";
        for (i = 0; i < has->n && strcmp(has->list[i].key, word) != 0; i++)
            ;
        if (i < has->n)
            continue;
        (void)snprintf(text, sizeof(text), "%.63s has no capability %.63s: see `actorsup host`",
                       h->conf->name, word);
        control_error(c, ERR_INVALID, text);
        return true;
    }
    return false;
}

void hosts_set(struct client *c, const json_t *req, struct selection *sel)
{
    struct topo_capability list[HOST_CAPABILITIES_ROOM];
    struct host *h = hostcalls_named(c, req);

    (void)sel;
    if (h == NULL)
        return;
    if (hostcalls_lacks(c, h, json_object_get(req, "drop")))
        return;
    struct topo_host conf = *h->conf;
    conf.capabilities =
        (struct topo_capabilities){list, hosts_given(req, &conf.capabilities, list)};
    if (hosts_fault(conf.capabilities.n) != NULL) {
        control_error(c, ERR_INVALID, hosts_fault(conf.capabilities.n));
        return;
    }
    if (host_is(h, &conf) != 0) {
        control_error(c, ERR_NOMEM, "the supervisor is out of memory");
        return;
    }
    event_system(h->sys, "host.set", "host=%s capabilities=%zu", h->conf->name,
                 h->conf->capabilities.n);
    hosts_refit(h);
    client_result(c, 0, json_object());
}

void hosts_remove(struct client *c, const json_t *req, struct selection *sel)
{
    struct host *h = hostcalls_named(c, req);

    (void)sel;
    if (h == NULL)
        return;
    if (h->conf->join)
        farewell_say(h->sys, h->conf->name);
    host_go(h);
    if (json_is_true(json_object_get(req, "gone")) && h->state != HOST_UP)
        host_may_not_run(h);
    client_result(c, 0, json_object());
}
