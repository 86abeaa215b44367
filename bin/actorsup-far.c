/* All of it in one program, for hosts where nothing is installed: it is whatever it is called. */
#include "cmd/cmd.h"
#include "node/node.h"

#include <string.h>

int main(int argc, char **argv)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const char *name = argc == 0 ? "" : slash == NULL ? argv[0] : slash + 1;

    if (strcmp(name, "actorsend") == 0)
        return cmd_actorsend_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "node") == 0)
        return node_main(argc, argv);
    return cmd_actorsup_main(argc, argv);
}
