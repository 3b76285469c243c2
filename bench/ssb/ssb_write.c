// Files from rows: each table is cut into chunks of units (a row, or an order with its lines),
// which threads format at once and write in turn.
//
//   next chunk (atomic) -> format into the worker's own buffer -> wait for its turn -> write(2)
//
// Invariant: the chunk whose turn it is belongs to a running worker, which waits for nobody; so the
// turns always move on, however many workers really started. The first failure stops all of them.
#include "job.h"
#include "ssb_csv.h"
#include "thread_pool.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_UNITS 2048
#define PATH_BYTES 4096

// Formats unit i (from 0) at out; returns the end, and adds to *row_count the lines that it wrote.
typedef char *UnitFormat(const SsbSpec *spec, uint64_t i, char *out, uint64_t *row_count);

static char *customer_unit(const SsbSpec *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbCustomer customer;
  ssb_customer_make(spec, (uint32_t)i + 1, &customer);
  ++*row_count;
  return ssb_customer_format(&customer, out);
}

static char *supplier_unit(const SsbSpec *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbSupplier supplier;
  ssb_supplier_make(spec, (uint32_t)i + 1, &supplier);
  ++*row_count;
  return ssb_supplier_format(&supplier, out);
}

static char *part_unit(const SsbSpec *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbPart part;
  ssb_part_make(spec, (uint32_t)i + 1, &part);
  ++*row_count;
  return ssb_part_format(&part, out);
}

static char *date_unit(const SsbSpec *spec, uint64_t i, char *out, uint64_t *row_count) {
  (void)spec;
  SsbDate date;
  ssb_date_make((uint32_t)i, &date);
  ++*row_count;
  return ssb_date_format(&date, out);
}

static char *order_unit(const SsbSpec *spec, uint64_t i, char *out, uint64_t *row_count) {
  SsbOrder order;
  ssb_order_make(spec, i, &order);
  *row_count += order.line_count;
  return ssb_order_format(spec, &order, out);
}

// One file being written, shared by the workers.
typedef struct TableWriter {
  const SsbSpec *spec;
  UnitFormat *format;
  uint64_t unit_count, chunk_count;
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
  char *buffer = mem_alloc(CHUNK_UNITS * SSB_UNIT_BYTES_MAX);
  for (;;) {
    uint64_t chunk = atomic_fetch_add(&writer->next_chunk, 1);
    if (chunk >= writer->chunk_count) break;
    uint64_t end = (chunk + 1) * CHUNK_UNITS, row_count = 0;
    if (end > writer->unit_count) end = writer->unit_count;
    char *out = buffer;
    for (uint64_t i = chunk * CHUNK_UNITS; i < end; i++) {
      char *unit = out;
      out = writer->format(writer->spec, i, out, &row_count);
      assert(out - unit <= SSB_UNIT_BYTES_MAX);
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

typedef struct TableFile {
  const char *name, *header;
  UnitFormat *format;
  uint64_t unit_count;
  uint64_t *row_count; // out
} TableFile;

static Status table_write(const SsbSpec *spec, const char *folder, const TableFile *table,
                          ThreadPool *pool, uint64_t *bytes, Error *error) {
  char path[PATH_BYTES], part[PATH_BYTES + 8];
  snprintf(path, sizeof path, "%s/%s.csv", folder, table->name);
  snprintf(part, sizeof part, "%s.part", path);
  TableWriter writer = {.spec = spec,
                        .format = table->format,
                        .unit_count = table->unit_count,
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
  *table->row_count = writer.row_count;
  *bytes += writer.bytes;
  return file_finish(writer.file, part, path, error);
}

// ssb.json: what the folder holds, so that a runner can tell whether it is what it needs.
static Status manifest_write(const SsbSpec *spec, const char *folder, const SsbSummary *summary,
                             Error *error) {
  char path[PATH_BYTES], part[PATH_BYTES + 8], text[512];
  snprintf(path, sizeof path, "%s/ssb.json", folder);
  snprintf(part, sizeof part, "%s.part", path);
  int size =
      snprintf(text, sizeof text,
               "{\"generator\": %d, \"scale\": %g, \"seed\": %llu, \"bytes\": %llu,\n"
               " \"rows\": {\"customer\": %llu, \"supplier\": %llu, \"part\": %llu, "
               "\"date\": %llu, \"lineorder\": %llu}}\n",
               SSB_GENERATOR_VERSION, spec->scale, (unsigned long long)spec->seed,
               (unsigned long long)summary->bytes, (unsigned long long)summary->customer_rows,
               (unsigned long long)summary->supplier_rows, (unsigned long long)summary->part_rows,
               (unsigned long long)summary->date_rows, (unsigned long long)summary->lineorder_rows);
  int file;
  TRY(file_create(part, &file, error));
  Status status = file_write(file, part, text, (size_t)size, error);
  if (status != STATUS_OK) {
    close(file);
    return status;
  }
  return file_finish(file, part, path, error);
}

static Status folder_prepare(const char *folder, Error *error) {
  if (strlen(folder) > PATH_BYTES - 32)
    return error_set(error, STATUS_INVALID, "folder name too long: %.60s...", folder);
  if (mkdir(folder, 0777) && errno != EEXIST)
    return error_set(error, STATUS_IO, "cannot make folder %s: %s", folder, strerror(errno));
  char manifest[PATH_BYTES];
  snprintf(manifest, sizeof manifest, "%s/ssb.json", folder);
  if (unlink(manifest) && errno != ENOENT) // from now on the folder holds neither old nor new
    return error_set(error, STATUS_IO, "cannot replace %s: %s", manifest, strerror(errno));
  return STATUS_OK;
}

Status ssb_write(const SsbSpec *spec, const char *folder, uint32_t thread_count,
                 SsbSummary *summary, Error *error) {
  int64_t started_ns = clock_now_ns();
  const SsbSizes *sizes = &spec->sizes;
  *summary = (SsbSummary){0};
  const TableFile tables[] = {
      {"customer", SSB_CUSTOMER_HEADER, customer_unit, sizes->customer_count,
       &summary->customer_rows},
      {"supplier", SSB_SUPPLIER_HEADER, supplier_unit, sizes->supplier_count,
       &summary->supplier_rows},
      {"part", SSB_PART_HEADER, part_unit, sizes->part_count, &summary->part_rows},
      {"date", SSB_DATE_HEADER, date_unit, sizes->date_count, &summary->date_rows},
      {"lineorder", SSB_LINEORDER_HEADER, order_unit, sizes->order_count,
       &summary->lineorder_rows}};
  TRY(folder_prepare(folder, error));
  ThreadPool *pool = thread_pool_create(thread_count);
  Status status = STATUS_OK;
  for (size_t i = 0; status == STATUS_OK && i < sizeof tables / sizeof *tables; i++)
    status = table_write(spec, folder, &tables[i], pool, &summary->bytes, error);
  thread_pool_destroy(pool);
  if (status == STATUS_OK) status = manifest_write(spec, folder, summary, error);
  summary->time_ns = clock_now_ns() - started_ns;
  return status;
}
