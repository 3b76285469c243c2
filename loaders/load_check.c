// Level keys must determine their parents: two Springfields would make totals by region depend on
// the way they were computed.
//
// For each level with parents, every shown row of the dimension's table gives a pair (child,
// parent); the first pair of a child sets its parent, another one is the fault. Both levels may lie
// behind links (a customer's home store's city): values are then read through them.
#include "buffer.h"
#include "load.h"
#include <stdio.h>

typedef struct LevelValues {
  const Column *column; // that holds the values
  int64_t *rows;        // its row of each dimension row; NULL: the same row
  uint64_t count;       // dimension rows
  int64_t *ints;        // each dimension row's value: an integer, or a code of `texts`
  DictionaryBuilder *texts;
  bool *valid;
} LevelValues;

// Follows a link from rows to rows of the table it names.
static int64_t *rows_follow(const Column *links, int64_t *rows, uint64_t count) {
  int64_t *targets = mem_alloc((links->row_count + 1) * sizeof *targets);
  column_decode_int(links, targets);
  if (!rows) return targets;
  for (uint64_t i = 0; i < count; i++) rows[i] = targets[rows[i]];
  mem_free(targets);
  return rows;
}

// False: a table or column on the way is not in the root.
static bool level_find(const Root *root, const Table *table, const ModelLevel *level,
                       LevelValues *out) {
  *out = (LevelValues){.count = table->row_count};
  for (uint32_t i = 0; i < level->link_count; i++) {
    int32_t link = schema_find(table->schema, level->links[i]);
    if (link < 0 || !table->schema->columns[link].link) return false;
    out->rows = rows_follow(table->columns[link], out->rows, out->count);
    table = root_find(root, table->schema->columns[link].link);
    if (!table) return false;
  }
  int32_t column = schema_find(table->schema, level->column ? level->column : level->name);
  if (column < 0) return false;
  out->column = table->columns[column];
  return true;
}

static void level_read(LevelValues *level) {
  const Column *column = level->column;
  bool ints = column_physical(column) == PHYSICAL_INT;
  int64_t *flat = mem_alloc((column->row_count + 1) * sizeof *flat);
  if (ints)
    column_decode_int(column, flat);
  else
    level->texts = dictionary_builder_create(NULL);
  level->ints = mem_alloc_zero((level->count + 1) * sizeof *level->ints);
  level->valid = mem_alloc_zero(level->count + 1);
  Buffer text;
  buffer_init(&text);
  for (uint64_t i = 0; i < level->count; i++) {
    uint64_t row = level->rows ? (uint64_t)level->rows[i] : i;
    const Block *block = column->blocks[row / BLOCK_ROWS];
    level->valid[i] = !block->validity || bits_get(block->validity, row % BLOCK_ROWS);
    if (!level->valid[i]) continue;
    if (ints) {
      level->ints[i] = flat[row];
      continue;
    }
    Value value = column_value(column, row);
    buffer_reset(&text);
    value_format(&value, &text);
    level->ints[i] = dictionary_builder_intern(level->texts, (Str){text.data, (uint32_t)text.size});
  }
  buffer_clear(&text);
  mem_free(flat);
}

static void level_clear(LevelValues *level) {
  mem_free(level->rows);
  mem_free(level->ints);
  mem_free(level->valid);
  dictionary_builder_destroy(level->texts);
}

static void value_show(const LevelValues *level, uint64_t i, char *out, size_t size) {
  Buffer text;
  buffer_init(&text);
  Value value = column_value(level->column, level->rows ? (uint64_t)level->rows[i] : i);
  value_format(&value, &text);
  snprintf(out, size, "%s", value.is_null ? "no value" : text.size ? text.data : "''");
  buffer_clear(&text);
}

static Status two_parents(const ModelDimension *dimension, const ModelLevel *child,
                          const ModelLevel *parent, const LevelValues *children,
                          const LevelValues *parents, uint64_t row, uint64_t first, Error *error) {
  char value[128], one[128], other[128];
  value_show(children, row, value, sizeof value);
  value_show(parents, first, one, sizeof one);
  value_show(parents, row, other, sizeof other);
  return error_set(error, STATUS_INVALID,
                   "dimension %s: the %s '%s' lies in two: %s '%s' (row %llu of %s) and '%s' (row "
                   "%llu); a %s must determine its %s: make its key unique, or remove the parent",
                   dimension->name, child->name, value, parent->name, one,
                   (unsigned long long)first, dimension->table, other, (unsigned long long)row,
                   child->name, parent->name);
}

static Status check_pair(const Table *table, const ModelDimension *dimension,
                         const ModelLevel *child, const ModelLevel *parent,
                         const LevelValues *children, const LevelValues *parents, Error *error) {
  KeyMap *first_rows = key_map_create(false);
  Status status = STATUS_OK;
  for (uint64_t row = 0; row < table->row_count && status == STATUS_OK; row++) {
    if (table->hidden && bits_get(table->hidden, row)) continue;
    if (!children->valid[row]) continue;
    uint64_t first = key_map_put_int(first_rows, children->ints[row], row);
    if (first == KEY_MAP_NONE) continue;
    bool same = parents->valid[row] == parents->valid[first] &&
                (!parents->valid[row] || parents->ints[row] == parents->ints[first]);
    if (!same) status = two_parents(dimension, child, parent, children, parents, row, first, error);
  }
  key_map_destroy(first_rows);
  return status;
}

static const ModelLevel *find_level(const ModelDimension *dimension, const char *name) {
  for (uint32_t l = 0; l < dimension->level_count; l++)
    if (!strcmp(dimension->levels[l].name, name)) return &dimension->levels[l];
  return NULL;
}

static Status check_level(const Root *root, const ModelDimension *dimension,
                          const ModelLevel *child, Error *error) {
  const Table *table = root_find(root, dimension->table);
  LevelValues children;
  bool found = level_find(root, table, child, &children);
  if (found) level_read(&children);
  Status status = STATUS_OK;
  for (uint32_t p = 0; found && p < child->parent_count && status == STATUS_OK; p++) {
    const ModelLevel *parent = find_level(dimension, child->parents[p]);
    if (!parent || parent->time != MODEL_TIME_NONE) continue;
    LevelValues parents;
    if (level_find(root, table, parent, &parents)) {
      level_read(&parents);
      status = check_pair(table, dimension, child, parent, &children, &parents, error);
    }
    level_clear(&parents);
  }
  level_clear(&children);
  return status;
}

Status load_check_hierarchies(const Root *root, const Model *model, Error *error) {
  for (uint32_t d = 0; d < model->dimension_count; d++) {
    const ModelDimension *dimension = &model->dimensions[d];
    if (!dimension->table || !root_find(root, dimension->table)) continue;
    for (uint32_t l = 0; l < dimension->level_count; l++) {
      const ModelLevel *level = &dimension->levels[l];
      if (level->parent_count && level->time == MODEL_TIME_NONE)
        TRY(check_level(root, dimension, level, error));
    }
  }
  return STATUS_OK;
}
