// See table_writer.h.
//
//   next chunk (atomic) -> format into the worker's own buffer -> wait for its turn -> write(2)
//
// Invariant: the chunk whose turn it is belongs to a running worker, which waits for nobody; so the
// turns always move on, however many workers really started. The first failure stops all of them.
#include "table_writer.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_UNITS 2048

// One file being written, shared by the workers.
typedef struct TableWriter {
  const void *spec;
  const TableFile *table;
  uint64_t chunk_count;
  int file;
  const char *path;
  _Atomic uint64_t next_chunk;
  pthread_mutex_t lock;
  pthread_cond_t turned;
  // Under the lock:
  uint64_t turn, row_count, bytes;
  Status status;
  Error *error;
} TableWriter;

static Status file_write(int file, const char *path, const char *data, size_t size, Error *error) {
  while (size) {
    ssize_t written = write(file, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      return error_set(error, STATUS_IO, "cannot write %s: %s", path, strerror(errno));
    data += written;
    size -= (size_t)written;
  }
  return STATUS_OK;
}

// Waits until all chunks before this one are written, writes it, and passes the turn on.
static bool chunk_write(TableWriter *writer, uint64_t chunk, const char *data, size_t size,
                        uint64_t row_count) {
  pthread_mutex_lock(&writer->lock);
  while (writer->turn != chunk && writer->status == STATUS_OK)
    pthread_cond_wait(&writer->turned, &writer->lock);
  bool mine = writer->status == STATUS_OK;
  pthread_mutex_unlock(&writer->lock);
  if (!mine) return false;
  Error error = ERROR_INIT;
  Status status = file_write(writer->file, writer->path, data, size, &error);
  pthread_mutex_lock(&writer->lock);
  writer->turn++;
  writer->row_count += row_count;
  writer->bytes += size;
  if (status != STATUS_OK) {
    writer->status = status;
    if (writer->error) *writer->error = error;
  }
  pthread_cond_broadcast(&writer->turned);
  pthread_mutex_unlock(&writer->lock);
  return status == STATUS_OK;
}

static void chunks_work(void *context, uint32_t worker) {
  (void)worker;
  TableWriter *writer = context;
  char *buffer = mem_alloc(CHUNK_UNITS * writer->table->unit_bytes_max);
  for (;;) {
    uint64_t chunk = atomic_fetch_add(&writer->next_chunk, 1);
    if (chunk >= writer->chunk_count) break;
    uint64_t end = (chunk + 1) * CHUNK_UNITS, row_count = 0;
    if (end > writer->table->unit_count) end = writer->table->unit_count;
    char *out = buffer;
    for (uint64_t i = chunk * CHUNK_UNITS; i < end; i++) {
      char *unit = out;
      out = writer->table->format(writer->spec, i, out, &row_count);
      assert((size_t)(out - unit) <= writer->table->unit_bytes_max);
      (void)unit;
    }
    if (!chunk_write(writer, chunk, buffer, (size_t)(out - buffer), row_count)) break;
  }
  mem_free(buffer);
}

static Status file_create(const char *path, int *file, Error *error) {
  *file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (*file < 0) return error_set(error, STATUS_IO, "cannot create %s: %s", path, strerror(errno));
  return STATUS_OK;
}

static Status file_finish(int file, const char *part, const char *path, Error *error) {
  if (close(file)) return error_set(error, STATUS_IO, "cannot write %s: %s", part, strerror(errno));
  if (rename(part, path))
    return error_set(error, STATUS_IO, "cannot rename %s: %s", part, strerror(errno));
  return STATUS_OK;
}

Status table_write(const void *spec, const char *folder, const TableFile *table, ThreadPool *pool,
                   uint64_t *row_count, uint64_t *bytes, Error *error) {
  char path[PATH_BYTES], part[PATH_BYTES + 8];
  snprintf(path, sizeof path, "%s/%s.csv", folder, table->name);
  snprintf(part, sizeof part, "%s.part", path);
  TableWriter writer = {.spec = spec,
                        .table = table,
                        .chunk_count = (table->unit_count + CHUNK_UNITS - 1) / CHUNK_UNITS,
                        .path = part,
                        .bytes = strlen(table->header),
                        .error = error};
  TRY(file_create(part, &writer.file, error));
  pthread_mutex_init(&writer.lock, NULL);
  pthread_cond_init(&writer.turned, NULL);
  writer.status = file_write(writer.file, part, table->header, strlen(table->header), error);
  if (writer.status == STATUS_OK)
    thread_pool_run(pool, thread_pool_size(pool), chunks_work, &writer);
  pthread_cond_destroy(&writer.turned);
  pthread_mutex_destroy(&writer.lock);
  if (writer.status != STATUS_OK) {
    close(writer.file);
    unlink(part);
    return writer.status;
  }
  *row_count = writer.row_count;
  *bytes += writer.bytes;
  return file_finish(writer.file, part, path, error);
}

Status table_manifest_write(const char *folder, const char *name, const char *text, Error *error) {
  char path[PATH_BYTES], part[PATH_BYTES + 8];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  snprintf(part, sizeof part, "%s.part", path);
  int file;
  TRY(file_create(part, &file, error));
  Status status = file_write(file, part, text, strlen(text), error);
  if (status != STATUS_OK) {
    close(file);
    return status;
  }
  return file_finish(file, part, path, error);
}

Status table_folder_prepare(const char *folder, const char *manifest_name, Error *error) {
  if (strlen(folder) > PATH_BYTES - 32)
    return error_set(error, STATUS_INVALID, "folder name too long: %.60s...", folder);
  if (mkdir(folder, 0777) && errno != EEXIST)
    return error_set(error, STATUS_IO, "cannot make folder %s: %s", folder, strerror(errno));
  char manifest[PATH_BYTES];
  snprintf(manifest, sizeof manifest, "%s/%s", folder, manifest_name);
  if (unlink(manifest) && errno != ENOENT) // from now on the folder holds neither old nor new
    return error_set(error, STATUS_IO, "cannot replace %s: %s", manifest, strerror(errno));
  return STATUS_OK;
}
