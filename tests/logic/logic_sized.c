// See logic_sized.h. A value is a formula of the row's number i = 1, 2, ..., the same as in
// data/sized.sql.
#include "logic_sized.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char HEADER[] =
    "id,one,few,many,up,wide,none,price,big,name,label,day,at,share,flag,kind\n";

static void write_int(FILE *out, int64_t value, bool null) {
  if (!null) fprintf(out, "%" PRId64, value);
  fputc(',', out);
}

static void write_time(FILE *out, const char *format, int64_t seconds) {
  time_t moment = (time_t)seconds;
  struct tm parts;
  char text[32];
  gmtime_r(&moment, &parts);
  strftime(text, sizeof text, format, &parts);
  fprintf(out, "%s,", text);
}

static void write_row(FILE *out, int64_t i) {
  int64_t cents = i * 37 % 10007 - 5000, start = 1577836800; // 2020-01-01
  write_int(out, i, false);
  write_int(out, 7, false);
  write_int(out, i % 7, i % 13 == 0);
  write_int(out, i * 7919 % 1000003, false);
  write_int(out, i / 100, false);
  write_int(out, INT64_C(4611686018427387904) - i * INT64_C(70368744177664), false);
  write_int(out, 0, true);
  fprintf(out, "%s%" PRId64 ".%02" PRId64 ",", cents < 0 ? "-" : "", labs(cents) / 100,
          labs(cents) % 100);
  fprintf(out, "%" PRId64 "0000000000000000.%04" PRId64 ",", i - 30000, i % 10000);
  if (i % 31) fprintf(out, "name %" PRId64, i % 97);
  fprintf(out, ",row %" PRId64 " Ж,", i);
  write_time(out, "%Y-%m-%d", start + i % 1000 * 86400);
  write_time(out, "%Y-%m-%d %H:%M:%S", start + i * 3607);
  fprintf(out, "%g,", (double)(i % 1000) / 8);
  fprintf(out, "%s,", i % 11 == 0 ? "" : i % 3 == 0 ? "true" : "false");
  if (i % 17) fprintf(out, "%" PRId64, i % 9);
  fputc('\n', out);
}

Status sized_write(uint32_t row_count, char *folder, size_t folder_bytes, Error *error) {
  char path[1100];
  snprintf(folder, folder_bytes, "/tmp/tessera-sized-XXXXXX");
  if (!mkdtemp(folder)) return error_set(error, STATUS_IO, "%s cannot be made", folder);
  snprintf(path, sizeof path, "%s/sized.csv", folder);
  FILE *out = fopen(path, "w");
  if (!out) return error_set(error, STATUS_IO, "%s cannot be written", path);
  fputs(HEADER, out);
  for (uint32_t i = 1; i <= row_count; i++) write_row(out, i);
  bool failed = ferror(out);
  if (fclose(out) || failed) return error_set(error, STATUS_IO, "%s cannot be written", path);
  return STATUS_OK;
}

void sized_remove(const char *folder) {
  char path[1100];
  snprintf(path, sizeof path, "%s/sized.csv", folder);
  unlink(path);
  rmdir(folder);
}
