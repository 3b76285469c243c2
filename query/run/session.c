// See session.h.
#include "session.h"
#include "optimize.h"
#include "query_columns.h"
#include "text.h"
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define SETTING_TEXT_BYTES 256

struct Session {
  const Root *base;
  const Model *model;
  SessionSettings initial, settings;
  char initial_passes[SETTING_TEXT_BYTES], passes[SETTING_TEXT_BYTES];
  MemoryBudget budget; // of the session's tables
  Table **tables;
  uint32_t table_count;
  CatalogView *views;
  uint32_t view_count;
  Root *root;         // base and tables
  Catalog *below;     // over root
  Catalog catalog;    // below and views
  const char **names; // tables and views, for suggestions
  uint32_t name_count;
};

// ---------------------------------------------------------------- names

static const CatalogTable *find_table(const Catalog *catalog, const char *name) {
  const Session *session = catalog->context;
  return session->below->find_table(session->below, name);
}

static const CatalogCube *find_cube(const Catalog *catalog, const char *name) {
  const Session *session = catalog->context;
  return session->below->find_cube(session->below, name);
}

static const CatalogView *find_view(const Catalog *catalog, const char *name) {
  const Session *session = catalog->context;
  for (uint32_t i = 0; i < session->view_count; i++)
    if (strcmp(session->views[i].name, name) == 0) return &session->views[i];
  return NULL;
}

static uint32_t table_names(const Catalog *catalog, const char *const **names) {
  const Session *session = catalog->context;
  *names = session->names;
  return session->name_count;
}

static uint32_t cube_names(const Catalog *catalog, const char *const **names) {
  const Session *session = catalog->context;
  return session->below->cube_names(session->below, names);
}

static void names_collect(Session *session) {
  const char *const *below;
  uint32_t count = session->below->table_names(session->below, &below);
  mem_free(session->names);
  session->names = mem_alloc((count + session->view_count + 1) * sizeof *session->names);
  memcpy(session->names, below, count * sizeof *session->names);
  for (uint32_t i = 0; i < session->view_count; i++)
    session->names[count + i] = session->views[i].name;
  session->name_count = count + session->view_count;
}

// The root and the catalog anew, after a table came or went.
static Status session_refresh(Session *session, Error *error) {
  Root *root = root_copy(session->base);
  for (uint32_t i = 0; i < session->table_count; i++)
    root_put(root, table_retain(session->tables[i]));
  Catalog *below;
  Status status = catalog_create(root, session->model, &below, error);
  if (status != STATUS_OK) {
    root_release(root);
    return status;
  }
  catalog_destroy(session->below);
  if (session->root) root_release(session->root);
  session->root = root;
  session->below = below;
  names_collect(session);
  return STATUS_OK;
}

// ---------------------------------------------------------------- settings

static const char *const setting_names[] = {"memory", "passes_off", "timeout", NULL};

typedef struct Unit {
  const char *name;
  double factor;
} Unit;

static const Unit time_units[] = {{"", 1},       {"ms", 1},     {"s", 1e3},
                                  {"min", 60e3}, {"h", 3600e3}, {NULL, 0}};
static const Unit byte_units[] = {{"", 1},         {"B", 1},           {"kB", 1024},
                                  {"MB", 1048576}, {"GB", 1073741824}, {"K", 1024},
                                  {"M", 1048576},  {"G", 1073741824},  {NULL, 0}};

static Status amount_parse(const char *name, const char *text, const Unit *units, int64_t *value,
                           Error *error) {
  char *end;
  double amount = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
  if (amount >= 0) {
    while (isspace((unsigned char)*end)) end++;
    for (; units->name; units++)
      if (strcasecmp(units->name, end) == 0 && amount * units->factor < 9e18) {
        *value = (int64_t)(amount * units->factor);
        return STATUS_OK;
      }
  }
  return error_set(error, STATUS_INVALID, "invalid value for setting \"%s\": \"%s\"", name, text);
}

static Status passes_set(Session *session, const char *text, Error *error) {
  if (strlen(text) >= sizeof session->passes)
    return error_set(error, STATUS_INVALID, "invalid value for setting \"passes_off\": too long");
  TRY(passes_check(text, error));
  strcpy(session->passes, text);
  session->settings.passes_off = *text ? session->passes : NULL;
  return STATUS_OK;
}

static void setting_reset(Session *session, const char *name) {
  if (strcmp(name, "timeout") == 0) session->settings.timeout_ms = session->initial.timeout_ms;
  if (strcmp(name, "memory") == 0) session->settings.memory_bytes = session->initial.memory_bytes;
  if (strcmp(name, "passes_off") == 0) session->settings.passes_off = session->initial.passes_off;
}

static Status setting_set(Session *session, const char *name, const char *value, Error *error) {
  uint32_t known = 0;
  while (setting_names[known] && strcmp(setting_names[known], name) != 0) known++;
  if (!setting_names[known])
    return error_set(error, STATUS_NOT_FOUND,
                     "there is no setting \"%s\"; there are memory, passes_off and timeout", name);
  if (!value) {
    setting_reset(session, name);
    return STATUS_OK;
  }
  if (strcmp(name, "timeout") == 0)
    return amount_parse(name, value, time_units, &session->settings.timeout_ms, error);
  if (strcmp(name, "memory") == 0)
    return amount_parse(name, value, byte_units, &session->settings.memory_bytes, error);
  return passes_set(session, value, error);
}

const char *const *session_setting_names(void) {
  return setting_names;
}

const char *session_setting(const Session *session, const char *name, Arena *arena) {
  const SessionSettings *settings = &session->settings;
  if (strcmp(name, "timeout") == 0)
    return settings->timeout_ms ? arena_printf(arena, "%lldms", (long long)settings->timeout_ms)
                                : "none";
  if (strcmp(name, "memory") == 0)
    return settings->memory_bytes ? arena_printf(arena, "%lldB", (long long)settings->memory_bytes)
                                  : "none";
  if (strcmp(name, "passes_off") == 0) return settings->passes_off ? settings->passes_off : "";
  return NULL;
}

// ---------------------------------------------------------------- views and tables

static Status name_taken(const Session *session, const Statement *statement, Error *error) {
  const char *kind = NULL;
  if (find_view(&session->catalog, statement->name)) kind = "a view";
  if (root_find(session->root, statement->name)) kind = "a table";
  if (root_find(session->base, statement->name)) kind = "a table of the store";
  return kind ? error_set_at(error, STATUS_EXISTS, statement->name_position,
                             "\"%s\" already exists: it is %s", statement->name, kind)
              : STATUS_OK;
}

static void view_remove(Session *session, uint32_t at) {
  mem_free((char *)session->views[at].name);
  mem_free((char *)session->views[at].text);
  session->views[at] = session->views[--session->view_count];
}

static char *text_copy(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(mem_alloc(size), text, size);
}

static Status view_create(Session *session, const Statement *statement, const char *text,
                          Error *error) {
  const CatalogView *old = find_view(&session->catalog, statement->name);
  if (old && statement->replace)
    view_remove(session, (uint32_t)(old - session->views));
  else
    TRY(name_taken(session, statement, error));
  session->views = mem_realloc(session->views, (session->view_count + 1) * sizeof *session->views);
  session->views[session->view_count++] =
      (CatalogView){text_copy(statement->name), text_copy(text)};
  names_collect(session);
  return STATUS_OK;
}

static Status view_drop(Session *session, const Statement *statement, Error *error) {
  const CatalogView *view = find_view(&session->catalog, statement->name);
  if (!view && statement->if_exists) return STATUS_OK;
  if (!view)
    return error_set(error, STATUS_NOT_FOUND, "view \"%s\" does not exist", statement->name);
  view_remove(session, (uint32_t)(view - session->views));
  names_collect(session);
  return STATUS_OK;
}

static Status storable_check(const Statement *statement, Error *error) {
  const Logical *tree = statement->tree;
  for (uint32_t c = 0; c < tree->column_count; c++) switch (tree->columns[c].type.kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_DOUBLE:
    case TYPE_DATE:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_STRING:
      break;
    default:
      return error_set_at(error, STATUS_UNSUPPORTED, statement->name_position,
                          "column \"%s\": a table cannot hold intervals; extract(epoch FROM ...) "
                          "gives their seconds",
                          tree->columns[c].name);
    }
  return STATUS_OK;
}

static Status table_make(const Session *session, const Statement *statement,
                         LogicalContext *context, ThreadPool *pool, Job *job, Table **table,
                         Error *error) {
  const Logical *tree = statement->tree;
  uint32_t count = tree->column_count;
  const char **links = ARENA_ARRAY(context->arena, const char *, count + 1);
  ColumnSchema *schemas = ARENA_ARRAY(context->arena, ColumnSchema, count + 1);
  for (uint32_t c = 0; c < count; c++) schemas[c].name = tree->columns[c].name;
  Column **columns = mem_alloc((count + 1) * sizeof *columns);
  uint64_t rows;
  Status status = query_columns(context, statement->tree, session->root, pool, job, false, NULL,
                                columns, links, &rows, error);
  if (status != STATUS_OK) {
    mem_free(columns);
    return status;
  }
  for (uint32_t c = 0; c < count; c++) {
    schemas[c].type = columns[c]->type;
    schemas[c].link = links[c];
  }
  TableSchema schema = {
      .name = statement->name, .columns = schemas, .column_count = count, .key = -1, .cluster = -1};
  *table = table_create(schema_copy(&schema), columns, rows, NULL, NULL);
  return STATUS_OK;
}

static Status table_add(Session *session, const Statement *statement, LogicalContext *context,
                        ThreadPool *pool, Job *job, Error *error) {
  if (statement->if_exists && session_owns_table(session, statement->name)) return STATUS_OK;
  TRY(name_taken(session, statement, error));
  TRY(storable_check(statement, error));
  Table *table;
  TRY(table_make(session, statement, context, pool, job, &table, error));
  Status status = memory_budget_charge(&session->budget, (int64_t)table_bytes(table), error);
  if (status != STATUS_OK) {
    table_release(table);
    return status;
  }
  session->tables = mem_realloc(session->tables, (session->table_count + 1) * sizeof(Table *));
  session->tables[session->table_count++] = table;
  return session_refresh(session, error);
}

static void table_forget(Session *session, uint32_t at) {
  memory_budget_release(&session->budget, (int64_t)table_bytes(session->tables[at]));
  table_release(session->tables[at]);
  session->tables[at] = session->tables[--session->table_count];
}

static Status table_drop(Session *session, const Statement *statement, Error *error) {
  for (uint32_t i = 0; i < session->table_count; i++)
    if (strcmp(session->tables[i]->schema->name, statement->name) == 0) {
      table_forget(session, i);
      return session_refresh(session, error);
    }
  if (root_find(session->base, statement->name))
    return error_set(error, STATUS_INVALID,
                     "table \"%s\" is the store's; only a session's own tables can be dropped",
                     statement->name);
  if (statement->if_exists) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND, "table \"%s\" does not exist", statement->name);
}

// ---------------------------------------------------------------- the session

Status session_create(const Root *root, const Model *model, const SessionSettings *initial,
                      MemoryBudget *budget, Session **out, Error *error) {
  Session *session = mem_alloc_zero(sizeof *session);
  session->base = root;
  session->model = model;
  session->catalog = (Catalog){.context = session,
                               .find_table = find_table,
                               .find_cube = find_cube,
                               .find_view = find_view,
                               .table_names = table_names,
                               .cube_names = cube_names};
  memory_budget_init(&session->budget, "session", 0, budget);
  *out = session;
  Status status = session_refresh(session, error);
  if (status == STATUS_OK && initial) {
    session->settings = *initial;
    status = passes_set(session, initial->passes_off ? initial->passes_off : "", error);
    memcpy(session->initial_passes, session->passes, sizeof session->passes);
    session->initial = session->settings;
    if (session->initial.passes_off) session->initial.passes_off = session->initial_passes;
  }
  if (status == STATUS_OK) return STATUS_OK;
  session_destroy(session);
  *out = NULL;
  return status;
}

void session_destroy(Session *session) {
  if (!session) return;
  while (session->view_count) view_remove(session, 0);
  while (session->table_count) table_forget(session, 0);
  catalog_destroy(session->below);
  if (session->root) root_release(session->root);
  mem_free(session->names);
  mem_free(session->views);
  mem_free(session->tables);
  mem_free(session);
}

const Root *session_root(const Session *session) {
  return session->root;
}

const Catalog *session_catalog(const Session *session) {
  return &session->catalog;
}

const SessionSettings *session_settings(const Session *session) {
  return &session->settings;
}

void session_set_segments(Session *session, const CatalogSegments *segments) {
  session->catalog.segments = segments;
}

bool session_owns_table(const Session *session, const char *table) {
  return root_find(session->root, table) && !root_find(session->base, table);
}

uint32_t session_views(const Session *session, const CatalogView **views) {
  *views = session->views;
  return session->view_count;
}

Status session_run(Session *session, const Statement *statement, const char *text,
                   LogicalContext *context, ThreadPool *pool, Job *job, const char **command,
                   Error *error) {
  *command = NULL;
  switch (statement->kind) {
  case STATEMENT_SET:
    *command = statement->value ? "SET" : "RESET";
    return setting_set(session, statement->name, statement->value, error);
  case STATEMENT_RESET_ALL:
    *command = "RESET";
    session->settings = session->initial;
    return STATUS_OK;
  case STATEMENT_CREATE_VIEW:
    *command = "CREATE VIEW";
    return view_create(session, statement, text, error);
  case STATEMENT_CREATE_TABLE:
    *command = "CREATE TABLE";
    return table_add(session, statement, context, pool, job, error);
  case STATEMENT_DROP_VIEW:
    *command = "DROP VIEW";
    return view_drop(session, statement, error);
  case STATEMENT_DROP_TABLE:
    *command = "DROP TABLE";
    return table_drop(session, statement, error);
  default:
    return STATUS_OK;
  }
}
