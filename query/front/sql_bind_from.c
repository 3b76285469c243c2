// FROM: tables, common table expressions, subqueries, joins.
//
// Each item yields a tree and the names that it brings into scope. A join puts the names of its
// sides one after the other; USING adds the merged column in front and leaves the two originals to
// their qualified names. Where joins go is the planner's affair: a comma is a cross join here.
#include "logical_walk.h"
#include "sql_bind.h"

static Status bind_from_item(Binder *binder, const Node *node, Scope *scope, Logical **tree);

Status count_relation(Binder *binder, int32_t position) {
  if (++binder->relation_count <= RELATIONS_MAX) return STATUS_OK;
  return error_set_at(binder->error, STATUS_LIMIT, position,
                      "the statement reads more than %d tables, views and subqueries counted",
                      RELATIONS_MAX);
}

Status scope_add_alias(Binder *binder, Scope *scope, const Logical *node, const char *name,
                       Node *const *columns, size_t column_count, int32_t position) {
  if (column_count > node->column_count)
    return invalid_at(binder, position, "\"%s\" has %u columns, but %zu names were given", name,
                      node->column_count, column_count);
  uint32_t first = scope->count;
  scope_add_outputs(binder, scope, node, arena_strdup(binder->arena, name));
  for (size_t i = 0; i < column_count; i++)
    scope->columns[first + i].name = arena_strdup(binder->arena, node_string(columns[i]));
  return STATUS_OK;
}

// The alias's list of columns renames the first ones of those that the relation itself names.
Status scope_rename(Binder *binder, Scope *scope, const PgQuery__RangeVar *range) {
  if (!range->alias) return STATUS_OK;
  if (range->alias->n_colnames > scope->count)
    return invalid_at(binder, range->location, "\"%s\" has %u columns, but %zu names were given",
                      range->alias->aliasname, scope->count, range->alias->n_colnames);
  for (size_t i = 0; i < range->alias->n_colnames; i++)
    scope->columns[i].name = arena_strdup(binder->arena, node_string(range->alias->colnames[i]));
  return STATUS_OK;
}

static Status bind_table(Binder *binder, const PgQuery__RangeVar *range, const CatalogTable *table,
                         Scope *scope, Logical **tree) {
  const char *alias = range->alias ? range->alias->aliasname : table->name;
  const char **names = ARENA_ARRAY(binder->arena, const char *, table->column_count);
  Type *types = ARENA_ARRAY(binder->arena, Type, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    names[i] = table->columns[i].name;
    types[i] = table->columns[i].type;
  }
  *tree = logical_scan(binder->context, table->name, alias, names, types, table->column_count);
  (*tree)->scan.key = table->key;
  for (uint32_t i = 0; i < table->column_count; i++)
    (*tree)->columns[i].nullable = !table->columns[i].never_null;
  TRY(scope_add_alias(binder, scope, *tree, alias, range->alias ? range->alias->colnames : NULL,
                      range->alias ? range->alias->n_colnames : 0, range->location));
  ColumnId key_id = 0;
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->key && strcmp(table->key, names[i]) == 0) key_id = (*tree)->columns[i].id;
  for (uint32_t i = 0; i < table->column_count; i++) {
    scope->columns[i].hidden = table->columns[i].hidden;
    scope->columns[i].key_id = key_id;
  }
  return STATUS_OK;
}

Status bind_cte_query(Binder *binder, CteScope *entry, const char *alias, Scope *scope,
                      Logical **tree) {
  const PgQuery__CommonTableExpr *cte = entry->cte;
  if (bind_shared(binder, entry, tree))
    return scope_add_alias(binder, scope, *tree, alias, cte->aliascolnames, cte->n_aliascolnames,
                           cte->location);
  CteScope *before = binder->ctes;
  SelectState *select = binder->select;
  binder->ctes = entry->visible;
  binder->select = entry->select;
  entry->used = true;
  if (entry->recursive)
    TRY(bind_recursive(binder, entry, tree));
  else
    TRY(bind_query(binder, cte->ctequery->select_stmt, false, tree));
  binder->ctes = before;
  binder->select = select;
  if (!entry->tree) entry->tree = *tree;
  return scope_add_alias(binder, scope, *tree, alias, cte->aliascolnames, cte->n_aliascolnames,
                         cte->location);
}

static Status bind_cte(Binder *binder, const PgQuery__RangeVar *range, CteScope *entry,
                       Scope *scope, Logical **tree) {
  const char *alias = range->alias ? range->alias->aliasname : entry->cte->ctename;
  TRY(bind_cte_query(binder, entry, alias, scope, tree));
  return scope_rename(binder, scope, range);
}

static Status table_unknown(Binder *binder, const PgQuery__RangeVar *range) {
  const char *const *names;
  uint32_t count = binder->catalog->table_names(binder->catalog, &names), cte_count = 0;
  for (const CteScope *entry = binder->ctes; entry; entry = entry->next) cte_count++;
  const char **candidates = ARENA_ARRAY(binder->arena, const char *, count + cte_count);
  for (uint32_t i = 0; i < count; i++) candidates[i] = names[i];
  for (const CteScope *entry = binder->ctes; entry; entry = entry->next)
    candidates[count++] = entry->cte->ctename;
  return name_unknown(binder, range->location, "table", range->relname, candidates, count);
}

static Status bind_range_var(Binder *binder, const PgQuery__RangeVar *range, Scope *scope,
                             Logical **tree) {
  const char *schema = range->schemaname && range->schemaname[0] ? range->schemaname : NULL;
  TRY(count_relation(binder, range->location));
  if (!schema)
    for (CteScope *entry = binder->ctes; entry; entry = entry->next)
      if (strcmp(entry->cte->ctename, range->relname) == 0)
        return entry->recursion ? bind_self_reference(binder, range, entry, scope, tree)
                                : bind_cte(binder, range, entry, scope, tree);
  if (schema && strcmp(schema, "cube") == 0) return bind_cube(binder, range, scope, tree);
  if (schema && strcmp(schema, "information_schema") == 0)
    return bind_information(binder, range, scope, tree);
  if (schema && strcmp(schema, "public") != 0)
    return error_set_at(
        binder->error, STATUS_NOT_FOUND, range->location,
        "schema \"%s\" does not exist; tables are in \"public\", cubes in \"cube\", "
        "and \"information_schema\" has tables and columns",
        schema);
  const Catalog *catalog = binder->catalog;
  const CatalogView *view = catalog->find_view ? catalog->find_view(catalog, range->relname) : NULL;
  if (view) return bind_view(binder, range, view, scope, tree);
  const CatalogTable *table = catalog->find_table(catalog, range->relname);
  return table ? bind_table(binder, range, table, scope, tree) : table_unknown(binder, range);
}

static Status bind_subselect(Binder *binder, const PgQuery__RangeSubselect *range, Scope *scope,
                             Logical **tree) {
  int32_t position = select_position(range->subquery->select_stmt);
  TRY(count_relation(binder, position));
  if (!range->alias) return invalid_at(binder, position, "a subquery in FROM must have an alias");
  bool before = binder->select->siblings_hidden;
  binder->select->siblings_hidden = !range->lateral;
  TRY(bind_query(binder, range->subquery->select_stmt, false, tree));
  binder->select->siblings_hidden = before;
  return scope_add_alias(binder, scope, *tree, range->alias->aliasname, range->alias->colnames,
                         range->alias->n_colnames, position);
}

// --- joins ---

// A level of a cube under its dimension's name, which is no relation's.
static bool is_dimension(const ScopeColumn *column) {
  return column->level && strcmp(column->qualifier, column->level->dimension) == 0;
}

static Status check_aliases(Binder *binder, const Scope *left, const Scope *right,
                            int32_t position) {
  for (uint32_t i = 0; i < left->count; i++) {
    const char *name = left->columns[i].qualifier;
    if (is_dimension(&left->columns[i])) continue;
    if (!name[0] || (i && name == left->columns[i - 1].qualifier)) continue;
    for (uint32_t k = 0; k < right->count; k++)
      if ((!k || right->columns[k].qualifier != right->columns[k - 1].qualifier) &&
          !is_dimension(&right->columns[k]) && strcmp(right->columns[k].qualifier, name) == 0)
        return invalid_at(binder, position, "table name \"%s\" specified more than once", name);
  }
  return STATUS_OK;
}

static void scope_append(Binder *binder, Scope *scope, const Scope *more) {
  for (uint32_t i = 0; i < more->count; i++) scope_add(binder, scope, more->columns[i]);
}

static Status find_using(Binder *binder, Scope *scope, const char *name, const char *side,
                         int32_t position, ScopeColumn **found) {
  *found = NULL;
  for (uint32_t i = 0; i < scope->count; i++) {
    ScopeColumn *column = &scope->columns[i];
    if (column->qualified_only || strcmp(column->name, name) != 0) continue;
    if (*found)
      return invalid_at(binder, position,
                        "common column name \"%s\" appears more than once in the %s table", name,
                        side);
    *found = column;
  }
  if (*found) return STATUS_OK;
  return error_set_at(binder->error, STATUS_NOT_FOUND, position,
                      "column \"%s\" of USING does not exist in the %s table", name, side);
}

typedef struct Using {
  const char **names;
  Expr **merged; // over the join's outputs
  uint32_t count;
  int32_t position; // of the right table: the parser keeps none for the names
} Using;

static Status bind_using_column(Binder *binder, const char *name, JoinKind kind, Scope *left,
                                Scope *right, Using *using, Expr **condition) {
  ScopeColumn *a, *b;
  TRY(find_using(binder, left, name, "left", using->position, &a));
  TRY(find_using(binder, right, name, "right", using->position, &b));
  a->qualified_only = b->qualified_only = true;
  Expr *sides[2];
  TRY(scope_column_expr(binder, a, using->position, &sides[0]));
  TRY(scope_column_expr(binder, b, using->position, &sides[1]));
  if (sides[0]->kind != EXPR_COLUMN || sides[1]->kind != EXPR_COLUMN)
    return unsupported(binder, using->position, "USING a computed level: write ON; this");
  Expr *equal, *merged = kind == JOIN_RIGHT ? sides[1] : sides[0];
  TRY(bind_comparison(binder, FUNCTION_EQUAL, sides[0], sides[1], -1, &equal));
  if (kind == JOIN_FULL) {
    TRY(coerce_common(binder, sides, 2, "JOIN/USING", -1));
    merged = expr_call(binder->arena, FUNCTION_COALESCE, sides[0]->type, sides, 2, -1);
  }
  *condition = expr_and(binder->arena, *condition, equal);
  using->names[using->count] = arena_strdup(binder->arena, name);
  using->merged[using->count++] = merged;
  return STATUS_OK;
}

static bool scope_has(const Scope *scope, const char *name) {
  for (uint32_t i = 0; i < scope->count; i++)
    if (!scope->columns[i].qualified_only && strcmp(scope->columns[i].name, name) == 0) return true;
  return false;
}

static Status bind_using(Binder *binder, const PgQuery__JoinExpr *join, JoinKind kind, Scope *left,
                         Scope *right, Using *using, Expr **condition) {
  size_t count_max = join->is_natural ? left->count : join->n_using_clause;
  using->names = ARENA_ARRAY(binder->arena, const char *, count_max);
  using->merged = ARENA_ARRAY(binder->arena, Expr *, count_max);
  for (size_t i = 0; i < count_max; i++) {
    const char *name =
        join->is_natural ? left->columns[i].name : node_string(join->using_clause[i]);
    if (join->is_natural &&
        (left->columns[i].qualified_only || left->columns[i].hidden || !scope_has(right, name)))
      continue;
    TRY(bind_using_column(binder, name, kind, left, right, using, condition));
  }
  return STATUS_OK;
}

// A FULL join's merged columns are computed above it.
static void project_merged(Binder *binder, const Using *using, Logical **tree) {
  uint32_t count = (*tree)->column_count;
  Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count + using->count);
  const char **names = ARENA_ARRAY(binder->arena, const char *, count + using->count);
  for (uint32_t i = 0; i < count; i++) {
    exprs[i] = logical_ref(binder->context, *tree, i);
    names[i] = (*tree)->columns[i].name;
  }
  for (uint32_t i = 0; i < using->count; i++) {
    exprs[count + i] = using->merged[i];
    names[count + i] = using->names[i];
  }
  *tree = logical_project(binder->context, *tree, exprs, names, count + using->count);
  for (uint32_t i = 0; i < using->count; i++)
    using->merged[i] = logical_ref(binder->context, *tree, count + i);
}

static Status bind_join_on(Binder *binder, const Node *quals, Scope *scope, Expr **condition) {
  Scope *before = binder->select->scope;
  binder->select->scope = scope;
  TRY(bind_condition(binder, quals, "JOIN/ON", condition));
  binder->select->scope = before;
  return STATUS_OK;
}

// The right side of a join; LATERAL sees the left one, and what stands before the join.
static Status bind_right_side(Binder *binder, const Node *node, const Scope *left, Scope *right,
                              Logical **tree) {
  SelectState *select = binder->select;
  Scope *before = select->scope, visible = {0};
  scope_append(binder, &visible, before);
  scope_append(binder, &visible, left);
  select->scope = &visible;
  TRY(bind_from_item(binder, node, right, tree));
  select->scope = before;
  return STATUS_OK;
}

// An outer join whose condition has subqueries: these are joined to the side that may be missing,
// and it is filtered by the condition, which reads the other side as a LATERAL subquery would.
static Status join_outer_pending(Binder *binder, Logical *sides[2], JoinKind kind, Expr *condition,
                                 int32_t position, Logical **tree) {
  if (kind == JOIN_FULL)
    return unsupported(binder, position, "a subquery in the condition of a FULL JOIN");
  int kept = kind == JOIN_RIGHT;
  Logical *other = sides[1 - kept];
  if (logical_reads(sides[1], sides[0]) && kept)
    return invalid_at(binder, position,
                      "a LATERAL subquery may only be joined by JOIN, LEFT JOIN and CROSS JOIN");
  TRY(pending_apply(binder, PENDING_OUTPUT, &other));
  other = logical_filter(binder->context, other, condition);
  *tree = sides[kept];
  return apply_join(binder, tree, other, JOIN_LEFT, expr_bool(binder->arena, true), 0, position);
}

// The sides joined on the condition; subqueries in it are joined first.
static Status join_sides(Binder *binder, Logical *sides[2], JoinKind kind, Expr *condition,
                         int32_t position, Logical **tree) {
  *tree = sides[0];
  if (binder->select->pending_count == 0)
    return apply_join(binder, tree, sides[1], kind, condition, 0, position);
  if (kind != JOIN_INNER) return join_outer_pending(binder, sides, kind, condition, position, tree);
  TRY(apply_join(binder, tree, sides[1], JOIN_CROSS, NULL, 0, position));
  TRY(pending_apply(binder, PENDING_OUTPUT, tree));
  *tree = logical_filter(binder->context, *tree, condition);
  return STATUS_OK;
}

// (a JOIN b ...) AS name: the columns that * gives, under that name alone.
static Status alias_join(Binder *binder, const PgQuery__Alias *alias, const Scope *joined,
                         int32_t position, Scope *scope) {
  const char *name = arena_strdup(binder->arena, alias->aliasname);
  size_t named = 0;
  for (uint32_t i = 0; i < joined->count; i++) {
    ScopeColumn column = joined->columns[i];
    if (column.hidden || column.qualified_only) continue;
    if (column.cube) return unsupported(binder, position, "an alias of a join with a cube");
    column.qualifier = name;
    if (named < alias->n_colnames)
      column.name = arena_strdup(binder->arena, node_string(alias->colnames[named++]));
    scope_add(binder, scope, column);
  }
  if (named == alias->n_colnames) return STATUS_OK;
  return invalid_at(binder, position, "\"%s\" has %zu columns, but %zu names were given", name,
                    named, alias->n_colnames);
}

static Status bind_join_sides(Binder *binder, const PgQuery__JoinExpr *join, Scope *scope,
                              Logical **tree) {
  static const JoinKind kinds[] = {[PG_QUERY__JOIN_TYPE__JOIN_INNER] = JOIN_INNER,
                                   [PG_QUERY__JOIN_TYPE__JOIN_LEFT] = JOIN_LEFT,
                                   [PG_QUERY__JOIN_TYPE__JOIN_FULL] = JOIN_FULL,
                                   [PG_QUERY__JOIN_TYPE__JOIN_RIGHT] = JOIN_RIGHT};
  JoinKind kind = kinds[join->jointype];
  Scope left = {0}, right = {0};
  Logical *trees[2];
  static const char outer_side[] = "on the side of an outer join that may be missing";
  bool missing[] = {kind == JOIN_RIGHT || kind == JOIN_FULL,
                    kind == JOIN_LEFT || kind == JOIN_FULL};
  const char *bar = binder->self_bar;
  if (missing[0]) binder->self_bar = outer_side;
  TRY(bind_from_item(binder, join->larg, &left, &trees[0]));
  binder->self_bar = missing[1] ? outer_side : bar;
  TRY(bind_right_side(binder, join->rarg, &left, &right, &trees[1]));
  binder->self_bar = bar;
  TRY(check_aliases(binder, &left, &right, node_position(join->rarg)));
  Using using = {.position = node_position(join->rarg)};
  Expr *condition = NULL;
  if (join->is_natural || join->n_using_clause)
    TRY(bind_using(binder, join, kind, &left, &right, &using, &condition));
  Scope joined = {0};
  scope_append(binder, &joined, &left);
  scope_append(binder, &joined, &right);
  if (join->quals) TRY(bind_join_on(binder, join->quals, &joined, &condition));
  if (!condition && kind != JOIN_INNER) condition = expr_bool(binder->arena, true);
  if (!condition) kind = JOIN_CROSS;
  TRY(check_cube_join(binder, &left, &right, trees, kind, condition, node_position(join->rarg)));
  TRY(join_sides(binder, trees, kind, condition, node_position(join->rarg), tree));
  if (using.count && kind == JOIN_FULL) project_merged(binder, &using, tree);
  for (uint32_t i = 0; i < using.count; i++)
    scope_add(binder, scope,
              (ScopeColumn){.qualifier = "",
                            .name = using.names[i],
                            .id = using.merged[i]->column,
                            .type = using.merged[i]->type});
  scope_append(binder, scope, &joined);
  return STATUS_OK;
}

static Status bind_join(Binder *binder, const PgQuery__JoinExpr *join, Scope *scope,
                        Logical **tree) {
  Scope joined = {0};
  if (!join->alias) return bind_join_sides(binder, join, scope, tree);
  TRY(bind_join_sides(binder, join, &joined, tree));
  return alias_join(binder, join->alias, &joined, node_position(join->larg), scope);
}

// --- entries ---

static Status bind_from_kind(Binder *binder, const Node *node, Scope *scope, Logical **tree) {
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_RANGE_VAR:
    return bind_range_var(binder, node->range_var, scope, tree);
  case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
    return bind_subselect(binder, node->range_subselect, scope, tree);
  case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
    return bind_range_function(binder, node->range_function, scope, tree);
  case PG_QUERY__NODE__NODE_JOIN_EXPR:
    return bind_join(binder, node->join_expr, scope, tree);
  default:
    return unsupported(binder, node_position(node), node_kind_name(node));
  }
}

static Status bind_from_item(Binder *binder, const Node *node, Scope *scope, Logical **tree) {
  TRY(depth_enter(binder, node_position(node)));
  Status status = bind_from_kind(binder, node, scope, tree);
  depth_leave(binder);
  return status;
}

Status bind_from(Binder *binder, Node *const *items, size_t count, Scope *scope, Logical **tree) {
  if (count == 0) *tree = one_row(binder);
  for (size_t i = 0; i < count; i++) {
    Scope more = {0};
    Logical *right;
    TRY(bind_from_item(binder, items[i], &more, &right));
    TRY(check_aliases(binder, scope, &more, node_position(items[i])));
    if (i)
      TRY(check_cube_join(binder, scope, &more, (Logical *[]){*tree, right}, JOIN_CROSS, NULL,
                          node_position(items[i])));
    scope_append(binder, scope, &more);
    if (i == 0)
      *tree = right;
    else
      TRY(apply_join(binder, tree, right, JOIN_CROSS, NULL, 0, node_position(items[i])));
  }
  return STATUS_OK;
}
