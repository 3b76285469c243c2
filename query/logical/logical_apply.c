// See logical_apply.h. Two ways:
//
//   pull    the conjuncts that read the left side are lifted out of the right one, until it reads
//           nothing of left; they become the join's condition. An aggregation lets equalities
//           through by grouping by their inner side. What a projection computes from left's columns
//           is computed above the join (`deferred`).
//   domain  where that does not go (a union, an outer join, an inequality below an aggregation),
//   the
//           distinct values that right reads of left are joined into right, and its rows are joined
//           back to left on them (logical_domain.c).
//
// What may fail in an arm of CASE that is not taken goes the domain way, whose values are those of
// the arm's rows (a guard).
//
// A subquery that is one aggregate without GROUP BY gives a row where nothing fits, too: it is left
// joined, and a count that finds no partner is 0.
#include "logical_apply.h"
#include "logical_domain.h"
#include "logical_unique.h"
#include "logical_walk.h"

typedef struct Deferred { // a column of the right side that is computed above the join
  ColumnId id;
  Expr *expr;
  bool plain; // of right's columns alone, and NULL when they are
} Deferred;

typedef struct Pull {
  LogicalContext *context;
  Arena *arena;
  const Logical *left;
  bool exists;  // only whether there is a row is asked
  Expr *lifted; // conjuncts over left and what was pulled
  bool scalar;  // one row for each row of left: an aggregation without keys
  Expr *having; // of it: over the joined columns
  Deferred *deferred;
  uint32_t deferred_count, deferred_capacity;
} Pull;

// ---------------------------------------------------------------- helpers

static Expr *deferred_expr(void *context, const Expr *column) {
  const Pull *pull = context;
  for (uint32_t i = 0; i < pull->deferred_count; i++)
    if (pull->deferred[i].id == column->column) return pull->deferred[i].expr;
  return NULL;
}

static Expr *resolve(Pull *pull, Expr *expr) {
  return expr ? expr_map_columns(pull->arena, expr, deferred_expr, pull) : NULL;
}

static void defer(Pull *pull, ColumnId id, Expr *expr, bool plain) {
  if (pull->deferred_count == pull->deferred_capacity) {
    uint32_t capacity = pull->deferred_capacity ? pull->deferred_capacity * 2 : 16;
    Deferred *grown = ARENA_ARRAY(pull->arena, Deferred, capacity);
    if (pull->deferred_count) memcpy(grown, pull->deferred, pull->deferred_count * sizeof *grown);
    pull->deferred = grown;
    pull->deferred_capacity = capacity;
  }
  pull->deferred[pull->deferred_count++] = (Deferred){id, expr, plain};
}

static void lift(Pull *pull, Expr *conjunct) {
  pull->lifted = expr_and(pull->arena, pull->lifted, conjunct);
}

static void found_column(void *context, const Expr *column) {
  (void)column;
  *(bool *)context = true;
}

// expr, of whose parts those without columns are constants: what they are, they are for all rows.
static Expr *with_constants(Arena *arena, Expr *expr) {
  bool columns = false;
  expr_visit_columns(expr, found_column, &columns);
  if (!columns) return expr_null(arena, expr->type);
  if (expr->arg_count == 0) return expr;
  Expr *copy = ARENA_NEW(arena, Expr);
  *copy = *expr;
  copy->args = ARENA_ARRAY(arena, Expr *, expr->arg_count);
  for (uint32_t i = 0; i < expr->arg_count; i++)
    copy->args[i] = with_constants(arena, expr->args[i]);
  return copy;
}

// Whether expr may fail for a row that a lifted condition drops: that holds above the join only, so
// expr has to be computed there too.
static bool is_guarded(const Pull *pull, Expr *expr) {
  return pull->lifted && expr && expr_can_fail(expr) &&
         expr_can_fail(with_constants(pull->arena, expr));
}

// Splits `condition` into what reads left (lifted, and with it what it guards) and what does not
// (returned, may be NULL).
static Expr *lift_dependent(Pull *pull, Expr *condition) {
  if (!condition) return NULL;
  if (condition->kind == EXPR_AND) {
    Expr *kept = NULL;
    for (uint32_t i = 0; i < condition->arg_count; i++)
      kept = expr_and(pull->arena, kept, lift_dependent(pull, condition->args[i]));
    return kept;
  }
  condition = resolve(pull, condition);
  if (!expr_reads(condition, pull->left) && !is_guarded(pull, condition)) return condition;
  lift(pull, condition);
  return NULL;
}

// ---------------------------------------------------------------- pull, by kind of node

static Logical *pull_node(Pull *pull, Logical *node);

static Logical *pull_filter(Pull *pull, Logical *node) {
  Logical *input = pull_node(pull, node->inputs[0]);
  if (!input) return NULL;
  if (pull->scalar) { // the row is there, whether HAVING keeps it or not
    pull->having = expr_and(pull->arena, pull->having, resolve(pull, node->filter.predicate));
    return input;
  }
  Expr *kept = lift_dependent(pull, node->filter.predicate);
  return kept ? logical_filter(pull->context, input, kept) : input;
}

// input's columns and, under their own ids, what is computed from them alone.
static Logical *pull_project(Pull *pull, Logical *node) {
  Logical *input = pull_node(pull, node->inputs[0]);
  if (!input) return NULL;
  uint32_t capacity = input->column_count + node->column_count, count = 0, computed = 0;
  Expr **exprs = ARENA_ARRAY(pull->arena, Expr *, capacity);
  const char **names = ARENA_ARRAY(pull->arena, const char *, capacity);
  ColumnId *ids = ARENA_ARRAY(pull->arena, ColumnId, capacity);
  for (; count < input->column_count; count++) {
    exprs[count] = logical_ref(pull->context, input, count);
    names[count] = input->columns[count].name;
    ids[count] = input->columns[count].id;
  }
  uint32_t known = pull->deferred_count; // what is deferred here is no input of this node
  for (uint32_t c = 0; c < node->column_count; c++) {
    uint32_t all = pull->deferred_count;
    pull->deferred_count = known;
    Expr *expr = resolve(pull, node->project.exprs[c]);
    pull->deferred_count = all;
    ColumnId id = node->columns[c].id;
    if (expr->kind == EXPR_COLUMN && expr->column == id) continue;
    if (expr->kind == EXPR_COLUMN && logical_column(input, expr->column))
      defer(pull, id, expr, true);
    else if (pull->scalar || expr_reads(expr, pull->left) || is_guarded(pull, expr) ||
             logical_column(input, id))
      defer(pull, id, expr, false); // or what is computed under the id of an input's column
    else {
      exprs[count] = expr;
      names[count] = node->columns[c].name;
      ids[count++] = id;
      computed++;
    }
  }
  if (!computed) return input;
  Logical *project = logical_project(pull->context, input, exprs, names, count);
  for (uint32_t c = 0; c < count; c++) project->columns[c].id = ids[c];
  return project;
}

static Logical *pull_join(Pull *pull, Logical *node) {
  JoinKind kind = node->join.kind;
  bool inner = kind == JOIN_INNER || kind == JOIN_CROSS;
  if (node->join.null_safe || kind == JOIN_RIGHT || kind == JOIN_FULL) return NULL;
  if (!inner && logical_reads(node->inputs[1], pull->left)) return NULL;
  Logical *left = pull_node(pull, node->inputs[0]);
  if (!left || pull->scalar) return NULL;
  Logical *right = inner ? pull_node(pull, node->inputs[1]) : node->inputs[1];
  if (!right || pull->scalar || is_guarded(pull, node->join.condition)) return NULL;
  if (inner) {
    Expr *condition = lift_dependent(pull, node->join.condition);
    return logical_join(pull->context, left, right, condition ? JOIN_INNER : JOIN_CROSS, condition,
                        false);
  }
  Expr *condition = resolve(pull, node->join.condition);
  if (expr_reads(condition, pull->left)) return NULL;
  Logical *copy = logical_with_inputs(pull->context, node, left, right);
  copy->join.condition = condition;
  return copy;
}

// "inner = outer" of a lifted conjunct: one side reads the input alone, the other one left alone.
static bool split_equality(const Pull *pull, const Logical *input, const Expr *conjunct,
                           Expr **inner, Expr **outer) {
  if (conjunct->kind != EXPR_CALL || conjunct->function != FUNCTION_EQUAL) return false;
  for (int side = 0; side < 2; side++) {
    *inner = conjunct->args[side];
    *outer = conjunct->args[1 - side];
    if (!expr_reads(*inner, pull->left) && expr_reads(*inner, input) &&
        !expr_reads(*outer, input) && expr_reads(*outer, pull->left))
      return true;
  }
  return false;
}

typedef struct Grown { // an aggregation with more keys
  Expr **keys;
  const char **names;
  ColumnId *ids;
  uint32_t count;
} Grown;

// The column of the key that equals expr, a new one when there is none; NULL: too many.
static Expr *grown_key(Pull *pull, Grown *grown, Expr *expr) {
  uint32_t k = 0;
  while (k < grown->count && !expr_equal(grown->keys[k], expr)) k++;
  if (k == 62) return NULL;
  if (k == grown->count) {
    grown->keys[k] = expr;
    grown->names[k] = "key";
    grown->ids[k] = pull->context->next_id++;
    grown->count++;
  }
  return expr_column(pull->arena, grown->ids[k], expr->type, -1);
}

// Lifts an equality through the aggregation: its inner side becomes a key.
static bool lift_through(Pull *pull, const Logical *input, Grown *grown, Expr *conjunct) {
  Expr *inner, *outer;
  if (conjunct->kind == EXPR_AND) {
    for (uint32_t i = 0; i < conjunct->arg_count; i++)
      if (!lift_through(pull, input, grown, conjunct->args[i])) return false;
    return true;
  }
  if (!expr_reads(conjunct, input)) { // of left alone: whether there are rows at all
    lift(pull, conjunct);
    return true;
  }
  if (!split_equality(pull, input, conjunct, &inner, &outer)) return false;
  Expr *key = grown_key(pull, grown, inner);
  if (!key) return false;
  lift(pull, expr_call(pull->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, (Expr *[]){key, outer}, 2, -1));
  return true;
}

// A count over no rows is 0, which a left join shows as NULL.
static void defer_counts(Pull *pull, const Logical *node, Logical *grown, uint32_t key_count) {
  for (uint32_t a = 0; a < node->aggregate.call_count; a++) {
    LogicalColumn *column = &grown->columns[key_count + a];
    ColumnId id = node->columns[node->aggregate.key_count + a].id;
    if (column->nullable) continue; // sum, max, ...
    column->id = pull->context->next_id++;
    Expr *args[] = {expr_column(pull->arena, column->id, column->type, -1),
                    expr_int(pull->arena, 0)};
    defer(pull, id, expr_call(pull->arena, FUNCTION_COALESCE, column->type, args, 2, -1), false);
  }
}

static bool calls_resolve(Pull *pull, const Logical *node, AggregateCall *calls) {
  for (uint32_t a = 0; a < node->aggregate.call_count; a++) {
    calls[a] = node->aggregate.calls[a];
    Expr **places[AGGREGATE_EXPRS_MAX];
    uint32_t count = aggregate_call_exprs(&calls[a], places);
    for (uint32_t i = 0; i < count; i++) {
      *places[i] = resolve(pull, *places[i]);
      if (expr_reads(*places[i], pull->left) || is_guarded(pull, *places[i])) return false;
    }
  }
  return true;
}

static Logical *pull_aggregate(Pull *pull, Logical *node) {
  uint32_t old = node->aggregate.key_count, calls = node->aggregate.call_count;
  bool scalar = old == 0 && node->aggregate.set_count == 1;
  if (node->aggregate.set_count != 1 || node->aggregate.has_grouping_id) return NULL;
  Expr *above = pull->lifted;
  pull->lifted = NULL;
  uint32_t known = pull->deferred_count;
  Logical *input = pull_node(pull, node->inputs[0]);
  if (!input || pull->scalar) return NULL;
  Expr *below = pull->lifted;
  Grown grown = {ARENA_ARRAY(pull->arena, Expr *, 64), ARENA_ARRAY(pull->arena, const char *, 64),
                 ARENA_ARRAY(pull->arena, ColumnId, 64), 0};
  if (old > 62) return NULL;
  for (; grown.count < old; grown.count++) {
    grown.keys[grown.count] = resolve(pull, node->aggregate.keys[grown.count]);
    if (expr_reads(grown.keys[grown.count], pull->left) ||
        is_guarded(pull, grown.keys[grown.count]))
      return NULL;
    grown.names[grown.count] = node->columns[grown.count].name;
    grown.ids[grown.count] = node->columns[grown.count].id;
  }
  AggregateCall *resolved = ARENA_ARRAY(pull->arena, AggregateCall, calls);
  if (!calls_resolve(pull, node, resolved)) return NULL;
  pull->lifted = above;
  if (below && !lift_through(pull, input, &grown, below)) return NULL;
  const char **names = ARENA_ARRAY(pull->arena, const char *, calls);
  for (uint32_t a = 0; a < calls; a++) names[a] = node->columns[old + a].name;
  Logical *copy = logical_aggregate(pull->context, input, grown.keys, grown.names, grown.count,
                                    resolved, names, calls, NULL, 0, false);
  for (uint32_t k = 0; k < grown.count; k++) copy->columns[k].id = grown.ids[k];
  for (uint32_t a = 0; a < calls; a++)
    copy->columns[grown.count + a].id = node->columns[old + a].id;
  pull->deferred_count = known; // what was deferred below ends here: a key of its id is a column
  pull->scalar = scalar;
  if (scalar) defer_counts(pull, node, copy, grown.count);
  return copy;
}

// A limit that leaves a row where there is one does not matter to EXISTS, nor to what is one row.
static Logical *pull_limit(Pull *pull, Logical *node) {
  if (node->limit.limit == 0 || node->limit.offset) return NULL;
  Logical *input = pull_node(pull, node->inputs[0]);
  return input && (pull->exists || pull->scalar) ? input : NULL;
}

// A tree of node's columns, and maybe more, that reads nothing of left; NULL: this way does not go.
static Logical *pull_node(Pull *pull, Logical *node) {
  if (!logical_reads(node, pull->left)) return node;
  switch (node->kind) {
  case LOGICAL_FILTER:
    return pull_filter(pull, node);
  case LOGICAL_PROJECT:
    return pull_project(pull, node);
  case LOGICAL_JOIN:
    return pull_join(pull, node);
  case LOGICAL_AGGREGATE:
    return pull_aggregate(pull, node);
  case LOGICAL_SORT: // rows of a subquery have no order but under a limit
    return pull_node(pull, node->inputs[0]);
  case LOGICAL_LIMIT:
    return pull_limit(pull, node);
  default:
    return NULL;
  }
}

// ---------------------------------------------------------------- the join

typedef struct Apply {
  LogicalContext *context;
  Arena *arena;
  Logical *left, *right; // as given
  JoinKind kind;
  Expr *condition;
  Expr *guard; // or NULL
  ColumnId mark;
} Apply;

static Expr *true_when(Arena *arena, Expr *condition) { // NULL is false
  if (!condition) return expr_bool(arena, true);
  Expr *args[] = {condition, expr_bool(arena, false)};
  return expr_call(arena, FUNCTION_COALESCE, TYPE_OF_BOOL, args, 2, -1);
}

static Expr *only_when(Arena *arena, Expr *condition, Expr *value) { // else NULL
  if (!condition) return value;
  return expr_make(arena, EXPR_CASE, value->type, (Expr *[]){condition, value}, 2, -1);
}

// tree's columns, and one computed column of the given id.
static Logical *with_column(const Apply *apply, Logical *tree, Expr *expr, const char *name,
                            ColumnId id) {
  uint32_t count = tree->column_count;
  Expr **exprs = ARENA_ARRAY(apply->arena, Expr *, (size_t)count + 1);
  const char **names = ARENA_ARRAY(apply->arena, const char *, (size_t)count + 1);
  for (uint32_t c = 0; c < count; c++) {
    exprs[c] = logical_ref(apply->context, tree, c);
    names[c] = tree->columns[c].name;
  }
  exprs[count] = expr;
  names[count] = name;
  Logical *project = logical_project(apply->context, tree, exprs, names, count + 1);
  project->columns[count].id = id;
  return project;
}

static const Deferred *find_deferred(const Pull *pull, ColumnId id) {
  for (uint32_t i = 0; i < pull->deferred_count; i++)
    if (pull->deferred[i].id == id) return &pull->deferred[i];
  return NULL;
}

// left's columns and right's outputs over the joined tree. present (may be NULL): what is computed,
// or everything of right, is NULL where it does not hold.
static Logical *project_outputs(const Apply *apply, const Pull *pull, Logical *tree, Expr *present,
                                bool everything) {
  const Logical *sides[] = {apply->left, apply->right};
  uint32_t count = 0;
  Expr **exprs = ARENA_ARRAY(apply->arena, Expr *,
                             (size_t)apply->left->column_count + apply->right->column_count);
  const char **names = ARENA_ARRAY(apply->arena, const char *,
                                   (size_t)apply->left->column_count + apply->right->column_count);
  for (int side = 0; side < 2; side++)
    for (uint32_t c = 0; c < sides[side]->column_count; c++) {
      const LogicalColumn *column = &sides[side]->columns[c];
      const Deferred *deferred = side ? find_deferred(pull, column->id) : NULL;
      Expr *value =
          deferred ? deferred->expr : expr_column(apply->arena, column->id, column->type, -1);
      bool guard = side && (everything || (deferred && !deferred->plain));
      exprs[count] = guard ? only_when(apply->arena, present, value) : value;
      names[count++] = column->name;
    }
  Logical *project = logical_project(apply->context, tree, exprs, names, count);
  for (uint32_t c = 0; c < apply->right->column_count; c++)
    project->columns[apply->left->column_count + c].id = apply->right->columns[c].id;
  return project;
}

// Of a scalar aggregation: joined left, one row for each row of left whatever the kind.
static Logical *join_scalar(const Apply *apply, Pull *pull, Logical *right) {
  Expr *lifted = pull->lifted ? pull->lifted : expr_bool(apply->arena, true);
  Expr *fits = expr_and(apply->arena, pull->having, resolve(pull, apply->condition));
  Logical *tree = logical_join(apply->context, apply->left, right, JOIN_LEFT, lifted, false);
  switch (apply->kind) {
  case JOIN_SEMI:
    return fits ? logical_filter(apply->context, tree, fits) : tree;
  case JOIN_ANTI: {
    Expr *arg = true_when(apply->arena, fits);
    Expr *not = expr_make(apply->arena, EXPR_NOT, TYPE_OF_BOOL, &arg, 1, -1);
    return logical_filter(apply->context, tree, not );
  }
  case JOIN_MARK:
    return with_column(apply, tree, true_when(apply->arena, fits), "mark", apply->mark);
  case JOIN_SINGLE:
  case JOIN_LEFT:
    return project_outputs(apply, pull, tree, fits, true);
  default:
    if (fits) tree = logical_filter(apply->context, tree, fits);
    return project_outputs(apply, pull, tree, NULL, false);
  }
}

static bool is_left_only(JoinKind kind) {
  return kind == JOIN_SEMI || kind == JOIN_ANTI || kind == JOIN_MARK;
}

static bool has_deferred(const Pull *pull) {
  for (uint32_t i = 0; i < pull->deferred_count; i++)
    if (!pull->deferred[i].plain) return true;
  return false;
}

static Logical *join_plain(const Apply *apply, Pull *pull, Logical *right) {
  LogicalContext *context = apply->context;
  JoinKind kind = apply->kind;
  Expr *condition = resolve(pull, apply->condition);
  if (is_guarded(pull, condition)) condition = only_when(apply->arena, pull->lifted, condition);
  condition = expr_and(apply->arena, pull->lifted, condition);
  bool idle = is_left_only(kind) && !expr_reads(condition, right) && logical_is_closed(right);
  if (idle) right = logical_limit(context, right, 1, 0); // one row tells as much as all
  bool outer = kind == JOIN_LEFT || kind == JOIN_SINGLE;
  Expr *present = NULL;
  if (outer && has_deferred(pull)) { // computed where there is a partner only
    ColumnId id = context->next_id++;
    right = with_column(apply, right, expr_bool(apply->arena, true), "present", id);
    present = expr_column(apply->arena, id, TYPE_OF_BOOL, -1);
  }
  if (kind == JOIN_SINGLE && logical_join_is_single(context, apply->left, right, condition))
    kind = JOIN_LEFT;
  if (kind == JOIN_SINGLE) condition = expr_and(apply->arena, condition, apply->guard);
  if (kind == JOIN_INNER && !condition) kind = JOIN_CROSS;
  if (kind == JOIN_CROSS && condition) kind = JOIN_INNER;
  if (!condition && kind != JOIN_CROSS) condition = expr_bool(apply->arena, true);
  Logical *tree = logical_join(context, apply->left, right, kind, condition, false);
  if (kind == JOIN_MARK) tree->columns[tree->column_count - 1].id = apply->mark;
  bool as_is = is_left_only(kind) || pull->deferred_count == 0;
  return as_is ? tree : project_outputs(apply, pull, tree, present, false);
}

#define GUARDED_NODES_MAX 500 // of the part of left that a guarded domain repeats

// Joined back on the values that right read of left; *result is NULL when the guard asks too much.
static Status join_domain(const Apply *apply, Logical **result, Error *error) {
  Domain domain;
  Logical *left = apply->left, *right;
  ColumnId guard_id = 0;
  if (apply->guard) {
    guard_id = apply->context->next_id++;
    left = with_column(apply, left, apply->guard, "guard", guard_id);
  }
  domain_init(&domain, apply->context, left, apply->right, apply->guard, guard_id);
  *result = NULL;
  if (apply->guard && domain_source_size(&domain) > GUARDED_NODES_MAX) return STATUS_OK;
  TRY(domain_join(&domain, apply->right, &right, error));
  Expr *condition = expr_and(apply->arena, domain_condition(&domain), apply->condition);
  JoinKind kind = apply->kind == JOIN_CROSS ? JOIN_INNER : apply->kind;
  *result = logical_join(apply->context, left, right, kind, condition, false);
  if (kind == JOIN_MARK) (*result)->columns[(*result)->column_count - 1].id = apply->mark;
  return STATUS_OK;
}

// The condition with what it computes from left alone and may fail in it as `value` makes it.
static Expr *map_outer(const Apply *apply, Expr *expr,
                       Expr *(*value)(const Apply *apply, Expr *expr)) {
  if (!expr || !expr_can_fail(expr)) return expr;
  if (!expr_reads(expr, apply->right)) return value(apply, expr);
  Expr *copy = ARENA_NEW(apply->arena, Expr);
  *copy = *expr;
  copy->args = ARENA_ARRAY(apply->arena, Expr *, expr->arg_count);
  for (uint32_t i = 0; i < expr->arg_count; i++)
    copy->args[i] = map_outer(apply, expr->args[i], value);
  return copy;
}

static Expr *where_guarded(const Apply *apply, Expr *expr) {
  return only_when(apply->arena, apply->guard, expr);
}

static Expr *as_column(const Apply *apply, Expr *expr) {
  return expr_column(apply->arena, 0, expr->type, -1);
}

// Whether the guard is to keep right from being computed, not only its rows from being joined.
static bool guards_right(const Apply *apply) {
  if (logical_can_fail(apply->right)) return true;
  if (apply->condition && expr_can_fail(map_outer(apply, apply->condition, as_column))) return true;
  return apply->kind == JOIN_SINGLE && !logical_reads(apply->right, apply->left) &&
         !logical_is_unique(apply->right, NULL, 0);
}

static bool is_plain_row(const Logical *node) {
  return node->kind == LOGICAL_VALUES && node->values.row_count == 1 && logical_is_closed(node);
}

// Series and projections over one row that has nothing to give (generate_series, unnest): they are
// made over left itself.
static bool is_bare_series(const Logical *right, JoinKind kind) {
  const Logical *row = right;
  bool series = false;
  while (row->kind == LOGICAL_SERIES || row->kind == LOGICAL_PROJECT) {
    series |= row->kind == LOGICAL_SERIES;
    row = row->inputs[0];
  }
  if (!series || !is_plain_row(row) || (kind != JOIN_CROSS && kind != JOIN_INNER)) return false;
  for (; right != row; right = right->inputs[0])
    for (uint32_t c = 0; right->kind == LOGICAL_PROJECT && c < right->column_count; c++)
      if (expr_reads(right->project.exprs[c], row)) return false;
  return true;
}

// input's columns, and those of the projection that are not among them.
static Logical *project_over(const Apply *apply, const Logical *node, Logical *input) {
  uint32_t count = input->column_count;
  Expr **exprs = ARENA_ARRAY(apply->arena, Expr *, count + node->column_count);
  const char **names = ARENA_ARRAY(apply->arena, const char *, count + node->column_count);
  ColumnId *ids = ARENA_ARRAY(apply->arena, ColumnId, count + node->column_count);
  for (uint32_t c = 0; c < count; c++) {
    exprs[c] = logical_ref(apply->context, input, c);
    names[c] = input->columns[c].name;
    ids[c] = input->columns[c].id;
  }
  for (uint32_t c = 0; c < node->column_count; c++) {
    if (logical_column(input, node->columns[c].id)) continue;
    exprs[count] = node->project.exprs[c];
    names[count] = node->columns[c].name;
    ids[count++] = node->columns[c].id;
  }
  Logical *project = logical_project(apply->context, input, exprs, names, count);
  for (uint32_t c = 0; c < count; c++) project->columns[c].id = ids[c];
  return project;
}

static Logical *chain_over(const Apply *apply, const Logical *node) {
  if (node->kind == LOGICAL_VALUES) return apply->left;
  Logical *input = chain_over(apply, node->inputs[0]);
  if (node->kind == LOGICAL_PROJECT) return project_over(apply, node, input);
  return logical_with_inputs(apply->context, node, input, NULL);
}

static Logical *series_over(const Apply *apply) {
  Logical *tree = chain_over(apply, apply->right);
  return apply->condition ? logical_filter(apply->context, tree, apply->condition) : tree;
}

Status logical_apply(LogicalContext *context, Logical *left, Logical *right, JoinKind kind,
                     Expr *condition, Expr *guard, ColumnId mark, Logical **result, Error *error) {
  Apply apply = {context, context->arena, left, right, kind, condition, guard, mark};
  Pull pull = {.context = context, .arena = context->arena, .left = left};
  pull.exists = is_left_only(kind) && !condition;
  if (!guard && is_bare_series(right, kind) && logical_reads(right, left))
    return *result = series_over(&apply), STATUS_OK;
  bool guarded = guard && guards_right(&apply);
  if (guard) apply.condition = map_outer(&apply, condition, where_guarded);
  Logical *pulled = guarded ? NULL : pull_node(&pull, right);
  if (!pulled) {
    TRY(join_domain(&apply, result, error));
    if (*result) return STATUS_OK;
    apply.guard = NULL;
    pulled = guarded ? pull_node(&pull, right) : NULL;
  }
  if (!pulled) return join_domain(&apply, result, error);
  *result = pull.scalar ? join_scalar(&apply, &pull, pulled) : join_plain(&apply, &pull, pulled);
  return STATUS_OK;
}
