// See group_table.h.
#include "group_table.h"
#include "hash.h"
#include "kernel.h"

#define PACKED_MAX (UINT64_C(1) << 62)
#define AHEAD_GROUPS_MIN 16384 // fewer groups' keys are in cache anyway

static Status table_charge(GroupTable *table, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(table->budget, bytes, error));
  table->charged += bytes;
  return STATUS_OK;
}

// The strides by which the keys pack into one number, if the ranges' product stays within
// PACKED_MAX; *product: what is greater than any packed key.
static bool packed_layout(GroupTable *table, const GroupKey *keys, uint64_t *product) {
  *product = 1;
  for (uint32_t k = table->key_count; k-- > 0;) {
    if (!keys[k].words || keys[k].min > keys[k].max) return false;
    uint64_t span = (uint64_t)keys[k].max - (uint64_t)keys[k].min;
    if (span >= PACKED_MAX) return false;
    table->mins[k] = keys[k].min;
    table->strides[k] = *product;
    if (__builtin_mul_overflow(*product, span + 2, product) || *product > PACKED_MAX) return false;
  }
  return true;
}

Status group_table_init(GroupTable *table, const GroupKey *keys, uint32_t key_count,
                        uint64_t dense_max, MemoryBudget *budget, Error *error) {
  *table = (GroupTable){.key_count = key_count, .budget = budget};
  table->mins = mem_alloc_zero((key_count + 1) * sizeof *table->mins);
  table->strides = mem_alloc_zero((key_count + 1) * sizeof *table->strides);
  table->packs = packed_layout(table, keys, &table->packed_end);
  table->dense = table->packs && table->packed_end <= dense_max;
  table->slot_count = table->dense ? table->packed_end : 1024;
  TRY(table_charge(table, (int64_t)(table->slot_count * sizeof *table->slots), error));
  table->slots = mem_alloc_zero(table->slot_count * sizeof *table->slots);
  if (key_count) return STATUS_OK;
  uint32_t group;
  uint64_t none = 0;
  return group_table_find(table, NULL, &none, 1, &group, error);
}

Status group_table_permute(GroupTable *table, const uint32_t *order, Error *error) {
  size_t keys = table->key_count, count = table->group_count;
  int64_t bytes = (int64_t)(count * (keys + 1) * sizeof(int64_t));
  TRY(memory_budget_charge(table->budget, bytes, error));
  int64_t *words = mem_alloc((count * keys + 1) * sizeof *words);
  uint64_t *nulls = mem_alloc((count + 1) * sizeof *nulls);
  for (size_t g = 0; g < count; g++) {
    for (size_t k = 0; k < keys; k++) words[g * keys + k] = table->keys[order[g] * keys + k];
    nulls[g] = table->nulls[order[g]];
  }
  mem_free(table->keys);
  mem_free(table->nulls);
  mem_free(table->slots);
  mem_free(table->packed);
  table->keys = words;
  table->nulls = nulls;
  table->slots = NULL;
  table->packed = NULL;
  table->slot_count = 0;
  table->capacity = table->group_count;
  memory_budget_release(table->budget, table->charged);
  table->charged = bytes;
  return STATUS_OK;
}

void group_table_clear(GroupTable *table) {
  mem_free(table->keys);
  mem_free(table->nulls);
  mem_free(table->packed);
  mem_free(table->slots);
  mem_free(table->mins);
  mem_free(table->strides);
  memory_budget_release(table->budget, table->charged);
  *table = (GroupTable){0};
}

uint64_t group_table_bound(const GroupTable *table) {
  return table->dense ? table->slot_count : UINT64_MAX;
}

static Status groups_reserve(GroupTable *table, uint32_t extra, Error *error) {
  if (table->group_count + extra <= table->capacity) return STATUS_OK;
  uint32_t capacity = table->capacity ? table->capacity * 2 : 64;
  while (capacity < table->group_count + extra) capacity *= 2;
  bool packed = table->packs && !table->dense;
  size_t row = table->key_count * sizeof(int64_t) + sizeof(uint64_t) + packed * sizeof(uint64_t);
  TRY(table_charge(table, (int64_t)(row * (capacity - table->capacity)), error));
  table->keys =
      mem_realloc(table->keys, (size_t)capacity * (table->key_count + 1) * sizeof(int64_t));
  table->nulls = mem_realloc(table->nulls, (size_t)capacity * sizeof(uint64_t));
  if (packed) table->packed = mem_realloc(table->packed, (size_t)capacity * sizeof(uint64_t));
  table->capacity = capacity;
  return STATUS_OK;
}

static uint32_t group_add(GroupTable *table, int64_t *const *words, uint64_t nulls, uint32_t row) {
  uint32_t group = table->group_count++;
  for (uint32_t k = 0; k < table->key_count; k++)
    table->keys[(size_t)group * table->key_count + k] = words[k][row];
  table->nulls[group] = nulls;
  return group;
}

static uint64_t key_hash(const GroupTable *table, int64_t *const *words, uint64_t nulls,
                         uint32_t row) {
  uint64_t hash = nulls;
  for (uint32_t k = 0; k < table->key_count; k++)
    hash = hash_combine(hash, (uint64_t)words[k][row]);
  return hash;
}

static uint64_t group_hash(const GroupTable *table, uint32_t group) {
  if (table->packed) return hash_u64(table->packed[group]);
  uint64_t hash = table->nulls[group];
  const int64_t *keys = table->keys + (size_t)group * table->key_count;
  for (uint32_t k = 0; k < table->key_count; k++) hash = hash_combine(hash, (uint64_t)keys[k]);
  return hash;
}

static bool group_equals(const GroupTable *table, uint32_t group, int64_t *const *words,
                         uint64_t nulls, uint32_t row) {
  if (table->nulls[group] != nulls) return false;
  const int64_t *keys = table->keys + (size_t)group * table->key_count;
  for (uint32_t k = 0; k < table->key_count; k++)
    if (keys[k] != words[k][row]) return false;
  return true;
}

static Status slots_grow(GroupTable *table, uint64_t count, Error *error) {
  TRY(table_charge(table, (int64_t)((count - table->slot_count) * sizeof *table->slots), error));
  mem_free(table->slots);
  table->slots = mem_alloc_zero(count * sizeof *table->slots);
  table->slot_count = count;
  for (uint32_t g = 0; g < table->group_count; g++) {
    uint64_t at = group_hash(table, g) & (count - 1);
    while (table->slots[at]) at = (at + 1) & (count - 1);
    table->slots[at] = g + 1;
  }
  return STATUS_OK;
}

// Half of the slots stay free.
static Status slots_reserve(GroupTable *table, uint64_t group_count, Error *error) {
  uint64_t count = table->slot_count;
  while (group_count * 2 > count) count *= 2;
  return count > table->slot_count ? slots_grow(table, count, error) : STATUS_OK;
}

Status group_table_reserve(GroupTable *table, uint32_t group_count, Error *error) {
  if (group_count > table->group_count)
    TRY(groups_reserve(table, group_count - table->group_count, error));
  return table->dense ? STATUS_OK : slots_reserve(table, group_count, error);
}

// Hashes of a batch's keys, with what probing will read fetched ahead: first the slots, then the
// keys of the groups that they name. The cache misses of a batch overlap.
static void hash_ahead(const GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                       uint32_t count, uint64_t *hashes) {
  uint64_t mask = table->slot_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    hashes[i] = key_hash(table, words, nulls[i], i);
    __builtin_prefetch(&table->slots[hashes[i] & mask]);
  }
  if (table->group_count < AHEAD_GROUPS_MIN) return;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = table->slots[hashes[i] & mask];
    if (!slot) continue;
    __builtin_prefetch(&table->keys[(size_t)(slot - 1) * table->key_count]);
    __builtin_prefetch(&table->nulls[slot - 1]);
  }
}

// The slot of a row's group, or the free one where it would be.
static uint64_t slot_find(const GroupTable *table, int64_t *const *words, uint64_t nulls,
                          uint32_t row, uint64_t hash) {
  uint64_t at = hash & (table->slot_count - 1);
  while (table->slots[at] && !group_equals(table, table->slots[at] - 1, words, nulls, row))
    at = (at + 1) & (table->slot_count - 1);
  return at;
}

static Status find_hash(GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                        uint32_t count, uint32_t *groups, Error *error) {
  uint64_t hashes[VECTOR_ROWS];
  TRY(slots_reserve(table, (uint64_t)table->group_count + count, error));
  hash_ahead(table, words, nulls, count, hashes);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t at = slot_find(table, words, nulls[i], i, hashes[i]);
    if (!table->slots[at]) table->slots[at] = group_add(table, words, nulls[i], i) + 1;
    groups[i] = table->slots[at] - 1;
  }
  return STATUS_OK;
}

// What a NULL of key k packs as.
static uint64_t packed_null(const GroupTable *table, uint32_t k, uint64_t product) {
  return (k ? table->strides[k - 1] : product) / table->strides[k] - 1;
}

static void pack_keys(const GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                      uint32_t count, uint64_t *packed) {
  memset(packed, 0, count * sizeof *packed);
  for (uint32_t k = 0; k < table->key_count; k++) {
    uint64_t stride = table->strides[k], min = (uint64_t)table->mins[k];
    uint64_t null = packed_null(table, k, table->packed_end);
    const int64_t *word = words[k];
    for (uint32_t i = 0; i < count; i++)
      packed[i] += (nulls[i] >> k & 1 ? null : (uint64_t)word[i] - min) * stride;
  }
}

// Rows with the key of the row before them (the lines of a receipt) have its group: of each run the
// first row is looked up.
typedef struct KeyRuns {
  uint32_t count;
  uint16_t first[VECTOR_ROWS + 1]; // [count] the run's first row
  uint16_t of[VECTOR_ROWS];        // the run of each row
} KeyRuns;

static void runs_find(const uint64_t *packed, uint32_t count, KeyRuns *runs) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) { // branch-free: how long runs are cannot be foretold
    runs->first[n] = (uint16_t)i;
    n += i == 0 || packed[i] != packed[i - 1];
    runs->of[i] = (uint16_t)(n - 1);
  }
  runs->count = n;
}

// Keys packed into one number: one comparison a look.
static Status find_packed(GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                          uint32_t count, uint32_t *groups, Error *error) {
  uint64_t packed[VECTOR_ROWS], places[VECTOR_ROWS];
  uint32_t found[VECTOR_ROWS];
  KeyRuns runs;
  TRY(slots_reserve(table, (uint64_t)table->group_count + count, error));
  uint64_t mask = table->slot_count - 1;
  bool ahead = table->group_count >= AHEAD_GROUPS_MIN;
  pack_keys(table, words, nulls, count, packed);
  runs_find(packed, count, &runs);
  for (uint32_t r = 0; r < runs.count; r++) {
    places[r] = hash_u64(packed[runs.first[r]]) & mask;
    __builtin_prefetch(&table->slots[places[r]]);
  }
  for (uint32_t r = 0; ahead && r < runs.count; r++)
    if (table->slots[places[r]]) __builtin_prefetch(&table->packed[table->slots[places[r]] - 1]);
  for (uint32_t r = 0; r < runs.count; r++) {
    uint64_t at = places[r], key = packed[runs.first[r]];
    uint32_t slot;
    while ((slot = table->slots[at]) && table->packed[slot - 1] != key) at = (at + 1) & mask;
    if (!slot) {
      slot = group_add(table, words, nulls[runs.first[r]], runs.first[r]) + 1;
      table->packed[slot - 1] = key;
      table->slots[at] = slot;
    }
    found[r] = slot - 1;
  }
  for (uint32_t i = 0; i < count; i++) groups[i] = found[runs.of[i]];
  return STATUS_OK;
}

static void find_dense(GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                       uint32_t count, uint32_t *groups) {
  uint32_t packed[VECTOR_ROWS];
  uint64_t some_null = 0;
  memset(packed, 0, count * sizeof *packed);
  for (uint32_t i = 0; i < count; i++) some_null |= nulls[i];
  for (uint32_t k = 0; k < table->key_count; k++) {
    uint32_t stride = (uint32_t)table->strides[k];
    const int64_t *restrict word = words[k];
    int64_t min = table->mins[k];
    uint32_t null_value = (uint32_t)packed_null(table, k, table->packed_end);
    if (some_null >> k & 1)
      for (uint32_t i = 0; i < count; i++) {
        uint32_t value = nulls[i] >> k & 1 ? null_value : (uint32_t)(word[i] - min);
        packed[i] += value * stride;
      }
    else
      for (uint32_t i = 0; i < count; i++) packed[i] += (uint32_t)(word[i] - min) * stride;
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t *slot = &table->slots[packed[i]];
    if (!*slot) *slot = group_add(table, words, nulls[i], i) + 1;
    groups[i] = *slot - 1;
  }
}

Status group_table_find(GroupTable *table, int64_t *const *words, const uint64_t *nulls,
                        uint32_t count, uint32_t *groups, Error *error) {
  TRY(groups_reserve(table, count, error));
  if (!table->packs) return find_hash(table, words, nulls, count, groups, error);
  if (!table->dense) return find_packed(table, words, nulls, count, groups, error);
  find_dense(table, words, nulls, count, groups);
  return STATUS_OK;
}

// ---------------------------------------------------------------- keys as vectors

// Bit k: key k of the table is NULL.
static void nulls_of(const GroupTable *table, const GroupKeys *keys, const uint32_t *which,
                     uint64_t *nulls) {
  for (uint32_t i = 0; i < keys->row_count; i++) {
    uint64_t all = keys->nulls[i];
    nulls[i] = 0;
    for (uint32_t k = 0; all && k < table->key_count; k++) nulls[i] |= (all >> which[k] & 1) << k;
  }
}

static Status find_words(GroupTable *table, GroupKeys *keys, const uint32_t *which,
                         uint32_t *groups, Error *error) {
  int64_t *words[64];
  uint64_t nulls[VECTOR_ROWS];
  group_keys_encode(keys);
  for (uint32_t k = 0; k < table->key_count; k++) words[k] = keys->words[which[k]];
  nulls_of(table, keys, which, nulls);
  return group_table_find(table, words, nulls, keys->row_count, groups, error);
}

// What stands where key k is NULL is packed as anything; here it becomes what NULL packs as.
static void pack_nulls(const GroupTable *table, uint32_t k, const Vector *v, uint32_t count,
                       uint32_t *packed) {
  uint32_t stride = (uint32_t)table->strides[k], min = (uint32_t)table->mins[k];
  uint32_t null = (uint32_t)packed_null(table, k, table->packed_end);
  for (uint32_t w = 0; w < bits_words(count); w++) {
    uint64_t missing = ~v->validity[v->constant ? 0 : w];
    if (v->constant) missing = missing & 1 ? UINT64_MAX : 0;
    if (count - w * 64 < 64) missing &= (UINT64_C(1) << (count - w * 64)) - 1;
    for (; missing; missing &= missing - 1) {
      uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(missing);
      packed[i] += (null - ((uint32_t)vector_int(v, i) - min)) * stride;
    }
  }
}

static void pack_vectors(const GroupTable *table, const GroupKeys *keys, const uint32_t *which,
                         uint32_t *packed) {
  memset(packed, 0, keys->row_count * sizeof *packed);
  for (uint32_t k = 0; k < table->key_count; k++) {
    const Vector *v = &keys->vectors[which[k]];
    uint32_t stride = (uint32_t)table->strides[k], min = (uint32_t)table->mins[k];
    if (v->constant) {
      uint32_t part = ((uint32_t)vector_int(v, 0) - min) * stride;
      for (uint32_t i = 0; i < keys->row_count; i++) packed[i] += part;
    } else {
      kernels()->pack_u32[kernel_width_index(v->width)](v->data, keys->row_count,
                                                        (uint32_t)v->base - min, stride, packed);
    }
    if (v->validity) pack_nulls(table, k, v, keys->row_count, packed);
  }
}

Status group_table_find_keys(GroupTable *table, GroupKeys *keys, const uint32_t *which,
                             uint32_t *groups, Error *error) {
  uint32_t packed[VECTOR_ROWS];
  if (!table->dense) return find_words(table, keys, which, groups, error);
  pack_vectors(table, keys, which, packed);
  if (!kernels()->look_up(table->slots, packed, keys->row_count, groups)) return STATUS_OK;
  return find_words(table, keys, which, groups, error); // makes the new groups
}

// ---------------------------------------------------------------- runs

#define RUN_ROWS_MIN 4 // on average: of shorter ones a look-up a row is as quick

// A new group of a dense table: its keys are what its number is packed of.
static uint32_t packed_add(GroupTable *table, uint64_t packed) {
  int64_t word[64], *words[64];
  uint64_t nulls = 0;
  for (uint32_t k = 0; k < table->key_count; k++) {
    uint64_t null = packed_null(table, k, table->packed_end);
    uint64_t part = packed / table->strides[k] % (null + 1);
    nulls |= (uint64_t)(part == null) << k;
    word[k] = table->mins[k] + (part == null ? 0 : (int64_t)part);
    words[k] = &word[k];
  }
  return group_add(table, words, nulls, 0);
}

Status group_table_find_runs(GroupTable *table, const GroupKeys *keys, const uint32_t *which,
                             GroupRuns *runs, Error *error) {
  uint32_t packed[VECTOR_ROWS];
  uint8_t last[VECTOR_ROWS];
  runs->count = 0;
  runs->row_count = keys->row_count;
  if (!table->dense || !table->key_count) return STATUS_OK;
  pack_vectors(table, keys, which, packed);
  kernels()->changes(packed, keys->row_count, last);
  uint32_t count = kernels()->mask_to_rows(last, keys->row_count, runs->ends);
  if (count > keys->row_count / RUN_ROWS_MIN) return STATUS_OK;
  TRY(groups_reserve(table, count, error));
  for (uint32_t r = 0; r < count; r++) {
    uint32_t *slot = &table->slots[packed[runs->ends[r]]];
    if (!*slot) *slot = packed_add(table, packed[runs->ends[r]]) + 1;
    runs->groups[r] = *slot - 1;
    runs->ends[r]++;
  }
  runs->count = count;
  return STATUS_OK;
}

void group_runs_spread(const GroupRuns *runs, uint32_t *groups) {
  for (uint32_t r = 0, i = 0; r < runs->count; r++)
    for (; i < runs->ends[r]; i++) groups[i] = runs->groups[r];
}

uint32_t *group_table_order(const GroupTable *table) {
  uint32_t *order = mem_alloc((table->group_count + 1) * sizeof *order);
  uint32_t n = 0;
  if (!table->dense) {
    for (; n < table->group_count; n++) order[n] = n;
    return order;
  }
  for (uint64_t slot = 0; slot < table->slot_count; slot++)
    if (table->slots[slot]) order[n++] = table->slots[slot] - 1;
  return order;
}
