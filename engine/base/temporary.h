// Where temporary files go.
#pragma once

// $TMPDIR where it is set, else /tmp. The environment's own text.
const char *temporary_folder(void);
