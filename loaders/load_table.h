// The state of one table being read, shared by its three steps. Internal to loaders/.
//
//   load_table  set-up, workers, the finished table
//   load_order  the ordered step: strings, keys, inferred members, bad rows
//   load_place  a batch's rows into the open blocks
#pragma once
#include "load.h"

#define ROW_DROPPED UINT64_MAX
#define ROW_NEW (UINT64_MAX - 1)

// Where rows of a keyed table came from, for messages about duplicates.
typedef struct LedgerEntry {
  uint64_t first; // number of its first row, counted over all batches
  uint64_t first_line;
  uint32_t rows, file;
  uint32_t *lines; // as in Batch; NULL: consecutive
} LedgerEntry;

typedef struct TableReader {
  Load *load;
  LoadTable *table;
  Source *source;
  SourceSpec spec;
  SourceColumn *source_columns;
  uint32_t *column_of; // of each source column (and stage column): index in the table's columns
  StageSet stages;
  bool stages_ready;
  uint64_t next_row;
  KeyMap *keys;
  uint64_t arrivals; // rows with keys seen so far
  LedgerEntry *ledger;
  uint32_t ledger_count, ledger_capacity;
  uint64_t *updated_rows; // base rows that got new values
  uint64_t updated_count, updated_capacity;
  pthread_mutex_t read_lock, turn_lock;
  pthread_cond_t turn_changed;
  uint64_t turn;
  bool reading_ended;
  _Atomic int status;
  Error error;
} TableReader;

typedef struct Worker {
  Chunk chunk;
  Batch batch;
  LinkMisses misses;
  uint64_t *targets; // keyed tables: row of each batch row, ROW_DROPPED; else NULL
  uint32_t target_capacity;
  bool consecutive; // rows go to first_row, first_row + 1, ...
  uint64_t first_row;
  int64_t charged_bytes;
} Worker;

static inline Str load_batch_text(const Batch *batch, const BatchColumn *column, uint32_t row) {
  (void)batch;
  return column->layout == BATCH_TEXTS
             ? ((const Str *)column->values)[row]
             : column->dictionary.entries[((const uint32_t *)column->values)[row]].text;
}

// Decided once, before the first row is placed: which columns have dictionaries, and the stages.
Status load_make_stages(TableReader *r, Error *error) WARN_UNUSED;
// Before the ordered step, in parallel: which rows' keys the previous version of the table has.
void load_find_base_rows(TableReader *r, Worker *w);
// The ordered step of one batch; called in the order of the chunks, by one thread at a time.
Status load_order_batch(TableReader *r, Worker *w, Error *error) WARN_UNUSED;
// After it, in parallel: writes the batch's rows where the ordered step said.
Status load_place_batch(TableReader *r, Worker *w, Error *error) WARN_UNUSED;
