/* What comes over the system's socket, in the role that the first byte says: anything, a sender's
 * frames, a command's frames, or one request in JSON. The system behind it has actors of several
 * kinds, whose programs cannot be found. */
#include "engine/assembly.h"
#include "engine/calls.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/flow.h"
#include "tests/fuzz/fuzzsystem.h"

#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TURNS = 12 };

static const char topology_text[] = "system: fuzz\n"
                                    "actors:\n"
                                    "  a: {run: no-such-program-1, to: b}\n"
                                    "  b: {run: no-such-program-2, speaks: json, pool: 2}\n"
                                    "  c: {run: no-such-program-3, mailbox: {messages: 2}}\n"
                                    "  d: {run: no-such-program-4, speaks: once}\n"
                                    "  e: {run: no-such-program-5, speaks: none}\n"
                                    "groups:\n"
                                    "  g: {members: [c, h], strategy: rest-for-one}\n"
                                    "  h: {members: [d, e], strategy: one-for-all}\n";

static void fuzz_release(struct fuzzsystem *f)
{
    struct system *s = &f->sys;

    clients_drop_all(s);
    assembly_release(s);
}

static void fuzz_say(int fd, uint8_t role, const uint8_t *data, size_t len)
{
    struct frame hello = {.kind = FRAME_HELLO, .version = FRAME_VERSION, .role = FRAME_ROLE_SEND};
    struct frame call = {.kind = FRAME_CALL, .body = {data, len}};
    struct bytes out;

    bytes_init(&out);
    if (role != 0) {
        hello.role = role == 1 ? FRAME_ROLE_SEND : FRAME_ROLE_CONTROL;
        (void)frame_pack(&out, &hello);
    }
    if (role == 3)
        (void)frame_pack(&out, &call);
    else
        (void)bytes_append(&out, data, len);
    fuzzsystem_say(fd, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct topology *t;
    struct fuzzsystem f = {.turns = 0};
    int pair[2];

    if (len == 0 || len > 65536)
        return 0;
    if (t == NULL)
        t = fuzzsystem_topology(topology_text);
    fuzzsystem_connect(pair);
    fuzzsystem_make(&f, t, flow_changed);
    clients_serve(&f.sys, pair[0], (data[0] & 4) != 0);
    fuzz_say(pair[1], data[0] % 4, data + 1, len - 1);
    fuzzsystem_run(&f, TURNS);
    calls_finish(&f.sys);
    fuzz_release(&f);
    (void)close(pair[1]);
    return 0;
}
