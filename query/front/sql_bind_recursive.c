// WITH RECURSIVE: a query of the form seed UNION [ALL] term, whose term reads the query itself.
//
// The seed is bound first; it gives the columns that a reference within the term has (a
// logical_working). Both must have the same types. Integers and decimals may become wider in the
// term: then it is bound again over the wider columns, until nothing changes. Where the reference
// may stand is PostgreSQL's rule, under which each round is the term over the rows of the round
// before.
#include "sql_bind.h"

#define ATTEMPTS_MAX 4 // to settle the types

typedef enum RecursionPart { PART_SEED, PART_TERM, PART_OTHER } RecursionPart;

typedef struct Recursion { // of a query that is being bound
  RecursionPart part;
  uint32_t id;
  const char **names;
  Type *types;
  uint32_t column_count;
  uint32_t references; // in the term
} Recursion;

Status bind_self_reference(Binder *binder, const PgQuery__RangeVar *range, CteScope *entry,
                           Scope *scope, Logical **tree) {
  Recursion *recursion = entry->recursion;
  const char *name = entry->cte->ctename;
  if (recursion->part == PART_OTHER)
    return invalid_at(binder, range->location,
                      "the recursive query \"%s\" does not have the form non-recursive part UNION "
                      "[ALL] recursive part",
                      name);
  if (recursion->part == PART_SEED)
    return invalid_at(binder, range->location,
                      "the recursive query \"%s\" is read in its non-recursive part", name);
  if (binder->self_bar)
    return invalid_at(binder, range->location, "the recursive query \"%s\" is read %s", name,
                      binder->self_bar);
  if (recursion->references++)
    return invalid_at(binder, range->location,
                      "the recursive query \"%s\" is read more than once in its recursive part",
                      name);
  binder->select->reads_itself = true;
  *tree = logical_working(binder->context, recursion->id, recursion->names, recursion->types,
                          recursion->column_count);
  TRY(scope_add_alias(binder, scope, *tree, range->alias ? range->alias->aliasname : name, NULL, 0,
                      range->location));
  return scope_rename(binder, scope, range);
}

// ---------------------------------------------------------------- types

// The types of the seed: of decimals with as many digits as there are, for sums grow.
static void seed_types(const SetSide *seed, Recursion *recursion) {
  for (uint32_t c = 0; c < recursion->column_count; c++) {
    Type type = is_unknown(seed->exprs[c]) ? TYPE_OF_STRING : seed->exprs[c]->type;
    if (type.kind == TYPE_DECIMAL) type.precision = DECIMAL_DIGITS_MAX;
    recursion->types[c] = type;
  }
}

// Makes the types such that the term's outputs are of them too; *changed: the term is to be bound
// again.
static Status widen_types(Binder *binder, const CteScope *entry, const SetSide *term,
                          Recursion *recursion, bool *changed) {
  *changed = false;
  for (uint32_t c = 0; c < recursion->column_count; c++) {
    Type *type = &recursion->types[c], common;
    const Expr *expr = term->exprs[c];
    if (is_unknown(expr)) continue;
    if (!type_common(*type, expr->type, &common)) {
      char a[TYPE_NAME_BYTES], b[TYPE_NAME_BYTES];
      return invalid_at(binder, expr->position,
                        "column %u of the recursive query \"%s\" has type %s in its non-recursive "
                        "part, but %s in the recursive one",
                        c + 1, entry->cte->ctename, type_format(*type, a),
                        type_format(expr->type, b));
    }
    if (common.kind == TYPE_DECIMAL) common.precision = DECIMAL_DIGITS_MAX;
    *changed |= !type_equal(common, *type);
    *type = common;
  }
  return STATUS_OK;
}

static Status coerce_side(Binder *binder, const Recursion *recursion, SetSide *side) {
  Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, recursion->column_count);
  for (uint32_t c = 0; c < recursion->column_count; c++)
    TRY(coerce(binder, side->exprs[c], recursion->types[c], &exprs[c]));
  set_side_cast(binder, side, exprs);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the two parts

static Status bind_term(Binder *binder, const CteScope *entry, const PgQuery__SelectStmt *statement,
                        Recursion *recursion, SetSide *term) {
  bool changed = true;
  for (int attempt = 0; changed; attempt++) {
    if (attempt == ATTEMPTS_MAX)
      return invalid_at(binder, select_position(statement),
                        "a column of the recursive query \"%s\" has more digits after the point in "
                        "each round: cast it in both parts, as in x::decimal(38,4)",
                        entry->cte->ctename);
    recursion->references = 0;
    TRY(bind_set_side(binder, statement, term));
    if (term->tree->column_count != recursion->column_count)
      return invalid_at(binder, select_position(statement),
                        "each UNION query must have the same number of columns");
    if (!recursion->references) return STATUS_OK; // an ordinary UNION
    TRY(widen_types(binder, entry, term, recursion, &changed));
  }
  return STATUS_OK;
}

static Status bind_parts(Binder *binder, CteScope *entry, const PgQuery__SelectStmt *statement,
                         Logical **tree) {
  const PgQuery__CommonTableExpr *cte = entry->cte;
  Recursion *recursion = entry->recursion;
  SetSide sides[2];
  recursion->part = PART_SEED;
  TRY(bind_set_side(binder, statement->larg, &sides[0]));
  uint32_t count = recursion->column_count = sides[0].tree->column_count;
  recursion->names = ARENA_ARRAY(binder->arena, const char *, count);
  recursion->types = ARENA_ARRAY(binder->arena, Type, count);
  for (uint32_t c = 0; c < count; c++)
    recursion->names[c] = c < cte->n_aliascolnames
                              ? arena_strdup(binder->arena, node_string(cte->aliascolnames[c]))
                              : sides[0].tree->columns[c].name;
  seed_types(&sides[0], recursion);
  recursion->part = PART_TERM;
  recursion->id = binder->context->next_id++;
  const char *bar = self_bar_set(binder, NULL);
  TRY(bind_term(binder, entry, statement->rarg, recursion, &sides[1]));
  self_bar_set(binder, bar);
  if (!recursion->references) {
    TRY(combine_sides(binder, statement, sides, tree));
    return order_outputs(binder, statement, tree);
  }
  if (statement->n_sort_clause || statement->limit_count || statement->limit_offset)
    return unsupported(binder, cte->location, "ORDER BY or LIMIT of a recursive query");
  if (!statement->all && count > GROUP_KEYS_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, cte->location, "UNION of more than %d columns",
                        GROUP_KEYS_MAX);
  for (int i = 0; i < 2; i++) TRY(coerce_side(binder, recursion, &sides[i]));
  *tree = logical_recursion(binder->context, sides[0].tree, sides[1].tree, recursion->id,
                            statement->all, cte->location);
  return STATUS_OK;
}

Status bind_recursive(Binder *binder, CteScope *entry, Logical **tree) {
  const PgQuery__SelectStmt *statement = entry->cte->ctequery->select_stmt;
  Recursion recursion = {.part = PART_OTHER};
  binder->ctes = entry; // it sees itself
  entry->recursion = &recursion;
  if (statement->op != PG_QUERY__SET_OPERATION__SETOP_UNION) {
    TRY(bind_query(binder, statement, false, tree));
  } else {
    TRY(depth_enter(binder, entry->cte->location));
    if (statement->with_clause) TRY(add_ctes(binder, statement->with_clause));
    TRY(bind_parts(binder, entry, statement, tree));
    TRY(check_unused_ctes(binder, entry));
    depth_leave(binder);
  }
  entry->recursion = NULL;
  return STATUS_OK;
}
