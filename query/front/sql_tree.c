// Reading PostgreSQL's parse tree: positions, names, what a node is called.
#include "sql_bind.h"

int32_t node_position(const Node *node) {
  if (!node) return -1;
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_COLUMN_REF:
    return node->column_ref->location;
  case PG_QUERY__NODE__NODE_A_CONST:
    return node->a_const->location;
  case PG_QUERY__NODE__NODE_A_EXPR:
    if (node->a_expr->lexpr) {
      int32_t left = node_position(node->a_expr->lexpr);
      if (left >= 0) return left;
    }
    return node->a_expr->location;
  case PG_QUERY__NODE__NODE_BOOL_EXPR:
    if (node->bool_expr->n_args && node->bool_expr->boolop != PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
      return node_position(node->bool_expr->args[0]);
    return node->bool_expr->location;
  case PG_QUERY__NODE__NODE_FUNC_CALL:
    return node->func_call->location;
  case PG_QUERY__NODE__NODE_TYPE_CAST: {
    int32_t arg = node_position(node->type_cast->arg), own = node->type_cast->location;
    return own < 0 || (arg >= 0 && arg < own) ? arg : own;
  }
  case PG_QUERY__NODE__NODE_CASE_EXPR:
    return node->case_expr->location;
  case PG_QUERY__NODE__NODE_COALESCE_EXPR:
    return node->coalesce_expr->location;
  case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
    return node->min_max_expr->location;
  case PG_QUERY__NODE__NODE_NULL_TEST:
    return node_position(node->null_test->arg);
  case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
    return node_position(node->boolean_test->arg);
  case PG_QUERY__NODE__NODE_SUB_LINK:
    return node->sub_link->location;
  case PG_QUERY__NODE__NODE_PARAM_REF:
    return node->param_ref->location;
  case PG_QUERY__NODE__NODE_GROUPING_FUNC:
    return node->grouping_func->location;
  case PG_QUERY__NODE__NODE_GROUPING_SET:
    return node->grouping_set->location;
  case PG_QUERY__NODE__NODE_ROW_EXPR:
    return node->row_expr->location;
  case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
    return node->a_array_expr->location;
  case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
    return node->collate_clause->location;
  case PG_QUERY__NODE__NODE_A_INDIRECTION:
    return node_position(node->a_indirection->arg);
  case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
    return node->sqlvalue_function->location;
  case PG_QUERY__NODE__NODE_RES_TARGET:
    return node->res_target->location;
  case PG_QUERY__NODE__NODE_RANGE_VAR:
    return node->range_var->location;
  case PG_QUERY__NODE__NODE_SORT_BY:
    return node_position(node->sort_by->node);
  case PG_QUERY__NODE__NODE_SELECT_STMT:
    return select_position(node->select_stmt);
  case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
    return node_position(node->range_subselect->subquery);
  case PG_QUERY__NODE__NODE_JOIN_EXPR:
    return node_position(node->join_expr->larg);
  case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
    if (node->range_function->n_functions && node->range_function->functions[0]->list &&
        node->range_function->functions[0]->node_case == PG_QUERY__NODE__NODE_LIST &&
        node->range_function->functions[0]->list->n_items)
      return node_position(node->range_function->functions[0]->list->items[0]);
    return -1;
  case PG_QUERY__NODE__NODE_COMMON_TABLE_EXPR:
    return node->common_table_expr->location;
  default:
    return -1;
  }
}

int32_t select_position(const PgQuery__SelectStmt *statement) {
  while (statement->larg) statement = statement->larg;
  if (statement->n_target_list) return node_position(statement->target_list[0]);
  const Node *row = statement->n_values_lists ? statement->values_lists[0] : NULL;
  return row && row->list->n_items ? node_position(row->list->items[0]) : -1;
}

const char *node_string(const Node *node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}

const char *list_last_string(Node *const *list, size_t count) {
  return count ? node_string(list[count - 1]) : NULL;
}

bool node_is_int(const Node *node, int64_t *value) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_A_CONST) return false;
  if (node->a_const->isnull || node->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
    return false;
  *value = node->a_const->ival->ival;
  return true;
}

const char *node_kind_name(const Node *node) {
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_ROW_EXPR:
    return "a row value";
  case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
    return "COLLATE";
  case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
    return current_name(node->sqlvalue_function);
  case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
    return "DEFAULT";
  case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
    return "a function in FROM";
  case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
    return "TABLESAMPLE";
  case PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC:
    return "XMLTABLE";
  case PG_QUERY__NODE__NODE_XML_EXPR:
  case PG_QUERY__NODE__NODE_XML_SERIALIZE:
    return "XML";
  case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR:
    return "CURRENT OF";
  default:
    return "this construct";
  }
}

// The function's name; of measure(revenue), the measure's.
static const char *call_name(const PgQuery__FuncCall *call) {
  const char *name = list_last_string(call->funcname, call->n_funcname);
  const Node *arg = call->n_args == 1 ? call->args[0] : NULL;
  if (!name || strcmp(name, "measure") != 0 || !arg ||
      arg->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
    return name;
  const char *measure = list_last_string(arg->column_ref->fields, arg->column_ref->n_fields);
  return measure ? measure : name;
}

// EXISTS by its name, a scalar subquery by its output's.
static const char *sub_link_name(const PgQuery__SubLink *link) {
  if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) return "exists";
  if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) return "array";
  const PgQuery__SelectStmt *select = link->subselect->select_stmt;
  if (link->sub_link_type != PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK || select->n_target_list != 1)
    return NULL;
  const PgQuery__ResTarget *target = select->target_list[0]->res_target;
  return target->name && target->name[0] ? target->name : node_output_name(target->val);
}

// The name that a node has of its own: a column's, a function's. NULL for a constant, an operator;
// a cast and a CASE take theirs from within.
static const char *own_name(const Node *node) {
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_COLUMN_REF:
    return list_last_string(node->column_ref->fields, node->column_ref->n_fields);
  case PG_QUERY__NODE__NODE_FUNC_CALL:
    return call_name(node->func_call);
  case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
    return current_name(node->sqlvalue_function);
  case PG_QUERY__NODE__NODE_TYPE_CAST:
    return own_name(node->type_cast->arg);
  case PG_QUERY__NODE__NODE_CASE_EXPR:
    return node->case_expr->defresult ? own_name(node->case_expr->defresult) : NULL;
  case PG_QUERY__NODE__NODE_COALESCE_EXPR:
    return "coalesce";
  case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
    return node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least";
  case PG_QUERY__NODE__NODE_GROUPING_FUNC:
    return "grouping";
  case PG_QUERY__NODE__NODE_A_EXPR:
    return node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? "nullif" : NULL;
  case PG_QUERY__NODE__NODE_SUB_LINK:
    return sub_link_name(node->sub_link);
  case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
    return "array";
  case PG_QUERY__NODE__NODE_A_INDIRECTION:
    return own_name(node->a_indirection->arg);
  default:
    return NULL;
  }
}

const char *node_output_name(const Node *node) {
  const char *name = own_name(node);
  if (!name && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    name = list_last_string(node->type_cast->type_name->names, node->type_cast->type_name->n_names);
  if (!name && node->node_case == PG_QUERY__NODE__NODE_CASE_EXPR) name = "case";
  return name ? name : "?column?";
}
