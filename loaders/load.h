// The state of one load, shared by its steps. Internal to loaders/.
//
//   load_job    plans: which tables, in which order; publishes
//   load_table  files ─► parse ─► order ─► place ─► sealed blocks (a Table with raw keys at most)
//   load_link   keys ─► row numbers; inferred members
//   load_derive columns made from others: through links, as-of links, business dates, hours
//   load_history which row of a history held
//   load_sort   clustering and projections
//   load_check  hierarchies: a child has one parent
#pragma once
#include "key_map.h"
#include "load_job.h"
#include "rejects.h"
#include "source.h"
#include "stage.h"

typedef struct Load Load;
typedef struct LoadTable LoadTable;

typedef struct LoadColumn {
  const ModelColumn *model;
  Type type;         // as the table keeps it
  Type source_type;  // as parsed (a link's key)
  int32_t source;    // index among the source's columns; -1: derived
  bool is_link;      // holds row numbers: LINK, AS_OF, or THROUGH a link
  LoadTable *target; // of LINK and AS_OF
  bool deferred;     // LINK to a table that comes later, or to the own: holds raw keys at first
  bool ready;        // the table's column is what it shall be
  bool coded;        // strings with a dictionary
  atomic_bool text_chosen;
  const Column *base;            // of the previous version, or NULL
  DictionaryBuilder *dictionary; // while the table's rows are read
  uint64_t unmatched;
} LoadColumn;

// Keys that other tables named and this one does not have: its rows to come.
typedef struct LoadInferred {
  KeyMap *map; // key -> row; NULL until the first
  uint64_t count;
  int64_t *ints; // [count], or
  Str *texts;    // [count], in arena
  uint64_t capacity;
  Arena *arena;
} LoadInferred;

struct LoadTable {
  Load *load;
  const ModelTable *model;
  LoadTableReport *report;
  const Table *base; // previous version, held by the load's base root; NULL: none
  bool has_members;
  bool in_load; // its files are read
  bool refresh; // nothing to read, but the model has columns that the base lacks
  Table *view;  // the base with this load's columns, when nothing is read; owned
  const char **paths;
  uint32_t path_count;
  int64_t file_bytes; // on disk
  LoadColumn *columns;
  uint32_t column_count;
  int32_t key; // index, or -1
  TableSchema *schema;
  Table *table;       // once its rows are read (or there was nothing to read); owned
  bool changed;       // rows of the base have other values now
  bool overlaps_told; // of a history: that its rows overlap
  uint64_t *updated;  // bit set: row of the base that was read anew; NULL: none
  LoadInferred inferred;
  uint8_t visit; // of the ordering: 0 new, 1 under way, 2 done
};

struct Load {
  Store *store;
  ThreadPool *pool;
  const Model *model;
  const LoadOptions *options;
  Job *job;
  LoadReport *report;
  Arena *arena;
  Root *base;
  const TimeZone *zone; // the model's
  Rejects *rejects;
  LoadTable *tables; // of the model's tables with rows of their own (not derived)
  uint32_t table_count;
  LoadTable **order;               // targets before those that link to them
  int64_t bytes_total, bytes_done; // of all files, as on disk
  int64_t charged_bytes;           // to the job, for sealed blocks; released at the end
  size_t chunk_bytes;              // 0: the default
  pthread_mutex_t notice_lock;
};

// For tests: chunks of so many bytes in all later loads; 0: the default.
void load_set_chunk_bytes(size_t bytes);

void load_notice(Load *load, const char *format, ...) PRINTF_LIKE(2, 3);
LoadTable *load_find_table(Load *load, const char *name);
int32_t load_find_column(const LoadTable *table, const char *name);

// --- load_plan ---
// Fills load->tables and load->order; finds the files; all faults that need no data.
Status load_plan(Load *load, Error *error) WARN_UNUSED;

// --- load_table ---
// Reads the table's files into table->table. Derived columns are NULL there, deferred links hold
// raw keys; `ready` says of each column whether it is done.
Status load_table_read(LoadTable *table, Error *error) WARN_UNUSED;

// A column of zeros: the place of one that is derived later.
Column *load_zero_column(uint64_t row_count);

// --- load_link ---
// Turns the batch's column of keys into row numbers of the target, in place. Unknown keys of strict
// links are rejected (the caller compacts the batch); others go to `misses`, to be settled in
// order.
typedef struct LinkMiss {
  uint32_t column, row; // index in the table's columns; row in the batch
  int64_t number;
  Str text;
} LinkMiss;
typedef struct LinkMisses {
  LinkMiss *items;
  uint32_t count, capacity;
} LinkMisses;
void load_link_resolve(const LoadTable *table, uint32_t column, Batch *batch, LinkMisses *misses);
// The row of an inferred member of `target` for the key, made now if need be. Not thread-safe.
uint64_t load_link_infer(LoadTable *target, int64_t number, Str text);
// Appends the members inferred so far to target->table.
Status load_link_append_inferred(LoadTable *target, Error *error) WARN_UNUSED;
// Resolves a deferred link column of table->table.
Status load_link_resolve_deferred(LoadTable *table, uint32_t column, Error *error) WARN_UNUSED;

// --- load_derive ---
// Makes every column ready whose inputs are. own_links: links to the own table may be resolved.
Status load_derive_columns(LoadTable *table, bool own_links, Error *error) WARN_UNUSED;
// Runs `make` for each block of a new column of the table, in parallel, and puts the column in the
// place of column `c`. The dictionary's reference is taken over. make gives one encoded block.
typedef Block *(*LoadMakeBlock)(void *context, uint32_t block, uint32_t rows);
Status load_put_column(LoadTable *table, uint32_t c, Type type, Dictionary *dictionary,
                       LoadMakeBlock make, void *context, Error *error) WARN_UNUSED;

// --- load_sort ---
// Sorts the rows of a new table by its cluster column, if there is one and it is ready.
Status load_sort_cluster(LoadTable *table, Error *error) WARN_UNUSED;
Status load_sort_projections(LoadTable *table, Error *error) WARN_UNUSED;

// --- load_check ---
// Level keys must determine their parents (no two Springfields): STATUS_INVALID names the level,
// the value and both parents. Levels whose columns are not in the root (expressions) are left out.
Status load_check_hierarchies(const Root *root, const Model *model, Error *error) WARN_UNUSED;
