// Reads the rows of a checked-in table of expected values: words apart by one blank, '#' comments.
#pragma once
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_WORDS_MAX 8

typedef struct UnitRows {
  FILE *file;
  int line;
  char text[512];
  int count; // words of the current row
  char *words[UNIT_WORDS_MAX];
} UnitRows;

static inline void unit_rows_open(UnitRows *rows, const char *path) {
  *rows = (UnitRows){.file = fopen(path, "r")};
  if (!rows->file) ck_abort_msg("%s: not found; run from the root of the source tree", path);
}

// The next row, or false (and the file is closed).
static inline bool unit_rows_next(UnitRows *rows) {
  while (fgets(rows->text, sizeof rows->text, rows->file)) {
    rows->line++;
    if (rows->text[0] == '#') continue;
    rows->text[strcspn(rows->text, "\n")] = 0;
    rows->count = 0;
    for (char *w = strtok(rows->text, " "); w && rows->count < UNIT_WORDS_MAX;
         w = strtok(NULL, " "))
      rows->words[rows->count++] = w;
    return true;
  }
  fclose(rows->file);
  return false;
}
