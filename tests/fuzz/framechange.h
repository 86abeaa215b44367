/* A mutator for inputs that are a byte and a stream of frames: they stay one, most of the time. */
#ifndef TESTS_FUZZ_FRAMECHANGE_H
#define TESTS_FUZZ_FRAMECHANGE_H

#include <stddef.h>
#include <stdint.h>

/* As LLVMFuzzerCustomMutator. */
size_t framechange(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif
