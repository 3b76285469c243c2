// The program. Everything is in the library webdoors, so that tests can link it.
#include "cli.h"

int main(int argc, char **argv) {
  return cli_main(argc, argv);
}
