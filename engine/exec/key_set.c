// See key_set.h.
#include "key_set.h"

static bool has_row(const KeySet *set, int64_t row) {
  return row >= 0 && (uint64_t)row < set->bits.row_count && bits_get(set->bits.words, (size_t)row);
}

static bool has_value(const KeySet *set, const KeyIndex *index, const Vector *v, uint32_t i) {
  if (!vector_is_valid(v, i)) return false;
  if (!index) return has_row(set, vector_int(v, i));
  return has_row(set, v->type.kind == TYPE_STRING ? key_index_find_text(index, vector_text(v, i))
                                                  : key_index_find_int(index, vector_int(v, i)));
}

// A NULL's number may be anything.
static void test_rows(const KeySet *set, const Vector *v, uint32_t count, uint8_t *truth) {
  int64_t rows[VECTOR_ROWS];
  const uint64_t *words = set->bits.words;
  vector_flatten_int(v, count, rows);
  for (uint32_t i = 0; i < count; i++)
    truth[i] = (uint64_t)rows[i] < set->bits.row_count && bits_get(words, (size_t)rows[i]);
  if (v->validity)
    for (uint32_t i = 0; i < count; i++) truth[i] &= bits_get(v->validity, i);
}

void key_set_test(const KeySet *set, bool by_row, const Vector *v, uint32_t count, uint8_t *truth) {
  const KeyIndex *index = by_row ? NULL : table_key_index(set->table);
  if (v->constant) // one value stands for all
    memset(truth, count && has_value(set, index, v, 0), count);
  else if (by_row)
    test_rows(set, v, count, truth);
  else
    for (uint32_t i = 0; i < count; i++) truth[i] = has_value(set, index, v, i);
}
