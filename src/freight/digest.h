/* SHA-256 (FIPS 180-4), by libmd. */
#ifndef FREIGHT_DIGEST_H
#define FREIGHT_DIGEST_H

#include <sha2.h>
#include <stddef.h>

#define DIGEST_TEXT SHA256_DIGEST_STRING_LENGTH /* in hexadecimal, with a NUL */

#endif
