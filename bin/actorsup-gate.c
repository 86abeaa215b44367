#include "gate/gate.h"

int main(int argc, char **argv)
{
    return gate_main(argc, argv);
}
