// Exact distinct counts in one of two forms.
//
//   bitmaps  words are dense (codes, row numbers, dates): one bit a word, a bitmap made when its
//            group first comes, counted when its number is asked for. While all groups' bitmaps
//            together stay within what pairs of the rows would take, and within BITMAPS_MAX: else
//            they become pairs
//   pairs    sets of (group, word), the count of each group kept as they grow, parted by the first
//   bits of their hash, so that workers' sets
//            are merged part by part in parallel. All hashes of a batch come first and fetch their
//            slots ahead: the cache misses overlap. A pair like the row's before (the lines of a
//            receipt) is not looked for.
//
// Pairs whose words lie in one block alone (block_order.h) are forgotten when the block is through:
// nothing seen later can repeat them. Until then the first group of each word stands in an array;
// only further groups of a word (a receipt's lines of several categories) are pairs. Words that two
// blocks share are pairs as ever.
#include "agg_distinct.h"
#include "hash.h"

#define BITMAPS_MAX (UINT64_C(256) << 20) // bytes
#define BITMAPS_FREE (INT64_C(1) << 20)   // so many are made whatever the rows are
#define SLAB_WORDS 1000                   // of the bitmaps that are allocated at once

#define MAYBE_WORDS_MAX 8192 // of a bitmap, where the number of groups is not known

#define BLOCK_SPAN_MAX (UINT64_C(8) * BLOCK_ROWS)

struct DistinctBlock {
  const BlockOrder *order;
  uint64_t block;      // at hand, or BLOCK_ORDER_NONE
  uint32_t *first;     // [order->span_max + 1] a word's first group + 1, from the block's minimum
  DistinctPart others; // pairs of the words' further groups
};

void agg_distinct_init(AggStates *states, const PlanColumn *arg, uint64_t group_bound,
                       uint64_t row_bound) {
  key_column_init(&states->key, states->arg, arg->dictionary);
  if (key_column_interns(&states->key) || states->arg.kind == TYPE_DOUBLE || arg->min > arg->max)
    return;
  uint64_t range = (uint64_t)arg->max - (uint64_t)arg->min, words = range / 64 + 1, bytes, pairs;
  states->min = arg->min;
  states->bitmap_rows_known = row_bound < UINT64_MAX;
  if (!__builtin_mul_overflow(words * 8, group_bound, &bytes) && bytes <= BITMAPS_MAX) {
    states->bitmap_words = words;
    states->bitmap_bytes_max = INT64_MAX;
  } else if (words <= MAYBE_WORDS_MAX) {
    if (__builtin_mul_overflow(row_bound, 2 * sizeof(DistinctPair), &pairs)) pairs = UINT64_MAX;
    states->bitmap_words = words;
    states->bitmap_bytes_max = (int64_t)(pairs < BITMAPS_MAX ? pairs : BITMAPS_MAX);
  }
}

static void bitmaps_clear(AggStates *states) {
  for (void *slab = states->bitmap_slabs, *next; slab; slab = next) {
    memcpy(&next, slab, sizeof next);
    mem_free(slab);
  }
  states->bitmap_slabs = NULL;
  states->bitmaps_left = 0;
  mem_free(states->bitmaps);
  states->bitmaps = NULL;
  states->bitmap_capacity = 0;
  states->bitmap_words = 0;
}

void agg_distinct_clear(AggStates *states) {
  bitmaps_clear(states);
  for (uint32_t p = 0; states->pairs && p < DISTINCT_PARTS; p++) mem_free(states->pairs[p].pairs);
  mem_free(states->pairs);
  if (states->block) {
    mem_free(states->block->first);
    mem_free(states->block->others.pairs);
    mem_free(states->block);
  }
  key_column_clear(&states->key);
}

void agg_distinct_by_block(AggStates *states, const BlockOrder *order) {
  bool words = !key_column_interns(&states->key) && states->arg.kind != TYPE_DOUBLE;
  bool bitmaps_fit = states->bitmap_words && states->bitmap_bytes_max == INT64_MAX;
  if (bitmaps_fit || !words || order->span_max >= BLOCK_SPAN_MAX) return;
  states->bitmap_words = 0;
  states->block = mem_alloc_zero(sizeof *states->block);
  states->block->order = order;
  states->block->block = BLOCK_ORDER_NONE;
}

// Room for some bitmaps at once, and before them for the address of the slab before: there is one
// for each of many groups.
static Status slab_create(AggStates *states, Error *error) {
  size_t words = states->bitmap_words, count = words < SLAB_WORDS ? SLAB_WORDS / words : 1;
  int64_t bytes = (int64_t)(count * words * sizeof(uint64_t));
  TRY(memory_budget_charge(states->budget, bytes, error));
  states->charged += bytes;
  states->bitmap_bytes += bytes;
  void *slab = mem_alloc_zero((size_t)bytes + sizeof slab);
  memcpy(slab, &states->bitmap_slabs, sizeof slab);
  states->bitmap_slabs = slab;
  states->bitmaps_left = (uint32_t)count;
  return STATUS_OK;
}

static Status bitmap_create(AggStates *states, uint32_t group, Error *error) {
  if (!states->bitmaps_left) TRY(slab_create(states, error));
  uint64_t *first = (uint64_t *)states->bitmap_slabs + 1;
  states->bitmaps[group] = first + --states->bitmaps_left * states->bitmap_words;
  return STATUS_OK;
}

#define PART_SHIFT 60 // of a hash: 16 parts

static uint64_t pair_hash(uint32_t group, int64_t word) {
  return hash_combine(group, (uint64_t)word);
}

static uint64_t part_slot(const DistinctPart *part, uint64_t hash) {
  return hash & (part->slots - 1);
}

static Status part_grow(AggStates *states, DistinctPart *part, Error *error) {
  DistinctPart old = *part;
  part->slots = old.slots ? old.slots * 2 : 256;
  int64_t bytes = (int64_t)((part->slots - old.slots) * sizeof *old.pairs);
  Status status = memory_budget_charge(states->budget, bytes, error);
  if (status != STATUS_OK) {
    *part = old;
    return status;
  }
  __atomic_fetch_add(&states->charged, bytes, __ATOMIC_RELAXED); // parts grow in parallel
  part->pairs = mem_alloc_zero(part->slots * sizeof *part->pairs);
  for (uint64_t s = 0; s < old.slots; s++) {
    if (!old.pairs[s].group) continue;
    uint64_t at = part_slot(part, pair_hash(old.pairs[s].group - 1, old.pairs[s].word));
    while (part->pairs[at].group) at = (at + 1) & (part->slots - 1);
    part->pairs[at] = old.pairs[s];
  }
  mem_free(old.pairs);
  return STATUS_OK;
}

// Adds a word to a group's set; *added says whether it is new.
static Status part_add(AggStates *states, DistinctPart *part, uint64_t hash, uint32_t group,
                       int64_t word, bool *added, Error *error) {
  if ((part->count + 1) * 2 > part->slots) TRY(part_grow(states, part, error));
  uint64_t at = part_slot(part, hash);
  *added = false;
  for (; part->pairs[at].group; at = (at + 1) & (part->slots - 1))
    if (part->pairs[at].group == group + 1 && part->pairs[at].word == word) return STATUS_OK;
  part->pairs[at] = (DistinctPair){.word = word, .group = group + 1};
  part->count++;
  *added = true;
  return STATUS_OK;
}

static Status update_pairs(AggStates *states, const uint32_t *groups, const int64_t *words,
                           const Vector *arg, uint32_t count, Error *error) {
  uint64_t hashes[VECTOR_ROWS];
  uint16_t rows[VECTOR_ROWS];
  uint32_t kept = 0;
  if (!states->pairs) states->pairs = mem_alloc_zero(DISTINCT_PARTS * sizeof *states->pairs);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t group = groups ? groups[i] : 0;
    if (!vector_is_valid(arg, i)) continue;
    if (kept && rows[kept - 1] + 1u == i && words[i] == words[i - 1] &&
        (!groups || group == groups[i - 1])) {
      rows[kept - 1] = (uint16_t)i;
      continue;
    }
    hashes[kept] = pair_hash(group, words[i]);
    const DistinctPart *part = &states->pairs[hashes[kept] >> PART_SHIFT];
    if (part->slots) __builtin_prefetch(&part->pairs[part_slot(part, hashes[kept])], 1);
    rows[kept++] = (uint16_t)i;
  }
  for (uint32_t k = 0; k < kept; k++) {
    uint32_t group = groups ? groups[rows[k]] : 0;
    bool added;
    TRY(part_add(states, &states->pairs[hashes[k] >> PART_SHIFT], hashes[k], group, words[rows[k]],
                 &added, error));
    *(int64_t *)agg_state_at(states, group) += added;
  }
  return STATUS_OK;
}

static int64_t bitmap_count(const AggStates *states, uint32_t group) {
  const uint64_t *words = states->bitmaps[group];
  return words ? (int64_t)bits_count(words, states->bitmap_words * 64) : 0;
}

// The groups are too many for bitmaps: what they hold becomes pairs.
static Status bitmaps_to_pairs(AggStates *states, Error *error) {
  if (!states->pairs) states->pairs = mem_alloc_zero(DISTINCT_PARTS * sizeof *states->pairs);
  for (uint32_t g = 0; g < states->bitmap_capacity; g++) {
    if (g % VECTOR_ROWS == 0) TRY(job_check(states->execution->job, error));
    if (states->bitmaps[g]) *(int64_t *)agg_state_at(states, g) = bitmap_count(states, g);
    for (uint64_t w = 0; states->bitmaps[g] && w < states->bitmap_words; w++)
      for (uint64_t left = states->bitmaps[g][w]; left; left &= left - 1) {
        int64_t word = states->min + (int64_t)(w * 64) + __builtin_ctzll(left);
        uint64_t hash = pair_hash(g, word);
        bool added;
        TRY(part_add(states, &states->pairs[hash >> PART_SHIFT], hash, g, word, &added, error));
      }
  }
  memory_budget_release(states->budget, states->bitmap_bytes);
  states->charged -= states->bitmap_bytes;
  states->bitmap_bytes = 0;
  bitmaps_clear(states);
  return STATUS_OK;
}

#define BITMAP_AHEAD 8                     // rows whose word of a bitmap is fetched ahead
#define BITMAP_AHEAD_BYTES_MIN (256 << 10) // fewer bytes of bitmaps are in cache anyway

// Whether the bitmaps take what pairs would: of all rows, or, where their number is not known, of
// those that came.
static bool bitmaps_cost_more(const AggStates *states) {
  if (states->bitmap_bytes >= states->bitmap_bytes_max) return true;
  if (states->bitmap_bytes_max == INT64_MAX || states->bitmap_rows_known ||
      states->bitmap_bytes < BITMAPS_FREE)
    return false;
  return (uint64_t)states->bitmap_bytes >= states->bitmap_rows * 2 * sizeof(DistinctPair);
}

// Makes the bitmaps that a row misses; *many: there would be too many.
static Status bitmaps_make(AggStates *states, const uint32_t *groups, const Vector *arg,
                           uint32_t count, bool *many, Error *error) {
  *many = false;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t group = groups ? groups[i] : 0;
    if (states->bitmaps[group] || !vector_is_valid(arg, i)) continue;
    *many = bitmaps_cost_more(states);
    if (*many) return STATUS_OK;
    TRY(bitmap_create(states, group, error));
  }
  return STATUS_OK;
}

// Sets the bits of the rows, whose bitmaps are all there (but for those of NULLs).
static void bitmaps_set(const AggStates *states, const uint32_t *groups, const uint32_t *bits,
                        const Vector *arg, uint32_t count) {
  uint64_t *const *bitmaps = states->bitmaps;
  bool ahead = groups && states->bitmap_bytes >= BITMAP_AHEAD_BYTES_MIN;
  uint64_t words = states->bitmap_words;
  for (uint32_t i = 0; i < count; i++) {
    if (ahead && i + BITMAP_AHEAD < count) {
      const uint64_t *next = bitmaps[groups[i + BITMAP_AHEAD]];
      uint32_t word = bits[i + BITMAP_AHEAD] / 64; // of a NULL: anything
      if (next && word < words) __builtin_prefetch(next + word, 1);
    }
    if (arg->validity && !vector_is_valid(arg, i)) continue;
    bits_set(bitmaps[groups ? groups[i] : 0], bits[i]);
  }
}

static bool all_have_bitmaps(const AggStates *states, const uint32_t *groups, uint32_t count) {
  bool all = true;
  for (uint32_t i = 0; groups && i < count; i++) all &= states->bitmaps[groups[i]] != NULL;
  return all && (groups || states->bitmaps[0]);
}

static Status update_bitmaps(AggStates *states, const uint32_t *groups, const Vector *arg,
                             uint32_t count, Error *error) {
  uint32_t bits[VECTOR_ROWS];
  states->bitmap_rows += count;
  if (!all_have_bitmaps(states, groups, count)) {
    bool many;
    TRY(bitmaps_make(states, groups, arg, count, &many, error));
    if (many) {
      int64_t words[VECTOR_ROWS];
      TRY(bitmaps_to_pairs(states, error));
      key_column_encode(&states->key, arg, count, words);
      return update_pairs(states, groups, words, arg, count, error);
    }
  }
  Vector from_least = *arg; // bits are counted from the least word on
  if (arg->constant || arg->width == 8) {
    for (uint32_t i = 0; i < count; i++) bits[i] = (uint32_t)(vector_int(arg, i) - states->min);
  } else {
    from_least.base -= states->min;
    vector_flatten_u32(&from_least, count, bits);
  }
  bitmaps_set(states, groups, bits, arg, count);
  return STATUS_OK;
}

int64_t agg_distinct_value(const AggStates *states, uint32_t group) {
  return states->bitmap_words ? bitmap_count(states, group)
                              : *(const int64_t *)agg_state_at(states, group);
}

// ---------------------------------------------------------------- block by block

static Status block_begin(AggStates *states, uint64_t block, Error *error) {
  DistinctBlock *own = states->block;
  uint64_t slots = own->order->span_max + 1;
  if (!own->first) {
    int64_t bytes = (int64_t)(slots * sizeof *own->first);
    TRY(memory_budget_charge(states->budget, bytes, error));
    states->charged += bytes;
    own->first = mem_alloc_zero((size_t)bytes);
  } else {
    memset(own->first, 0, slots * sizeof *own->first);
  }
  if (own->others.count) memset(own->others.pairs, 0, own->others.slots * sizeof(DistinctPair));
  own->others.count = 0;
  own->block = block;
  return STATUS_OK;
}

// The block of all these words but NULLs; *shared: some of them may be in another one too.
static Status block_find(AggStates *states, const int64_t *words, const Vector *arg, uint32_t count,
                         bool *shared, Error *error) {
  DistinctBlock *own = states->block;
  int64_t least = INT64_MAX, greatest = INT64_MIN;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    least = words[i] < least ? words[i] : least;
    greatest = words[i] > greatest ? words[i] : greatest;
  }
  if (least > greatest) return STATUS_OK;
  uint64_t block = block_order_of(own->order, own->block, least, greatest);
  if (block == BLOCK_ORDER_NONE)
    return error_set(error, STATUS_CORRUPT, "a block has values beyond its minimum and maximum");
  if (block != own->block) TRY(block_begin(states, block, error));
  *shared = block_order_is_shared(own->order, block, least) ||
            block_order_is_shared(own->order, block, greatest);
  return STATUS_OK;
}

static Status update_block(AggStates *states, const uint32_t *groups, const int64_t *words,
                           const Vector *arg, uint32_t count, Error *error) {
  DistinctBlock *own = states->block;
  static const Vector valid = {0};
  bool shared = false, added;
  if (!count) return STATUS_OK;
  TRY(block_find(states, words, arg, count, &shared, error));
  if (own->block == BLOCK_ORDER_NONE) return STATUS_OK; // all NULL so far
  int64_t min = own->order->blocks[own->block]->min;
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    uint32_t group = groups ? groups[i] : 0, *first = &own->first[words[i] - min];
    if (*first == group + 1) continue;
    if (shared && block_order_is_shared(own->order, own->block, words[i])) {
      TRY(update_pairs(states, groups ? groups + i : NULL, words + i, &valid, 1, error));
      continue;
    }
    added = !*first;
    if (added)
      *first = group + 1;
    else
      TRY(part_add(states, &own->others, pair_hash(group, words[i]), group, words[i], &added,
                   error));
    *(int64_t *)agg_state_at(states, group) += added;
  }
  return STATUS_OK;
}

Status agg_distinct_update(AggStates *states, const uint32_t *groups, const Vector *arg,
                           uint32_t count, Error *error) {
  int64_t words[VECTOR_ROWS];
  if (states->bitmap_words) return update_bitmaps(states, groups, arg, count, error);
  key_column_encode(&states->key, arg, count, words);
  if (states->block) return update_block(states, groups, words, arg, count, error);
  return update_pairs(states, groups, words, arg, count, error);
}

static Status merge_bitmaps(AggStates *target, const AggStates *source, const uint32_t *map,
                            Error *error) {
  for (uint32_t g = 0; g < source->group_count; g++) {
    if (!source->bitmaps[g]) continue;
    if (!target->bitmaps[map[g]]) TRY(bitmap_create(target, map[g], error));
    uint64_t *to = target->bitmaps[map[g]];
    for (uint64_t w = 0; w < target->bitmap_words; w++) to[w] |= source->bitmaps[g][w];
  }
  return STATUS_OK;
}

// Merging pairs: groups (and interned words) have other numbers in the target, so pairs go to other
// parts there. Each part of the source is first scattered by where its pairs go, then each part of
// the target takes what is for it: two parallel steps, neither of which shares anything it writes
// but the counts.
typedef struct PairsMerge {
  AggStates *target, *source;
  const uint32_t *map;
  const int64_t *translated;           // words of the source in the target; NULL: the same
  DistinctPair *moved[DISTINCT_PARTS]; // by part of the source, in the order of the target's
  uint64_t starts[DISTINCT_PARTS][DISTINCT_PARTS + 1];
} PairsMerge;

#define MERGE_AHEAD 16 // pairs whose slots are fetched ahead

static uint64_t moved_hash(const DistinctPair *pair) {
  return pair_hash(pair->group - 1, pair->word);
}

static DistinctPair pair_moved(const PairsMerge *merge, const DistinctPair *pair) {
  return (DistinctPair){.word = merge->translated ? merge->translated[pair->word] : pair->word,
                        .group = merge->map[pair->group - 1] + 1};
}

static Status step_scatter(void *context, uint32_t worker, uint64_t p, Error *error) {
  (void)worker;
  PairsMerge *merge = context;
  DistinctPart *from = &merge->source->pairs[p];
  uint64_t *starts = merge->starts[p], places[DISTINCT_PARTS];
  int64_t bytes = (int64_t)(from->count * sizeof *from->pairs);
  TRY(memory_budget_charge(merge->source->budget, bytes, error));
  __atomic_fetch_add(&merge->source->charged, bytes, __ATOMIC_RELAXED);
  merge->moved[p] = mem_alloc((size_t)bytes);
  for (uint64_t s = 0; s < from->slots; s++) {
    if (!from->pairs[s].group) continue;
    from->pairs[s] = pair_moved(merge, &from->pairs[s]);
    starts[(moved_hash(&from->pairs[s]) >> PART_SHIFT) + 1]++;
  }
  for (uint32_t into = 0; into < DISTINCT_PARTS; into++) {
    places[into] = starts[into];
    starts[into + 1] += starts[into];
  }
  for (uint64_t s = 0; s < from->slots; s++)
    if (from->pairs[s].group)
      merge->moved[p][places[moved_hash(&from->pairs[s]) >> PART_SHIFT]++] = from->pairs[s];
  mem_free(from->pairs);
  *from = (DistinctPart){0};
  return STATUS_OK;
}

static Status step_take(void *context, uint32_t worker, uint64_t into, Error *error) {
  (void)worker;
  PairsMerge *merge = context;
  DistinctPart *part = &merge->target->pairs[into];
  for (uint32_t p = 0; p < DISTINCT_PARTS; p++) {
    const DistinctPair *pairs = merge->moved[p];
    uint64_t end = merge->starts[p][into + 1];
    for (uint64_t i = merge->starts[p][into]; i < end; i++) {
      if (i % BLOCK_ROWS == 0) TRY(job_check(merge->target->execution->job, error));
      if (i + MERGE_AHEAD < end && part->slots)
        __builtin_prefetch(&part->pairs[part_slot(part, moved_hash(&pairs[i + MERGE_AHEAD]))], 1);
      uint32_t group = pairs[i].group - 1;
      bool added;
      TRY(part_add(merge->target, part, moved_hash(&pairs[i]), group, pairs[i].word, &added,
                   error));
      int64_t *state = agg_state_at(merge->target, group);
      if (added) __atomic_fetch_add(state, 1, __ATOMIC_RELAXED);
    }
  }
  return STATUS_OK;
}

static Status merge_step(PairsMerge *merge, ExecutionStep step, Error *error) {
  const Execution *execution = merge->target->execution;
  return execution_steps(execution, execution_workers(execution), DISTINCT_PARTS, step, merge,
                         error);
}

// What was counted of the source's own blocks is its count but for its pairs, which may be the
// target's too.
static void merge_forgotten(AggStates *target, AggStates *source, const uint32_t *map) {
  for (uint32_t p = 0; source->pairs && p < DISTINCT_PARTS; p++)
    for (uint64_t s = 0; s < source->pairs[p].slots; s++)
      if (source->pairs[p].pairs[s].group)
        --*(int64_t *)agg_state_at(source, source->pairs[p].pairs[s].group - 1);
  for (uint32_t g = 0; g < source->group_count; g++)
    *(int64_t *)agg_state_at(target, map[g]) += *(int64_t *)agg_state_at(source, g);
}

static Status merge_pairs(AggStates *target, AggStates *source, const uint32_t *map, Error *error) {
  if (source->block) merge_forgotten(target, source, map);
  if (!source->pairs) return STATUS_OK;
  if (!target->pairs) target->pairs = mem_alloc_zero(DISTINCT_PARTS * sizeof *target->pairs);
  key_column_seal(&source->key);
  int64_t *translated = key_column_translate(&source->key, &target->key);
  PairsMerge *merge = mem_alloc_zero(sizeof *merge);
  merge->target = target;
  merge->source = source;
  merge->map = map;
  merge->translated = translated;
  Status status = merge_step(merge, step_scatter, error);
  if (status == STATUS_OK) status = merge_step(merge, step_take, error);
  for (uint32_t p = 0; p < DISTINCT_PARTS; p++) mem_free(merge->moved[p]);
  mem_free(merge);
  mem_free(translated);
  return status;
}

Status agg_distinct_merge(AggStates *target, AggStates *source, const uint32_t *map, Error *error) {
  if (!source->bitmap_words != !target->bitmap_words)
    TRY(bitmaps_to_pairs(source->bitmap_words ? source : target, error));
  return source->bitmap_words ? merge_bitmaps(target, source, map, error)
                              : merge_pairs(target, source, map, error);
}
