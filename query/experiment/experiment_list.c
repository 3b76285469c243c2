// See experiment_list.h.
#include "experiment_list.h"
#include <stdlib.h>

#define NAME_START "list/"
#define EVERYBODY "{\"all\": []}"

// ---- A list ------------------------------------------------------------------------------------

void experiment_list_clear(ExperimentList *list) {
  mem_free(list->numbers);
  mem_free(list->texts);
  mem_free(list->arm_of);
  arena_destroy(list->arena);
  memory_budget_release(list->budget, list->charged);
  *list = (ExperimentList){0};
}

const char *experiment_list_key(const ExperimentList *list, uint64_t at, Arena *arena) {
  if (list->numbers) return arena_printf(arena, "%lld", (long long)list->numbers[at]);
  return arena_strndup(arena, list->texts[at].data, list->texts[at].size);
}

bool experiment_list_id_is_good(const char *id) {
  return strlen(id) == EXPERIMENT_LIST_ID_BYTES - 1 &&
         strspn(id, "0123456789abcdef") == EXPERIMENT_LIST_ID_BYTES - 1;
}

// ---- Its rows ----------------------------------------------------------------------------------

// 0: the table shows none.
static uint32_t row_find(const ExperimentList *list, const Table *table, uint64_t at) {
  const KeyIndex *index = table_key_index(table);
  uint32_t row = list->numbers ? key_index_find_int(index, list->numbers[at])
                               : key_index_find_text(index, list->texts[at]);
  return row && table->hidden && bits_get(table->hidden, row) ? 0 : row;
}

static void customer_add(const ExperimentList *list, const Table *table, uint64_t at,
                         ExperimentListSets *sets) {
  uint32_t row = row_find(list, table, at);
  if (!row) {
    if (sets->unknown_count < EXPERIMENT_LIST_UNKNOWN_SHOWN)
      sets->unknown_first[sets->unknown_count] = at;
    sets->unknown_count++;
    return;
  }
  KeySet *arm = &sets->arms[list->arm_of[at]];
  row_bits_add(&arm->bits, &row, 1);
  row_bits_add(&sets->all.bits, &row, 1);
  arm->count++;
  sets->all.count++;
}

static Status set_init(KeySet *set, const char *name, const Table *table, MemoryBudget *budget,
                       Error *error) {
  *set = (KeySet){.name = name, .table = table};
  return row_bits_init(&set->bits, table->row_count, budget, error);
}

Status experiment_list_resolve(const ExperimentList *list, const Table *table, MemoryBudget *budget,
                               ExperimentListSets *sets, Error *error) {
  *sets = (ExperimentListSets){0};
  TRY(set_init(&sets->all, "uploaded list", table, budget, error));
  for (uint32_t a = 0; a < list->arm_count; a++)
    TRY(set_init(&sets->arms[a], "arm of an uploaded list", table, budget, error));
  for (uint64_t i = 0; i < list->count; i++) customer_add(list, table, i, sets);
  return STATUS_OK;
}

void experiment_list_sets_clear(ExperimentListSets *sets) {
  row_bits_clear(&sets->all.bits);
  for (uint32_t a = 0; a < EXPERIMENT_ARMS_MAX; a++) row_bits_clear(&sets->arms[a].bits);
}

// ---- The source --------------------------------------------------------------------------------

typedef struct SourceList {
  const char *id;
  ExperimentListSets sets;
} SourceList;

struct ExperimentListSource {
  CatalogSegments catalog; // its context is the source
  const CatalogSegments *segments;
  const ExperimentLists *lists;
  MemoryBudget *budget;
  Arena *arena;
  bool has_members;
  CatalogSegment members;
  SourceList **found;
  uint32_t found_count;
};

Status experiment_list_source_members(ExperimentListSource *source, CatalogSegment *members,
                                      Error *error) {
  if (!source->has_members)
    TRY(source->segments->find(source->segments, EVERYBODY, NULL, &source->members, error));
  source->has_members = true;
  *members = source->members;
  return STATUS_OK;
}

static Status id_check(const char *id, Error *error) {
  if (experiment_list_id_is_good(id)) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND,
                   "there is no list \"%.100s\"; POST /api/v1/experiments/lists gives a list's id",
                   id);
}

Status experiment_list_source_arms(ExperimentListSource *source, const char *id, Arena *arena,
                                   const char *const **arms, uint32_t *count, Error *error) {
  CatalogSegment members;
  TRY(id_check(id, error));
  TRY(experiment_list_source_members(source, &members, error));
  return source->lists->arms(source->lists->context, id, &members, arena, arms, count, error);
}

static Status sets_make(ExperimentListSource *source, const char *id, ExperimentListSets *sets,
                        Error *error) {
  CatalogSegment members;
  ExperimentList list;
  TRY(experiment_list_source_members(source, &members, error));
  TRY(source->lists->read(source->lists->context, id, &members, &list, error));
  Status status = experiment_list_resolve(&list, members.set->table, source->budget, sets, error);
  experiment_list_clear(&list);
  return status;
}

// Read and resolved once.
static Status sets_find(ExperimentListSource *source, const char *id, ExperimentListSets **sets,
                        Error *error) {
  for (uint32_t i = 0; i < source->found_count; i++)
    if (strcmp(source->found[i]->id, id) == 0) {
      *sets = &source->found[i]->sets;
      return STATUS_OK;
    }
  SourceList *made = ARENA_NEW(source->arena, SourceList);
  made->id = arena_strdup(source->arena, id);
  Status status = sets_make(source, id, &made->sets, error);
  if (status != STATUS_OK) {
    experiment_list_sets_clear(&made->sets);
    return status;
  }
  source->found = mem_realloc(source->found, (source->found_count + 1) * sizeof *source->found);
  source->found[source->found_count++] = made;
  *sets = &made->sets;
  return STATUS_OK;
}

Status experiment_list_source_unknown(ExperimentListSource *source, const char *id, int64_t *count,
                                      Error *error) {
  ExperimentListSets *sets;
  TRY(id_check(id, error));
  TRY(sets_find(source, id, &sets, error));
  *count = (int64_t)sets->unknown_count;
  return STATUS_OK;
}

// "list/ID" or "list/ID/ARM".
static Status source_find(const CatalogSegments *segments, const char *name, const int32_t *day,
                          CatalogSegment *segment, Error *error) {
  ExperimentListSource *source = segments->context;
  if (strncmp(name, NAME_START, sizeof NAME_START - 1) != 0)
    return source->segments->find(source->segments, name, day, segment, error);
  const char *start = name + sizeof NAME_START - 1;
  size_t size = strcspn(start, "/");
  const char *id = arena_strndup(source->arena, start, size);
  unsigned long arm = start[size] ? strtoul(start + size + 1, NULL, 10) : 0;
  ExperimentListSets *sets;
  TRY(id_check(id, error));
  TRY(sets_find(source, id, &sets, error));
  TRY(experiment_list_source_members(source, segment, error));
  segment->set = start[size] ? &sets->arms[arm % EXPERIMENT_ARMS_MAX] : &sets->all;
  if (segment->set->table) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND, "the list has no arm %lu", arm);
}

ExperimentListSource *experiment_list_source_create(const CatalogSegments *segments,
                                                    const ExperimentLists *lists,
                                                    MemoryBudget *budget) {
  ExperimentListSource *source = mem_alloc_zero(sizeof *source);
  source->catalog = (CatalogSegments){source, source_find};
  source->segments = segments;
  source->lists = lists;
  source->budget = budget;
  source->arena = arena_create();
  return source;
}

void experiment_list_source_destroy(ExperimentListSource *source) {
  if (!source) return;
  for (uint32_t i = 0; i < source->found_count; i++)
    experiment_list_sets_clear(&source->found[i]->sets);
  mem_free(source->found);
  arena_destroy(source->arena);
  mem_free(source);
}

const CatalogSegments *experiment_list_source_catalog(const ExperimentListSource *source) {
  return &source->catalog;
}
