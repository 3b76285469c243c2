// See table_refresh.h.
#include "table_refresh.h"
#include "table_append.h"

// ---------------------------------------------------------------- what has changed

// The names of the scan's columns that matter.
static uint32_t names_read(const Logical *scan, const uint64_t *columns, const char **names) {
  uint32_t count = 0;
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (!columns || bits_get(columns, scan->columns[c].id)) names[count++] = scan->scan.names[c];
  return count;
}

const char *refresh_find_change(const Root *base, const Root *next, const Logical *tree,
                                const Logical *fact, const uint64_t *columns, Arena *arena) {
  for (int i = 0; i < 2; i++) {
    const char *change =
        tree->inputs[i] ? refresh_find_change(base, next, tree->inputs[i], fact, columns, arena)
                        : NULL;
    if (change) return change;
  }
  if (tree->kind != LOGICAL_SCAN) return NULL;
  const Table *earlier = root_find(base, tree->scan.table);
  const Table *later = root_find(next, tree->scan.table);
  if (!earlier || !later) return arena_printf(arena, "%s is new or gone", tree->scan.table);
  const char **names = ARENA_ARRAY(arena, const char *, tree->column_count + 1);
  uint32_t count = names_read(tree, columns, names);
  // One that is led to and was hidden gave NULLs.
  const char *change = table_find_change(earlier, later, names, count, tree == fact, arena);
  return change ? arena_printf(arena, "%s: %s", tree->scan.table, change) : NULL;
}

static bool text_equal(const char *a, const char *b) {
  return a && b ? !strcmp(a, b) : a == b;
}

bool refresh_columns_agree(const Table *a, const Table *b) {
  for (uint32_t c = 0; c < a->schema->column_count; c++) {
    const ColumnSchema *x = &a->schema->columns[c], *y = &b->schema->columns[c];
    if (!type_equal(x->type, y->type) || !text_equal(x->link, y->link)) return false;
  }
  return true;
}

bool refresh_columns_alike(const Table *a, const Table *b) {
  for (uint32_t c = 0; c < a->schema->column_count; c++)
    if (!a->columns[c]->dictionary != !b->columns[c]->dictionary) return false;
  return true;
}

// ---------------------------------------------------------------- tables of one moment

Root *refresh_root(const Root *root, Table *table) {
  Root *with = root_copy(root);
  root_put(with, table);
  return with;
}

static Column *position_column(int64_t first, uint64_t count) {
  uint32_t block_count = (uint32_t)((count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc((block_count + 1) * sizeof *blocks);
  int64_t *values = mem_alloc(BLOCK_ROWS * sizeof *values);
  for (uint32_t b = 0; b < block_count; b++) {
    uint64_t at = (uint64_t)b * BLOCK_ROWS, left = count - at;
    uint32_t rows = left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
    for (uint32_t row = 0; row < rows; row++) values[row] = first + (int64_t)(at + row);
    blocks[b] = block_encode_int(values, NULL, rows);
  }
  mem_free(values);
  return column_create(TYPE_OF_INT, NULL, blocks, block_count);
}

Table *refresh_plain(const Table *table, const char *name, int64_t position) {
  uint32_t count = table->schema->column_count, more = position >= 0;
  TableSchema schema = {.name = name, .column_count = count + more, .key = -1, .cluster = -1};
  schema.columns = mem_alloc_zero((count + 1) * sizeof *schema.columns);
  Column **columns = mem_alloc((count + 1) * sizeof(Column *));
  for (uint32_t c = 0; c < count; c++) {
    columns[c] = column_copy(table->columns[c]);
    schema.columns[c].name = table->schema->columns[c].name;
    schema.columns[c].type = table->columns[c]->type;
  }
  if (more) {
    columns[count] = position_column(position, table->row_count);
    schema.columns[count].name = "position";
    schema.columns[count].type = TYPE_OF_INT;
  }
  Table *plain = table_create(schema_copy(&schema), columns, table->row_count, NULL, NULL);
  mem_free(schema.columns);
  return plain;
}

Logical *refresh_plain_scan(LogicalContext *context, const Table *plain) {
  uint32_t count = plain->schema->column_count;
  const char **names = ARENA_ARRAY(context->arena, const char *, count);
  Type *types = ARENA_ARRAY(context->arena, Type, count);
  for (uint32_t c = 0; c < count; c++) {
    names[c] = plain->schema->columns[c].name;
    types[c] = plain->schema->columns[c].type;
  }
  return logical_scan(context, plain->schema->name, NULL, names, types, count);
}

Logical *refresh_scan_instead(LogicalContext *context, Logical *tree, const Logical *fact,
                              const Table *rows) {
  Logical *scan = ARENA_NEW(context->arena, Logical);
  *scan = *fact;
  scan->scan.table = rows->schema->name;
  return logical_replace(context, tree, fact, scan);
}

Expr *refresh_keys_agree(LogicalContext *context, const Logical *left, const Logical *right,
                         const uint32_t *keys, uint32_t key_count) {
  Expr *same = NULL;
  for (uint32_t k = 0; k < key_count; k++) {
    uint32_t column = keys ? keys[k] : k;
    Expr *pair[] = {logical_ref(context, left, column), logical_ref(context, right, column)};
    same = expr_and(context->arena, same,
                    expr_call(context->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, pair, 2, -1));
  }
  return same;
}

// ---------------------------------------------------------------- blocks that stay

// Whether a column has no value in both, so that no row of the block is one of the new ones.
static bool values_are_apart(const Block *block, const Column *fresh) {
  if (block->null_count && fresh->null_count) return false;
  bool no_values = block->min > block->max || fresh->min > fresh->max;
  return no_values || block->max < fresh->min || block->min > fresh->max;
}

static bool block_stays(const Table *table, const Table *fresh, const uint32_t *keys,
                        uint32_t key_count, uint32_t block) {
  if (table->row_count - (uint64_t)block * BLOCK_ROWS < BLOCK_ROWS) return false; // not full
  for (uint32_t k = 0; k < key_count; k++) {
    const Column *column = table->columns[keys[k]];
    bool is_int = column_physical(column) == PHYSICAL_INT && !column->dictionary;
    if (is_int && values_are_apart(column->blocks[block], fresh->columns[keys[k]])) return true;
  }
  return false;
}

RefreshBlocks refresh_blocks(const Table *table, const Table *fresh, const uint32_t *keys,
                             uint32_t key_count, Arena *arena) {
  RefreshBlocks blocks = {.block_count =
                              (uint32_t)((table->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS)};
  blocks.touched = ARENA_ARRAY(arena, uint32_t, blocks.block_count + 1);
  for (uint32_t b = 0; b < blocks.block_count; b++)
    if (!block_stays(table, fresh, keys, key_count, b)) blocks.touched[blocks.touched_count++] = b;
  return blocks;
}
