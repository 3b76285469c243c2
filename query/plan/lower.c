// See lower.h. This part: sort, limit, values, series, union, the output.
#include "lowered.h"
#include <assert.h>

static Status lower_sort(Lowering *lowering, const Logical *node, int64_t limit, int64_t offset,
                         Lowered *out, Error *error) {
  TRY(lower(lowering, node->inputs[0], out, error));
  for (uint32_t k = 0; k < node->sort.key_count; k++)
    values_need(lowering, out, node->sort.keys[k].expr);
  Plan *plan = plan_new(lowering, PLAN_SORT, out->plan, NULL, out->plan->column_count);
  plan_pass_columns(plan);
  plan->sort.keys = ARENA_ARRAY(lowering->arena, SortKey, node->sort.key_count);
  plan->sort.key_count = node->sort.key_count;
  plan->sort.limit = limit;
  plan->sort.offset = offset;
  for (uint32_t k = 0; k < node->sort.key_count; k++) {
    plan->sort.keys[k] = node->sort.keys[k];
    plan->sort.keys[k].expr = expr_lower(lowering, out, NULL, node->sort.keys[k].expr);
  }
  out->plan = plan;
  return STATUS_OK;
}

static Status lower_limit(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  int64_t limit = node->limit.limit, offset = node->limit.offset, rows = -1;
  if (limit >= 0 && __builtin_add_overflow(limit, offset, &rows)) rows = -1;
  const Logical *input = node->inputs[0];
  if (input->kind == LOGICAL_SORT) // a top N
    return lower_sort(lowering, input, rows, offset, out, error);
  TRY(lower(lowering, input, out, error));
  Plan *plan = plan_new(lowering, PLAN_LIMIT, out->plan, NULL, out->plan->column_count);
  plan_pass_columns(plan);
  plan->limit.limit = limit;
  plan->limit.offset = offset;
  out->plan = plan;
  return STATUS_OK;
}

static void bind_in_order(Lowering *lowering, const Logical *node, Plan *plan, Lowered *out) {
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, node->column_count),
                   node->column_count};
  for (uint32_t c = 0; c < node->column_count; c++) {
    plan->columns[c].name = node->columns[c].name;
    plan->columns[c].type = node->columns[c].type;
    out->bindings[c] = (Binding){node->columns[c].id, node->columns[c].name, c, NOWHERE, NULL};
  }
}

// The node's columns in order, and nothing else: as values, or, with `links`, foreign keys as row
// numbers.
static Plan *plan_output(Lowering *lowering, const Logical *node, Lowered *lowered,
                         const char **links) {
  for (uint32_t c = 0; !links && c < node->column_count; c++)
    value_need(lowering, lowered, node->columns[c].id);
  Plan *plan = plan_new(lowering, PLAN_PROJECT, lowered->plan, NULL, node->column_count);
  plan->project.exprs = ARENA_ARRAY(lowering->arena, Expr *, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) {
    const Binding *binding = binding_find(lowered, node->columns[c].id);
    bool rows = binding->value == NOWHERE;
    plan->columns[c].name = node->columns[c].name;
    plan->columns[c].type = rows ? TYPE_OF_INT : node->columns[c].type;
    plan->project.exprs[c] = expr_column(lowering->arena, rows ? binding->rows : binding->value,
                                         plan->columns[c].type, -1);
    if (links) links[c] = rows ? binding->link->schema->name : NULL;
  }
  return plan;
}

static Status lower_values(Lowering *lowering, const Logical *node, Lowered *out) {
  Plan *plan = plan_new(lowering, PLAN_VALUES, NULL, NULL, node->column_count);
  plan->values.rows = node->values.rows;
  plan->values.row_count = node->values.row_count;
  bind_in_order(lowering, node, plan, out);
  return STATUS_OK;
}

static Status lower_series(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered input;
  TRY(lower(lowering, node->inputs[0], &input, error));
  Expr *start = expr_need(lowering, &input, node->series.start);
  Expr *stop = expr_need(lowering, &input, node->series.stop);
  Expr *step = expr_need(lowering, &input, node->series.step);
  uint32_t position = input.plan->column_count;
  Plan *plan = plan_new(lowering, PLAN_SERIES, input.plan, NULL, position + 1);
  memcpy(plan->columns, input.plan->columns, position * sizeof *plan->columns);
  plan->series.start = start;
  plan->series.stop = stop;
  plan->series.step = step;
  const LogicalColumn *value = &node->columns[node->column_count - 1];
  plan->columns[position].name = value->name;
  plan->columns[position].type = value->type;
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, input.count + 1), input.count + 1};
  memcpy(out->bindings, input.bindings, input.count * sizeof *out->bindings);
  out->bindings[input.count] = (Binding){value->id, value->name, position, NOWHERE, NULL};
  return STATUS_OK;
}

// A union, or the two parts of a recursion.
static Status lower_union(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Plan *inputs[2];
  for (int i = 0; i < 2; i++) {
    Lowered input;
    TRY(lower(lowering, node->inputs[i], &input, error));
    inputs[i] = plan_output(lowering, node->inputs[i], &input, NULL);
  }
  bool recursion = node->kind == LOGICAL_RECURSION;
  Plan *plan = plan_new(lowering, recursion ? PLAN_RECURSION : PLAN_UNION, inputs[0], inputs[1],
                        node->column_count);
  if (recursion) {
    plan->recursion.id = node->recursion.id;
    plan->recursion.all = node->recursion.all;
    plan->recursion.position = node->recursion.position;
  }
  bind_in_order(lowering, node, plan, out);
  return STATUS_OK;
}

static Status lower_working(Lowering *lowering, const Logical *node, Lowered *out) {
  Plan *plan = plan_new(lowering, PLAN_WORKING, NULL, NULL, node->column_count);
  plan->working.id = node->working.id;
  bind_in_order(lowering, node, plan, out);
  return STATUS_OK;
}

// The plan of a shared tree: its columns in order, as values.
static Status shared_plan(Lowering *lowering, const SharedTree *tree, SharedPlan **plan,
                          Error *error) {
  for (uint32_t s = 0; s < lowering->shared_count; s++)
    if (lowering->shared[s].tree == tree) return *plan = lowering->shared[s].plan, STATUS_OK;
  const Logical *numbered = lowering->numbered;
  Lowered lowered;
  lowering->numbered = NULL;
  TRY(lower(lowering, tree->tree, &lowered, error));
  lowering->numbered = numbered;
  *plan = ARENA_NEW(lowering->arena, SharedPlan);
  (*plan)->id = tree->id;
  (*plan)->plan = plan_output(lowering, tree->tree, &lowered, NULL);
  lower_mark_unread(lowering, (*plan)->plan);
  assert(lowering->shared_count < SHARED_MAX);
  lowering->shared[lowering->shared_count].tree = tree;
  lowering->shared[lowering->shared_count++].plan = *plan;
  return STATUS_OK;
}

static Status lower_shared(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  SharedPlan *shared;
  TRY(shared_plan(lowering, node->shared.of, &shared, error));
  Plan *plan = plan_new(lowering, PLAN_SHARED, NULL, NULL, node->column_count);
  plan->shared.of = shared;
  bind_in_order(lowering, node, plan, out);
  return STATUS_OK;
}

Status lower(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  switch (node->kind) {
  case LOGICAL_SCAN:
    return lower_scan(lowering, node, out, error);
  case LOGICAL_VALUES:
    return lower_values(lowering, node, out);
  case LOGICAL_FILTER:
    return lower_filter(lowering, node, out, error);
  case LOGICAL_PROJECT:
    return lower_project(lowering, node, out, error);
  case LOGICAL_JOIN:
    return lower_join(lowering, node, out, error);
  case LOGICAL_AGGREGATE:
    return lower_aggregate(lowering, node, out, error);
  case LOGICAL_SORT:
    return lower_sort(lowering, node, -1, 0, out, error);
  case LOGICAL_LIMIT:
    return lower_limit(lowering, node, out, error);
  case LOGICAL_UNION:
  case LOGICAL_RECURSION:
    return lower_union(lowering, node, out, error);
  case LOGICAL_WORKING:
    return lower_working(lowering, node, out);
  case LOGICAL_SHARED:
    return lower_shared(lowering, node, out, error);
  case LOGICAL_WINDOW:
    return lower_window(lowering, node, out, error);
  case LOGICAL_SERIES:
    return lower_series(lowering, node, out, error);
  }
  return STATUS_OK;
}

Status logical_lower_rows(LogicalContext *context, const Logical *tree, const Root *root,
                          Plan **plan, const char **links, Error *error) {
  Lowering lowering = {.context = context, .arena = context->arena, .root = root};
  Lowered lowered;
  TRY(lower(&lowering, tree, &lowered, error));
  *plan = plan_output(&lowering, tree, &lowered, links);
  lower_mark_unread(&lowering, *plan);
  return STATUS_OK;
}

Status logical_lower(LogicalContext *context, const Logical *tree, const Root *root, Plan **plan,
                     Error *error) {
  return logical_lower_rows(context, tree, root, plan, NULL, error);
}
