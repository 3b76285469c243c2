// See member_columns.h. One question: the members' keys with every column cast to text.
#include "member_columns.h"
#include "cube_fact.h"
#include "key_reader.h"
#include "query_columns.h"

// ---------------------------------------------------------------- names

Status member_level_find(const CatalogCube *cube, const char *name, Arena *arena,
                         const CatalogLevel **level, Error *error) {
  *level = cube_find_level(cube, name);
  if (*level) return STATUS_OK;
  const char **names = ARENA_ARRAY(arena, const char *, cube->level_count);
  for (uint32_t l = 0; l < cube->level_count; l++) names[l] = cube->levels[l].name;
  const char *nearest = text_nearest(name, names, cube->level_count);
  return error_set(error, STATUS_NOT_FOUND, "cube \"%s\" has no level \"%s\"%s%s%s", cube->name,
                   name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

static const CatalogColumn *column_find(const CatalogTable *table, const char *name) {
  for (uint32_t c = 0; table && c < table->column_count; c++)
    if (!table->columns[c].hidden && !strcmp(table->columns[c].name, name))
      return &table->columns[c];
  return NULL;
}

static Status name_fault(const SegmentMembers *members, const CatalogTable *table, const char *name,
                         Arena *arena, Error *error) {
  uint32_t count = 0;
  const char **names =
      ARENA_ARRAY(arena, const char *, members->cube->level_count + table->column_count);
  for (uint32_t c = 0; c < table->column_count; c++)
    if (!table->columns[c].hidden) names[count++] = table->columns[c].name;
  for (uint32_t l = 0; l < members->cube->level_count; l++)
    names[count++] = members->cube->levels[l].name;
  const char *nearest = text_nearest(name, names, count);
  return error_set(
      error, STATUS_NOT_FOUND,
      "\"%.100s\" is neither a column of table \"%s\" nor a level of cube \"%s\"%s%s%s", name,
      table->name, members->cube->name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
      nearest ? "\"?" : "");
}

static bool model_says_personal(const Model *model, const char *table, const char *column) {
  const ModelTable *found = model ? model_find_table(model, table) : NULL;
  const ModelColumn *of = found ? model_find_column(found, column) : NULL;
  return of && model_column_is_personal(model, found, of);
}

bool member_column_is_personal(const SegmentMembers *members, const Catalog *catalog,
                               const Model *model, const char *name) {
  const CatalogLevel *level = cube_find_level(members->cube, name);
  const char *table = members->cube->table;
  if (!level) return model_says_personal(model, table, name);
  for (uint32_t l = 0; l < level->link_count; l++) {
    const CatalogColumn *link = column_find(catalog->find_table(catalog, table), level->links[l]);
    if (!link || !link->link_table) return true; // a link that is not offered: better masked
    table = link->link_table;
  }
  return model_says_personal(model, table, level->column);
}

// ---------------------------------------------------------------- reading

static Status column_expr(CubeFact *fact, const SegmentMembers *members, const char *name,
                          Expr **value, Error *error) {
  const CatalogTable *table = fact->catalog->find_table(fact->catalog, members->cube->table);
  const CatalogLevel *level = cube_find_level(fact->cube, name);
  const CatalogColumn *column = level ? NULL : column_find(table, name);
  if (level) return cube_fact_level(fact, level, NULL, value, error);
  if (!column) return name_fault(members, table, name, fact->context->arena, error);
  *value = column->link_table ? cube_fact_column(fact, &column->name, 1, column->link_key)
                              : cube_fact_column(fact, NULL, 0, column->name);
  if (*value) return STATUS_OK;
  return name_fault(members, table, name, fact->context->arena, error);
}

static Status columns_ask(const SegmentWorld *world, const SegmentMembers *members,
                          const char *const *names, uint32_t count, LogicalContext *context,
                          MemberColumns *columns, Column **read, uint64_t *row_count,
                          Error *error) {
  CubeFact fact;
  Expr **exprs = ARENA_ARRAY(context->arena, Expr *, count + 1);
  const char **titles = ARENA_ARRAY(context->arena, const char *, count + 1);
  const char **links = ARENA_ARRAY(context->arena, const char *, count + 1);
  TRY(cube_fact_open(&fact, world->catalog, context, members->cube, error));
  TRY(cube_fact_member(&fact, members->key, &exprs[0], error));
  titles[0] = "member";
  for (uint32_t c = 0; c < count; c++) {
    TRY(column_expr(&fact, members, names[c], &exprs[c + 1], error));
    columns->items[c].is_text = exprs[c + 1]->type.kind == TYPE_STRING;
    columns->items[c].is_date = exprs[c + 1]->type.kind == TYPE_DATE;
    exprs[c + 1] = expr_cast(context->arena, exprs[c + 1], TYPE_OF_STRING);
    titles[c + 1] = names[c];
  }
  Logical *tree = logical_project(context, fact.tree, exprs, titles, count + 1);
  return query_columns(context, tree, world->root, world->pool, world->job, false, NULL, read,
                       links, row_count, error);
}

static void places_fill(const Table *table, const Column *member, uint32_t *places) {
  KeyReader keys = key_reader_open(member);
  for (uint64_t r = 0; r < member->row_count; r++) {
    Value key = key_reader_value(&keys, r);
    uint32_t row = segment_member_row(table, &key);
    if (row) places[row] = (uint32_t)r + 1;
  }
  key_reader_close(&keys);
}

Status member_columns_read(const SegmentWorld *world, const SegmentMembers *members,
                           const Model *model, const char *const *names, uint32_t count,
                           Arena *arena, MemberColumns *columns, Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Column **read = ARENA_ARRAY(context.arena, Column *, count + 1);
  uint64_t row_count;
  *columns = (MemberColumns){.items = mem_alloc_zero((count + 1) * sizeof *columns->items)};
  Status status =
      columns_ask(world, members, names, count, &context, columns, read, &row_count, error);
  if (status == STATUS_OK) {
    columns->count = count;
    columns->places = mem_alloc_zero((members->table->row_count + 1) * sizeof *columns->places);
    places_fill(members->table, read[0], columns->places);
    column_destroy(read[0]);
    for (uint32_t c = 0; c < count; c++) {
      MemberColumn *item = &columns->items[c];
      item->name = arena_strdup(arena, names[c]);
      item->personal = member_column_is_personal(members, world->catalog, model, names[c]);
      item->column = read[c + 1];
      item->codes = mem_alloc((row_count + 1) * sizeof *item->codes);
      column_decode_int(item->column, item->codes);
    }
  } else {
    member_columns_clear(columns);
  }
  arena_destroy(context.arena);
  return status;
}

void member_columns_clear(MemberColumns *columns) {
  for (uint32_t c = 0; c < columns->count; c++) {
    column_destroy(columns->items[c].column);
    mem_free(columns->items[c].codes);
  }
  mem_free(columns->items);
  mem_free(columns->places);
  *columns = (MemberColumns){0};
}

// ---------------------------------------------------------------- writing

void csv_text_append(Str text, Buffer *out) {
  buffer_append_char(out, '"');
  for (uint32_t i = 0; i < text.size; i++) {
    if (text.data[i] == '"') buffer_append_char(out, '"');
    buffer_append_char(out, text.data[i]);
  }
  buffer_append_char(out, '"');
}

uint32_t text_letter_bytes(Str text) {
  uint32_t bytes = text.size ? 1 : 0;
  while (bytes < text.size && ((unsigned char)text.data[bytes] & 0xc0) == 0x80) bytes++;
  return bytes;
}

static void mask_append(const MemberColumn *column, Str text, Buffer *out) {
  if (column->is_date) {
    const char *end = memchr(text.data, '-', text.size); // the year
    buffer_append(out, text.data, end && end > text.data ? (size_t)(end - text.data) : 0);
    return;
  }
  Buffer shown;
  buffer_init(&shown);
  if (column->is_text) buffer_append(&shown, text.data, text_letter_bytes(text));
  buffer_append_text(&shown, "***");
  csv_text_append((Str){shown.data, (uint32_t)shown.size}, out);
  buffer_clear(&shown);
}

void member_columns_append(const MemberColumns *columns, uint32_t column, uint32_t row, bool masked,
                           Buffer *out) {
  const MemberColumn *item = &columns->items[column];
  if (!columns->places[row]) return;
  uint64_t at = columns->places[row] - 1;
  const uint64_t *valid = item->column->blocks[at / BLOCK_ROWS]->validity;
  if (valid && !bits_get(valid, at % BLOCK_ROWS)) return;
  Str text = item->column->dictionary->strings[item->codes[at]];
  if (masked && item->personal)
    mask_append(item, text, out);
  else if (item->is_text)
    csv_text_append(text, out);
  else
    buffer_append(out, text.data, text.size);
}
