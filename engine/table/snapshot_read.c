// Reading a version: the manifest, the directories of its files, then every section it names, once.
//
// Sections are loaded in parallel into objects (Block, Dictionary, bitmap), each at most once;
// columns then take references, so what was shared when it was written is shared again. All that a
// file says is doubted (see snapshot_format.h); sizes are compared with the file's before memory is
// taken, and memory is charged to the budget before it is allocated.
// Invariant: `charged` is what the budget holds for this read; at the end it equals root_bytes, and
// after a failure it is given back.
#include "buffer.h"
#include "hash.h"
#include "key_index.h"
#include "snapshot.h"
#include "snapshot_manifest.h"
#include "thread_pool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include <zstd.h>

#define DATA_ALIGNMENT 64
#define DATA_PADDING 64 // kernels may read beyond the last value

typedef union Object {
  Block *block;
  Dictionary *dictionary;
  uint64_t *bitmap;
  void *any;
} Object;

typedef struct ReadFile {
  BlockFile file;
  Object *objects; // [section_count]; NULL: not loaded
  bool *wanted;    // [section_count]
} ReadFile;

typedef struct SnapshotRead {
  const char *folder;
  char manifest_path[SNAPSHOT_PATH_BYTES];
  MemoryBudget *budget;
  ThreadPool *pool;
  Job *job;
  Arena *arena;
  Manifest manifest;
  ReadFile *files; // [manifest.file_count]
  SectionRef *wanted;
  uint32_t wanted_count;
  int64_t total_bytes;
  _Atomic uint32_t next; // of wanted
  _Atomic int64_t done_bytes, charged;
  SharedError failure;
} SnapshotRead;

static Status read_charge(SnapshotRead *r, uint64_t bytes, Error *error) {
  TRY(memory_budget_charge(r->budget, (int64_t)bytes, error));
  atomic_fetch_add(&r->charged, (int64_t)bytes);
  return STATUS_OK;
}

static const Section *section_at(const SnapshotRead *r, SectionRef ref) {
  return &r->files[ref.file].file.sections[ref.section];
}

static Object *object_at(const SnapshotRead *r, SectionRef ref) {
  return &r->files[ref.file].objects[ref.section];
}

// ---- directories, and what is wanted of them

static Status files_open(SnapshotRead *r, Error *error) {
  r->files = ARENA_ARRAY(r->arena, ReadFile, r->manifest.file_count);
  for (uint32_t f = 0; f < r->manifest.file_count; f++) {
    const ManifestFile *named = &r->manifest.files[f];
    ReadFile *file = &r->files[f];
    TRY(job_check(r->job, error));
    TRY(block_file_open(r->folder, named->number, &file->file, error));
    if (file->file.bytes != named->bytes || file->file.checksum != named->checksum) {
      char path[SNAPSHOT_PATH_BYTES];
      return snapshot_corrupt(error, block_file_path(r->folder, named->number, path),
                              "it is not the file that the manifest names");
    }
    file->objects = mem_alloc_zero(file->file.section_count * sizeof *file->objects);
    file->wanted = mem_alloc_zero(file->file.section_count * sizeof *file->wanted);
  }
  return STATUS_OK;
}

static Status want(SnapshotRead *r, SectionRef ref, SectionKind kind, const ManifestTable *table,
                   Error *error) {
  if (!section_ref_exists(ref)) return STATUS_OK;
  ReadFile *file = &r->files[ref.file];
  if (ref.section >= file->file.section_count || file->file.sections[ref.section].kind != kind)
    return snapshot_corrupt(error, r->manifest_path,
                            "table %s names a section that its file does not have",
                            table->schema.name);
  if (file->wanted[ref.section]) return STATUS_OK;
  file->wanted[ref.section] = true;
  r->wanted_count++;
  r->total_bytes += (int64_t)file->file.sections[ref.section].raw_bytes;
  return STATUS_OK;
}

static Status want_column(SnapshotRead *r, const ManifestTable *table, const ManifestColumn *column,
                          Error *error) {
  uint64_t blocks = 0, expected = (table->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  TRY(want(r, column->dictionary, SECTION_DICTIONARY, table, error));
  for (uint32_t i = 0; i < column->run_count && blocks <= expected; i++) {
    const ManifestRun *run = &column->runs[i];
    blocks += run->count;
    for (uint32_t b = 0; b < run->count && blocks <= expected; b++)
      TRY(want(r, (SectionRef){run->file, run->first + b}, SECTION_BLOCK, table, error));
  }
  if (blocks == expected) return STATUS_OK;
  return snapshot_corrupt(error, r->manifest_path, "table %s has %llu rows, a column's blocks not",
                          table->schema.name, (unsigned long long)table->row_count);
}

static Status want_table(SnapshotRead *r, const ManifestTable *table, Error *error) {
  TRY(want(r, table->hidden, SECTION_BITMAP, table, error));
  TRY(want(r, table->inferred, SECTION_BITMAP, table, error));
  for (uint32_t c = 0; c < table->schema.column_count; c++)
    TRY(want_column(r, table, &table->columns[c], error));
  for (uint32_t p = 0; p < table->projection_count; p++)
    TRY(want_table(r, &table->projections[p], error));
  return STATUS_OK;
}

static void wanted_list(SnapshotRead *r) {
  uint32_t n = 0;
  r->wanted = ARENA_ARRAY(r->arena, SectionRef, r->wanted_count);
  for (uint32_t f = 0; f < r->manifest.file_count; f++)
    for (uint32_t s = 0; s < r->files[f].file.section_count; s++)
      if (r->files[f].wanted[s]) r->wanted[n++] = (SectionRef){f, s};
}

// ---- one section

// One thread's memory: stored bytes, and raw bytes that are not yet in their place.
typedef struct Scratch {
  VectorBuffer stored, raw;
  ZSTD_DCtx *zstd;
} Scratch;

static Status stored_read(SnapshotRead *r, SectionRef ref, Scratch *scratch, Error *error) {
  const Section *section = section_at(r, ref);
  char path[SNAPSHOT_PATH_BYTES];
  int fd =
      open(block_file_path(r->folder, r->files[ref.file].file.number, path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  void *stored = vector_buffer_reserve(&scratch->stored, section->stored_bytes);
  Status status = file_read_at(fd, stored, section->stored_bytes, section->offset, path, error);
  close(fd);
  TRY(status);
  uint64_t checksum = section->stored_bytes ? hash_xxh64(stored, section->stored_bytes, 0) : 0;
  if (checksum != section->checksum)
    return snapshot_corrupt(error, path, "the checksum of section %u is wrong", ref.section);
  bool told = section->codec != SECTION_ZSTD ||
              ZSTD_getFrameContentSize(stored, section->stored_bytes) == section->raw_bytes;
  return told ? STATUS_OK
              : snapshot_corrupt(error, path, "section %u has another length", ref.section);
}

// The raw bytes into `target`, which has room for raw_bytes.
static const char *section_unpack(const Section *section, Scratch *scratch, void *target) {
  if (!section->raw_bytes) return NULL;
  if (section->codec == SECTION_RAW) {
    memcpy(target, scratch->stored.data, section->raw_bytes);
    return NULL;
  }
  size_t size = ZSTD_decompressDCtx(scratch->zstd, target, section->raw_bytes, scratch->stored.data,
                                    section->stored_bytes);
  return size == section->raw_bytes ? NULL : "it cannot be decompressed";
}

static const char *block_load(const Section *section, Scratch *scratch, Object *object) {
  size_t validity_words = section->null_count ? bits_words(section->row_count) : 0;
  size_t data_bytes = section->raw_bytes - validity_words * sizeof(uint64_t);
  Block header = {.row_count = section->row_count,
                  .null_count = section->null_count,
                  .encoding = section->encoding,
                  .bits = section->bits,
                  .run_count = section->run_count,
                  .base = section->base,
                  .min = section->min,
                  .max = section->max,
                  .data_bytes = data_bytes};
  char *data = data_bytes ? mem_alloc_aligned(DATA_ALIGNMENT, data_bytes + DATA_PADDING) : NULL;
  uint64_t *validity = validity_words ? mem_alloc(validity_words * sizeof *validity) : NULL;
  char *raw = validity ? vector_buffer_reserve(&scratch->raw, section->raw_bytes) : data;
  const char *fault = section_unpack(section, scratch, raw);
  if (fault) {
    mem_free(data);
    mem_free(validity);
    return fault;
  }
  if (validity) {
    if (data) memcpy(data, raw, data_bytes);
    memcpy(validity, raw + data_bytes, validity_words * sizeof *validity);
  }
  if (data) memset(data + data_bytes, 0, DATA_PADDING);
  object->block = block_create_raw(&header, data, validity);
  return block_fault(object->block);
}

static const char *strings_intern(DictionaryBuilder *builder, const Section *section,
                                  const char *raw) {
  const uint32_t *lengths = (const uint32_t *)raw;
  const char *at = raw + section->row_count * sizeof *lengths, *end = raw + section->raw_bytes;
  for (uint32_t code = 0; code < section->row_count; at += lengths[code++]) {
    if (lengths[code] > (size_t)(end - at)) return "its strings are longer than it";
    if (utf8_valid_prefix(at, lengths[code]) != lengths[code])
      return "it has a string that is no UTF-8";
    if (dictionary_builder_intern(builder, (Str){at, lengths[code]}) != code)
      return "it has a string twice";
  }
  return at == end ? NULL : "it is longer than its strings";
}

static const char *dictionary_load(const Section *section, Scratch *scratch, Object *object) {
  char *raw = vector_buffer_reserve(&scratch->raw, section->raw_bytes + 1); // never NULL
  const char *fault = section_unpack(section, scratch, raw);
  if (fault) return fault;
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  fault = strings_intern(builder, section, raw);
  if (fault) {
    dictionary_builder_destroy(builder);
    return fault;
  }
  object->dictionary = dictionary_builder_finish(builder, false, NULL);
  return object->dictionary->sorted_count == section->run_count
             ? NULL
             : "its strings are not in the order that it says";
}

static const char *bitmap_load(const Section *section, Scratch *scratch, Object *object) {
  object->bitmap = mem_alloc(section->raw_bytes);
  return section_unpack(section, scratch, object->bitmap);
}

// Roughly what the object will take; the exact sum is settled at the end.
static uint64_t object_bytes(const Section *section) {
  const uint64_t bytes_per_string = sizeof(Str) + 4 * sizeof(uint32_t);
  if (section->kind == SECTION_DICTIONARY)
    return section->raw_bytes + section->row_count * bytes_per_string;
  return section->raw_bytes + (section->kind == SECTION_BLOCK ? sizeof(Block) : 0);
}

static Status section_load(SnapshotRead *r, SectionRef ref, Scratch *scratch, Error *error) {
  const Section *section = section_at(r, ref);
  Object *object = object_at(r, ref);
  const char *fault;
  TRY(job_check(r->job, error));
  TRY(stored_read(r, ref, scratch, error));
  TRY(read_charge(r, object_bytes(section), error));
  if (section->kind == SECTION_BLOCK)
    fault = block_load(section, scratch, object);
  else if (section->kind == SECTION_DICTIONARY)
    fault = dictionary_load(section, scratch, object);
  else
    fault = bitmap_load(section, scratch, object);
  if (fault) {
    char path[SNAPSHOT_PATH_BYTES];
    block_file_path(r->folder, r->files[ref.file].file.number, path);
    return snapshot_corrupt(error, path, "section %u: %s", ref.section, fault);
  }
  int64_t bytes = (int64_t)section->raw_bytes;
  job_report(r->job, &(JobProgress){.phase = "read",
                                    .unit = "bytes",
                                    .done = atomic_fetch_add(&r->done_bytes, bytes) + bytes,
                                    .total = r->total_bytes});
  return STATUS_OK;
}

static void sections_task(void *context, uint32_t worker) {
  (void)worker;
  SnapshotRead *r = context;
  Scratch scratch = {.zstd = ZSTD_createDCtx()};
  Error error = ERROR_INIT;
  for (uint32_t i; (i = atomic_fetch_add(&r->next, 1)) < r->wanted_count;) {
    if (atomic_load(&r->failure.status)) break;
    Status status = section_load(r, r->wanted[i], &scratch, &error);
    if (status != STATUS_OK) shared_error_set(&r->failure, status, &error);
  }
  vector_buffer_clear(&scratch.stored);
  vector_buffer_clear(&scratch.raw);
  ZSTD_freeDCtx(scratch.zstd);
}

static Status sections_load(SnapshotRead *r, Error *error) {
  wanted_list(r);
  thread_pool_run(r->pool, thread_pool_size(r->pool), sections_task, r);
  Status status = (Status)atomic_load(&r->failure.status);
  if (status != STATUS_OK && error) *error = r->failure.error;
  return status;
}

// ---- tables

// The number of blocks was checked by want_column.
static Column *column_assemble(const SnapshotRead *r, const ManifestColumn *stored) {
  uint32_t count = 0, n = 0;
  for (uint32_t i = 0; i < stored->run_count; i++) count += stored->runs[i].count;
  Block **blocks = mem_alloc(count * sizeof(Block *));
  for (uint32_t i = 0; i < stored->run_count; i++) {
    ManifestRun run = stored->runs[i];
    for (uint32_t b = 0; b < run.count; b++)
      blocks[n++] = block_retain(object_at(r, (SectionRef){run.file, run.first + b})->block);
  }
  Dictionary *dictionary = NULL;
  if (section_ref_exists(stored->dictionary))
    dictionary = dictionary_retain(object_at(r, stored->dictionary)->dictionary);
  return column_create(stored->type, dictionary, blocks, count);
}

static Status columns_assemble(const SnapshotRead *r, const ManifestTable *stored, Column **columns,
                               Error *error) {
  for (uint32_t c = 0; c < stored->schema.column_count; c++) {
    columns[c] = column_assemble(r, &stored->columns[c]);
    const char *fault = columns[c]->row_count == stored->row_count
                            ? column_fault(columns[c])
                            : "its blocks have another number of rows";
    if (fault)
      return snapshot_corrupt(error, r->manifest_path, "table %s, column %s: %s",
                              stored->schema.name, stored->schema.columns[c].name, fault);
  }
  return STATUS_OK;
}

// A table's own copy of a bitmap; NULL where it has none.
static Status bitmap_assemble(const SnapshotRead *r, const ManifestTable *stored, SectionRef ref,
                              uint64_t **bitmap, Error *error) {
  if (!section_ref_exists(ref)) return STATUS_OK;
  uint64_t rows = stored->row_count, words = bits_words(rows);
  const uint64_t *source = object_at(r, ref)->bitmap;
  if (section_at(r, ref)->raw_bytes != words * sizeof *source ||
      (rows % 64 && source[words - 1] >> rows % 64))
    return snapshot_corrupt(error, r->manifest_path,
                            "table %s has a bitmap of another number of rows", stored->schema.name);
  *bitmap = mem_alloc(words * sizeof *source);
  memcpy(*bitmap, source, words * sizeof *source);
  return STATUS_OK;
}

static Status table_assemble(const SnapshotRead *r, const ManifestTable *stored, Table **table,
                             Error *error) {
  uint32_t column_count = stored->schema.column_count;
  uint64_t *hidden = NULL, *inferred = NULL;
  Column **columns = mem_alloc_zero(column_count * sizeof(Column *));
  Status status = columns_assemble(r, stored, columns, error);
  if (status == STATUS_OK) status = bitmap_assemble(r, stored, stored->hidden, &hidden, error);
  if (status == STATUS_OK) status = bitmap_assemble(r, stored, stored->inferred, &inferred, error);
  if (status != STATUS_OK) {
    for (uint32_t c = 0; c < column_count; c++) column_destroy(columns[c]);
    mem_free(columns);
    mem_free(hidden);
    mem_free(inferred);
    return status;
  }
  *table = table_create(schema_copy(&stored->schema), columns, stored->row_count, hidden, inferred);
  (*table)->version = stored->version;
  (*table)->made_at = stored->made_at;
  (*table)->made_ns = stored->made_ns;
  if (stored->projection_count)
    (*table)->projections = mem_alloc_zero(stored->projection_count * sizeof(Table *));
  for (uint32_t p = 0; p < stored->projection_count; p++) {
    TRY(table_assemble(r, &stored->projections[p], &(*table)->projections[p], error));
    (*table)->projection_count++;
  }
  return STATUS_OK;
}

static Status links_check(const SnapshotRead *r, const Root *root, const Table *table,
                          Error *error) {
  for (uint32_t c = 0; c < table->schema->column_count; c++) {
    const char *fault = link_fault(root, table, c);
    if (fault)
      return snapshot_corrupt(error, r->manifest_path, "table %s, column %s: %s",
                              table->schema->name, table->schema->columns[c].name, fault);
  }
  for (uint32_t p = 0; p < table->projection_count; p++)
    TRY(links_check(r, root, table->projections[p], error));
  return STATUS_OK;
}

// A key that stands twice would make a look-up depend on the form of its index.
static Status keys_check(const SnapshotRead *r, const Table *table, Error *error) {
  const TableSchema *schema = table->schema;
  if (schema->key < 0 || !schema->has_members) return STATUS_OK;
  TRY(job_check(r->job, error));
  const Column *keys = table->columns[schema->key];
  KeyIndex *index = key_index_create(table);
  uint64_t twice = key_index_find_twice(index, table);
  key_index_destroy(index);
  if (!twice) return STATUS_OK;
  Buffer text;
  buffer_init(&text);
  Value value = column_value(keys, twice);
  value_format(&value, &text);
  Status status = snapshot_corrupt(error, r->manifest_path, "table %s has the key %.200s twice",
                                   schema->name, text.data ? text.data : "");
  buffer_clear(&text);
  return status;
}

static Status root_assemble(SnapshotRead *r, Root *root, Error *error) {
  const Manifest *manifest = &r->manifest;
  root->version = manifest->version;
  root->published_at = manifest->published_at;
  if (manifest->model) root_set_model(root, manifest->model);
  for (uint32_t b = 0; b < manifest->batch_count; b++) root_add_batch(root, manifest->batches[b]);
  for (uint32_t t = 0; t < manifest->table_count; t++) {
    Table *table = NULL;
    Status status = table_assemble(r, &manifest->tables[t], &table, error);
    if (table) root_put(root, table);
    TRY(status);
    table->version = manifest->tables[t].version; // root_put gives one to those without
  }
  for (uint32_t t = 0; t < root->table_count; t++) {
    TRY(links_check(r, root, root->tables[t], error));
    TRY(keys_check(r, root->tables[t], error));
  }
  return STATUS_OK;
}

// From the estimates to what the root really holds.
static Status charge_settle(SnapshotRead *r, const Root *root, Error *error) {
  int64_t exact = (int64_t)root_bytes(root), charged = atomic_load(&r->charged);
  if (exact > charged) return read_charge(r, (uint64_t)(exact - charged), error);
  memory_budget_release(r->budget, charged - exact);
  atomic_store(&r->charged, exact);
  return STATUS_OK;
}

static void object_release(const Section *section, Object object) {
  if (section->kind == SECTION_BLOCK)
    block_release(object.block);
  else if (section->kind == SECTION_DICTIONARY)
    dictionary_release(object.dictionary);
  else
    mem_free(object.bitmap);
}

static void files_close(SnapshotRead *r) {
  for (uint32_t f = 0; r->files && f < r->manifest.file_count; f++) {
    ReadFile *file = &r->files[f];
    for (uint32_t s = 0; file->objects && s < file->file.section_count; s++)
      object_release(&file->file.sections[s], file->objects[s]);
    mem_free(file->objects);
    mem_free(file->wanted);
    block_file_clear(&file->file);
  }
}

static Status snapshot_run(SnapshotRead *r, Root *root, Error *error) {
  char *text;
  size_t size;
  TRY(manifest_load(r->folder, &text, &size, error));
  Status status = manifest_parse(text, size, r->manifest_path, r->arena, &r->manifest, error);
  mem_free(text);
  TRY(status);
  TRY(files_open(r, error));
  for (uint32_t t = 0; t < r->manifest.table_count; t++)
    TRY(want_table(r, &r->manifest.tables[t], error));
  TRY(sections_load(r, error));
  TRY(root_assemble(r, root, error));
  return charge_settle(r, root, error);
}

Status snapshot_read(const char *folder, MemoryBudget *budget, ThreadPool *pool, Job *job,
                     Root **root, Error *error) {
  SnapshotRead r = {
      .folder = folder, .budget = budget, .pool = pool, .job = job, .arena = arena_create()};
  snprintf(r.manifest_path, sizeof r.manifest_path, "%s/" SNAPSHOT_MANIFEST, folder);
  Root *read = root_create();
  Status status = snapshot_run(&r, read, error);
  files_close(&r);
  arena_destroy(r.arena);
  if (status == STATUS_OK) {
    *root = read;
    return STATUS_OK;
  }
  root_release(read);
  memory_budget_release(budget, atomic_load(&r.charged));
  return status;
}

static Status version_read(const char *folder, Arena *arena, uint64_t *version,
                           int64_t *published_at, Error *error) {
  char *text, path[SNAPSHOT_PATH_BYTES];
  size_t size;
  Manifest manifest;
  snprintf(path, sizeof path, "%s/" SNAPSHOT_MANIFEST, folder);
  TRY(manifest_load(folder, &text, &size, error));
  Status status = manifest_parse(text, size, path, arena, &manifest, error);
  mem_free(text);
  *version = manifest.version;
  *published_at = manifest.published_at;
  return status;
}

Status snapshot_version(const char *folder, uint64_t *version, int64_t *published_at,
                        Error *error) {
  Arena *arena = arena_create();
  Status status = version_read(folder, arena, version, published_at, error);
  arena_destroy(arena);
  return status;
}
