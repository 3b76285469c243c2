// See window_function.h. Functions of the partition alone count positions; those that give a row's
// value note which row it is; aggregates are in window_aggregate.c.
#include "window_function.h"
#include "window_aggregate.h"

#define CHECK_ROWS 4096 // positions between looks at the job

uint32_t window_eval_exprs(const WindowCall *call, Expr *exprs[AGGREGATE_EXPRS_MAX]) {
  uint32_t count = 0;
  if (call->function == WINDOW_AGGREGATE) {
    AggregateCall aggregate = call->aggregate;
    Expr **places[AGGREGATE_EXPRS_MAX];
    count = aggregate_call_exprs(&aggregate, places);
    for (uint32_t i = 0; i < count; i++) exprs[i] = *places[i];
    return count;
  }
  for (uint32_t i = 0; i < call->arg_count; i++) exprs[count++] = call->args[i];
  return count;
}

static bool gives_row(const WindowCall *call) { // without a default, a reference will do
  bool shift = call->function == WINDOW_LAG || call->function == WINDOW_LEAD;
  return (shift && call->arg_count < 3) || call->function == WINDOW_FIRST_VALUE ||
         call->function == WINDOW_LAST_VALUE || call->function == WINDOW_NTH_VALUE;
}

Status window_eval_init(WindowEval *eval, const WindowCall *call, const WindowRows *rows,
                        const uint32_t *columns, WindowResult *result, Job *job, Error *error) {
  *eval = (WindowEval){
      .call = call, .rows = rows, .job = job, .execution = {.job = job}, .result = result};
  eval->arg = eval->filter = WINDOW_NO_COLUMN;
  TRY(frame_spec_init(&eval->frame, &call->frame, error));
  if (call->function == WINDOW_AGGREGATE) {
    uint32_t args = call->aggregate.arg ? 1 + call->aggregate.more_count : 0;
    if (args) eval->arg = columns[0];
    if (call->aggregate.filter) eval->filter = columns[args];
  }
  eval->args = columns;
  eval->batch = mem_alloc(VECTOR_ROWS * sizeof *eval->batch);
  return STATUS_OK;
}

Status window_eval_result_init(WindowResult *result, const WindowCall *call, uint32_t column,
                               uint64_t count, Job *job, Error *error) {
  if (gives_row(call)) return window_result_init_rows(result, column, count, &job->memory, error);
  return window_result_init_values(result, call->type, count, &job->memory, error);
}

Status window_eval_set(WindowEval *eval, uint64_t position, const Value *value, Error *error) {
  Value kept = *value;
  if (!kept.is_null && type_physical(eval->result->type) == PHYSICAL_TEXT) {
    TRY(memory_budget_charge(&eval->job->memory, (int64_t)kept.s.size, error));
    eval->charged += (int64_t)kept.s.size;
    if (!eval->text) eval->text = arena_create();
    kept.s.data = arena_strndup(eval->text, kept.s.data, kept.s.size);
  }
  window_result_set(eval->result, position, &kept);
  return STATUS_OK;
}

void window_eval_clear(WindowEval *eval) {
  if (!eval->call) return;
  window_aggregate_clear(eval);
  arena_destroy(eval->text);
  for (uint32_t i = 0; i <= AGGREGATE_MORE_MAX; i++) vector_buffer_clear(&eval->buffers[i]);
  mem_free(eval->batch);
  *eval = (WindowEval){0};
}

bool window_eval_asks_peers(const WindowCall *call) {
  switch (call->function) {
  case WINDOW_LAG:
  case WINDOW_LEAD:
  case WINDOW_ROW_NUMBER:
  case WINDOW_NTILE:
    return false;
  default:
    return true;
  }
}

const char *window_eval_kernel(const WindowEval *eval) {
  return eval->call->function == WINDOW_AGGREGATE ? window_aggregate_kernel(eval)
                                                  : window_function_name(eval->call->function);
}

static Value arg_value(const WindowEval *eval, uint32_t arg, uint64_t position) {
  return row_store_value(eval->rows->store, eval->args[arg], eval->rows->order[position]);
}

// ---------------------------------------------------------------- positions

static void set_rank(WindowEval *eval, const WindowPartition *partition, uint64_t position) {
  const WindowRows *rows = eval->rows;
  WindowResult *result = eval->result;
  if (eval->call->function == WINDOW_ROW_NUMBER) {
    window_result_set_int(result, position, (int64_t)(position - partition->start + 1));
    return;
  }
  uint64_t group = rows->group_of[position], count = partition->end - partition->start;
  uint64_t before = rows->group_start[group] - partition->start;
  switch (eval->call->function) {
  case WINDOW_RANK:
    window_result_set_int(result, position, (int64_t)before + 1);
    break;
  case WINDOW_DENSE_RANK:
    window_result_set_int(result, position,
                          (int64_t)(group - rows->group_of[partition->start] + 1));
    break;
  case WINDOW_PERCENT_RANK:
    window_result_set_double(result, position,
                             count > 1 ? (double)before / (double)(count - 1) : 0);
    break;
  default:
    window_result_set_double(result, position,
                             (double)(rows->group_start[group + 1] - partition->start) /
                                 (double)count);
  }
}

// As equal buckets as can be, the first ones larger by one; how many says the partition's first
// row.
static Status set_ntile(WindowEval *eval, const WindowPartition *partition, uint64_t from,
                        uint64_t to, Error *error) {
  Value buckets = arg_value(eval, 0, partition->start);
  if (buckets.is_null) return STATUS_OK;
  if (buckets.i <= 0)
    return error_set_at(error, STATUS_INVALID, eval->call->args[0]->position,
                        "argument of ntile must be greater than zero");
  uint64_t count = partition->end - partition->start, number = (uint64_t)buckets.i;
  uint64_t size = count / number, larger = count % number;
  for (uint64_t i = from - partition->start; i < to - partition->start; i++) {
    uint64_t in_larger = larger * (size + 1);
    uint64_t bucket = i < in_larger ? i / (size + 1) : larger + (i - in_larger) / size;
    window_result_set_int(eval->result, partition->start + i, (int64_t)bucket + 1);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- values of other rows

// The position lag or lead refers to; false: beyond the partition. *unknown: the offset is NULL.
static bool shifted(const WindowEval *eval, const WindowPartition *partition, uint64_t position,
                    uint64_t *target, bool *unknown) {
  int64_t by = 1;
  *unknown = false;
  if (eval->call->arg_count > 1) {
    Value offset = arg_value(eval, 1, position);
    *unknown = offset.is_null;
    by = offset.i;
  }
  if (*unknown) return false;
  int128_t to = (int128_t)position + (eval->call->function == WINDOW_LAG ? -(int128_t)by : by);
  *target = (uint64_t)to;
  return to >= (int128_t)partition->start && to < (int128_t)partition->end;
}

static Status set_shifted(WindowEval *eval, const WindowPartition *partition, uint64_t position,
                          Error *error) {
  uint64_t target = 0;
  bool unknown, inside = shifted(eval, partition, position, &target, &unknown);
  if (eval->result->rows) {
    eval->result->rows[position] = inside ? eval->rows->order[target] : ROW_STORE_NULL;
    return STATUS_OK;
  }
  if (unknown) return STATUS_OK;
  Value value = inside ? arg_value(eval, 0, target) : arg_value(eval, 2, position);
  return window_eval_set(eval, position, &value, error);
}

static Status nth_of(const WindowEval *eval, uint64_t position, uint64_t *n, Error *error) {
  Value value = arg_value(eval, 1, position);
  if (!value.is_null && value.i <= 0)
    return error_set_at(error, STATUS_INVALID, eval->call->args[1]->position,
                        "argument of nth_value must be greater than zero");
  *n = value.is_null ? 0 : (uint64_t)value.i;
  return STATUS_OK;
}

static Status set_frame_value(WindowEval *eval, const WindowPartition *partition, uint64_t position,
                              Error *error) {
  FrameSpan spans[FRAME_SPANS_MAX];
  uint32_t count = frame_spans(eval->rows, partition, &eval->frame, position, spans);
  uint64_t found = UINT64_MAX, n = 1;
  if (eval->call->function == WINDOW_NTH_VALUE) TRY(nth_of(eval, position, &n, error));
  if (eval->call->function == WINDOW_LAST_VALUE) {
    if (count) found = spans[count - 1].end - 1;
  } else {
    for (uint32_t s = 0; n && s < count && found == UINT64_MAX; s++) {
      uint64_t size = spans[s].end - spans[s].start;
      if (n <= size)
        found = spans[s].start + n - 1;
      else
        n -= size;
    }
  }
  eval->result->rows[position] = found == UINT64_MAX ? ROW_STORE_NULL : eval->rows->order[found];
  return STATUS_OK;
}

static Status set_one(WindowEval *eval, const WindowPartition *partition, uint64_t position,
                      Error *error) {
  switch (eval->call->function) {
  case WINDOW_LAG:
  case WINDOW_LEAD:
    return set_shifted(eval, partition, position, error);
  case WINDOW_FIRST_VALUE:
  case WINDOW_LAST_VALUE:
  case WINDOW_NTH_VALUE:
    return set_frame_value(eval, partition, position, error);
  default:
    set_rank(eval, partition, position);
    return STATUS_OK;
  }
}

bool window_eval_splits(const WindowEval *eval) {
  return eval->call->function != WINDOW_AGGREGATE || window_aggregate_splits(eval);
}

uint64_t window_partition_chunks(const WindowPartition *partition) {
  return (partition->end - partition->start) / WINDOW_CHUNK_ROWS + 1;
}

Status window_eval_begin(WindowEval *eval, const WindowPartition *partition, Error *error) {
  if (eval->call->function != WINDOW_AGGREGATE) return STATUS_OK;
  return window_aggregate_begin(eval, partition, error);
}

void window_eval_prepare(WindowEval *eval, const WindowPartition *partition, uint64_t chunk) {
  if (eval->call->function == WINDOW_AGGREGATE) window_aggregate_prepare(eval, partition, chunk);
}

void window_eval_finish(WindowEval *eval, const WindowPartition *partition) {
  if (eval->call->function == WINDOW_AGGREGATE) window_aggregate_finish(eval, partition);
}

void window_eval_share(WindowEval *eval, const WindowEval *prepared) {
  eval->prepared = prepared;
}

Status window_eval_range(WindowEval *eval, const WindowPartition *partition, uint64_t from,
                         uint64_t to, Error *error) {
  if (eval->call->function == WINDOW_NTILE) return set_ntile(eval, partition, from, to, error);
  if (eval->call->function == WINDOW_AGGREGATE)
    return window_aggregate_range(eval, partition, from, to, error);
  for (uint64_t position = from; position < to; position++) {
    if (position % CHECK_ROWS == 0) TRY(job_check(eval->job, error));
    TRY(set_one(eval, partition, position, error));
  }
  return STATUS_OK;
}

Status window_eval_partition(WindowEval *eval, const WindowPartition *partition, Error *error) {
  TRY(window_eval_begin(eval, partition, error));
  for (uint64_t c = 0; c < window_partition_chunks(partition); c++) {
    TRY(job_check(eval->job, error));
    window_eval_prepare(eval, partition, c);
  }
  window_eval_finish(eval, partition);
  return window_eval_range(eval, partition, partition->start, partition->end, error);
}
