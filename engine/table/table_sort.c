// See table_sort.h.
//
// A stable radix sort over row numbers, least significant column first. Every value becomes an
// unsigned number that sorts as it does: NULL first, strings by the rank of their code.
#include "table_sort.h"

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

// Sort keys of a column's rows (caller frees), and the largest.
static Status sort_keys(const Table *table, uint32_t c, uint64_t **out, uint64_t *max,
                        Error *error) {
  const Column *column = table->columns[c];
  if (column_physical(column) != PHYSICAL_INT)
    return error_set(error, STATUS_UNSUPPORTED,
                     "%s.%s: rows cannot be sorted by it (wide decimals, doubles and strings "
                     "without a dictionary are not sorted by)",
                     table->schema->name, table->schema->columns[c].name);
  uint64_t *keys = mem_alloc((column->row_count + 1) * sizeof *keys);
  int64_t *values = (int64_t *)keys;
  column_decode_int(column, values);
  *max = 0;
  for (uint32_t b = 0; b < column->block_count; b++) {
    const Block *block = column->blocks[b];
    for (uint32_t i = 0; i < block->row_count; i++) {
      uint64_t row = (uint64_t)b * BLOCK_ROWS + i;
      bool valid = !block->validity || bits_get(block->validity, i);
      if (!valid)
        keys[row] = 0;
      else if (column->dictionary)
        keys[row] = 1 + (uint64_t)dictionary_rank(column->dictionary, (uint32_t)values[row]);
      else
        keys[row] = 1 + (uint64_t)values[row] - (uint64_t)column->min;
      if (keys[row] > *max) *max = keys[row];
    }
  }
  *out = keys;
  return STATUS_OK;
}

static bool keys_in_order(const uint64_t *keys, const uint32_t *order, uint64_t count) {
  for (uint64_t i = 1; i < count; i++)
    if (keys[order[i - 1]] > keys[order[i]]) return false;
  return true;
}

// Sorts order[0 .. count) by the keys, stably; scratch has count entries.
static void radix_sort(const uint64_t *keys, uint64_t max, uint32_t *order, uint32_t *scratch,
                       uint64_t count) {
  for (unsigned shift = 0; shift < 64 && max >> shift; shift += DIGIT_BITS) {
    uint32_t starts[DIGITS + 1] = {0};
    for (uint64_t i = 0; i < count; i++) starts[(keys[order[i]] >> shift & (DIGITS - 1)) + 1]++;
    for (uint32_t d = 0; d < DIGITS; d++) starts[d + 1] += starts[d];
    for (uint64_t i = 0; i < count; i++)
      scratch[starts[keys[order[i]] >> shift & (DIGITS - 1)]++] = order[i];
    memcpy(order, scratch, count * sizeof *order);
  }
}

Status table_sort(const Table *table, const uint32_t *columns, uint32_t column_count,
                  uint32_t first, Job *job, uint32_t **out, bool *sorted, Error *error) {
  uint64_t count = table->row_count;
  uint32_t *order = mem_alloc((count + 1) * sizeof *order);
  uint32_t *scratch = mem_alloc((count + 1) * sizeof *scratch);
  for (uint64_t i = 0; i < count; i++) order[i] = (uint32_t)i;
  Status status = STATUS_OK;
  *sorted = true;
  for (uint32_t k = column_count; k-- && status == STATUS_OK;) {
    uint64_t *keys = NULL, max = 0;
    status = sort_keys(table, columns[k], &keys, &max, error);
    if (status == STATUS_OK && count > first &&
        !keys_in_order(keys, order + first, count - first)) {
      radix_sort(keys, max, order + first, scratch, count - first);
      *sorted = false;
    }
    mem_free(keys);
    if (status == STATUS_OK) status = job_check(job, error);
  }
  mem_free(scratch);
  if (status != STATUS_OK) mem_free(order);
  *out = order;
  return status;
}

// Adds the column to those kept.
static Status keep(const Table *table, const char *name, bool *kept, uint32_t *index,
                   Error *error) {
  int32_t c = schema_find(table->schema, name);
  if (c < 0)
    return error_set(error, STATUS_NOT_FOUND, "table \"%s\" has no column \"%s\"",
                     table->schema->name, name);
  kept[c] = true;
  *index = (uint32_t)c;
  return STATUS_OK;
}

Status table_projection_create(const Table *table, const ProjectionSpec *spec, ThreadPool *pool,
                               Job *job, Table **out, Error *error) {
  uint32_t all = table->schema->column_count, count = 0, *order = NULL, ignored;
  uint32_t *by = mem_alloc((spec->order_count + 1) * sizeof *by);
  uint32_t *columns = mem_alloc((all + 1) * sizeof *columns);
  bool *kept = mem_alloc_zero(all + 1), sorted;
  Status status = STATUS_OK;
  for (uint32_t k = 0; status == STATUS_OK && k < spec->order_count; k++)
    status = keep(table, spec->order[k], kept, &by[k], error);
  for (uint32_t k = 0; status == STATUS_OK && k < spec->column_count; k++)
    status = keep(table, spec->columns[k], kept, &ignored, error);
  for (uint32_t c = 0; c < all; c++)
    if (kept[c] || !spec->column_count) columns[count++] = c;
  if (status == STATUS_OK)
    status = table_sort(table, by, spec->order_count, 0, job, &order, &sorted, error);
  if (status == STATUS_OK) {
    *out = table_reorder(table, order, columns, count, pool);
    mem_free(order);
  }
  mem_free(kept);
  mem_free(columns);
  mem_free(by);
  return status;
}

void table_add_projection(Table *table, Table *projection) {
  table->projections =
      mem_realloc(table->projections, (table->projection_count + 1) * sizeof *table->projections);
  table->projections[table->projection_count++] = projection;
}
