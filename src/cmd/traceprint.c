#include "cmd/traceprint.h"

#include "base/text.h"
#include "cmd/ctl.h"
#include "model/address.h"
#include "model/frame.h"
#include "model/origin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    TRACE_DEPTH = 64,
    TRACE_WIDE = 16,   /* of one message so many causes, and so many effects */
    TRACE_NODES = 400, /* of the whole tree */
};

/* --- names and times --- */

static const char *trace_slot(const struct traced *t, uint32_t actor)
{
    const json_t *names = json_object_get(t->head, "names");
    size_t i;
    json_t *one;
    json_array_foreach(names, i, one)
    {
        if (json_integer_value(json_array_get(one, 0)) == actor)
            return json_string_value(json_array_get(one, 1));
    }
    return "?";
}

/* Numbers of actors that are gone are given again: whose it was when record i was made. */
static const struct trace_record *trace_gone(const struct traced *t, uint32_t actor, size_t i)
{
    for (; i < t->log.n; i++)
        if (trace_kind(&t->log.records[i]) == TRACE_GONE &&
            origin_actor(t->log.records[i].to) == actor)
            return &t->log.records[i];
    return NULL;
}

static const char *trace_name(const struct traced *t, uint32_t origin, size_t i, char *buf,
                              size_t size)
{
    if (origin == ORIGIN_SYSTEM)
        return "actorsup";
    if (origin == TRACE_NOBODY)
        return "(nobody)";
    if (origin_is_client(origin)) {
        snprintf(buf, size, "~%u", origin_client_number(origin));
        return buf;
    }
    const struct trace_record *gone = trace_gone(t, origin_actor(origin), i);
    if (gone != NULL && gone->from == TRACE_NOBODY)
        return "(gone)";
    if (gone != NULL)
        snprintf(buf, size, "%s (gone)", trace_slot(t, origin_actor(gone->from)));
    else if (origin_index(origin) > 0)
        snprintf(buf, size, "%s/%u", trace_slot(t, origin_actor(origin)), origin_index(origin));
    else
        snprintf(buf, size, "%s", trace_slot(t, origin_actor(origin)));
    return buf;
}

static json_t *trace_time(const struct traced *t, size_t i)
{
    int64_t us = ctl_int(t->head, "wall_us") - t->ages[i];
    time_t seconds = (time_t)(us / 1000000);
    char text[40], whole[64];
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return json_string("?");
    snprintf(whole, sizeof whole, "%s.%06uZ", text, (unsigned)(us % 1000000) % 1000000u);
    return json_string(whole);
}

static json_t *trace_id(uint64_t id)
{
    char text[TEXT_ID_LEN];
    text_id_format(id, text);
    return json_stringn(text, sizeof text);
}

/* --- one message, or several that were accepted together --- */

static void trace_known(const struct traced *t, const struct trace_span *of, json_t *o)
{
    const struct trace_record *r = &t->log.records[of->at];
    char from[ADDRESS_MAX + 16], to[ADDRESS_MAX + 16];
    const char *type = frame_type_name(trace_type(r)), *whom = NULL;
    char id[TEXT_ID_LEN + 1] = "";
    text_id_format(of->id, id);
    const json_t *dead = json_object_get(json_object_get(t->head, "dead"), id);
    if (r->to == TRACE_NOBODY && dead != NULL)
        whom = ctl_text(dead, "to");
    json_object_set_new(o, "from", json_string(trace_name(t, r->from, of->at, from, sizeof from)));
    json_object_set_new(
        o, "to", json_string(whom != NULL ? whom : trace_name(t, r->to, of->at, to, sizeof to)));
    json_object_set_new(o, "type", json_string(type != NULL ? type : "?"));
    json_object_set_new(o, "accepted", trace_time(t, of->at));
}

static const char *trace_state(const struct trace_span *of, const struct trace_fate *f)
{
    if (f->dead > 0)
        return "dead";
    if (f->dropped > 0)
        return "dropped";
    if (f->handled >= of->n)
        return "handled";
    return f->in_hand > 0 ? "in hand" : "waiting";
}

static void trace_times(const struct traced *t, const struct trace_span *of,
                        const struct trace_fate *f, json_t *o)
{
    char by[ADDRESS_MAX + 16];
    if (f->first_taken == TRACE_UNKNOWN)
        return;
    json_object_set_new(o, "by", json_string(trace_name(t, f->by, f->first_taken, by, sizeof by)));
    json_object_set_new(o, "taken", trace_time(t, f->first_taken));
    if (of->at != TRACE_UNKNOWN)
        json_object_set_new(o, "waited_us",
                            json_integer(t->ages[of->at] - t->ages[f->first_taken]));
    if (f->last_handled == TRACE_UNKNOWN)
        return;
    json_object_set_new(o, "handled", trace_time(t, f->last_handled));
    json_object_set_new(o, "took_us",
                        json_integer(t->ages[f->first_taken] - t->ages[f->last_handled]));
}

static void trace_counts(const struct trace_fate *f, json_t *o)
{
    const struct {
        const char *key;
        uint64_t n;
    } all[] = {{"handled", f->handled},
               {"in hand", f->in_hand},
               {"waiting", f->waiting},
               {"dead", f->dead},
               {"dropped", f->dropped}};
    json_t *counts = json_object();
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].n > 0)
            json_object_set_new(counts, all[i].key, json_integer((json_int_t)all[i].n));
    json_object_set_new(o, "states", counts);
}

static json_t *trace_node(const struct traced *t, const struct trace_span *of)
{
    struct trace_fate f;
    json_t *o = json_object();
    char id[TEXT_ID_LEN + 1] = "";
    trace_fate(&t->log, of, &f);
    json_object_set_new(o, "id", trace_id(of->id));
    if (of->n > 1) {
        json_object_set_new(o, "last", trace_id(of->id + of->n - 1));
        json_object_set_new(o, "count", json_integer(of->n));
    }
    if (of->at != TRACE_UNKNOWN)
        trace_known(t, of, o);
    else if (f.taken + f.handled + f.dead + f.dropped == 0) {
        json_object_set_new(o, "state", json_string("unknown"));
        return o;
    }
    if (of->n > 1)
        trace_counts(&f, o);
    else
        json_object_set_new(o, "state", json_string(trace_state(of, &f)));
    trace_times(t, of, &f, o);
    if (of->n == 1 && f.attempts > 1)
        json_object_set_new(o, "attempts", json_integer(f.attempts));
    text_id_format(of->id, id);
    const json_t *dead = json_object_get(json_object_get(t->head, "dead"), id);
    if (f.dead > 0 && dead != NULL)
        json_object_set(o, "reason", json_object_get(dead, "reason"));
    return o;
}

/* --- the tree --- */

struct trace_walk {
    const struct traced *t;
    struct trace_span seen[TRACE_NODES];
    size_t n;
};

static bool trace_seen(const struct trace_walk *w, const struct trace_span *of)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->seen[i].at == of->at && w->seen[i].id == of->id)
            return true;
    return false;
}

static void trace_grow(struct trace_walk *w, const struct trace_span *of, json_t *o, bool up,
                       int depth);

static void trace_next(struct trace_walk *w, const struct trace_span *next, json_t *list, bool up,
                       int depth) // NOLINT(misc-no-recursion): bounded by depth
{
    json_t *o = trace_node(w->t, next);
    json_array_append_new(list, o);
    if (w->n == TRACE_NODES || depth == TRACE_DEPTH) {
        json_object_set_new(o, "cut", json_true());
    } else if (trace_seen(w, next)) {
        json_object_set_new(o, "again", json_true());
    } else {
        w->seen[w->n++] = *next;
        trace_grow(w, next, o, up, depth + 1);
    }
}

static void trace_grow(struct trace_walk *w, const struct trace_span *of, json_t *o, bool up,
                       int depth) // NOLINT(misc-no-recursion): bounded by depth
{
    struct trace_span next[TRACE_WIDE];
    bool older = false;
    size_t n = up ? trace_causes(&w->t->log, of, next, TRACE_WIDE, &older)
                  : trace_effects(&w->t->log, of, next, TRACE_WIDE);
    json_t *list = json_array();
    for (size_t i = 0; i < n && i < TRACE_WIDE; i++)
        trace_next(w, &next[i], list, up, depth);
    json_object_set_new(o, up ? "causes" : "effects", list);
    if (n > TRACE_WIDE)
        json_object_set_new(o, up ? "more_causes" : "more_effects",
                            json_integer((json_int_t)(n - TRACE_WIDE)));
    if (older)
        json_object_set_new(o, "older", json_true());
}

json_t *trace_json(const struct traced *t, const struct trace_span *of)
{
    struct trace_walk w = {.t = t};
    json_t *o = trace_node(t, of);
    trace_grow(&w, of, o, true, 0);
    w.n = 0;
    trace_grow(&w, of, o, false, 0);
    return o;
}

/* --- as text --- */

static void trace_us(const char *before, const json_t *us, const char *behind)
{
    double n = (double)json_integer_value(us);
    if (us == NULL)
        return;
    if (n < 1000)
        printf("%s%.0f us%s", before, n, behind);
    else if (n < 1e6)
        printf("%s%.1f ms%s", before, n / 1e3, behind);
    else
        printf("%s%.1f s%s", before, n / 1e6, behind);
}

static void trace_states(const json_t *o)
{
    const char *key, *between = "";
    json_t *n;
    json_object_foreach(json_object_get(o, "states"), key, n)
    {
        printf("%s%" JSON_INTEGER_FORMAT " %s", between, json_integer_value(n), key);
        between = ", ";
    }
}

/* mark: what stands before the message that was asked for. */
static void trace_line(const json_t *o, int depth, char mark, const char *colour)
{
    const char *accepted = ctl_text(o, "accepted");
    bool many = json_object_get(o, "count") != NULL;
    printf("%c %*s%s%s%s", mark, 2 * depth, "", colour != NULL ? "\033[" : "",
           colour != NULL ? colour : "", colour != NULL ? "m" : "");
    printf("%s", ctl_text(o, "id"));
    if (many)
        printf("..%s (%" PRId64 ")", ctl_text(o, "last") + 12, ctl_int(o, "count"));
    fputs(colour != NULL ? "\033[0m" : "", stdout);
    if (*accepted != '\0')
        printf("  %s -> %s  %s  %.15s  ", ctl_text(o, "from"), ctl_text(o, "to"),
               ctl_text(o, "type"), accepted + 11);
    else
        fputs("  accepted before what is kept  ", stdout);
    if (many)
        trace_states(o);
    else
        printf("%s", ctl_text(o, "state"));
    if (*ctl_text(o, "by") != '\0')
        printf(" by %s", ctl_text(o, "by"));
    if (ctl_int(o, "attempts") > 1)
        printf(" at attempt %" PRId64, ctl_int(o, "attempts"));
    if (*ctl_text(o, "reason") != '\0')
        printf(" (%s)", ctl_text(o, "reason"));
    trace_us(", waited ", json_object_get(o, "waited_us"), "");
    trace_us(", took ", json_object_get(o, "took_us"), "");
    if (json_is_true(json_object_get(o, "again")))
        fputs("  (see there)", stdout);
    puts(json_is_true(json_object_get(o, "cut")) ? "  ..." : "");
}

static void trace_more(const json_t *o, const char *key, const char *what, int depth)
{
    if (ctl_int(o, key) > 0)
        printf("  %*s... and %" PRId64 " more %s\n", 2 * depth, "", ctl_int(o, key), what);
}

/* What stands above a message; returns how deep it stands then. */
static int trace_above(const json_t *o) // NOLINT(misc-no-recursion): bounded by TRACE_DEPTH
{
    int depth = 0;
    size_t i;
    json_t *cause;
    if (json_is_true(json_object_get(o, "older"))) {
        puts("  (what came before may be older than what is kept)");
        depth = 1;
    }
    json_array_foreach(json_object_get(o, "causes"), i, cause)
    {
        int at = trace_above(cause);
        trace_line(cause, at, ' ', NULL);
        depth = at + 1 > depth ? at + 1 : depth;
    }
    trace_more(o, "more_causes", "causes", depth > 0 ? depth - 1 : 0);
    return depth;
}

static void trace_below(const json_t *o, int depth) // NOLINT(misc-no-recursion): the same
{
    size_t i;
    json_t *effect;
    json_array_foreach(json_object_get(o, "effects"), i, effect)
    {
        trace_line(effect, depth, ' ', NULL);
        trace_below(effect, depth + 1);
    }
    trace_more(o, "more_effects", "effects", depth);
}

void trace_text(const json_t *tree, bool colour)
{
    int depth = trace_above(tree);
    trace_line(tree, depth, '*', colour ? "1" : NULL);
    trace_below(tree, depth + 1);
}
