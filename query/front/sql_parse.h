// SQL text to the logical tree. PostgreSQL 15's grammar (libpg_query); binding is ours.
#pragma once
#include "catalog.h"

// A value for $n, as it was given. It stands in the statement as a literal would: a text takes the
// type of its place, as a quoted literal does.
typedef struct SqlParameter {
  enum {
    PARAMETER_NULL,
    PARAMETER_TEXT,
    PARAMETER_NUMBER,
    PARAMETER_BOOL,
    PARAMETER_LIST,      // what x IN ($n) looks among; of an empty list it is true of every
                         // x
    PARAMETER_EVERYBODY, // no segment was chosen: in_segment(x, $n) is true of every x
    PARAMETER_UNGIVEN    // has no value yet, as all have without `parameters`
  } kind;
  Str text;         // TEXT; NUMBER: its digits
  bool truth;       // BOOL; LIST: NULL is looked for too
  const Str *items; // LIST: texts, each of the type of its place
  uint32_t item_count;
} SqlParameter;

typedef struct SqlOptions {
  const SqlParameter *parameters; // [parameter_count] of $1, $2, ...; NULL: types alone are told
  uint32_t parameter_count;
  uint32_t text_bytes_max; // 0: 128 KiB
  uint32_t depth_max;      // 0: 500 levels of nesting
  bool session;            // statements that a session alone can do are allowed
  bool undated;            // the SQL of a definition, the same on every day: no now(), current_date
  int64_t now;             // what they are, in microseconds since 1970, UTC; 0: the clock's time
} SqlOptions;

typedef enum StatementKind {
  STATEMENT_SELECT,
  STATEMENT_EXPLAIN,
  STATEMENT_EXPLAIN_ANALYZE,
  STATEMENT_SHOW_TABLES,
  STATEMENT_DESCRIBE,
  STATEMENT_TRANSACTION, // name: "BEGIN", "COMMIT", "ROLLBACK"; changes nothing
  // With SqlOptions.session:
  STATEMENT_SHOW_VIEWS,
  STATEMENT_SHOW_CUBES,
  STATEMENT_DESCRIBE_CUBE,
  STATEMENT_SHOW, // name
  STATEMENT_SET,  // name, value; value NULL: back to what the session began with
  STATEMENT_RESET_ALL,
  STATEMENT_CREATE_VIEW,  // name, replace; tree: the view's rows
  STATEMENT_CREATE_TABLE, // name, if_exists (IF NOT EXISTS); tree: the table's rows
  STATEMENT_DROP_VIEW,    // name, if_exists
  STATEMENT_DROP_TABLE
} StatementKind;

typedef struct Statement {
  StatementKind kind;
  Logical *tree;     // SELECT, EXPLAIN
  const char *table; // DESCRIBE
  const char *name;  // of a setting, view or table: see StatementKind
  const char *value; // SET
  bool replace, if_exists;
  int32_t name_position; // byte offset, -1: unknown
  uint32_t parameter_count;
  Type *parameter_types;
  bool reads_clock; // now(), current_date: it is of this moment
} Statement;

// Parses and binds one statement. Without options it is one of a definition (undated). Errors carry
// the byte offset and suggest the nearest name. Thread-safe; parsing runs on a thread of its own
// with a large stack (deep nesting is an error).
Status sql_statement(const char *text, const Catalog *catalog, LogicalContext *context,
                     const SqlOptions *options, Statement *statement, Error *error) WARN_UNUSED;
// Binds a bare scalar expression over the columns of `input`, as measures and derived attributes
// are written in a model. `resolve` finds a name ("paid", "product.category"): an expression, or
// NULL when unknown.
typedef Expr *(*SqlResolver)(void *context, const char *qualifier, const char *name);
Status sql_expression(const char *text, LogicalContext *context, SqlResolver resolve,
                      void *resolve_context, Expr **expr, Error *error) WARN_UNUSED;
