// See agg_set.h.
#include "agg_set.h"
#include "buffer.h"
#include "hash.h"
#include <stdlib.h>

#define DIGIT_BITS 6
#define DIGIT_ZERO '0'
#define DIGIT_COUNT_MAX 6 // of a way, which is below 2^32
#define MEMBER_MAX (UINT32_MAX - 1)

static Status set_charge(AggStates *states, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(states->budget, bytes, error));
  states->charged += bytes;
  return STATUS_OK;
}

// ---------------------------------------------------------------- members

static bool table_add(AggSet *set, uint32_t member) {
  uint32_t at = (uint32_t)hash_u64(member) & (set->slots - 1);
  while (set->table[at] && set->table[at] != member + 1) at = (at + 1) & (set->slots - 1);
  if (set->table[at]) return false;
  set->table[at] = member + 1;
  return true;
}

// Makes the bitmap long enough for `member`, at least twice as long as before.
static Status bits_reach(AggStates *states, AggSet *set, uint32_t member, Error *error) {
  uint32_t need = member / 64 + 1;
  if (need <= set->words) return STATUS_OK;
  uint32_t words = set->words * 2 > need ? set->words * 2 : need;
  TRY(set_charge(states, (int64_t)(words - set->words) * 8, error));
  set->bits = mem_realloc(set->bits, (size_t)words * 8);
  memset(set->bits + set->words, 0, (size_t)(words - set->words) * 8);
  set->words = words;
  return STATUS_OK;
}

// Makes the table as long as that, or a bitmap of it where that is no longer.
static Status set_grow(AggStates *states, AggSet *set, uint32_t slots, Error *error) {
  AggSet old = *set;
  bool to_bits = (uint64_t)slots * sizeof *set->table >= (uint64_t)set->greatest / 8 + 64;
  if (to_bits) {
    TRY(bits_reach(states, set, set->greatest, error));
    set->table = NULL;
    set->slots = 0;
  } else {
    TRY(set_charge(states, (int64_t)(slots - old.slots) * 4, error));
    set->table = mem_alloc_zero((size_t)slots * sizeof *set->table);
    set->slots = slots;
  }
  for (uint32_t s = 0; s < old.slots; s++) {
    if (!old.table[s]) continue;
    if (to_bits)
      bits_set(set->bits, old.table[s] - 1);
    else
      table_add(set, old.table[s] - 1);
  }
  mem_free(old.table);
  return STATUS_OK;
}

static Status set_add(AggStates *states, AggSet *set, uint32_t member, Error *error) {
  if (member > set->greatest) set->greatest = member;
  if (!set->bits && (set->count + 1) * 2 > set->slots)
    TRY(set_grow(states, set, set->slots ? set->slots * 2 : 8, error));
  if (!set->bits) {
    set->count += table_add(set, member);
    return STATUS_OK;
  }
  TRY(bits_reach(states, set, member, error));
  set->count += !bits_get(set->bits, member);
  bits_set(set->bits, member);
  return STATUS_OK;
}

// Adds members that ascend, count of at least one.
static Status set_add_all(AggStates *states, AggSet *set, const uint32_t *members, uint32_t count,
                          Error *error) {
  uint32_t added = 0, slots = set->slots ? set->slots : 8;
  if (members[count - 1] > set->greatest) set->greatest = members[count - 1];
  while (slots < (set->count + count) * 2) slots *= 2;
  if (!set->bits && slots > set->slots) TRY(set_grow(states, set, slots, error));
  for (; added < count && !set->bits; added++) TRY(set_add(states, set, members[added], error));
  if (added == count) return STATUS_OK;
  TRY(bits_reach(states, set, members[count - 1], error));
  uint32_t news = 0;
  for (uint32_t i = added; i < count; i++) {
    uint64_t *word = &set->bits[members[i] / 64], flag = UINT64_C(1) << (members[i] % 64);
    news += !(*word & flag);
    *word |= flag;
  }
  set->count += news;
  return STATUS_OK;
}

void agg_set_clear(AggStates *states) {
  for (uint32_t g = 0; g < states->group_count; g++) {
    AggSet *set = agg_state_at(states, g);
    mem_free(set->table);
    mem_free(set->bits);
  }
}

// ---------------------------------------------------------------- texts

#define TEXT_MEMBERS 1024 // read at a time

// Reads count members of `digits` digits each; the way is added up over all of them. False: what is
// read is no set. Inlined for each number of digits, so that the inner loop is unrolled.
static inline bool ways_read(const unsigned char *at, unsigned digits, uint32_t count,
                             uint64_t *before, uint32_t *members) {
  uint64_t member = *before;
  unsigned wrong = 0;
  for (uint32_t i = 0; i < count; i++, at += digits) {
    uint64_t way = 0;
    for (unsigned d = 0; d < digits; d++) {
      unsigned digit = at[d] - (unsigned)DIGIT_ZERO;
      wrong |= digit;
      way |= (uint64_t)digit << (d * DIGIT_BITS);
    }
    member += way + 1;
    members[i] = (uint32_t)member;
  }
  *before = member;
  return wrong < 1u << DIGIT_BITS && member <= MEMBER_MAX;
}

static bool members_read(const unsigned char *at, unsigned digits, uint32_t count, uint64_t *before,
                         uint32_t *members) {
  switch (digits) {
  case 1:
    return ways_read(at, 1, count, before, members);
  case 2:
    return ways_read(at, 2, count, before, members);
  case 3:
    return ways_read(at, 3, count, before, members);
  default:
    return ways_read(at, digits, count, before, members);
  }
}

static Status text_corrupt(Error *error) {
  return error_set(error, STATUS_CORRUPT, "a set of row numbers in a cuboid is damaged");
}

static Status text_add(AggStates *states, AggSet *set, Str text, Error *error) {
  if (!text.size) return STATUS_OK;
  const unsigned char *at = (const unsigned char *)text.data;
  unsigned digits = *at++ - (unsigned)DIGIT_ZERO;
  if (digits < 1 || digits > DIGIT_COUNT_MAX || (text.size - 1) % digits)
    return text_corrupt(error);
  uint32_t members[TEXT_MEMBERS], left = (text.size - 1) / digits;
  uint64_t before = UINT64_MAX; // -1: what comes next is way + 1 further
  while (left) {
    uint32_t count = left < TEXT_MEMBERS ? left : TEXT_MEMBERS;
    if (!members_read(at, digits, count, &before, members)) return text_corrupt(error);
    TRY(set_add_all(states, set, members, count, error));
    at += (size_t)count * digits;
    left -= count;
  }
  return STATUS_OK;
}

static int compare_members(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

// The members ascending, in a new array.
static uint32_t *set_members(const AggSet *set) {
  uint32_t *members = mem_alloc(((size_t)set->count + 1) * sizeof *members), count = 0;
  for (uint32_t s = 0; s < set->slots; s++)
    if (set->table[s]) members[count++] = set->table[s] - 1;
  if (count) qsort(members, count, sizeof *members, compare_members);
  for (uint32_t w = 0; w < set->words; w++)
    for (uint64_t word = set->bits[w]; word; word &= word - 1)
      members[count++] = w * 64 + (uint32_t)__builtin_ctzll(word);
  return members;
}

static uint32_t way_to(const uint32_t *members, uint32_t i) {
  return members[i] - (i ? members[i - 1] + 1 : 0);
}

static unsigned digits_needed(const uint32_t *members, uint32_t count) {
  uint64_t most = 0;
  for (uint32_t i = 0; i < count; i++) most |= way_to(members, i);
  unsigned digits = 1;
  while (most >> (digits * DIGIT_BITS)) digits++;
  return digits;
}

static Status set_text(AggStates *states, const AggSet *set, Value *out, Error *error) {
  uint32_t *members = set_members(set);
  unsigned digits = digits_needed(members, set->count);
  uint64_t size = set->count ? (uint64_t)set->count * digits + 1 : 0;
  Status status = size > UINT32_MAX ? error_set(error, STATUS_OVERFLOW, "a set is too large")
                                    : set_charge(states, (int64_t)size, error);
  if (status == STATUS_OK) {
    if (!states->text) states->text = arena_create();
    char *text = arena_alloc(states->text, size + 1), *at = text;
    if (set->count) *at++ = (char)(DIGIT_ZERO + digits);
    for (uint32_t i = 0; i < set->count; i++)
      for (unsigned d = 0; d < digits; d++)
        *at++ = (char)(DIGIT_ZERO + (way_to(members, i) >> (d * DIGIT_BITS) & 63));
    out->s = (Str){text, (uint32_t)size};
  }
  mem_free(members);
  return status;
}

// ---------------------------------------------------------------- update, merge, final

Status agg_set_update(AggStates *states, const uint32_t *groups, const Vector *arg, uint32_t count,
                      Error *error) {
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(arg, i)) continue;
    AggSet *set = agg_state_at(states, groups ? groups[i] : 0);
    if (states->id == AGGREGATE_SET)
      TRY(set_add(states, set, (uint32_t)vector_int(arg, i), error));
    else
      TRY(text_add(states, set, vector_text(arg, i), error));
  }
  return STATUS_OK;
}

Status agg_set_merge(AggStates *target, const AggStates *source, const uint32_t *map,
                     Error *error) {
  for (uint32_t g = 0; g < source->group_count; g++) {
    const AggSet *from = agg_state_at(source, g);
    AggSet *to = agg_state_at(target, map[g]);
    for (uint32_t s = 0; s < from->slots; s++)
      if (from->table[s]) TRY(set_add(target, to, from->table[s] - 1, error));
    for (uint32_t w = 0; w < from->words; w++)
      for (uint64_t word = from->bits[w]; word; word &= word - 1)
        TRY(set_add(target, to, w * 64 + (uint32_t)__builtin_ctzll(word), error));
  }
  return STATUS_OK;
}

Status agg_set_value(AggStates *states, uint32_t group, Value *out, Error *error) {
  const AggSet *set = agg_state_at(states, group);
  if (states->id != AGGREGATE_SET_COUNT) return set_text(states, set, out, error);
  out->i = set->count;
  return STATUS_OK;
}
