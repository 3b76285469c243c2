// Projections, aggregates and windows.
#include "lowered.h"

static bool same_representation(const Expr *expr) {
  return expr->kind == EXPR_COLUMN;
}

Status lower_project(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered input;
  TRY(lower(lowering, node->inputs[0], &input, error));
  for (uint32_t c = 0; c < node->column_count; c++)
    if (!same_representation(node->project.exprs[c]))
      values_need(lowering, &input, node->project.exprs[c]);
  Plan *plan = plan_new(lowering, PLAN_PROJECT, input.plan, NULL, node->column_count);
  plan->project.exprs = ARENA_ARRAY(lowering->arena, Expr *, node->column_count);
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, node->column_count),
                   node->column_count};
  for (uint32_t c = 0; c < node->column_count; c++) {
    const Expr *expr = node->project.exprs[c];
    Binding binding = {node->columns[c].id, node->columns[c].name, c, NOWHERE, NULL};
    const Binding *from = expr->kind == EXPR_COLUMN ? binding_find(&input, expr->column) : NULL;
    plan->columns[c].name = node->columns[c].name;
    plan->columns[c].type = node->columns[c].type;
    if (from && from->value == NOWHERE) { // a foreign key passes as row numbers
      binding.rows = c;
      binding.value = NOWHERE;
      binding.link = from->link;
      plan->columns[c] = input.plan->columns[from->rows];
      plan->project.exprs[c] =
          expr_column(lowering->arena, from->rows, TYPE_OF_INT, expr->position);
    } else {
      plan->project.exprs[c] = expr_lower(lowering, &input, NULL, expr);
    }
    out->bindings[c] = binding;
  }
  return STATUS_OK;
}

// count and count(distinct) of a foreign key need no key, and a set is of row numbers.
static bool call_as_rows(const Lowered *input, const AggregateCall *call) {
  if (call->id == AGGREGATE_SET) return true;
  return (call->id == AGGREGATE_COUNT || call->id == AGGREGATE_COUNT_DISTINCT) && call->arg &&
         key_as_rows(input, call->arg);
}

static Status sets_check(const Lowered *input, const Logical *node, Error *error) {
  for (uint32_t a = 0; a < node->aggregate.call_count; a++) {
    const AggregateCall *call = &node->aggregate.calls[a];
    const Binding *binding = call->id == AGGREGATE_SET && call->arg->kind == EXPR_COLUMN
                                 ? binding_find(input, call->arg->column)
                                 : NULL;
    if (call->id == AGGREGATE_SET && (!binding || binding->rows == NOWHERE))
      return error_set(error, STATUS_INVALID, "a set is of a foreign key's row numbers");
  }
  return STATUS_OK;
}

// Fetches what a call reads; as_rows: but for its argument, of which the row number will do.
void call_need(Lowering *lowering, Lowered *input, AggregateCall call, bool as_rows) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(&call, places);
  for (uint32_t i = 0; i < count; i++)
    if (!as_rows || places[i] != &call.arg) values_need(lowering, input, *places[i]);
}

void call_lower(Lowering *lowering, const Lowered *input, AggregateCall *call, bool as_rows) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(call, places);
  for (uint32_t i = 0; i < count; i++)
    if (!as_rows || places[i] != &call->arg)
      *places[i] = expr_lower(lowering, input, NULL, *places[i]);
}

Status lower_aggregate(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered input;
  TRY(lower(lowering, node->inputs[0], &input, error));
  uint32_t keys = node->aggregate.key_count, calls = node->aggregate.call_count;
  TRY(sets_check(&input, node, error));
  for (uint32_t k = 0; k < keys; k++)
    if (node->aggregate.keys[k]->kind != EXPR_COLUMN)
      values_need(lowering, &input, node->aggregate.keys[k]);
  for (uint32_t a = 0; a < calls; a++) {
    const AggregateCall *call = &node->aggregate.calls[a];
    bool rows = call_as_rows(&input, call);
    call_need(lowering, &input, *call, rows);
  }
  Plan *plan = plan_new(lowering, PLAN_AGGREGATE, input.plan, NULL, node->column_count);
  plan->aggregate.keys = ARENA_ARRAY(lowering->arena, Expr *, keys);
  plan->aggregate.calls = ARENA_ARRAY(lowering->arena, AggregateCall, calls);
  plan->aggregate.key_count = keys;
  plan->aggregate.call_count = calls;
  plan->aggregate.sets = node->aggregate.sets;
  plan->aggregate.set_count = node->aggregate.set_count;
  plan->aggregate.has_grouping_id = node->aggregate.has_grouping_id;
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, node->column_count),
                   node->column_count};
  for (uint32_t c = 0; c < node->column_count; c++) {
    plan->columns[c].name = node->columns[c].name;
    plan->columns[c].type = node->columns[c].type;
    out->bindings[c] = (Binding){node->columns[c].id, node->columns[c].name, c, NOWHERE, NULL};
  }
  for (uint32_t k = 0; k < keys; k++) {
    const Expr *key = node->aggregate.keys[k];
    if (!key_as_rows(&input, key)) {
      plan->aggregate.keys[k] = expr_lower(lowering, &input, NULL, key);
      continue;
    }
    plan->aggregate.keys[k] = rows_expr(lowering, &input, key);
    plan->columns[k].type = TYPE_OF_INT;
    out->bindings[k].rows = k;
    out->bindings[k].value = NOWHERE;
    out->bindings[k].link = binding_find(&input, key->column)->link;
  }
  for (uint32_t a = 0; a < calls; a++) {
    AggregateCall *call = &plan->aggregate.calls[a];
    *call = node->aggregate.calls[a];
    bool rows = call_as_rows(&input, call);
    Expr *arg = rows ? rows_expr(lowering, &input, call->arg) : NULL;
    call_lower(lowering, &input, call, rows);
    if (rows) call->arg = arg;
  }
  return STATUS_OK;
}

static WindowCall window_call_lower(Lowering *lowering, const Lowered *input,
                                    const WindowCall *from) {
  WindowCall call = *from;
  call_lower(lowering, input, &call.aggregate, false);
  for (uint32_t i = 0; i < call.arg_count; i++)
    call.args[i] = expr_lower(lowering, input, NULL, call.args[i]);
  return call;
}

static void window_need(Lowering *lowering, Lowered *input, const Logical *node) {
  for (uint32_t k = 0; k < node->window.partition_count; k++)
    values_need(lowering, input, node->window.partition[k]);
  for (uint32_t k = 0; k < node->window.order_count; k++)
    values_need(lowering, input, node->window.order[k].expr);
  for (uint32_t c = 0; c < node->window.call_count; c++) {
    const WindowCall *call = &node->window.calls[c];
    call_need(lowering, input, call->aggregate, false);
    for (uint32_t i = 0; i < call->arg_count; i++) values_need(lowering, input, call->args[i]);
  }
}

Status lower_window(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered input;
  TRY(lower(lowering, node->inputs[0], &input, error));
  window_need(lowering, &input, node);
  uint32_t inputs = input.plan->column_count, calls = node->window.call_count;
  Plan *plan = plan_new(lowering, PLAN_WINDOW, input.plan, NULL, inputs + calls);
  memcpy(plan->columns, input.plan->columns, inputs * sizeof *plan->columns);
  plan->window.partition_count = node->window.partition_count;
  plan->window.order_count = node->window.order_count;
  plan->window.call_count = calls;
  plan->window.partition = ARENA_ARRAY(lowering->arena, Expr *, node->window.partition_count);
  plan->window.order = ARENA_ARRAY(lowering->arena, SortKey, node->window.order_count);
  plan->window.calls = ARENA_ARRAY(lowering->arena, WindowCall, calls);
  for (uint32_t k = 0; k < node->window.partition_count; k++)
    plan->window.partition[k] = expr_lower(lowering, &input, NULL, node->window.partition[k]);
  for (uint32_t k = 0; k < node->window.order_count; k++) {
    plan->window.order[k] = node->window.order[k];
    plan->window.order[k].expr = expr_lower(lowering, &input, NULL, node->window.order[k].expr);
  }
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, input.count + calls),
                   input.count + calls};
  memcpy(out->bindings, input.bindings, input.count * sizeof *out->bindings);
  for (uint32_t c = 0; c < calls; c++) {
    const LogicalColumn *column = &node->columns[node->column_count - calls + c];
    plan->window.calls[c] = window_call_lower(lowering, &input, &node->window.calls[c]);
    plan->columns[inputs + c].name = column->name;
    plan->columns[inputs + c].type = column->type;
    out->bindings[input.count + c] = (Binding){column->id, column->name, inputs + c, NOWHERE, NULL};
  }
  return STATUS_OK;
}
