// Exact distinct counts in one of two forms, the count of each group kept as they grow.
//
//   bitmaps  words are dense (codes, row numbers, dates) and all groups' bitmaps together stay
//            within BITMAPS_MAX: one bit a word, a bitmap made when its group first comes
//   pairs    open addressing over (group, word)
#include "agg_distinct.h"
#include "hash.h"

#define BITMAPS_MAX (UINT64_C(256) << 20) // bytes

void agg_distinct_init(AggStates *states, const PlanColumn *arg, uint64_t group_bound) {
  key_column_init(&states->key, states->arg, arg->dictionary);
  if (key_column_interns(&states->key) || states->arg.kind == TYPE_DOUBLE || arg->min > arg->max)
    return;
  uint64_t range = (uint64_t)arg->max - (uint64_t)arg->min, words = range / 64 + 1, bytes;
  if (__builtin_mul_overflow(words * 8, group_bound, &bytes) || bytes > BITMAPS_MAX) return;
  states->min = arg->min;
  states->bitmap_words = words;
}

void agg_distinct_clear(AggStates *states) {
  for (uint32_t g = 0; states->bitmaps && g < states->capacity; g++) mem_free(states->bitmaps[g]);
  mem_free(states->bitmaps);
  mem_free(states->pairs);
  key_column_clear(&states->key);
}

static Status bitmap_create(AggStates *states, uint32_t group, Error *error) {
  int64_t bytes = (int64_t)(states->bitmap_words * sizeof(uint64_t));
  TRY(memory_budget_charge(states->budget, bytes, error));
  states->charged += bytes;
  states->bitmaps[group] = mem_alloc_zero((size_t)bytes);
  return STATUS_OK;
}

static uint64_t pair_hash(uint32_t group, int64_t word) {
  return hash_combine(group, (uint64_t)word);
}

static Status pairs_grow(AggStates *states, Error *error) {
  uint64_t old_slots = states->pair_slots, slots = old_slots ? old_slots * 2 : 4096;
  DistinctPair *old = states->pairs;
  int64_t bytes = (int64_t)((slots - old_slots) * sizeof *old);
  TRY(memory_budget_charge(states->budget, bytes, error));
  states->charged += bytes;
  states->pairs = mem_alloc_zero(slots * sizeof *states->pairs);
  states->pair_slots = slots;
  for (uint64_t s = 0; s < old_slots; s++) {
    if (!old[s].group) continue;
    uint64_t at = pair_hash(old[s].group, old[s].word) & (slots - 1);
    while (states->pairs[at].group) at = (at + 1) & (slots - 1);
    states->pairs[at] = old[s];
  }
  mem_free(old);
  return STATUS_OK;
}

static Status pairs_reserve(AggStates *states, uint64_t extra, Error *error) {
  while ((states->pair_count + extra) * 2 > states->pair_slots) TRY(pairs_grow(states, error));
  return STATUS_OK;
}

// Adds a word to a group's set; true when it is new. Room must be reserved.
static bool pairs_add(AggStates *states, uint32_t group, int64_t word) {
  uint64_t mask = states->pair_slots - 1, at = pair_hash(group + 1, word) & mask;
  for (; states->pairs[at].group; at = (at + 1) & mask)
    if (states->pairs[at].group == group + 1 && states->pairs[at].word == word) return false;
  states->pairs[at] = (DistinctPair){.word = word, .group = group + 1};
  states->pair_count++;
  return true;
}

Status agg_distinct_update(AggStates *states, const uint32_t *groups, const Vector *arg,
                           uint32_t count, Error *error) {
  int64_t words[VECTOR_ROWS], *counts = states->states;
  key_column_encode(&states->key, arg, count, words);
  if (!states->bitmap_words) TRY(pairs_reserve(states, count, error));
  for (uint32_t i = 0; i < count; i++) {
    if (arg->validity && !vector_is_valid(arg, i)) continue;
    uint32_t group = groups ? groups[i] : 0;
    if (!states->bitmap_words) {
      counts[group] += pairs_add(states, group, words[i]);
      continue;
    }
    if (!states->bitmaps[group]) TRY(bitmap_create(states, group, error));
    uint64_t bit = (uint64_t)(words[i] - states->min);
    uint64_t *word = &states->bitmaps[group][bit / 64], flag = UINT64_C(1) << (bit % 64);
    counts[group] += !(*word & flag);
    *word |= flag;
  }
  return STATUS_OK;
}

static Status merge_bitmaps(AggStates *target, const AggStates *source, const uint32_t *map,
                            Error *error) {
  int64_t *counts = target->states;
  for (uint32_t g = 0; g < source->group_count; g++) {
    if (!source->bitmaps[g]) continue;
    if (!target->bitmaps[map[g]]) TRY(bitmap_create(target, map[g], error));
    uint64_t *to = target->bitmaps[map[g]];
    int64_t count = 0;
    for (uint64_t w = 0; w < target->bitmap_words; w++) {
      to[w] |= source->bitmaps[g][w];
      count += __builtin_popcountll(to[w]);
    }
    counts[map[g]] = count;
  }
  return STATUS_OK;
}

Status agg_distinct_merge(AggStates *target, AggStates *source, const uint32_t *map, Error *error) {
  if (source->bitmap_words) return merge_bitmaps(target, source, map, error);
  key_column_seal(&source->key);
  int64_t *translated = key_column_translate(&source->key, &target->key);
  int64_t *counts = target->states;
  Status status = pairs_reserve(target, source->pair_count, error);
  for (uint64_t s = 0; s < source->pair_slots && status == STATUS_OK; s++) {
    const DistinctPair *pair = &source->pairs[s];
    if (!pair->group) continue;
    uint32_t group = map[pair->group - 1];
    counts[group] += pairs_add(target, group, translated ? translated[pair->word] : pair->word);
  }
  mem_free(translated);
  return status;
}
