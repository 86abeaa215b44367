#include "cmd/cmd.h"

int main(int argc, char **argv)
{
    return cmd_actorsend_main(argc, argv);
}
