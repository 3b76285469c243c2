// Groups into batches: keys, final values of the calls, the grouping set.
#include "expr_function.h"
#include "op_aggregate.h"

// A key whose words are the values themselves, or their bits.
static void emit_words(const GroupTable *table, uint32_t key, const uint32_t *groups,
                       uint32_t count, VectorBuffer *buffer, Vector *out) {
  int64_t *data = buffer->data;
  uint64_t some_null = 0;
  for (uint32_t i = 0; i < count; i++) {
    data[i] = table->keys[(size_t)groups[i] * table->key_count + key];
    some_null |= table->nulls[groups[i]];
  }
  out->validity = NULL;
  if (!(some_null >> key & 1)) return;
  for (uint32_t i = 0; i < count; i++)
    bits_put(buffer->validity, i, !(table->nulls[groups[i]] >> key & 1));
  out->validity = buffer->validity;
}

static void emit_keys(const Plan *plan, AggregateOutput *output, const KeyColumn *keys,
                      const SetTable *table, const uint32_t *groups, uint32_t count) {
  for (uint32_t k = 0; k < plan->aggregate.key_count; k++) {
    uint32_t at = 0;
    while (at < table->groups.key_count && table->keys[at] != k) at++;
    bool grouped = at < table->groups.key_count;
    const KeyColumn *key = &keys[k];
    Expr expr = {.type = key->type};
    FunctionCall call = {.expr = &expr, .row_count = count, .buffer = &output->buffers[k]};
    Vector *out = &output->columns[k];
    call_result(&call, out);
    if (key->dictionary) {
      out->physical = PHYSICAL_INT;
      out->dictionary = key->dictionary;
    }
    if (grouped && !key_column_interns(key)) {
      emit_words(&table->groups, at, groups, count, &output->buffers[k], out);
      continue;
    }
    memset(output->buffers[k].validity, 0, bits_words(count) * sizeof(uint64_t));
    out->validity = output->buffers[k].validity;
    for (uint32_t i = 0; i < count; i++) {
      bool null = !grouped || (table->groups.nulls[groups[i]] >> at & 1);
      int64_t word =
          null ? 0 : table->groups.keys[(size_t)groups[i] * table->groups.key_count + at];
      Value value = {.is_null = null, .i = word};
      if (!null && !key->dictionary) value = key_column_decode(key, word);
      call_set_value(&call, out, i, &value);
    }
  }
}

static Status emit_calls(const Plan *plan, AggregateOutput *output, SetTable *table,
                         const uint32_t *groups, uint32_t count, Error *error) {
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++) {
    uint32_t column = plan->aggregate.key_count + a;
    Expr expr = {.type = plan->aggregate.calls[a].type};
    FunctionCall call = {.expr = &expr, .row_count = count, .buffer = &output->buffers[column]};
    call_result(&call, &output->columns[column]);
    if (agg_states_plain_values(&table->calls[a], groups, count, &output->buffers[column],
                                &output->columns[column]))
      continue;
    for (uint32_t i = 0; i < count; i++) {
      Value value;
      TRY(agg_states_value(&table->calls[a], groups[i], &value, error));
      call_set_value(&call, &output->columns[column], i, &value);
    }
  }
  return STATUS_OK;
}

// The grouping set as GROUPING() sees it: bit k set where key k is not grouped by.
static void emit_grouping_id(const Plan *plan, AggregateOutput *output, uint64_t set) {
  uint32_t column = plan->aggregate.key_count + plan->aggregate.call_count;
  uint64_t all =
      plan->aggregate.key_count == 64 ? UINT64_MAX : (UINT64_C(1) << plan->aggregate.key_count) - 1;
  Value value = {.type = TYPE_OF_INT, .i = (int64_t)(all & ~set)};
  vector_set_constant(&output->columns[column], &value, &output->buffers[column]);
}

Status aggregate_emit(const Plan *plan, AggregateOutput *output, const KeyColumn *keys,
                      SetTable *table, const uint32_t *groups, uint32_t count, uint64_t set,
                      Batch *out, Error *error) {
  if (!output->buffers) {
    output->buffers = mem_alloc_zero((plan->column_count + 1) * sizeof *output->buffers);
    output->columns = mem_alloc_zero((plan->column_count + 1) * sizeof *output->columns);
  }
  emit_keys(plan, output, keys, table, groups, count);
  TRY(emit_calls(plan, output, table, groups, count, error));
  if (plan->aggregate.has_grouping_id) emit_grouping_id(plan, output, set);
  *out =
      (Batch){.row_count = count, .column_count = plan->column_count, .columns = output->columns};
  return STATUS_OK;
}

void aggregate_output_clear(AggregateOutput *output, uint32_t column_count) {
  for (uint32_t c = 0; output->buffers && c < column_count; c++)
    vector_buffer_clear(&output->buffers[c]);
  mem_free(output->buffers);
  mem_free(output->columns);
}
