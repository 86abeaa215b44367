/* Answers each ask with its own text, over standard input and output: `lines` or `json`. Each line
 * is written at once. */
#include "bench.h"

#include <unistd.h>

enum { ANSWER_LINE = 4096 };

static int answer_write(const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(1, data, size);
        if (n <= 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static int answer_line(const char *line, size_t size)
{
    return answer_write(line, size);
}

/* The text of a member whose value is a plain string. */
static const char *answer_member(const char *line, const char *key, int *size)
{
    const char *at = strstr(line, key);

    if (at == NULL)
        return NULL;
    at += strlen(key);
    *size = (int)strcspn(at, "\"");
    return at;
}

/* 1 to end. */
static int answer_json(const char *line, size_t size)
{
    char out[2 * ANSWER_LINE];
    int id_size = 0, body_size = 0;
    const char *id = answer_member(line, "\"id\":\"", &id_size);
    const char *body = answer_member(line, "\"body\":\"", &body_size);

    (void)size;
    if (strstr(line, "\"type\":\"exit\"") != NULL)
        return 1;
    if (id == NULL || body == NULL)
        return 0;
    int n = snprintf(out, sizeof(out), "{\"op\":\"reply\",\"re\":\"%.*s\",\"body\":\"%.*s\"}\n",
                     id_size, id, body_size, body);
    return n < 0 || (size_t)n >= sizeof(out) ? -1 : answer_write(out, (size_t)n);
}

int main(int argc, char **argv)
{
    int (*answer)(const char *line, size_t size) =
        argc == 2 && strcmp(argv[1], "json") == 0 ? answer_json : answer_line;
    char line[ANSWER_LINE + 1];
    size_t have = 0;
    ssize_t n;
    int rc = 0;

    while (rc == 0 && (n = read(0, line + have, ANSWER_LINE - have)) > 0) {
        const char *end;
        have += (size_t)n;
        while (rc == 0 && (end = memchr(line, '\n', have)) != NULL) {
            size_t size = (size_t)(end - line) + 1;
            char first = line[size];
            line[size] = 0;
            rc = answer(line, size);
            line[size] = first;
            have -= size;
            memmove(line, line + size, have);
        }
    }
    return rc < 0 ? 1 : 0;
}
