// Writing a version: what is stored already stays where it is, the rest goes into new files.
//
//   1 collect    every column is a group of pieces: its dictionary (once, where several columns
//                share it) and its blocks; a table's bitmaps are a group too
//   2 identify   a hash of each piece's content and shape                     (parallel by group)
//   3 place      pieces that the previous version's files hold are named there; a group with others
//                gets a new file for them
//   4 write      the new files, synced                                        (parallel by file)
//   5 publish    MANIFEST.new, sync, rename, sync; then files that nobody names are removed
//
// The previous version is found in the folder itself, so it works across processes. A group that
// would lie in more than FILES_PER_GROUP_MAX files is written anew into one, which bounds both the
// number of files and what dead blocks in them cost. Invariant: until the rename nothing that the
// previous manifest names is touched; whatever fails before it, the new files are removed.
#include "hash.h"
#include "snapshot.h"
#include "snapshot_manifest.h"
#include "thread_pool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define FILES_PER_GROUP_MAX 32
#define ZSTD_LEVEL 1
#define NO_FILE UINT32_MAX

typedef struct Piece {
  const Dictionary *dictionary; // one of the three
  const Block *block;
  const uint64_t *bitmap;
  Section section;
  SectionRef ref;
  bool is_new;
} Piece;

typedef struct Group {
  const Table *table;
  int32_t column; // -1: the table's bitmaps
  Piece *pieces;
  uint32_t count, new_count;
  const Piece *dictionary; // of this group or of an earlier one that shares it
  uint32_t file;           // of the new pieces, or NO_FILE
} Group;

typedef struct Stored {
  uint32_t tag;
  SectionRef ref;
  uint64_t identity;
  Section section;
} Stored;

#define HASH_TABLE_TYPE StoredMap
#define HASH_TABLE_PREFIX stored_map
#define HASH_TABLE_ENTRY Stored
#define HASH_TABLE_KEY uint64_t
#define HASH_TABLE_KEY_MEMBER identity
#define HASH_TABLE_HASH(key) (key)
#define HASH_TABLE_EQUAL(a, b) ((a) == (b))
#include "hash_table_tmpl.h"

typedef struct SnapshotWrite {
  const char *folder;
  const Root *root;
  ThreadPool *pool;
  Job *job;
  Arena *arena;
  Group *groups;
  uint32_t group_count, group_capacity;
  ManifestFile *files; // those of the previous version, then the new ones
  uint32_t old_count, file_count, file_capacity;
  uint32_t next_number;
  StoredMap stored;
  char *old_text; // the previous manifest, or NULL
  size_t old_size;
  _Atomic uint32_t next; // group that the next free thread takes
  _Atomic int64_t done_bytes;
  int64_t total_bytes;
  SharedError failure;
} SnapshotWrite;

// ---- 1 collect

static Group *group_add(SnapshotWrite *w, const Table *table, int32_t column,
                        uint32_t piece_count) {
  if (w->group_count == w->group_capacity) {
    w->group_capacity = w->group_capacity ? w->group_capacity * 2 : 64;
    w->groups = mem_realloc(w->groups, w->group_capacity * sizeof *w->groups);
  }
  Group *group = &w->groups[w->group_count++];
  *group = (Group){.table = table,
                   .column = column,
                   .pieces = ARENA_ARRAY(w->arena, Piece, piece_count),
                   .file = NO_FILE};
  return group;
}

static const Piece *dictionary_piece(const SnapshotWrite *w, const Dictionary *dictionary) {
  for (uint32_t g = 0; g < w->group_count; g++)
    if (w->groups[g].dictionary && w->groups[g].dictionary->dictionary == dictionary)
      return w->groups[g].dictionary;
  return NULL;
}

static void collect_column(SnapshotWrite *w, const Table *table, uint32_t c) {
  const Column *column = table->columns[c];
  const Piece *shared = column->dictionary ? dictionary_piece(w, column->dictionary) : NULL;
  Group *group = group_add(w, table, (int32_t)c, column->block_count + 1);
  group->dictionary = shared;
  if (column->dictionary && !shared) {
    group->dictionary = &group->pieces[0];
    group->pieces[group->count++].dictionary = column->dictionary;
  }
  for (uint32_t b = 0; b < column->block_count; b++)
    group->pieces[group->count++].block = column->blocks[b];
}

// Bits beyond the last row are cleared, so that equal bitmaps have equal bytes.
static void collect_bitmap(SnapshotWrite *w, Group *group, const uint64_t *bitmap) {
  uint64_t rows = group->table->row_count, words = bits_words(rows);
  if (!bitmap) return;
  uint64_t *copy = ARENA_ARRAY(w->arena, uint64_t, words);
  bits_copy(copy, 0, bitmap, 0, rows);
  Piece *piece = &group->pieces[group->count++];
  piece->bitmap = copy;
  piece->section = section_of_bitmap(copy, words);
}

static void collect_table(SnapshotWrite *w, const Table *table) {
  Group *bitmaps = group_add(w, table, -1, 2);
  collect_bitmap(w, bitmaps, table->hidden);
  collect_bitmap(w, bitmaps, table->inferred);
  for (uint32_t c = 0; c < table->schema->column_count; c++) collect_column(w, table, c);
  for (uint32_t p = 0; p < table->projection_count; p++) collect_table(w, table->projections[p]);
}

// ---- threads

// Runs `work` for every group, on the pool; the first failure ends it.
typedef struct GroupTask {
  SnapshotWrite *w;
  Status (*work)(SnapshotWrite *w, Group *group, Error *error);
} GroupTask;

static void group_task(void *context, uint32_t worker) {
  (void)worker;
  GroupTask *task = context;
  SnapshotWrite *w = task->w;
  Error error = ERROR_INIT;
  for (uint32_t g; (g = atomic_fetch_add(&w->next, 1)) < w->group_count;) {
    if (atomic_load(&w->failure.status)) return;
    Status status = task->work(w, &w->groups[g], &error);
    if (status != STATUS_OK) shared_error_set(&w->failure, status, &error);
  }
}

static Status groups_run(SnapshotWrite *w,
                         Status (*work)(SnapshotWrite *w, Group *group, Error *error),
                         Error *error) {
  GroupTask task = {w, work};
  atomic_store(&w->next, 0);
  thread_pool_run(w->pool, thread_pool_size(w->pool), group_task, &task);
  Status status = (Status)atomic_load(&w->failure.status);
  if (status != STATUS_OK && error) *error = w->failure.error;
  return status;
}

// ---- 2 identify

static Status group_refuse(const Group *group, const char *what, Error *error) {
  const TableSchema *schema = group->table->schema;
  return error_set(error, STATUS_INVALID, "table %s, column %s cannot be stored: %s", schema->name,
                   schema->columns[group->column].name, what);
}

static Section dictionary_identify(const Dictionary *dictionary) {
  size_t raw_bytes;
  void *raw = dictionary_serialise(dictionary, &raw_bytes);
  Section section = section_of_dictionary(dictionary, raw, raw_bytes);
  mem_free(raw);
  return section;
}

static Status group_identify(SnapshotWrite *w, Group *group, Error *error) {
  if (group->column < 0) return STATUS_OK;
  const char *fault = column_fault(group->table->columns[group->column]);
  if (!fault) fault = link_fault(w->root, group->table, (uint32_t)group->column);
  if (fault) return group_refuse(group, fault, error);
  for (uint32_t p = 0; p < group->count; p++) {
    TRY(job_check(w->job, error));
    Piece *piece = &group->pieces[p];
    piece->section =
        piece->block ? section_of_block(piece->block) : dictionary_identify(piece->dictionary);
  }
  return STATUS_OK;
}

// ---- 3 place

static uint32_t file_add(SnapshotWrite *w, ManifestFile file) {
  if (w->file_count == w->file_capacity) {
    w->file_capacity = w->file_capacity ? w->file_capacity * 2 : 64;
    w->files = mem_realloc(w->files, w->file_capacity * sizeof *w->files);
  }
  w->files[w->file_count] = file;
  return w->file_count++;
}

static Status stored_add(SnapshotWrite *w, const Section *section, SectionRef ref, Error *error) {
  Stored *entry;
  bool added;
  TRY(stored_map_find_or_add(&w->stored, section->identity, &entry, &added, error));
  entry->section = *section;
  entry->ref = ref;
  return STATUS_OK;
}

// A file that is gone or damaged holds nothing: its blocks are written again.
static Status stored_add_file(SnapshotWrite *w, const ManifestFile *named, Error *error) {
  BlockFile file;
  uint32_t index = file_add(w, *named);
  if (named->number >= w->next_number) w->next_number = named->number + 1;
  Status status = block_file_open(w->folder, named->number, &file, error);
  if (status == STATUS_CORRUPT) return STATUS_OK;
  TRY(status);
  bool is_named = file.bytes == named->bytes && file.checksum == named->checksum;
  for (uint32_t s = 0; s < file.section_count && is_named && status == STATUS_OK; s++)
    status = stored_add(w, &file.sections[s], (SectionRef){index, s}, error);
  block_file_clear(&file);
  return status;
}

// What the previous version has stored. A damaged manifest is not written over.
static Status previous_load(SnapshotWrite *w, Error *error) {
  Status status = manifest_load(w->folder, &w->old_text, &w->old_size, error);
  if (status == STATUS_NOT_FOUND) return STATUS_OK;
  TRY(status);
  char path[SNAPSHOT_PATH_BYTES];
  Manifest previous;
  snprintf(path, sizeof path, "%s/" SNAPSHOT_MANIFEST, w->folder);
  TRY(manifest_parse(w->old_text, w->old_size, path, w->arena, &previous, error));
  for (uint32_t f = 0; f < previous.file_count; f++)
    TRY(stored_add_file(w, &previous.files[f], error));
  w->old_count = w->file_count;
  return STATUS_OK;
}

// Finds a piece among the stored ones, or gives it the next place in the group's new file. With
// `anew` only files of this version count.
static Status piece_place(SnapshotWrite *w, Group *group, Piece *piece, bool anew, Error *error) {
  const Stored *stored = stored_map_find(&w->stored, piece->section.identity);
  if (stored && section_same_content(&stored->section, &piece->section) &&
      (!anew || stored->ref.file >= w->old_count)) {
    piece->ref = stored->ref;
    return STATUS_OK;
  }
  if (group->file == NO_FILE) group->file = file_add(w, (ManifestFile){.number = w->next_number++});
  piece->is_new = true;
  piece->ref = (SectionRef){group->file, group->new_count++};
  w->total_bytes += (int64_t)piece->section.raw_bytes;
  return stored_add(w, &piece->section, piece->ref, error);
}

// Whether the pieces that are stored lie in more files than one wants to open.
static bool group_is_scattered(const SnapshotWrite *w, const Group *group) {
  uint32_t seen[FILES_PER_GROUP_MAX], count = 0;
  for (uint32_t p = 0; p < group->count; p++) {
    const Stored *stored = stored_map_find(&w->stored, group->pieces[p].section.identity);
    uint32_t s = 0;
    if (!stored) continue;
    while (s < count && seen[s] != stored->ref.file) s++;
    if (s < count) continue;
    if (count == FILES_PER_GROUP_MAX) return true;
    seen[count++] = stored->ref.file;
  }
  return false;
}

static Status groups_place(SnapshotWrite *w, Error *error) {
  for (uint32_t g = 0; g < w->group_count; g++) {
    Group *group = &w->groups[g];
    bool anew = group_is_scattered(w, group);
    for (uint32_t p = 0; p < group->count; p++)
      TRY(piece_place(w, group, &group->pieces[p], anew, error));
  }
  return STATUS_OK;
}

// ---- 4 write

typedef struct FileWriter {
  char path[SNAPSHOT_PATH_BYTES];
  int fd;
  uint64_t at;
  Section *sections;
  uint32_t count;
  ZSTD_CCtx *zstd;
  VectorBuffer raw, stored;
} FileWriter;

// Data, then validity; the block's own bytes where there is no validity.
static const void *block_raw(FileWriter *file, const Block *block, size_t raw_bytes) {
  if (!block->validity || !block->null_count) return block->data;
  char *raw = vector_buffer_reserve(&file->raw, raw_bytes);
  if (block->data_bytes) memcpy(raw, block->data, block->data_bytes);
  memcpy(raw + block->data_bytes, block->validity, raw_bytes - block->data_bytes);
  return raw;
}

// Appends a section: compressed where that saves at least an eighth.
static Status section_write(FileWriter *file, Section section, const void *raw, Error *error) {
  size_t bound = ZSTD_compressBound(section.raw_bytes);
  const void *bytes = raw;
  section.stored_bytes = section.raw_bytes;
  section.codec = SECTION_RAW;
  if (section.raw_bytes) {
    void *target = vector_buffer_reserve(&file->stored, bound);
    size_t size = ZSTD_compressCCtx(file->zstd, target, bound, raw, section.raw_bytes, ZSTD_LEVEL);
    if (!ZSTD_isError(size) && size <= section.raw_bytes - section.raw_bytes / 8) {
      bytes = target;
      section.stored_bytes = size;
      section.codec = SECTION_ZSTD;
    }
  }
  section.checksum = section.stored_bytes ? hash_xxh64(bytes, section.stored_bytes, 0) : 0;
  section.offset = file->at;
  file->at += section.stored_bytes;
  file->sections[file->count++] = section;
  return file_write_all(file->fd, bytes, section.stored_bytes, file->path, error);
}

static Status piece_write(FileWriter *file, const Group *group, const Piece *piece, Error *error) {
  if (piece->bitmap) return section_write(file, piece->section, piece->bitmap, error);
  if (piece->dictionary) {
    size_t raw_bytes;
    void *raw = dictionary_serialise(piece->dictionary, &raw_bytes);
    Status status = section_write(file, piece->section, raw, error);
    mem_free(raw);
    return status;
  }
  Section section = piece->section;
  section.stored_bytes = section.raw_bytes;
  const char *fault = section_fault(&section);
  if (!fault) fault = block_fault(piece->block);
  if (fault) return group_refuse(group, fault, error);
  return section_write(file, section, block_raw(file, piece->block, section.raw_bytes), error);
}

static Status pieces_write(SnapshotWrite *w, const Group *group, FileWriter *file, Error *error) {
  for (uint32_t p = 0; p < group->count; p++) {
    const Piece *piece = &group->pieces[p];
    if (!piece->is_new) continue;
    TRY(job_check(w->job, error));
    TRY(piece_write(file, group, piece, error));
    int64_t bytes = (int64_t)piece->section.raw_bytes;
    job_report(w->job, &(JobProgress){.phase = "snapshot",
                                      .unit = "bytes",
                                      .done = atomic_fetch_add(&w->done_bytes, bytes) + bytes,
                                      .total = w->total_bytes});
  }
  return STATUS_OK;
}

static Status file_fill(SnapshotWrite *w, const Group *group, FileWriter *file, Error *error) {
  FileHeader header = {.magic = SNAPSHOT_MAGIC, .format = SNAPSHOT_FORMAT};
  TRY(file_write_all(file->fd, &header, sizeof header, file->path, error));
  file->at = sizeof header;
  TRY(pieces_write(w, group, file, error));
  FileFooter footer = {
      .directory_offset = file->at, .section_count = file->count, .magic = SNAPSHOT_MAGIC};
  footer.checksum = block_file_checksum(&header, file->sections, &footer);
  size_t directory_bytes = file->count * sizeof *file->sections;
  TRY(file_write_all(file->fd, file->sections, directory_bytes, file->path, error));
  TRY(file_write_all(file->fd, &footer, sizeof footer, file->path, error));
  if (fsync(file->fd) != 0)
    return error_set(error, STATUS_IO, "%s: %s", file->path, strerror(errno));
  ManifestFile *entry = &w->files[group->file];
  entry->bytes = file->at + directory_bytes + sizeof footer;
  entry->checksum = footer.checksum;
  return STATUS_OK;
}

static Status group_write(SnapshotWrite *w, Group *group, Error *error) {
  if (group->file == NO_FILE) return STATUS_OK;
  FileWriter file = {0};
  block_file_path(w->folder, w->files[group->file].number, file.path);
  file.fd = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file.fd < 0) return error_set(error, STATUS_IO, "%s: %s", file.path, strerror(errno));
  file.sections = mem_alloc(group->new_count * sizeof *file.sections);
  file.zstd = ZSTD_createCCtx();
  Status status = file_fill(w, group, &file, error);
  if (close(file.fd) != 0 && status == STATUS_OK)
    status = error_set(error, STATUS_IO, "%s: %s", file.path, strerror(errno));
  ZSTD_freeCCtx(file.zstd);
  vector_buffer_clear(&file.raw);
  vector_buffer_clear(&file.stored);
  mem_free(file.sections);
  return status;
}

static void new_files_remove(const SnapshotWrite *w) {
  char path[SNAPSHOT_PATH_BYTES];
  for (uint32_t f = w->old_count; f < w->file_count; f++)
    unlink(block_file_path(w->folder, w->files[f].number, path));
}

// ---- 5 publish

typedef struct ManifestBuild {
  SnapshotWrite *w;
  const Group *group;   // the next one, in the order of collect_table
  uint32_t *file_index; // by index in w->files: the index in the manifest, or NO_FILE
  Manifest manifest;
} ManifestBuild;

static SectionRef build_ref(ManifestBuild *build, SectionRef ref) {
  uint32_t *index = &build->file_index[ref.file];
  if (*index == NO_FILE) {
    *index = build->manifest.file_count++;
    build->manifest.files[*index] = build->w->files[ref.file];
  }
  return (SectionRef){*index, ref.section};
}

static void build_column(ManifestBuild *build, ManifestColumn *column) {
  const Group *group = build->group++;
  column->type = group->table->columns[group->column]->type;
  column->dictionary = group->dictionary ? build_ref(build, group->dictionary->ref) : SECTION_NONE;
  column->runs = ARENA_ARRAY(build->w->arena, ManifestRun, group->count);
  for (uint32_t p = 0; p < group->count; p++) {
    if (!group->pieces[p].block) continue;
    SectionRef ref = build_ref(build, group->pieces[p].ref);
    ManifestRun *last = column->run_count ? &column->runs[column->run_count - 1] : NULL;
    if (last && last->file == ref.file && last->first + last->count == ref.section)
      last->count++;
    else
      column->runs[column->run_count++] = (ManifestRun){ref.file, ref.section, 1};
  }
}

static void build_table(ManifestBuild *build, const Table *table, ManifestTable *out) {
  Arena *arena = build->w->arena;
  const Group *bitmaps = build->group++;
  uint32_t p = 0;
  *out = (ManifestTable){.schema = *table->schema,
                         .row_count = table->row_count,
                         .version = table->version,
                         .made_at = table->made_at,
                         .made_ns = table->made_ns,
                         .projection_count = table->projection_count};
  out->hidden = table->hidden ? build_ref(build, bitmaps->pieces[p++].ref) : SECTION_NONE;
  out->inferred = table->inferred ? build_ref(build, bitmaps->pieces[p++].ref) : SECTION_NONE;
  out->columns = ARENA_ARRAY(arena, ManifestColumn, table->schema->column_count);
  for (uint32_t c = 0; c < table->schema->column_count; c++) build_column(build, &out->columns[c]);
  out->projections = ARENA_ARRAY(arena, ManifestTable, table->projection_count);
  for (uint32_t i = 0; i < table->projection_count; i++)
    build_table(build, table->projections[i], &out->projections[i]);
}

static Manifest manifest_build(SnapshotWrite *w) {
  const Root *root = w->root;
  ManifestBuild build = {.w = w, .group = w->groups};
  build.manifest = (Manifest){.version = root->version,
                              .published_at = root->published_at,
                              .model = root->model_text,
                              .batches = (const char **)root->batches,
                              .batch_count = root->batch_count,
                              .table_count = root->table_count,
                              .files = ARENA_ARRAY(w->arena, ManifestFile, w->file_count),
                              .tables = ARENA_ARRAY(w->arena, ManifestTable, root->table_count)};
  build.file_index = ARENA_ARRAY(w->arena, uint32_t, w->file_count);
  for (uint32_t f = 0; f < w->file_count; f++) build.file_index[f] = NO_FILE;
  for (uint32_t t = 0; t < root->table_count; t++)
    build_table(&build, root->tables[t], &build.manifest.tables[t]);
  return build.manifest;
}

static Status folder_sync(const char *path, Error *error) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Status status = STATUS_OK;
  if (fd < 0 || fsync(fd) != 0)
    status = error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  if (fd >= 0) close(fd);
  return status;
}

static Status file_write_synced(const char *path, const char *text, size_t size, Error *error) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  Status status = file_write_all(fd, text, size, path, error);
  if (status == STATUS_OK && fsync(fd) != 0)
    status = error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  close(fd);
  return status;
}

static Status manifest_replace(SnapshotWrite *w, const char *text, size_t size, Error *error) {
  char path[SNAPSHOT_PATH_BYTES], new_path[SNAPSHOT_PATH_BYTES];
  snprintf(path, sizeof path, "%s/" SNAPSHOT_BLOCKS, w->folder);
  TRY(folder_sync(path, error));
  snprintf(path, sizeof path, "%s/" SNAPSHOT_MANIFEST, w->folder);
  snprintf(new_path, sizeof new_path, "%s/" SNAPSHOT_MANIFEST ".new", w->folder);
  Status status = file_write_synced(new_path, text, size, error);
  if (status == STATUS_OK) status = job_check(w->job, error); // the last moment to cancel
  if (status == STATUS_OK && rename(new_path, path) != 0)
    status = error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  if (status != STATUS_OK) unlink(new_path);
  return status;
}

static bool manifest_names(const Manifest *manifest, uint32_t number) {
  for (uint32_t f = 0; f < manifest->file_count; f++)
    if (manifest->files[f].number == number) return true;
  return false;
}

// Removes block files that the manifest does not name (all of them, when it is NULL: never asked);
// also finds the greatest number in use. Other names are left alone.
static Status blocks_scan(SnapshotWrite *w, const Manifest *keep, Error *error) {
  char path[SNAPSHOT_PATH_BYTES];
  snprintf(path, sizeof path, "%s/" SNAPSHOT_BLOCKS, w->folder);
  DIR *folder = opendir(path);
  if (!folder) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  for (struct dirent *entry; (entry = readdir(folder));) {
    uint32_t number;
    if (!block_file_parse_name(entry->d_name, &number)) continue;
    if (keep && !manifest_names(keep, number)) unlinkat(dirfd(folder), entry->d_name, 0);
    if (number >= w->next_number) w->next_number = number + 1;
  }
  closedir(folder);
  return STATUS_OK;
}

static Status folders_make(const char *folder, Error *error) {
  char path[SNAPSHOT_PATH_BYTES];
  snprintf(path, sizeof path, "%s/" SNAPSHOT_BLOCKS, folder);
  return folder_make(path, error);
}

static void report_fill(const SnapshotWrite *w, const Manifest *manifest, uint64_t manifest_bytes,
                        SnapshotReport *report) {
  if (!report) return;
  *report = (SnapshotReport){.files_written = w->file_count - w->old_count,
                             .bytes_written = manifest_bytes};
  report->files_kept = manifest->file_count - report->files_written;
  for (uint32_t f = w->old_count; f < w->file_count; f++)
    report->bytes_written += w->files[f].bytes;
}

// After the rename nothing may fail: what is left undone is done by the next writer.
static Status snapshot_publish(SnapshotWrite *w, SnapshotReport *report, Error *error) {
  Manifest manifest = manifest_build(w);
  char *text;
  size_t size;
  TRY(manifest_print(&manifest, &text, &size, error));
  bool changed = !w->old_text || w->old_size != size || memcmp(w->old_text, text, size) != 0;
  Status status = changed ? manifest_replace(w, text, size, error) : STATUS_OK;
  mem_free(text);
  TRY(status);
  report_fill(w, &manifest, changed ? size : 0, report);
  w->old_count = w->file_count; // the new files are named now
  TRY(folder_sync(w->folder, error));
  return blocks_scan(w, &manifest, error);
}

static Status snapshot_run(SnapshotWrite *w, SnapshotReport *report, Error *error) {
  TRY(folders_make(w->folder, error));
  TRY(blocks_scan(w, NULL, error));
  TRY(previous_load(w, error));
  for (uint32_t t = 0; t < w->root->table_count; t++) collect_table(w, w->root->tables[t]);
  TRY(groups_run(w, group_identify, error));
  TRY(groups_place(w, error));
  TRY(groups_run(w, group_write, error));
  TRY(job_check(w->job, error));
  return snapshot_publish(w, report, error);
}

Status snapshot_write(const char *folder, const Root *root, ThreadPool *pool, Job *job,
                      SnapshotReport *report, Error *error) {
  SnapshotWrite w = {.folder = folder,
                     .root = root,
                     .pool = pool,
                     .job = job,
                     .next_number = 1,
                     .arena = arena_create()};
  stored_map_init(&w.stored, NULL);
  Status status = snapshot_run(&w, report, error);
  if (status != STATUS_OK) new_files_remove(&w);
  stored_map_clear(&w.stored);
  mem_free(w.groups);
  mem_free(w.files);
  mem_free(w.old_text);
  arena_destroy(w.arena);
  return status;
}
