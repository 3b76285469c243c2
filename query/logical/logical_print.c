// The logical tree as indented text, one node a line, for EXPLAIN and tests.
//
// A column is written name#id: names repeat in a statement, ids do not. A scan lists the columns
// that it reads; other nodes list what they compute.
#include "buffer.h"
#include "logical.h"

#define VALUES_ROWS_PRINTED 5

static const char *const JOIN_NAMES[] = {
    [JOIN_INNER] = "inner", [JOIN_LEFT] = "left",     [JOIN_RIGHT] = "right",
    [JOIN_FULL] = "full",   [JOIN_CROSS] = "cross",   [JOIN_SEMI] = "semi",
    [JOIN_ANTI] = "anti",   [JOIN_SINGLE] = "single", [JOIN_MARK] = "mark",
};

typedef struct NodePrinter {
  const Logical *node;
  Buffer *out;
  Buffer label; // the last name#id made
} NodePrinter;

static const char *label_column(void *context, uint32_t id) {
  NodePrinter *printer = context;
  for (int i = 0; i < 2; i++) {
    const Logical *input = printer->node->inputs[i];
    const LogicalColumn *column = input ? logical_column(input, id) : NULL;
    if (!column) continue;
    buffer_reset(&printer->label);
    buffer_printf(&printer->label, "%s#%u", column->name, id);
    return printer->label.data;
  }
  return NULL;
}

static void print_expr(NodePrinter *printer, const Expr *expr) {
  expr_print(expr, label_column, printer, printer->out);
}

static void print_separator(NodePrinter *printer, uint32_t index) {
  buffer_append_text(printer->out, index ? ", " : " ");
}

// expr, and the name and id of the output that it computes, unless it is that column itself.
static void print_computed(NodePrinter *printer, const Expr *expr, const LogicalColumn *column) {
  print_expr(printer, expr);
  bool same = expr->kind == EXPR_COLUMN && expr->column == column->id;
  const char *name = same ? label_column(printer, expr->column) : NULL;
  size_t size = strlen(column->name);
  bool renamed = !name || strncmp(name, column->name, size) != 0 || name[size] != '#';
  if (renamed) buffer_printf(printer->out, " AS %s#%u", column->name, column->id);
}

static void print_scan(NodePrinter *printer) {
  const Logical *node = printer->node;
  buffer_printf(printer->out, "scan %s", node->scan.table);
  if (node->scan.alias && strcmp(node->scan.alias, node->scan.table) != 0)
    buffer_printf(printer->out, " AS %s", node->scan.alias);
  if (node->scan.order) buffer_printf(printer->out, " in the order of %s", node->scan.order);
  buffer_append_char(printer->out, ':');
  for (uint32_t i = 0; i < node->column_count; i++) {
    print_separator(printer, i);
    buffer_printf(printer->out, "%s#%u", node->scan.names[i], node->columns[i].id);
  }
}

static void print_values(NodePrinter *printer) {
  const Logical *node = printer->node;
  uint32_t rows = node->values.row_count, columns = node->column_count;
  buffer_append_text(printer->out, "values:");
  for (uint32_t r = 0; r < rows && r < VALUES_ROWS_PRINTED; r++) {
    print_separator(printer, r);
    buffer_append_char(printer->out, '(');
    for (uint32_t c = 0; c < columns; c++) {
      if (c) buffer_append_text(printer->out, ", ");
      print_expr(printer, node->values.rows[(size_t)r * columns + c]);
    }
    buffer_append_char(printer->out, ')');
  }
  if (rows > VALUES_ROWS_PRINTED) buffer_printf(printer->out, ", ... %u rows", rows);
  buffer_append_text(printer->out, " AS");
  for (uint32_t c = 0; c < columns; c++) {
    print_separator(printer, c);
    buffer_printf(printer->out, "%s#%u", node->columns[c].name, node->columns[c].id);
  }
}

static void print_project(NodePrinter *printer) {
  buffer_append_text(printer->out, "project:");
  for (uint32_t i = 0; i < printer->node->column_count; i++) {
    print_separator(printer, i);
    print_computed(printer, printer->node->project.exprs[i], &printer->node->columns[i]);
  }
}

static void print_join(NodePrinter *printer) {
  const Logical *node = printer->node;
  buffer_printf(printer->out, "%s join%s", JOIN_NAMES[node->join.kind],
                node->join.null_safe ? ", NULL equals NULL" : "");
  if (!node->join.condition) return;
  buffer_append_text(printer->out, ": ");
  print_expr(printer, node->join.condition);
}

static void print_call(NodePrinter *printer, const AggregateCall *call,
                       const LogicalColumn *column) {
  Buffer *out = printer->out;
  if (call->id == AGGREGATE_COUNT_ROWS)
    buffer_append_text(out, "count(*)");
  else if (call->id == AGGREGATE_COUNT_DISTINCT)
    buffer_append_text(out, "count(DISTINCT ");
  else
    buffer_printf(out, "%s(%s", aggregate_name(call->id), call->distinct ? "DISTINCT " : "");
  if (call->arg) {
    print_expr(printer, call->arg);
    for (uint32_t i = 0; i < call->more_count; i++) {
      uint32_t key = i - (call->more_count - call->order_count); // of the order, when not negative
      bool ordered = i + call->order_count >= call->more_count;
      buffer_append_text(out, !ordered || key ? ", " : " ORDER BY ");
      print_expr(printer, call->more[i]);
      if (ordered && call->descending >> key & 1) buffer_append_text(out, " DESC");
    }
    if (call->id == AGGREGATE_PERCENTILE_CONT || call->id == AGGREGATE_PERCENTILE_DISC)
      buffer_printf(out, ", %g", call->fraction);
    buffer_append_char(out, ')');
  }
  if (call->filter) {
    buffer_append_text(out, " FILTER (WHERE ");
    print_expr(printer, call->filter);
    buffer_append_char(out, ')');
  }
  buffer_printf(out, " AS %s#%u", column->name, column->id);
}

static void print_sets(NodePrinter *printer) {
  const Logical *node = printer->node;
  if (node->aggregate.set_count == 1 && !node->aggregate.has_grouping_id) return;
  buffer_append_text(printer->out, " sets");
  for (uint32_t s = 0; s < node->aggregate.set_count; s++) {
    buffer_append_text(printer->out, s ? ", (" : " (");
    const char *separator = "";
    for (uint32_t k = 0; k < node->aggregate.key_count; k++) {
      if (!(node->aggregate.sets[s] >> k & 1)) continue;
      buffer_printf(printer->out, "%s%s", separator, node->columns[k].name);
      separator = ", ";
    }
    buffer_append_char(printer->out, ')');
  }
  if (node->aggregate.has_grouping_id)
    buffer_printf(printer->out, " AS grouping_id#%u", node->columns[node->column_count - 1].id);
}

static void print_aggregate(NodePrinter *printer) {
  const Logical *node = printer->node;
  uint32_t keys = node->aggregate.key_count;
  buffer_append_text(printer->out, "aggregate");
  if (keys) buffer_append_text(printer->out, " by");
  for (uint32_t i = 0; i < keys; i++) {
    print_separator(printer, i);
    print_computed(printer, node->aggregate.keys[i], &node->columns[i]);
  }
  print_sets(printer);
  buffer_append_char(printer->out, ':');
  for (uint32_t i = 0; i < node->aggregate.call_count; i++) {
    print_separator(printer, i);
    print_call(printer, &node->aggregate.calls[i], &node->columns[keys + i]);
  }
}

static void print_sort_keys(NodePrinter *printer, const SortKey *keys, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const SortKey *key = &keys[i];
    print_separator(printer, i);
    print_expr(printer, key->expr);
    if (key->descending) buffer_append_text(printer->out, " DESC");
    if (key->nulls_first != key->descending) // as PostgreSQL: NULLs are larger than all
      buffer_append_text(printer->out, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
  }
}

static void print_sort(NodePrinter *printer) {
  buffer_append_text(printer->out, "sort:");
  print_sort_keys(printer, printer->node->sort.keys, printer->node->sort.key_count);
}

static void print_bound(NodePrinter *printer, FrameBound bound, Expr *offset) {
  static const char *const names[] = {"unbounded preceding", "preceding", "current row",
                                      "following", "unbounded following"};
  if (offset) {
    print_expr(printer, offset);
    buffer_append_char(printer->out, ' ');
  }
  buffer_append_text(printer->out, names[bound]);
}

// The frame, but for the one that is meant where none is written.
static void print_frame(NodePrinter *printer, const WindowFrame *frame) {
  static const char *const modes[] = {"range", "rows", "groups"};
  static const char *const excludes[] = {"", " exclude current row", " exclude group",
                                         " exclude ties"};
  bool plain = frame->mode == FRAME_RANGE && frame->start == BOUND_UNBOUNDED_PRECEDING &&
               frame->end == BOUND_CURRENT && frame->exclude == EXCLUDE_NONE;
  if (plain) return;
  buffer_printf(printer->out, " %s between ", modes[frame->mode]);
  print_bound(printer, frame->start, frame->start_offset);
  buffer_append_text(printer->out, " and ");
  print_bound(printer, frame->end, frame->end_offset);
  buffer_append_text(printer->out, excludes[frame->exclude]);
}

static void print_window_call(NodePrinter *printer, const WindowCall *call,
                              const LogicalColumn *column) {
  if (call->function == WINDOW_AGGREGATE) {
    print_call(printer, &call->aggregate, column);
  } else {
    buffer_printf(printer->out, "%s(", window_function_name(call->function));
    for (uint32_t i = 0; i < call->arg_count; i++) {
      if (i) buffer_append_text(printer->out, ", ");
      print_expr(printer, call->args[i]);
    }
    buffer_printf(printer->out, ") AS %s#%u", column->name, column->id);
  }
  if (window_function_is_framed(call->function)) print_frame(printer, &call->frame);
}

static void print_window(NodePrinter *printer) {
  const Logical *node = printer->node;
  buffer_append_text(printer->out, "window");
  if (node->window.partition_count) buffer_append_text(printer->out, " by");
  for (uint32_t i = 0; i < node->window.partition_count; i++) {
    print_separator(printer, i);
    print_expr(printer, node->window.partition[i]);
  }
  if (node->window.order_count) buffer_append_text(printer->out, " order");
  print_sort_keys(printer, node->window.order, node->window.order_count);
  buffer_append_char(printer->out, ':');
  for (uint32_t i = 0; i < node->window.call_count; i++) {
    print_separator(printer, i);
    print_window_call(printer, &node->window.calls[i],
                      &node->columns[node->column_count - node->window.call_count + i]);
  }
}

static void print_limit(NodePrinter *printer) {
  const Logical *node = printer->node;
  buffer_append_text(printer->out, "limit:");
  if (node->limit.limit >= 0)
    buffer_printf(printer->out, " %lld", (long long)node->limit.limit);
  else
    buffer_append_text(printer->out, " none");
  if (node->limit.offset)
    buffer_printf(printer->out, " offset %lld", (long long)node->limit.offset);
}

static void print_node(NodePrinter *printer) {
  switch (printer->node->kind) {
  case LOGICAL_SCAN:
    print_scan(printer);
    break;
  case LOGICAL_VALUES:
    print_values(printer);
    break;
  case LOGICAL_FILTER:
    buffer_append_text(printer->out, "filter: ");
    print_expr(printer, printer->node->filter.predicate);
    break;
  case LOGICAL_PROJECT:
    print_project(printer);
    break;
  case LOGICAL_JOIN:
    print_join(printer);
    break;
  case LOGICAL_AGGREGATE:
    print_aggregate(printer);
    break;
  case LOGICAL_SORT:
    print_sort(printer);
    break;
  case LOGICAL_LIMIT:
    print_limit(printer);
    break;
  case LOGICAL_WINDOW:
    print_window(printer);
    break;
  case LOGICAL_SERIES:
    buffer_append_text(printer->out, "series: ");
    print_computed(printer, printer->node->series.start,
                   &printer->node->columns[printer->node->column_count - 1]);
    buffer_append_text(printer->out, " to ");
    print_expr(printer, printer->node->series.stop);
    buffer_append_text(printer->out, " by ");
    print_expr(printer, printer->node->series.step);
    break;
  case LOGICAL_UNION:
  case LOGICAL_RECURSION:
  case LOGICAL_SHARED:
  case LOGICAL_WORKING: {
    if (printer->node->kind == LOGICAL_SHARED)
      buffer_printf(printer->out, "shared %u:", printer->node->shared.of->id);
    else
      buffer_append_text(printer->out, printer->node->kind == LOGICAL_UNION     ? "union all:"
                                       : printer->node->kind == LOGICAL_WORKING ? "working rows:"
                                       : printer->node->recursion.all           ? "recursion:"
                                                                      : "recursion, distinct:");
    for (uint32_t i = 0; i < printer->node->column_count; i++) {
      print_separator(printer, i);
      buffer_printf(printer->out, "%s#%u", printer->node->columns[i].name,
                    printer->node->columns[i].id);
    }
    break;
  }
  }
}

static void print_tree(const Logical *node, unsigned depth, Buffer *out) {
  for (unsigned i = 0; i < depth; i++) buffer_append_text(out, "  ");
  NodePrinter printer = {.node = node, .out = out};
  buffer_init(&printer.label);
  print_node(&printer);
  buffer_clear(&printer.label);
  buffer_append_char(out, '\n');
  for (int i = 0; i < 2; i++)
    if (node->inputs[i]) print_tree(node->inputs[i], depth + 1, out);
}

void logical_print(const Logical *node, struct Buffer *out) {
  SharedTree *shared[SHARED_MAX];
  uint32_t count = logical_shared_trees(node, shared);
  print_tree(node, 0, out);
  for (uint32_t i = 0; i < count; i++) {
    buffer_printf(out, "shared %u:\n", shared[i]->id);
    print_tree(shared[i]->tree, 1, out);
  }
}
