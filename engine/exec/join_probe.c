// See join_probe.h.
#include "join_probe.h"

static void mark_read(void *context, const Expr *column) {
  ((bool *)context)[column->column] = true;
}

void join_sides_create(JoinSides *sides, const Operator *op) {
  const Plan *plan = op->plan;
  uint32_t left = op->inputs[0]->plan->column_count, right = op->inputs[1]->plan->column_count;
  expr_set_create(&sides->keys[0], plan->join.left_keys, plan->join.key_count, op->inputs[0]);
  expr_set_create(&sides->keys[1], plan->join.right_keys, plan->join.key_count, op->inputs[1]);
  sides->residual_reads = mem_alloc_zero(left + right + 1);
  if (!plan->join.residual) return;
  expr_visit_columns(plan->join.residual, mark_read, sides->residual_reads);
  PlanColumn *both = mem_alloc_zero((left + right + 1) * sizeof *both);
  memcpy(both, op->inputs[0]->columns, left * sizeof *both);
  memcpy(both + left, op->inputs[1]->columns, right * sizeof *both);
  sides->residual =
      expr_program_create(plan->join.residual, both, left + right, op->execution->job);
  mem_free(both);
}

void join_sides_clear(JoinSides *sides) {
  expr_set_clear(&sides->keys[0]);
  expr_set_clear(&sides->keys[1]);
  expr_program_destroy(sides->residual);
  mem_free(sides->residual_reads);
  *sides = (JoinSides){0};
}

void join_probe_init(JoinProbe *probe, const JoinTable *table, const ExprSet *keys) {
  probe->table = table;
  expr_set_state_create(&probe->keys, keys);
  probe->finders = mem_alloc_zero((table->key_count + 1) * sizeof *probe->finders);
  probe->words = mem_alloc_zero((table->key_count + 1) * sizeof *probe->words);
  for (uint32_t k = 0; k < table->key_count; k++) {
    key_column_init_finder(&probe->finders[k], &table->key_columns[k]);
    probe->words[k] = mem_alloc(VECTOR_ROWS * sizeof(int64_t));
  }
}

void join_probe_clear(JoinProbe *probe) {
  for (uint32_t k = 0; probe->table && k < probe->table->key_count; k++) {
    key_column_clear(&probe->finders[k]);
    mem_free(probe->words[k]);
  }
  expr_set_state_clear(&probe->keys);
  mem_free(probe->finders);
  mem_free(probe->words);
  *probe = (JoinProbe){0};
}

Status join_probe_find(JoinProbe *probe, const Batch *batch, uint32_t *rows, Error *error) {
  const JoinTable *table = probe->table;
  uint64_t nulls[VECTOR_ROWS];
  uint32_t n = batch->row_count;
  if (!table->key_count) {
    uint32_t first = table->row_count ? 0 : JOIN_TABLE_NONE;
    for (uint32_t i = 0; i < n; i++) rows[i] = first;
    return STATUS_OK;
  }
  memset(nulls, 0, n * sizeof *nulls);
  for (uint32_t k = 0; k < table->key_count; k++) {
    Vector v;
    TRY(expr_eval(probe->keys.states[k], batch, NULL, &v, error));
    key_column_encode(&probe->finders[k], &v, n, probe->words[k]);
    for (uint32_t i = 0; v.validity && i < n; i++)
      nulls[i] |= (uint64_t)!vector_is_valid(&v, i) << k;
  }
  join_table_find(table, probe->words, nulls, n, rows);
  return STATUS_OK;
}

Status join_side_build(const Operator *op, int side, const JoinSides *sides, bool distinct,
                       bool keep_rows, JoinTable *table, Error *error) {
  const Plan *plan = op->plan;
  const Dictionary *dictionaries[64];
  Type types[64];
  if (plan->join.key_count > 64) return error_set(error, STATUS_LIMIT, "more than 64 join keys");
  for (uint32_t k = 0; k < plan->join.key_count; k++) {
    // Two dictionaries give two codes to a text: such keys are interned.
    const Dictionary *left = expr_program_column(sides->keys[0].programs[k]).dictionary;
    const Dictionary *right = expr_program_column(sides->keys[1].programs[k]).dictionary;
    dictionaries[k] = left == right ? left : NULL;
    types[k] = plan->join.left_keys[k]->type;
  }
  JoinTableOptions options = {.keys = &sides->keys[side],
                              .key_types = types,
                              .dictionaries = dictionaries,
                              .null_safe = plan->join.null_safe,
                              .distinct = distinct,
                              .keep_rows = keep_rows,
                              .ordered = op->ordered};
  return join_table_build(table, op->inputs[side], &options, error);
}
