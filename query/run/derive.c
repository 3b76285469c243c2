// See derive.h. A foreign key leaves the executor as its member's row number (executor_rows), so a
// derived table's links cost no look-up.
#include "derive.h"
#include "catalog_store.h"
#include "derive_refresh.h"
#include "executor.h"
#include "query_columns.h"
#include "sql_parse.h"
#include "table_sort.h"

typedef struct Derive {
  ThreadPool *pool;
  const Root *base;
  Root *next;
  const Model *model;
  Job *job;
  DeriveReport *report; // or NULL
  const ModelTable *table;
  LogicalContext context;
  Catalog *catalog;
} Derive;

static Status derive_fault(const Derive *derive, const ModelPlace *place, const char *what,
                           Status status, Error *error) {
  char message[ERROR_MESSAGE_BYTES];
  memcpy(message, error ? error->message : "", error ? sizeof message : 1);
  return error_set(error, status, "%s:%u:%u: %s: %.700s", derive->model->file, place->line,
                   place->column, what, message);
}

// ---------------------------------------------------------------- names

typedef struct Names { // resolves the names of an expression over a tree's columns
  Derive *derive;
  Logical *tree;             // joined to members as qualified names ask for them
  const CatalogTable *table; // of a base table; NULL for a derived one
} Names;

static Expr *tree_column(Derive *derive, const Logical *tree, const char *name) {
  for (uint32_t c = 0; c < tree->column_count; c++)
    if (tree->columns[c].name && !strcmp(tree->columns[c].name, name))
      return logical_ref(&derive->context, tree, c);
  return NULL;
}

static const CatalogColumn *catalog_column(const CatalogTable *table, const char *name) {
  for (uint32_t c = 0; table && c < table->column_count; c++)
    if (!strcmp(table->columns[c].name, name)) return &table->columns[c];
  return NULL;
}

static Logical *scan_of(Derive *derive, const CatalogTable *table) {
  const char **names = ARENA_ARRAY(derive->context.arena, const char *, table->column_count);
  Type *types = ARENA_ARRAY(derive->context.arena, Type, table->column_count);
  for (uint32_t c = 0; c < table->column_count; c++) {
    names[c] = table->columns[c].name;
    types[c] = table->columns[c].type;
  }
  return logical_scan(&derive->context, table->name, NULL, names, types, table->column_count);
}

// Joins the tree to the members that the foreign key `key` names; returns the members' scan.
static Logical *join_members(Derive *derive, Logical **tree, Expr *key,
                             const CatalogTable *target) {
  Logical *members = scan_of(derive, target);
  Expr *args[] = {key, tree_column(derive, members, target->key)};
  Expr *condition = expr_call(derive->context.arena, FUNCTION_EQUAL, TYPE_OF_BOOL, args, 2, -1);
  *tree = logical_join(&derive->context, *tree, members, JOIN_LEFT, condition, false);
  return members;
}

static Expr *resolve_name(void *context, const char *qualifier, const char *name) {
  Names *names = context;
  if (!qualifier) return tree_column(names->derive, names->tree, name);
  const CatalogColumn *link = catalog_column(names->table, qualifier);
  if (!link || !link->link_table) return NULL;
  const CatalogTable *target =
      names->derive->catalog->find_table(names->derive->catalog, link->link_table);
  Expr *key = tree_column(names->derive, names->tree, qualifier);
  Logical *members = join_members(names->derive, &names->tree, key, target);
  return tree_column(names->derive, members, name);
}

// ---------------------------------------------------------------- derived columns

static Table *table_with_columns(const Table *base, const ModelColumn *const *added,
                                 Column **columns, uint32_t count) {
  uint32_t old = base->schema->column_count;
  TableSchema schema = *base->schema;
  schema.columns = mem_alloc((old + count) * sizeof *schema.columns);
  schema.column_count = old + count;
  memcpy(schema.columns, base->schema->columns, old * sizeof *schema.columns);
  Column **all = mem_alloc((old + count) * sizeof *all);
  for (uint32_t c = 0; c < old; c++) all[c] = column_copy(base->columns[c]);
  for (uint32_t c = 0; c < count; c++) {
    schema.columns[old + c] = (ColumnSchema){
        .name = added[c]->name, .type = columns[c]->type, .hidden = added[c]->hidden};
    all[old + c] = columns[c];
  }
  size_t words = bits_words(base->row_count) * sizeof(uint64_t);
  uint64_t *hidden = base->hidden ? memcpy(mem_alloc(words), base->hidden, words) : NULL;
  uint64_t *inferred = base->inferred ? memcpy(mem_alloc(words), base->inferred, words) : NULL;
  Table *table = table_create(schema_copy(&schema), all, base->row_count, hidden, inferred);
  mem_free(schema.columns);
  for (uint32_t p = 0; p < base->projection_count; p++)
    table_add_projection(table, table_retain(base->projections[p]));
  return table;
}

static Status derive_columns(Derive *derive, Error *error) {
  const ModelTable *from = derive->table;
  const Table *base = root_find(derive->next, from->name);
  uint32_t count = 0;
  const ModelColumn **added =
      ARENA_ARRAY(derive->context.arena, const ModelColumn *, from->column_count);
  for (uint32_t c = 0; base && c < from->column_count; c++)
    if (from->columns[c].kind == MODEL_COLUMN_EXPRESSION &&
        schema_find(base->schema, from->columns[c].name) < 0)
      added[count++] = &from->columns[c];
  if (!count) return STATUS_OK;
  const CatalogTable *table = derive->catalog->find_table(derive->catalog, from->name);
  Names names = {derive, scan_of(derive, table), table};
  Expr **exprs = ARENA_ARRAY(derive->context.arena, Expr *, count);
  const char **titles = ARENA_ARRAY(derive->context.arena, const char *, count);
  for (uint32_t c = 0; c < count; c++) {
    titles[c] = added[c]->name;
    Status status = sql_expression(added[c]->expression, &derive->context, resolve_name, &names,
                                   &exprs[c], error);
    if (status != STATUS_OK)
      return derive_fault(derive, &added[c]->place, added[c]->name, status, error);
  }
  Logical *tree = logical_project(&derive->context, names.tree, exprs, titles, count);
  Column **columns = ARENA_ARRAY(derive->context.arena, Column *, count);
  const char **links = ARENA_ARRAY(derive->context.arena, const char *, count);
  uint64_t rows;
  TRY(query_columns(&derive->context, tree, derive->next, derive->pool, derive->job, true, NULL,
                    columns, links, &rows, error));
  root_put(derive->next, table_with_columns(base, added, columns, count));
  return STATUS_OK;
}

// ---------------------------------------------------------------- derived tables

// The column of the query's result that a column of the table takes.
static Status query_column(Derive *derive, const ModelColumn *column, const Logical *query,
                           Expr **expr, Error *error) {
  *expr = tree_column(derive, query, column->field ? column->field : column->name);
  if (!*expr)
    return error_set(error, STATUS_INVALID,
                     "%s:%u:%u: the query of table \"%s\" has no column \"%s\"",
                     derive->model->file, column->place.line, column->place.column,
                     derive->table->name, column->field ? column->field : column->name);
  if (column->kind == MODEL_COLUMN_PLAIN)
    *expr = expr_cast(derive->context.arena, *expr, column->type);
  return STATUS_OK;
}

// A column copied along a link of the derived table; `members` keeps one join a link.
static Status through_column(Derive *derive, const ModelColumn *column, const Logical *query,
                             Logical **tree, Logical **members, Expr **expr, Error *error) {
  const ModelTable *table = derive->table;
  const ModelColumn *link = model_find_column(table, column->through_link);
  uint32_t at = (uint32_t)(link - table->columns);
  if (!members[at]) {
    Expr *key;
    TRY(query_column(derive, link, query, &key, error));
    const CatalogTable *target = derive->catalog->find_table(derive->catalog, link->link);
    if (!target || !target->key)
      return error_set(error, STATUS_INVALID, "%s:%u:%u: table \"%s\" has no key to link to",
                       derive->model->file, link->place.line, link->place.column, link->link);
    members[at] = join_members(derive, tree, key, target);
  }
  *expr = tree_column(derive, members[at], column->through_column);
  if (*expr) return STATUS_OK;
  return error_set(error, STATUS_INVALID, "%s:%u:%u: table \"%s\" has no column \"%s\"",
                   derive->model->file, column->place.line, column->place.column, link->link,
                   column->through_column);
}

static Status query_tree(Derive *derive, Logical **tree, Error *error) {
  const ModelTable *table = derive->table;
  Statement statement;
  Status status =
      sql_statement(table->query, derive->catalog, &derive->context, NULL, &statement, error);
  if (status != STATUS_OK)
    return derive_fault(derive, &table->place, "the query of a derived table", status, error);
  if (statement.kind != STATEMENT_SELECT)
    return error_set(error, STATUS_INVALID, "%s:%u:%u: the query must be a SELECT",
                     derive->model->file, table->place.line, table->place.column);
  Logical *query = statement.tree, *joined = query;
  uint32_t count = table->column_count;
  Expr **exprs = ARENA_ARRAY(derive->context.arena, Expr *, count);
  const char **names = ARENA_ARRAY(derive->context.arena, const char *, count);
  Logical **members = ARENA_ARRAY(derive->context.arena, Logical *, count);
  for (uint32_t c = 0; c < count; c++) {
    const ModelColumn *column = &table->columns[c];
    names[c] = column->name;
    if (column->kind == MODEL_COLUMN_THROUGH)
      TRY(through_column(derive, column, query, &joined, members, &exprs[c], error));
    else
      TRY(query_column(derive, column, query, &exprs[c], error));
  }
  *tree = logical_project(&derive->context, joined, exprs, names, count);
  return STATUS_OK;
}

// Rows of the table in the order of its cluster column, unless they are so already.
static Table *table_cluster(const Derive *derive, Table *table) {
  int32_t cluster = table->schema->cluster;
  if (cluster < 0 || table->row_count < 2) return table;
  const Column *column = table->columns[cluster];
  int64_t *values = mem_alloc(table->row_count * sizeof *values);
  column_decode_int(column, values);
  bool sorted = true;
  for (uint64_t row = 1; row < table->row_count && sorted; row++)
    sorted = values[row - 1] <= values[row];
  uint64_t range = (uint64_t)column->max - (uint64_t)column->min;
  if (!sorted && column->min <= column->max && range < (1u << 24) && !column->null_count) {
    // A counting sort keeps equal keys in order.
    uint32_t *starts = mem_alloc_zero((range + 2) * sizeof *starts);
    uint32_t *order = mem_alloc(table->row_count * sizeof *order);
    for (uint64_t row = 0; row < table->row_count; row++) starts[values[row] - column->min + 1]++;
    for (uint64_t v = 0; v <= range; v++) starts[v + 1] += starts[v];
    for (uint64_t row = 0; row < table->row_count; row++)
      order[starts[values[row] - column->min]++] = (uint32_t)row;
    Table *ordered = table_reorder(table, order, NULL, 0, derive->pool);
    table_release(table);
    table = ordered;
    mem_free(starts);
    mem_free(order);
  }
  mem_free(values);
  return table;
}

static Status table_project(const Derive *derive, Table *table, Error *error) {
  const ModelTable *from = derive->table;
  for (uint32_t p = 0; p < from->projection_count; p++) {
    const ModelProjection *model = &from->projections[p];
    ProjectionSpec spec = {model->order, model->order_count, model->columns, model->column_count};
    Table *made;
    Status status = table_projection_create(table, &spec, derive->pool, derive->job, &made, error);
    if (status != STATUS_OK)
      return derive_fault(derive, &from->place, "a projection", status, error);
    table_add_projection(table, made);
  }
  return STATUS_OK;
}

// The derived table of these columns, which it takes over, in its order.
static Table *table_make(void *context, Column **columns, const char **links, uint64_t row_count) {
  const Derive *derive = context;
  const ModelTable *from = derive->table;
  uint32_t count = from->column_count;
  TableSchema schema = {.name = from->name, .column_count = count, .key = -1, .cluster = -1};
  schema.columns = ARENA_ARRAY(derive->context.arena, ColumnSchema, count);
  for (uint32_t c = 0; c < count; c++) {
    const ModelColumn *column = &from->columns[c];
    schema.columns[c] = (ColumnSchema){.name = column->name,
                                       .type = columns[c]->type,
                                       .link = links[c],
                                       .hidden = column->hidden,
                                       .through_link = column->through_link,
                                       .through_column = column->through_column};
    if (from->cluster && !strcmp(from->cluster, column->name)) schema.cluster = (int32_t)c;
  }
  return table_cluster(derive, table_create(schema_copy(&schema), columns, row_count, NULL, NULL));
}

static Status table_build(Derive *derive, Logical *tree, Table **table, Error *error) {
  uint32_t count = tree->column_count;
  Column **columns = mem_alloc((count + 1) * sizeof *columns);
  const char **links = ARENA_ARRAY(derive->context.arena, const char *, count);
  uint64_t row_count;
  Status status = query_columns(&derive->context, tree, derive->next, derive->pool, derive->job,
                                false, NULL, columns, links, &row_count, error);
  if (status == STATUS_OK)
    *table = table_make(derive, columns, links, row_count);
  else
    mem_free(columns);
  return status;
}

static void report_table(const Derive *derive, const Table *table, bool refreshed,
                         const char *why) {
  DeriveReport *report = derive->report;
  if (!report) return;
  if (refreshed && table == root_find(derive->base, derive->table->name))
    report->kept++;
  else if (refreshed)
    report->refreshed++;
  else
    report->built++;
  if (why)
    report->rebuilt[report->rebuilt_count++] =
        arena_printf(report->arena, "%s: %s", derive->table->name, why);
}

static Status derive_table(Derive *derive, Error *error) {
  Logical *tree = NULL;
  TRY(query_tree(derive, &tree, error));
  Table *table;
  const char *why;
  DeriveRefresh refresh = {.context = &derive->context,
                           .base = derive->base,
                           .next = derive->next,
                           .pool = derive->pool,
                           .job = derive->job,
                           .table = derive->table->name,
                           .tree = tree,
                           .make = table_make,
                           .make_context = derive};
  TRY(derive_refresh(&refresh, &table, &why, error));
  bool refreshed = table != NULL;
  bool kept = refreshed && table == root_find(derive->base, derive->table->name);
  if (!refreshed) TRY(table_build(derive, tree, &table, error));
  report_table(derive, table, refreshed, why);
  Status status = kept ? STATUS_OK : table_project(derive, table, error);
  if (status == STATUS_OK)
    root_put(derive->next, table);
  else
    table_release(table);
  return status;
}

// A catalog and an arena of its own for each table: the next one may name what this one made.
static Status derive_one(Derive *derive, Error *error) {
  derive->context = (LogicalContext){.arena = arena_create(), .next_id = 1};
  Status status = catalog_create(derive->next, NULL, &derive->catalog, error);
  if (status == STATUS_OK)
    status = derive->table->query ? derive_table(derive, error) : derive_columns(derive, error);
  catalog_destroy(derive->catalog);
  arena_destroy(derive->context.arena);
  return status;
}

Status derive_run(void *context, const Root *base, Root *next, const Model *model, Job *job,
                  Error *error) {
  const DeriveContext *with = context;
  Error own = ERROR_INIT;
  if (!error) error = &own;
  Derive derive = {.pool = with->pool,
                   .base = base,
                   .next = next,
                   .model = model,
                   .job = job,
                   .report = with->report};
  int64_t start = clock_now_ns();
  if (derive.report)
    derive.report->rebuilt = ARENA_ARRAY(derive.report->arena, char *, model->table_count + 1);
  for (int tables = 0; tables < 2; tables++) // columns of loaded tables first
    for (uint32_t t = 0; t < model->table_count; t++) {
      derive.table = &model->tables[t];
      if ((derive.table->query != NULL) != (tables == 1)) continue;
      JobProgress progress = {.phase = "derive"};
      if (job) job_report(job, &progress);
      TRY(derive_one(&derive, error));
    }
  if (derive.report) derive.report->elapsed_ns = clock_now_ns() - start;
  return cuboids_build(with->pool, base, next, model, job, with->cuboids, error);
}
