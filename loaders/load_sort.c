// Rows in another order: a new table's cluster column, and projections.
#include "load.h"
#include "table_sort.h"

Status load_sort_cluster(LoadTable *table, Error *error) {
  int32_t cluster = table->schema->cluster;
  // Rows that others may already name do not move: only a table's first load is sorted.
  bool first_load = !table->base || table->base->row_count <= table->has_members;
  if (cluster < 0 || !first_load || !table->columns[cluster].ready) return STATUS_OK;
  JobProgress progress = {.phase = "sort", .rows = (int64_t)table->table->row_count};
  if (table->load->job) job_report(table->load->job, &progress);
  uint32_t *order;
  bool sorted;
  TRY(table_sort(table->table, &(uint32_t){(uint32_t)cluster}, 1, table->has_members,
                 table->load->job, &order, &sorted, error));
  if (!sorted) {
    Table *ordered = table_reorder(table->table, order, NULL, 0, table->load->pool);
    table_release(table->table);
    table->table = ordered;
  }
  mem_free(order);
  return STATUS_OK;
}

// One of the columns that are loaded: an expression's is added after the load.
static Status projection_make(LoadTable *table, const ModelProjection *projection, Error *error) {
  const char **columns = mem_alloc((projection->column_count + 1) * sizeof *columns);
  ProjectionSpec spec = {projection->order, projection->order_count, columns, 0};
  for (uint32_t k = 0; k < projection->column_count; k++)
    if (load_find_column(table, projection->columns[k]) >= 0)
      columns[spec.column_count++] = projection->columns[k];
  if (projection->column_count && !spec.column_count) // all is kept where none is named
    columns[spec.column_count++] = projection->order[0];
  Table *made;
  Status status = table_projection_create(table->table, &spec, table->load->pool, table->load->job,
                                          &made, error);
  if (status == STATUS_OK) table_add_projection(table->table, made);
  mem_free(columns);
  return status;
}

Status load_sort_projections(LoadTable *table, Error *error) {
  const ModelTable *model = table->model;
  if (table->table->projections) return STATUS_OK;
  for (uint32_t p = 0; p < model->projection_count; p++) {
    const ModelProjection *projection = &model->projections[p];
    bool loaded = true;
    for (uint32_t k = 0; k < projection->order_count; k++)
      loaded &= load_find_column(table, projection->order[k]) >= 0;
    if (loaded) TRY(projection_make(table, projection, error));
  }
  return STATUS_OK;
}
