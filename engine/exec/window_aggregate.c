// See window_aggregate.h. Three ways, by aggregate:
//
//   prefix sums   count, and sum and avg of integers and narrow decimals: a frame is the difference
//                 of two sums, so any frame costs the same
//   extremes      min and max: a tree of positions, each node the better one of its two; a frame is
//                 a logarithmic number of nodes (Leis et al., VLDB 2015)
//   states        any other: rows are added while frames only grow at their end (running totals);
//                 a frame that moves otherwise is computed anew
#include "window_aggregate.h"

#define CHECK_ROWS 4096

typedef enum Way { WAY_SUMS, WAY_EXTREMES, WAY_STATES } Way;

static Way way_of(const WindowEval *eval) {
  const AggregateCall *call = &eval->call->aggregate;
  if (aggregate_keeps_values(call)) return WAY_STATES;
  switch (aggregate_family(call->id)) {
  case AGGREGATE_FAMILY_COUNT:
    return WAY_SUMS;
  case AGGREGATE_FAMILY_SUM:
    return type_physical(call->arg->type) == PHYSICAL_INT ? WAY_SUMS : WAY_STATES;
  case AGGREGATE_FAMILY_EXTREME:
    return call->id == AGGREGATE_MIN || call->id == AGGREGATE_MAX ? WAY_EXTREMES : WAY_STATES;
  default:
    return WAY_STATES;
  }
}

const char *window_aggregate_kernel(const WindowEval *eval) {
  static const char *const names[] = {"prefix sums", "extremes tree", "states"};
  return names[way_of(eval)];
}

void window_aggregate_clear(WindowEval *eval) {
  if (eval->states.budget) agg_states_clear(&eval->states);
  memory_budget_release(&eval->job->memory, eval->charged);
  mem_free(eval->sums);
  mem_free(eval->counts);
  mem_free(eval->chunk_sums);
  mem_free(eval->chunk_counts);
  mem_free(eval->tree);
}

static Status states_make(WindowEval *eval, Error *error) {
  PlanColumn known[1 + AGGREGATE_MORE_MAX] = {{.min = 1, .max = 0}};
  for (uint32_t i = 0; eval->arg != WINDOW_NO_COLUMN && i <= eval->call->aggregate.more_count; i++)
    known[i] = eval->rows->store->columns[eval->args[i]];
  if (eval->states.budget) agg_states_clear(&eval->states);
  agg_states_init(&eval->states, &eval->call->aggregate, known, 1, UINT64_MAX, &eval->execution);
  return agg_states_reserve(&eval->states, 1, error);
}

static Status scratch_charge(WindowEval *eval, uint64_t bytes, Error *error) {
  TRY(memory_budget_charge(&eval->job->memory, (int64_t)bytes, error));
  eval->charged += (int64_t)bytes;
  return STATUS_OK;
}

// Whether the filter, if there is one, is true of the row.
static bool row_passes(const WindowEval *eval, uint64_t row) {
  const RowStore *store = eval->rows->store;
  return eval->filter == WINDOW_NO_COLUMN ||
         (row_store_is_valid(store, eval->filter, row) && row_store_int(store, eval->filter, row));
}

// Whether the row at a position counts: its filter is true and, where there is one, its argument is
// not NULL.
static bool row_counts(const WindowEval *eval, uint64_t position) {
  uint64_t row = eval->rows->order[position];
  return row_passes(eval, row) &&
         (eval->arg == WINDOW_NO_COLUMN || row_store_is_valid(eval->rows->store, eval->arg, row));
}

// ---------------------------------------------------------------- prefix sums

// Sums and counts are kept from the beginning of a chunk on, and those of whole chunks apart, so
// that chunks can be added up side by side. Entry i is of chunk i / WINDOW_CHUNK_ROWS.
static Status sums_reserve(WindowEval *eval, const WindowPartition *partition, Error *error) {
  uint64_t count = partition->end - partition->start;
  if (count + 1 <= eval->scratch_rows) return STATUS_OK;
  uint64_t room = 2 * (count + 1), chunks = room / WINDOW_CHUNK_ROWS + 2;
  uint64_t entries = room - eval->scratch_rows + chunks;
  TRY(scratch_charge(eval, entries * (sizeof(int128_t) + sizeof(int64_t)), error));
  eval->sums = mem_realloc(eval->sums, room * sizeof *eval->sums);
  eval->counts = mem_realloc(eval->counts, room * sizeof *eval->counts);
  eval->chunk_sums = mem_realloc(eval->chunk_sums, chunks * sizeof *eval->chunk_sums);
  eval->chunk_counts = mem_realloc(eval->chunk_counts, chunks * sizeof *eval->chunk_counts);
  eval->scratch_rows = room;
  return STATUS_OK;
}

static void sums_prepare(WindowEval *eval, const WindowPartition *partition, uint64_t chunk) {
  uint64_t count = partition->end - partition->start, i = chunk * WINDOW_CHUNK_ROWS;
  uint64_t end = count - i < WINDOW_CHUNK_ROWS ? count : i + WINDOW_CHUNK_ROWS;
  bool sums = aggregate_family(eval->call->aggregate.id) == AGGREGATE_FAMILY_SUM;
  int128_t sum = 0;
  int64_t rows = 0;
  for (; i < end; i++) {
    eval->sums[i] = sum;
    eval->counts[i] = rows;
    bool counts = row_counts(eval, partition->start + i);
    rows += counts;
    if (counts && sums)
      sum += row_store_int(eval->rows->store, eval->arg, eval->rows->order[partition->start + i]);
  }
  if (end == count && count / WINDOW_CHUNK_ROWS == chunk) {
    eval->sums[count] = sum;
    eval->counts[count] = rows;
  }
  eval->chunk_sums[chunk + 1] = sum;
  eval->chunk_counts[chunk + 1] = rows;
}

static void sums_finish(WindowEval *eval, const WindowPartition *partition) {
  uint64_t chunks = window_partition_chunks(partition);
  eval->chunk_sums[0] = 0;
  eval->chunk_counts[0] = 0;
  for (uint64_t c = 1; c <= chunks; c++) {
    eval->chunk_sums[c] += eval->chunk_sums[c - 1];
    eval->chunk_counts[c] += eval->chunk_counts[c - 1];
  }
}

static int128_t sum_before(const WindowEval *eval, uint64_t i) {
  return eval->sums[i] + eval->chunk_sums[i / WINDOW_CHUNK_ROWS];
}

static int64_t count_before(const WindowEval *eval, uint64_t i) {
  return eval->counts[i] + eval->chunk_counts[i / WINDOW_CHUNK_ROWS];
}

static Status sums_value(WindowEval *eval, const WindowPartition *partition, const FrameSpan *spans,
                         uint32_t span_count, Value *value, Error *error) {
  int128_t sum = 0;
  int64_t count = 0;
  for (uint32_t s = 0; s < span_count; s++) {
    uint64_t start = spans[s].start - partition->start, end = spans[s].end - partition->start;
    sum += sum_before(eval->prepared, end) - sum_before(eval->prepared, start);
    count += count_before(eval->prepared, end) - count_before(eval->prepared, start);
  }
  agg_states_set_sum(&eval->states, 0, sum, count);
  return agg_states_value(&eval->states, 0, value, error);
}

// ---------------------------------------------------------------- extremes

#define NO_POSITION UINT64_MAX

static uint64_t better(const WindowEval *eval, uint64_t a, uint64_t b) {
  if (a == NO_POSITION) return b;
  if (b == NO_POSITION) return a;
  const WindowRows *rows = eval->rows;
  int order =
      row_store_compare(rows->store, eval->arg, rows->order[a], rows->order[b], false, false);
  return (eval->call->aggregate.id == AGGREGATE_MAX ? order >= 0 : order <= 0) ? a : b;
}

// Leaves at [count, 2 count), the node above i and i + 1 at i / 2.
static Status tree_reserve(WindowEval *eval, const WindowPartition *partition, Error *error) {
  uint64_t count = partition->end - partition->start;
  if (2 * count <= eval->scratch_rows) return STATUS_OK;
  uint64_t room = 4 * count;
  TRY(scratch_charge(eval, (room - eval->scratch_rows) * sizeof *eval->tree, error));
  eval->tree = mem_realloc(eval->tree, room * sizeof *eval->tree);
  eval->scratch_rows = room;
  return STATUS_OK;
}

static void tree_prepare(WindowEval *eval, const WindowPartition *partition, uint64_t chunk) {
  uint64_t count = partition->end - partition->start, from = chunk * WINDOW_CHUNK_ROWS;
  uint64_t end = count - from < WINDOW_CHUNK_ROWS ? count : from + WINDOW_CHUNK_ROWS;
  for (uint64_t i = from; i < end; i++)
    eval->tree[count + i] =
        row_counts(eval, partition->start + i) ? partition->start + i : NO_POSITION;
}

static void tree_finish(WindowEval *eval, const WindowPartition *partition) {
  uint64_t count = partition->end - partition->start;
  for (uint64_t i = count - 1; i > 0; i--)
    eval->tree[i] = better(eval, eval->tree[2 * i], eval->tree[2 * i + 1]);
}

static uint64_t tree_query(const WindowEval *eval, uint64_t count, uint64_t start, uint64_t end) {
  uint64_t best = NO_POSITION;
  for (start += count, end += count; start < end; start /= 2, end /= 2) {
    if (start & 1) best = better(eval, best, eval->prepared->tree[start++]);
    if (end & 1) best = better(eval, best, eval->prepared->tree[--end]);
  }
  return best;
}

static void tree_value(const WindowEval *eval, const WindowPartition *partition,
                       const FrameSpan *spans, uint32_t span_count, Value *value) {
  uint64_t best = NO_POSITION, count = partition->end - partition->start;
  for (uint32_t s = 0; s < span_count; s++)
    best = better(eval, best,
                  tree_query(eval, count, spans[s].start - partition->start,
                             spans[s].end - partition->start));
  *value = (Value){.type = eval->call->type, .is_null = true};
  if (best != NO_POSITION)
    *value = row_store_value(eval->rows->store, eval->arg, eval->rows->order[best]);
}

// ---------------------------------------------------------------- states

static Status states_add(WindowEval *eval, uint64_t start, uint64_t end, Error *error) {
  const WindowRows *rows = eval->rows;
  while (start < end) {
    uint32_t count = 0;
    for (; start < end && count < VECTOR_ROWS; start++) {
      uint64_t row = rows->order[start];
      if (row_passes(eval, row)) eval->batch[count++] = row;
    }
    Vector args[1 + AGGREGATE_MORE_MAX] = {0};
    if (!count) continue;
    for (uint32_t i = 0; eval->arg != WINDOW_NO_COLUMN && i <= eval->call->aggregate.more_count;
         i++)
      row_store_gather_column(rows->store, eval->args[i], eval->batch, count, &eval->buffers[i],
                              &args[i]);
    TRY(agg_states_update(&eval->states, NULL, args, count, error));
  }
  return STATUS_OK;
}

// What the states hold: the rows [start, end) of the partition under way.
typedef struct Held {
  uint64_t start, end;
} Held;

static Status states_value(WindowEval *eval, const FrameSpan *spans, uint32_t span_count,
                           Held *held, Value *value, Error *error) {
  bool grows = span_count == 1 && spans[0].start == held->start && spans[0].end >= held->end;
  if (grows) {
    TRY(states_add(eval, held->end, spans[0].end, error));
    held->end = spans[0].end;
  } else {
    TRY(states_make(eval, error));
    for (uint32_t s = 0; s < span_count; s++) {
      TRY(job_check(eval->job, error));
      TRY(states_add(eval, spans[s].start, spans[s].end, error));
    }
    *held = span_count == 1 ? (Held){spans[0].start, spans[0].end}
                            : (Held){UINT64_MAX, UINT64_MAX}; // nothing that can grow
  }
  return agg_states_value(&eval->states, 0, value, error);
}

// ---------------------------------------------------------------- a partition

static bool spans_equal(const FrameSpan *a, uint32_t a_count, const FrameSpan *b,
                        uint32_t b_count) {
  if (a_count != b_count) return false;
  for (uint32_t s = 0; s < a_count; s++)
    if (a[s].start != b[s].start || a[s].end != b[s].end) return false;
  return true;
}

bool window_aggregate_splits(const WindowEval *eval) {
  return way_of(eval) != WAY_STATES;
}

Status window_aggregate_begin(WindowEval *eval, const WindowPartition *partition, Error *error) {
  Way way = way_of(eval);
  eval->prepared = eval;
  if (way == WAY_SUMS) return sums_reserve(eval, partition, error);
  return way == WAY_EXTREMES ? tree_reserve(eval, partition, error) : STATUS_OK;
}

void window_aggregate_prepare(WindowEval *eval, const WindowPartition *partition, uint64_t chunk) {
  Way way = way_of(eval);
  if (way == WAY_SUMS) sums_prepare(eval, partition, chunk);
  if (way == WAY_EXTREMES) tree_prepare(eval, partition, chunk);
}

void window_aggregate_finish(WindowEval *eval, const WindowPartition *partition) {
  Way way = way_of(eval);
  if (way == WAY_SUMS) sums_finish(eval, partition);
  if (way == WAY_EXTREMES) tree_finish(eval, partition);
}

Status window_aggregate_range(WindowEval *eval, const WindowPartition *partition, uint64_t from,
                              uint64_t to, Error *error) {
  Way way = way_of(eval);
  FrameSpan last[FRAME_SPANS_MAX] = {0}, spans[FRAME_SPANS_MAX] = {0};
  uint32_t last_count = UINT32_MAX;
  Held held = {UINT64_MAX, UINT64_MAX};
  Value value = {.is_null = true};
  if (way != WAY_EXTREMES && !eval->states.budget) TRY(states_make(eval, error));
  for (uint64_t position = from; position < to; position++) {
    if (position % CHECK_ROWS == 0) TRY(job_check(eval->job, error));
    uint32_t count = frame_spans(eval->rows, partition, &eval->frame, position, spans);
    if (!spans_equal(spans, count, last, last_count)) { // peers and whole partitions share frames
      if (way == WAY_SUMS)
        TRY(sums_value(eval, partition, spans, count, &value, error));
      else if (way == WAY_EXTREMES)
        tree_value(eval, partition, spans, count, &value);
      else
        TRY(states_value(eval, spans, count, &held, &value, error));
      memcpy(last, spans, sizeof last);
      last_count = count;
    }
    TRY(window_eval_set(eval, position, &value, error));
  }
  return STATUS_OK;
}
