// See group_keys.h.
#include "group_keys.h"

void group_keys_init(GroupKeys *keys, const ExprSet *exprs, const Plan *plan) {
  uint32_t count = plan->aggregate.key_count;
  *keys = (GroupKeys){.key_count = count};
  expr_set_state_create(&keys->exprs, exprs);
  keys->columns = mem_alloc_zero((count + 1) * sizeof *keys->columns);
  keys->vectors = mem_alloc_zero((count + 1) * sizeof *keys->vectors);
  keys->words = mem_alloc_zero((count + 1) * sizeof *keys->words);
  keys->nulls = mem_alloc(VECTOR_ROWS * sizeof *keys->nulls);
  for (uint32_t k = 0; k < count; k++) {
    key_column_init(&keys->columns[k], plan->aggregate.keys[k]->type,
                    expr_program_column(exprs->programs[k]).dictionary);
    keys->words[k] = mem_alloc(VECTOR_ROWS * sizeof **keys->words);
  }
}

void group_keys_clear(GroupKeys *keys) {
  expr_set_state_clear(&keys->exprs);
  for (uint32_t k = 0; k < keys->key_count; k++) {
    key_column_clear(&keys->columns[k]);
    mem_free(keys->words[k]);
  }
  mem_free(keys->columns);
  mem_free(keys->vectors);
  mem_free(keys->words);
  mem_free(keys->nulls);
  *keys = (GroupKeys){0};
}

Status group_keys_eval(GroupKeys *keys, const Batch *batch, Error *error) {
  keys->row_count = batch->row_count;
  keys->encoded = false;
  for (uint32_t k = 0; k < keys->key_count; k++)
    TRY(expr_eval(keys->exprs.states[k], batch, NULL, &keys->vectors[k], error));
  return STATUS_OK;
}

void group_keys_encode(GroupKeys *keys) {
  if (keys->encoded) return;
  keys->encoded = true;
  memset(keys->nulls, 0, keys->row_count * sizeof *keys->nulls);
  for (uint32_t k = 0; k < keys->key_count; k++) {
    const Vector *v = &keys->vectors[k];
    key_column_encode(&keys->columns[k], v, keys->row_count, keys->words[k]);
    if (!v->validity) continue;
    for (uint32_t i = 0; i < keys->row_count; i++)
      keys->nulls[i] |= (uint64_t)!vector_is_valid(v, i) << k;
  }
}
