// See segment_attribute.h.
#include "segment_attribute.h"
#include "date.h"
#include "hash.h"
#include "key_reader.h"
#include "query_columns.h"
#include "sql_parse.h"

void segment_value_sets_clear(ValueSets *sets) {
  for (uint32_t v = 0; v < sets->count; v++) rowset_release(sets->sets[v]);
  if (sets->known) rowset_release(sets->known);
  mem_free(sets->sets);
  *sets = (ValueSets){0};
}

// ---------------------------------------------------------------- names

static Status attribute_unknown(const Model *model, const char *name, Arena *arena, Error *error) {
  uint32_t count = model ? model->attribute_count : 0;
  const char **names = ARENA_ARRAY(arena, const char *, count);
  for (uint32_t a = 0; a < count; a++) names[a] = model->attributes[a].name;
  const char *nearest = text_nearest(name, names, count);
  return error_set(error, STATUS_NOT_FOUND, "the model has no attribute \"%.100s\"%s%s%s", name,
                   nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

// A value that the model does not name is a slip of the pen.
static Status values_check(const ModelAttribute *attribute, const SegmentRule *rule, Arena *arena,
                           Error *error) {
  const char **names = ARENA_ARRAY(arena, const char *, attribute->value_count);
  for (uint32_t v = 0; v < attribute->value_count; v++) names[v] = attribute->values[v].value;
  for (uint32_t i = 0; attribute->value_count && i < rule->filter.value_count; i++) {
    Str asked = rule->filter.values[i].text;
    bool found = false;
    for (uint32_t v = 0; v < attribute->value_count && !found; v++)
      found = str_equal(asked, str_from(names[v]));
    if (found) continue;
    const char *text = arena_strndup(arena, asked.data, asked.size);
    const char *nearest = text_nearest(text, names, attribute->value_count);
    return error_set(error, STATUS_NOT_FOUND, "attribute \"%s\" has no value \"%.100s\"%s%s%s",
                     attribute->name, text, nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?" : "");
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- the query

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// The value of $name: the day, or a definition of the model that is a number; NULL: neither.
static const char *parameter_text(const Model *model, const char *name, size_t size, int32_t day,
                                  Arena *arena) {
  char date[DATE_TEXT_BYTES];
  date_format(day, date);
  if (size == 3 && !memcmp(name, "day", 3)) return arena_printf(arena, "DATE '%s'", date);
  for (uint32_t d = 0; model && d < model->definition_count; d++) {
    const ModelDefinition *definition = &model->definitions[d];
    bool number = definition->value[0] &&
                  strspn(definition->value, "0123456789.") == strlen(definition->value);
    if (number && strlen(definition->name) == size && !memcmp(definition->name, name, size))
      return definition->value;
  }
  return NULL;
}

static const char *query_text(const Model *model, const char *query, int32_t day, Arena *arena) {
  Buffer out;
  buffer_init(&out);
  for (const char *c = query; *c;) {
    size_t size = 0;
    while (*c == '$' && is_name_byte(c[1 + size])) size++;
    const char *value = size ? parameter_text(model, c + 1, size, day, arena) : NULL;
    if (value) {
      buffer_append_text(&out, value);
      c += 1 + size;
    } else {
      buffer_append_char(&out, *c++);
    }
  }
  const char *text = arena_strndup(arena, out.data ? out.data : "", out.size);
  buffer_clear(&out);
  return text;
}

// The column of the attribute's name, or the second of two.
static Status value_column(const Logical *tree, const ModelAttribute *attribute, uint32_t *column,
                           Error *error) {
  for (*column = 1; *column < tree->column_count; ++*column)
    if (!strcmp(tree->columns[*column].name, attribute->name)) return STATUS_OK;
  *column = 1;
  if (tree->column_count == 2 && attribute->query) return STATUS_OK;
  return error_set(error, STATUS_INVALID, "its query must give the member and then a column \"%s\"",
                   attribute->name);
}

static const ModelAttribute *source_of(const Model *model, const ModelAttribute *attribute) {
  return attribute->query || !model ? attribute
                                    : model_find_attribute(model, attribute->same_query);
}

// The tree of an attribute's query, and its column of values.
static Status query_bind(const SegmentWorld *world, const ModelAttribute *attribute, int32_t day,
                         LogicalContext *context, Logical **tree, uint32_t *column, Error *error) {
  const char *query = source_of(world->model, attribute)->query;
  Statement statement;
  TRY(sql_statement(query_text(world->model, query, day, context->arena), world->catalog, context,
                    NULL, &statement, error));
  if (statement.kind != STATEMENT_SELECT)
    return error_set(error, STATUS_INVALID, "its query must be a SELECT");
  *tree = statement.tree;
  return value_column(statement.tree, attribute, column, error);
}

// An attribute and those whose values the same query gives.
typedef struct QueryGroup {
  const ModelAttribute **attributes; // the one that is asked first
  Expr **exprs;                      // the member, then each attribute's value as a text
  const char **names;
  uint32_t count;
  Logical *tree;
} QueryGroup;

static void group_add(QueryGroup *group, LogicalContext *context, const Logical *tree,
                      const ModelAttribute *attribute, uint32_t column) {
  group->attributes[group->count++] = attribute;
  group->names[group->count] = attribute->name;
  group->exprs[group->count] =
      expr_cast(context->arena, logical_ref(context, tree, column), TYPE_OF_STRING);
}

static Status group_make(const SegmentWorld *world, const ModelAttribute *attribute, int32_t day,
                         LogicalContext *context, QueryGroup *group, Error *error) {
  const Model *model = world->model;
  uint32_t column, others = model ? model->attribute_count : 0;
  Logical *tree;
  TRY(query_bind(world, attribute, day, context, &tree, &column, error));
  *group =
      (QueryGroup){.attributes = ARENA_ARRAY(context->arena, const ModelAttribute *, others + 1),
                   .exprs = ARENA_ARRAY(context->arena, Expr *, others + 2),
                   .names = ARENA_ARRAY(context->arena, const char *, others + 2)};
  group->exprs[0] = logical_ref(context, tree, 0);
  group->names[0] = "member";
  group_add(group, context, tree, attribute, column);
  for (uint32_t a = 0; a < others; a++) { // one that lacks its column says so when it is asked
    const ModelAttribute *other = &model->attributes[a];
    if (other != attribute && source_of(model, other) == source_of(model, attribute) &&
        value_column(tree, other, &column, NULL) == STATUS_OK)
      group_add(group, context, tree, other, column);
  }
  group->tree = logical_project(context, tree, group->exprs, group->names, 1 + group->count);
  return STATUS_OK;
}

// ---------------------------------------------------------------- sets

// rows[r], codes[r]: the member's row (0: none) and the value's number (none: no value), sorted out
// into a set a value.
static void sets_gather(const SegmentMembers *members, const Dictionary *dictionary,
                        const uint32_t *rows, const uint32_t *codes, uint64_t count, Arena *arena,
                        ValueSets *sets) {
  uint32_t none = dictionary->count;
  uint64_t *ends = mem_alloc_zero((none + 2) * sizeof *ends);
  uint32_t *sorted = mem_alloc((count + 1) * sizeof *sorted);
  for (uint64_t r = 0; r < count; r++)
    if (rows[r] && codes[r] < none) ends[codes[r] + 1]++;
  for (uint32_t v = 0; v < none; v++) ends[v + 1] += ends[v];
  uint64_t kept = ends[none];
  for (uint64_t r = 0; r < count; r++) // ends[v]: where the next of v goes
    if (rows[r] && codes[r] < none) sorted[ends[codes[r]]++] = rows[r];
  sets->values = ARENA_ARRAY(arena, Str, none);
  sets->sets = mem_alloc((none + 1) * sizeof *sets->sets);
  sets->count = none;
  for (uint32_t v = 0; v < none; v++) {
    uint64_t from = v ? ends[v - 1] : 0;
    Str value = dictionary->strings[v];
    sets->values[v] = (Str){arena_strndup(arena, value.data, value.size), value.size};
    sets->sets[v] = rowset_of_rows(sorted + from, ends[v] - from, members->table->row_count);
  }
  sets->known = rowset_of_rows(sorted, kept, members->table->row_count);
  mem_free(sorted);
  mem_free(ends);
}

// Each row's member, 0: none.
static uint32_t *members_decode(const SegmentMembers *members, const Column *column,
                                const char *link, uint64_t count) {
  uint32_t *rows = mem_alloc((count + 1) * sizeof *rows);
  bool numbers = link && !strcmp(link, members->table->schema->name);
  KeyReader keys = key_reader_open(column);
  for (uint64_t r = 0; r < count; r++) {
    Value key = key_reader_value(&keys, r);
    rows[r] = key.is_null ? 0
              : numbers   ? (uint32_t)key.i
                          : segment_member_row(members->table, &key);
  }
  key_reader_close(&keys);
  return rows;
}

static void values_gather(const SegmentMembers *members, const Column *column, const uint32_t *rows,
                          uint64_t count, Arena *arena, ValueSets *sets) {
  uint32_t *codes = mem_alloc((count + 1) * sizeof *codes);
  int64_t *wide = mem_alloc((count + 1) * sizeof *wide);
  column_decode_int(column, wide);
  for (uint64_t r = 0; r < count; r++) {
    const uint64_t *valid = column->blocks[r / BLOCK_ROWS]->validity;
    bool has_value = !valid || bits_get(valid, r % BLOCK_ROWS);
    codes[r] = has_value ? (uint32_t)wide[r] : UINT32_MAX;
  }
  sets_gather(members, column->dictionary, rows, codes, count, arena, sets);
  mem_free(wide);
  mem_free(codes);
}

// sets[a]: of the group's attribute a.
static Status group_run(const SegmentWorld *world, const SegmentMembers *members,
                        const QueryGroup *group, LogicalContext *context, Arena *arena,
                        ValueSets *sets, Error *error) {
  uint32_t columns = 1 + group->count;
  Column **results = ARENA_ARRAY(context->arena, Column *, columns);
  const char **links = ARENA_ARRAY(context->arena, const char *, columns);
  MemoryBudget *budget = world->job ? &world->job->memory : NULL;
  uint64_t count;
  TRY(query_columns(context, group->tree, world->root, world->pool, world->job, false, NULL,
                    results, links, &count, error));
  int64_t bytes = (int64_t)((count + 1) * (3 * sizeof(uint32_t) + sizeof(int64_t)));
  Status status = memory_budget_charge(budget, bytes, error);
  if (status == STATUS_OK) {
    uint32_t *rows = members_decode(members, results[0], links[0], count);
    for (uint32_t a = 0; a < group->count; a++)
      values_gather(members, results[1 + a], rows, count, arena, &sets[a]);
    mem_free(rows);
    memory_budget_release(budget, bytes);
  }
  for (uint32_t c = 0; c < columns; c++) column_destroy(results[c]);
  return status;
}

Status segment_value_sets(const SegmentWorld *world, const SegmentMembers *members,
                          const ModelAttribute *attribute, int32_t day, Arena *arena,
                          ValueSets *sets, Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  SegmentWorld alone = *world;
  QueryGroup group;
  alone.model = NULL;
  Status status = group_make(&alone, attribute, day, &context, &group, error);
  if (status == STATUS_OK)
    status = group_run(&alone, members, &group, &context, arena, sets, error);
  arena_destroy(context.arena);
  return status;
}

// ---------------------------------------------------------------- the cache

// value: NULL for all who have one.
static const char *cache_key(const SegmentWorld *world, const ModelAttribute *attribute,
                             int32_t day, const Str *value, Arena *arena) {
  return arena_printf(arena, "%llu|%d|attribute %s%s%.*s",
                      (unsigned long long)segment_data_version(world->root), day, attribute->name,
                      value ? "=" : "", value ? (int)value->size : 0, value ? value->data : "");
}

// The key of which values there are: a set of 32 bits of their hashes, in place of row numbers. A
// value that is not in it is nobody's, and need not be asked for.
static const char *values_key(const SegmentWorld *world, const ModelAttribute *attribute,
                              int32_t day, Arena *arena) {
  return arena_printf(arena, "%s of which values", cache_key(world, attribute, day, NULL, arena));
}

static uint32_t value_hash(Str value) {
  return (uint32_t)hash_xxh64(value.size ? value.data : "", value.size, 0);
}

static void values_keep(const SegmentWorld *world, const ModelAttribute *attribute, int32_t day,
                        const ValueSets *sets, Arena *arena) {
  uint32_t *hashes = mem_alloc((sets->count + 1) * sizeof *hashes);
  for (uint32_t v = 0; v < sets->count; v++) hashes[v] = value_hash(sets->values[v]);
  Rowset *values = rowset_of_rows(hashes, sets->count, (uint64_t)UINT32_MAX + 1);
  segment_cache_put(world->cache, values_key(world, attribute, day, arena), values);
  rowset_release(values);
  mem_free(hashes);
}

static bool value_is_nobodys(const SegmentWorld *world, const ModelAttribute *attribute,
                             int32_t day, Str value, Arena *arena) {
  Rowset *values = segment_cache_find(world->cache, values_key(world, attribute, day, arena));
  bool nobodys = values && !rowset_has(values, value_hash(value));
  rowset_release(values);
  return nobodys;
}

static void sets_keep(const SegmentWorld *world, const ModelAttribute *attribute, int32_t day,
                      const ValueSets *sets, Arena *arena) {
  if (!world->cache) return;
  for (uint32_t v = 0; v < sets->count; v++)
    segment_cache_put(world->cache, cache_key(world, attribute, day, &sets->values[v], arena),
                      sets->sets[v]);
  values_keep(world, attribute, day, sets, arena);
  segment_cache_put(world->cache, cache_key(world, attribute, day, NULL, arena), sets->known);
}

// The set of one of the rule's values out of the sets, or of nobody; it is kept as well.
static Rowset *value_set(const SegmentWorld *world, const SegmentMembers *members,
                         const ModelAttribute *attribute, int32_t day, const ValueSets *sets,
                         Str value, Arena *arena) {
  for (uint32_t v = 0; v < sets->count; v++)
    if (str_equal(sets->values[v], value)) return rowset_retain(sets->sets[v]);
  Rowset *nobody = rowset_of_rows(NULL, 0, members->table->row_count);
  if (world->cache)
    segment_cache_put(world->cache, cache_key(world, attribute, day, &value, arena), nobody);
  return nobody;
}

// Asks the attribute's query, and keeps what it tells of the others that have the same.
static Status sets_make(const SegmentWorld *world, const SegmentMembers *members,
                        const ModelAttribute *attribute, int32_t day, Arena *arena, ValueSets *sets,
                        Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Error inner = ERROR_INIT;
  QueryGroup group;
  ValueSets *all = NULL;
  Status status = group_make(world, attribute, day, &context, &group, &inner);
  if (status == STATUS_OK) {
    all = ARENA_ARRAY(context.arena, ValueSets, group.count);
    status = group_run(world, members, &group, &context, arena, all, &inner);
  }
  if (status != STATUS_OK)
    error_set(error, status, "attribute \"%s\": %s", attribute->name, inner.message);
  for (uint32_t a = 0; status == STATUS_OK && a < group.count; a++) {
    sets_keep(world, group.attributes[a], day, &all[a], arena);
    if (a)
      segment_value_sets_clear(&all[a]);
    else
      *sets = all[a];
  }
  arena_destroy(context.arena);
  return status;
}

// chosen[value_count] and *known, all retained. From the cache where all are in it.
static Status chosen_find(const SegmentWorld *world, const SegmentMembers *members,
                          const ModelAttribute *attribute, const SegmentRule *rule, int32_t day,
                          Arena *arena, Rowset **chosen, Rowset **known, Error *error) {
  uint32_t count = rule->filter.value_count, found = 0;
  *known = world->cache
               ? segment_cache_find(world->cache, cache_key(world, attribute, day, NULL, arena))
               : NULL;
  while (*known && found < count) {
    Str value = rule->filter.values[found].text;
    chosen[found] =
        segment_cache_find(world->cache, cache_key(world, attribute, day, &value, arena));
    if (!chosen[found] && value_is_nobodys(world, attribute, day, value, arena))
      chosen[found] = rowset_of_rows(NULL, 0, members->table->row_count);
    if (!chosen[found]) break;
    found++;
  }
  if (*known && found == count) return STATUS_OK;
  while (found) rowset_release(chosen[--found]);
  if (*known) rowset_release(*known);
  ValueSets sets;
  TRY(sets_make(world, members, attribute, day, arena, &sets, error));
  for (uint32_t i = 0; i < count; i++)
    chosen[i] =
        value_set(world, members, attribute, day, &sets, rule->filter.values[i].text, arena);
  *known = rowset_retain(sets.known);
  segment_value_sets_clear(&sets);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the rule

static Rowset *replaced(Rowset *old, Rowset *next) {
  rowset_release(old);
  return next;
}

static Rowset *rule_members(const SegmentRule *rule, Rowset *const *chosen, const Rowset *known,
                            const Rowset *base) {
  if (rule->filter.kind == CUBE_FILTER_NULL)
    return rule->filter.is_null ? rowset_and_not(base, known) : rowset_and(base, known);
  Rowset *set = rowset_and_not(base, base);
  for (uint32_t i = 0; i < rule->filter.value_count; i++)
    set = replaced(set, rowset_or(set, chosen[i]));
  if (rule->filter.kind == CUBE_FILTER_NOT_IN) set = replaced(set, rowset_and_not(known, set));
  return replaced(set, rowset_and(base, set));
}

Status segment_attribute_set(const SegmentWorld *world, const SegmentMembers *members,
                             const SegmentRule *rule, int32_t day, const Rowset *base, Arena *arena,
                             Rowset **set, Error *error) {
  const ModelAttribute *attribute =
      world->model ? model_find_attribute(world->model, rule->attribute) : NULL;
  if (!attribute) return attribute_unknown(world->model, rule->attribute, arena, error);
  TRY(values_check(attribute, rule, arena, error));
  Rowset **chosen = ARENA_ARRAY(arena, Rowset *, rule->filter.value_count), *all;
  TRY(chosen_find(world, members, attribute, rule, day, arena, chosen, &all, error));
  *set = rule_members(rule, chosen, all, base);
  for (uint32_t i = 0; i < rule->filter.value_count; i++) rowset_release(chosen[i]);
  rowset_release(all);
  return STATUS_OK;
}

Status segment_attribute_prepare(const SegmentWorld *world, const SegmentMembers *members,
                                 const ModelAttribute *attribute, int32_t day, Arena *arena,
                                 Error *error) {
  Rowset *known =
      world->cache ? segment_cache_find(world->cache, cache_key(world, attribute, day, NULL, arena))
                   : NULL;
  ValueSets sets;
  if (known) {
    rowset_release(known);
    return STATUS_OK;
  }
  TRY(sets_make(world, members, attribute, day, arena, &sets, error));
  segment_value_sets_clear(&sets);
  return STATUS_OK;
}

Status segment_attribute_check(const SegmentWorld *world, const ModelAttribute *attribute,
                               Error *error) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Error inner = ERROR_INIT;
  Logical *tree;
  uint32_t column;
  Status status = query_bind(world, attribute, 0, &context, &tree, &column, &inner);
  if (status == STATUS_OK) status = logical_verify(tree, &inner);
  arena_destroy(context.arena);
  if (status == STATUS_OK) return STATUS_OK;
  return error_set(error, status, "%s:%u:%u: attribute \"%s\": %s", world->model->file,
                   attribute->place.line, attribute->place.column, attribute->name, inner.message);
}
