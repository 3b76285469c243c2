// Sorted rows as a window function sees them: partitions, groups of peers, frames.
//
//   order      4 0 2 | 1 3 5 6      row numbers of the store, by position
//   group_of   0 0 1 | 2 2 2 3      number of the group of peers
//   group_start  0 2 3 6 (7)        first position of each group; groups never cross partitions
#pragma once
#include "row_store.h"

typedef struct WindowRows {
  const RowStore *store;
  uint64_t *order, *group_of, *group_start;
  uint64_t count, group_count;
  uint32_t key_column; // of the first order key, for RANGE offsets
  bool key_descending;
} WindowRows;

typedef struct WindowPartition {
  uint64_t start, end;             // positions
  uint64_t known_start, known_end; // of those whose first order key is not NULL
} WindowPartition;

typedef struct FrameSpan { // positions [start, end)
  uint64_t start, end;
} FrameSpan;
#define FRAME_SPANS_MAX 3

// A frame with its offsets as numbers.
typedef struct FrameSpec {
  WindowFrame frame;
  int64_t start_rows, end_rows; // ROWS, GROUPS
  Value start_value, end_value; // RANGE
} FrameSpec;

// STATUS_INVALID: an offset is NULL or negative.
Status frame_spec_init(FrameSpec *spec, const WindowFrame *frame, Error *error) WARN_UNUSED;
// The frame of the row at a position, exclusions cut out: ascending spans, of which none is empty.
// Returns how many.
uint32_t frame_spans(const WindowRows *rows, const WindowPartition *partition,
                     const FrameSpec *spec, uint64_t position, FrameSpan spans[FRAME_SPANS_MAX]);
