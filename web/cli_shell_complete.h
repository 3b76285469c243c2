// What Tab offers in the shell, by what stands around the word.
//
//   \              the shell's commands             \d, SHOW, DESCRIBE   names of tables, views,
//   cubes FROM, JOIN     tables, views, cubes             cube.                cubes alias. the
//   columns (levels and measures) of what the statement names so else           keywords, and the
//   columns of what the statement reads; of all when it names none
#pragma once
#include "buffer.h"
#include "session.h"

typedef struct Completion {
  Buffer found;  // the matches, a '\n' after each
  size_t common; // bytes that all share
  uint32_t count;
} Completion;

// text is the statement as far as it is typed, `at` the byte that the cursor stands on; *word is
// where the word begins that ends there. The caller clears `found`.
void shell_complete(const Session *session, const char *text, size_t size, size_t at, size_t *word,
                    Completion *completion);
