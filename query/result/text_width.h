// How many terminal columns a text takes.
#pragma once
#include "text.h"

// Columns of valid UTF-8: combining marks and controls take 0, East Asian wide characters and emoji
// 2, others 1 (a condensed Unicode TR11; independent of the process's locale).
uint32_t text_width(Str text);
