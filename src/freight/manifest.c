#include "freight/manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *manifest_path_fault(const char *path)
{
    size_t len = strlen(path);

    if (len == 0 || len > MANIFEST_PATH_MAX)
        return "it is empty, or longer than 1024 bytes";
    for (const char *p = path; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == '\x7f')
            return "it has a control character";
    for (const char *p = path; p != NULL; p = strchr(p, '/')) {
        p += *p == '/' && p != path;
        size_t n = strcspn(p, "/");
        if (n == 0)
            return "it does not begin or end with a /, nor has it two";
        if ((n == 1 && *p == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return "it goes through . or ..";
        if (p[n] == '\0')
            break;
    }
    return NULL;
}

uint32_t manifest_mode(uint32_t mode, bool folder)
{
    return (mode & 0755) | (folder ? 0700 : 0600);
}

int manifest_write(const struct manifest_file *files, size_t n, struct bytes *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct manifest_file *f = &files[i];
        int rc = f->hash[0] == '\0' ? bytes_printf(out, "folder %03o %s\n", f->mode, f->path)
                                    : bytes_printf(out, "%s %" PRIu64 " %03o %s\n", f->hash,
                                                   f->size, f->mode, f->path);
        if (rc < 0)
            return ERR_NOMEM;
    }
    return 0;
}

bool manifest_is_hash(const char *text, size_t len)
{
    if (len != DIGEST_TEXT - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    return true;
}

/* The mode and the path behind it. False: it is not. */
static bool manifest_end(struct manifest_file *f, char *text)
{
    char *end;

    if (strspn(text, "01234567") != 3 || text[3] != ' ')
        return false;
    f->mode = (uint32_t)strtoul(text, &end, 8);
    f->path = end + 1;
    return manifest_mode(f->mode, f->hash[0] == '\0') == f->mode &&
           manifest_path_fault(f->path) == NULL;
}

/* In front of that, of a file. */
static bool manifest_content(struct manifest_file *f, char *text, size_t len, char **end)
{
    const size_t hash = DIGEST_TEXT - 1;

    if (len < hash + 2 || !manifest_is_hash(text, hash) || text[hash] != ' ' ||
        text[hash + 1] < '0' || text[hash + 1] > '9')
        return false;
    f->size = strtoull(text + hash + 1, end, 10);
    memcpy(f->hash, text, hash);
    f->hash[hash] = '\0';
    return *(*end)++ == ' ';
}

/* One line without its newline. 0, ERR_PROTOCOL or ERR_NOMEM. */
static int manifest_line(struct manifest *m, const char *line, size_t len)
{
    static const char folder[] = "folder ";
    struct manifest_file *f = &m->files[m->n];
    char *copy = arena_text(&m->arena, line, len), *end;

    if (copy == NULL)
        return ERR_NOMEM;
    end = copy + sizeof(folder) - 1;
    *f = (struct manifest_file){.size = 0};
    bool whole = strlen(copy) == len && (strncmp(copy, folder, sizeof(folder) - 1) == 0 ||
                                         manifest_content(f, copy, len, &end));
    if (!whole || !manifest_end(f, end))
        return ERR_PROTOCOL;
    if (m->n > 0 && strcmp(m->files[m->n - 1].path, f->path) >= 0)
        return ERR_PROTOCOL;
    m->n++;
    return 0;
}

int manifest_read(struct manifest *m, const char *text, size_t len, struct err *e)
{
    const char *end = text + len;
    int rc = 0;

    arena_init(&m->arena);
    m->n = 0;
    m->files = arena_alloc(&m->arena, MANIFEST_FILES_MAX * sizeof(*m->files));
    if (m->files == NULL)
        rc = ERR_NOMEM;
    while (rc == 0 && text < end) {
        const char *nl = memchr(text, '\n', (size_t)(end - text));
        rc = nl == NULL || m->n == MANIFEST_FILES_MAX ? ERR_PROTOCOL
                                                      : manifest_line(m, text, (size_t)(nl - text));
        text = nl == NULL ? end : nl + 1;
    }
    if (rc == 0)
        return 0;
    (void)err_set(e, rc, rc == ERR_NOMEM ? "out of memory" : "file %zu of the list is none",
                  m->n + 1);
    manifest_release(m);
    return rc;
}

void manifest_release(struct manifest *m)
{
    arena_release(&m->arena);
    m->files = NULL;
    m->n = 0;
}

void manifest_name(const void *text, size_t len, char name[DIGEST_TEXT])
{
    SHA2_CTX ctx;

    SHA256Init(&ctx);
    SHA256Update(&ctx, text, len);
    (void)SHA256End(&ctx, name);
}
