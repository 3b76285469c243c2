// One root names all tables of a moment; the store publishes the next.
//
// A reader pins the current root and sees it unchanged until it lets go. One writer at a time makes
// the next root from the current one and publishes it in one step.
#pragma once
#include "table.h"

typedef struct Root {
  _Atomic uint32_t refs;
  uint64_t version;     // 1, 2, ...; 0: empty store
  int64_t published_at; // UTC, microseconds
  Table **tables;       // by name, sorted
  uint32_t table_count;
  char *model_text; // the YAML that the data were loaded with, or NULL
  char **batches;   // names of the batches loaded, in order
  uint32_t batch_count;
} Root;

Root *root_create(void); // empty, version 0
Root *root_retain(Root *root);
void root_release(Root *root);
// Memory of all tables, projections included; what several share (blocks, dictionaries) counts
// once.
size_t root_bytes(const Root *root);
const Table *root_find(const Root *root, const char *table); // NULL: none

// Of a cuboid, a table that it was made from and that is newer or gone, so that it is stale; NULL:
// none.
const char *root_newer_source(const Root *root, const Table *cuboid);

// A writer's changes to a root, not visible until published.
Root *root_copy(const Root *root);       // version + 1; shares the tables
void root_put(Root *root, Table *table); // takes over the reference; replaces one of equal name
void root_remove(Root *root, const char *table); // where there is one
void root_set_model(Root *root, const char *text);
void root_add_batch(Root *root, const char *name);
bool root_has_batch(const Root *root, const char *name);

// The place where the current root lives.
typedef struct Store Store;
struct ThreadPool;
Store *store_create(MemoryBudget *budget, struct ThreadPool *pool); // an empty root
void store_destroy(Store *store);
Root *store_pin(Store *store);                // root_release when done
void store_publish(Store *store, Root *next); // takes over; caller holds the writer's lock
void store_lock_writer(Store *store);
void store_unlock_writer(Store *store);
MemoryBudget *store_budget(Store *store);
struct ThreadPool *store_pool(Store *store);
