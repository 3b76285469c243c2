// See audience_strata.h. A question like any other: the members' keys with the level cast to text,
// whose dictionary numbers the strata.
#include "audience_strata.h"
#include "cube_fact.h"
#include "key_reader.h"
#include "query_columns.h"
#include <assert.h>

static Status level_find(const CatalogCube *cube, const char *name, Arena *arena,
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

// columns: the members' keys, and the level as text.
static Status level_columns(const SegmentWorld *world, const SegmentMembers *members,
                            const CatalogLevel *level, LogicalContext *context, Column **columns,
                            uint64_t *count, Error *error) {
  CubeFact fact;
  Expr *exprs[2];
  const char *links[2];
  TRY(cube_fact_open(&fact, world->catalog, context, members->cube, error));
  TRY(cube_fact_member(&fact, members->key, &exprs[0], error));
  TRY(cube_fact_level(&fact, level, NULL, &exprs[1], error));
  exprs[1] = expr_cast(context->arena, exprs[1], TYPE_OF_STRING);
  Logical *tree =
      logical_project(context, fact.tree, exprs, (const char *[]){"member", "stratum"}, 2);
  return query_columns(context, tree, world->root, world->pool, world->job, false, NULL, columns,
                       links, count, error);
}

// Each member's row gets the number of its value; `none` stands for no value, and is all rows'
// first.
static void strata_fill(const SegmentMembers *members, Column *const *columns, uint64_t count,
                        AudienceStrata *strata, uint32_t none) {
  KeyReader keys = key_reader_open(columns[0]);
  int64_t *codes = mem_alloc((count + 1) * sizeof *codes);
  column_decode_int(columns[1], codes);
  for (uint64_t r = 0; r < members->table->row_count; r++) strata->of_row[r] = none;
  for (uint64_t r = 0; r < count; r++) {
    Value key = key_reader_value(&keys, r);
    uint32_t row = key.is_null                    ? 0
                   : key.type.kind == TYPE_STRING ? table_find_text(members->table, key.s)
                                                  : table_find_int(members->table, key.i);
    const uint64_t *valid = columns[1]->blocks[r / BLOCK_ROWS]->validity;
    if (row && (!valid || bits_get(valid, r % BLOCK_ROWS)))
      strata->of_row[row] = (uint32_t)codes[r];
  }
  mem_free(codes);
  key_reader_close(&keys);
}

static void strata_make(const SegmentMembers *members, Column *const *columns, uint64_t count,
                        Arena *arena, AudienceStrata *strata) {
  const Dictionary *dictionary = columns[1]->dictionary; // of all strings that a query gives
  assert(dictionary);
  uint32_t none = dictionary->count;
  *strata = (AudienceStrata){.count = none + 1};
  strata->of_row = mem_alloc((members->table->row_count + 1) * sizeof *strata->of_row);
  strata->values = ARENA_ARRAY(arena, Str, none + 1);
  for (uint32_t s = 0; s < none; s++) {
    Str value = dictionary->strings[s];
    strata->values[s] = (Str){arena_strndup(arena, value.data, value.size), value.size};
  }
  strata->values[none] = STR_LITERAL("");
  strata_fill(members, columns, count, strata, none);
}

Status audience_strata_find(const SegmentWorld *world, const SegmentMembers *members,
                            const char *name, Arena *arena, AudienceStrata *strata, Error *error) {
  const CatalogLevel *level;
  Column *columns[2];
  uint64_t count;
  *strata = (AudienceStrata){0};
  TRY(level_find(members->cube, name, arena, &level, error));
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Status status = level_columns(world, members, level, &context, columns, &count, error);
  if (status == STATUS_OK) {
    strata_make(members, columns, count, arena, strata);
    column_destroy(columns[0]);
    column_destroy(columns[1]);
  }
  arena_destroy(context.arena);
  return status;
}

void audience_strata_clear(AudienceStrata *strata) {
  mem_free(strata->of_row);
  *strata = (AudienceStrata){0};
}
