// Window functions: f(x) OVER (PARTITION BY ... ORDER BY ... frame), and WINDOW names.
//
// A call is bound where it stands and noted among its SELECT's windows; the expression has a column
// that does not exist yet. When the grouping is made, the windows are put on the tree, one node for
// all that share partitions and order, below the projection of the outputs.
#include "sql_bind.h"

// Bits of a WindowDef's frame options (PostgreSQL's nodes/parsenodes.h).
#define OPTION_NONDEFAULT 0x00001
#define OPTION_ROWS 0x00004
#define OPTION_GROUPS 0x00008
#define OPTION_START_UNBOUNDED_PRECEDING 0x00020
#define OPTION_END_UNBOUNDED_PRECEDING 0x00040
#define OPTION_START_UNBOUNDED_FOLLOWING 0x00080
#define OPTION_END_UNBOUNDED_FOLLOWING 0x00100
#define OPTION_START_CURRENT_ROW 0x00200
#define OPTION_END_CURRENT_ROW 0x00400
#define OPTION_START_OFFSET_PRECEDING 0x00800
#define OPTION_END_OFFSET_PRECEDING 0x01000
#define OPTION_START_OFFSET_FOLLOWING 0x02000
#define OPTION_END_OFFSET_FOLLOWING 0x04000
#define OPTION_EXCLUDE_CURRENT_ROW 0x08000
#define OPTION_EXCLUDE_GROUP 0x10000
#define OPTION_EXCLUDE_TIES 0x20000

#define WINDOWS_MAX 500 // of a SELECT, and keys of a window

// ---------------------------------------------------------------- functions and their arguments

static const struct {
  const char *name;
  WindowFunction function;
  uint32_t args_min, args_max;
} FUNCTIONS[] = {
    {"row_number", WINDOW_ROW_NUMBER, 0, 0},
    {"rank", WINDOW_RANK, 0, 0},
    {"dense_rank", WINDOW_DENSE_RANK, 0, 0},
    {"percent_rank", WINDOW_PERCENT_RANK, 0, 0},
    {"cume_dist", WINDOW_CUME_DIST, 0, 0},
    {"ntile", WINDOW_NTILE, 1, 1},
    {"lag", WINDOW_LAG, 1, 3},
    {"lead", WINDOW_LEAD, 1, 3},
    {"first_value", WINDOW_FIRST_VALUE, 1, 1},
    {"last_value", WINDOW_LAST_VALUE, 1, 1},
    {"nth_value", WINDOW_NTH_VALUE, 2, 2},
};
#define FUNCTION_COUNT (sizeof FUNCTIONS / sizeof *FUNCTIONS)

static int64_t find_function(const char *name) {
  for (size_t i = 0; i < FUNCTION_COUNT; i++)
    if (strcmp(FUNCTIONS[i].name, name) == 0) return (int64_t)i;
  return -1;
}

bool window_name_known(const char *name) {
  return find_function(name) >= 0;
}

// Whole numbers: how many buckets, how far, which.
static Status bind_whole(Binder *binder, const char *name, Expr **arg) {
  bool whole = is_unknown(*arg) || (*arg)->type.kind == TYPE_INT;
  if (!whole) return invalid_at(binder, (*arg)->position, "%s takes an integer here", name);
  return coerce(binder, *arg, TYPE_OF_INT, arg);
}

static Status bind_args(Binder *binder, const char *name, WindowCall *call) {
  Type bigint = TYPE_OF_INT;
  switch (call->function) {
  case WINDOW_PERCENT_RANK:
  case WINDOW_CUME_DIST:
    call->type = TYPE_OF_DOUBLE;
    return STATUS_OK;
  case WINDOW_NTILE:
    call->type = TYPE_OF_INT32;
    return bind_whole(binder, name, &call->args[0]);
  case WINDOW_LAG:
  case WINDOW_LEAD:
    if (call->arg_count > 1) TRY(bind_whole(binder, name, &call->args[1]));
    if (call->arg_count > 2) {
      Expr *pair[] = {call->args[0], call->args[2]};
      TRY(coerce_common(binder, pair, 2, name, call->args[0]->position));
      call->args[0] = pair[0];
      call->args[2] = pair[1];
    }
    break;
  case WINDOW_NTH_VALUE:
    TRY(bind_whole(binder, name, &call->args[1]));
    break;
  case WINDOW_FIRST_VALUE:
  case WINDOW_LAST_VALUE:
    break;
  default:
    call->type = bigint;
    return STATUS_OK;
  }
  TRY(coerce_unknown(binder, &call->args[0]));
  call->type = call->args[0]->type;
  return STATUS_OK;
}

static Status bind_function_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                                 WindowCall *call) {
  int64_t index = find_function(name);
  if (node->agg_distinct)
    return unsupported(binder, node->location, "DISTINCT in a window function");
  if (index < 0 && aggregate_known(name)) {
    call->function = WINDOW_AGGREGATE;
    TRY(bind_aggregate_call(binder, node, name, &call->aggregate));
    call->type = call->aggregate.type;
    call->aggregate.as_given =
        call->aggregate.id == AGGREGATE_STRING || call->aggregate.id == AGGREGATE_ARRAY;
    return STATUS_OK;
  }
  if (index < 0)
    return invalid_at(binder, node->location,
                      "OVER specified, but %s is not a window function nor an aggregate function",
                      name);
  if (node->agg_filter)
    return unsupported(binder, node->location, "FILTER for a window function that is no aggregate");
  if (node->n_args < FUNCTIONS[index].args_min || node->n_args > FUNCTIONS[index].args_max ||
      node->agg_star || node->n_agg_order)
    return invalid_at(binder, node->location, "%s takes %u to %u arguments", name,
                      FUNCTIONS[index].args_min, FUNCTIONS[index].args_max);
  call->function = FUNCTIONS[index].function;
  call->arg_count = (uint32_t)node->n_args;
  for (uint32_t i = 0; i < call->arg_count; i++)
    TRY(bind_expr(binder, node->args[i], &call->args[i]));
  return bind_args(binder, name, call);
}

// ---------------------------------------------------------------- definitions

// A window: its own parts, or those of the named one that it starts from.
typedef struct WindowParts {
  Node *const *partition;
  size_t partition_count;
  Node *const *order;
  size_t order_count;
  const PgQuery__WindowDef *frame; // who says the frame
} WindowParts;

static const PgQuery__WindowDef *find_window(const SelectState *select, const char *name) {
  const PgQuery__SelectStmt *statement = select->statement;
  for (size_t i = 0; statement && i < statement->n_window_clause; i++) {
    const PgQuery__WindowDef *window = statement->window_clause[i]->window_def;
    if (strcmp(window->name, name) == 0) return window;
  }
  return NULL;
}

Status check_windows(Binder *binder, const PgQuery__SelectStmt *statement) {
  for (size_t i = 0; i < statement->n_window_clause; i++) {
    const PgQuery__WindowDef *window = statement->window_clause[i]->window_def;
    bool based = !window->refname || !window->refname[0];
    for (size_t k = 0; k < i; k++) {
      const char *earlier = statement->window_clause[k]->window_def->name;
      if (strcmp(earlier, window->name) == 0)
        return invalid_at(binder, window->location, "window \"%s\" is already defined", earlier);
      if (!based) based = strcmp(earlier, window->refname) == 0;
    }
    if (!based)
      return error_set_at(binder->error, STATUS_NOT_FOUND, window->location,
                          "window \"%s\" does not exist before \"%s\"", window->refname,
                          window->name);
  }
  return STATUS_OK;
}

static Status window_parts(Binder *binder, const PgQuery__WindowDef *window, uint32_t depth,
                           WindowParts *parts) {
  bool bare = window->name && window->name[0] && depth == 0; // OVER w
  const char *base = bare ? window->name : window->refname;
  *parts = (WindowParts){window->partition_clause, window->n_partition_clause, window->order_clause,
                         window->n_order_clause, window};
  if (!base || !base[0]) return STATUS_OK;
  const PgQuery__WindowDef *named = find_window(binder->select, base);
  if (!named || depth > WINDOWS_MAX)
    return error_set_at(binder->error, STATUS_NOT_FOUND, window->location,
                        "window \"%s\" does not exist", base);
  WindowParts below;
  TRY(window_parts(binder, named, depth + 1, &below));
  if (bare) {
    *parts = below;
    return STATUS_OK;
  }
  if (window->n_partition_clause)
    return invalid_at(binder, window->location,
                      "cannot override PARTITION BY clause of window \"%s\"", base);
  if (window->n_order_clause && below.order_count)
    return invalid_at(binder, window->location, "cannot override ORDER BY clause of window \"%s\"",
                      base);
  if (below.frame->frame_options & OPTION_NONDEFAULT)
    return invalid_at(binder, window->location,
                      "cannot copy window \"%s\" because it has a frame clause", base);
  parts->partition = below.partition;
  parts->partition_count = below.partition_count;
  if (!window->n_order_clause) {
    parts->order = below.order;
    parts->order_count = below.order_count;
  }
  return STATUS_OK;
}

static Status bind_keys(Binder *binder, const WindowParts *parts, WindowItem *item) {
  if (parts->partition_count > WINDOWS_MAX || parts->order_count > WINDOWS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, parts->frame->location,
                        "a window has more than %d keys", WINDOWS_MAX);
  item->partition_count = (uint32_t)parts->partition_count;
  item->order_count = (uint32_t)parts->order_count;
  item->partition = ARENA_ARRAY(binder->arena, Expr *, parts->partition_count);
  item->order = ARENA_ARRAY(binder->arena, SortKey, parts->order_count);
  for (size_t i = 0; i < parts->partition_count; i++) {
    TRY(bind_expr(binder, parts->partition[i], &item->partition[i]));
    TRY(coerce_unknown(binder, &item->partition[i]));
  }
  for (size_t i = 0; i < parts->order_count; i++) {
    const PgQuery__SortBy *sort = parts->order[i]->sort_by;
    SortKey *key = &item->order[i];
    TRY(sort_direction(binder, sort, &key->descending, &key->nulls_first));
    TRY(bind_expr(binder, sort->node, &key->expr));
    TRY(coerce_unknown(binder, &key->expr));
    TRY(check_ordered(binder, key->expr, "ORDER BY"));
  }
  return STATUS_OK;
}

// What WINDOW names must be right though nothing is computed over it.
Status bind_named_windows(Binder *binder, const PgQuery__SelectStmt *statement) {
  SelectState *select = binder->select;
  uint32_t pending = select->pending_count, calls = select->call_count;
  for (size_t i = 0; i < statement->n_window_clause; i++) {
    WindowParts parts;
    WindowItem item;
    TRY(window_parts(binder, statement->window_clause[i]->window_def, 1, &parts));
    TRY(bind_keys(binder, &parts, &item));
  }
  select->pending_count = pending;
  select->call_count = calls;
  return STATUS_OK;
}

// ---------------------------------------------------------------- frames

static FrameBound start_bound(uint32_t options) {
  if (options & OPTION_START_OFFSET_PRECEDING) return BOUND_PRECEDING;
  if (options & OPTION_START_OFFSET_FOLLOWING) return BOUND_FOLLOWING;
  if (options & OPTION_START_CURRENT_ROW) return BOUND_CURRENT;
  return BOUND_UNBOUNDED_PRECEDING;
}

static FrameBound end_bound(uint32_t options) {
  if (options & OPTION_END_OFFSET_PRECEDING) return BOUND_PRECEDING;
  if (options & OPTION_END_OFFSET_FOLLOWING) return BOUND_FOLLOWING;
  if (options & OPTION_END_UNBOUNDED_FOLLOWING) return BOUND_UNBOUNDED_FOLLOWING;
  return BOUND_CURRENT;
}

// The type that an offset must have beside the order key.
static Status range_offset_type(Binder *binder, const WindowItem *item, const Expr *offset,
                                Type *type) {
  Type key = item->order[0].expr->type;
  char names[2][TYPE_NAME_BYTES];
  bool moment = key.kind == TYPE_DATE || key.kind == TYPE_TIMESTAMP || key.kind == TYPE_TIMESTAMPTZ;
  *type = moment ? (Type){.kind = TYPE_INTERVAL} : is_unknown(offset) ? key : offset->type;
  if (key.kind == TYPE_DOUBLE) *type = key;
  bool number = key.kind == TYPE_INT || key.kind == TYPE_DECIMAL;
  bool fits = moment ? is_unknown(offset) || offset->type.kind == TYPE_INTERVAL
              : key.kind == TYPE_DOUBLE
                  ? is_unknown(offset) || type_is_numeric(offset->type)
                  : number && (type->kind == TYPE_INT || type->kind == TYPE_DECIMAL);
  if (fits) return STATUS_OK;
  return invalid_at(binder, offset->position,
                    "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and "
                    "offset type %s",
                    type_format(key, names[0]), type_format(offset->type, names[1]));
}

static Status bind_offset(Binder *binder, const Node *node, const WindowItem *item, Expr **offset) {
  FrameMode mode = item->call.frame.mode;
  TRY(bind_expr(binder, node, offset));
  Type type = TYPE_OF_INT;
  if (mode == FRAME_RANGE && item->order_count != 1)
    return invalid_at(binder, node_position(node),
                      "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column");
  if (mode == FRAME_RANGE)
    TRY(range_offset_type(binder, item, *offset, &type));
  else if (!is_unknown(*offset) && (*offset)->type.kind != TYPE_INT)
    return invalid_at(binder, node_position(node), "argument of %s must be an integer",
                      mode == FRAME_ROWS ? "ROWS" : "GROUPS");
  TRY(coerce(binder, *offset, type, offset));
  bool constant;
  Value value;
  if ((*offset)->kind == EXPR_CONSTANT || (*offset)->kind == EXPR_PARAMETER) return STATUS_OK;
  TRY(constant_value(binder, *offset, &constant, &value));
  if (!constant)
    return unsupported(binder, node_position(node), "a frame offset that is not a constant");
  *offset = expr_constant(binder->arena, value, (*offset)->position);
  return STATUS_OK;
}

static Status bind_frame(Binder *binder, const PgQuery__WindowDef *window, WindowItem *item) {
  uint32_t options = (uint32_t)window->frame_options;
  WindowFrame *frame = &item->call.frame;
  frame->mode = options & OPTION_ROWS     ? FRAME_ROWS
                : options & OPTION_GROUPS ? FRAME_GROUPS
                                          : FRAME_RANGE;
  frame->start = start_bound(options);
  frame->end = end_bound(options);
  if (options & OPTION_EXCLUDE_CURRENT_ROW) frame->exclude = EXCLUDE_CURRENT;
  if (options & OPTION_EXCLUDE_GROUP) frame->exclude = EXCLUDE_GROUP;
  if (options & OPTION_EXCLUDE_TIES) frame->exclude = EXCLUDE_TIES;
  if (frame->mode == FRAME_GROUPS && item->order_count == 0)
    return invalid_at(binder, window->location, "GROUPS mode requires an ORDER BY clause");
  if (window->start_offset)
    TRY(bind_offset(binder, window->start_offset, item, &frame->start_offset));
  if (window->end_offset) TRY(bind_offset(binder, window->end_offset, item, &frame->end_offset));
  return STATUS_OK;
}

// ---------------------------------------------------------------- calls

static Status check_allowed(Binder *binder, int32_t position) {
  const SelectState *select = binder->select;
  if (!select)
    return invalid_at(binder, position, "window functions are not allowed in this expression");
  if (select->in_aggregate)
    return invalid_at(binder, position,
                      "aggregate function calls cannot contain window function calls");
  if (select->in_window)
    return invalid_at(binder, position, "window function calls cannot be nested");
  if (!select->aggregates_allowed ||
      (strcmp(select->clause, "SELECT") != 0 && strcmp(select->clause, "ORDER BY") != 0))
    return invalid_at(binder, position, "window functions are not allowed in %s", select->clause);
  if (select->window_count >= WINDOWS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, position, "more than %d window functions",
                        WINDOWS_MAX);
  return STATUS_OK;
}

Status bind_window_call(Binder *binder, const PgQuery__FuncCall *node, const char *name,
                        Expr **expr) {
  WindowItem item = {0};
  WindowParts parts;
  SelectState *select = binder->select;
  TRY(check_allowed(binder, node->location));
  select->in_window = true;
  TRY(bind_function_call(binder, node, name, &item.call));
  TRY(window_parts(binder, node->over, 0, &parts));
  TRY(bind_keys(binder, &parts, &item));
  TRY(bind_frame(binder, parts.frame, &item));
  select->in_window = false;
  item.id = binder->context->next_id++;
  ARENA_PUSH(binder->arena, select->windows, select->window_count, select->window_capacity, item);
  *expr = expr_column(binder->arena, item.id, item.call.type, node->location);
  return STATUS_OK;
}

static Status rewrite_maybe(Binder *binder, Grouping *grouping, Expr **expr) {
  return *expr ? rewrite_grouped(binder, grouping, *expr, expr) : STATUS_OK;
}

Status rewrite_windows(Binder *binder, Grouping *grouping) {
  for (uint32_t i = 0; i < binder->select->window_count; i++) {
    WindowItem *item = &binder->select->windows[i];
    Expr **places[AGGREGATE_EXPRS_MAX];
    uint32_t count = aggregate_call_exprs(&item->call.aggregate, places);
    for (uint32_t a = 0; a < count; a++) TRY(rewrite_maybe(binder, grouping, places[a]));
    for (uint32_t a = 0; a < item->call.arg_count; a++)
      TRY(rewrite_maybe(binder, grouping, &item->call.args[a]));
    for (uint32_t k = 0; k < item->partition_count; k++)
      TRY(rewrite_maybe(binder, grouping, &item->partition[k]));
    for (uint32_t k = 0; k < item->order_count; k++)
      TRY(rewrite_maybe(binder, grouping, &item->order[k].expr));
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- onto the tree

static bool same_window(const WindowItem *a, const WindowItem *b) {
  if (a->partition_count != b->partition_count || a->order_count != b->order_count) return false;
  for (uint32_t k = 0; k < a->partition_count; k++)
    if (!expr_equal(a->partition[k], b->partition[k])) return false;
  for (uint32_t k = 0; k < a->order_count; k++)
    if (a->order[k].descending != b->order[k].descending ||
        a->order[k].nulls_first != b->order[k].nulls_first ||
        !expr_equal(a->order[k].expr, b->order[k].expr))
      return false;
  return true;
}

static const char *item_name(const WindowItem *item) {
  return item->call.function == WINDOW_AGGREGATE ? aggregate_name(item->call.aggregate.id)
                                                 : window_function_name(item->call.function);
}

void windows_apply(Binder *binder, Logical **tree) {
  SelectState *select = binder->select;
  uint32_t count = select->window_count;
  bool *done = ARENA_ARRAY(binder->arena, bool, count);
  WindowCall *calls = ARENA_ARRAY(binder->arena, WindowCall, count);
  const char **names = ARENA_ARRAY(binder->arena, const char *, count);
  ColumnId *ids = ARENA_ARRAY(binder->arena, ColumnId, count);
  for (uint32_t i = 0; i < count; i++) {
    const WindowItem *first = &select->windows[i];
    uint32_t shared = 0;
    for (uint32_t k = i; k < count && !done[i]; k++) {
      const WindowItem *item = &select->windows[k];
      if (done[k] || !same_window(first, item)) continue;
      if (k > i) done[k] = true;
      calls[shared] = item->call;
      names[shared] = item_name(item);
      ids[shared++] = item->id;
    }
    if (!shared) continue;
    *tree = logical_window(binder->context, *tree, first->partition, first->partition_count,
                           first->order, first->order_count, calls, names, shared);
    for (uint32_t k = 0; k < shared; k++)
      (*tree)->columns[(*tree)->column_count - shared + k].id = ids[k];
  }
}

Logical *number_rows(Binder *binder, Logical *input, WindowFunction function, Expr **partition,
                     uint32_t partition_count, const SortKey *keys, uint32_t key_count) {
  WindowCall call = {.function = function, .type = TYPE_OF_INT};
  const char *name = window_function_name(function);
  return logical_window(binder->context, input, partition, partition_count, keys, key_count, &call,
                        &name, 1);
}
