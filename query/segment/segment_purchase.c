// Rules of the first or last purchase: the rows of its day. The days are a question of their own,
// an aggregation by members, which is joined to the rows of the rule's measure.
#include "segment_evaluation.h"

Expr *segment_is_somebodys(LogicalContext *context, Expr *key) {
  Expr *nobodys = expr_make(context->arena, EXPR_IS_NULL, TYPE_OF_BOOL, &key, 1, -1);
  return expr_make(context->arena, EXPR_NOT, TYPE_OF_BOOL, &nobodys, 1, -1);
}

// What counts purchases, and so says which rows of facts are one (D3).
#define PURCHASES "receipts.count"

// The day of each member's first or last purchase up to the day: members, then their days.
static Status purchase_days(const Evaluation *evaluation, LogicalContext *context,
                            SegmentPurchase which, Logical **tree) {
  const Catalog *catalog = evaluation->world->catalog;
  const CatalogCube *cube = catalog->find_cube(catalog, "receipts");
  const CatalogMeasure *purchases = cube ? cube_find_measure(cube, PURCHASES) : NULL;
  CubeFact fact;
  Expr *member = NULL, *day = NULL;
  AggregateCall counted,
      extreme = {.id = which == SEGMENT_PURCHASE_FIRST ? AGGREGATE_MIN : AGGREGATE_MAX};
  if (!purchases || purchases->kind != MEASURE_AGGREGATE || !cube->time_level)
    return error_set(evaluation->error, STATUS_UNSUPPORTED,
                     "the model does not say what a purchase is: a rule of the first or last one "
                     "needs a measure \"%s\" that counts rows, of a cube with a time level",
                     PURCHASES);
  TRY(cube_fact_open(&fact, catalog, context, cube, evaluation->error));
  TRY(cube_fact_call(&fact, purchases, &counted, evaluation->error));
  if (counted.filter) fact.tree = logical_filter(context, fact.tree, counted.filter);
  TRY(cube_fact_restrict(&fact, DATE_MIN, evaluation->day, evaluation->error));
  TRY(segment_member_key(evaluation, &fact, &member));
  TRY(cube_fact_level(&fact, cube_find_level(cube, cube->time_level), NULL, &day,
                      evaluation->error));
  fact.tree = logical_filter(context, fact.tree, segment_is_somebodys(context, member));
  extreme.arg = day;
  extreme.type = day->type;
  *tree = logical_aggregate(context, fact.tree, &member, (const char *[]){"member"}, 1, &extreme,
                            (const char *[]){"day"}, 1, NULL, 0, false);
  return STATUS_OK;
}

Status segment_purchase_restrict(const Evaluation *evaluation, LogicalContext *context,
                                 const SegmentRule *rule, const CatalogMeasure *measure,
                                 CubeFact *fact) {
  Logical *days = NULL;
  Expr *member = NULL, *day = NULL;
  if (!rule->purchase) return STATUS_OK;
  if (measure->window_days)
    return error_set(evaluation->error, STATUS_INVALID,
                     "measure \"%s\" has a window of its own: purchase does not go with it",
                     rule->measure);
  if (!fact->cube->time_level)
    return error_set(evaluation->error, STATUS_INVALID,
                     "cube \"%s\" has no time level, so that its rows are of no purchase",
                     fact->cube->name);
  TRY(purchase_days(evaluation, context, rule->purchase, &days));
  TRY(segment_member_key(evaluation, fact, &member));
  TRY(cube_fact_level(fact, cube_find_level(fact->cube, fact->cube->time_level), NULL, &day,
                      evaluation->error));
  Expr *keys[] = {member, logical_ref(context, days, 0)};
  Expr *dates[] = {day, logical_ref(context, days, 1)};
  Expr *same =
      expr_and(context->arena, expr_call(context->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, keys, 2, -1),
               expr_call(context->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, dates, 2, -1));
  fact->tree = logical_join(context, fact->tree, days, JOIN_INNER, same, false);
  return STATUS_OK;
}
