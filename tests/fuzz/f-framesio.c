/* What a frames actor says on its socket, in two pieces. */
#include "tests/fuzz/fuzzhost.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzzhost_run(&speak_frames, data, len);
    return 0;
}
