// See temporary.h.
#include "temporary.h"
#include <stdlib.h>

const char *temporary_folder(void) {
  const char *named = getenv("TMPDIR");
  return named && *named ? named : "/tmp";
}
