/* Where ssh logs in, as it is written. */
#include "config/topofar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static size_t topologin_span(const char *p, const char *more)
{
    size_t n = 0;

    while (isalnum((unsigned char)p[n]) || (p[n] != '\0' && strchr(more, p[n]) != NULL))
        n++;
    return n;
}

/* [user@]host[:port], and a host with colons in brackets. NULL, or what is wrong. */
static const char *topologin_parse(const char *text, struct topo_login *out)
{
    const char *p = text, *at = strchr(text, '@');
    char *end;

    *out = (struct topo_login){NULL, 0, NULL, 0, 0};
    if (at != NULL) {
        out->user = p;
        out->user_len = (size_t)(at - p);
        if (*p == '-' || out->user_len == 0 || topologin_span(p, "._-") != out->user_len)
            return "before the @ there must be a login: letters, digits, . _ and -";
        p = at + 1;
    }
    bool brackets = *p == '[';
    p += brackets;
    out->host = p;
    out->host_len = topologin_span(p, brackets ? ".:%_-" : "._-");
    p += out->host_len;
    if (*out->host == '-' || out->host_len == 0 || (brackets && *p++ != ']'))
        return "a host has letters, digits, . _ and -, and does not begin with -";
    if (*p == '\0')
        return NULL;
    unsigned long port = *p == ':' && isdigit((unsigned char)p[1]) ? strtoul(p + 1, &end, 10) : 0;
    if (port == 0 || port > 65535 || *end != '\0')
        return "behind the host there may be :PORT, from 1 to 65535, and nothing else";
    out->port = (unsigned)port;
    return NULL;
}

const char *topofar_check_login(const char *text)
{
    struct topo_login login;

    return topologin_parse(text, &login);
}

bool topo_login_parse(const char *text, struct topo_login *out)
{
    return topologin_parse(text, out) == NULL;
}
