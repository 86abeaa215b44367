/* field KEY <ROWS: a value of the first row of an array of JSON objects, or of one object. A string
 * as it is, what has parts or is true or false as JSON, what is not there as nothing. `#` is the
 * number of rows. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    json_error_t wrong;
    json_t *rows = json_loadf(stdin, 0, &wrong);
    if (argc != 2 || !rows) {
        fprintf(stderr, argc == 2 ? "field: what is on stdin is not JSON\n" : "usage: field KEY\n");
        return EXIT_FAILURE;
    }
    if (strcmp(argv[1], "#") == 0) {
        printf("%zu\n", json_array_size(rows));
        json_decref(rows);
        return EXIT_SUCCESS;
    }
    const json_t *row = json_is_array(rows) ? json_array_get(rows, 0) : rows;
    const json_t *value = json_object_get(row, argv[1]);
    if (json_is_string(value))
        puts(json_string_value(value));
    else if (!value || json_is_null(value))
        puts("");
    else {
        json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        puts("");
    }
    json_decref(rows);
    return row ? EXIT_SUCCESS : EXIT_FAILURE;
}
