// Which row of a history held for a key at a time.
#pragma once
#include "load.h"

typedef struct HistoryPoint { // from then until the key's next point
  int64_t key, from;          // local microseconds
  uint32_t row;               // of the history; 0: none held
} HistoryPoint;

typedef struct History {
  HistoryPoint *points; // by key, then from
  uint64_t count;
  uint64_t overlaps; // rows that began while another of their key held
} History;

// Reads the history's table. Where rows of a key overlap, the one that began last holds (of those
// that began together, the last in the table), and the others again once it has ended.
void history_read(History *out, const LoadTable *history, const TimeZone *zone);
void history_clear(History *history);
uint32_t history_find(const History *history, int64_t key, int64_t time); // the row; 0: none
// Any kind of time on one axis: local microseconds.
int64_t history_time(Type type, const TimeZone *zone, int64_t value);
