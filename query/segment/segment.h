// Segments: which members meet a tree of rules, on any day.
//
//   JSON ─ segment_read ─► SegmentRule ─ segment_evaluate(as of a day) ─► Rowset of members
//                                            │ a leaf: one question to the executor
//                                            └ all, any, not: set algebra
//
// A rule is true or false of each member of the base; what is unknown counts as false before NOT,
// which is the complement (docs/SEGMENTS.md). Rules:
//
//   {"all": [...]}, {"any": [...]}, {"not": {...}}
//   {"level": "customer.city", "in": [...]}         an attribute, as in the filters of a cube query
//   {"measure": "sales.receipts", "filters": [...], "days": 365, "at_least": 2}
//                                                   a measure of the member's own rows, over a
//                                                   window
//   {"measure": "sales.receipts", "purchase": "first", ...}
//                                                   the same of the first purchase, or the last
//   {"attribute": "tier", "in": ["gold"]}           what the model says a member is on the day
//   {"cell": {"query": {...}, "at": {...}}}         who is behind a cell of a cube query
//   {"segment": "vip"}                              the members of another one
#pragma once
#include "cube_request.h"
#include "job.h"
#include "model.h"
#include "root.h"
#include "rowset.h"
#include "thread_pool.h"

#define SEGMENT_RULES_MAX 200
#define SEGMENT_DEPTH_MAX 20

typedef enum SegmentKind {
  SEGMENT_ALL,
  SEGMENT_ANY,
  SEGMENT_NOT,
  SEGMENT_LEVEL,
  SEGMENT_MEASURE,
  SEGMENT_ATTRIBUTE,
  SEGMENT_CELL,
  SEGMENT_REFERENCE,
} SegmentKind;

typedef enum SegmentComparison {
  SEGMENT_AT_LEAST,
  SEGMENT_AT_MOST,
  SEGMENT_ABOVE,
  SEGMENT_BELOW,
  SEGMENT_EQUAL,
} SegmentComparison;

typedef enum SegmentPurchase {
  SEGMENT_PURCHASE_ANY,
  SEGMENT_PURCHASE_FIRST, // rows of the day of a member's first purchase
  SEGMENT_PURCHASE_LAST,  // of the last one's up to the day that is asked for
} SegmentPurchase;

typedef struct SegmentRule SegmentRule;
struct SegmentRule {
  SegmentKind kind;
  const char *path; // "all[2].not", for messages and previews; "" of the whole
  const char *text; // the rule as JSON, keys sorted: alike rules have one text
  SegmentRule *items;
  uint32_t item_count;
  CubeFilter filter; // LEVEL, ATTRIBUTE: of one leaf; MEASURE: all of its filters
  const char *measure;
  const char *rows; // MEASURE: its filters as JSON, "": none
  SegmentPurchase purchase;
  int32_t days; // MEASURE: the window (D - ago - days, D - ago]; 0: from..to, or all up to D
  int32_t ago;
  CubePeriod period; // set: from and to were given
  SegmentComparison comparison;
  Str value;             // what it is compared with, as written
  const char *attribute; // ATTRIBUTE
  const char *segment;   // REFERENCE
  const char *cell;      // CELL: its document as JSON (cell_members.h)
};

// Reads a definition. Unknown keys, wrong types, too many rules are errors with their path.
Status segment_read(Arena *arena, const char *json, size_t size, SegmentRule *rule,
                    Error *error) WARN_UNUSED;

// What a measure comes to for each member (segment_values.h), shared by reference count.
typedef struct SegmentValues SegmentValues;
SegmentValues *segment_values_retain(SegmentValues *values);
void segment_values_release(SegmentValues *values); // NULL is allowed
size_t segment_values_bytes(const SegmentValues *values);

// Results of rules that were evaluated, and what their measures come to, shared by requests: an
// edited segment asks only what is new. What is kept is charged to the budget (NULL: to none),
// which must outlive the cache. Thread-safe.
typedef struct SegmentCache SegmentCache;
SegmentCache *segment_cache_create(size_t bytes_max, MemoryBudget *budget);
void segment_cache_destroy(SegmentCache *cache); // NULL is allowed
// The set kept under a key, retained; NULL: none.
Rowset *segment_cache_find(SegmentCache *cache, const char *key);
void segment_cache_put(SegmentCache *cache, const char *key, Rowset *set);
// The same of values; their keys are others than those of sets.
SegmentValues *segment_cache_find_values(SegmentCache *cache, const char *key);
void segment_cache_put_values(SegmentCache *cache, const char *key, SegmentValues *values);

// What segments are evaluated on.
typedef struct SegmentWorld {
  const Root *root;
  const Catalog *catalog;
  const Model *model; // its attributes; NULL: there are none
  ThreadPool *pool;
  Job *job;
  SegmentCache *cache;         // or NULL
  int32_t first_day, last_day; // of the data; first_day > last_day: there are none
  // The definition of a saved segment, in the arena; NULL: there is none.
  const SegmentRule *(*find)(void *context, const char *id, Arena *arena);
  void *find_context;
} SegmentWorld;

// A number that grows with every load, and does not with the cuboids: what was found of the data
// holds while it stays.
uint64_t segment_data_version(const Root *root);

typedef struct SegmentMembers { // where members live
  const Table *table;
  const CatalogCube *cube; // the cube whose rows they are
  const CatalogLevel *key; // its level of members
} SegmentMembers;

// STATUS_UNSUPPORTED where the model has no dimension "customer" whose table is a cube's.
Status segment_members_find(const Root *root, const Catalog *catalog, SegmentMembers *members,
                            Error *error) WARN_UNUSED;
// The row of the members' table that has the key, a whole number or a text; 0: none.
uint32_t segment_member_row(const Table *table, const Value *key);
// Members of the base on a day (D9): registered by then, and what the members' cube counts by its
// measure "base", where it has one. The caller releases *set.
Status segment_base(const SegmentWorld *world, int32_t day, Arena *arena, Rowset **set,
                    Error *error) WARN_UNUSED;
// The members of the base that meet the rule on the day. *unknown (or NULL): of a rule on an
// attribute, those of the base whose attribute is not known. The caller releases *set.
Status segment_evaluate(const SegmentWorld *world, const SegmentRule *rule, int32_t day,
                        const Rowset *base, Arena *arena, Rowset **set, uint64_t *unknown,
                        Error *error) WARN_UNUSED;
#define SEGMENT_MEASURES_MAX 4
// Measures of one cube, each of every member over (day - days, day], in one question:
// values[m][row], NULL-less sums as unscaled integers; 0 where there are no rows; values[m][0]: of
// rows without a member. scales[m]: digits after the point. values[m]: mem_alloc, the caller frees.
Status segment_measures(const SegmentWorld *world, const char *const *measures, uint32_t count,
                        int32_t day, int32_t days, Arena *arena, int64_t **values, uint32_t *scales,
                        Error *error) WARN_UNUSED;
