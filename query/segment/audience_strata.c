// See audience_strata.h. A question like any other: the members' keys with the levels as one text,
// whose dictionary numbers the strata.
#include "audience_strata.h"
#include "cube_fact.h"
#include "key_reader.h"
#include "member_columns.h"
#include "query_columns.h"
#include <assert.h>

static Expr *text_or_empty(Arena *arena, Expr *value) {
  Expr *args[] = {value, expr_string(arena, (Str){"", 0})};
  return expr_call(arena, FUNCTION_COALESCE, TYPE_OF_STRING, args, 2, -1);
}

static Expr *joined(Arena *arena, Expr *a, Expr *b) {
  return a ? expr_call(arena, FUNCTION_CONCAT, TYPE_OF_STRING, (Expr *[]){a, b}, 2, -1) : b;
}

// The levels as one text.
static Status strata_expr(CubeFact *fact, const char *const *levels, uint32_t level_count,
                          Expr **text, Error *error) {
  Arena *arena = fact->context->arena;
  *text = NULL;
  for (uint32_t l = 0; l < level_count; l++) {
    const CatalogLevel *level;
    Expr *value;
    TRY(member_level_find(fact->cube, levels[l], arena, &level, error));
    TRY(cube_fact_level(fact, level, NULL, &value, error));
    value = expr_cast(arena, value, TYPE_OF_STRING);
    if (level_count > 1) value = text_or_empty(arena, value);
    if (l) *text = joined(arena, *text, expr_string(arena, STR_LITERAL(AUDIENCE_STRATA_SEPARATOR)));
    *text = joined(arena, *text, value);
  }
  return STATUS_OK;
}

// columns: the members' keys, and their strata as text.
static Status strata_columns(const SegmentWorld *world, const SegmentMembers *members,
                             const char *const *levels, uint32_t level_count,
                             LogicalContext *context, Column **columns, uint64_t *count,
                             Error *error) {
  CubeFact fact;
  Expr *exprs[2];
  const char *links[2];
  TRY(cube_fact_open(&fact, world->catalog, context, members->cube, error));
  TRY(cube_fact_member(&fact, members->key, &exprs[0], error));
  TRY(strata_expr(&fact, levels, level_count, &exprs[1], error));
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
    uint32_t row = segment_member_row(members->table, &key);
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
                            const char *const *levels, uint32_t level_count, Arena *arena,
                            AudienceStrata *strata, Error *error) {
  Column *columns[2];
  uint64_t count;
  *strata = (AudienceStrata){0};
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  Status status =
      strata_columns(world, members, levels, level_count, &context, columns, &count, error);
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
