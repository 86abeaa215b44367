#include "cmd/graphprint.h"

#include "cmd/ctl.h"

#include <inttypes.h>
#include <string.h>

/* --- what the forms share --- */

const char *graph_number(json_int_t n, char buf[32])
{
    char plain[32];
    size_t len = (size_t)snprintf(plain, sizeof plain, "%" JSON_INTEGER_FORMAT, n), at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf[at++] = ',';
        buf[at++] = plain[i];
    }
    buf[at] = '\0';
    return buf;
}

/* Its hosts, as they are or, of many, their number; nothing for what runs at home alone. */
static void graph_places(const char *hosts, char *buf, size_t size)
{
    size_t n = 1;
    for (const char *c = hosts; *c != '\0'; c++)
        n += *c == ' ';
    if (*hosts == '\0' || strcmp(hosts, "main") == 0)
        return;
    if (n > GRAPH_PLACES)
        snprintf(buf, size, " @%zu hosts", n);
    else
        snprintf(buf, size, " @%s", hosts);
    for (char *c = buf + 1; n <= GRAPH_PLACES && *buf != '\0' && (c = strchr(c, ' ')) != NULL;)
        *c = ',';
}

const char *graph_label(const json_t *actor, char buf[GRAPH_LABEL])
{
    int n = snprintf(buf, GRAPH_NAME, "%s", ctl_text(actor, "name"));
    if (json_is_true(json_object_get(actor, "template")))
        n += snprintf(buf + n, GRAPH_LABEL - (size_t)n, " (template)");
    else if (ctl_int(actor, "pool") > 1)
        n += snprintf(buf + n, GRAPH_LABEL - (size_t)n, " x%" PRId64, ctl_int(actor, "pool"));
    graph_places(ctl_text(actor, "host"), buf + n, GRAPH_LABEL - (size_t)n);
    return buf;
}

bool graph_goes(const json_t *flow)
{
    return json_is_true(json_object_get(flow, "declared")) || ctl_int(flow, "messages") > 0;
}

bool graph_idle(const json_t *doc, const json_t *actor)
{
    const char *name = ctl_text(actor, "name");
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(doc, "flows"), i, f)
    {
        if (strcmp(ctl_text(f, "from"), name) == 0 || strcmp(ctl_text(f, "to"), name) == 0)
            return false;
    }
    return json_is_true(json_object_get(actor, "template"));
}

bool graph_outside(const json_t *doc)
{
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(doc, "flows"), i, f)
    {
        if (ctl_int(f, "messages") > 0 &&
            (strcmp(ctl_text(f, "from"), "~") == 0 || strcmp(ctl_text(f, "to"), "~") == 0))
            return true;
    }
    return false;
}

const char *graph_colour(const json_t *actor)
{
    static const struct {
        const char *state, *colour;
    } colours[] = {{"ready", "32"},  {"running", "32"}, {"done", "36"},
                   {"failed", "31"}, {"", NULL},        {NULL, "33"}};
    size_t i = 0;
    while (colours[i].state != NULL && strcmp(colours[i].state, ctl_text(actor, "state")) != 0)
        i++;
    return colours[i].colour;
}

static bool graph_in(const json_t *actor, const char *group)
{
    return strcmp(ctl_text(actor, "group"), group) == 0;
}

/* The members of a group: actors, then groups. */
static void graph_members(FILE *out, const json_t *doc, const char *group)
{
    const char *between = " ";
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(doc, "actors"), i, o)
    {
        if (graph_in(o, group)) {
            fprintf(out, "%s%s", between, ctl_text(o, "name"));
            between = ", ";
        }
    }
    json_array_foreach(json_object_get(doc, "groups"), i, o)
    {
        if (strcmp(ctl_text(o, "parent"), group) == 0) {
            fprintf(out, "%sgroup %s", between, ctl_text(o, "name"));
            between = ", ";
        }
    }
}

void graph_hosts(FILE *out, const json_t *doc)
{
    const char *between = "hosts: ";
    size_t i;
    json_t *h;
    if (json_array_size(json_object_get(doc, "hosts")) < 2)
        return;
    json_array_foreach(json_object_get(doc, "hosts"), i, h)
    {
        const char *state = ctl_text(h, "state");
        bool apart = *state != '\0' && strcmp(state, "up") != 0;
        fprintf(out, "%s%s%s%s%s", between, ctl_text(h, "name"), apart ? " (" : "",
                apart ? state : "", apart ? ")" : "");
        between = ", ";
    }
    putc('\n', out);
}

void graph_groups(FILE *out, const json_t *doc)
{
    size_t i;
    json_t *g;
    json_array_foreach(json_object_get(doc, "groups"), i, g)
    {
        if (json_is_null(json_object_get(g, "parent")))
            continue;
        fprintf(out, "group %s (%s):", ctl_text(g, "name"), ctl_text(g, "strategy"));
        graph_members(out, doc, ctl_text(g, "name"));
        putc('\n', out);
    }
}

/* --- dot and mermaid: actors in their groups, then what goes between them --- */

struct graph_form {
    void (*begin_group)(FILE *out, int depth, const json_t *group);
    const char *end_group;
    void (*actor)(FILE *out, int depth, const json_t *actor);
};

static void graph_tree(FILE *out, const json_t *doc, // NOLINT(misc-no-recursion): groups nest
                       const char *group, int depth, const struct graph_form *form)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(doc, "actors"), i, o)
    {
        if (graph_in(o, group))
            form->actor(out, depth, o);
    }
    json_array_foreach(json_object_get(doc, "groups"), i, o)
    {
        if (strcmp(ctl_text(o, "parent"), group) != 0)
            continue;
        form->begin_group(out, depth, o);
        graph_tree(out, doc, ctl_text(o, "name"), depth + 1, form);
        fprintf(out, "%*s%s\n", 4 * depth, "", form->end_group);
    }
}

static const char *graph_root(const json_t *doc)
{
    return ctl_text(json_array_get(json_object_get(doc, "groups"), 0), "name");
}

static bool graph_any_outside(const json_t *doc)
{
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(doc, "flows"), i, f)
    {
        if (strcmp(ctl_text(f, "from"), "~") == 0 || strcmp(ctl_text(f, "to"), "~") == 0)
            return true;
    }
    return false;
}

static void dot_group(FILE *out, int depth, const json_t *g)
{
    fprintf(out, "%*ssubgraph \"cluster_%s\" {\n%*slabel=\"%s (%s)\";\n", 4 * depth, "",
            ctl_text(g, "name"), 4 * depth + 4, "", ctl_text(g, "name"), ctl_text(g, "strategy"));
}

static void dot_actor(FILE *out, int depth, const json_t *a)
{
    char label[GRAPH_LABEL];
    const char *state = ctl_text(a, "state");
    bool template = json_is_true(json_object_get(a, "template"));
    fprintf(out, "%*s\"%s\" [label=\"%s%s%s\"%s];\n", 4 * depth, "", ctl_text(a, "name"),
            graph_label(a, label), *state != '\0' ? "\\n" : "", state,
            template ? ", style=dashed" : "");
}

void graph_dot(FILE *out, const json_t *doc)
{
    static const struct graph_form form = {dot_group, "}", dot_actor};
    size_t i;
    json_t *f;
    fprintf(out, "digraph \"%s\" {\n    rankdir=LR;\n    node [shape=box];\n",
            ctl_text(doc, "system"));
    graph_tree(out, doc, graph_root(doc), 1, &form);
    if (graph_any_outside(doc))
        fputs("    \"~\" [shape=plaintext];\n", out);
    json_array_foreach(json_object_get(doc, "flows"), i, f)
    {
        const char *from = ctl_text(f, "from"), *to = ctl_text(f, "to");
        if (graph_goes(f) && json_object_get(f, "messages") != NULL)
            fprintf(out, "    \"%s\" -> \"%s\" [label=\"%" PRId64 "\"];\n", from, to,
                    ctl_int(f, "messages"));
        else if (graph_goes(f))
            fprintf(out, "    \"%s\" -> \"%s\";\n", from, to);
        if (ctl_int(f, "replies") > 0)
            fprintf(out, "    \"%s\" -> \"%s\" [label=\"%" PRId64 "\", style=dashed];\n", from, to,
                    ctl_int(f, "replies"));
    }
    fputs("}\n", out);
}

/* Words such as `end` mean something in mermaid: all have a prefix, and nothing but letters, digits
 * and _ is left; `-` and `.` become different ones. */
static void mermaid_id(FILE *out, const char *name)
{
    fputs("a_", out);
    for (; *name != '\0'; name++) {
        if (*name == '_' || *name == '-' || *name == '.' || *name == '~')
            fprintf(out, "_%c", *name == '_' ? '_' : *name == '-' ? 'm' : *name == '.' ? 'd' : 't');
        else
            putc(*name, out);
    }
}

static void mermaid_group(FILE *out, int depth, const json_t *g)
{
    fprintf(out, "%*ssubgraph ", 4 * depth, "");
    putc('g', out);
    mermaid_id(out, ctl_text(g, "name"));
    fprintf(out, " [\"%s (%s)\"]\n", ctl_text(g, "name"), ctl_text(g, "strategy"));
}

static void mermaid_actor(FILE *out, int depth, const json_t *a)
{
    char label[GRAPH_LABEL];
    fprintf(out, "%*s", 4 * depth, "");
    mermaid_id(out, ctl_text(a, "name"));
    fprintf(out, "[\"%s\"]\n", graph_label(a, label));
}

static void mermaid_flow(FILE *out, const json_t *f, const char *arrow, const char *key)
{
    fputs("    ", out);
    mermaid_id(out, ctl_text(f, "from"));
    fprintf(out, " %s", arrow);
    if (json_object_get(f, key) != NULL)
        fprintf(out, "|%" PRId64 "|", ctl_int(f, key));
    putc(' ', out);
    mermaid_id(out, ctl_text(f, "to"));
    putc('\n', out);
}

void graph_mermaid(FILE *out, const json_t *doc)
{
    static const struct graph_form form = {mermaid_group, "end", mermaid_actor};
    size_t i;
    json_t *f;
    fputs("flowchart LR\n", out);
    graph_tree(out, doc, graph_root(doc), 1, &form);
    if (graph_any_outside(doc))
        fputs("    a__t((\"~\"))\n", out);
    json_array_foreach(json_object_get(doc, "flows"), i, f)
    {
        if (graph_goes(f))
            mermaid_flow(out, f, "-->", "messages");
        if (ctl_int(f, "replies") > 0)
            mermaid_flow(out, f, "-.->", "replies");
    }
}

/* --- a list, for what is too large for a picture --- */

static void list_flows(FILE *out, const json_t *doc, const char *from)
{
    const char *between = "  -> ";
    char count[32];
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(doc, "flows"), i, f)
    {
        if (strcmp(ctl_text(f, "from"), from) != 0)
            continue;
        if (graph_goes(f)) {
            fprintf(out, "%s%s", between, ctl_text(f, "to"));
            if (json_object_get(f, "messages") != NULL)
                fprintf(out, " %s", graph_number(ctl_int(f, "messages"), count));
            between = ", ";
        }
        if (ctl_int(f, "replies") > 0) {
            fprintf(out, "%s%s %s replies", between, ctl_text(f, "to"),
                    graph_number(ctl_int(f, "replies"), count));
            between = ", ";
        }
    }
    putc('\n', out);
}

static void list_group(FILE *out, const json_t *doc, // NOLINT(misc-no-recursion): groups nest
                       const char *group, int depth, bool colour)
{
    char label[GRAPH_LABEL];
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(doc, "actors"), i, o)
    {
        const char *code = colour ? graph_colour(o) : NULL;
        if (!graph_in(o, group))
            continue;
        fprintf(out, "%*s", 2 * depth, "");
        if (code != NULL)
            fprintf(out, "\033[%sm%s\033[0m", code, graph_label(o, label));
        else
            fputs(graph_label(o, label), out);
        list_flows(out, doc, ctl_text(o, "name"));
    }
    json_array_foreach(json_object_get(doc, "groups"), i, o)
    {
        if (strcmp(ctl_text(o, "parent"), group) != 0)
            continue;
        fprintf(out, "%*sgroup %s (%s)\n", 2 * depth, "", ctl_text(o, "name"),
                ctl_text(o, "strategy"));
        list_group(out, doc, ctl_text(o, "name"), depth + 1, colour);
    }
}

void graph_list(FILE *out, const json_t *doc, bool colour)
{
    fprintf(out, "%s\n", ctl_text(doc, "system"));
    if (graph_any_outside(doc)) {
        fputs("  ~", out);
        list_flows(out, doc, "~");
    }
    list_group(out, doc, graph_root(doc), 1, colour);
    graph_hosts(out, doc);
}
