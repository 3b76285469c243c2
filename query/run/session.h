// What one user's statements share: settings, views, and tables of his own, over one moment's root.
//
// Views and tables of a session live in memory and end with it; the tables of the model cannot be
// hidden by them, changed or dropped. Session tables are real tables in a root of the session's own
// that shares the tables of the root below. Not thread-safe: one statement at a time.
//
//   Root of the moment ─┐
//   session tables ─────┴─► Root of the session ─► Catalog + views ─► sql_statement
#pragma once
#include "catalog_store.h"
#include "job.h"
#include "sql_parse.h"
#include "thread_pool.h"

typedef struct SessionSettings {
  const char *passes_off; // optimiser passes to leave out, separated by commas; NULL: none
  int64_t timeout_ms;     // of a statement; 0: none
  int64_t memory_bytes;   // of a statement; 0: only the process's limit
} SessionSettings;

typedef struct Session Session;

// root, model (may be NULL) and budget outlive the session. `initial` (NULL: nothing set) is what
// RESET goes back to; its texts are copied.
Status session_create(const Root *root, const Model *model, const SessionSettings *initial,
                      MemoryBudget *budget, Session **session, Error *error) WARN_UNUSED;
void session_destroy(Session *session); // NULL is allowed

// These are of the session's present state: asked anew after each statement.
const Root *session_root(const Session *session);
const Catalog *session_catalog(const Session *session);
const SessionSettings *session_settings(const Session *session);
// The segments that statements from now on ask (Catalog.segments); NULL: none.
void session_set_segments(Session *session, const CatalogSegments *segments);
bool session_owns_table(const Session *session, const char *table);
uint32_t session_views(const Session *session, const CatalogView **views);
// The names of settings (NULL ends them), and one's value as text; NULL: there is no such setting.
const char *const *session_setting_names(void);
const char *session_setting(const Session *session, const char *name, Arena *arena);

// Does SET, RESET, CREATE and DROP; `text` is the statement's. *command says what was done
// ("CREATE VIEW"); NULL: the statement is of another kind, and nothing was done.
Status session_run(Session *session, const Statement *statement, const char *text,
                   LogicalContext *context, ThreadPool *pool, Job *job, const char **command,
                   Error *error) WARN_UNUSED;
