// What all formats share: the columns' copy, limits, the budget, flushing.
//
// Limits are checked after each batch, not each row: a batch is at most 2,048 rows, and the row
// limit itself is exact because it is checked against the count before anything is written.
#include "result_writer.h"
#include "result_format.h"

#define FLUSH_BYTES (256 * 1024)

static const ResultFormatOps *const formats[] = {
    [RESULT_TABLE] = &result_table_ops,
    [RESULT_CSV] = &result_csv_ops,
    [RESULT_JSON] = &result_json_ops,
    [RESULT_JSON_CELLS] = &result_json_cells_ops,
};

bool result_format_parse(const char *name, ResultFormat *format) {
  for (ResultFormat f = RESULT_TABLE; f <= RESULT_JSON; f++) {
    if (strcmp(name, formats[f]->name) == 0) {
      *format = f;
      return true;
    }
  }
  return false;
}

const char *result_format_mime(ResultFormat format) {
  return formats[format]->mime;
}

ResultWriter *result_writer_create(ResultFormat format, const ResultOptions *options, Buffer *out) {
  ResultWriter *writer = mem_alloc_zero(sizeof(ResultWriter));
  writer->ops = formats[format];
  if (options) writer->options = *options;
  writer->out = out;
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

static Status flush(ResultWriter *writer, Error *error) {
  Buffer *out = writer->out;
  TRY(charge_growth(writer, error));
  uint64_t bytes = writer->bytes_flushed + out->size;
  if (writer->options.bytes_limit && bytes > writer->options.bytes_limit)
    return error_set(error, STATUS_LIMIT,
                     "the answer is larger than %llu bytes; ask for fewer rows or columns",
                     (unsigned long long)writer->options.bytes_limit);
  if (!writer->options.flush || !out->size) return STATUS_OK;
  TRY(writer->options.flush(writer->options.flush_context, out->data, out->size, error));
  writer->bytes_flushed = bytes;
  buffer_reset(out);
  return STATUS_OK;
}

static Status writer_begin(void *context, const ResultColumn *columns, uint32_t count,
                           Error *error) {
  ResultWriter *writer = context;
  (void)error;
  writer->columns = mem_alloc_zero(count * sizeof(ResultColumn));
  writer->column_count = count;
  for (uint32_t i = 0; i < count; i++)
    writer->columns[i] = (ResultColumn){mem_strdup(columns[i].name), columns[i].type};
  writer->ops->begin(writer);
  return STATUS_OK;
}

static Status writer_rows(void *context, const Batch *batch, Error *error) {
  ResultWriter *writer = context;
  uint64_t limit = writer->options.row_limit;
  if (limit && writer->row_count + batch->row_count > limit)
    return error_set(error, STATUS_LIMIT, "the answer has more than %llu rows; add a LIMIT",
                     (unsigned long long)limit);
  for (uint32_t row = 0; row < batch->row_count; row++) {
    writer->ops->row(writer, batch, row);
    writer->row_count++;
  }
  return !writer->options.flush || writer->out->size >= FLUSH_BYTES ? flush(writer, error)
                                                                    : STATUS_OK;
}

ResultSink result_writer_sink(ResultWriter *writer) {
  return (ResultSink){writer, writer_begin, writer_rows};
}

Status result_writer_finish(ResultWriter *writer, Error *error) {
  writer->ops->finish(writer);
  return flush(writer, error);
}
