// An uploaded list: who is in which arm, as an experimenter's file says.
//
//   file ─ web: member_list_read ─► ExperimentList ─ experiment_list_resolve ─► a set of rows an
//   arm
//
// A statement asks for these sets as it asks for segments: in_segment(customer, 'list/ID/0') are
// the members of the list's first arm, 'list/ID' those of all. ExperimentListSource knows them, and
// passes every other name on to the segments that it stands before. A customer is on a list once.
#pragma once
#include "catalog.h"
#include "experiment.h"
#include "key_set.h"

#define EXPERIMENT_LIST_ID_BYTES 33 // 32 hexadecimal digits: the hash of its text
#define EXPERIMENT_LIST_UNKNOWN_SHOWN 5

typedef struct ExperimentList {
  char id[EXPERIMENT_LIST_ID_BYTES];
  const char *arms[EXPERIMENT_ARMS_MAX]; // as the file has them, the first named first
  uint32_t arm_count;
  uint64_t count;       // customers
  int64_t *numbers;     // [count] keys, or NULL:
  Str *texts;           // [count] keys that are texts
  uint8_t *arm_of;      // [count]
  uint64_t repeated;    // lines that said once more what another one says
  Arena *arena;         // of the names and texts
  MemoryBudget *budget; // of what is charged
  int64_t charged;
} ExperimentList;

void experiment_list_clear(ExperimentList *list); // also of zeros
// The key of a customer as the file has it, in the arena.
const char *experiment_list_key(const ExperimentList *list, uint64_t at, Arena *arena);
// Whether the text has the form of an id; it names a file.
bool experiment_list_id_is_good(const char *id);

// The list's customers among a table's rows.
typedef struct ExperimentListSets {
  KeySet all, arms[EXPERIMENT_ARMS_MAX];
  uint64_t unknown_count;                                // customers of whom the table shows no row
  uint64_t unknown_first[EXPERIMENT_LIST_UNKNOWN_SHOWN]; // which of the list
} ExperimentListSets;

// table: of members, whose key is of the list's type. Charged to budget; cleared by the caller also
// after a failure.
Status experiment_list_resolve(const ExperimentList *list, const Table *table, MemoryBudget *budget,
                               ExperimentListSets *sets, Error *error) WARN_UNUSED;
void experiment_list_sets_clear(ExperimentListSets *sets);

// Who keeps lists.
typedef struct ExperimentLists {
  void *context;
  // The arms that the list names: texts in the arena. STATUS_NOT_FOUND.
  Status (*arms)(void *context, const char *id, const CatalogSegment *members, Arena *arena,
                 const char *const **arms, uint32_t *count, Error *error);
  // The whole list, of keys of the members' type; cleared by who asks. STATUS_NOT_FOUND.
  Status (*read)(void *context, const char *id, const CatalogSegment *members, ExperimentList *list,
                 Error *error);
} ExperimentLists;

typedef struct ExperimentListSource ExperimentListSource;
// One a request, one thread at a time; what it stands on outlives it. budget: of the sets.
ExperimentListSource *experiment_list_source_create(const CatalogSegments *segments,
                                                    const ExperimentLists *lists,
                                                    MemoryBudget *budget);
// Not before the statements that asked it have ended; NULL is allowed.
void experiment_list_source_destroy(ExperimentListSource *source);
const CatalogSegments *experiment_list_source_catalog(const ExperimentListSource *source);
// The members' table: of its set only the table is meant. STATUS_UNSUPPORTED, saying why, where the
// store has none.
Status experiment_list_source_members(ExperimentListSource *source, CatalogSegment *members,
                                      Error *error) WARN_UNUSED;
// Texts in the arena. STATUS_NOT_FOUND.
Status experiment_list_source_arms(ExperimentListSource *source, const char *id, Arena *arena,
                                   const char *const **arms, uint32_t *count,
                                   Error *error) WARN_UNUSED;
// How many customers of the list the data do not have.
Status experiment_list_source_unknown(ExperimentListSource *source, const char *id, int64_t *count,
                                      Error *error) WARN_UNUSED;
