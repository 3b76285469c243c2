// The sink of bad rows; used by one thread at a time (the ordered step of the load).
#include "rejects.h"
#include "buffer.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FAULTS_SHOWN 3

struct Rejects {
  char *path;
  FILE *file;
  const char *table;
  int64_t limit;
  uint64_t count;
  Buffer faults; // the first of the table, for the message
};

Rejects *rejects_create(const char *path) {
  Rejects *rejects = mem_alloc_zero(sizeof *rejects);
  if (path) rejects->path = mem_strdup(path);
  buffer_init(&rejects->faults);
  return rejects;
}

void rejects_destroy(Rejects *rejects) {
  if (!rejects) return;
  if (rejects->file) fclose(rejects->file);
  mem_free(rejects->path);
  buffer_clear(&rejects->faults);
  mem_free(rejects);
}

void rejects_begin_table(Rejects *rejects, const char *table, int64_t limit) {
  rejects->table = table;
  rejects->limit = limit;
  rejects->count = 0;
  buffer_reset(&rejects->faults);
}

uint64_t rejects_table_count(const Rejects *rejects) {
  return rejects->count;
}

static void csv_put(FILE *file, const char *text, char after) {
  fputc('"', file);
  for (; *text; text++) {
    if (*text == '"') fputc('"', file);
    fputc(*text, file);
  }
  fputc('"', file);
  fputc(after, file);
}

static Status file_write(Rejects *rejects, const char *file, uint64_t line, const char *column,
                         const char *value, const char *reason, Error *error) {
  if (!rejects->path) return STATUS_OK;
  if (!rejects->file) {
    rejects->file = fopen(rejects->path, "we");
    if (!rejects->file)
      return error_set(error, STATUS_IO, "cannot write the rejects file %s: %s", rejects->path,
                       strerror(errno));
    fputs("file,line,column,value,reason\n", rejects->file);
  }
  csv_put(rejects->file, file, ',');
  fprintf(rejects->file, "%llu,", (unsigned long long)line);
  csv_put(rejects->file, column, ',');
  csv_put(rejects->file, value, ',');
  csv_put(rejects->file, reason, '\n');
  return STATUS_OK;
}

Status rejects_add(Rejects *rejects, const char *file, uint64_t line, const char *column,
                   const char *value, const char *reason, Error *error) {
  TRY(file_write(rejects, file, line, column, value, reason, error));
  if (rejects->count++ < FAULTS_SHOWN) {
    buffer_printf(&rejects->faults, "%s%s:%llu: ", rejects->faults.size ? "; " : "", file,
                  (unsigned long long)line);
    if (*column)
      buffer_printf(&rejects->faults, "%s '%.60s' %s", column, value, reason);
    else
      buffer_printf(&rejects->faults, "%s", reason);
  }
  if ((int64_t)rejects->count <= rejects->limit) return STATUS_OK;
  if (rejects->file) fflush(rejects->file);
  return error_set(error, STATUS_LIMIT,
                   "table %s: %llu bad row%s, %lld allowed (reject_limit): %s%s%s", rejects->table,
                   (unsigned long long)rejects->count, rejects->count == 1 ? "" : "s",
                   (long long)rejects->limit, rejects->faults.data,
                   rejects->file ? "; all so far are in " : "", rejects->file ? rejects->path : "");
}
