/* What comes over the system's socket, in the role that the first byte says: anything, a sender's
 * frames, a command's frames, or one request in JSON. The system behind it has actors of several
 * kinds, whose programs cannot be found. */
#include "engine/assembly.h"
#include "engine/calls.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

struct fuzz {
    struct system sys;
    struct loop_task turn;
    int turns;
};

static void fuzz_turn(void *arg)
{
    struct fuzz *f = arg;

    if (++f->turns >= TURNS)
        loop_stop(f->sys.loop);
    else
        loop_task_queue(&f->turn);
}

static void fuzz_nothing(void *arg)
{
    (void)arg;
}

static void fuzz_system(struct fuzz *f, const struct topology *t)
{
    struct system *s = &f->sys;
    struct err e;

    if (assembly_make(s, t, "/nonexistent", &e) != 0)
        abort();
    loop_task_init(&s->changed, s->loop, flow_changed, s);
    loop_timer_init(&s->deadline, s->loop, fuzz_nothing, s);
    loop_timer_init(&s->patience, s->loop, fuzz_nothing, s);
    loop_task_init(&f->turn, s->loop, fuzz_turn, f);
}

static void fuzz_release(struct fuzz *f)
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
    (void)send(fd, bytes_at(&out), bytes_len(&out), MSG_DONTWAIT | MSG_NOSIGNAL);
    bytes_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz f = {.turns = 0};
    struct topology *t = NULL;
    struct faults faults;
    struct err e;
    int pair[2];

    if (len == 0 || len > 65536)
        return 0;
    faults_init(&faults);
    if (topology_parse("/fuzz/actorsup.yaml", topology_text, sizeof(topology_text) - 1, false, &t,
                       &faults, &e) != 0)
        abort();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    fuzz_system(&f, t);
    clients_serve(&f.sys, pair[0], (data[0] & 4) != 0);
    fuzz_say(pair[1], data[0] % 4, data + 1, len - 1);
    loop_task_queue(&f.turn);
    (void)loop_run(f.sys.loop);
    calls_finish(&f.sys);
    fuzz_release(&f);
    (void)close(pair[1]);
    topology_free(t);
    faults_release(&faults);
    return 0;
}
