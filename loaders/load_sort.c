// Rows in another order: a new table's cluster column, and projections.
//
// A stable radix sort over row numbers, least significant column first. Every value becomes an
// unsigned number that sorts as it does: NULL first, strings by the rank of their code.
#include "load.h"

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

// Sort keys of a column's rows (caller frees), and the largest.
static Status sort_keys(const LoadTable *table, uint32_t c, uint64_t **out, uint64_t *max,
                        Error *error) {
  const Column *column = table->table->columns[c];
  if (column_physical(column) != PHYSICAL_INT)
    return error_set(error, STATUS_UNSUPPORTED,
                     "%s.%s: rows cannot be sorted by it (wide decimals, doubles and strings "
                     "without a dictionary are not sorted by)",
                     table->model->name, table->schema->columns[c].name);
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

// Sorts the rows from `first` on by the columns, first most significant. *sorted: they were
// already.
static Status rows_sort(const LoadTable *table, const uint32_t *columns, uint32_t column_count,
                        uint32_t first, uint32_t **out, bool *sorted, Error *error) {
  uint64_t count = table->table->row_count;
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
    if (status == STATUS_OK) status = job_check(table->load->job, error);
  }
  mem_free(scratch);
  if (status != STATUS_OK) mem_free(order);
  *out = order;
  return status;
}

Status load_sort_cluster(LoadTable *table, Error *error) {
  int32_t cluster = table->schema->cluster;
  // Rows that others may already name do not move: only a table's first load is sorted.
  bool first_load = !table->base || table->base->row_count <= table->has_members;
  if (cluster < 0 || !first_load || !table->columns[cluster].ready) return STATUS_OK;
  JobProgress progress = {.phase = "sort", .rows = (int64_t)table->table->row_count};
  if (table->load->job) job_report(table->load->job, &progress);
  uint32_t *order;
  bool sorted;
  TRY(rows_sort(table, &(uint32_t){(uint32_t)cluster}, 1, table->has_members, &order, &sorted,
                error));
  if (!sorted) {
    Table *ordered = table_reorder(table->table, order, NULL, 0, table->load->pool);
    table_release(table->table);
    table->table = ordered;
  }
  mem_free(order);
  return STATUS_OK;
}

static Status projection_make(LoadTable *table, const ModelProjection *projection, Table **out,
                              Error *error) {
  uint32_t *columns = mem_alloc((table->column_count + 1) * sizeof *columns), count = 0;
  bool *kept = mem_alloc_zero(table->column_count + 1);
  uint32_t *by = mem_alloc((projection->order_count + 1) * sizeof *by);
  for (uint32_t k = 0; k < projection->order_count; k++) {
    by[k] = (uint32_t)load_find_column(table, projection->order[k]);
    kept[by[k]] = true;
  }
  for (uint32_t k = 0; k < projection->column_count; k++) {
    int32_t c = load_find_column(table, projection->columns[k]);
    if (c >= 0) kept[c] = true; // an expression's column is added after the load
  }
  for (uint32_t c = 0; c < table->column_count; c++)
    if (kept[c] || !projection->column_count) columns[count++] = c;
  uint32_t *order = NULL;
  bool sorted;
  Status status = rows_sort(table, by, projection->order_count, 0, &order, &sorted, error);
  if (status == STATUS_OK)
    *out = table_reorder(table->table, order, columns, count, table->load->pool);
  if (status == STATUS_OK) mem_free(order);
  mem_free(columns);
  mem_free(kept);
  mem_free(by);
  return status;
}

Status load_sort_projections(LoadTable *table, Error *error) {
  const ModelTable *model = table->model;
  Table *into = table->table;
  if (!model->projection_count || into->projections) return STATUS_OK;
  into->projections = mem_alloc_zero(model->projection_count * sizeof(Table *));
  for (uint32_t p = 0; p < model->projection_count; p++) {
    const ModelProjection *projection = &model->projections[p];
    bool loaded = true;
    for (uint32_t k = 0; k < projection->order_count; k++)
      loaded &= load_find_column(table, projection->order[k]) >= 0;
    if (!loaded) continue;
    TRY(projection_make(table, projection, &into->projections[into->projection_count], error));
    into->projection_count++;
  }
  return STATUS_OK;
}
