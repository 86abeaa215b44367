/* field KEY[,KEY...] CMD [ARG...]: values of the first row of what CMD prints, which is an array of
 * JSON objects, or of one object. A string as it is, what has parts or is true or false as JSON,
 * what is not there as nothing; a space between two. `#` is the number of rows. */
#include <jansson.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What CMD prints; NULL: it is not JSON, which stderr says. */
static json_t *printed(char **command)
{
    json_error_t wrong;
    posix_spawn_file_actions_t files;
    int ends[2], status = 0;
    pid_t pid;

    if (pipe(ends) != 0 || posix_spawn_file_actions_init(&files) != 0)
        return NULL;
    (void)posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addclose(&files, ends[0]);
    (void)posix_spawn_file_actions_addclose(&files, ends[1]);
    int rc = posix_spawnp(&pid, command[0], &files, NULL, command, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)close(ends[1]);
    json_t *rows = rc == 0 ? json_loadfd(ends[0], 0, &wrong) : NULL;
    (void)close(ends[0]);
    if (rc != 0)
        (void)fprintf(stderr, "field: %s: %s\n", command[0], strerror(rc));
    else if (waitpid(pid, &status, 0) == pid && rows == NULL)
        (void)fprintf(stderr, "field: what %s prints is not JSON\n", command[0]);
    return rows;
}

static void show(const json_t *value)
{
    if (json_is_string(value))
        (void)fputs(json_string_value(value), stdout);
    else if (value != NULL && !json_is_null(value))
        (void)json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
}

static void show_all(const json_t *row, char *keys)
{
    const char *key;

    while ((key = strsep(&keys, ",")) != NULL) {
        show(json_object_get(row, key));
        (void)fputs(keys == NULL ? "" : " ", stdout);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fputs("usage: field KEY[,KEY...] CMD [ARG...]\n", stderr);
        return EXIT_FAILURE;
    }
    json_t *rows = printed(argv + 2);
    if (rows == NULL)
        return EXIT_FAILURE;
    const json_t *row = json_is_array(rows) ? json_array_get(rows, 0) : rows;
    if (strcmp(argv[1], "#") == 0)
        (void)printf("%zu", json_array_size(rows));
    else
        show_all(row, argv[1]);
    (void)putchar('\n');
    bool found = row != NULL || strcmp(argv[1], "#") == 0;
    json_decref(rows);
    return found ? EXIT_SUCCESS : EXIT_FAILURE;
}
