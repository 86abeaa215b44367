/* Text as an address: what is one is formatted to the same text again. */
#include "base/err.h"
#include "model/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    char name[ADDRESS_NAME_MAX + 1];
    char again[ADDRESS_MAX + 1];
    const char *why = NULL;
    struct address a;
    char *folder = malloc(len + 1);

    if (address_parse(text, len, &a, &why) == 0) {
        size_t n = address_format(&a, again, sizeof(again));
        if (n != len || memcmp(again, text, len) != 0 || strlen(a.name) == 0)
            abort();
    } else if (why == NULL) {
        abort();
    }
    if (folder == NULL)
        return 0;
    memcpy(folder, data, len);
    folder[len] = 0;
    address_normalise(folder, name, sizeof(name));
    if (!address_name_ok(name, strlen(name)))
        abort();
    free(folder);
    return 0;
}
