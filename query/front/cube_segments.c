// See cube_segments.h. The kept rows are joined with the list of segments, and of the pairs those
// remain whose member is in the segment: a level like any other, to which filters, comparisons and
// orders apply as they are.
#include "cube_segments.h"

static Expr *either(Arena *arena, Expr **conditions, uint32_t count) {
  if (count == 1) return conditions[0];
  return expr_make(arena, EXPR_OR, TYPE_OF_BOOL, conditions, count, -1);
}

// Whether the row's member is in segment s.
static Status member_of(const CubeSegments *segments, uint32_t s, CubeFact *fact, Expr **is,
                        Error *error) {
  CubeFilter filter = {.kind = CUBE_FILTER_SEGMENT,
                       .path = segments->paths[s],
                       .segment = segments->ids[s],
                       .segment_path = segments->paths[s],
                       .has_day = segments->has_day,
                       .day = segments->day};
  return cube_fact_condition(fact, &filter, is, error);
}

Status cube_segments_split(const CubeSegments *segments, CubeFact *fact, Expr **key, Error *error) {
  LogicalContext *context = fact->context;
  Arena *arena = context->arena;
  Expr **members = ARENA_ARRAY(arena, Expr *, segments->count),
       **ids = ARENA_ARRAY(arena, Expr *, segments->count);
  for (uint32_t s = 0; s < segments->count; s++) {
    TRY(member_of(segments, s, fact, &members[s], error));
    ids[s] = expr_string(arena, str_from(segments->ids[s]));
  }
  fact->tree = logical_filter(context, fact->tree, either(arena, members, segments->count));
  if (!key) return STATUS_OK;
  Type type = TYPE_OF_STRING;
  Logical *list = logical_values(context, ids, segments->count,
                                 (const char *[]){CUBE_SEGMENTS_LEVEL}, &type, 1);
  *key = logical_ref(context, list, 0);
  fact->tree = logical_join(context, fact->tree, list, JOIN_CROSS, NULL, false);
  for (uint32_t s = 0; s < segments->count; s++) {
    Expr *same[] = {*key, ids[s]};
    members[s] =
        expr_and(arena, expr_call(arena, FUNCTION_EQUAL, TYPE_OF_BOOL, same, 2, -1), members[s]);
  }
  fact->tree = logical_filter(context, fact->tree, either(arena, members, segments->count));
  return STATUS_OK;
}
