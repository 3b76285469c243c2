// See lowered.h.
#include "lowered.h"
#include <assert.h>

Plan *plan_new(Lowering *lowering, PlanKind kind, Plan *left, Plan *right, uint32_t column_count) {
  Plan *plan = ARENA_NEW(lowering->arena, Plan);
  plan->kind = kind;
  plan->inputs[0] = left;
  plan->inputs[1] = right;
  plan->columns = ARENA_ARRAY(lowering->arena, PlanColumn, column_count);
  plan->column_count = column_count;
  plan->id = lowering->next_plan++;
  for (uint32_t c = 0; c < column_count; c++) plan->columns[c] = (PlanColumn){.min = 1, .max = 0};
  return plan;
}

void plan_pass_columns(Plan *plan) {
  memcpy(plan->columns, plan->inputs[0]->columns, plan->column_count * sizeof *plan->columns);
}

Binding *binding_find(const Lowered *lowered, ColumnId id) {
  for (uint32_t b = 0; b < lowered->count; b++)
    if (lowered->bindings[b].id == id) return &lowered->bindings[b];
  return NULL;
}

PlanColumn column_known(const char *name, const Column *column) {
  return (PlanColumn){.name = name,
                      .type = column->type,
                      .min = column->min,
                      .max = column->max,
                      .dictionary = column->dictionary};
}

bool link_always_shown(const Plan *plan, uint32_t position, const Table *table) {
  while (plan->kind == PLAN_LINK || plan->kind == PLAN_FILTER) plan = plan->inputs[0];
  if (plan->kind != PLAN_SCAN || position >= plan->column_count) return false;
  const Column *column = plan->scan.table->columns[plan->scan.table_columns[position]];
  return column->min >= 1 && !column->null_count && table->row_count - table->shown_count <= 1;
}

// Adds a LINK that fetches `columns` of `table` by the row numbers at `position`.
Plan *plan_link(Lowering *lowering, Plan *input, uint32_t position, const Table *table,
                const uint32_t *columns, uint32_t count) {
  Plan *plan = plan_new(lowering, PLAN_LINK, input, NULL, input->column_count + count);
  memcpy(plan->columns, input->columns, input->column_count * sizeof *plan->columns);
  plan->link.position = position;
  plan->link.table = table;
  plan->link.fetch_count = count;
  plan->link.shown = link_always_shown(input, position, table);
  plan->link.table_columns = ARENA_ARRAY(lowering->arena, uint32_t, count);
  for (uint32_t c = 0; c < count; c++) {
    plan->link.table_columns[c] = columns[c];
    plan->columns[input->column_count + c] =
        column_known(table->schema->columns[columns[c]].name, table->columns[columns[c]]);
  }
  return plan;
}

// Makes the value of a column stand in the plan: a foreign key is fetched from its member.
void value_need(Lowering *lowering, Lowered *lowered, ColumnId id) {
  Binding *binding = binding_find(lowered, id);
  assert(binding);
  if (binding->value != NOWHERE) return;
  uint32_t key = (uint32_t)binding->link->schema->key;
  Plan *plan = plan_link(lowering, lowered->plan, binding->rows, binding->link, &key, 1);
  plan->link.keep_inferred = true;
  binding->value = lowered->plan->column_count;
  lowered->plan = plan;
}

bool asks_row(const Lowered *lowered, const Expr *expr) {
  bool asks = expr->kind == EXPR_IS_NULL || expr->kind == EXPR_IN_SET;
  if (!asks || expr->args[0]->kind != EXPR_COLUMN) return false;
  const Binding *binding = binding_find(lowered, expr->args[0]->column);
  if (!binding || binding->rows == NOWHERE) return false;
  return expr->kind == EXPR_IS_NULL || expr->set->table == binding->link;
}

void values_need(Lowering *lowering, Lowered *lowered, const Expr *expr) {
  if (!expr || asks_row(lowered, expr)) return;
  if (expr->kind == EXPR_COLUMN && binding_find(lowered, expr->column))
    value_need(lowering, lowered, expr->column);
  for (uint32_t i = 0; i < expr->arg_count; i++) values_need(lowering, lowered, expr->args[i]);
}

typedef struct Positions {
  Lowering *lowering;
  const Lowered *left, *right; // right: after left's columns; may be NULL
} Positions;

static const Binding *position_find(const Positions *positions, ColumnId id, uint32_t *offset) {
  const Binding *binding = binding_find(positions->left, id);
  *offset = binding ? 0 : positions->left->plan->column_count;
  if (!binding) binding = binding_find(positions->right, id);
  assert(binding);
  return binding;
}

static Expr *position_of(const Positions *positions, const Expr *column) {
  uint32_t offset;
  const Binding *binding = position_find(positions, column->column, &offset);
  bool rows = binding->value == NOWHERE; // see asks_row
  return expr_column(positions->lowering->arena, offset + (rows ? binding->rows : binding->value),
                     rows ? TYPE_OF_INT : column->type, column->position);
}

// A foreign key in a set, by its row number even where its value stands too; NULL: it is none.
static Expr *member_in_set(const Positions *positions, const Expr *expr) {
  if (!asks_row(positions->left, expr) && !(positions->right && asks_row(positions->right, expr)))
    return NULL;
  uint32_t offset;
  const Expr *column = expr->args[0];
  const Binding *binding = position_find(positions, column->column, &offset);
  Arena *arena = positions->lowering->arena;
  Expr *row = expr_column(arena, offset + binding->rows, TYPE_OF_INT, column->position);
  return expr_in_set(arena, row, expr->set, true, expr->position);
}

static Expr *map_node(void *context, const Expr *expr) {
  const Positions *positions = context;
  if (expr->kind == EXPR_COLUMN) return position_of(positions, expr);
  return expr->kind == EXPR_IN_SET ? member_in_set(positions, expr) : NULL;
}

// The expression over positions of left (and right); its values must stand there.
Expr *expr_lower(Lowering *lowering, const Lowered *left, const Lowered *right, const Expr *expr) {
  if (!expr) return NULL;
  Positions positions = {lowering, left, right};
  return expr_map(lowering->arena, expr, map_node, &positions);
}

// The same for one input, fetching what is not there yet.
Expr *expr_need(Lowering *lowering, Lowered *lowered, const Expr *expr) {
  values_need(lowering, lowered, expr);
  return expr_lower(lowering, lowered, NULL, expr);
}

bool key_as_rows(const Lowered *input, const Expr *key) {
  const Binding *binding = key->kind == EXPR_COLUMN ? binding_find(input, key->column) : NULL;
  return binding && binding->value == NOWHERE;
}

Expr *rows_expr(Lowering *lowering, const Lowered *input, const Expr *key) {
  return expr_column(lowering->arena, binding_find(input, key->column)->rows, TYPE_OF_INT,
                     key->position);
}
