// See cube_changes.h.
#include "cube_changes.h"
#include "json_writer.h"
#include <math.h>
#include <stdlib.h>

#define DOUBLE_SCALE 6 // of a floating-point measure

static Status level_begin(void *context, const ResultColumn *columns, uint32_t count,
                          Error *error) {
  ChangeLevel *level = context;
  (void)count, (void)error;
  Type type = columns[level->value_at].type;
  level->scale = type.kind == TYPE_DECIMAL  ? type.scale
                 : type.kind == TYPE_DOUBLE ? DOUBLE_SCALE
                                            : 0;
  return STATUS_OK;
}

// A figure at the level's scale; nothing is none.
static Status figure_read(const Batch *batch, uint32_t column, uint32_t row, unsigned scale,
                          int128_t *out, Error *error) {
  Value value = vector_value(&batch->columns[column], row);
  *out = 0;
  if (value.is_null) return STATUS_OK;
  bool fits = value.type.kind == TYPE_DOUBLE ? decimal_from_double(value.d, scale, out)
              : value.type.kind == TYPE_DECIMAL
                  ? decimal_rescale(value.type.precision > 18 ? value.wide : value.i,
                                    value.type.scale, scale, out)
                  : decimal_rescale(value.i, 0, scale, out);
  return fits ? STATUS_OK
              : error_set(error, STATUS_OVERFLOW, "a figure has more than %d digits",
                          DECIMAL_DIGITS_MAX);
}

static Str member_text(const ChangeLevel *level, const Batch *batch, uint32_t row) {
  Buffer text;
  JsonWriter json;
  if (level->level_at == UINT32_MAX) return (Str){"null", 4};
  Value value = vector_value(&batch->columns[level->level_at], row);
  buffer_init(&text);
  json_writer_init(&json, &text);
  json_write_value(&json, &value);
  Str kept = {arena_strndup(level->arena, text.data, text.size), (uint32_t)text.size};
  buffer_clear(&text);
  return kept;
}

static void members_grow(ChangeLevel *level) {
  uint32_t capacity = level->member_capacity ? 2 * level->member_capacity : 64;
  ChangeMember *members = ARENA_ARRAY(level->arena, ChangeMember, capacity);
  if (level->member_count)
    memcpy(members, level->members, level->member_count * sizeof(ChangeMember));
  level->members = members;
  level->member_capacity = capacity;
}

static Status level_rows(void *context, const Batch *batch, Error *error) {
  ChangeLevel *level = context;
  for (uint32_t row = 0; row < batch->row_count; row++) {
    if (level->member_count == level->members_max)
      return error_set(error, STATUS_LIMIT, "more than %u members", level->members_max);
    if (level->member_count == level->member_capacity) members_grow(level);
    ChangeMember *member = &level->members[level->member_count++];
    *member = (ChangeMember){.member = member_text(level, batch, row)};
    TRY(figure_read(batch, level->value_at, row, level->scale, &member->value, error));
    TRY(figure_read(batch, level->compared_at, row, level->scale, &member->compared, error));
    member->change = member->value - member->compared; // each has at most 38 digits: no overflow
    level->sum[0] += member->value;
    level->sum[1] += member->compared;
  }
  return STATUS_OK;
}

ResultSink change_level_sink(ChangeLevel *level) {
  return (ResultSink){level, level_begin, level_rows};
}

static int128_t size_of(int128_t value) {
  return value < 0 ? -value : value;
}

static int member_order(const void *a, const void *b) {
  const ChangeMember *x = a, *y = b;
  int128_t left = size_of(x->change), right = size_of(y->change);
  if (left != right) return left > right ? -1 : 1;
  return str_compare(x->member, y->member);
}

void change_level_finish(ChangeLevel *level) {
  if (level->member_count)
    qsort(level->members, level->member_count, sizeof(ChangeMember), member_order);
  double growth = level->sum[1] > 0 ? (double)level->sum[0] / (double)level->sum[1] : NAN;
  double moved = 0;
  for (uint32_t m = 0; m < level->member_count; m++) {
    ChangeMember *member = &level->members[m];
    member->excess = (double)member->value - (double)member->compared * growth;
    moved += fabs(member->excess);
  }
  level->shift = isnan(moved) ? 0 : moved / 2;
  level->score = level->member_count ? level->shift / sqrt((double)level->member_count) : 0;
}

static int level_order(const void *a, const void *b) {
  const ChangeLevel *x = a, *y = b;
  if (x->score != y->score) return x->score > y->score ? -1 : 1;
  return strcmp(x->name, y->name);
}

void change_levels_sort(ChangeLevel *levels, uint32_t count) {
  if (count) qsort(levels, count, sizeof(ChangeLevel), level_order);
}
