// A batch's rows into the open blocks: workers write disjoint rows, so nothing is locked.
#include "load_table.h"

static void place_texts(Stage *stage, uint32_t c, const Worker *w, const BatchColumn *from,
                        uint32_t batch_row, uint32_t stage_row, uint32_t count) {
  Str *to = (Str *)stage->columns[c].values + stage_row;
  size_t size = 0;
  for (uint32_t i = 0; i < count; i++)
    if (!bits_get(from->nulls, batch_row + i))
      size += load_batch_text(&w->batch, from, batch_row + i).size;
  char *room = stage_text_room(stage, c, size);
  for (uint32_t i = 0; i < count; i++) {
    to[i] = (Str){room, 0};
    if (bits_get(from->nulls, batch_row + i)) continue;
    Str text = load_batch_text(&w->batch, from, batch_row + i);
    memcpy(room, text.data, text.size);
    to[i].size = text.size;
    room += text.size;
  }
}

static void place_codes(int64_t *to, const BatchColumn *from, uint32_t batch_row, uint32_t count) {
  const uint32_t *codes = (const uint32_t *)from->values + batch_row;
  const uint32_t *global = from->dictionary.global;
  if (!from->dictionary.merged) { // only NULLs so far
    memset(to, 0, count * sizeof *to);
    return;
  }
  for (uint32_t i = 0; i < count; i++) to[i] = global[codes[i]];
}

static void place_nulls(Stage *stage, uint32_t c, const BatchColumn *from, uint32_t batch_row,
                        uint32_t stage_row, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (bits_get(from->nulls, batch_row + i)) stage_set_null(stage, c, stage_row + i);
}

static void place_column(const TableReader *r, const Worker *w, Stage *stage, uint32_t c,
                         uint32_t batch_row, uint32_t stage_row, uint32_t count) {
  const BatchColumn *from = &w->batch.columns[c];
  size_t size = batch_layout_bytes(from->layout);
  char *values = stage->columns[c].values;
  bool texts = r->stages.physicals[c] == PHYSICAL_TEXT;
  if (texts)
    place_texts(stage, c, w, from, batch_row, stage_row, count);
  else if (from->layout == BATCH_CODES)
    place_codes((int64_t *)stage->columns[c].values + stage_row, from, batch_row, count);
  else
    memcpy(values + stage_row * size, (char *)from->values + batch_row * size, count * size);
  if (from->has_null && !r->stages.zero_filled[c])
    place_nulls(stage, c, from, batch_row, stage_row, count);
}

// Rows of the batch that go to consecutive rows of the table, within one block.
static Status place_run(TableReader *r, Worker *w, uint32_t batch_row, uint64_t row, uint32_t count,
                        Error *error) {
  Stage *stage;
  uint32_t stage_row = (uint32_t)(row % BLOCK_ROWS);
  TRY(stage_open(&r->stages, (uint32_t)(row / BLOCK_ROWS), &stage, error));
  bool update = r->table->base && row < r->table->base->row_count;
  for (uint32_t c = 0; c < r->spec.column_count; c++) {
    for (uint32_t i = 0; update && i < count; i++) stage_set_valid(stage, c, stage_row + i);
    place_column(r, w, stage, c, batch_row, stage_row, count);
  }
  return update ? STATUS_OK : stage_finish_rows(&r->stages, stage, count, error);
}

Status load_place_batch(TableReader *r, Worker *w, Error *error) {
  uint64_t base_rows = r->table->base ? r->table->base->row_count : 0;
  for (uint32_t i = 0; i < w->batch.row_count;) {
    uint64_t row = w->consecutive ? w->first_row + i : w->targets[i];
    if (row == ROW_DROPPED) {
      i++;
      continue;
    }
    uint64_t limit = BLOCK_ROWS - row % BLOCK_ROWS; // to the block's end, or the base's
    if (row < base_rows && base_rows - row < limit) limit = base_rows - row;
    uint32_t count = 1;
    while (i + count < w->batch.row_count && count < limit &&
           (w->consecutive || w->targets[i + count] == row + count))
      count++;
    TRY(place_run(r, w, i, row, count, error));
    i += count;
  }
  return STATUS_OK;
}
