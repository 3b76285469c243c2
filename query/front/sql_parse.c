// SQL text to the logical tree: the entry. PostgreSQL's own parser, then our binder.
//
//   text -> checks (size, UTF-8, nesting) -> libpg_query -> protobuf tree -> bind -> verify ->
//   Statement
//
// Everything from the parser on runs on a thread with a very large stack (sql_stack), for it
// recurses with the text's nesting. The binder refuses trees deeper than a limit, so that nothing
// after it recurses deeply. DESCRIBE, which PostgreSQL's grammar lacks, is read before.
#include "sql_bind.h"
#include "sql_nesting.h"
#include "sql_stack.h"
#include "text.h"
#include <ctype.h>
#include <pg_query.h>
#include <strings.h>

#define TEXT_BYTES_MAX (128u << 10)
#define DEPTH_MAX 500

typedef struct Parsing { // what goes to the thread
  const char *text;
  size_t text_size;
  Binder *binder;
  Statement *statement; // a statement is wanted,
  Expr **expr;          // or a bare expression
} Parsing;

// The parser counts characters from 1; errors give bytes from 0.
static int32_t byte_position(const char *text, int cursor) {
  if (cursor < 1) return -1;
  const char *at = text;
  for (int i = 1; i < cursor && *at; i++) utf8_decode(&at);
  return (int32_t)(at - text);
}

static Status parser_error(const Parsing *parsing, const PgQueryError *failure) {
  if (strstr(failure->message, "memory exhausted") || strstr(failure->message, "stack depth"))
    return error_set_at(parsing->binder->error, STATUS_LIMIT,
                        byte_position(parsing->text, failure->cursorpos),
                        "the statement is nested too deeply");
  return error_set_at(parsing->binder->error, STATUS_INVALID,
                      byte_position(parsing->text, failure->cursorpos), "%s", failure->message);
}

static Status bind_whole(Parsing *parsing, const PgQuery__SelectStmt *select) {
  Statement *statement = parsing->statement;
  TRY(bind_query(parsing->binder, select, false, &statement->tree));
  statement->tree = shared_first_places(parsing->binder, statement->tree);
  return STATUS_OK;
}

static Status bind_explain(Parsing *parsing, const PgQuery__ExplainStmt *explain) {
  Statement *statement = parsing->statement;
  statement->kind = STATEMENT_EXPLAIN;
  for (size_t i = 0; i < explain->n_options; i++) {
    const PgQuery__DefElem *option = explain->options[i]->def_elem;
    if (strcasecmp(option->defname, "analyze") != 0)
      return error_set_at(parsing->binder->error, STATUS_UNSUPPORTED, option->location,
                          "EXPLAIN option \"%s\" is not supported; ANALYZE is", option->defname);
    const char *value = node_string(option->arg);
    bool off = value && (strcasecmp(value, "false") == 0 || strcasecmp(value, "off") == 0);
    if (!off) statement->kind = STATEMENT_EXPLAIN_ANALYZE;
  }
  if (explain->query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
    return unsupported(parsing->binder, -1, "EXPLAIN of anything but SELECT");
  return bind_whole(parsing, explain->query->select_stmt);
}

// Clients begin and commit out of habit: accepted, for a statement here reads the data of one
// moment, and there is nothing to undo. Savepoints and two phases are refused.
static Status bind_transaction(Parsing *parsing, const PgQuery__TransactionStmt *transaction) {
  Statement *statement = parsing->statement;
  statement->kind = STATEMENT_TRANSACTION;
  switch (transaction->kind) {
  case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
  case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
    statement->name = "BEGIN";
    return STATUS_OK;
  case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
    statement->name = "COMMIT";
    return STATUS_OK;
  case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
    statement->name = "ROLLBACK";
    return STATUS_OK;
  default:
    return error_set_at(
        parsing->binder->error, STATUS_UNSUPPORTED, 0,
        "of transactions there are BEGIN, COMMIT and ROLLBACK, which change nothing");
  }
}

static Status bind_statement(Parsing *parsing, const Node *node) {
  Statement *statement = parsing->statement;
  const SqlOptions *options = parsing->binder->options;
  bool found = false;
  if (options && options->session)
    TRY(bind_session_statement(parsing->binder, node, &found, statement));
  if (found) return STATUS_OK;
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_SELECT_STMT:
    statement->kind = STATEMENT_SELECT;
    return bind_whole(parsing, node->select_stmt);
  case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
    return bind_explain(parsing, node->explain_stmt);
  case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
    if (strcasecmp(node->variable_show_stmt->name, "tables") != 0)
      return error_set_at(parsing->binder->error, STATUS_UNSUPPORTED, 0,
                          "SHOW %s is not supported; SHOW TABLES is",
                          node->variable_show_stmt->name);
    statement->kind = STATEMENT_SHOW_TABLES;
    return STATUS_OK;
  case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
    return bind_transaction(parsing, node->transaction_stmt);
  case PG_QUERY__NODE__NODE_VIEW_STMT:
  case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
  case PG_QUERY__NODE__NODE_DROP_STMT:
  case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    return error_set_at(parsing->binder->error, STATUS_UNSUPPORTED, 0,
                        "views, tables and settings of one's own need a session, which this "
                        "statement does not have: `tessera sql` keeps one");
  default:
    return error_set_at(
        parsing->binder->error, STATUS_UNSUPPORTED, 0,
        "only SELECT, VALUES, EXPLAIN, SHOW TABLES and DESCRIBE are supported: data "
        "are loaded, not changed by SQL");
  }
}

static Status settle_parameters(Parsing *parsing) {
  Binder *binder = parsing->binder;
  const SqlOptions *options = binder->options;
  if (options && options->parameters) {
    if (binder->parameter_count < options->parameter_count)
      return invalid_at(binder, -1, "%u parameters were given, but the statement has %u",
                        options->parameter_count, binder->parameter_count);
  }
  bool has_values = options && options->parameters;
  for (uint32_t i = 0; i < binder->parameter_count; i++)
    if (binder->parameter_types[i].kind == TYPE_NULL &&
        (!has_values || options->parameters[i].kind == PARAMETER_UNGIVEN))
      return invalid_at(binder, -1, "could not determine data type of parameter $%u", i + 1);
  if (has_values) return STATUS_OK;
  parsing->statement->parameter_count = binder->parameter_count;
  parsing->statement->parameter_types = binder->parameter_types;
  return STATUS_OK;
}

static Status bind_result(Parsing *parsing, const PgQuery__ParseResult *result) {
  Binder *binder = parsing->binder;
  if (result->n_stmts == 0) return invalid_at(binder, -1, "there is no statement in the text");
  if (result->n_stmts > 1)
    return invalid_at(binder, result->stmts[1]->stmt_location,
                      "one statement at a time: the text has %zu", result->n_stmts);
  TRY(bind_statement(parsing, result->stmts[0]->stmt));
  TRY(settle_parameters(parsing));
  parsing->statement->reads_clock = binder->now != 0;
  return parsing->statement->tree ? logical_verify(parsing->statement->tree, binder->error)
                                  : STATUS_OK;
}

// The expression of SELECT <expression>, and nothing else.
static Status bind_bare_expression(Parsing *parsing, const PgQuery__ParseResult *result) {
  Binder *binder = parsing->binder;
  const Node *node = result->n_stmts == 1 ? result->stmts[0]->stmt : NULL;
  if (!node || node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
    return invalid_at(binder, -1, "an expression was expected");
  const PgQuery__SelectStmt *select = node->select_stmt;
  bool bare = select->op == PG_QUERY__SET_OPERATION__SETOP_NONE && select->n_target_list == 1 &&
              !select->n_from_clause && !select->where_clause && !select->n_group_clause &&
              !select->having_clause && !select->n_sort_clause && !select->limit_count &&
              !select->limit_offset && !select->with_clause && !select->n_distinct_clause &&
              !select->into_clause && !select->n_window_clause && !select->n_locking_clause;
  const PgQuery__ResTarget *target = bare ? select->target_list[0]->res_target : NULL;
  if (!target || (target->name && target->name[0]))
    return invalid_at(binder, -1, "one expression was expected, and nothing else");
  TRY(bind_expr(binder, target->val, parsing->expr));
  return coerce_unknown(binder, parsing->expr);
}

static Status parse_and_bind(void *context) {
  Parsing *parsing = context;
  Status status;
  PgQuery__ParseResult *tree = NULL;
  PgQueryProtobufParseResult result = pg_query_parse_protobuf(parsing->text);
  if (result.error) {
    status = parser_error(parsing, result.error);
    goto cleanup;
  }
  tree = pg_query__parse_result__unpack(NULL, result.parse_tree.len,
                                        (const uint8_t *)result.parse_tree.data);
  if (!tree) {
    status = error_set(parsing->binder->error, STATUS_CORRUPT, "the parser's tree cannot be read");
    goto cleanup;
  }
  status = parsing->expr ? bind_bare_expression(parsing, tree) : bind_result(parsing, tree);
cleanup:
  view_trees_free(parsing->binder);
  if (tree) pg_query__parse_result__free_unpacked(tree, NULL);
  pg_query_free_protobuf_parse_result(result);
  return status;
}

static Status parse(Parsing *parsing, uint32_t bytes_max) {
  Error *error = parsing->binder->error;
  if (parsing->text_size > bytes_max)
    return error_set(error, STATUS_LIMIT, "the statement has %zu bytes; at most %u are read",
                     parsing->text_size, bytes_max);
  size_t valid = utf8_valid_prefix(parsing->text, parsing->text_size);
  if (valid < parsing->text_size)
    return error_set_at(error, STATUS_INVALID, (int64_t)valid, "the statement is not valid UTF-8");
  TRY(sql_nesting_check(parsing->text, parsing->text_size, parsing->binder->depth_max * 2, error));
  return sql_stack_run(parse_and_bind, parsing, error);
}

// --- DESCRIBE ---

static const char *skip_blanks(const char *at) {
  while (isspace((unsigned char)*at)) at++;
  return at;
}

// The name after DESCRIBE or DESC, or NULL when the text is something else. Quotes keep the case.
static const char *read_describe(Arena *arena, const char *text, int32_t *position) {
  const char *at = skip_blanks(text);
  size_t word = strncasecmp(at, "describe", 8) == 0 ? 8 : strncasecmp(at, "desc", 4) == 0 ? 4 : 0;
  if (!word || !isspace((unsigned char)at[word])) return NULL;
  at = skip_blanks(at + word);
  bool quoted = *at == '"';
  const char *start = at += quoted;
  while (*at && (quoted ? *at != '"' : !isspace((unsigned char)*at) && *at != ';')) at++;
  char *name = arena_strndup(arena, start, (size_t)(at - start));
  for (char *c = name; *c && !quoted; c++) *c = (char)tolower((unsigned char)*c);
  if (quoted && *at == '"') at++;
  at = skip_blanks(at);
  if (*at == ';') at = skip_blanks(at + 1);
  *position = (int32_t)(start - text);
  return *at || !*name ? NULL : name;
}

static Status describe_cube(Binder *binder, const char *name, int32_t position,
                            Statement *statement) {
  const CatalogCube *cube = binder->catalog->find_cube(binder->catalog, name);
  if (!cube) {
    const char *const *names;
    uint32_t count = binder->catalog->cube_names(binder->catalog, &names);
    return name_unknown(binder, position, "cube", name, names, count);
  }
  statement->kind = STATEMENT_DESCRIBE_CUBE;
  statement->table = arena_strdup(binder->arena, cube->name);
  return STATUS_OK;
}

static Status describe(Binder *binder, const char *name, int32_t position, Statement *statement) {
  if (strncmp(name, "cube.", 5) == 0) return describe_cube(binder, name + 5, position, statement);
  if (strncmp(name, "public.", 7) == 0) name += 7;
  const CatalogTable *table = binder->catalog->find_table(binder->catalog, name);
  if (!table) {
    const char *const *names;
    uint32_t count = binder->catalog->table_names(binder->catalog, &names);
    return name_unknown(binder, position, "table", name, names, count);
  }
  statement->kind = STATEMENT_DESCRIBE;
  statement->table = arena_strdup(binder->arena, table->name);
  return STATUS_OK;
}

// --- entries ---

static Binder binder_new(LogicalContext *context, const SqlOptions *options, Error *error) {
  return (Binder){.context = context,
                  .arena = context->arena,
                  .error = error,
                  .options = options,
                  .depth_max = options && options->depth_max ? options->depth_max : DEPTH_MAX};
}

Status sql_statement(const char *text, const Catalog *catalog, LogicalContext *context,
                     const SqlOptions *options, Statement *statement, Error *error) {
  *statement = (Statement){0};
  Binder binder = binder_new(context, options, error);
  binder.catalog = catalog;
  int32_t position;
  uint32_t bytes_max =
      options && options->text_bytes_max ? options->text_bytes_max : TEXT_BYTES_MAX;
  size_t size = strlen(text);
  const char *described = size <= bytes_max ? read_describe(context->arena, text, &position) : NULL;
  if (described && !(catalog->find_view && catalog->find_view(catalog, described)))
    return describe(&binder, described, position, statement);
  if (described) { // a view has the columns of its rows
    statement->table = described;
    text = arena_printf(context->arena, "SELECT * FROM \"%s\"", described);
    size = strlen(text);
  }
  Parsing parsing = {.text = text, .text_size = size, .binder = &binder, .statement = statement};
  TRY(parse(&parsing, bytes_max));
  if (described) statement->kind = STATEMENT_DESCRIBE;
  return STATUS_OK;
}

static const char EXPRESSION_PREFIX[] = "SELECT ";

static Expr *resolve_nothing(void *context, const char *qualifier, const char *name) {
  (void)context, (void)qualifier, (void)name;
  return NULL;
}

Status sql_expression(const char *text, LogicalContext *context, SqlResolver resolve,
                      void *resolve_context, Expr **expr, Error *error) {
  Error local = ERROR_INIT;
  Binder binder = binder_new(context, NULL, &local);
  binder.resolve = resolve ? resolve : resolve_nothing;
  binder.resolve_context = resolve_context;
  const char *statement = arena_printf(context->arena, "%s%s", EXPRESSION_PREFIX, text);
  Parsing parsing = {
      .text = statement, .text_size = strlen(statement), .binder = &binder, .expr = expr};
  Status status = parse(&parsing, TEXT_BYTES_MAX);
  if (status == STATUS_OK) return STATUS_OK;
  if (local.position >= 0) // positions are the asker's
    local.position -= (int64_t)sizeof EXPRESSION_PREFIX - 1;
  if (local.position < -1) local.position = 0;
  if (error) *error = local;
  return status;
}
