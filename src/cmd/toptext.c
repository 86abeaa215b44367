#include "cmd/topcolumn.h"

#include <stdio.h>

char *toptext_count(double n, char *buf, size_t size)
{
    static const char units[] = "kMGTPE";
    if (n < 0) {
        (void)snprintf(buf, size, "-");
    } else if (n < 99999.5) {
        (void)snprintf(buf, size, "%.0f", n);
    } else {
        const char *unit = units;
        n /= 1000;
        while (n >= 999.5 && unit[1] != '\0') {
            n /= 1000;
            unit++;
        }
        (void)snprintf(buf, size, n < 9.95 ? "%.1f%c" : "%.0f%c", n, *unit);
    }
    return buf;
}

char *toptext_rate(double n, char *buf, size_t size)
{
    if (n <= 0 || n >= 9.95)
        return toptext_count(n, buf, size);
    (void)snprintf(buf, size, n < 0.05 ? "<0.1" : "%.1f", n);
    return buf;
}

char *toptext_size(double n, char *buf, size_t size)
{
    static const char units[] = "KMGTPE";
    if (n < 0) {
        (void)snprintf(buf, size, "-");
    } else if (n < 1000) {
        (void)snprintf(buf, size, "%.0f", n);
    } else {
        const char *unit = units;
        n /= 1024;
        while (n >= 999.5 && unit[1] != '\0') {
            n /= 1024;
            unit++;
        }
        (void)snprintf(buf, size, n < 9.95 ? "%.1f%c" : "%.0f%c", n, *unit);
    }
    return buf;
}
