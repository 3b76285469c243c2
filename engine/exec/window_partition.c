// See window_partition.h. RANGE offsets compare the order key with the current one moved by the
// offset: numbers at a common scale, dates and time stamps in microseconds; the bound is searched
// among the partition's rows whose key is not NULL (rows with a NULL key have their peers as
// frame).
#include "window_partition.h"
#include "date.h"
#include "expr_eval.h"
#include <math.h>

// ---------------------------------------------------------------- keys that can be moved

typedef struct RangeKey { // number, when is_double is false
  bool is_double;
  int128_t number;
  double real;
} RangeKey;

static int128_t value_number(const Value *value) {
  return type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
}

static unsigned value_scale(const Value *value) {
  return value->type.kind == TYPE_DECIMAL ? value->type.scale : 0;
}

// The key at the scale that it shares with the offset; saturating, for keys have 38 digits at most.
static RangeKey range_key(const Value *key, const Value *offset) {
  switch ((TypeKind)key->type.kind) {
  case TYPE_DOUBLE:
    return (RangeKey){.is_double = true, .real = key->d};
  case TYPE_DATE:
    return (RangeKey){.number = (int128_t)key->i * USEC_PER_DAY};
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
    return (RangeKey){.number = key->i};
  default: {
    unsigned own = value_scale(key), other = value_scale(offset);
    int128_t number = value_number(key), scaled;
    if (other <= own) return (RangeKey){.number = number};
    if (__builtin_mul_overflow(number, decimal_pow10_128(other - own), &scaled))
      scaled = number < 0 ? -decimal_pow10_128(38) : decimal_pow10_128(38);
    return (RangeKey){.number = scaled};
  }
  }
}

static int128_t moment_moved(int128_t usec, const IntervalValue *by, int sign) {
  int64_t moment = (int64_t)usec;
  int64_t months = sign * (int64_t)by->months;
  if (months > 120000) months = 120000; // beyond all dates either way
  if (months < -120000) months = -120000;
  int32_t date = date_add_months(timestamp_date(moment), (int32_t)months);
  int128_t moved = (int128_t)date * USEC_PER_DAY + timestamp_time_of_day(moment);
  return moved + sign * ((int128_t)by->days * USEC_PER_DAY + by->usec);
}

static RangeKey range_moved(RangeKey key, const Value *current, const Value *offset, int sign) {
  if (key.is_double) {
    key.real += sign * offset->d;
    return key;
  }
  if (offset->type.kind == TYPE_INTERVAL) {
    key.number = moment_moved(key.number, &offset->interval, sign);
    return key;
  }
  unsigned own = value_scale(current), other = value_scale(offset);
  int128_t by = value_number(offset);
  if (own > other && __builtin_mul_overflow(by, decimal_pow10_128(own - other), &by))
    by = decimal_pow10_128(38);
  if (__builtin_add_overflow(key.number, sign * by, &key.number))
    key.number = (sign > 0 ? 1 : -1) * (int128_t)(~(unsigned __int128)0 >> 1);
  return key;
}

static int compare_doubles(double a, double b) { // NaN last
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

static int range_compare(const RangeKey *a, const RangeKey *b) {
  if (a->is_double) return compare_doubles(a->real, b->real);
  return (a->number > b->number) - (a->number < b->number);
}

// The first position whose key comes after the target in the window's order, or (inclusive) is it.
static uint64_t range_search(const WindowRows *rows, const WindowPartition *partition,
                             const Value *offset, const RangeKey *target, bool inclusive) {
  uint64_t low = partition->known_start, high = partition->known_end;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    Value value = row_store_value(rows->store, rows->key_column, rows->order[middle]);
    RangeKey key = range_key(&value, offset);
    int order = range_compare(&key, target) * (rows->key_descending ? -1 : 1);
    if (order > 0 || (inclusive && order == 0))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

// A RANGE bound by an offset; preceding, or following.
static uint64_t range_bound(const WindowRows *rows, const WindowPartition *partition,
                            const Value *offset, uint64_t position, bool preceding, bool is_start) {
  Value current = row_store_value(rows->store, rows->key_column, rows->order[position]);
  RangeKey key = range_key(&current, offset);
  int sign = preceding != rows->key_descending ? -1 : 1;
  RangeKey target = range_moved(key, &current, offset, sign);
  return range_search(rows, partition, offset, &target, is_start);
}

// ---------------------------------------------------------------- bounds

Status frame_spec_init(FrameSpec *spec, const WindowFrame *frame, Error *error) {
  *spec = (FrameSpec){.frame = *frame};
  Expr *offsets[] = {frame->start_offset, frame->end_offset};
  for (int i = 0; i < 2; i++) {
    if (!offsets[i]) continue;
    Value value = offsets[i]->value;
    value.type = offsets[i]->type;
    const char *what = i ? "ending" : "starting";
    if (offsets[i]->kind != EXPR_CONSTANT || value.is_null)
      return error_set_at(error, STATUS_INVALID, offsets[i]->position,
                          "frame %s offset must not be null", what);
    const IntervalValue *interval = &value.interval;
    bool negative = value.type.kind == TYPE_INTERVAL
                        ? (int128_t)interval->months * 30 * USEC_PER_DAY +
                                  (int128_t)interval->days * USEC_PER_DAY + interval->usec <
                              0
                    : value.type.kind == TYPE_DOUBLE ? value.d < 0 || isnan(value.d)
                                                     : value_number(&value) < 0;
    if (negative)
      return error_set_at(error, STATUS_INVALID, offsets[i]->position,
                          frame->mode == FRAME_RANGE
                              ? "invalid preceding or following size in window function"
                              : "frame %s offset must not be negative",
                          what);
    *(i ? &spec->end_value : &spec->start_value) = value;
    if (frame->mode != FRAME_RANGE) *(i ? &spec->end_rows : &spec->start_rows) = value.i;
  }
  return STATUS_OK;
}

static uint64_t before(uint64_t position, int64_t by, uint64_t least) {
  return (uint64_t)by > position - least ? least : position - (uint64_t)by;
}

static uint64_t after(uint64_t position, int64_t by, uint64_t most) {
  return (uint64_t)by >= most - position ? most : position + (uint64_t)by;
}

static uint64_t rows_bound(const WindowPartition *partition, FrameBound bound, int64_t by,
                           uint64_t position, bool is_start) {
  switch (bound) {
  case BOUND_UNBOUNDED_PRECEDING:
    return partition->start;
  case BOUND_UNBOUNDED_FOLLOWING:
    return partition->end;
  case BOUND_PRECEDING:
    if (is_start) return before(position, by, partition->start);
    return (uint64_t)by > position - partition->start ? partition->start
                                                      : position - (uint64_t)by + 1;
  case BOUND_FOLLOWING:
    return after(is_start ? position : position + 1, by, partition->end);
  default:
    return is_start ? position : position + 1;
  }
}

// The bound of GROUPS, and of RANGE without an offset: in groups of peers.
static uint64_t groups_bound(const WindowRows *rows, const WindowPartition *partition,
                             FrameBound bound, int64_t by, uint64_t position, bool is_start) {
  uint64_t first = rows->group_of[partition->start], last = rows->group_of[partition->end - 1];
  uint64_t group = rows->group_of[position];
  switch (bound) {
  case BOUND_UNBOUNDED_PRECEDING:
    return partition->start;
  case BOUND_UNBOUNDED_FOLLOWING:
    return partition->end;
  case BOUND_PRECEDING:
    if (is_start) return rows->group_start[before(group, by, first)];
    return (uint64_t)by > group - first ? partition->start
                                        : rows->group_start[group - (uint64_t)by + 1];
  case BOUND_FOLLOWING:
    if ((uint64_t)by > last - group) return partition->end;
    return rows->group_start[group + (uint64_t)by + !is_start];
  default:
    return rows->group_start[group + !is_start];
  }
}

static uint64_t frame_bound(const WindowRows *rows, const WindowPartition *partition,
                            const FrameSpec *spec, uint64_t position, bool is_start) {
  FrameBound bound = is_start ? spec->frame.start : spec->frame.end;
  int64_t by = is_start ? spec->start_rows : spec->end_rows;
  bool offset = bound == BOUND_PRECEDING || bound == BOUND_FOLLOWING;
  if (spec->frame.mode == FRAME_ROWS) return rows_bound(partition, bound, by, position, is_start);
  if (spec->frame.mode == FRAME_RANGE && offset) {
    if (position < partition->known_start || position >= partition->known_end)
      bound = BOUND_CURRENT; // NULL: its peers
    else
      return range_bound(rows, partition, is_start ? &spec->start_value : &spec->end_value,
                         position, bound == BOUND_PRECEDING, is_start);
  }
  return groups_bound(rows, partition, bound, by, position, is_start);
}

static uint32_t span_add(FrameSpan *spans, uint32_t count, uint64_t start, uint64_t end) {
  if (start >= end) return count;
  spans[count] = (FrameSpan){start, end};
  return count + 1;
}

static uint64_t least(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

uint32_t frame_spans(const WindowRows *rows, const WindowPartition *partition,
                     const FrameSpec *spec, uint64_t position, FrameSpan spans[FRAME_SPANS_MAX]) {
  uint64_t start = frame_bound(rows, partition, spec, position, true);
  uint64_t end = frame_bound(rows, partition, spec, position, false);
  if (spec->frame.exclude == EXCLUDE_NONE) return span_add(spans, 0, start, end);
  uint64_t group = rows->group_of[position];
  uint64_t cut_start = rows->group_start[group], cut_end = rows->group_start[group + 1];
  if (spec->frame.exclude == EXCLUDE_CURRENT) {
    cut_start = position;
    cut_end = position + 1;
  }
  uint32_t count = span_add(spans, 0, start, least(end, cut_start));
  if (spec->frame.exclude == EXCLUDE_TIES && position >= start && position < end)
    count = span_add(spans, count, position, position + 1);
  return span_add(spans, count, most(start, cut_end), end);
}
