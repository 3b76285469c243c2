// What a segment comes to, as it is being built: its size, what each rule takes away, what its
// members bought in the last year, whom of them which channel reaches.
#pragma once
#include "segment.h"

#define SEGMENT_SALES_DAYS 365

typedef struct SegmentRuleResult {
  const char *path;
  uint64_t size;    // members of the base that meet the rule alone
  uint64_t unknown; // of the base, whose attribute is not known
  uint64_t cut;     // of a group `all`: how many more there would be without the rule
} SegmentRuleResult;

typedef struct SegmentReach {
  const char *channel; // "email"
  uint64_t members;
} SegmentReach;

typedef struct SegmentPreview {
  int32_t day;
  uint64_t base, size, unknown;
  bool has_sales; // the model measures receipts.sales and receipts.count
  // Over the last SEGMENT_SALES_DAYS to the day, unscaled: the members', and all there were,
  // receipts without a card among them.
  int128_t sales, total_sales;
  uint32_t sales_scale;
  int64_t receipts;
  SegmentRuleResult *rules; // of the outermost group, or the rule itself
  uint32_t rule_count;
  SegmentReach *reach; // none: the model has no consents
  uint32_t reach_count;
} SegmentPreview;

// What all previews of a day share, kept between them: of the days asked last, charged to the
// budget (NULL: to none), which must outlive the cache. Thread-safe.
typedef struct SegmentFactsCache SegmentFactsCache;
SegmentFactsCache *segment_facts_cache_create(MemoryBudget *budget);
void segment_facts_cache_destroy(SegmentFactsCache *cache); // NULL is allowed

// All in the arena. *set (or NULL): the members; the caller releases it.
Status segment_preview(const SegmentWorld *world, SegmentFactsCache *cache, const SegmentRule *rule,
                       int32_t day, Arena *arena, SegmentPreview *preview, Rowset **set,
                       Error *error) WARN_UNUSED;
