// Statements that change a session: SET, CREATE VIEW, CREATE TABLE AS, DROP. Only what they say is
// read here; run/session does it.
#include "sql_bind.h"
#include <strings.h>

static Status statement_name(Binder *binder, const PgQuery__RangeVar *range, Statement *statement) {
  if (range->schemaname && range->schemaname[0] && strcmp(range->schemaname, "public") != 0)
    return error_set_at(binder->error, STATUS_INVALID, range->location,
                        "a session's tables and views are in the schema \"public\"");
  statement->name = arena_strdup(binder->arena, range->relname);
  statement->name_position = range->location;
  return STATUS_OK;
}

// Renames the tree's columns by the list of names, and refuses a name that comes twice.
static Status name_columns(Binder *binder, Node *const *names, size_t count, int32_t position,
                           Logical **tree_out) {
  Logical *tree = *tree_out;
  if (count > tree->column_count)
    return invalid_at(binder, position, "%zu column names are given, but the query has %u columns",
                      count, tree->column_count);
  if (count) {
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, tree->column_count);
    const char **texts = ARENA_ARRAY(binder->arena, const char *, tree->column_count);
    for (uint32_t i = 0; i < tree->column_count; i++) {
      exprs[i] = logical_ref(binder->context, tree, i);
      texts[i] =
          i < count ? arena_strdup(binder->arena, node_string(names[i])) : tree->columns[i].name;
    }
    *tree_out = tree = logical_project(binder->context, tree, exprs, texts, tree->column_count);
  }
  for (uint32_t i = 0; i < tree->column_count; i++)
    for (uint32_t k = 0; k < i; k++)
      if (strcmp(tree->columns[i].name, tree->columns[k].name) == 0)
        return invalid_at(binder, position, "column \"%s\" specified more than once",
                          tree->columns[i].name);
  return STATUS_OK;
}

static Status bind_rows(Binder *binder, const Node *query, const char *what, int32_t position,
                        Logical **tree) {
  if (!query || query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
    return unsupported(binder, position, what);
  TRY(bind_query(binder, query->select_stmt, false, tree));
  *tree = shared_first_places(binder, *tree);
  return binder->parameter_count ? invalid_at(binder, position, "%s has no parameters", what)
                                 : STATUS_OK;
}

static Status bind_create_view(Binder *binder, const PgQuery__ViewStmt *view,
                               Statement *statement) {
  statement->kind = STATEMENT_CREATE_VIEW;
  statement->replace = view->replace;
  TRY(statement_name(binder, view->view, statement));
  int32_t position = statement->name_position;
  binder->view_made = statement->name;
  TRY(bind_rows(binder, view->query, "a view", position, &statement->tree));
  return name_columns(binder, view->aliases, view->n_aliases, position, &statement->tree);
}

static Status bind_create_table(Binder *binder, const PgQuery__CreateTableAsStmt *create,
                                Statement *statement) {
  TRY(statement_name(binder, create->into->rel, statement));
  int32_t position = statement->name_position;
  if (create->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
    return unsupported(binder, position, "CREATE MATERIALIZED VIEW");
  if (create->into->skip_data) return unsupported(binder, position, "WITH NO DATA");
  statement->kind = STATEMENT_CREATE_TABLE;
  statement->if_exists = create->if_not_exists;
  TRY(bind_rows(binder, create->query, "CREATE TABLE AS", position, &statement->tree));
  return name_columns(binder, create->into->col_names, create->into->n_col_names, position,
                      &statement->tree);
}

static Status bind_drop(Binder *binder, const PgQuery__DropStmt *drop, Statement *statement) {
  bool view = drop->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW;
  if (!view && drop->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
    return unsupported(binder, 0, "DROP of anything but a table or a view");
  if (drop->n_objects != 1) return unsupported(binder, 0, "DROP of several at once");
  const PgQuery__List *list = drop->objects[0]->list;
  statement->kind = view ? STATEMENT_DROP_VIEW : STATEMENT_DROP_TABLE;
  statement->name = arena_strdup(binder->arena, list_last_string(list->items, list->n_items));
  statement->if_exists = drop->missing_ok;
  return STATUS_OK;
}

// A setting's value as text: '30s', 30, on, fold.
static const char *setting_text(Binder *binder, const Node *node) {
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST) return NULL;
  const PgQuery__AConst *value = node->a_const;
  switch (value->val_case) {
  case PG_QUERY__A__CONST__VAL_SVAL:
    return arena_strdup(binder->arena, value->sval->sval);
  case PG_QUERY__A__CONST__VAL_IVAL:
    return arena_printf(binder->arena, "%d", value->ival->ival);
  case PG_QUERY__A__CONST__VAL_FVAL:
    return arena_strdup(binder->arena, value->fval->fval);
  default:
    return NULL;
  }
}

static Status bind_set(Binder *binder, const PgQuery__VariableSetStmt *set, Statement *statement) {
  if (set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL) {
    statement->kind = STATEMENT_RESET_ALL;
    return STATUS_OK;
  }
  statement->kind = STATEMENT_SET;
  statement->name = arena_strdup(binder->arena, set->name);
  if (set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
      set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT)
    return STATUS_OK;
  if (set->is_local) return unsupported(binder, 0, "SET LOCAL");
  const char *text = "";
  for (size_t i = 0; i < set->n_args; i++) {
    const char *item = setting_text(binder, set->args[i]);
    if (!item) return unsupported(binder, 0, "such a value of SET");
    text = arena_printf(binder->arena, "%s%s%s", text, i ? "," : "", item);
  }
  statement->value = text;
  return STATUS_OK;
}

static Status bind_show(Binder *binder, const char *name, Statement *statement) {
  statement->kind = strcasecmp(name, "tables") == 0  ? STATEMENT_SHOW_TABLES
                    : strcasecmp(name, "views") == 0 ? STATEMENT_SHOW_VIEWS
                    : strcasecmp(name, "cubes") == 0 ? STATEMENT_SHOW_CUBES
                                                     : STATEMENT_SHOW;
  statement->name = arena_strdup(binder->arena, name);
  return STATUS_OK;
}

Status bind_session_statement(Binder *binder, const Node *node, bool *found, Statement *statement) {
  *found = true;
  statement->name_position = 0;
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_VIEW_STMT:
    return bind_create_view(binder, node->view_stmt, statement);
  case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
    return bind_create_table(binder, node->create_table_as_stmt, statement);
  case PG_QUERY__NODE__NODE_DROP_STMT:
    return bind_drop(binder, node->drop_stmt, statement);
  case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    return bind_set(binder, node->variable_set_stmt, statement);
  case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
    return bind_show(binder, node->variable_show_stmt->name, statement);
  default:
    *found = false;
    return STATUS_OK;
  }
}
