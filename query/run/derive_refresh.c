// See derive_refresh.h.
//
//   touched = SELECT keys FROM the query's aggregation over the fact's new rows
//   fresh   = the query over (the aggregation's input SEMI JOIN touched ON keys)
//   result  = stored rows, those of fresh where the keys agree, then the other rows of fresh
//
// Without an aggregation each row is made of one row of the fact, and fresh is the query over the
// new rows. Blocks that no row of fresh can be in, by the minimum and maximum of a key, are shared.
//
// It is exact if a group's row depends on the fact's rows of that group and on members that they
// lead to alone, and all of these have the values that they had. The first is seen by the query's
// shape: filters, expressions and links, one aggregation, expressions and links that keep each of
// its rows. The second is looked at (table_refresh.h).
#include "derive_refresh.h"
#include "logical_walk.h"
#include "query_columns.h"
#include "table_append.h"
#include "table_refresh.h"

// ---------------------------------------------------------------- the query's shape

typedef struct Shape {
  const DeriveRefresh *refresh;
  const Logical *aggregate; // or NULL
  const Logical *input;     // of the aggregation
  const Logical *fact;      // a scan
  uint32_t *keys;           // of the aggregation, the table's columns that they are
  const char *why;          // the rows cannot be told apart by where they come from
} Shape;

// Whether a column of a scan below node, on either side, is a foreign key to the table.
static bool is_foreign_key(const Root *root, const Logical *node, ColumnId id, const char *target) {
  for (int i = 0; i < 2; i++)
    if (node->inputs[i] && is_foreign_key(root, node->inputs[i], id, target)) return true;
  if (node->kind != LOGICAL_SCAN) return false;
  const Table *table = root_find(root, node->scan.table);
  for (uint32_t c = 0; table && c < node->column_count; c++) {
    if (node->columns[c].id != id) continue;
    int32_t at = schema_find(table->schema, node->scan.names[c]);
    const char *link = at < 0 ? NULL : table->schema->columns[at].link;
    return link && !strcmp(link, target);
  }
  return false;
}

// Whether a join does nothing but follow a declared link, so that a row keeps its partner when
// members are added.
static bool join_follows_link(const Root *root, const Logical *join) {
  const Expr *condition = join->join.condition;
  const Logical *scan = join->inputs[1];
  if (join->join.kind != JOIN_LEFT && join->join.kind != JOIN_INNER) return false;
  while (scan->kind == LOGICAL_FILTER && join->join.kind == JOIN_INNER) scan = scan->inputs[0];
  if (scan->kind != LOGICAL_SCAN || !condition || condition->kind != EXPR_CALL ||
      condition->function != FUNCTION_EQUAL)
    return false;
  const Table *target = root_find(root, scan->scan.table);
  if (!target || !target->schema->has_members || target->schema->key < 0) return false;
  const char *key = target->schema->columns[target->schema->key].name;
  for (int side = 0; side < 2; side++) {
    const Expr *foreign = condition->args[side], *own = condition->args[1 - side];
    if (foreign->kind != EXPR_COLUMN || own->kind != EXPR_COLUMN) return false;
    for (uint32_t c = 0; c < scan->column_count; c++)
      if (scan->columns[c].id == own->column && !strcmp(scan->scan.names[c], key))
        return is_foreign_key(root, join->inputs[0], foreign->column, target->schema->name);
  }
  return false;
}

// What stands below expressions and links, and below what leaves rows out if it may.
static const Logical *below(const Shape *shape, const Logical *node, bool may_filter) {
  for (;; node = node->inputs[0]) {
    bool filters = node->kind == LOGICAL_FILTER ||
                   (node->kind == LOGICAL_JOIN && node->join.kind == JOIN_INNER);
    bool passes = node->kind == LOGICAL_PROJECT || node->kind == LOGICAL_FILTER ||
                  (node->kind == LOGICAL_JOIN && join_follows_link(shape->refresh->next, node));
    if (!passes || (filters && !may_filter)) return node;
  }
}

static bool keys_find(Shape *shape) {
  const Logical *aggregate = shape->aggregate, *tree = shape->refresh->tree;
  uint32_t count = aggregate->aggregate.key_count;
  shape->keys = ARENA_ARRAY(shape->refresh->context->arena, uint32_t, count + 1);
  for (uint32_t k = 0; k < count; k++) {
    uint32_t c = 0;
    while (c < tree->column_count && tree->columns[c].id != aggregate->columns[k].id) c++;
    if (c == tree->column_count) return false;
    shape->keys[k] = c;
  }
  return count > 0;
}

static bool shape_find(Shape *shape) {
  const Logical *node = below(shape, shape->refresh->tree, false);
  // A filter of groups can make a row vanish that was there.
  if (node->kind != LOGICAL_AGGREGATE) {
    shape->fact = below(shape, node, true);
  } else if (node->aggregate.set_count > 1 || node->aggregate.has_grouping_id) {
    shape->why = "its query groups by several sets of keys";
  } else {
    shape->aggregate = node;
    shape->input = node->inputs[0];
    if (!keys_find(shape)) shape->why = "it does not keep all keys that its query groups by";
    shape->fact = below(shape, shape->input, true);
  }
  if (!shape->why && shape->fact->kind != LOGICAL_SCAN)
    shape->why = "its query is more than filters, links and one grouping without HAVING";
  return !shape->why;
}

// ---------------------------------------------------------------- what has changed

static void column_note(void *columns, const Expr *column) {
  bits_set(columns, column->column);
}

static void expr_note(void *columns, const Expr *expr) {
  expr_visit_columns(expr, column_note, columns);
}

static void columns_note(const Logical *node, uint64_t *columns) {
  logical_visit_exprs(node, expr_note, columns);
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) columns_note(node->inputs[i], columns);
}

static const char *find_change(const Shape *shape) {
  const DeriveRefresh *refresh = shape->refresh;
  Arena *arena = refresh->context->arena;
  uint64_t *columns = ARENA_ARRAY(arena, uint64_t, bits_words(refresh->context->next_id + 1));
  columns_note(refresh->tree, columns);
  return refresh_find_change(refresh->base, refresh->next, refresh->tree, shape->fact, columns,
                             arena);
}

// ---------------------------------------------------------------- rows made of new rows

// The aggregation's input, of groups that have new rows.
static Logical *touched_input(const Shape *shape, const Table *rows) {
  LogicalContext *context = shape->refresh->context;
  const Logical *aggregate = shape->aggregate;
  uint32_t count = aggregate->aggregate.key_count;
  Logical *input = refresh_scan_instead(context, (Logical *)shape->input, shape->fact, rows);
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  Logical *groups = logical_aggregate(context, input, aggregate->aggregate.keys, names, count, NULL,
                                      NULL, 0, NULL, 0, false);
  groups = logical_copy(context, groups);
  Expr *same = NULL;
  for (uint32_t k = 0; k < count; k++) {
    Expr *pair[] = {aggregate->aggregate.keys[k], logical_ref(context, groups, k)};
    same = expr_and(context->arena, same,
                    expr_call(context->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, pair, 2, -1));
  }
  return logical_join(context, (Logical *)shape->input, groups, JOIN_SEMI, same, true);
}

static Status rows_run(const DeriveRefresh *refresh, Logical *tree, const Root *root, Table **table,
                       Error *error) {
  Arena *arena = refresh->context->arena;
  Column **columns = mem_alloc((tree->column_count + 1) * sizeof(Column *));
  const char **links = ARENA_ARRAY(arena, const char *, tree->column_count);
  uint64_t row_count;
  Status status = query_columns(refresh->context, tree, root, refresh->pool, refresh->job, false,
                                NULL, columns, links, &row_count, error);
  if (status == STATUS_OK)
    *table = refresh->make(refresh->make_context, columns, links, row_count);
  else
    mem_free(columns);
  return status;
}

// The rows of the derived table that the fact's new rows, a table that is taken over, change.
static Status fresh_rows(const Shape *shape, Table *rows, Table **fresh, Error *error) {
  const DeriveRefresh *refresh = shape->refresh;
  LogicalContext *context = refresh->context;
  Logical *tree =
      shape->aggregate
          ? logical_replace(context, refresh->tree, shape->input, touched_input(shape, rows))
          : refresh_scan_instead(context, refresh->tree, shape->fact, rows);
  Root *root = refresh_root(refresh->next, rows);
  Status status = rows_run(refresh, tree, root, fresh, error);
  root_release(root);
  return status;
}

// ---------------------------------------------------------------- stored and fresh rows

// Pairs of a stored row and the fresh one of its keys.
static Expr *keys_agree(const Shape *shape, const Logical *left, const Logical *right) {
  return refresh_keys_agree(shape->refresh->context, left, right, shape->keys,
                            shape->aggregate->aggregate.key_count);
}

// The stored rows, with the values of the fresh one of their group where there is one.
static Logical *stored_rows(const Shape *shape, const Table *stored, const Table *fresh) {
  LogicalContext *context = shape->refresh->context;
  Arena *arena = context->arena;
  Logical *old = refresh_plain_scan(context, stored);
  if (!shape->aggregate) return old;
  Logical *new = refresh_plain_scan(context, fresh);
  Logical *both = logical_join(context, old, new, JOIN_LEFT, keys_agree(shape, old, new), true);
  uint32_t count = old->column_count;
  Expr **values = ARENA_ARRAY(arena, Expr *, count);
  const char **names = ARENA_ARRAY(arena, const char *, count);
  Expr *position = logical_ref(context, new, count - 1);
  Expr *alone = expr_make(arena, EXPR_IS_NULL, TYPE_OF_BOOL, &position, 1, -1);
  for (uint32_t c = 0; c < count; c++) {
    Expr *choice[] = {alone, logical_ref(context, old, c), logical_ref(context, new, c)};
    bool is_same = c == count - 1; // the position
    values[c] = is_same ? choice[1] : expr_make(arena, EXPR_CASE, choice[1]->type, choice, 3, -1);
    names[c] = old->columns[c].name;
  }
  return logical_project(context, both, values, names, count);
}

// The fresh rows of groups that no stored row is of.
static Logical *added_rows(const Shape *shape, const Table *stored, const Table *fresh) {
  LogicalContext *context = shape->refresh->context;
  Logical *new = refresh_plain_scan(context, fresh);
  if (!shape->aggregate) return new;
  Logical *old = refresh_plain_scan(context, stored);
  return logical_join(context, new, old, JOIN_ANTI, keys_agree(shape, new, old), true);
}

static Logical *merge_tree(const Shape *shape, const Table *stored, const Table *fresh) {
  LogicalContext *context = shape->refresh->context;
  Logical *all =
      logical_union(context, stored_rows(shape, stored, fresh), added_rows(shape, stored, fresh));
  uint32_t count = all->column_count - 1;
  SortKey by_position = {.expr = logical_ref(context, all, count)};
  Logical *sorted = logical_sort(context, all, &by_position, 1);
  Expr **values = ARENA_ARRAY(context->arena, Expr *, count);
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  for (uint32_t c = 0; c < count; c++) {
    values[c] = logical_ref(context, sorted, c);
    names[c] = sorted->columns[c].name;
  }
  return logical_project(context, sorted, values, names, count);
}

// A table with these columns, of which it takes what it needs, and the stored one's schema.
static Table *table_like(const Table *stored, Column *const *columns) {
  uint32_t count = stored->schema->column_count;
  Column **own = mem_alloc((count + 1) * sizeof(Column *));
  memcpy(own, columns, count * sizeof(Column *));
  return table_create(schema_copy(stored->schema), own, columns[0]->row_count, NULL, NULL);
}

static Status rows_merge(const Shape *shape, const Table *stored, const Table *fresh,
                         Table **merged, Error *error) {
  const DeriveRefresh *refresh = shape->refresh;
  Table *plain[] = {refresh_plain(stored, "stored", 0),
                    refresh_plain(fresh, "fresh", (int64_t)stored->row_count)};
  Root *root = root_create();
  root_put(root, plain[0]);
  root_put(root, plain[1]);
  uint32_t count = stored->schema->column_count;
  Column **columns = ARENA_ARRAY(refresh->context->arena, Column *, count + 1);
  const char **links = ARENA_ARRAY(refresh->context->arena, const char *, count + 1);
  uint64_t row_count;
  Status status =
      query_columns(refresh->context, merge_tree(shape, plain[0], plain[1]), root, refresh->pool,
                    refresh->job, false, NULL, columns, links, &row_count, error);
  if (status == STATUS_OK) *merged = table_like(stored, columns);
  root_release(root);
  return status;
}

// The blocks of the stored table that get other rows.
static RefreshBlocks blocks_touched(const Shape *shape, const Table *stored, const Table *fresh) {
  Arena *arena = shape->refresh->context->arena;
  if (shape->aggregate)
    return refresh_blocks(stored, fresh, shape->keys, shape->aggregate->aggregate.key_count, arena);
  RefreshBlocks blocks = {.block_count =
                              (uint32_t)((stored->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS),
                          .touched = ARENA_NEW(arena, uint32_t)};
  if (stored->row_count % BLOCK_ROWS)
    blocks.touched[blocks.touched_count++] = blocks.block_count - 1;
  return blocks;
}

static Status rows_add(const Shape *shape, const Table *stored, const Table *fresh, Table **table,
                       const char **why, Error *error) {
  if (!refresh_columns_agree(stored, fresh)) {
    *why = "the types of its columns are others now";
    return STATUS_OK;
  }
  RefreshBlocks blocks = blocks_touched(shape, stored, fresh);
  Table *touched = table_take_blocks(stored, blocks.touched, blocks.touched_count), *merged = NULL;
  Status status = rows_merge(shape, touched, fresh, &merged, error);
  table_release(touched);
  if (status != STATUS_OK) return status;
  if (refresh_columns_alike(stored, merged)) {
    uint32_t count = stored->schema->column_count;
    Column **columns = ARENA_ARRAY(shape->refresh->context->arena, Column *, count + 1);
    for (uint32_t c = 0; c < count; c++)
      columns[c] = column_replace_blocks(stored->columns[c], blocks.touched, blocks.touched_count,
                                         merged->columns[c]);
    *table = table_like(stored, columns);
  } else {
    *why = "a column of strings is kept otherwise now";
  }
  table_release(merged);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the whole

static Status rows_refresh(const Shape *shape, const Table *stored, Table **table, const char **why,
                           Error *error) {
  const DeriveRefresh *refresh = shape->refresh;
  Arena *arena = refresh->context->arena;
  const char *name = shape->fact->scan.table;
  const Table *earlier = root_find(refresh->base, name), *later = root_find(refresh->next, name);
  Table *rows = table_new_rows(earlier, later, arena_printf(arena, "%s (new rows)", name));
  if (rows->shown_count > earlier->shown_count) {
    table_release(rows);
    *why = arena_printf(arena, "more than half of %s is new", name);
    return STATUS_OK;
  }
  Table *fresh = NULL;
  if (rows->shown_count)
    TRY(fresh_rows(shape, rows, &fresh, error));
  else
    table_release(rows);
  Status status = STATUS_OK;
  if (fresh && fresh->row_count)
    status = rows_add(shape, stored, fresh, table, why, error);
  else
    *table = table_retain((Table *)stored);
  table_release(fresh);
  return status;
}

Status derive_refresh(const DeriveRefresh *refresh, Table **table, const char **why, Error *error) {
  const Table *stored = refresh->base ? root_find(refresh->base, refresh->table) : NULL;
  *table = NULL;
  *why = NULL;
  if (!stored || !refresh->tree->column_count) return STATUS_OK;
  Shape shape = {.refresh = refresh};
  if (!refresh->base->model_text || !refresh->next->model_text ||
      strcmp(refresh->base->model_text, refresh->next->model_text))
    *why = "the model is another now";
  else if (!shape_find(&shape))
    *why = shape.why;
  else
    *why = find_change(&shape);
  return *why ? STATUS_OK : rows_refresh(&shape, stored, table, why, error);
}
