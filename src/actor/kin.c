/* Other actors: started, ended, watched. */
#include "actor/inside.h"

#include <string.h>

static int kin_args(struct actor *a, const char *const *args, struct bytes *out)
{
    for (; args != NULL && *args != NULL; args++)
        if (bytes_append(out, *args, strlen(*args) + 1) != 0)
            return inside_fail(a, ACTOR_NOMEM, "out of memory");
    return 0;
}

int actor_spawn(struct actor *a, const char *template, const struct actor_spawn *how)
{
    static const struct actor_spawn plain = {0};
    const struct actor_spawn *h = how == NULL ? &plain : how;
    struct frame f = {.kind = FRAME_SPAWN,
                      .to = inside_span(template),
                      .tag = inside_span(h->tag),
                      .text = inside_span(h->name)};
    struct bytes args;

    if (template == NULL || template[0] == 0)
        return inside_fail(a, ACTOR_INVALID, "no template");
    bytes_init(&args);
    int rc = emit_pack_headers(a, h->env, &f.headers);
    if (rc == 0)
        rc = kin_args(a, h->args, &args);
    f.body = span_of(bytes_at(&args), bytes_len(&args));
    if (rc == 0)
        rc = emit_frame(a, &f);
    bytes_release(&args);
    return rc;
}

static int kin_frame(struct actor *a, int kind, const char *to, int now)
{
    struct frame f = {
        .kind = (uint8_t)kind, .to = inside_span(to), .flags = (uint8_t)(now != 0 ? 1 : 0)};

    if (to == NULL || to[0] == 0)
        return inside_fail(a, ACTOR_INVALID, "no address");
    int rc = emit_check_target(a, to);
    return rc == 0 ? emit_frame(a, &f) : rc;
}

int actor_exit(struct actor *a, const char *to, int now)
{
    return kin_frame(a, FRAME_EXIT, to, now);
}

int actor_watch(struct actor *a, const char *to)
{
    return kin_frame(a, FRAME_WATCH, to, 0);
}

int actor_unwatch(struct actor *a, const char *to)
{
    return kin_frame(a, FRAME_UNWATCH, to, 0);
}
