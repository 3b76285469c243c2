// See cuboid_match.h. The tree is built twice: the first time finds out which columns of the cuboid
// are read, the second time has them in its scan.
#include "cuboid_match.h"
#include "cuboid_time.h"
#include "optimize.h"
#include "partial.h"

#define HIDDEN_MAX 4096 // rows that are looked at one by one

static void *lacks(CuboidMatch *match, const char *what) {
  if (!match->lack) match->lack = what;
  return NULL;
}

// ---------------------------------------------------------------- columns of the cuboid

Expr *cuboid_column(CuboidMatch *match, const char *name, Type type) {
  const TableSchema *schema = match->cuboid->schema;
  int32_t index = name ? schema_find(schema, name) : -1;
  if (index < 0) return NULL;
  // A foreign key has the type of its member's key, and is held as a row number.
  if (!schema->columns[index].link && !type_equal(schema->columns[index].type, type)) return NULL;
  Logical *scan = match->scan;
  Arena *arena = match->context->arena;
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (!strcmp(scan->scan.names[c], name))
      return expr_column(arena, scan->columns[c].id, scan->columns[c].type, -1);
  ColumnId id = match->context->next_id++;
  scan->scan.names[scan->column_count] = schema->columns[index].name;
  scan->columns[scan->column_count++] =
      (LogicalColumn){id, schema->columns[index].name, type, .nullable = true};
  return expr_column(arena, id, type, -1);
}

typedef struct Reads {
  const CuboidMatch *match;
  bool fact; // a column that the fact or a row it leads to has
} Reads;

static void reads_visit(void *context, const Expr *column) {
  Reads *reads = context;
  reads->fact |= fact_column_text(&reads->match->region, column->column) != NULL;
}

static Expr *match_rows(CuboidMatch *match, const Expr *expr);

// Which side of the link's condition is the foreign key; the other is the row's own key.
static int link_foreign_side(const FactLink *link) {
  return logical_column(link->scan, link->join->join.condition->args[0]->column) ? 1 : 0;
}

// The condition of a join to a row over the cuboid's foreign key; NULL: the cuboid has none.
static Expr *match_link(CuboidMatch *match, const FactLink *link) {
  const Expr *condition = link->join->join.condition;
  int side = link_foreign_side(link);
  Expr *foreign = match_rows(match, condition->args[side]);
  if (!foreign) return NULL;
  Expr *args[2];
  args[side] = foreign;
  args[1 - side] = condition->args[1 - side];
  return expr_call(match->context->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, args, 2, -1);
}

static bool link_stays(CuboidMatch *match, const FactLink *link) {
  const char *lack = match->lack;
  bool stays = match_link(match, link) != NULL;
  match->lack = lack;
  return stays;
}

// ---------------------------------------------------------------- rows that the cuboid leads to

static uint32_t scan_add(CuboidMatch *match, Logical *scan, const char *name, Type type) {
  for (uint32_t c = 0; c < scan->column_count; c++)
    if (!strcmp(scan->scan.names[c], name)) return c;
  scan->scan.names[scan->column_count] = name;
  scan->columns[scan->column_count] =
      (LogicalColumn){match->context->next_id++, name, type, .nullable = true};
  return scan->column_count++;
}

static Logical *scan_create(CuboidMatch *match, const TableSchema *schema, const char *alias) {
  Logical *scan = ARENA_NEW(match->context->arena, Logical);
  *scan = (Logical){.kind = LOGICAL_SCAN};
  scan->scan.table = schema->name;
  scan->scan.alias = alias;
  scan->scan.names = ARENA_ARRAY(match->context->arena, const char *, schema->column_count);
  scan->columns = ARENA_ARRAY(match->context->arena, LogicalColumn, schema->column_count);
  return scan;
}

// The members that the cuboid's foreign key `link` leads to; NULL: it has no such key.
static CuboidLookup *lookup_find(CuboidMatch *match, const char *link) {
  for (uint32_t l = 0; l < match->lookup_count; l++)
    if (!strcmp(match->lookups[l].link, link)) return &match->lookups[l];
  int32_t index = schema_find(match->cuboid->schema, link);
  const char *target = index < 0 ? NULL : match->cuboid->schema->columns[index].link;
  const Table *table = target ? root_find(match->root, target) : NULL;
  if (!table || table->schema->key < 0 || match->lookup_count == CUBOID_LOOKUPS_MAX) return NULL;
  const ColumnSchema *key = &table->schema->columns[table->schema->key];
  Expr *foreign = cuboid_column(match, link, key->type);
  CuboidLookup *lookup = &match->lookups[match->lookup_count++];
  *lookup = (CuboidLookup){link, scan_create(match, table->schema, link), NULL};
  lookup->scan->scan.key = key->name;
  scan_add(match, lookup->scan, key->name, key->type);
  Expr *pair[] = {foreign, logical_ref(match->context, lookup->scan, 0)};
  lookup->condition = expr_call(match->context->arena, FUNCTION_EQUAL, TYPE_OF_BOOL, pair, 2, -1);
  return lookup;
}

// A column of the fact that is a copy of one of a linked row's: read from that row, if the cuboid
// has the link.
static Expr *match_copy(CuboidMatch *match, const Expr *expr) {
  const Logical *fact = match->region.fact;
  const Table *table = root_find(match->root, fact->scan.table);
  for (uint32_t c = 0; table && c < fact->column_count; c++) {
    if (fact->columns[c].id != expr->column) continue;
    int32_t index = schema_find(table->schema, fact->scan.names[c]);
    const ColumnSchema *copy = index < 0 ? NULL : &table->schema->columns[index];
    CuboidLookup *lookup =
        copy && copy->through_column ? lookup_find(match, copy->through_link) : NULL;
    if (!lookup) return NULL;
    uint32_t at = scan_add(match, lookup->scan, copy->through_column, expr->type);
    return logical_ref(match->context, lookup->scan, at);
  }
  return NULL;
}

static Logical *lookups_join(CuboidMatch *match) {
  Logical *tree = match->scan;
  for (uint32_t l = 0; l < match->lookup_count; l++)
    tree = logical_join(match->context, tree, match->lookups[l].scan, JOIN_LEFT,
                        match->lookups[l].condition, false);
  return tree;
}

static Expr *match_column(CuboidMatch *match, const Expr *expr) {
  const char *text = fact_column_text(&match->region, expr->column);
  const FactLink *link = fact_region_link(&match->region, expr->column);
  Expr *column = cuboid_column(match, text, expr->type);
  if (!column && !link) column = match_copy(match, expr);
  if (column) return column;
  if (link && link_stays(match, link)) return (Expr *)expr;
  return lacks(match, arena_printf(match->context->arena, "it is not split by %s", text));
}

// The expression over the cuboid's rows; NULL: it asks more than they know.
static Expr *match_rows(CuboidMatch *match, const Expr *expr) {
  Reads reads = {match, false};
  expr_visit_columns(expr, reads_visit, &reads);
  if (!reads.fact) return (Expr *)expr;
  if (expr->kind == EXPR_COLUMN) return match_column(match, expr);
  Expr *whole = cuboid_column(match, fact_expr_text(&match->region, expr), expr->type);
  if (!whole) whole = cuboid_time(match, expr);
  if (whole) return whole;
  Expr **args = ARENA_ARRAY(match->context->arena, Expr *, expr->arg_count);
  for (uint32_t i = 0; i < expr->arg_count; i++)
    if (!(args[i] = match_rows(match, expr->args[i]))) return NULL;
  Expr *copy = ARENA_NEW(match->context->arena, Expr);
  *copy = *expr;
  copy->args = args;
  return copy;
}

// ---------------------------------------------------------------- filters and joins

// Whether every row that holds the link leads to a row that is shown. Row 0 of a table with members
// holds nothing.
static bool link_is_total(const CuboidMatch *match, const FactLink *link) {
  ColumnId foreign = link->join->join.condition->args[link_foreign_side(link)]->column;
  const FactLink *holder = fact_region_link(&match->region, foreign);
  const Logical *from = holder ? holder->scan : match->region.fact;
  const Table *table = root_find(match->root, from->scan.table);
  const Table *target = root_find(match->root, link->scan->scan.table);
  if (!table || !target || target->row_count - target->shown_count > 1) return false;
  for (uint32_t c = 0; c < from->column_count; c++) {
    if (from->columns[c].id != foreign) continue;
    int32_t index = schema_find(table->schema, from->scan.names[c]);
    const Column *column = index < 0 ? NULL : table->columns[index];
    return column && table->schema->columns[index].link && column->min >= 1 &&
           column->null_count <= table->schema->has_members;
  }
  return false;
}

// Whether a column is NULL in hidden rows alone: row 0 and members that were but named.
static bool is_known_where_shown(const Table *table, const Column *column) {
  uint64_t hidden_nulls = 0, hidden_count = table->row_count - table->shown_count;
  if (column->null_count > hidden_count || hidden_count > HIDDEN_MAX) return false;
  for (uint64_t row = 0; row < table->row_count && hidden_count; row++) {
    if (!bits_get(table->hidden, row)) continue;
    hidden_count--;
    hidden_nulls += column_value(column, row).is_null;
  }
  return hidden_nulls == column->null_count;
}

// Whether a cell's rows lead to a shown row, from an attribute of it by which the cuboid is split
// and that every shown row has: rows that lead nowhere, or to a hidden row, have NULL there. NULL:
// there is no such attribute.
static Expr *link_found(CuboidMatch *match, const FactLink *link) {
  const Table *target = root_find(match->root, link->scan->scan.table);
  const TableSchema *schema = match->cuboid->schema;
  size_t size = strlen(link->path);
  for (uint32_t s = 0; target && s < schema->split_count; s++) {
    const char *name = schema->columns[s].name;
    if (strncmp(name, link->path, size) != 0 || name[size] != '.') continue;
    int32_t index = schema_find(target->schema, name + size + 1);
    if (index < 0 || index == target->schema->key || target->schema->columns[index].link ||
        !is_known_where_shown(target, target->columns[index]))
      continue;
    Expr *value = cuboid_column(match, name, target->schema->columns[index].type);
    if (!value) continue;
    Arena *arena = match->context->arena;
    Expr *null = expr_make(arena, EXPR_IS_NULL, TYPE_OF_BOOL, &value, 1, -1);
    return expr_make(arena, EXPR_NOT, TYPE_OF_BOOL, &null, 1, -1);
  }
  return NULL;
}

// A join to a row that the fact leads to, of which the cuboid holds what is asked: it goes. What an
// inner one asks of the row is asked of the cuboid.
static Logical *match_without_link(CuboidMatch *match, const FactLink *link, Logical *input) {
  if (link->join->join.kind == JOIN_LEFT) return input;
  Expr *found = NULL;
  if (!link_is_total(match, link) && !(found = link_found(match, link)))
    return lacks(match, arena_printf(match->context->arena,
                                     "it does not hold %s, which may lead nowhere", link->path));
  if (found) input = logical_filter(match->context, input, found);
  Expr *filter = link->filter ? match_rows(match, link->filter) : NULL;
  if (link->filter && !filter) return NULL;
  return filter ? logical_filter(match->context, input, filter) : input;
}

static bool holds_fact(const CuboidMatch *match, const Logical *node) {
  if (node == match->region.fact) return true;
  int side;
  for (uint32_t i = 0; (side = fact_side(node, i)) >= 0; i++)
    if (holds_fact(match, node->inputs[side])) return true;
  return false;
}

static const FactLink *link_of_join(const CuboidMatch *match, const Logical *join) {
  for (uint32_t i = 0; i < match->region.link_count; i++)
    if (match->region.links[i].join == join) return &match->region.links[i];
  return NULL;
}

static Logical *match_input(CuboidMatch *match, const Logical *node) {
  if (node == match->region.fact) return lookups_join(match);
  uint32_t side = node->kind == LOGICAL_JOIN && !holds_fact(match, node->inputs[0]);
  Logical *input = match_input(match, node->inputs[side]);
  if (!input) return NULL;
  if (node->kind == LOGICAL_FILTER) {
    Expr *predicate = match_rows(match, node->filter.predicate);
    return predicate ? logical_filter(match->context, input, predicate) : NULL;
  }
  const FactLink *link = link_of_join(match, node);
  if (link && !link_stays(match, link)) return match_without_link(match, link, input);
  Expr *condition = node->join.condition;
  if (condition) condition = link ? match_link(match, link) : match_rows(match, condition);
  if (node->join.condition && !condition) return NULL;
  Logical *copy = ARENA_NEW(match->context->arena, Logical);
  *copy = *node;
  copy->join.condition = condition;
  return logical_with_inputs(match->context, copy, side ? node->inputs[0] : input,
                             side ? input : node->inputs[1]);
}

// ---------------------------------------------------------------- calls

typedef struct CallMatch { // a call as calls over the cuboid's rows
  AggregateCall merges[PARTIAL_STATES_MAX];
  uint32_t merge_count;
  bool whole; // the only merge is the call's own value; else partial_final gives it
} CallMatch;

static Expr *state_column(CuboidMatch *match, const AggregateCall *state, bool with_filter) {
  const char *text = fact_call_text(&match->region, state, with_filter);
  return cuboid_column(match, text, state->type);
}

// The call's filter as a condition on cells; *none: it has no filter.
static Expr *match_filter(CuboidMatch *match, const AggregateCall *call, bool *fits) {
  Expr *filter = call->filter ? match_rows(match, call->filter) : NULL;
  *fits = filter || !call->filter;
  return filter;
}

// Its states: with its own filter, or without one and the filter then chooses cells.
static bool match_states(CuboidMatch *match, const AggregateCall *call, CallMatch *out) {
  AggregateCall states[PARTIAL_STATES_MAX];
  uint32_t count = partial_states(call, states);
  for (int own = 1; own >= 0 && count; own--) {
    bool fits = true;
    Expr *filter = own ? NULL : match_filter(match, call, &fits);
    out->merge_count = 0;
    for (uint32_t s = 0; s < count && fits; s++) {
      Expr *column = state_column(match, &states[s], own);
      if (!column) break;
      out->merges[out->merge_count++] = partial_merge(&states[s], column, filter);
    }
    if (fits && out->merge_count == count) return true;
    if (!call->filter) break;
  }
  return false;
}

// The condition on cells that they have a row which the filter keeps.
static Expr *cell_is_touched(CuboidMatch *match, Expr *filter) {
  AggregateCall rows = {.id = AGGREGATE_COUNT_ROWS, .filter = filter, .type = TYPE_OF_INT};
  Expr *count = state_column(match, &rows, true);
  if (!count) return NULL;
  Arena *arena = match->context->arena;
  return expr_call(arena, FUNCTION_GREATER, TYPE_OF_BOOL, (Expr *[]){count, expr_int(arena, 0)}, 2,
                   -1);
}

// Over values that the cells are split by: what repeats do not change, and counts of what is there.
static bool match_values(CuboidMatch *match, const AggregateCall *call, CallMatch *out) {
  Arena *arena = match->context->arena;
  bool counts = call->id == AGGREGATE_COUNT && !call->distinct && !call->more_count;
  if (!call->arg || !(counts || aggregate_ignores_repeats(call))) return false;
  Expr *arg = match_rows(match, call->arg);
  if (!arg) return false;
  out->merge_count = 1;
  bool fits;
  Expr *filter = match_filter(match, call, &fits);
  if (!counts) {
    if (!fits && (filter = cell_is_touched(match, call->filter))) fits = true;
    out->merges[0] = *call;
    out->merges[0].arg = arg;
    out->merges[0].filter = filter;
    out->whole = true;
    return fits;
  }
  AggregateCall rows = {.id = AGGREGATE_COUNT_ROWS, .type = TYPE_OF_INT};
  if (!fits) rows.filter = call->filter;
  Expr *column = state_column(match, &rows, true);
  if (!column) return false;
  Expr *null = expr_make(arena, EXPR_IS_NULL, TYPE_OF_BOOL, &arg, 1, -1);
  Expr *there = expr_make(arena, EXPR_NOT, TYPE_OF_BOOL, &null, 1, -1);
  out->merges[0] = partial_merge(&rows, column, expr_and(arena, there, filter));
  return true;
}

// A distinct count of a foreign key from sets, and a set (of a cuboid that is made from another
// one).
static bool match_sets(CuboidMatch *match, const AggregateCall *call, CallMatch *out) {
  AggregateCall state = *call;
  if (call->id != AGGREGATE_SET && !partial_set(call, &state)) return false;
  for (int own = 1; own >= 0; own--) {
    bool fits = true;
    Expr *column = state_column(match, &state, own);
    Expr *filter = column && !own ? match_filter(match, call, &fits) : NULL;
    if (column && fits) {
      out->merges[0] = (AggregateCall){.arg = column, .filter = filter, .type = call->type};
      out->merges[0].id = call->id == AGGREGATE_SET ? AGGREGATE_SET_UNION : AGGREGATE_SET_COUNT;
      out->merge_count = 1;
      return out->whole = true;
    }
    if (!call->filter) return false;
  }
  return false;
}

static bool match_call(CuboidMatch *match, const AggregateCall *call, CallMatch *out) {
  const char *lack = match->lack;
  *out = (CallMatch){0};
  bool matched = match_states(match, call, out) || match_values(match, call, out) ||
                 match_sets(match, call, out);
  match->lack = lack;
  if (matched) return true;
  const char *text = fact_call_text(&match->region, call, true);
  lacks(match, arena_printf(match->context->arena, "%s cannot be had from its states",
                            text ? text : aggregate_name(call->id)));
  return false;
}

// ---------------------------------------------------------------- the aggregation

static Logical *match_aggregate(CuboidMatch *match) {
  LogicalContext *context = match->context;
  Arena *arena = context->arena;
  const Logical *node = match->aggregate;
  uint32_t keys = node->aggregate.key_count, calls = node->aggregate.call_count;
  Logical *input = match_input(match, node->inputs[0]);
  if (!input) return NULL;
  Expr **key_exprs = ARENA_ARRAY(arena, Expr *, keys);
  const char **names = ARENA_ARRAY(arena, const char *, keys + PARTIAL_STATES_MAX * calls);
  for (uint32_t k = 0; k < keys; k++) {
    key_exprs[k] = match_rows(match, node->aggregate.keys[k]);
    if (!key_exprs[k]) return NULL;
    names[k] = node->columns[k].name;
  }
  CallMatch *matched = ARENA_ARRAY(arena, CallMatch, calls);
  AggregateCall *merges = ARENA_ARRAY(arena, AggregateCall, PARTIAL_STATES_MAX * calls);
  uint32_t merge_count = 0;
  for (uint32_t c = 0; c < calls; c++) {
    if (!match_call(match, &node->aggregate.calls[c], &matched[c])) return NULL;
    for (uint32_t m = 0; m < matched[c].merge_count; m++) {
      names[keys + merge_count] = node->columns[keys + c].name;
      merges[merge_count++] = matched[c].merges[m];
    }
  }
  Logical *merged = logical_aggregate(context, input, key_exprs, names, keys, merges, names + keys,
                                      merge_count, node->aggregate.sets, node->aggregate.set_count,
                                      node->aggregate.has_grouping_id);
  Expr **exprs = ARENA_ARRAY(arena, Expr *, node->column_count);
  const char **titles = ARENA_ARRAY(arena, const char *, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) titles[c] = node->columns[c].name;
  for (uint32_t k = 0; k < keys; k++) exprs[k] = logical_ref(context, merged, k);
  uint32_t at = keys;
  for (uint32_t c = 0; c < calls; c++) {
    Expr *values[PARTIAL_STATES_MAX];
    for (uint32_t m = 0; m < matched[c].merge_count; m++)
      values[m] = logical_ref(context, merged, at++);
    exprs[keys + c] =
        matched[c].whole ? values[0] : partial_final(arena, &node->aggregate.calls[c], values);
  }
  if (node->aggregate.has_grouping_id) exprs[keys + calls] = logical_ref(context, merged, at);
  Logical *project = logical_project(context, merged, exprs, titles, node->column_count);
  for (uint32_t c = 0; c < node->column_count; c++) project->columns[c].id = node->columns[c].id;
  return project;
}

Logical *cuboid_match(CuboidMatch *match) {
  const Logical *fact = match->region.fact;
  match->scan = scan_create(match, match->cuboid->schema, fact->scan.alias);
  match->lack = NULL;
  match->lookup_count = 0;
  fact_region_open(&match->region, match->context->arena, match->aggregate->inputs[0], fact);
  return match_aggregate(match) ? match_aggregate(match) : NULL;
}
