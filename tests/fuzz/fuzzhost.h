/* An adaptor between a stand-in for the engine and a process that says what the fuzzer wants. */
#ifndef TESTS_FUZZ_FUZZHOST_H
#define TESTS_FUZZ_FUZZHOST_H

#include "speak/speak.h"

/* The first byte of data says after how much of the rest the adaptor is let run in between. */
void fuzzhost_run(const struct speak_ops *ops, const uint8_t *data, size_t len);

#endif
