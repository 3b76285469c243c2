// What must happen in the files' order: bad rows noted, new strings coded, inferred members made,
// keys told apart, rows numbered. So none of these depends on the threads.
//
// Invariant: the worker whose turn it is alone touches the table's dictionaries, key map, ledger,
// rejects and row count.
#include "load_table.h"
#include <stdio.h>

// A string column is kept as text when more than half of a batch's rows differ, in big tables.
#define TEXT_MIN_ROWS 262144
#define TEXT_MIN_SAMPLE 1024

static uint64_t reader_expected_rows(const TableReader *r, const Worker *w) {
  double share =
      r->table->file_bytes ? (double)w->chunk.position / (double)r->table->file_bytes : 1;
  return share > 0 ? (uint64_t)((double)w->batch.row_count / share) : w->batch.row_count;
}

static void reader_choose_texts(TableReader *r, const Worker *w) {
  if (w->batch.row_count < TEXT_MIN_SAMPLE || reader_expected_rows(r, w) < TEXT_MIN_ROWS) return;
  for (uint32_t c = 0; c < r->table->column_count; c++) {
    LoadColumn *column = &r->table->columns[c];
    if (column->source < 0 || column->base || column->is_link) continue;
    const BatchColumn *values = &w->batch.columns[column->source];
    if (values->layout == BATCH_CODES && values->dictionary.count > w->batch.row_count / 2)
      column->text_chosen = true;
  }
}

static Status order_rejects(TableReader *r, Worker *w, Error *error) {
  Batch *batch = &w->batch;
  const char *path = r->table->paths[w->chunk.file];
  for (uint32_t i = 1; i < batch->reject_count; i++) { // by line; few, nearly sorted
    Reject moved = batch->rejects[i];
    uint32_t k = i;
    for (; k && batch->rejects[k - 1].line > moved.line; k--)
      batch->rejects[k] = batch->rejects[k - 1];
    batch->rejects[k] = moved;
  }
  for (uint32_t i = 0; i < batch->reject_count; i++) {
    const Reject *reject = &batch->rejects[i];
    TRY(rejects_add(r->load->rejects, path, reject->line, reject->column, reject->value,
                    reject->reason, error));
  }
  return STATUS_OK;
}

// Gives global codes to the strings that this worker met for the first time.
static Status order_strings(TableReader *r, Worker *w, Error *error) {
  for (uint32_t c = 0; c < r->table->column_count; c++) {
    LoadColumn *column = &r->table->columns[c];
    if (column->source < 0 || !column->coded) continue;
    LocalDictionary *local = &w->batch.columns[column->source].dictionary;
    if (local->merged == local->count) continue;
    local->global = mem_realloc(local->global, local->count * sizeof *local->global);
    for (; local->merged < local->count; local->merged++)
      local->global[local->merged] =
          dictionary_builder_intern(column->dictionary, local->entries[local->merged].text);
    if (dictionary_builder_count(column->dictionary) == DICTIONARY_NONE)
      return error_set(error, STATUS_LIMIT, "%s.%s has too many different strings",
                       r->table->model->name, column->model->name);
  }
  return STATUS_OK;
}

static void order_misses(TableReader *r, Worker *w) {
  for (uint32_t i = 0; i < w->misses.count; i++) {
    const LinkMiss *miss = &w->misses.items[i];
    LoadColumn *column = &r->table->columns[miss->column];
    int64_t *rows = w->batch.columns[column->source].values;
    rows[miss->row] = (int64_t)load_link_infer(column->target, miss->number, miss->text);
    column->unmatched++;
    r->table->report->unmatched++;
  }
}

// Before the ordered step: which rows' keys the previous version of the table has.
void load_find_base_rows(TableReader *r, Worker *w) {
  LoadTable *table = r->table;
  w->consecutive = table->key < 0;
  if (w->consecutive) return;
  if (w->target_capacity < w->batch.row_count) {
    w->target_capacity = w->batch.capacity_rows;
    mem_free(w->targets);
    w->targets = mem_alloc(w->target_capacity * sizeof *w->targets);
  }
  const BatchColumn *keys = &w->batch.columns[table->columns[table->key].source];
  const KeyIndex *index = table->base ? table_key_index(table->base) : NULL;
  for (uint32_t row = 0; row < w->batch.row_count; row++) {
    uint32_t found = 0;
    if (index)
      found = keys->layout == BATCH_INTS
                  ? key_index_find_int(index, ((const int64_t *)keys->values)[row])
                  : key_index_find_text(index, load_batch_text(&w->batch, keys, row));
    w->targets[row] = found ? found : ROW_NEW;
  }
}

static void ledger_add(TableReader *r, const Worker *w) {
  if (r->ledger_count == r->ledger_capacity) {
    r->ledger_capacity = r->ledger_capacity ? r->ledger_capacity * 2 : 64;
    r->ledger = mem_realloc(r->ledger, r->ledger_capacity * sizeof *r->ledger);
  }
  LedgerEntry *entry = &r->ledger[r->ledger_count++];
  *entry = (LedgerEntry){.first = r->arrivals,
                         .first_line = w->batch.first_line,
                         .rows = w->batch.row_count,
                         .file = w->chunk.file};
  if (!w->batch.lines) return;
  entry->lines = mem_alloc(w->batch.row_count * sizeof *entry->lines);
  memcpy(entry->lines, w->batch.lines, w->batch.row_count * sizeof *entry->lines);
}

static const LedgerEntry *ledger_find(const TableReader *r, uint64_t arrival) {
  uint32_t low = 0, high = r->ledger_count;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (r->ledger[middle].first <= arrival)
      low = middle;
    else
      high = middle;
  }
  return &r->ledger[low];
}

static Status reject_duplicate(TableReader *r, const Worker *w, uint32_t row, uint64_t arrival,
                               Error *error) {
  const LoadColumn *key = &r->table->columns[r->table->key];
  const BatchColumn *keys = &w->batch.columns[key->source];
  const LedgerEntry *first = ledger_find(r, arrival);
  uint64_t offset = arrival - first->first;
  uint64_t line = first->first_line + (first->lines ? first->lines[offset] : offset);
  char value[128], reason[512];
  if (keys->layout == BATCH_INTS)
    snprintf(value, sizeof value, "%lld", (long long)((const int64_t *)keys->values)[row]);
  else {
    Str text = load_batch_text(&w->batch, keys, row);
    snprintf(value, sizeof value, "%.*s", (int)(text.size < 100 ? text.size : 100), text.data);
  }
  snprintf(reason, sizeof reason, "is a key that came before, at %s:%llu",
           r->table->paths[first->file], (unsigned long long)line);
  return rejects_add(r->load->rejects, r->table->paths[w->chunk.file], batch_line(&w->batch, row),
                     key->model->name, value, reason, error);
}

static void updated_add(TableReader *r, uint64_t row) {
  if (r->updated_count == r->updated_capacity) {
    r->updated_capacity = r->updated_capacity ? r->updated_capacity * 2 : 256;
    r->updated_rows = mem_realloc(r->updated_rows, r->updated_capacity * sizeof *r->updated_rows);
  }
  r->updated_rows[r->updated_count++] = row;
}

// Keyed tables: drops rows whose key came before, gives new keys their rows.
static Status order_keys(TableReader *r, Worker *w, Error *error) {
  LoadTable *table = r->table;
  const BatchColumn *keys = &w->batch.columns[table->columns[table->key].source];
  ledger_add(r, w);
  for (uint32_t row = 0; row < w->batch.row_count; row++) {
    uint64_t arrival = r->arrivals + row;
    uint64_t before =
        keys->layout == BATCH_INTS
            ? key_map_put_int(r->keys, ((const int64_t *)keys->values)[row], arrival)
            : key_map_put_text(r->keys, load_batch_text(&w->batch, keys, row), arrival);
    if (before != KEY_MAP_NONE) {
      TRY(reject_duplicate(r, w, row, before, error));
      w->targets[row] = ROW_DROPPED;
    } else if (w->targets[row] == ROW_NEW) {
      w->targets[row] = r->next_row++;
    } else {
      updated_add(r, w->targets[row]);
    }
  }
  r->arrivals += w->batch.row_count;
  return STATUS_OK;
}

static void order_report(TableReader *r, const Worker *w) {
  LoadTableReport *report = r->table->report;
  report->bytes_read += w->batch.text_bytes;
  report->doubled_times += w->batch.doubled_times;
  report->missing_times += w->batch.missing_times;
  JobProgress progress = {.phase = "read",
                          .done = r->load->bytes_done + w->chunk.position,
                          .total = r->load->bytes_total,
                          .unit = "bytes",
                          .rows = (int64_t)r->next_row};
  if (r->load->job) job_report(r->load->job, &progress);
}

Status load_order_batch(TableReader *r, Worker *w, Error *error) {
  if (!r->stages_ready) {
    reader_choose_texts(r, w);
    TRY(load_make_stages(r, error));
  }
  TRY(order_rejects(r, w, error));
  TRY(order_strings(r, w, error));
  order_misses(r, w);
  if (r->table->key >= 0) {
    TRY(order_keys(r, w, error));
  } else {
    w->first_row = r->next_row;
    r->next_row += w->batch.row_count;
  }
  order_report(r, w);
  if (r->next_row > UINT32_MAX)
    return error_set(error, STATUS_LIMIT, "table %s would have more than %u rows",
                     r->table->model->name, UINT32_MAX);
  return STATUS_OK;
}
