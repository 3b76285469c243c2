// See audience_split.h.
#include "audience_split.h"
#include "audience.h"
#include "hash.h"
#include "key_reader.h"
#include <stdlib.h>

typedef struct Place {
  uint32_t stratum, row;
  int64_t place;
} Place;

static int64_t key_place(const AudienceSplit *split, const Value *key, Buffer *text) {
  buffer_reset(text);
  value_format(key, text);
  return hash_stable(text->size ? text->data : "", text->size, split->seed.data, split->seed.size);
}

static int compare_places(const void *a, const void *b) {
  const Place *x = a, *y = b;
  if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
  if (x->place != y->place) return x->place < y->place ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

// The arm whose piece of 0 .. 2^63 the place lies on.
static uint32_t arm_at(const AudienceSplit *split, int64_t place) {
  uint32_t end = 0, arm = 0;
  for (; arm + 1 < split->arm_count; arm++) {
    end += split->shares[arm];
    if ((int128_t)place * AUDIENCE_SHARE_WHOLE < (int128_t)end << 63) break;
  }
  return arm;
}

void audience_stratum_sizes(const AudienceSplit *split, Str value, uint64_t n, uint64_t *sizes) {
  int64_t hash =
      hash_stable(value.size ? value.data : "", value.size, split->seed.data, split->seed.size);
  uint64_t u = (uint64_t)(((int128_t)hash * AUDIENCE_SHARE_WHOLE) >> 63), from = 0;
  for (uint32_t arm = 0; arm < split->arm_count; arm++) {
    uint128_t part = (uint128_t)n * split->shares[arm];
    uint64_t to = from + (uint64_t)(part % AUDIENCE_SHARE_WHOLE);
    // Points u + t at or after `from`, and before `to`: at most one, for the piece is below 1.
    uint64_t before_from = (from + AUDIENCE_SHARE_WHOLE - 1 - u) / AUDIENCE_SHARE_WHOLE;
    uint64_t before_to = (to + AUDIENCE_SHARE_WHOLE - 1 - u) / AUDIENCE_SHARE_WHOLE;
    sizes[arm] = (uint64_t)(part / AUDIENCE_SHARE_WHOLE) + (before_to - before_from);
    from = to;
  }
}

// Deals the places of one stratum out.
static void stratum_deal(const AudienceSplit *split, const Place *places, uint64_t n,
                         RowBits *arms) {
  uint64_t sizes[AUDIENCE_ARMS_MAX], at = 0;
  audience_stratum_sizes(split, split->strata->values[places->stratum], n, sizes);
  for (uint32_t arm = 0; arm < split->arm_count; arm++)
    for (uint64_t i = 0; i < sizes[arm]; i++) row_bits_add(&arms[arm], &places[at++].row, 1);
}

static uint32_t strata_deal(const AudienceSplit *split, Place *places, uint64_t count,
                            RowBits *arms) {
  uint32_t strata = 0;
  if (count) qsort(places, count, sizeof *places, compare_places);
  for (uint64_t from = 0, to; from < count; from = to, strata++) {
    for (to = from + 1; to < count && places[to].stratum == places[from].stratum;) to++;
    stratum_deal(split, places + from, to - from, arms);
  }
  return strata;
}

// Puts each member into an arm, or (places: not NULL) only finds his place.
static Status members_place(const AudienceSplit *split, const Rowset *members, Job *job,
                            Place *places, RowBits *arms, Error *error) {
  KeyReader keys = key_reader_open(split->keys);
  Buffer text;
  uint32_t rows[1024], count;
  uint64_t seen = 0;
  Status status = STATUS_OK;
  buffer_init(&text);
  for (uint64_t from = 0; status == STATUS_OK && (count = rowset_read(members, from, rows, 1024));
       from = rows[count - 1] + 1ull) {
    for (uint32_t i = 0; i < count; i++) {
      Value key = key_reader_value(&keys, rows[i]);
      int64_t place = key_place(split, &key, &text);
      if (places)
        places[seen++] = (Place){split->strata->of_row[rows[i]], rows[i], place};
      else
        row_bits_add(&arms[arm_at(split, place)], &rows[i], 1);
    }
    status = job_check(job, error);
  }
  buffer_clear(&text);
  key_reader_close(&keys);
  return status;
}

static Status bits_split(const AudienceSplit *split, const Rowset *members, Job *job, RowBits *arms,
                         uint32_t *strata_count, Error *error) {
  uint64_t size = rowset_count(members);
  int64_t bytes = split->strata ? (int64_t)((size + 1) * sizeof(Place)) : 0;
  MemoryBudget *budget = job ? &job->memory : NULL;
  *strata_count = 0;
  for (uint32_t arm = 0; arm < split->arm_count; arm++)
    TRY(row_bits_init(&arms[arm], rowset_row_count(members), budget, error));
  TRY(memory_budget_charge(budget, bytes, error));
  Place *places = bytes ? mem_alloc((size_t)bytes) : NULL;
  Status status = members_place(split, members, job, places, arms, error);
  if (status == STATUS_OK && places) *strata_count = strata_deal(split, places, size, arms);
  mem_free(places);
  memory_budget_release(budget, bytes);
  return status;
}

Status audience_split(const AudienceSplit *split, const Rowset *members, Job *job, Rowset **arms,
                      uint32_t *strata_count, Error *error) {
  RowBits bits[AUDIENCE_ARMS_MAX] = {0};
  Status status = bits_split(split, members, job, bits, strata_count, error);
  for (uint32_t arm = 0; arm < split->arm_count; arm++) {
    if (status == STATUS_OK) arms[arm] = rowset_of_bits(&bits[arm]);
    row_bits_clear(&bits[arm]);
  }
  return status;
}
