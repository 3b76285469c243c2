// The sink of bad rows; used by one thread at a time (the ordered step of the load).
#include "rejects.h"
#include "buffer.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FAULTS_SHOWN 3
#define KINDS_MAX 500 // more are added to the last of them

struct Rejects {
  char *path;
  FILE *file;
  const char *table;
  int64_t limit;
  uint64_t count;
  Buffer faults; // the first of the table, for the message
  Arena *arena;  // of kinds
  LoadFault *kinds;
  uint32_t kind_count;
};

Rejects *rejects_create(const char *path) {
  Rejects *rejects = mem_alloc_zero(sizeof *rejects);
  if (path) rejects->path = mem_strdup(path);
  buffer_init(&rejects->faults);
  rejects->arena = arena_create();
  rejects->kinds = ARENA_ARRAY(rejects->arena, LoadFault, KINDS_MAX);
  return rejects;
}

void rejects_destroy(Rejects *rejects) {
  if (!rejects) return;
  if (rejects->file) fclose(rejects->file);
  mem_free(rejects->path);
  arena_destroy(rejects->arena);
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

// "is a key that came before, at a.csv:7" is of one kind, wherever.
static size_t kind_length(const char *reason) {
  const char *place = strstr(reason, ", at ");
  return place ? (size_t)(place - reason) : strlen(reason);
}

static void kind_add(Rejects *rejects, const char *file, uint64_t line, const char *column,
                     const char *value, const char *reason) {
  size_t length = kind_length(reason);
  for (uint32_t k = rejects->kind_count; k-- > 0;) {
    LoadFault *kind = &rejects->kinds[k];
    bool same = !strcmp(kind->table, rejects->table) && !strcmp(kind->column, column) &&
                strlen(kind->reason) == length && !memcmp(kind->reason, reason, length);
    if (!same && rejects->kind_count < KINDS_MAX) continue;
    kind->count++;
    return;
  }
  Arena *arena = rejects->arena;
  rejects->kinds[rejects->kind_count++] =
      (LoadFault){.table = arena_strdup(arena, rejects->table),
                  .column = arena_strdup(arena, column),
                  .reason = arena_strndup(arena, reason, length),
                  .file = arena_strdup(arena, file),
                  .value = arena_strdup(arena, value),
                  .line = line,
                  .count = 1};
}

void rejects_report(const Rejects *rejects, LoadReport *report) {
  Arena *arena = report->arena;
  report->faults = ARENA_ARRAY(arena, LoadFault, rejects->kind_count + 1);
  report->fault_count = rejects->kind_count;
  for (uint32_t k = 0; k < rejects->kind_count; k++) {
    const LoadFault *kind = &rejects->kinds[k];
    report->faults[k] = *kind;
    report->faults[k].table = arena_strdup(arena, kind->table);
    report->faults[k].column = arena_strdup(arena, kind->column);
    report->faults[k].reason = arena_strdup(arena, kind->reason);
    report->faults[k].file = arena_strdup(arena, kind->file);
    report->faults[k].value = arena_strdup(arena, kind->value);
  }
}

Status rejects_add(Rejects *rejects, const char *file, uint64_t line, const char *column,
                   const char *value, const char *reason, Error *error) {
  TRY(file_write(rejects, file, line, column, value, reason, error));
  kind_add(rejects, file, line, column, value, reason);
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
                   "table %s: %llu bad row%s, %lld allowed (the model allows more by rejects: "
                   "{limit: 100}; load --check lists all): %s%s%s",
                   rejects->table, (unsigned long long)rejects->count,
                   rejects->count == 1 ? "" : "s", (long long)rejects->limit, rejects->faults.data,
                   rejects->file ? "; all so far are in " : "", rejects->file ? rejects->path : "");
}
