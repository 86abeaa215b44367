/* The file, as bytes. */
#include "base/bytes.h"
#include "config/topoload.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int topo_slurp(const char *path, struct bytes *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
    ssize_t n = 1;

    if (fd < 0)
        return err_errno(e, "cannot read %s", path);
    while (n > 0 && bytes_len(out) <= YAMLMAP_SIZE_MAX) {
        unsigned char *room = bytes_room(out, 64 * 1024);
        if (room == NULL) {
            rc = err_set(e, ERR_NOMEM, "cannot read %s: out of memory", path);
            break;
        }
        do
            n = read(fd, room, 64 * 1024);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            rc = err_errno(e, "cannot read %s", path);
        else
            bytes_grew(out, (size_t)n);
    }
    (void)close(fd);
    return rc;
}

static int topo_load(bool single, const char *path, struct topology **out, struct faults *faults,
                     struct err *e)
{
    struct bytes b;
    int rc;

    bytes_init(&b);
    rc = topo_slurp(path, &b, e);
    if (rc == 0)
        rc = (single ? topology_parse_single : topology_parse)(path, (const char *)bytes_at(&b),
                                                               bytes_len(&b), true, out, faults, e);
    bytes_release(&b);
    return rc;
}

int topology_load(const char *path, struct topology **out, struct faults *faults, struct err *e)
{
    return topo_load(false, path, out, faults, e);
}

int topology_load_single(const char *path, struct topology **out, struct faults *faults,
                         struct err *e)
{
    return topo_load(true, path, out, faults, e);
}
