// A view in FROM: the rows of the query that CREATE VIEW gave it.
//
// A view is kept as the text of its statement and bound anew wherever it is named, so that it means
// what it says over the tables of that moment. Its query sees no names of the statement around it.
#include "memory.h"
#include "sql_bind.h"
#include <pg_query.h>

typedef struct ViewTree {
  PgQuery__ParseResult *result;
  struct ViewTree *next;
} ViewTree;

static const PgQuery__ViewStmt *view_parse(Binder *binder, const CatalogView *view) {
  PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(view->text);
  PgQuery__ParseResult *result =
      parsed.error ? NULL
                   : pg_query__parse_result__unpack(NULL, parsed.parse_tree.len,
                                                    (const uint8_t *)parsed.parse_tree.data);
  pg_query_free_protobuf_parse_result(parsed);
  if (!result) return NULL;
  ViewTree *tree = ARENA_NEW(binder->arena, ViewTree);
  *tree = (ViewTree){result, binder->view_trees};
  binder->view_trees = tree;
  return result->stmts[0]->stmt->view_stmt;
}

void view_trees_free(Binder *binder) {
  for (ViewTree *tree = binder->view_trees; tree; tree = tree->next)
    pg_query__parse_result__free_unpacked(tree->result, NULL);
  binder->view_trees = NULL;
}

static Status bind_body(Binder *binder, const PgQuery__ViewStmt *body, Logical **tree) {
  CteScope *ctes = binder->ctes;
  SelectState *select = binder->select;
  binder->ctes = NULL;
  binder->select = NULL;
  Status status = bind_query(binder, body->query->select_stmt, false, tree);
  binder->ctes = ctes;
  binder->select = select;
  return status;
}

// A fault within a view is shown where the statement names the view.
static Status view_fault(Binder *binder, const char *name, int32_t position, Status status) {
  char message[ERROR_MESSAGE_BYTES];
  memcpy(message, binder->error ? binder->error->message : "", binder->error ? sizeof message : 1);
  return error_set_at(binder->error, status, position, "view \"%s\": %.700s", name, message);
}

Status bind_view(Binder *binder, const PgQuery__RangeVar *range, const CatalogView *view,
                 Scope *scope, Logical **tree) {
  if (binder->view_made && strcmp(binder->view_made, view->name) == 0)
    return invalid_at(binder, range->location, "view \"%s\" would read itself", view->name);
  if (binder->view_depth >= VIEW_DEPTH_MAX)
    return error_set_at(binder->error, STATUS_LIMIT, range->location,
                        "views are nested deeper than %d levels", VIEW_DEPTH_MAX);
  const PgQuery__ViewStmt *body = view_parse(binder, view);
  if (!body) return invalid_at(binder, range->location, "view \"%s\" cannot be read", view->name);
  binder->view_depth++;
  Status status = bind_body(binder, body, tree);
  binder->view_depth--;
  if (status != STATUS_OK) return view_fault(binder, view->name, range->location, status);
  const char *alias = range->alias ? range->alias->aliasname : view->name;
  TRY(scope_add_alias(binder, scope, *tree, alias, body->aliases, body->n_aliases,
                      range->location));
  return scope_rename(binder, scope, range);
}
