// See plan_print.h. One node a line: what it does, then what it did.
#include "plan_print.h"

static const char *column_name(void *context, uint32_t position) {
  const Plan *input = context;
  return position < input->column_count && input->columns[position].name
             ? input->columns[position].name
             : "?";
}

static void print_expr(const Expr *expr, const Plan *input, Buffer *out) {
  expr_print(expr, column_name, (void *)input, out);
}

static void print_scan(const Plan *plan, Buffer *out) {
  const ColumnSchema *columns = plan->scan.table->schema->columns;
  buffer_printf(out, "Scan %s%s%s (", plan->scan.table->schema->name,
                plan->scan.order ? " in the order of " : "",
                plan->scan.order ? plan->scan.order : "");
  for (uint32_t c = 0; c < plan->column_count; c++) {
    uint32_t column = plan->scan.table_columns[c];
    buffer_printf(out, "%s%s", c ? ", " : "",
                  column == SCAN_ROW_NUMBER ? "row number" : columns[column].name);
  }
  buffer_append_text(out, ")");
  for (uint32_t s = 0; s < plan->scan.set_count; s++) {
    const ScanSet *set = &plan->scan.sets[s];
    bool own = set->tested == ROWSET_OWN_ROW;
    buffer_printf(out, "%s%s %sin %s", s ? ", " : " rows whose ",
                  own ? "key" : column_name((void *)plan, set->tested), set->negated ? "not " : "",
                  set->set->name);
  }
  if (!plan->scan.predicate) return;
  buffer_append_text(out, " where ");
  print_expr(plan->scan.predicate, plan, out);
}

static void print_link(const Plan *plan, Buffer *out) {
  const Plan *input = plan->inputs[0];
  buffer_printf(out, "Link %s -> %s (", column_name((void *)input, plan->link.position),
                plan->link.table->schema->name);
  for (uint32_t c = 0, shown = 0; c < plan->link.fetch_count; c++) {
    if (plan->unread && plan->unread[input->column_count + c] && !plan->link.predicate) continue;
    buffer_printf(out, "%s%s", shown++ ? ", " : "",
                  plan->link.table->schema->columns[plan->link.table_columns[c]].name);
  }
  buffer_printf(out, ")%s", plan->link.inner ? "" : " left");
  if (!plan->link.predicate) return;
  Plan fetched = *plan;
  fetched.columns += input->column_count;
  fetched.column_count = plan->link.fetch_count;
  buffer_append_text(out, " where ");
  print_expr(plan->link.predicate, &fetched, out);
}

static void print_aggregate(const Plan *plan, Buffer *out) {
  buffer_append_text(out, "Aggregate by (");
  for (uint32_t k = 0; k < plan->aggregate.key_count; k++) {
    if (k) buffer_append_text(out, ", ");
    print_expr(plan->aggregate.keys[k], plan->inputs[0], out);
  }
  buffer_append_text(out, ")");
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++) {
    const AggregateCall *call = &plan->aggregate.calls[a];
    buffer_printf(out, "%s %s", a ? "," : "", aggregate_name(call->id));
    if (call->arg) {
      buffer_append_text(out, "(");
      print_expr(call->arg, plan->inputs[0], out);
      buffer_append_text(out, ")");
    }
    if (call->filter) {
      buffer_append_text(out, " filter ");
      print_expr(call->filter, plan->inputs[0], out);
    }
  }
  if (plan->aggregate.set_count > 1)
    buffer_printf(out, " in %u grouping sets", plan->aggregate.set_count);
}

// Of both inputs in a row.
static const char *joined_column_name(void *context, uint32_t position) {
  const Plan *join = context;
  uint32_t lefts = join->inputs[0]->column_count;
  return position < lefts ? column_name(join->inputs[0], position)
                          : column_name(join->inputs[1], position - lefts);
}

static void print_join(const Plan *plan, Buffer *out) {
  static const char *const kinds[] = {"inner", "left", "right",  "full", "cross",
                                      "semi",  "anti", "single", "mark"};
  buffer_printf(out, "Join %s", kinds[plan->join.kind]);
  for (uint32_t k = 0; k < plan->join.key_count; k++) {
    buffer_append_text(out, k ? " and " : " on ");
    print_expr(plan->join.left_keys[k], plan->inputs[0], out);
    buffer_append_text(out, plan->join.null_safe ? " is not distinct from " : " = ");
    print_expr(plan->join.right_keys[k], plan->inputs[1], out);
  }
  if (!plan->join.residual) return;
  buffer_append_text(out, " where ");
  expr_print(plan->join.residual, joined_column_name, (void *)plan, out);
}

static void print_project(const Plan *plan, Buffer *out) {
  buffer_append_text(out, "Project ");
  for (uint32_t c = 0; c < plan->column_count; c++) {
    if (c) buffer_append_text(out, ", ");
    print_expr(plan->project.exprs[c], plan->inputs[0], out);
  }
}

static void print_sort(const Plan *plan, Buffer *out) {
  buffer_append_text(out, "Sort by ");
  for (uint32_t k = 0; k < plan->sort.key_count; k++) {
    if (k) buffer_append_text(out, ", ");
    print_expr(plan->sort.keys[k].expr, plan->inputs[0], out);
    if (plan->sort.keys[k].descending) buffer_append_text(out, " desc");
    if (plan->sort.keys[k].nulls_first) buffer_append_text(out, " nulls first");
  }
  if (plan->sort.limit >= 0) buffer_printf(out, ", top %lld", (long long)plan->sort.limit);
  if (plan->sort.offset)
    buffer_printf(out, ", without the first %lld", (long long)plan->sort.offset);
}

static void print_window(const Plan *plan, Buffer *out) {
  const Plan *input = plan->inputs[0];
  buffer_append_text(out, "Window");
  for (uint32_t k = 0; k < plan->window.partition_count; k++) {
    buffer_append_text(out, k ? ", " : " by ");
    print_expr(plan->window.partition[k], input, out);
  }
  for (uint32_t k = 0; k < plan->window.order_count; k++) {
    buffer_append_text(out, k ? ", " : " order ");
    print_expr(plan->window.order[k].expr, input, out);
    if (plan->window.order[k].descending) buffer_append_text(out, " desc");
  }
  for (uint32_t c = 0; c < plan->window.call_count; c++) {
    const WindowCall *call = &plan->window.calls[c];
    buffer_printf(out, "%s %s", c ? "," : ":",
                  call->function == WINDOW_AGGREGATE ? aggregate_name(call->aggregate.id)
                                                     : window_function_name(call->function));
  }
}

static void print_rowset(const Plan *plan, Buffer *out) {
  const Table *table = plan->rowset.table;
  buffer_printf(out, "Row set of %s, %llu rows: %s %s %s", table->schema->name,
                (unsigned long long)table->shown_count, plan->rowset.name,
                plan->rowset.negated ? "not in" : "in",
                column_name(plan->inputs[0], plan->rowset.position));
}

static void print_node(const Plan *plan, Buffer *out) {
  switch (plan->kind) {
  case PLAN_SCAN:
    print_scan(plan, out);
    break;
  case PLAN_VALUES:
    buffer_printf(out, "Values (%u rows)", plan->values.row_count);
    break;
  case PLAN_LINK:
    print_link(plan, out);
    break;
  case PLAN_FILTER:
    buffer_append_text(out, "Filter ");
    print_expr(plan->filter.predicate, plan, out);
    break;
  case PLAN_PROJECT:
    print_project(plan, out);
    break;
  case PLAN_AGGREGATE:
    print_aggregate(plan, out);
    break;
  case PLAN_JOIN:
    print_join(plan, out);
    break;
  case PLAN_SORT:
    print_sort(plan, out);
    break;
  case PLAN_LIMIT:
    buffer_append_text(out, "Limit");
    if (plan->limit.limit >= 0) buffer_printf(out, " %lld", (long long)plan->limit.limit);
    if (plan->limit.offset) buffer_printf(out, " offset %lld", (long long)plan->limit.offset);
    break;
  case PLAN_UNION:
    buffer_append_text(out, "Union all");
    break;
  case PLAN_RECURSION:
    buffer_append_text(out, plan->recursion.all ? "Recursion" : "Recursion, distinct rows");
    break;
  case PLAN_WORKING:
    buffer_append_text(out, "Rows of the round before");
    break;
  case PLAN_SHARED:
    buffer_printf(out, "Shared rows %u", plan->shared.of->id);
    break;
  case PLAN_WINDOW:
    print_window(plan, out);
    break;
  case PLAN_SERIES:
    buffer_append_text(out, "Series ");
    print_expr(plan->series.start, plan->inputs[0], out);
    buffer_append_text(out, " to ");
    print_expr(plan->series.stop, plan->inputs[0], out);
    buffer_append_text(out, " by ");
    print_expr(plan->series.step, plan->inputs[0], out);
    break;
  case PLAN_ROWSET:
    print_rowset(plan, out);
    break;
  }
}

static void print_profile(const OperatorProfile *profile, Buffer *out) {
  buffer_printf(out, "  [%s%s%llu rows", profile->kernel ? profile->kernel : "",
                profile->kernel ? ", " : "", (unsigned long long)profile->rows_out);
  if (profile->rows_in || profile->blocks_skipped)
    buffer_printf(out, " of %llu, %llu bytes, %llu blocks, %llu skipped",
                  (unsigned long long)profile->rows_in, (unsigned long long)profile->bytes_read,
                  (unsigned long long)profile->blocks_read,
                  (unsigned long long)profile->blocks_skipped);
  buffer_printf(out, ", %.3f ms]", (double)profile->time_ns / 1e6);
}

static void print_tree(const Plan *plan, const OperatorProfile *profiles, int depth, Buffer *out) {
  buffer_printf(out, "%*s", depth * 2, "");
  print_node(plan, out);
  if (profiles) print_profile(&profiles[plan->id], out);
  buffer_append_char(out, '\n');
  for (int i = 0; i < 2; i++) { // the sets of one scan stand side by side
    int below = plan->kind == PLAN_ROWSET && i == 1 ? depth : depth + 1;
    if (plan->inputs[i]) print_tree(plan->inputs[i], profiles, below, out);
  }
}

void plan_print(const Plan *plan, const OperatorProfile *profiles, Buffer *out) {
  const SharedPlan *shared[SHARED_MAX];
  uint32_t count = plan_shared(plan, shared);
  print_tree(plan, profiles, 0, out);
  for (uint32_t s = 0; s < count; s++) {
    buffer_printf(out, "Shared rows %u\n", shared[s]->id);
    print_tree(shared[s]->plan, profiles, 1, out);
  }
}
