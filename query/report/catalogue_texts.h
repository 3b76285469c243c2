// The shipped reports, as embed_catalogue.cmake puts them into the program.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct ReportText {
  const char *name; // of the file
  const char *text; // not NUL-terminated
  size_t size;
} ReportText;

extern const ReportText report_catalogue_texts[];
extern const uint32_t report_catalogue_text_count;
