// See row_sort.h. Keys become words whose unsigned order is the order asked for:
//
//   value ─► order-preserving bits ─► minus the least, turned round for DESC ─► a place for NULL
//
// and as many keys as fit share a word of 64 bits. Rows are sorted by their first word: one pass
// over the most significant byte in parallel, then each of the 256 pieces by itself, down to pieces
// that stay in cache (least significant byte first). Rows that tie in a word are sorted by the
// next. What no word tells (text without a dictionary beyond its first 8 bytes, intervals) is
// compared at the end.
#include "row_sort.h"
#include <math.h>

#define DIGITS 256
#define INSERTION_MAX 24
#define CACHED_MAX 32768       // items that are sorted least significant byte first
#define PARALLEL_MIN (1 << 17) // items
#define CHUNKS 64              // of the parallel pass

typedef struct SortItem {
  uint64_t key, row;
} SortItem;

typedef enum PartKind {
  PART_NULL, // whether the value is NULL
  PART_INT,
  PART_RANK, // of a code in its dictionary
  PART_REAL,
  PART_WIDE_HIGH,
  PART_WIDE_LOW,
  PART_PREFIX, // the first 8 bytes of a text
} PartKind;

typedef struct Part { // some bits of a word
  PartKind kind;
  RowSortKey key;
  uint64_t min, max; // of the order-preserving bits, over rows that are not NULL
  bool takes_null;   // one value more stands for NULL
  uint8_t bits, shift;
  uint32_t word;
} Part;

typedef struct Sort {
  const RowStore *store;
  const RowSortKey *keys;
  uint32_t key_count;
  Part *parts;
  uint32_t part_count, word_count;
  uint8_t *word_bits;    // [word_count]
  uint32_t compare_from; // keys from here on are compared; key_count: none
  uint64_t *order;       // the result
  SortItem *items, *spare;
  uint64_t count;
  const Execution *execution;
  // The parallel pass
  uint64_t (*starts)[DIGITS]; // [CHUNKS] where each chunk puts its next item of a digit
  uint64_t digit_starts[DIGITS + 1];
} Sort;

// ---------------------------------------------------------------- words

static uint64_t real_bits(double value) {
  uint64_t bits;
  if (isnan(value)) return UINT64_MAX;
  if (value == 0) value = 0; // no negative zero
  memcpy(&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t prefix_bits(Str text) {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < 8; i++) bits = bits << 8 | (i < text.size ? (uint8_t)text.data[i] : 0);
  return bits;
}

// The value's bits in an order that unsigned comparison keeps.
static inline uint64_t part_bits(const RowStore *store, const Part *part, uint64_t row) {
  const void *values = store->chunks[part->key.column][row >> ROW_STORE_CHUNK_SHIFT].values;
  row &= ROW_STORE_CHUNK_MASK;
  switch (part->kind) {
  case PART_INT:
    return (uint64_t)((const int64_t *)values)[row] ^ UINT64_C(1) << 63;
  case PART_RANK:
    return dictionary_rank(store->columns[part->key.column].dictionary,
                           (uint32_t)((const int64_t *)values)[row]);
  case PART_REAL:
    return real_bits(((const double *)values)[row]);
  case PART_WIDE_HIGH:
    return (uint64_t)(((const int128_t *)values)[row] >> 64) ^ UINT64_C(1) << 63;
  case PART_WIDE_LOW:
    return (uint64_t)((const int128_t *)values)[row];
  case PART_PREFIX:
    return prefix_bits(((const Str *)values)[row]);
  default:
    return 0;
  }
}

static uint64_t part_value(const RowStore *store, const Part *part, uint64_t row) {
  bool valid = row_store_is_valid(store, part->key.column, row);
  if (part->kind == PART_NULL) return valid == part->key.nulls_first;
  if (!valid) return part->takes_null && !part->key.nulls_first ? part->max - part->min + 1 : 0;
  uint64_t bits = part_bits(store, part, row);
  uint64_t value = part->key.descending ? part->max - bits : bits - part->min;
  return value + (part->takes_null && part->key.nulls_first);
}

static uint8_t bit_width(uint64_t value) {
  return value ? (uint8_t)(64 - __builtin_clzll(value)) : 0;
}

// Gives the part its place, behind those before it where the word has room.
static void part_add(Sort *sort, Part part, uint64_t greatest) {
  part.bits = bit_width(greatest);
  if (!part.bits) return; // all rows are alike
  uint8_t *used = sort->word_count ? &sort->word_bits[sort->word_count - 1] : NULL;
  if (!used || *used + part.bits > 64) {
    used = &sort->word_bits[sort->word_count++];
    *used = 0;
  }
  part.word = sort->word_count - 1;
  *used = (uint8_t)(*used + part.bits);
  sort->parts[sort->part_count++] = part;
}

static uint64_t chunk_start(const Sort *sort, uint64_t chunk) {
  return sort->count / CHUNKS * chunk + (chunk == CHUNKS ? sort->count % CHUNKS : 0);
}

static Status phase_run(const Sort *sort, ExecutionStep step, void *context, uint32_t count,
                        Error *error) {
  return execution_steps(sort->execution, execution_workers(sort->execution), count, step, context,
                         error);
}

typedef struct Measure { // of a chunk
  uint64_t min, max;
  bool nulls;
} Measure;

typedef struct Measures {
  const Sort *sort;
  const Part *part;
  Measure chunks[CHUNKS];
} Measures;

static Measure rows_measure(const Sort *sort, const Part *part, uint64_t start, uint64_t end) {
  Measure measure = {UINT64_MAX, 0, false};
  for (uint64_t row = start; row < end; row++) {
    if (!row_store_is_valid(sort->store, part->key.column, row)) {
      measure.nulls = true;
      continue;
    }
    uint64_t bits = part_bits(sort->store, part, row);
    if (bits < measure.min) measure.min = bits;
    if (bits > measure.max) measure.max = bits;
  }
  return measure;
}

static Status step_measure(void *context, uint32_t worker, uint64_t chunk, Error *error) {
  (void)worker, (void)error;
  Measures *measures = context;
  measures->chunks[chunk] =
      rows_measure(measures->sort, measures->part, chunk_start(measures->sort, chunk),
                   chunk_start(measures->sort, chunk + 1));
  return STATUS_OK;
}

static Status part_measure(const Sort *sort, Part *part, bool *nulls, Error *error) {
  Measures measures = {.sort = sort, .part = part};
  uint32_t chunks = sort->count < PARALLEL_MIN ? 1 : CHUNKS;
  if (chunks == 1)
    measures.chunks[0] = rows_measure(sort, part, 0, sort->count);
  else
    TRY(phase_run(sort, step_measure, &measures, CHUNKS, error));
  part->min = UINT64_MAX;
  part->max = 0;
  for (uint32_t c = 0; c < chunks; c++) {
    const Measure *measure = &measures.chunks[c];
    if (measure->min < part->min) part->min = measure->min;
    if (measure->max > part->max) part->max = measure->max;
    *nulls |= measure->nulls;
  }
  if (part->min > part->max) part->min = part->max = 0;
  return STATUS_OK;
}

static Status key_part(Sort *sort, PartKind kind, RowSortKey key, bool *null_apart, Error *error) {
  Part part = {.kind = kind, .key = key};
  bool nulls = false;
  TRY(part_measure(sort, &part, &nulls, error));
  uint64_t greatest = part.max - part.min;
  if (nulls && !*null_apart) {
    part.takes_null = greatest < UINT64_MAX && kind <= PART_REAL;
    if (!part.takes_null) {
      part_add(sort, (Part){.kind = PART_NULL, .key = key}, 1);
      *null_apart = true;
    }
  }
  part_add(sort, part, greatest + part.takes_null);
  return STATUS_OK;
}

// The parts of all keys, as far as words tell their order.
static Status parts_make(Sort *sort, Error *error) {
  for (uint32_t k = 0; k < sort->key_count; k++) {
    RowSortKey key = sort->keys[k];
    bool null_apart = false;
    switch ((Physical)sort->store->physical[key.column]) {
    case PHYSICAL_INT: {
      bool codes = sort->store->columns[key.column].dictionary != NULL;
      TRY(key_part(sort, codes ? PART_RANK : PART_INT, key, &null_apart, error));
      break;
    }
    case PHYSICAL_DOUBLE:
      TRY(key_part(sort, PART_REAL, key, &null_apart, error));
      break;
    case PHYSICAL_WIDE:
      TRY(key_part(sort, PART_WIDE_HIGH, key, &null_apart, error));
      TRY(key_part(sort, PART_WIDE_LOW, key, &null_apart, error));
      break;
    case PHYSICAL_TEXT:
      TRY(key_part(sort, PART_PREFIX, key, &null_apart, error));
      sort->compare_from = k;
      return STATUS_OK;
    default:
      sort->compare_from = k;
      return STATUS_OK;
    }
  }
  return STATUS_OK;
}

// The shift of each part within its word: the first is the most significant.
static void parts_place(Sort *sort) {
  uint8_t left = 0;
  for (uint32_t p = 0; p < sort->part_count; p++) {
    Part *part = &sort->parts[p];
    if (!p || part->word != sort->parts[p - 1].word) left = sort->word_bits[part->word];
    left = (uint8_t)(left - part->bits);
    part->shift = left;
  }
}

static void keys_fill(const Sort *sort, uint32_t word, SortItem *items, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) items[i].key = 0;
  for (uint32_t p = 0; p < sort->part_count; p++) {
    const Part *part = &sort->parts[p];
    if (part->word != word) continue;
    for (uint64_t i = 0; i < count; i++)
      items[i].key |= part_value(sort->store, part, items[i].row) << part->shift;
  }
}

// ---------------------------------------------------------------- one piece

static void insertion_sort(SortItem *items, uint64_t count) {
  for (uint64_t i = 1; i < count; i++) {
    SortItem item = items[i];
    uint64_t at = i;
    for (; at && items[at - 1].key > item.key; at--) items[at] = items[at - 1];
    items[at] = item;
  }
}

// Least significant byte first; the result is in `into`, which is items or spare.
static void cached_sort(SortItem *items, SortItem *spare, uint64_t count, uint32_t bits,
                        SortItem *into) {
  SortItem *from = items, *to = spare;
  for (uint32_t shift = 0; shift < bits; shift += 8) {
    uint32_t starts[DIGITS] = {0}, sum = 0;
    for (uint64_t i = 0; i < count; i++) starts[from[i].key >> shift & 0xff]++;
    if (starts[from[0].key >> shift & 0xff] == count) continue;
    for (uint32_t d = 0; d < DIGITS; d++) {
      uint32_t size = starts[d];
      starts[d] = sum;
      sum += size;
    }
    for (uint64_t i = 0; i < count; i++) to[starts[from[i].key >> shift & 0xff]++] = from[i];
    SortItem *swap = from;
    from = to;
    to = swap;
  }
  if (from != into) memcpy(into, from, count * sizeof *into);
}

// Sorts items by the low `bits` of their keys (those above are alike) into `into`, items or spare.
static Status piece_sort(const Sort *sort, SortItem *items, SortItem *spare, uint64_t count,
                         uint32_t bits, SortItem *into, Error *error) {
  if (count <= INSERTION_MAX || !bits) {
    if (bits) insertion_sort(items, count);
    if (into != items) memcpy(into, items, count * sizeof *into);
    return STATUS_OK;
  }
  TRY(job_check(sort->execution->job, error));
  if (count <= CACHED_MAX) {
    cached_sort(items, spare, count, bits, into);
    return STATUS_OK;
  }
  uint32_t shift = bits > 8 ? bits - 8 : 0;
  uint64_t starts[DIGITS + 1] = {0}, places[DIGITS];
  for (uint64_t i = 0; i < count; i++) starts[(items[i].key >> shift & 0xff) + 1]++;
  for (uint32_t d = 0; d < DIGITS; d++) {
    starts[d + 1] += starts[d];
    places[d] = starts[d];
  }
  for (uint64_t i = 0; i < count; i++) spare[places[items[i].key >> shift & 0xff]++] = items[i];
  for (uint32_t d = 0; d < DIGITS; d++) {
    uint64_t at = starts[d], size = starts[d + 1] - at;
    if (size)
      TRY(piece_sort(sort, spare + at, items + at, size, shift,
                     into == items ? items + at : spare + at, error));
  }
  return STATUS_OK;
}

static int items_compare(const Sort *sort, const SortItem *a, const SortItem *b) {
  for (uint32_t k = sort->compare_from; k < sort->key_count; k++) {
    const RowSortKey *key = &sort->keys[k];
    int order = row_store_compare(sort->store, key->column, a->row, b->row, key->descending,
                                  key->nulls_first);
    if (order) return order;
  }
  return 0;
}

// Merges runs of doubling length until items are sorted by comparison.
static Status merge_sort(const Sort *sort, SortItem *items, SortItem *spare, uint64_t count,
                         Error *error) {
  SortItem *from = items, *to = spare;
  for (uint64_t run = 1; run < count; run *= 2) {
    for (uint64_t start = 0; start < count; start += 2 * run) {
      uint64_t middle = start + run < count ? start + run : count;
      uint64_t end = start + 2 * run < count ? start + 2 * run : count;
      uint64_t a = start, b = middle;
      for (uint64_t at = start; at < end; at++) {
        if (at % CACHED_MAX == 0) TRY(job_check(sort->execution->job, error));
        bool left = a < middle && (b == end || items_compare(sort, &from[a], &from[b]) <= 0);
        to[at] = from[left ? a++ : b++];
      }
    }
    SortItem *swap = from;
    from = to;
    to = swap;
  }
  if (from != items) memcpy(items, from, count * sizeof *items);
  return STATUS_OK;
}

// Rows that tie in words 0 .. word-1 are sorted by what follows.
static Status ties_sort(const Sort *sort, SortItem *items, SortItem *spare, uint64_t count,
                        uint32_t word, Error *error) {
  if (count < 2) return STATUS_OK;
  if (word == sort->word_count)
    return sort->compare_from < sort->key_count ? merge_sort(sort, items, spare, count, error)
                                                : STATUS_OK;
  keys_fill(sort, word, items, count);
  TRY(piece_sort(sort, items, spare, count, sort->word_bits[word], items, error));
  if (word + 1 == sort->word_count && sort->compare_from == sort->key_count) return STATUS_OK;
  for (uint64_t start = 0, end; start < count; start = end) {
    for (end = start + 1; end < count && items[end].key == items[start].key;) end++;
    TRY(ties_sort(sort, items + start, spare + start, end - start, word + 1, error));
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- the parallel pass

static uint32_t top_shift(const Sort *sort) {
  return sort->word_bits[0] > 8 ? sort->word_bits[0] - 8u : 0;
}

static void chunk_count(Sort *sort, uint32_t chunk) {
  uint64_t start = chunk_start(sort, chunk), end = chunk_start(sort, chunk + 1);
  for (uint64_t i = start; i < end; i++) sort->items[i].row = i;
  keys_fill(sort, 0, sort->items + start, end - start);
  for (uint64_t i = start; i < end; i++)
    sort->starts[chunk][sort->items[i].key >> top_shift(sort) & 0xff]++;
}

static void chunk_scatter(Sort *sort, uint32_t chunk) {
  uint64_t *starts = sort->starts[chunk];
  for (uint64_t i = chunk_start(sort, chunk); i < chunk_start(sort, chunk + 1); i++)
    sort->spare[starts[sort->items[i].key >> top_shift(sort) & 0xff]++] = sort->items[i];
}

static Status digit_sort(Sort *sort, uint32_t digit, Error *error) {
  uint64_t at = sort->digit_starts[digit], count = sort->digit_starts[digit + 1] - at;
  SortItem *items = sort->items + at, *spare = sort->spare + at;
  TRY(piece_sort(sort, spare, items, count, top_shift(sort), items, error));
  bool told = sort->word_count == 1 && sort->compare_from == sort->key_count;
  for (uint64_t start = 0, end; start < count && !told; start = end) {
    for (end = start + 1; end < count && items[end].key == items[start].key;) end++;
    TRY(ties_sort(sort, items + start, spare + start, end - start, 1, error));
  }
  for (uint64_t i = 0; i < count; i++) sort->order[at + i] = items[i].row;
  return STATUS_OK;
}

static Status step_count(void *context, uint32_t worker, uint64_t chunk, Error *error) {
  (void)worker;
  (void)error;
  chunk_count(context, (uint32_t)chunk);
  return STATUS_OK;
}

static Status step_scatter(void *context, uint32_t worker, uint64_t chunk, Error *error) {
  (void)worker;
  (void)error;
  chunk_scatter(context, (uint32_t)chunk);
  return STATUS_OK;
}

static Status step_digit(void *context, uint32_t worker, uint64_t digit, Error *error) {
  (void)worker;
  return digit_sort(context, (uint32_t)digit, error);
}

static Status parallel_phases(Sort *sort, Error *error) {
  TRY(phase_run(sort, step_count, sort, CHUNKS, error));
  uint64_t sum = 0;
  for (uint32_t d = 0; d < DIGITS; d++) {
    sort->digit_starts[d] = sum;
    for (uint32_t c = 0; c < CHUNKS; c++) {
      uint64_t size = sort->starts[c][d];
      sort->starts[c][d] = sum;
      sum += size;
    }
  }
  sort->digit_starts[DIGITS] = sum;
  TRY(phase_run(sort, step_scatter, sort, CHUNKS, error));
  return phase_run(sort, step_digit, sort, DIGITS, error);
}

static Status parallel_sort(Sort *sort, Error *error) {
  sort->starts = mem_alloc_zero(CHUNKS * sizeof *sort->starts);
  Status status = parallel_phases(sort, error);
  mem_free(sort->starts);
  return status;
}

// ---------------------------------------------------------------- all of it

static Status sort_run(Sort *sort, Error *error) {
  TRY(parts_make(sort, error));
  parts_place(sort);
  if (sort->count >= PARALLEL_MIN && sort->word_count) return parallel_sort(sort, error);
  for (uint64_t i = 0; i < sort->count; i++) sort->items[i] = (SortItem){0, i};
  TRY(ties_sort(sort, sort->items, sort->spare, sort->count, 0, error));
  for (uint64_t i = 0; i < sort->count; i++) sort->order[i] = sort->items[i].row;
  return STATUS_OK;
}

Status row_store_sort(const RowStore *store, const RowSortKey *keys, uint32_t key_count,
                      uint64_t *order, const Execution *execution, Error *error) {
  uint64_t count = store->row_count;
  if (count < 2 || !key_count) {
    for (uint64_t i = 0; i < count; i++) order[i] = i;
    return STATUS_OK;
  }
  MemoryBudget *budget = &execution->job->memory;
  int64_t bytes = (int64_t)(2 * count * sizeof(SortItem));
  TRY(memory_budget_charge(budget, bytes, error));
  Sort *sort = mem_alloc_zero(sizeof *sort);
  sort->store = store;
  sort->keys = keys;
  sort->key_count = sort->compare_from = key_count;
  sort->count = count;
  sort->execution = execution;
  sort->order = order;
  sort->parts = mem_alloc(3 * (size_t)key_count * sizeof *sort->parts);
  sort->word_bits = mem_alloc(3 * (size_t)key_count);
  sort->items = mem_alloc(count * sizeof *sort->items);
  sort->spare = mem_alloc(count * sizeof *sort->spare);
  Status status = sort_run(sort, error);
  mem_free(sort->items);
  mem_free(sort->spare);
  mem_free(sort->word_bits);
  mem_free(sort->parts);
  mem_free(sort);
  memory_budget_release(budget, bytes);
  return status;
}
