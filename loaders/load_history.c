// A history's rows overlap where a promotion interrupts a basis, or by mistake. They are turned
// into points at which another row begins to hold:
//
//   base   |--------------------------|        base  promo  base  none
//   promo        |----|                   ->    |     |      |     |
//
// A stack holds the rows of a key that have begun, the latest on top; a row that has ended leaves
// it when it comes to the top.
#include "load_history.h"
#include <stdlib.h>

typedef struct HistoryEntry {
  int64_t key, from, to;
  uint32_t row;
} HistoryEntry;

int64_t history_time(Type type, const TimeZone *zone, int64_t value) {
  if (type.kind == TYPE_DATE) return value * USEC_PER_DAY;
  return type.kind == TYPE_TIMESTAMPTZ ? time_zone_to_local(zone, value) : value;
}

static int compare_entries(const void *a, const void *b) {
  const HistoryEntry *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static bool column_is_valid(const Column *column, uint64_t row) {
  const Block *block = column->blocks[row / BLOCK_ROWS];
  return !block->validity || bits_get(block->validity, row % BLOCK_ROWS);
}

static uint64_t entries_read(const LoadTable *history, const TimeZone *zone,
                             HistoryEntry *entries) {
  const Table *table = history->table;
  const ModelTable *model = history->model;
  int32_t columns[3] = {load_find_column(history, model->history_key),
                        load_find_column(history, model->valid_from),
                        load_find_column(history, model->valid_to)};
  int64_t *values[3];
  uint64_t count = 0;
  for (int k = 0; k < 3; k++) {
    values[k] = mem_alloc_zero((table->row_count + 1) * sizeof *values[k]);
    column_decode_int(table->columns[columns[k]], values[k]);
  }
  Type from_type = history->columns[columns[1]].type, to_type = history->columns[columns[2]].type;
  for (uint64_t row = 1; row < table->row_count; row++) {
    if (!column_is_valid(table->columns[columns[0]], row)) continue;
    if (history->columns[columns[0]].is_link && !values[0][row]) continue;
    bool from = column_is_valid(table->columns[columns[1]], row);
    bool to = column_is_valid(table->columns[columns[2]], row);
    HistoryEntry entry = {.key = values[0][row],
                          .from = from ? history_time(from_type, zone, values[1][row]) : INT64_MIN,
                          .to = to ? history_time(to_type, zone, values[2][row]) : INT64_MAX,
                          .row = (uint32_t)row};
    if (entry.from < entry.to) entries[count++] = entry;
  }
  for (int k = 0; k < 3; k++) mem_free(values[k]);
  return count;
}

static void point_add(History *out, int64_t key, int64_t from, uint32_t row) {
  out->points[out->count++] = (HistoryPoint){key, from, row};
}

// Takes the rows that have ended by then off the stack; returns its depth.
static uint64_t stack_end(History *out, HistoryEntry *const *stack, uint64_t depth, int64_t time) {
  while (depth && stack[depth - 1]->to <= time) {
    const HistoryEntry *ended = stack[--depth];
    while (depth && stack[depth - 1]->to <= ended->to) depth--;
    point_add(out, ended->key, ended->to, depth ? stack[depth - 1]->row : 0);
  }
  return depth;
}

void history_read(History *out, const LoadTable *history, const TimeZone *zone) {
  uint64_t rows = history->table->row_count + 1, depth = 0;
  HistoryEntry *entries = mem_alloc(rows * sizeof *entries);
  HistoryEntry **stack = mem_alloc(rows * sizeof *stack);
  uint64_t count = entries_read(history, zone, entries);
  qsort(entries, count, sizeof *entries, compare_entries);
  *out = (History){.points = mem_alloc(2 * rows * sizeof *out->points)};
  for (uint64_t i = 0; i < count; i++) {
    HistoryEntry *entry = &entries[i];
    depth = stack_end(out, stack, depth, entry->from);
    out->overlaps += depth > 0;
    stack[depth++] = entry;
    point_add(out, entry->key, entry->from, entry->row);
    bool last = i + 1 == count || entries[i + 1].key != entry->key;
    if (last) depth = stack_end(out, stack, depth, INT64_MAX);
  }
  mem_free(entries);
  mem_free(stack);
}

void history_clear(History *history) {
  mem_free(history->points);
}

uint32_t history_find(const History *history, int64_t key, int64_t time) {
  uint64_t low = 0, high = history->count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    const HistoryPoint *p = &history->points[middle];
    if (p->key < key || (p->key == key && p->from <= time))
      low = middle + 1;
    else
      high = middle;
  }
  return low && history->points[low - 1].key == key ? history->points[low - 1].row : 0;
}
