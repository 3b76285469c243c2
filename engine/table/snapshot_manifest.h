// The manifest of a stored root: which sections of which files make which column of which table.
//
// MANIFEST is JSON text and, on its last line, the checksum of all bytes before that line:
//
//   {"format": 1, "version": 7, "published_at": .., "model": "..", "batches": [..],
//    "files": [{"number": 12, "bytes": 4711, "checksum": "89ab.."}],
//    "tables": [{"name": "sale", "rows": 3, "columns": [{"name": "day", "type": "date",
//                "blocks": [[file, first, count], ..], "dictionary": [file, section]}, ..],
//                "projections": [..]}]}
//   xxh64 0123456789abcdef
//
// `file` counts within "files". Everything lives in the manifest's arena.
#pragma once
#include "arena.h"
#include "root.h"
#include "snapshot_format.h"

typedef struct ManifestFile {
  uint32_t number;
  uint64_t bytes, checksum; // of the BlockFile
} ManifestFile;

// Sections first .. first+count-1 of a file, blocks of one column in order.
typedef struct ManifestRun {
  uint32_t file, first, count;
} ManifestRun;

typedef struct ManifestColumn {
  Type type; // of the Column; the declared one is in the schema
  SectionRef dictionary;
  ManifestRun *runs;
  uint32_t run_count;
} ManifestColumn;

typedef struct ManifestTable {
  TableSchema schema;
  uint64_t row_count, version;
  int64_t made_at, made_ns;
  SectionRef hidden, inferred;
  ManifestColumn *columns; // [schema.column_count]
  struct ManifestTable *projections;
  uint32_t projection_count;
} ManifestTable;

typedef struct Manifest {
  uint64_t version;
  int64_t published_at;
  const char *model; // or NULL
  const char **batches;
  ManifestFile *files;
  ManifestTable *tables;
  uint32_t batch_count, file_count, table_count;
} Manifest;

// The manifest as the bytes of a file (JSON and checksum line); the caller frees *text with
// mem_free. STATUS_INVALID where a name is not valid UTF-8.
Status manifest_print(const Manifest *manifest, char **text, size_t *size,
                      Error *error) WARN_UNUSED;
// Reads what manifest_print wrote; everything is checked but the contents of the files. `path` is
// for messages. STATUS_CORRUPT says what is wrong.
Status manifest_parse(const char *text, size_t size, const char *path, Arena *arena,
                      Manifest *manifest, Error *error) WARN_UNUSED;
// Reads STORE/MANIFEST whole; the caller frees with mem_free. STATUS_NOT_FOUND: there is none.
Status manifest_load(const char *folder, char **text, size_t *size, Error *error) WARN_UNUSED;
