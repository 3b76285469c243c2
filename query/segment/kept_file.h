// Files of a store's folder that people's work is kept in: segments, audiences.
//
// A file is written beside, synced and renamed, and its folder synced, so that a power cut leaves
// the old one or the new one.
#pragma once
#include "arena.h"
#include "buffer.h"

#define KEPT_ID_BYTES_MAX 64

// Lower-case letters, digits, '_' and '-', at most KEPT_ID_BYTES_MAX: it is a file's name.
bool kept_id_is_good(const char *id);
Status kept_id_check(const char *id, Error *error) WARN_UNUSED;
#define KEPT_MADE_ID_BYTES 17
// An id that nobody has, of 64 random bits: names may be of any script, and two may be alike.
Status kept_id_make(char id[KEPT_MADE_ID_BYTES], Error *error) WARN_UNUSED;
int64_t kept_now_us(void); // UTC, microseconds since 1970

// STATUS_IO with the path and the system's words. The folder is made where it is missing.
Status kept_file_write(const char *folder, const char *name, const void *bytes, size_t size,
                       Error *error) WARN_UNUSED;
Status kept_file_read(const char *folder, const char *name, Buffer *out, Error *error) WARN_UNUSED;
// One that is not there is removed already.
Status kept_file_remove(const char *folder, const char *name, Error *error) WARN_UNUSED;

// Removes what a kill has left of files ID`ending` that are written before their ID.json: those
// that have none, and files that were being written. A folder that is not there is clean.
Status kept_folder_clean(const char *folder, const char *ending, Error *error) WARN_UNUSED;

struct json_t;
typedef struct KeptFolder {
  const char *what; // "segment", for messages
  size_t bytes_max; // of a file
  // Takes what a file ID.json holds; else gives why it is none of these, maybe in the arena.
  const char *(*take)(void *context, const char *id, const struct json_t *object, Arena *arena);
  void *context;
  void (*faults)(void *context, const char *text); // may be NULL
  void *faults_context;
} KeptFolder;

// Reads every ID.json of the folder (none: nothing was kept yet). What cannot be taken is told to
// `faults` and left alone.
Status kept_folder_read(const char *folder, const KeptFolder *reader, Error *error) WARN_UNUSED;
