// Where SQL texts, quoted names and comments end, and where a script's statements do.
#pragma once
#include "status.h"

// Past the string, quoted name or comment that begins at `at` (or past the $ of a parameter); `at`
// itself when there is none. *closed is false when the text ends before it does.
const char *sql_skip(const char *at, const char *end, bool *closed);

// The next statement of a script from *text on: the number of its bytes up to its ';' (or to the
// end), and *text moves past that. Blanks and comments before it are skipped. *complete: there was
// a ';'. False: no statement is left.
bool sql_split(const char **text, const char **statement, size_t *size, bool *complete);
