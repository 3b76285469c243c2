// SQL of an experiment, run in a session of its own over the store's moment.
#pragma once
#include "buffer.h"
#include "experiment.h"

typedef struct ExperimentSession ExperimentSession;
struct ExperimentSession {
  const ExperimentStore *store;
  Session *session;
  Job *job;
  Arena *arena; // of rows
  uint64_t rows_read, bytes_read;
};

// On success the caller ends it with experiment_session_clear.
Status experiment_session_init(ExperimentSession *session, const ExperimentStore *store, Job *job,
                               Arena *arena, Error *error) WARN_UNUSED;
void experiment_session_clear(ExperimentSession *session);

typedef struct QueryRows {
  const ResultColumn *columns;
  uint32_t column_count, row_count;
  Value *values; // [row * column_count + column], in the session's arena
} QueryRows;

// Runs one statement; CREATE TABLE gives no rows. More than rows_max rows are STATUS_LIMIT.
Status experiment_query(ExperimentSession *session, const char *sql, uint32_t rows_max,
                        QueryRows *rows, Error *error) WARN_UNUSED;
// What a SELECT of a definition gives, without running it: its columns, in the arena. Errors carry
// the place in `sql`.
Status experiment_query_columns(const ExperimentStore *store, const char *sql, Arena *arena,
                                LogicalColumn **columns, uint32_t *count, Error *error) WARN_UNUSED;
// The same of a statement of this room, which may name the session's tables; in its arena.
Status experiment_session_columns(ExperimentSession *session, const char *sql,
                                  LogicalColumn **columns, uint32_t *count,
                                  Error *error) WARN_UNUSED;

static inline const Value *query_value(const QueryRows *rows, uint32_t row, uint32_t column) {
  return &rows->values[(size_t)row * rows->column_count + column];
}
const char *query_text(const QueryRows *rows, uint32_t row, uint32_t column, Arena *arena); // NULL
int64_t query_int(const QueryRows *rows, uint32_t row, uint32_t column);   // NULL is 0
int128_t query_wide(const QueryRows *rows, uint32_t row, uint32_t column); // unscaled
// "name" in quotes, as SQL writes an identifier, and 'text' as a literal.
const char *sql_name(const char *name, Arena *arena);
const char *sql_text(const char *text, Arena *arena);
// "store.store" of a cube as SQL names it; suffix: "", or "_label".
const char *sql_level(const char *name, const char *suffix, Arena *arena);
// The text of a statement that was written, which is cleared.
const char *sql_take(Buffer *text, Arena *arena);
const char *sql_day(int32_t day, Arena *arena); // DATE '2025-03-03'
