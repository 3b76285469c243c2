// See segment_preview.h. Sales of each member and the sets that channels reach are computed once a
// day and version of the data; a preview then adds up and intersects.
#include "segment_preview.h"
#include "date.h"
#include "key_reader.h"
#include "query_columns.h"
#include "sql_parse.h"
#include <pthread.h>

typedef struct ReachSet {
  char *channel;
  Rowset *set;
} ReachSet;

typedef struct Facts {
  _Atomic uint32_t refs;
  uint64_t version;
  int32_t day;
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
  Facts *facts[FACTS_MAX]; // of the days asked last, the latest first
};

SegmentFactsCache *segment_facts_cache_create(void) {
  SegmentFactsCache *cache = mem_alloc_zero(sizeof *cache);
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

static Status facts_sales(const SegmentWorld *world, Facts *facts, Arena *arena, Error *error) {
  const Catalog *catalog = world->catalog;
  facts->has_sales = has_measure(catalog, "receipts", "receipts.sales") &&
                     has_measure(catalog, "receipts", "receipts.count");
  if (!facts->has_sales) return STATUS_OK;
  uint32_t scale;
  TRY(segment_measure(world, "receipts.sales", facts->day, SEGMENT_SALES_DAYS, arena, &facts->sales,
                      &facts->sales_scale, error));
  TRY(segment_measure(world, "receipts.count", facts->day, SEGMENT_SALES_DAYS, arena,
                      &facts->receipts, &scale, error));
  SegmentMembers members;
  TRY(segment_members_find(world->root, catalog, &members, error));
  for (uint64_t r = 0; r < members.table->row_count; r++) facts->total_sales += facts->sales[r];
  return STATUS_OK;
}

static bool has_column(const CatalogTable *table, const char *name) {
  for (uint32_t c = 0; table && c < table->column_count; c++)
    if (!strcmp(table->columns[c].name, name)) return true;
  return false;
}

// Each channel's members, from its rows of (channel, member).
static void reach_gather(Facts *facts, const Column *channels, const Column *members,
                         uint64_t count, uint64_t row_count) {
  uint32_t *rows = mem_alloc((count + 1) * sizeof *rows);
  KeyReader keys = key_reader_open(members);
  for (uint64_t first = 0; first < count;) { // the rows are in the order of their channels
    Value channel = column_value(channels, first);
    uint64_t end = first, kept = 0;
    for (; end < count; end++) {
      Value other = column_value(channels, end);
      if (other.is_null != channel.is_null || (!other.is_null && !str_equal(other.s, channel.s)))
        break;
      Value member = key_reader_value(&keys, end);
      if (!member.is_null && member.i) rows[kept++] = (uint32_t)member.i;
    }
    if (!channel.is_null) {
      facts->reach = mem_realloc(facts->reach, (facts->reach_count + 1) * sizeof *facts->reach);
      facts->reach[facts->reach_count++] = (ReachSet){mem_strndup(channel.s.data, channel.s.size),
                                                      rowset_of_rows(rows, kept, row_count)};
    }
    first = end;
  }
  key_reader_close(&keys);
  mem_free(rows);
}

// Who has consented to marketing by which channel, where the model has such consents.
static Status facts_reach(const SegmentWorld *world, Facts *facts, Error *error) {
  static const char *const needed[] = {"customer", "channel",    "purpose",
                                       "given",    "valid_from", "valid_to"};
  const CatalogTable *table = world->catalog->find_table(world->catalog, "consents");
  for (size_t c = 0; c < sizeof needed / sizeof *needed; c++)
    if (!has_column(table, needed[c])) return STATUS_OK;
  SegmentMembers members;
  TRY(segment_members_find(world->root, world->catalog, &members, error));
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  char day[32];
  day[date_format(facts->day, day)] = 0;
  const char *sql = arena_printf(
      context.arena,
      "SELECT channel, customer FROM consents WHERE given AND purpose = 'marketing' AND valid_from "
      "<= DATE '%s' AND (valid_to IS NULL OR valid_to > DATE '%s') ORDER BY channel",
      day, day);
  Statement statement;
  Column *columns[2] = {NULL, NULL};
  const char *links[2];
  uint64_t count;
  Status status = sql_statement(sql, world->catalog, &context, NULL, &statement, error);
  if (status == STATUS_OK)
    status = query_columns(&context, statement.tree, world->root, world->pool, world->job, false,
                           NULL, columns, links, &count, error);
  if (status == STATUS_OK) {
    if (links[1] && !strcmp(links[1], members.table->schema->name))
      reach_gather(facts, columns[0], columns[1], count, members.table->row_count);
    column_destroy(columns[0]);
    column_destroy(columns[1]);
  }
  arena_destroy(context.arena);
  return status;
}

static Status facts_make(const SegmentWorld *world, int32_t day, Arena *arena, Facts **out,
                         Error *error) {
  Facts *facts = mem_alloc_zero(sizeof *facts);
  atomic_init(&facts->refs, 1);
  facts->version = world->root->version;
  facts->day = day;
  Status status = segment_base(world, day, arena, &facts->base, error);
  if (status == STATUS_OK) status = facts_sales(world, facts, arena, error);
  if (status == STATUS_OK) status = facts_reach(world, facts, error);
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
  *out = facts_kept(cache, day, world->root->version);
  if (*out) return STATUS_OK;
  TRY(facts_make(world, day, arena, out, error));
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
