/* The HTTP request that opens a WebSocket. */
#include "base/err.h"
#include "base/text.h"
#include "gate/wsframe.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WSOPEN_SALT "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum { WSOPEN_KEY = 24, WSOPEN_SHA1 = 20, WSOPEN_ACCEPT = 28 };

/* A stretch of the request. */
struct wsopen_text {
    const char *at;
    size_t len;
};

static struct wsopen_text wsopen_trimmed(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct wsopen_text){at, (size_t)(end - at)};
}

/* The value of a header, empty when it is not there. */
static struct wsopen_text wsopen_header(const char *request, size_t len, const char *name)
{
    const char *at = request, *end = request + len;
    size_t n = strlen(name);

    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        const char *line = memchr(at, '\r', (size_t)(end - at));
        if (line != NULL && (size_t)(line - at) > n && at[n] == ':' &&
            strncasecmp(at, name, n) == 0)
            return wsopen_trimmed(at + n + 1, line);
    }
    return (struct wsopen_text){"", 0};
}

static bool wsopen_is(struct wsopen_text t, const char *word)
{
    return t.len == strlen(word) && strncasecmp(t.at, word, t.len) == 0;
}

/* Of a list with commas. */
static bool wsopen_has(struct wsopen_text t, const char *word)
{
    const char *at = t.at, *end = t.at + t.len;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma == NULL ? end : comma;
        if (wsopen_is(wsopen_trimmed(at, stop), word))
            return true;
        at = stop + 1;
    }
    return false;
}

static const char *wsopen_fault(const char *request, size_t len)
{
    const char *line = memchr(request, '\r', len);
    size_t n = line == NULL ? 0 : (size_t)(line - request);

    if (memchr(request, '\0', len) != NULL || n < 14 || strncmp(request, "GET ", 4) != 0 ||
        strncmp(request + n - 9, " HTTP/1.1", 9) != 0)
        return "not a request of HTTP/1.1 to GET";
    if (!wsopen_has(wsopen_header(request, len, "Upgrade"), "websocket") ||
        !wsopen_has(wsopen_header(request, len, "Connection"), "upgrade"))
        return "not a request to open a WebSocket";
    if (!wsopen_is(wsopen_header(request, len, "Sec-WebSocket-Version"), "13"))
        return "not version 13 of WebSocket";
    if (wsopen_header(request, len, "Sec-WebSocket-Key").len != WSOPEN_KEY)
        return "no key of a WebSocket";
    return NULL;
}

static int wsopen_accept(struct wsopen_text key, char accept[WSOPEN_ACCEPT])
{
    unsigned char text[WSOPEN_KEY + sizeof(WSOPEN_SALT) - 1], sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    memcpy(text, key.at, WSOPEN_KEY);
    memcpy(text + WSOPEN_KEY, WSOPEN_SALT, sizeof(WSOPEN_SALT) - 1);
    if (EVP_Digest(text, sizeof(text), sum, &n, EVP_sha1(), NULL) != 1 || n != WSOPEN_SHA1)
        return ERR_SYSTEM;
    (void)text_base64_encode(sum, n, accept);
    return 0;
}

size_t wsframe_request(const char *data, size_t len)
{
    for (size_t i = 0; i + 4 <= len; i++)
        if (memcmp(data + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    return 0;
}

const char *wsframe_open(const char *request, size_t len, struct bytes *out)
{
    const char *why = wsopen_fault(request, len);
    char accept[WSOPEN_ACCEPT];

    if (why == NULL && wsopen_accept(wsopen_header(request, len, "Sec-WebSocket-Key"), accept) != 0)
        why = "its key cannot be answered: there is no SHA-1";
    if (why != NULL) {
        (void)bytes_printf(out,
                           "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                           "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s\n",
                           strlen(why) + 1, why);
        return why;
    }
    return bytes_printf(out,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n\r\n",
                        WSOPEN_ACCEPT, accept) == 0
               ? NULL
               : "out of memory";
}
