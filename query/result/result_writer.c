// What all formats share: the columns' copy, limits, the budget, flushing.
//
// Limits are checked after each batch, not each row: a batch is at most 2,048 rows, and the row
// limit itself is exact because it is checked against the count before anything is written.
#include "result_writer.h"
#include "job.h"
#include "result_format.h"

#define FLUSH_BYTES (256 * 1024)

static const ResultFormatOps *const formats[] = {
    [RESULT_TABLE] = &result_table_ops, [RESULT_RECORD] = &result_record_ops,
    [RESULT_CSV] = &result_csv_ops,     [RESULT_NDJSON] = &result_ndjson_ops,
    [RESULT_JSON] = &result_json_ops,   [RESULT_JSON_CELLS] = &result_json_cells_ops,
    [RESULT_XLSX] = &result_xlsx_ops,
};

bool result_format_parse(const char *name, ResultFormat *format) {
  for (ResultFormat f = RESULT_TABLE; f <= RESULT_XLSX; f++) {
    if (strcmp(name, formats[f]->name) == 0) {
      *format = f;
      return true;
    }
  }
  return false;
}

const char *result_format_name(ResultFormat format) {
  return formats[format]->name;
}

const char *result_format_mime(ResultFormat format) {
  return formats[format]->mime;
}

ResultWriter *result_writer_create(ResultFormat format, const ResultOptions *options, Buffer *out) {
  ResultWriter *writer = mem_alloc_zero(sizeof(ResultWriter));
  writer->ops = formats[format];
  if (options) writer->options = *options;
  if (!writer->options.flush_bytes) writer->options.flush_bytes = FLUSH_BYTES;
  if (writer->options.flush_interval_ns) writer->flushed_ns = clock_now_ns();
  writer->out = out;
  writer->failure = ERROR_INIT;
  return writer;
}

static void columns_clear(ResultWriter *writer) {
  for (uint32_t i = 0; i < writer->column_count; i++) mem_free((char *)writer->columns[i].name);
  mem_free(writer->columns);
}

void result_writer_destroy(ResultWriter *writer) {
  if (!writer) return;
  if (writer->ops->clear) writer->ops->clear(writer);
  memory_budget_release(writer->options.budget, writer->charged_bytes);
  columns_clear(writer);
  mem_free(writer);
}

uint64_t result_writer_rows(const ResultWriter *writer) {
  return writer->row_count;
}

static Status charge_growth(ResultWriter *writer, Error *error) {
  int64_t grown = (int64_t)writer->out->capacity - writer->charged_bytes;
  if (grown <= 0) return STATUS_OK;
  TRY(memory_budget_charge(writer->options.budget, grown, error));
  writer->charged_bytes += grown;
  return STATUS_OK;
}

Status result_flush(ResultWriter *writer, Error *error) {
  Buffer *out = writer->out;
  TRY(charge_growth(writer, error));
  uint64_t bytes = writer->bytes_flushed + out->size;
  if (writer->options.bytes_limit && bytes + writer->held_bytes > writer->options.bytes_limit)
    return error_set(error, STATUS_LIMIT,
                     "the answer is larger than %llu bytes; ask for fewer rows or columns",
                     (unsigned long long)writer->options.bytes_limit);
  if (!writer->options.flush || !out->size) return STATUS_OK;
  TRY(writer->options.flush(writer->options.flush_context, out->data, out->size, error));
  writer->bytes_flushed = bytes;
  buffer_reset(out);
  if (writer->options.flush_interval_ns) writer->flushed_ns = clock_now_ns();
  return STATUS_OK;
}

// What the format could not return itself.
static Status failure_take(const ResultWriter *writer, Error *error) {
  if (writer->failure.status != STATUS_OK && error) *error = writer->failure;
  return writer->failure.status;
}

static Status writer_begin(void *context, const ResultColumn *columns, uint32_t count,
                           Error *error) {
  ResultWriter *writer = context;
  writer->columns = mem_alloc_zero(count * sizeof(ResultColumn));
  writer->column_count = count;
  for (uint32_t i = 0; i < count; i++)
    writer->columns[i] = (ResultColumn){mem_strdup(columns[i].name), columns[i].type};
  writer->ops->begin(writer);
  return failure_take(writer, error);
}

static Status rows_refuse(const ResultWriter *writer, Error *error) {
  return error_set(error, STATUS_LIMIT, "the answer has more than %llu rows; add a LIMIT",
                   (unsigned long long)writer->options.row_limit);
}

// Writes one row; false when it is beyond a limit that truncates: then nothing of it stays.
static bool row_write(ResultWriter *writer, const Batch *batch, uint32_t row) {
  const ResultOptions *options = &writer->options;
  size_t before = writer->out->size;
  if (options->rows_truncate && writer->row_count == options->row_limit) return false;
  if (options->rows_shown && writer->row_count >= options->rows_shown)
    return writer->row_count++, true;
  if (writer->ops->row_bytes) {
    uint64_t bytes = writer->ops->row_bytes(writer, batch, row);
    if (options->bytes_truncate && writer->held_bytes + bytes > options->bytes_limit) return false;
    writer->held_bytes += bytes;
  }
  writer->ops->row(writer, batch, row);
  if (options->bytes_truncate && writer->bytes_flushed + writer->out->size > options->bytes_limit) {
    writer->out->size = before;
    writer->out->data[before] = 0;
    return false;
  }
  writer->row_count++;
  return true;
}

static bool flush_is_due(const ResultWriter *writer) {
  const ResultOptions *options = &writer->options;
  return !options->flush || writer->out->size >= options->flush_bytes ||
         (options->flush_interval_ns &&
          clock_now_ns() - writer->flushed_ns >= options->flush_interval_ns);
}

static Status writer_rows(void *context, const Batch *batch, Error *error) {
  ResultWriter *writer = context;
  uint64_t limit = writer->options.row_limit;
  if (limit && !writer->options.rows_truncate && writer->row_count + batch->row_count > limit)
    return rows_refuse(writer, error);
  for (uint32_t row = 0; row < batch->row_count && !writer->truncated; row++) {
    writer->truncated = !row_write(writer, batch, row);
    if (writer->failure.status != STATUS_OK) return failure_take(writer, error);
  }
  if (writer->truncated)
    return error_set(error, STATUS_LIMIT, "the answer ends at the limit that was asked for");
  return flush_is_due(writer) ? result_flush(writer, error) : STATUS_OK;
}

ResultSink result_writer_sink(ResultWriter *writer) {
  return (ResultSink){writer, writer_begin, writer_rows};
}

bool result_writer_truncated(const ResultWriter *writer) {
  return writer->truncated;
}

bool result_writer_fail(ResultWriter *writer, const Error *failure) {
  if (!writer->ops->fail) return false;
  writer->ops->fail(writer, failure);
  writer->options.bytes_limit = 0; // the failure may be that very limit
  return result_flush(writer, NULL) == STATUS_OK;
}

Status result_writer_finish(ResultWriter *writer, Error *error) {
  if (writer->truncated) writer->options.bytes_limit = 0; // the end stands beyond the rows' limit
  writer->ops->finish(writer);
  TRY(failure_take(writer, error));
  return result_flush(writer, error);
}
