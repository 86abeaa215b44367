/* Durations and sizes as people write them. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* `250ms`, `10s`, `5m`, `2h`, `0`, `1.5s` -> milliseconds. At most 100 years.
 * 0, or ERR_INVALID / ERR_TOO_LARGE with *ms untouched. */
int units_duration(const char *text, int64_t *ms);

/* `4096`, `64KiB`, `16MiB`, `2GiB`, `10kB`, `5MB` -> bytes. At most 2^53. */
int units_size(const char *text, uint64_t *bytes);

/* The shortest exact form; buf of at least 32 bytes. Returns buf. */
char *units_duration_text(int64_t ms, char *buf, size_t size);
/* For people: "3m12s", "1.2s". */
char *units_age_text(int64_t ms, char *buf, size_t size);
/* The same of bytes: "512 bytes", "12.3 KiB", "1.4 MiB". */
char *units_size_text(uint64_t bytes, char *buf, size_t size);

#endif
