// See segment_source.h.
#include "segment_source.h"
#include "cube_fact.h"
#include "date.h"
#include "key_set.h"

typedef struct SourceSet {
  const char *id;
  int32_t day;
  KeySet set;
} SourceSet;

struct SegmentSource {
  CatalogSegments catalog; // its context is the source
  SegmentWorld world;
  SegmentStore *store;
  int32_t last_day;
  SegmentMembers members;
  Arena *arena;
  SourceSet **sets;
  uint32_t set_count, set_capacity;
};

const SegmentRule *segment_saved_rule(void *store, const char *id, Arena *arena) {
  SavedSegment saved;
  SegmentRule *rule = ARENA_NEW(arena, SegmentRule);
  if (!segment_store_find(store, id, arena, &saved)) return NULL;
  Status status = segment_read(arena, saved.definition, strlen(saved.definition), rule, NULL);
  return status == STATUS_OK ? rule : NULL;
}

static Status segment_unknown(SegmentSource *source, const char *id, Error *error) {
  SavedSegment *saved;
  uint32_t count = segment_store_list(source->store, source->arena, &saved);
  const char **ids = ARENA_ARRAY(source->arena, const char *, count);
  for (uint32_t i = 0; i < count; i++) ids[i] = saved[i].id;
  const char *nearest = text_nearest(id, ids, count);
  if (nearest)
    return error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"; did you mean \"%s\"?",
                     id, nearest);
  return error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"; %s", id,
                   count ? "GET /api/v1/segments lists those that there are" : "none is saved yet");
}

static Status members_evaluate(SegmentSource *source, const SegmentRule *rule, int32_t day,
                               Rowset **members, Error *error) {
  Rowset *base;
  TRY(segment_base(&source->world, day, source->arena, &base, error));
  Status status =
      segment_evaluate(&source->world, rule, day, base, source->arena, members, NULL, error);
  rowset_release(base);
  return status;
}

// Of a saved segment, or of the rule that stands in its place.
static Status members_find(SegmentSource *source, const char *id, int32_t day, Rowset **members,
                           Error *error) {
  SavedSegment saved = {.definition = id};
  SegmentRule rule;
  if (*id != '{' && !segment_store_find(source->store, id, source->arena, &saved))
    return segment_unknown(source, id, error);
  TRY(segment_read(source->arena, saved.definition, strlen(saved.definition), &rule, error));
  return members_evaluate(source, &rule, day, members, error);
}

static Status set_make(SegmentSource *source, const char *id, int32_t day, KeySet *set,
                       Error *error) {
  Rowset *members;
  char date[DATE_TEXT_BYTES];
  TRY(members_find(source, id, day, &members, error));
  *set = (KeySet){.table = source->members.table, .count = rowset_count(members)};
  date_format(day, date);
  set->name = arena_printf(source->arena, "segment %s as of %s", id, date);
  MemoryBudget *budget = source->world.job ? &source->world.job->memory : NULL;
  Status status = row_bits_init(&set->bits, set->table->row_count, budget, error);
  if (status == STATUS_OK) rowset_add_to_bits(members, &set->bits);
  rowset_release(members);
  return status;
}

static SourceSet *set_find(const SegmentSource *source, const char *id, int32_t day) {
  for (uint32_t i = 0; i < source->set_count; i++)
    if (source->sets[i]->day == day && strcmp(source->sets[i]->id, id) == 0) return source->sets[i];
  return NULL;
}

static void set_add(SegmentSource *source, SourceSet *set) {
  if (source->set_count == source->set_capacity) {
    source->set_capacity = source->set_capacity ? 2 * source->set_capacity : 4;
    source->sets = mem_realloc(source->sets, source->set_capacity * sizeof *source->sets);
  }
  source->sets[source->set_count++] = set;
}

static Status source_find(const CatalogSegments *segments, const char *id, const int32_t *given,
                          CatalogSegment *segment, Error *error) {
  SegmentSource *source = segments->context;
  SegmentMembers *members = &source->members;
  int32_t day = given ? *given : source->last_day;
  if (!members->table)
    TRY(segment_members_find(source->world.root, source->world.catalog, members, error));
  SourceSet *set = set_find(source, id, day);
  if (!set) {
    set = ARENA_NEW(source->arena, SourceSet);
    *set = (SourceSet){.id = arena_strdup(source->arena, id), .day = day};
    TRY(set_make(source, set->id, day, &set->set, error));
    set_add(source, set);
  }
  const TableSchema *schema = members->table->schema;
  const ColumnSchema *key = &schema->columns[schema->key];
  *segment = (CatalogSegment){&set->set, schema->name, key->name, key->type, members->key->name};
  return STATUS_OK;
}

SegmentSource *segment_source_create(const SegmentWorld *world, SegmentStore *store,
                                     int32_t last_day) {
  SegmentSource *source = mem_alloc_zero(sizeof *source);
  source->catalog = (CatalogSegments){source, source_find};
  source->world = *world;
  source->world.find = segment_saved_rule;
  source->world.find_context = store;
  source->store = store;
  source->last_day = last_day;
  source->arena = arena_create();
  return source;
}

void segment_source_destroy(SegmentSource *source) {
  if (!source) return;
  for (uint32_t i = 0; i < source->set_count; i++) row_bits_clear(&source->sets[i]->set.bits);
  mem_free(source->sets);
  arena_destroy(source->arena);
  mem_free(source);
}

const CatalogSegments *segment_source_catalog(const SegmentSource *source) {
  return &source->catalog;
}
