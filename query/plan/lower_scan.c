// Scans, and filters in and above them.
#include "lowered.h"

Status lower_scan(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  const Table *table = root_find(lowering->root, node->scan.table);
  if (!table)
    return error_set(error, STATUS_NOT_FOUND, "table \"%s\" does not exist", node->scan.table);
  bool numbered = lowering->numbered == node;
  const Table *whole = table;
  if (node->scan.projection && !numbered) table = whole->projections[node->scan.projection - 1];
  uint32_t count = node->column_count + numbered;
  Plan *plan = plan_new(lowering, PLAN_SCAN, NULL, NULL, count);
  plan->scan.table = table;
  if (table != whole) {
    plan->scan.of = whole;
    plan->scan.order = node->scan.order;
  }
  plan->scan.table_columns = ARENA_ARRAY(lowering->arena, uint32_t, count);
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, count), count};
  if (numbered) {
    uint32_t last = node->column_count;
    plan->scan.table_columns[last] = SCAN_ROW_NUMBER;
    plan->columns[last] = (PlanColumn){
        .name = "row number", .type = TYPE_OF_INT, .min = 0, .max = (int64_t)table->row_count};
    out->bindings[last] = (Binding){ROW_NUMBER_ID, "row number", NOWHERE, last, table};
  }
  for (uint32_t c = 0; c < node->column_count; c++) {
    int32_t index = schema_find(table->schema, node->scan.names[c]);
    if (index < 0)
      return error_set(error, STATUS_NOT_FOUND, "column \"%s\" of table \"%s\" does not exist",
                       node->scan.names[c], node->scan.table);
    const ColumnSchema *schema = &table->schema->columns[index];
    plan->scan.table_columns[c] = (uint32_t)index;
    plan->columns[c] = column_known(node->columns[c].name, table->columns[index]);
    Binding binding = {node->columns[c].id, node->columns[c].name, c, NOWHERE, NULL};
    const Table *link = schema->link ? root_find(lowering->root, schema->link) : NULL;
    if (link && link->schema->key >= 0) {
      binding.rows = c;
      binding.value = NOWHERE;
      binding.link = link;
    }
    out->bindings[c] = binding;
  }
  return STATUS_OK;
}

// Whether the plan's output rows are the scan's own: then a predicate can run inside it.
bool reads_scanned_values(const Lowered *lowered, const Expr *expr) {
  if (asks_row(lowered, expr)) return true;
  if (expr->kind == EXPR_COLUMN) {
    const Binding *binding = binding_find(lowered, expr->column);
    return binding && binding->value != NOWHERE;
  }
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (!reads_scanned_values(lowered, expr->args[i])) return false;
  return true;
}

// A foreign key compared with a constant: the member's row number instead of its key.
static Expr *key_equals_row(Lowering *lowering, const Lowered *lowered, const Expr *expr) {
  if (expr->kind != EXPR_CALL || expr->function != FUNCTION_EQUAL) return NULL;
  const Expr *column = expr->args[0], *constant = expr->args[1];
  if (column->kind != EXPR_COLUMN) {
    column = expr->args[1];
    constant = expr->args[0];
  }
  if (column->kind != EXPR_COLUMN || constant->kind != EXPR_CONSTANT || constant->value.is_null)
    return NULL;
  const Binding *binding = binding_find(lowered, column->column);
  if (!binding || binding->value != NOWHERE || !binding->link) return NULL;
  uint32_t row = column->type.kind == TYPE_STRING
                     ? table_find_text(binding->link, constant->value.s)
                     : table_find_int(binding->link, constant->value.i);
  // Row 0 is in no key: an unknown key finds nothing.
  Expr *args[] = {expr_column(lowering->arena, binding->rows, TYPE_OF_INT, column->position),
                  expr_int(lowering->arena, row ? (int64_t)row : -1)};
  return expr_call(lowering->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, args, 2, expr->position);
}

// A conjunct "key [not] in a set", of the scanned table's own key or of a link: a test of row
// numbers that the scan does by itself. false: it is something else.
static bool scan_set(Lowering *lowering, const Lowered *lowered, const Expr *expr) {
  Plan *scan = lowered->plan;
  bool negated = expr->kind == EXPR_NOT;
  if (negated) expr = expr->args[0];
  if (expr->kind != EXPR_IN_SET || expr->args[0]->kind != EXPR_COLUMN) return false;
  const Binding *binding = binding_find(lowered, expr->args[0]->column);
  if (!binding) return false;
  const Table *table = scan->scan.table, *asked = expr->set->table;
  ScanSet set = {expr->set, binding->rows, negated};
  if (binding->rows == NOWHERE) {
    set.tested = ROWSET_OWN_ROW;
    if (table != asked || (int32_t)scan->scan.table_columns[binding->value] != table->schema->key)
      return false;
  } else if (binding->link != asked) {
    return false;
  }
  uint32_t count = scan->scan.set_count;
  ScanSet *sets = ARENA_ARRAY(lowering->arena, ScanSet, count + 1);
  if (count) memcpy(sets, scan->scan.sets, count * sizeof *sets);
  sets[count] = set;
  scan->scan.sets = sets;
  scan->scan.set_count++;
  return true;
}

static Plan *plan_filter(Lowering *lowering, Plan *input, Expr *predicate) {
  Plan *plan = plan_new(lowering, PLAN_FILTER, input, NULL, input->column_count);
  plan_pass_columns(plan);
  plan->filter.predicate = predicate;
  return plan;
}

Status lower_filter(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  TRY(lower(lowering, node->inputs[0], out, error));
  Expr **conjuncts;
  uint32_t count = expr_conjuncts(lowering->arena, node->filter.predicate, &conjuncts);
  // Of the scan: after those that it has. The rest, in place.
  Expr **scanned = ARENA_ARRAY(lowering->arena, Expr *, count + 1);
  uint32_t scanned_count = 0, rest_count = 0;
  Plan *scan = out->plan->kind == PLAN_SCAN ? out->plan : NULL;
  if (scan) scanned[scanned_count++] = scan->scan.predicate;
  for (uint32_t i = 0; i < count; i++) {
    if (scan && scan_set(lowering, out, conjuncts[i])) continue;
    Expr *by_row = scan ? key_equals_row(lowering, out, conjuncts[i]) : NULL;
    if (by_row)
      scanned[scanned_count++] = by_row;
    else if (scan && reads_scanned_values(out, conjuncts[i]))
      scanned[scanned_count++] = expr_lower(lowering, out, NULL, conjuncts[i]);
    else
      conjuncts[rest_count++] = conjuncts[i];
  }
  if (scan) scan->scan.predicate = expr_and_all(lowering->arena, scanned, scanned_count);
  if (!rest_count) return STATUS_OK;
  Expr *rest = expr_and_all(lowering->arena, conjuncts, rest_count);
  Expr *predicate = expr_need(lowering, out, rest);
  out->plan = plan_filter(lowering, out->plan, predicate);
  return STATUS_OK;
}
