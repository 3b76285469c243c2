// See segment_preview.h. Sales of each member and the sets that channels reach are computed once a
// day and version of the data; a preview then adds up and intersects.
#include "segment_preview.h"
#include "segment_attribute.h"
#include <pthread.h>

typedef struct ReachSet {
  char *channel;
  Rowset *set;
} ReachSet;

typedef struct Facts {
  _Atomic uint32_t refs;
  uint64_t version;
  int32_t day;
  MemoryBudget *budget; // charged for what it keeps
  int64_t charged;
  Rowset *base;
  bool has_sales;
  int64_t *sales, *receipts; // by member's row; [0]: without a member
  uint32_t sales_scale;
  int128_t total_sales;
  ReachSet *reach;
  uint32_t reach_count;
} Facts;

#define FACTS_MAX 4 // days: a comparison goes to and fro between two

struct SegmentFactsCache {
  pthread_mutex_t mutex;
  MemoryBudget *budget;
  Facts *facts[FACTS_MAX]; // of the days asked last, the latest first
};

SegmentFactsCache *segment_facts_cache_create(MemoryBudget *budget) {
  SegmentFactsCache *cache = mem_alloc_zero(sizeof *cache);
  cache->budget = budget;
  pthread_mutex_init(&cache->mutex, NULL);
  return cache;
}

static void facts_release(Facts *facts) {
  if (!facts || atomic_fetch_sub(&facts->refs, 1) > 1) return;
  rowset_release(facts->base);
  mem_free(facts->sales);
  mem_free(facts->receipts);
  for (uint32_t r = 0; r < facts->reach_count; r++) {
    rowset_release(facts->reach[r].set);
    mem_free(facts->reach[r].channel);
  }
  mem_free(facts->reach);
  memory_budget_release(facts->budget, facts->charged);
  mem_free(facts);
}

void segment_facts_cache_destroy(SegmentFactsCache *cache) {
  if (!cache) return;
  for (int f = 0; f < FACTS_MAX; f++) facts_release(cache->facts[f]);
  pthread_mutex_destroy(&cache->mutex);
  mem_free(cache);
}

// ---------------------------------------------------------------- what is shared

static bool has_measure(const Catalog *catalog, const char *cube, const char *measure) {
  const CatalogCube *found = catalog->find_cube(catalog, cube);
  for (uint32_t m = 0; found && m < found->measure_count; m++)
    if (!strcmp(found->measures[m].name, measure)) return true;
  return false;
}

static Status facts_charge(Facts *facts, size_t bytes, Error *error) {
  TRY(memory_budget_charge(facts->budget, (int64_t)bytes, error));
  facts->charged += (int64_t)bytes;
  return STATUS_OK;
}

static Status facts_sales(const SegmentWorld *world, Facts *facts, Arena *arena, Error *error) {
  static const char *const measures[] = {"receipts.sales", "receipts.count"};
  const Catalog *catalog = world->catalog;
  SegmentMembers members;
  int64_t *values[2];
  uint32_t scales[2];
  facts->has_sales = has_measure(catalog, "receipts", measures[0]) &&
                     has_measure(catalog, "receipts", measures[1]);
  if (!facts->has_sales) return STATUS_OK;
  TRY(segment_members_find(world->root, catalog, &members, error));
  TRY(facts_charge(facts, 2 * (members.table->row_count + 1) * sizeof(int64_t), error));
  TRY(segment_measures(world, measures, 2, facts->day, SEGMENT_SALES_DAYS, arena, values, scales,
                       error));
  facts->sales = values[0];
  facts->receipts = values[1];
  facts->sales_scale = scales[0];
  for (uint64_t r = 0; r < members.table->row_count; r++) facts->total_sales += facts->sales[r];
  return STATUS_OK;
}

static bool has_column(const CatalogTable *table, const char *name) {
  for (uint32_t c = 0; table && c < table->column_count; c++)
    if (!strcmp(table->columns[c].name, name)) return true;
  return false;
}

static bool channel_is_before(const ReachSet *a, const ReachSet *b) {
  return strcmp(a->channel, b->channel) < 0;
}

// In the order of their names.
static void reach_add(Facts *facts, ReachSet reach) {
  facts->reach = mem_realloc(facts->reach, (facts->reach_count + 1) * sizeof *facts->reach);
  uint32_t at = facts->reach_count++;
  for (; at && channel_is_before(&reach, &facts->reach[at - 1]); at--)
    facts->reach[at] = facts->reach[at - 1];
  facts->reach[at] = reach;
}

// Who has consented to marketing by which channel, where the model has such consents.
static Status facts_reach(const SegmentWorld *world, Facts *facts, Arena *arena, Error *error) {
  static const char *const needed[] = {"customer", "channel",    "purpose",
                                       "given",    "valid_from", "valid_to"};
  static const ModelAttribute reach = {
      .name = "channel",
      .query = "SELECT customer, channel FROM consents WHERE given AND purpose = 'marketing' AND "
               "valid_from <= $day AND (valid_to IS NULL OR valid_to > $day)"};
  const CatalogTable *table = world->catalog->find_table(world->catalog, "consents");
  SegmentMembers members;
  ValueSets sets;
  size_t bytes = 0;
  for (size_t c = 0; c < sizeof needed / sizeof *needed; c++)
    if (!has_column(table, needed[c])) return STATUS_OK;
  TRY(segment_members_find(world->root, world->catalog, &members, error));
  TRY(segment_value_sets(world, &members, &reach, facts->day, arena, &sets, error));
  for (uint32_t v = 0; v < sets.count; v++) bytes += rowset_bytes(sets.sets[v]);
  Status status = facts_charge(facts, bytes, error);
  for (uint32_t v = 0; status == STATUS_OK && v < sets.count; v++)
    if (rowset_count(sets.sets[v]))
      reach_add(facts, (ReachSet){mem_strndup(sets.values[v].data, sets.values[v].size),
                                  rowset_retain(sets.sets[v])});
  segment_value_sets_clear(&sets);
  return status;
}

static Status facts_make(const SegmentWorld *world, MemoryBudget *budget, int32_t day, Arena *arena,
                         Facts **out, Error *error) {
  Facts *facts = mem_alloc_zero(sizeof *facts);
  facts->budget = budget;
  atomic_init(&facts->refs, 1);
  facts->version = segment_data_version(world->root);
  facts->day = day;
  Status status = segment_base(world, day, arena, &facts->base, error);
  if (status == STATUS_OK) status = facts_sales(world, facts, arena, error);
  if (status == STATUS_OK) status = facts_reach(world, facts, arena, error);
  if (status == STATUS_OK)
    *out = facts;
  else
    facts_release(facts);
  return status;
}

// The facts of the day, retained, and first in the cache from now on; NULL: they are not kept.
static Facts *facts_kept(SegmentFactsCache *cache, int32_t day, uint64_t version) {
  Facts *found = NULL;
  pthread_mutex_lock(&cache->mutex);
  for (int f = 0; f < FACTS_MAX && !found; f++) {
    Facts *facts = cache->facts[f];
    if (!facts || facts->day != day || facts->version != version) continue;
    memmove(&cache->facts[1], &cache->facts[0], (size_t)f * sizeof *cache->facts);
    cache->facts[0] = found = facts;
    atomic_fetch_add(&found->refs, 1);
  }
  pthread_mutex_unlock(&cache->mutex);
  return found;
}

static void facts_keep(SegmentFactsCache *cache, Facts *facts) {
  pthread_mutex_lock(&cache->mutex);
  Facts *oldest = cache->facts[FACTS_MAX - 1];
  memmove(&cache->facts[1], &cache->facts[0], (FACTS_MAX - 1) * sizeof *cache->facts);
  cache->facts[0] = facts;
  atomic_fetch_add(&facts->refs, 1);
  pthread_mutex_unlock(&cache->mutex);
  facts_release(oldest);
}

static Status facts_find(const SegmentWorld *world, SegmentFactsCache *cache, int32_t day,
                         Arena *arena, Facts **out, Error *error) {
  *out = facts_kept(cache, day, segment_data_version(world->root));
  if (*out) return STATUS_OK;
  TRY(facts_make(world, cache->budget, day, arena, out, error));
  facts_keep(cache, *out);
  return STATUS_OK;
}

// ---------------------------------------------------------------- a preview

static uint64_t count_both(const Rowset *a, const Rowset *b) {
  Rowset *both = rowset_and(a, b);
  uint64_t count = rowset_count(both);
  rowset_release(both);
  return count;
}

static void sales_add(const Facts *facts, const Rowset *set, SegmentPreview *preview) {
  uint32_t rows[2048], count;
  preview->has_sales = facts->has_sales;
  preview->sales_scale = facts->sales_scale;
  preview->total_sales = facts->total_sales;
  if (!facts->has_sales) return;
  for (uint64_t from = 0; (count = rowset_read(set, from, rows, 2048));
       from = rows[count - 1] + 1ull)
    for (uint32_t i = 0; i < count; i++) {
      preview->sales += facts->sales[rows[i]];
      preview->receipts += facts->receipts[rows[i]];
    }
}

// How many more there would be without rule `left_out` of a group `all`.
static uint64_t cut_count(Rowset *const *sets, uint32_t count, uint32_t left_out,
                          const Rowset *base, uint64_t size) {
  Rowset *others = rowset_retain((Rowset *)base);
  for (uint32_t i = 0; i < count; i++) {
    if (i == left_out) continue;
    Rowset *joined = rowset_and(others, sets[i]);
    rowset_release(others);
    others = joined;
  }
  uint64_t all = rowset_count(others);
  rowset_release(others);
  return all - size;
}

static Status rules_preview(const SegmentWorld *world, const Facts *facts, const SegmentRule *rule,
                            Arena *arena, SegmentPreview *preview, Error *error) {
  bool group = rule->kind == SEGMENT_ALL || rule->kind == SEGMENT_ANY;
  const SegmentRule *rules = group ? rule->items : rule;
  uint32_t count = group ? rule->item_count : 1, made = 0;
  preview->rules = ARENA_ARRAY(arena, SegmentRuleResult, count);
  preview->rule_count = count;
  Rowset **sets = ARENA_ARRAY(arena, Rowset *, count);
  Status status = STATUS_OK;
  for (; made < count; made++) {
    SegmentRuleResult *result = &preview->rules[made];
    result->path = rules[made].path;
    status = segment_evaluate(world, &rules[made], facts->day, facts->base, arena, &sets[made],
                              &result->unknown, error);
    if (status != STATUS_OK) break;
    result->size = rowset_count(sets[made]);
  }
  for (uint32_t i = 0; status == STATUS_OK && rule->kind == SEGMENT_ALL && i < count; i++)
    preview->rules[i].cut = cut_count(sets, count, i, facts->base, preview->size);
  for (uint32_t i = 0; i < made; i++) rowset_release(sets[i]);
  return status;
}

static Status facts_preview(const SegmentWorld *world, const Facts *facts, const SegmentRule *rule,
                            Arena *arena, SegmentPreview *preview, Rowset **members, Error *error) {
  Rowset *set;
  *preview = (SegmentPreview){.day = facts->day, .base = rowset_count(facts->base)};
  TRY(segment_evaluate(world, rule, facts->day, facts->base, arena, &set, &preview->unknown,
                       error));
  preview->size = rowset_count(set);
  sales_add(facts, set, preview);
  preview->reach = ARENA_ARRAY(arena, SegmentReach, facts->reach_count);
  preview->reach_count = facts->reach_count;
  for (uint32_t r = 0; r < facts->reach_count; r++)
    preview->reach[r] = (SegmentReach){arena_strdup(arena, facts->reach[r].channel),
                                       count_both(set, facts->reach[r].set)};
  Status status = rules_preview(world, facts, rule, arena, preview, error);
  if (members && status == STATUS_OK)
    *members = set;
  else
    rowset_release(set);
  return status;
}

Status segment_preview(const SegmentWorld *world, SegmentFactsCache *cache, const SegmentRule *rule,
                       int32_t day, Arena *arena, SegmentPreview *preview, Rowset **members,
                       Error *error) {
  Facts *facts;
  TRY(facts_find(world, cache, day, arena, &facts, error));
  Status status = facts_preview(world, facts, rule, arena, preview, members, error);
  facts_release(facts);
  return status;
}
