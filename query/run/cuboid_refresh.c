// See cuboid_refresh.h.
//
//   fresh  = the cuboid's aggregation over the fact's new rows
//   result = stored ANTI JOIN fresh ON keys                            the cells that stay
//            UNION ALL
//            SELECT keys, merge(states) FROM (stored SEMI JOIN fresh ON keys UNION ALL fresh)
//            GROUP BY keys                                             touched and new ones
//
// Full blocks of stored cells that no new cell can be in, by the minimum and maximum of a key, are
// shared as they are; the others stand for "stored".
//
// All are trees for the one executor. It is exact, for states merge (query/logical/partial), if
// the cells of the old rows are what they were: so every column that the aggregation reads, of the
// fact and of the rows that it leads to, must have the old values in the old rows. That is looked
// at, not concluded from what a load did (engine/table/table_append). New members, and attributes
// that the cuboid does not read, change nothing.
#include "cuboid_refresh.h"
#include "partial.h"
#include "query_columns.h"
#include "table_append.h"
#include "table_refresh.h"

// ---------------------------------------------------------------- whether it is exact

// What the stored cuboid holds otherwise than this tree's rows would; NULL: nothing.
static const char *declared_otherwise(const CuboidTree *cuboid, const TableSchema *stored) {
  const char *why = "its levels or measures are others now";
  const Logical *tree = cuboid->tree;
  if (stored->column_count != tree->column_count ||
      stored->split_count != tree->aggregate.key_count ||
      stored->source_count != cuboid->source_count)
    return why;
  for (uint32_t c = 0; c < tree->column_count; c++)
    if (strcmp(stored->columns[c].name, cuboid->names[c])) return why;
  for (uint32_t s = 0; s < stored->source_count; s++)
    if (strcmp(stored->sources[s], cuboid->sources[s])) return why;
  return NULL;
}

static bool sources_are_same(const CuboidRefresh *refresh) {
  const CuboidTree *cuboid = refresh->cuboid;
  for (uint32_t s = 0; s < cuboid->source_count; s++)
    if (root_find(refresh->base, cuboid->sources[s]) !=
        root_find(refresh->next, cuboid->sources[s]))
      return false;
  return true;
}

// ---------------------------------------------------------------- cells of the new rows

static Table *table_make(const CuboidTree *cuboid, const TableSchema *schema, Column **columns,
                         uint64_t rows) {
  uint32_t count = cuboid->tree->column_count;
  Column **own = mem_alloc(count * sizeof(Column *));
  memcpy(own, columns, count * sizeof(Column *));
  return table_create(schema_copy(schema), own, rows, NULL, NULL);
}

// The cuboid of the rows of a table that stands for the fact, which it takes over.
static Status fresh_cells(const CuboidRefresh *refresh, Table *fact, Table **fresh, Error *error) {
  const CuboidTree *cuboid = refresh->cuboid;
  LogicalContext *context = cuboid->context;
  Logical *tree = refresh_scan_instead(context, cuboid->tree, cuboid->region.fact, fact);
  Root *root = refresh_root(refresh->next, fact);
  Column **columns = ARENA_ARRAY(context->arena, Column *, tree->column_count);
  const char **links = ARENA_ARRAY(context->arena, const char *, tree->column_count);
  uint64_t rows;
  Status status = query_columns(context, tree, root, refresh->pool, refresh->job, false,
                                cuboid_raw_columns(cuboid), columns, links, &rows, error);
  if (status == STATUS_OK) {
    TableSchema schema = cuboid_schema(cuboid, columns, links);
    *fresh = table_make(cuboid, &schema, columns, rows);
  }
  root_release(root);
  return status;
}

// ---------------------------------------------------------------- merging

// The stored cells that the new rows have something for (SEMI), or the others (ANTI).
static Logical *stored_cells(const CuboidTree *cuboid, const Table *stored, const Table *fresh,
                             JoinKind kind) {
  LogicalContext *context = cuboid->context;
  Logical *left = refresh_plain_scan(context, stored), *right = refresh_plain_scan(context, fresh);
  Expr *same = refresh_keys_agree(context, left, right, NULL, cuboid->tree->aggregate.key_count);
  return logical_join(context, left, right, kind, same, true);
}

// Cells of one group merged, with the types of the stored ones.
static Logical *cells_group(const CuboidTree *cuboid, const TableSchema *stored, Logical *cells) {
  LogicalContext *context = cuboid->context;
  Arena *arena = context->arena;
  uint32_t count = cuboid->tree->column_count, key_count = cuboid->tree->aggregate.key_count;
  Expr **keys = ARENA_ARRAY(arena, Expr *, key_count);
  for (uint32_t k = 0; k < key_count; k++) keys[k] = logical_ref(context, cells, k);
  AggregateCall *merges = ARENA_ARRAY(arena, AggregateCall, count - key_count);
  for (uint32_t c = key_count; c < count; c++)
    merges[c - key_count] = partial_merge(&cuboid->tree->aggregate.calls[c - key_count],
                                          logical_ref(context, cells, c), NULL);
  Logical *merged = logical_aggregate(context, cells, keys, cuboid->names, key_count, merges,
                                      cuboid->names + key_count, count - key_count, NULL, 0, false);
  Expr **values = ARENA_ARRAY(arena, Expr *, count);
  for (uint32_t c = 0; c < count; c++)
    values[c] = expr_cast(arena, logical_ref(context, merged, c), stored->columns[c].type);
  return logical_project(context, merged, values, cuboid->names, count);
}

static Logical *merge_tree(const CuboidTree *cuboid, const Table *stored, const Table *fresh) {
  LogicalContext *context = cuboid->context;
  if (!cuboid->tree->aggregate.key_count)
    return cells_group(cuboid, stored->schema,
                       logical_union(context, refresh_plain_scan(context, stored),
                                     refresh_plain_scan(context, fresh)));
  Logical *touched = stored_cells(cuboid, stored, fresh, JOIN_SEMI);
  Logical *grouped = cells_group(
      cuboid, stored->schema, logical_union(context, touched, refresh_plain_scan(context, fresh)));
  return logical_union(context, stored_cells(cuboid, stored, fresh, JOIN_ANTI), grouped);
}

static Status cells_merge(const CuboidRefresh *refresh, const Table *stored, const Table *fresh,
                          Table **table, Error *error) {
  const CuboidTree *cuboid = refresh->cuboid;
  LogicalContext *context = cuboid->context;
  Table *plain[] = {refresh_plain(stored, "stored", -1), refresh_plain(fresh, "fresh", -1)};
  Root *root = root_create();
  root_put(root, plain[0]);
  root_put(root, plain[1]);
  Column **columns = ARENA_ARRAY(context->arena, Column *, cuboid->tree->column_count);
  const char **links = ARENA_ARRAY(context->arena, const char *, cuboid->tree->column_count);
  uint64_t rows;
  Status status =
      query_columns(context, merge_tree(cuboid, plain[0], plain[1]), root, refresh->pool,
                    refresh->job, false, cuboid_raw_columns(cuboid), columns, links, &rows, error);
  if (status == STATUS_OK) *table = table_make(cuboid, stored->schema, columns, rows);
  root_release(root);
  return status;
}

// ---------------------------------------------------------------- blocks that stay

// The stored cells with those of the new rows; blocks that these cannot touch are shared.
static Status cells_add(const CuboidRefresh *refresh, const Table *stored, const Table *fresh,
                        Table **table, Error *error) {
  Arena *arena = refresh->cuboid->context->arena;
  uint32_t key_count = stored->schema->split_count;
  uint32_t *keys = ARENA_ARRAY(arena, uint32_t, key_count + 1);
  for (uint32_t k = 0; k < key_count; k++) keys[k] = k;
  RefreshBlocks blocks = refresh_blocks(stored, fresh, keys, key_count, arena);
  if (blocks.touched_count == blocks.block_count || !refresh_columns_alike(stored, fresh))
    return cells_merge(refresh, stored, fresh, table, error);
  Table *touched = table_take_blocks(stored, blocks.touched, blocks.touched_count), *merged = NULL;
  Status status = cells_merge(refresh, touched, fresh, &merged, error);
  table_release(touched);
  if (status != STATUS_OK) return status;
  uint32_t count = stored->schema->column_count;
  Column **columns = ARENA_ARRAY(arena, Column *, count);
  for (uint32_t c = 0; c < count; c++)
    columns[c] = column_replace_blocks(stored->columns[c], blocks.touched, blocks.touched_count,
                                       merged->columns[c]);
  *table = table_make(refresh->cuboid, stored->schema, columns, columns[0]->row_count);
  table_release(merged);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the whole

static Table *table_renewed(const Table *stored) {
  uint32_t count = stored->schema->column_count;
  Column **columns = mem_alloc(count * sizeof(Column *));
  for (uint32_t c = 0; c < count; c++) columns[c] = column_copy(stored->columns[c]);
  return table_create(schema_copy(stored->schema), columns, stored->row_count, NULL, NULL);
}

static Status rows_merge(const CuboidRefresh *refresh, const Table *stored, Table **table,
                         const char **why, Error *error) {
  Arena *arena = refresh->cuboid->context->arena;
  const char *name = refresh->cuboid->sources[0];
  const Table *earlier = root_find(refresh->base, name), *later = root_find(refresh->next, name);
  Table *rows = table_new_rows(earlier, later, arena_printf(arena, "%s (new rows)", name));
  if (!rows->shown_count) {
    table_release(rows);
    *table = table_renewed(stored);
    return STATUS_OK;
  }
  if (rows->shown_count > earlier->shown_count) {
    table_release(rows);
    *why = arena_printf(arena, "more than half of %s is new", name);
    return STATUS_OK;
  }
  Table *fresh = NULL;
  TRY(fresh_cells(refresh, rows, &fresh, error));
  Status status = STATUS_OK;
  if (refresh_columns_agree(stored, fresh))
    status = cells_add(refresh, stored, fresh, table, error);
  else
    *why = "the types of its columns are others now";
  table_release(fresh);
  return status;
}

Status cuboid_refresh(const CuboidRefresh *refresh, Table **table, const char **why, Error *error) {
  const CuboidTree *cuboid = refresh->cuboid;
  const Table *stored = refresh->base ? root_find(refresh->base, cuboid->name) : NULL;
  *table = NULL;
  *why = NULL;
  if (!stored || !table_is_cuboid(stored)) return STATUS_OK;
  const char *newer = root_newer_source(refresh->base, stored);
  if (newer) *why = arena_printf(cuboid->context->arena, "%s was newer already", newer);
  if (!*why) *why = declared_otherwise(cuboid, stored->schema);
  if (!*why && sources_are_same(refresh)) {
    *table = table_retain((Table *)stored);
    return STATUS_OK;
  }
  if (!*why)
    *why = refresh_find_change(refresh->base, refresh->next, cuboid->tree, cuboid->region.fact,
                               NULL, cuboid->context->arena);
  Status status = *why ? STATUS_OK : rows_merge(refresh, stored, table, why, error);
  if (*table) table_take_scans(*table, stored);
  return status;
}
