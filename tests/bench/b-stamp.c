/* Writes its process id and the time at which it began to the pipe named on the command line, and
 * stays. */
#include "bench.h"

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    uint64_t began = bench_now();
    int fd = argc == 2 ? open(argv[1], O_WRONLY | O_CLOEXEC) : -1;

    if (fd < 0 || dprintf(fd, "%d %" PRIu64 "\n", (int)getpid(), began) < 0)
        return 1;
    (void)close(fd);
    for (;;)
        (void)pause();
}
