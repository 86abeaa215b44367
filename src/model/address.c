#include "model/address.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

enum { ADDRESS_MEMBER_DIGITS = 6 };

/* The same in every locale, unlike <ctype.h>. */
static bool address_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool address_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool address_is_name_char(char c)
{
    return address_is_lower(c) || address_is_digit(c) || c == '_' || c == '-';
}

bool address_name_ok(const char *name, size_t len)
{
    if (len == 0 || len > ADDRESS_NAME_MAX || !address_is_lower(name[0]))
        return false;
    for (size_t i = 1; i < len; i++) {
        if (!address_is_name_char(name[i]))
            return false;
    }
    return true;
}

bool address_is_client(const char *text)
{
    return text[0] == '~';
}

static bool address_path_ok(const char *text, size_t len)
{
    for (;;) {
        const char *dot = memchr(text, '.', len);
        size_t part = dot == NULL ? len : (size_t)(dot - text);
        if (!address_name_ok(text, part))
            return false;
        if (dot == NULL)
            return true;
        text += part + 1;
        len -= part + 1;
    }
}

static bool address_client_ok(const char *text, size_t len)
{
    if (len < 2 || len > ADDRESS_NAME_MAX)
        return false;
    for (size_t i = 1; i < len; i++) {
        if (!address_is_name_char(text[i]) && !(text[i] >= 'A' && text[i] <= 'Z'))
            return false;
    }
    return true;
}

/* What stands behind the slash: `*`, or a number from 1 without leading zeros. */
static int address_member_parse(const char *text, size_t len, int *member)
{
    int n = 0;

    if (len == 1 && text[0] == '*') {
        *member = ADDRESS_ALL;
        return 0;
    }
    if (len == 0 || len > ADDRESS_MEMBER_DIGITS || text[0] == '0')
        return ERR_INVALID;
    for (size_t i = 0; i < len; i++) {
        if (!address_is_digit(text[i]))
            return ERR_INVALID;
        n = n * 10 + (text[i] - '0');
    }
    *member = n;
    return 0;
}

static int address_fail(const char **why, const char *text)
{
    if (why != NULL)
        *why = text;
    return ERR_INVALID;
}

int address_parse(const char *text, size_t len, struct address *out, const char **why)
{
    struct address a = {.member = ADDRESS_ANY};
    bool client = len > 0 && text[0] == '~';

    if (len == 0)
        return address_fail(why, "an address cannot be empty");
    if (len > ADDRESS_MAX)
        return address_fail(why, "an address has at most 255 bytes");

    const char *at = memchr(text, '@', len);
    size_t path = at == NULL ? len : (size_t)(at - text);
    if (at != NULL) {
        size_t n = len - path - 1;
        if (!address_name_ok(at + 1, n))
            return address_fail(why, "behind @ stands the name of a host: a-z, then a-z 0-9 _ -");
        memcpy(a.host, at + 1, n);
    }
    const char *slash = memchr(text, '/', path);
    if (slash != NULL) {
        size_t n = (size_t)(slash - text);
        if (client)
            return address_fail(why, "a client has no members");
        if (address_member_parse(slash + 1, path - n - 1, &a.member) != 0)
            return address_fail(why, "behind / stands * or a member's number, from 1");
        path = n;
    }
    if (client && !address_client_ok(text, path))
        return address_fail(why, "behind ~ stands the id of a client: letters, digits, _ and -");
    if (!client && !address_path_ok(text, path))
        return address_fail(why, ADDRESS_NAME_RULE);
    memcpy(a.name, text, path);
    *out = a;
    return 0;
}

size_t address_format(const struct address *a, char *buf, size_t size)
{
    char member[16] = "";

    if (a->member == ADDRESS_ALL)
        (void)snprintf(member, sizeof(member), "/*");
    else if (a->member != ADDRESS_ANY)
        (void)snprintf(member, sizeof(member), "/%d", a->member);
    int n = snprintf(buf, size, "%s%s%s%s", a->name, member, a->host[0] == 0 ? "" : "@", a->host);
    if (n < 0 || (size_t)n >= size)
        bug("no room for an address");
    return (size_t)n;
}

void address_normalise(const char *folder, char *buf, size_t size)
{
    size_t max = size - 1 < ADDRESS_NAME_MAX ? size - 1 : ADDRESS_NAME_MAX;
    size_t n = 0;

    for (const char *p = folder; *p != 0 && n < max; p++) {
        char c = *p;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!address_is_name_char(c))
            c = '-';
        if (n == 0 && !address_is_lower(c))
            continue;
        buf[n++] = c;
    }
    while (n > 0 && buf[n - 1] == '-')
        n--;
    buf[n] = 0;
    if (n == 0)
        (void)snprintf(buf, size, "system");
}
