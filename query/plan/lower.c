// See lower.h. `Lowered` is a plan under construction and where each logical column stands in it.
#include "lower.h"
#include "optimize.h"
#include <assert.h>

#define NOWHERE UINT32_MAX

typedef struct Binding {
  ColumnId id;
  const char *name;
  uint32_t value;    // position of the value, or NOWHERE
  uint32_t rows;     // position of the member's row number, or NOWHERE
  const Table *link; // what `rows` numbers rows of
} Binding;

typedef struct Lowered {
  Plan *plan;
  Binding *bindings;
  uint32_t count;
} Lowered;

typedef struct Lowering {
  LogicalContext *context;
  Arena *arena;
  const Root *root;
  uint32_t next_plan;
} Lowering;

static Status lower(Lowering *lowering, const Logical *node, Lowered *out, Error *error);

// ---------------------------------------------------------------- helpers

static Plan *plan_new(Lowering *lowering, PlanKind kind, Plan *left, Plan *right,
                      uint32_t column_count) {
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

static void plan_pass_columns(Plan *plan) {
  memcpy(plan->columns, plan->inputs[0]->columns, plan->column_count * sizeof *plan->columns);
}

static Binding *binding_find(const Lowered *lowered, ColumnId id) {
  for (uint32_t b = 0; b < lowered->count; b++)
    if (lowered->bindings[b].id == id) return &lowered->bindings[b];
  return NULL;
}

static PlanColumn column_known(const char *name, const Column *column) {
  return (PlanColumn){.name = name,
                      .type = column->type,
                      .min = column->min,
                      .max = column->max,
                      .dictionary = column->dictionary};
}

// Adds a LINK that fetches `columns` of `table` by the row numbers at `position`.
static Plan *plan_link(Lowering *lowering, Plan *input, uint32_t position, const Table *table,
                       const uint32_t *columns, uint32_t count) {
  Plan *plan = plan_new(lowering, PLAN_LINK, input, NULL, input->column_count + count);
  memcpy(plan->columns, input->columns, input->column_count * sizeof *plan->columns);
  plan->link.position = position;
  plan->link.table = table;
  plan->link.fetch_count = count;
  plan->link.table_columns = ARENA_ARRAY(lowering->arena, uint32_t, count);
  for (uint32_t c = 0; c < count; c++) {
    plan->link.table_columns[c] = columns[c];
    plan->columns[input->column_count + c] =
        column_known(table->schema->columns[columns[c]].name, table->columns[columns[c]]);
  }
  return plan;
}

// Makes the value of a column stand in the plan: a foreign key is fetched from its member.
static void value_need(Lowering *lowering, Lowered *lowered, ColumnId id) {
  Binding *binding = binding_find(lowered, id);
  assert(binding);
  if (binding->value != NOWHERE) return;
  uint32_t key = (uint32_t)binding->link->schema->key;
  Plan *plan = plan_link(lowering, lowered->plan, binding->rows, binding->link, &key, 1);
  plan->link.keep_inferred = true;
  binding->value = lowered->plan->column_count;
  lowered->plan = plan;
}

// Whether expr asks only if a foreign key is there: its row number tells that as well.
static bool asks_presence(const Lowered *lowered, const Expr *expr) {
  if (expr->kind != EXPR_IS_NULL || expr->args[0]->kind != EXPR_COLUMN) return false;
  const Binding *binding = binding_find(lowered, expr->args[0]->column);
  return binding && binding->rows != NOWHERE;
}

static void values_need(Lowering *lowering, Lowered *lowered, const Expr *expr) {
  if (!expr || asks_presence(lowered, expr)) return;
  if (expr->kind == EXPR_COLUMN && binding_find(lowered, expr->column))
    value_need(lowering, lowered, expr->column);
  for (uint32_t i = 0; i < expr->arg_count; i++) values_need(lowering, lowered, expr->args[i]);
}

typedef struct Positions {
  Lowering *lowering;
  const Lowered *left, *right; // right: after left's columns; may be NULL
} Positions;

static Expr *position_of(void *context, const Expr *column) {
  Positions *positions = context;
  uint32_t offset = 0;
  const Binding *binding = binding_find(positions->left, column->column);
  if (!binding) {
    offset = positions->left->plan->column_count;
    binding = binding_find(positions->right, column->column);
  }
  assert(binding);
  bool rows = binding->value == NOWHERE; // see asks_presence
  return expr_column(positions->lowering->arena, offset + (rows ? binding->rows : binding->value),
                     rows ? TYPE_OF_INT : column->type, column->position);
}

// The expression over positions of left (and right); its values must stand there.
static Expr *expr_lower(Lowering *lowering, const Lowered *left, const Lowered *right,
                        const Expr *expr) {
  if (!expr) return NULL;
  Positions positions = {lowering, left, right};
  return expr_map_columns(lowering->arena, expr, position_of, &positions);
}

// The same for one input, fetching what is not there yet.
static Expr *expr_need(Lowering *lowering, Lowered *lowered, const Expr *expr) {
  values_need(lowering, lowered, expr);
  return expr_lower(lowering, lowered, NULL, expr);
}

// ---------------------------------------------------------------- scan, filter

static Status lower_scan(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  const Table *table = root_find(lowering->root, node->scan.table);
  if (!table)
    return error_set(error, STATUS_NOT_FOUND, "table \"%s\" does not exist", node->scan.table);
  Plan *plan = plan_new(lowering, PLAN_SCAN, NULL, NULL, node->column_count);
  plan->scan.table = table;
  plan->scan.table_columns = ARENA_ARRAY(lowering->arena, uint32_t, node->column_count);
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, node->column_count),
                   node->column_count};
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
static bool reads_scanned_values(const Lowered *lowered, const Expr *expr) {
  if (asks_presence(lowered, expr)) return true;
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

static void scan_add_predicate(Lowering *lowering, Plan *scan, Expr *predicate) {
  scan->scan.predicate = expr_and(lowering->arena, scan->scan.predicate, predicate);
}

static Plan *plan_filter(Lowering *lowering, Plan *input, Expr *predicate) {
  Plan *plan = plan_new(lowering, PLAN_FILTER, input, NULL, input->column_count);
  plan_pass_columns(plan);
  plan->filter.predicate = predicate;
  return plan;
}

static Status lower_filter(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  TRY(lower(lowering, node->inputs[0], out, error));
  Expr **conjuncts, *rest = NULL;
  uint32_t count = expr_conjuncts(lowering->arena, node->filter.predicate, &conjuncts);
  for (uint32_t i = 0; i < count; i++) {
    bool scan = out->plan->kind == PLAN_SCAN;
    Expr *by_row = scan ? key_equals_row(lowering, out, conjuncts[i]) : NULL;
    if (by_row)
      scan_add_predicate(lowering, out->plan, by_row);
    else if (scan && reads_scanned_values(out, conjuncts[i]))
      scan_add_predicate(lowering, out->plan, expr_lower(lowering, out, NULL, conjuncts[i]));
    else
      rest = expr_and(lowering->arena, rest, conjuncts[i]);
  }
  if (!rest) return STATUS_OK;
  Expr *predicate = expr_need(lowering, out, rest);
  out->plan = plan_filter(lowering, out->plan, predicate);
  return STATUS_OK;
}

// ---------------------------------------------------------------- project, aggregate

static bool same_representation(const Expr *expr) {
  return expr->kind == EXPR_COLUMN;
}

static Status lower_project(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
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

// A key that is a foreign key groups by row numbers; NOWHERE value means so.
static bool key_as_rows(const Lowered *input, const Expr *key) {
  const Binding *binding = key->kind == EXPR_COLUMN ? binding_find(input, key->column) : NULL;
  return binding && binding->value == NOWHERE;
}

// count and count(distinct) of a foreign key need no key.
static bool call_as_rows(const Lowered *input, const AggregateCall *call) {
  return (call->id == AGGREGATE_COUNT || call->id == AGGREGATE_COUNT_DISTINCT) && call->arg &&
         key_as_rows(input, call->arg);
}

static Expr *rows_expr(Lowering *lowering, const Lowered *input, const Expr *key) {
  return expr_column(lowering->arena, binding_find(input, key->column)->rows, TYPE_OF_INT,
                     key->position);
}

// Fetches what a call reads; as_rows: but for its argument, of which the row number will do.
static void call_need(Lowering *lowering, Lowered *input, AggregateCall call, bool as_rows) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(&call, places);
  for (uint32_t i = 0; i < count; i++)
    if (!as_rows || places[i] != &call.arg) values_need(lowering, input, *places[i]);
}

static void call_lower(Lowering *lowering, const Lowered *input, AggregateCall *call,
                       bool as_rows) {
  Expr **places[AGGREGATE_EXPRS_MAX];
  uint32_t count = aggregate_call_exprs(call, places);
  for (uint32_t i = 0; i < count; i++)
    if (!as_rows || places[i] != &call->arg)
      *places[i] = expr_lower(lowering, input, NULL, *places[i]);
}

static Status lower_aggregate(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered input;
  TRY(lower(lowering, node->inputs[0], &input, error));
  uint32_t keys = node->aggregate.key_count, calls = node->aggregate.call_count;
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

// ---------------------------------------------------------------- join

// A right side that is a bare scan of a table, maybe filtered: what a link can fetch from.
static const Logical *link_scan(const Logical *right, Expr **predicate) {
  *predicate = NULL;
  if (right->kind == LOGICAL_FILTER) {
    *predicate = right->filter.predicate;
    right = right->inputs[0];
  }
  return right->kind == LOGICAL_SCAN ? right : NULL;
}

// If `condition` is "foreign key = key of the scanned table" alone, the binding of the foreign key.
static const Binding *link_binding(const Lowering *lowering, const Lowered *left,
                                   const Logical *scan, const Expr *condition) {
  if (!condition || condition->kind != EXPR_CALL || condition->function != FUNCTION_EQUAL)
    return NULL;
  const Table *table = root_find(lowering->root, scan->scan.table);
  if (!table || table->schema->key < 0) return NULL;
  for (int side = 0; side < 2; side++) {
    const Expr *a = condition->args[side], *b = condition->args[1 - side];
    if (a->kind != EXPR_COLUMN || b->kind != EXPR_COLUMN) return NULL;
    const Binding *binding = binding_find(left, a->column);
    if (!binding || binding->rows == NOWHERE || binding->link != table) continue;
    for (uint32_t c = 0; c < scan->column_count; c++)
      if (scan->columns[c].id == b->column &&
          schema_find(table->schema, scan->scan.names[c]) == table->schema->key)
        return binding;
  }
  return NULL;
}

typedef struct KeyRead {
  ColumnId key;
  bool read;
} KeyRead;

static void key_read_visit(void *context, const Expr *column) {
  KeyRead *key = context;
  key->read |= key->key == column->column;
}

// Whether the member's key can be told from the row number, like the foreign key's own value: not
// where a left join must give NULL for members that exist but are not shown.
static bool key_is_alias(const Logical *join, const Table *table, ColumnId key,
                         const Expr *filter) {
  KeyRead read = {key, false};
  if (filter) expr_visit_columns(filter, key_read_visit, &read);
  bool all_shown = table->row_count - table->shown_count <= 1; // but for row 0
  return !read.read && (join->join.kind == JOIN_INNER || all_shown);
}

// The scan without the member's key, which then is an alias of the foreign key.
static const Logical *scan_without_key(Lowering *lowering, const Logical *scan, const Table *table,
                                       const Logical *join, const Expr *filter, ColumnId *alias) {
  *alias = 0;
  Logical *copy = ARENA_NEW(lowering->arena, Logical);
  *copy = *scan;
  copy->columns = ARENA_ARRAY(lowering->arena, LogicalColumn, scan->column_count);
  copy->scan.names = ARENA_ARRAY(lowering->arena, const char *, scan->column_count);
  copy->column_count = 0;
  for (uint32_t c = 0; c < scan->column_count; c++) {
    bool key = schema_find(table->schema, scan->scan.names[c]) == table->schema->key;
    if (key && key_is_alias(join, table, scan->columns[c].id, filter)) {
      *alias = scan->columns[c].id;
      continue;
    }
    copy->scan.names[copy->column_count] = scan->scan.names[c];
    copy->columns[copy->column_count++] = scan->columns[c];
  }
  return copy;
}

// The bindings of a link's fetched columns, at their positions after the input's.
static void link_bind(Lowering *lowering, const Logical *scan, const Table *table, uint32_t first,
                      Lowered *out) {
  for (uint32_t c = 0; c < scan->column_count; c++) {
    int32_t index = schema_find(table->schema, scan->scan.names[c]);
    const char *link = table->schema->columns[index].link;
    const Table *target = link ? root_find(lowering->root, link) : NULL;
    bool foreign = target && target->schema->key >= 0;
    out->bindings[out->count++] =
        (Binding){scan->columns[c].id, scan->columns[c].name, foreign ? NOWHERE : first + c,
                  foreign ? first + c : NOWHERE, foreign ? target : NULL};
  }
}

// The predicate over members, by position among the fetched columns. NULL: it reads a foreign key's
// value, which is not there.
static Expr *link_predicate(Lowering *lowering, const Lowered *members, const Expr *predicate) {
  return reads_scanned_values(members, predicate) ? expr_lower(lowering, members, NULL, predicate)
                                                  : NULL;
}

// Whether every row's link at the position leads to a member that is shown: the values are a
// scanned column's own, none of them 0, and the table hides none but row 0.
static bool link_always_shown(const Plan *plan, uint32_t position, const Table *table) {
  while (plan->kind == PLAN_LINK || plan->kind == PLAN_FILTER) plan = plan->inputs[0];
  return plan->kind == PLAN_SCAN && position < plan->column_count &&
         plan->columns[position].min >= 1 && table->row_count - table->shown_count <= 1;
}

static bool lower_link(Lowering *lowering, const Logical *node, Lowered *left, Lowered *out) {
  if (node->join.kind != JOIN_INNER && node->join.kind != JOIN_LEFT) return false;
  Expr *filter, *predicate = NULL;
  const Logical *scan = link_scan(node->inputs[1], &filter);
  if (!scan || (filter && node->join.kind == JOIN_LEFT)) return false;
  const Binding *foreign = link_binding(lowering, left, scan, node->join.condition);
  if (!foreign) return false;
  const Table *table = foreign->link;
  ColumnId alias;
  scan = scan_without_key(lowering, scan, table, node, filter, &alias);
  uint32_t *columns = ARENA_ARRAY(lowering->arena, uint32_t, scan->column_count);
  for (uint32_t c = 0; c < scan->column_count; c++)
    columns[c] = (uint32_t)schema_find(table->schema, scan->scan.names[c]);
  if (filter) {
    Lowered members = {ARENA_NEW(lowering->arena, Plan),
                       ARENA_ARRAY(lowering->arena, Binding, scan->column_count), 0};
    link_bind(lowering, scan, table, 0, &members);
    predicate = link_predicate(lowering, &members, filter);
    if (!predicate) return false;
  }
  uint32_t first = left->plan->column_count;
  bool inner = node->join.kind == JOIN_INNER;
  Plan *plan = left->plan;
  // A link that fetches nothing and drops no row is no step at all.
  if (scan->column_count || predicate ||
      (inner && !link_always_shown(plan, foreign->rows, table))) {
    plan = plan_link(lowering, plan, foreign->rows, table, columns, scan->column_count);
    plan->link.inner = inner;
    plan->link.predicate = predicate;
  }
  *out =
      (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, left->count + scan->column_count + 1),
                left->count};
  memcpy(out->bindings, left->bindings, left->count * sizeof *out->bindings);
  if (alias) out->bindings[out->count++] = (Binding){alias, NULL, NOWHERE, foreign->rows, table};
  link_bind(lowering, scan, table, first, out);
  return true;
}

// "left expression = right expression" of a hash join; false: some other condition.
static bool equality_sides(const Expr *expr, const Logical *left, const Logical *right,
                           const Expr **left_key, const Expr **right_key) {
  if (expr->kind != EXPR_CALL ||
      (expr->function != FUNCTION_EQUAL && expr->function != FUNCTION_NOT_DISTINCT))
    return false;
  for (int side = 0; side < 2; side++) {
    const Expr *a = expr->args[side], *b = expr->args[1 - side];
    if (a->kind == EXPR_CONSTANT || b->kind == EXPR_CONSTANT) return false;
    if (expr_reads_only(a, left) && expr_reads_only(b, right)) {
      *left_key = a;
      *right_key = b;
      return true;
    }
  }
  return false;
}

static Status lower_join(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Lowered left, right;
  TRY(lower(lowering, node->inputs[0], &left, error));
  if (lower_link(lowering, node, &left, out)) return STATUS_OK;
  TRY(lower(lowering, node->inputs[1], &right, error));
  Expr **conjuncts;
  uint32_t count = expr_conjuncts(lowering->arena, node->join.condition, &conjuncts);
  for (uint32_t i = 0; i < count; i++) {
    values_need(lowering, &left, conjuncts[i]);
    values_need(lowering, &right, conjuncts[i]);
  }
  bool mark = node->join.kind == JOIN_MARK;
  bool one_side = node->join.kind == JOIN_SEMI || node->join.kind == JOIN_ANTI || mark;
  uint32_t lefts = left.plan->column_count, rights = right.plan->column_count;
  Plan *plan = plan_new(lowering, PLAN_JOIN, left.plan, right.plan, lefts + rights + mark);
  if (mark)
    plan->columns[lefts + rights] =
        (PlanColumn){.name = "mark", .type = TYPE_OF_BOOL, .min = 0, .max = 1};
  memcpy(plan->columns, left.plan->columns, lefts * sizeof *plan->columns);
  memcpy(plan->columns + lefts, right.plan->columns, rights * sizeof *plan->columns);
  plan->join.kind = node->join.kind;
  plan->join.null_safe = node->join.null_safe;
  plan->join.left_keys = ARENA_ARRAY(lowering->arena, Expr *, count);
  plan->join.right_keys = ARENA_ARRAY(lowering->arena, Expr *, count);
  // NULL-safe and plain equalities cannot share one hash table: the others wait in the residual.
  for (uint32_t i = 0; i < count; i++)
    if (conjuncts[i]->kind == EXPR_CALL && conjuncts[i]->function == FUNCTION_NOT_DISTINCT)
      plan->join.null_safe = true;
  for (uint32_t i = 0; i < count; i++) {
    const Expr *a, *b;
    bool safe = node->join.null_safe || (conjuncts[i]->kind == EXPR_CALL &&
                                         conjuncts[i]->function == FUNCTION_NOT_DISTINCT);
    if (safe == plan->join.null_safe &&
        equality_sides(conjuncts[i], node->inputs[0], node->inputs[1], &a, &b)) {
      plan->join.left_keys[plan->join.key_count] = expr_lower(lowering, &left, NULL, a);
      plan->join.right_keys[plan->join.key_count++] = expr_lower(lowering, &right, NULL, b);
    } else {
      plan->join.residual = expr_and(lowering->arena, plan->join.residual,
                                     expr_lower(lowering, &left, &right, conjuncts[i]));
    }
  }
  uint32_t bound = left.count + (one_side ? 0 : right.count);
  *out = (Lowered){plan, ARENA_ARRAY(lowering->arena, Binding, bound + mark), bound + mark};
  memcpy(out->bindings, left.bindings, left.count * sizeof *out->bindings);
  if (mark) {
    const LogicalColumn *column = &node->columns[node->column_count - 1];
    out->bindings[bound] = (Binding){column->id, column->name, lefts + rights, NOWHERE, NULL};
  }
  for (uint32_t b = left.count; b < bound; b++) {
    out->bindings[b] = right.bindings[b - left.count];
    if (out->bindings[b].value != NOWHERE) out->bindings[b].value += lefts;
    if (out->bindings[b].rows != NOWHERE) out->bindings[b].rows += lefts;
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- sort, limit, values, union

static Status lower_sort(Lowering *lowering, const Logical *node, int64_t limit, Lowered *out,
                         Error *error) {
  TRY(lower(lowering, node->inputs[0], out, error));
  for (uint32_t k = 0; k < node->sort.key_count; k++)
    values_need(lowering, out, node->sort.keys[k].expr);
  Plan *plan = plan_new(lowering, PLAN_SORT, out->plan, NULL, out->plan->column_count);
  plan_pass_columns(plan);
  plan->sort.keys = ARENA_ARRAY(lowering->arena, SortKey, node->sort.key_count);
  plan->sort.key_count = node->sort.key_count;
  plan->sort.limit = limit;
  for (uint32_t k = 0; k < node->sort.key_count; k++) {
    plan->sort.keys[k] = node->sort.keys[k];
    plan->sort.keys[k].expr = expr_lower(lowering, out, NULL, node->sort.keys[k].expr);
  }
  out->plan = plan;
  return STATUS_OK;
}

static Status lower_limit(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  int64_t rows = -1;
  if (node->limit.limit >= 0 &&
      __builtin_add_overflow(node->limit.limit, node->limit.offset, &rows))
    rows = -1;
  // A limit above a sort, maybe through a projection, is a top N.
  const Logical *input = node->inputs[0];
  if (input->kind == LOGICAL_SORT)
    TRY(lower_sort(lowering, input, rows, out, error));
  else
    TRY(lower(lowering, input, out, error));
  Plan *plan = plan_new(lowering, PLAN_LIMIT, out->plan, NULL, out->plan->column_count);
  plan_pass_columns(plan);
  plan->limit.limit = node->limit.limit;
  plan->limit.offset = node->limit.offset;
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

static Status lower_series(Lowering *lowering, const Logical *node, Lowered *out) {
  Plan *plan = plan_new(lowering, PLAN_SERIES, NULL, NULL, 1);
  plan->series.start = node->series.start;
  plan->series.stop = node->series.stop;
  plan->series.step = node->series.step;
  bind_in_order(lowering, node, plan, out);
  return STATUS_OK;
}

static Status lower_union(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
  Plan *inputs[2];
  for (int i = 0; i < 2; i++) {
    Lowered input;
    TRY(lower(lowering, node->inputs[i], &input, error));
    inputs[i] = plan_output(lowering, node->inputs[i], &input, NULL);
  }
  Plan *plan = plan_new(lowering, PLAN_UNION, inputs[0], inputs[1], node->column_count);
  bind_in_order(lowering, node, plan, out);
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

static Status lower_window(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
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

static Status lower(Lowering *lowering, const Logical *node, Lowered *out, Error *error) {
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
    return lower_sort(lowering, node, -1, out, error);
  case LOGICAL_LIMIT:
    return lower_limit(lowering, node, out, error);
  case LOGICAL_UNION:
    return lower_union(lowering, node, out, error);
  case LOGICAL_WINDOW:
    return lower_window(lowering, node, out, error);
  case LOGICAL_SERIES:
    return lower_series(lowering, node, out);
  }
  return STATUS_OK;
}

Status logical_lower_rows(LogicalContext *context, const Logical *tree, const Root *root,
                          Plan **plan, const char **links, Error *error) {
  Lowering lowering = {context, context->arena, root, 0};
  Lowered lowered;
  TRY(lower(&lowering, tree, &lowered, error));
  *plan = plan_output(&lowering, tree, &lowered, links);
  return STATUS_OK;
}

Status logical_lower(LogicalContext *context, const Logical *tree, const Root *root, Plan **plan,
                     Error *error) {
  return logical_lower_rows(context, tree, root, plan, NULL, error);
}
