// A folder's listing is sorted, so that the same folder gives the same model on every machine.
#include "data_files.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_MAX 4096

static bool ends_in(const char *name, size_t size, const char *ending) {
  size_t n = strlen(ending);
  return size > n && !strncasecmp(name + size - n, ending, n);
}

static bool name_is_data(const char *name) {
  static const char *const kinds[] = {".csv",  ".tsv",   ".txt",    ".tbl",
                                      ".json", ".jsonl", ".ndjson", ".xlsx"};
  size_t size = strlen(name);
  if (ends_in(name, size, ".gz"))
    size -= 3;
  else if (ends_in(name, size, ".zst"))
    size -= 4;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (ends_in(name, size, kinds[i])) return true;
  return false;
}

static Status files_add(DataFiles *files, const char *path, Error *error) {
  if (files->count == FILES_MAX)
    return error_set(error, STATUS_LIMIT, "more than %d files: name some of them", FILES_MAX);
  files->paths[files->count++] = arena_strdup(files->arena, path);
  return STATUS_OK;
}

static int names_compare(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static Status folder_add(DataFiles *files, const char *folder, Error *error) {
  DIR *listing = opendir(folder);
  if (!listing)
    return error_set(error, STATUS_IO, "cannot read the folder %s: %s", folder, strerror(errno));
  uint32_t before = files->count;
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/') length--;
  Status status = STATUS_OK;
  for (struct dirent *entry; status == STATUS_OK && (entry = readdir(listing));) {
    struct stat about;
    if (entry->d_name[0] == '.') continue;
    const char *path = arena_printf(files->arena, "%.*s/%s", (int)length, folder, entry->d_name);
    if (stat(path, &about)) continue;
    if (S_ISREG(about.st_mode) && name_is_data(entry->d_name))
      status = files_add(files, path, error);
    else if (files->left_count < FILES_MAX)
      files->left[files->left_count++] =
          S_ISDIR(about.st_mode) ? arena_printf(files->arena, "%s (a folder in it)", path) : path;
  }
  closedir(listing);
  qsort(files->paths + before, files->count - before, sizeof *files->paths, names_compare);
  if (status == STATUS_OK && files->count == before)
    return error_set(error, STATUS_NOT_FOUND,
                     "the folder %s has no data files (names ending in .csv, .tsv, .txt, .tbl, "
                     ".json, .jsonl, .ndjson or .xlsx, also with .gz or .zst)",
                     folder);
  return status;
}

Status data_files_find(const char *const *names, uint32_t count, DataFiles *out, Error *error) {
  *out = (DataFiles){.arena = arena_create()};
  out->paths = ARENA_ARRAY(out->arena, const char *, FILES_MAX);
  out->left = ARENA_ARRAY(out->arena, const char *, FILES_MAX);
  for (uint32_t i = 0; i < count; i++) {
    struct stat about;
    if (stat(names[i], &about))
      return error_set(error, STATUS_NOT_FOUND, "%s: %s", names[i], strerror(errno));
    if (S_ISDIR(about.st_mode))
      TRY(folder_add(out, names[i], error));
    else
      TRY(files_add(out, names[i], error));
  }
  qsort(out->left, out->left_count, sizeof *out->left, names_compare);
  return STATUS_OK;
}

void data_files_clear(DataFiles *files) {
  arena_destroy(files->arena);
  *files = (DataFiles){0};
}
