/* Any text as a topology file: refused with faults or taken, with nothing left behind. */
#include "base/err.h"
#include "config/topology.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int fuzz_parse(const char *path, const char *text, size_t len, bool check_files,
                       struct topology **out, struct faults *faults, struct err *e);

static void fuzz_one(fuzz_parse *as, const uint8_t *data, size_t size, FILE *out)
{
    struct topology *t = NULL;
    struct faults faults;
    struct err e;

    faults_init(&faults);
    int rc = as("f/fuzz.yaml", (const char *)data, size, false, &t, &faults, &e);
    if (rc == 0) {
        for (size_t i = 0; i < t->n_actors; i++)
            if (topology_find(t, t->actors[i].name) != &t->actors[i] || t->actors[i].argc == 0)
                abort();
        if (faults.n + faults.more > 0)
            abort();
    } else if (rc != ERR_INVALID || faults.n == 0) {
        abort();
    }
    faults_print(&faults, out);
    faults_release(&faults);
    topology_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *out;

    if (out == NULL && (out = fopen("/dev/null", "we")) == NULL)
        abort();
    fuzz_one(topology_parse, data, size, out);
    fuzz_one(topology_parse_single, data, size, out);
    return 0;
}
