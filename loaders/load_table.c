// Reading one table: workers parse in parallel, take turns for what needs order, place in parallel.
//
//   each worker:   read a chunk (lock) ─► parse, resolve links ─► [turn: ordered step] ─► place
//   rows
//
// The ordered step runs batch by batch in the files' order, so that codes, row numbers, inferred
// members and which of two equal keys is first never depend on the threads. It is kept small: only
// strings and keys that are new cost anything there.
// Invariant: the worker whose turn it is alone touches the table's dictionaries, key map, ledger,
// rejects and row count.
#include "load_table.h"

static void reader_fail(TableReader *r, Status status, const Error *error) {
  pthread_mutex_lock(&r->turn_lock);
  if (!r->status) {
    r->error = *error;
    r->status = (int)status;
  }
  pthread_cond_broadcast(&r->turn_changed);
  pthread_mutex_unlock(&r->turn_lock);
}

static void reader_notice(void *context, const char *text) {
  load_notice(((TableReader *)context)->load, "%s", text);
}

// --- Set-up ---

static bool column_strings_as_text(const LoadTable *table, const LoadColumn *column) {
  (void)table;
  if (column->model->kind == MODEL_COLUMN_LINK) return true; // a key to be looked up
  if (column->base) return !column->base->dictionary;
  return column->model->raw_text;
}

static void reader_make_spec(TableReader *r) {
  LoadTable *table = r->table;
  uint32_t count = 0;
  r->source_columns = mem_alloc_zero(table->column_count * sizeof *r->source_columns);
  r->column_of = mem_alloc(table->column_count * sizeof *r->column_of);
  for (uint32_t c = 0; c < table->column_count; c++) {
    LoadColumn *column = &table->columns[c];
    if (column->source < 0) continue;
    bool string = column->source_type.kind == TYPE_STRING;
    r->column_of[count] = c;
    r->source_columns[count++] =
        (SourceColumn){.name = column->model->name,
                       .field = column->model->field ? column->model->field : column->model->name,
                       .type = column->source_type,
                       .round = column->model->round,
                       .unix_ticks = column->model->unix_ticks,
                       .null_tokens = column->model->null_tokens,
                       .null_token_count = column->model->null_token_count,
                       .not_null = column->model->not_null || (int32_t)c == table->key,
                       .as_text = string && column_strings_as_text(table, column),
                       .text_chosen = string ? &column->text_chosen : NULL};
  }
  r->spec = (SourceSpec){.table = table->model->name,
                         .paths = table->paths,
                         .path_count = table->path_count,
                         .format = &table->model->source,
                         .columns = r->source_columns,
                         .column_count = count,
                         .zone = r->load->zone,
                         .chunk_bytes = r->load->chunk_bytes,
                         .notice = reader_notice,
                         .notice_context = r};
  r->source = source_create(&r->spec);
}

static Physical column_stage_physical(const LoadColumn *column) {
  if (column->is_link && !column->deferred) return PHYSICAL_INT;
  if (column->deferred) return type_physical(column->source_type);
  if (column->type.kind == TYPE_STRING) return column->coded ? PHYSICAL_INT : PHYSICAL_TEXT;
  return type_physical(column->type);
}

// Decided once, before the first row is placed: which columns have dictionaries, and the stages.
Status load_make_stages(TableReader *r, Error *error) {
  LoadTable *table = r->table;
  uint32_t count = r->spec.column_count;
  Physical *physicals = mem_alloc(count * sizeof *physicals);
  bool *zero_filled = mem_alloc(count * sizeof *zero_filled);
  const Column **base = mem_alloc_zero(count * sizeof *base);
  for (uint32_t s = 0; s < count; s++) {
    LoadColumn *column = &table->columns[r->column_of[s]];
    if (column->type.kind == TYPE_STRING && !column->is_link) {
      column->coded = column->base ? column->base->dictionary != NULL
                                   : !column->model->raw_text && !column->text_chosen;
      if (column->coded)
        column->dictionary =
            dictionary_builder_create(column->base ? column->base->dictionary : NULL);
    }
    physicals[s] = column_stage_physical(column);
    zero_filled[s] = column->is_link && !column->deferred;
    if (!column->deferred) base[s] = column->base; // raw keys have none: it holds row numbers
  }
  uint64_t base_rows = table->base ? table->base->row_count : 0;
  // A keyed table's old rows may be updated to the end.
  uint32_t unsealed = (uint32_t)(table->key >= 0 ? (base_rows + BLOCK_ROWS - 1) / BLOCK_ROWS : 0);
  stage_set_init(&r->stages, count, physicals, zero_filled, base, base_rows, unsealed,
                 r->load->job ? &r->load->job->memory : NULL);
  mem_free(physicals);
  mem_free(zero_filled);
  mem_free(base);
  r->stages_ready = true;
  r->next_row = base_rows;
  if (!table->has_members || base_rows) return STATUS_OK;
  Stage *stage; // row 0 stands for an absent key
  TRY(stage_open(&r->stages, 0, &stage, error));
  stage_clear_row(&r->stages, stage, 0);
  TRY(stage_finish_rows(&r->stages, stage, 1, error));
  r->next_row = 1;
  return STATUS_OK;
}

// --- Workers ---

static Status worker_charge(TableReader *r, Worker *w, Error *error) {
  int64_t bytes = (int64_t)(w->chunk.capacity * 3 + batch_bytes(&w->batch));
  if (!r->load->job || bytes <= w->charged_bytes) return STATUS_OK;
  TRY(memory_budget_charge(&r->load->job->memory, bytes - w->charged_bytes, error));
  w->charged_bytes = bytes;
  return STATUS_OK;
}

static Status worker_read(TableReader *r, Worker *w, bool *end, Error *error) {
  TRY(job_check(r->load->job, error));
  pthread_mutex_lock(&r->read_lock);
  *end = r->reading_ended;
  Status status = *end ? STATUS_OK : r->source->read(r->source, &w->chunk, end, error);
  if (*end || status != STATUS_OK) r->reading_ended = true;
  pthread_mutex_unlock(&r->read_lock);
  return status;
}

static void worker_resolve_links(TableReader *r, Worker *w) {
  w->misses.count = 0;
  for (int pass = 0; pass < 2; pass++) { // strict links first: their rows may go
    for (uint32_t c = 0; c < r->table->column_count; c++) {
      const LoadColumn *column = &r->table->columns[c];
      if (column->model->kind != MODEL_COLUMN_LINK || column->deferred) continue;
      if (column->model->inferred_members == (pass == 1))
        load_link_resolve(r->table, c, &w->batch, &w->misses);
    }
    if (pass == 0) batch_compact(&w->batch);
  }
}

// Waits until all batches before this one have had their ordered step; false: the load has failed.
static bool worker_wait_turn(TableReader *r, const Worker *w) {
  pthread_mutex_lock(&r->turn_lock);
  while (!r->status && r->turn != w->chunk.sequence)
    pthread_cond_wait(&r->turn_changed, &r->turn_lock);
  bool mine = !r->status;
  pthread_mutex_unlock(&r->turn_lock);
  return mine;
}

static void worker_end_turn(TableReader *r) {
  pthread_mutex_lock(&r->turn_lock);
  r->turn++;
  pthread_cond_broadcast(&r->turn_changed);
  pthread_mutex_unlock(&r->turn_lock);
}

static Status worker_step(TableReader *r, Worker *w, bool *end, Error *error) {
  TRY(worker_read(r, w, end, error));
  if (*end) return STATUS_OK;
  TRY(r->source->parse(r->source, &w->chunk, &w->batch, error));
  TRY(worker_charge(r, w, error));
  worker_resolve_links(r, w);
  load_find_base_rows(r, w);
  *end = !worker_wait_turn(r, w);
  if (*end) return STATUS_OK;
  TRY(load_order_batch(r, w, error));
  worker_end_turn(r);
  return load_place_batch(r, w, error);
}

static void worker_run(void *context, uint32_t index) {
  (void)index;
  TableReader *r = context;
  Worker w = {0};
  batch_init(&w.batch, r->source_columns, r->spec.column_count);
  bool end = false;
  while (!end && !r->status) {
    Error error = ERROR_INIT;
    Status status = worker_step(r, &w, &end, &error);
    if (status != STATUS_OK) reader_fail(r, status, &error);
  }
  if (w.charged_bytes) memory_budget_release(&r->load->job->memory, w.charged_bytes);
  batch_clear(&w.batch);
  chunk_clear(&w.chunk);
  mem_free(w.misses.items);
  mem_free(w.targets);
}

// --- The table made ---

typedef struct Recode {
  Block **blocks;
  uint32_t block_count;
  const uint32_t *remap;
  _Atomic uint32_t next;
} Recode;

// Codes in order of arrival become codes in byte order.
static void recode_run(void *context, uint32_t worker) {
  (void)worker;
  Recode *recode = context;
  int64_t *values = mem_alloc(BLOCK_ROWS * sizeof *values);
  for (uint32_t b; (b = atomic_fetch_add(&recode->next, 1)) < recode->block_count;) {
    Block *old = recode->blocks[b];
    if (old->min > old->max) continue; // only NULLs
    block_decode_int(old, values);
    for (uint32_t i = 0; i < old->row_count; i++)
      values[i] = !old->validity || bits_get(old->validity, i) ? recode->remap[values[i]] : 0;
    recode->blocks[b] = block_encode_int(values, old->validity, old->row_count);
    block_release(old);
  }
  mem_free(values);
}

static Column *column_finish(TableReader *r, uint32_t c, Block **blocks, uint32_t block_count) {
  LoadColumn *column = &r->table->columns[c];
  Type type = column->deferred ? column->source_type : column->type;
  Dictionary *dictionary = NULL;
  if (column->dictionary) {
    bool first = !column->base || !column->base->dictionary->count;
    uint32_t *remap = NULL;
    dictionary = dictionary_builder_finish(column->dictionary, first, &remap);
    column->dictionary = NULL;
    if (remap) {
      Recode recode = {.blocks = blocks, .block_count = block_count, .remap = remap};
      thread_pool_run(r->load->pool, thread_pool_size(r->load->pool), recode_run, &recode);
    }
    mem_free(remap);
  }
  return column_create(type, dictionary, blocks, block_count);
}

static void reader_make_bitmaps(const TableReader *r, uint64_t **hidden, uint64_t **inferred) {
  const Table *base = r->table->base;
  size_t words = bits_words(r->next_row);
  *hidden = *inferred = NULL;
  if (r->table->has_members || (base && base->hidden)) {
    *hidden = mem_alloc_zero(words * sizeof **hidden);
    if (base && base->hidden)
      memcpy(*hidden, base->hidden, bits_words(base->row_count) * sizeof **hidden);
    if (r->table->has_members) bits_set(*hidden, 0);
  }
  if (!base || !base->inferred) return;
  *inferred = mem_alloc_zero(words * sizeof **inferred);
  memcpy(*inferred, base->inferred, bits_words(base->row_count) * sizeof **inferred);
  for (uint64_t i = 0; i < r->updated_count; i++) { // their own rows have come
    if (!bits_get(*inferred, r->updated_rows[i])) continue;
    bits_clear(*inferred, r->updated_rows[i]);
    bits_clear(*hidden, r->updated_rows[i]);
  }
}

Column *load_zero_column(uint64_t row_count) {
  uint32_t count = (uint32_t)((row_count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc(count * sizeof *blocks);
  int64_t *zeros = mem_alloc_zero(BLOCK_ROWS * sizeof *zeros);
  for (uint32_t b = 0; b < count; b++) {
    uint64_t left = row_count - (uint64_t)b * BLOCK_ROWS;
    blocks[b] =
        b && left >= BLOCK_ROWS
            ? block_retain(blocks[0])
            : block_encode_int(zeros, NULL, left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS);
  }
  mem_free(zeros);
  return column_create(TYPE_OF_INT, NULL, blocks, count);
}

// The sealed blocks stay charged until the whole load ends; the stages' memory does not.
static void keep_block_charges(TableReader *r, Block ***blocks, uint32_t block_count) {
  int64_t bytes = 0;
  for (uint32_t c = 0; c < r->spec.column_count; c++)
    for (uint32_t b = 0; b < block_count; b++)
      if (blocks[c][b]->refs == 1) bytes += (int64_t)block_bytes(blocks[c][b]);
  r->stages.charged_bytes -= bytes;
  r->load->charged_bytes += bytes;
}

static Status reader_finish(TableReader *r, Error *error) {
  LoadTable *table = r->table;
  if (!r->stages_ready) TRY(load_make_stages(r, error));
  JobProgress progress = {.phase = "seal", .rows = (int64_t)r->next_row};
  if (r->load->job) job_report(r->load->job, &progress);
  Block ***blocks;
  uint32_t block_count;
  TRY(stage_set_seal(&r->stages, r->next_row, r->load->pool, &blocks, &block_count, error));
  keep_block_charges(r, blocks, block_count);
  Column **columns = mem_alloc(table->column_count * sizeof *columns);
  for (uint32_t c = 0; c < table->column_count; c++) {
    LoadColumn *column = &table->columns[c];
    columns[c] = column->source < 0 ? load_zero_column(r->next_row)
                                    : column_finish(r, c, blocks[column->source], block_count);
    column->ready = column->source >= 0 && !column->deferred;
  }
  mem_free(blocks);
  uint64_t *hidden, *inferred;
  reader_make_bitmaps(r, &hidden, &inferred);
  table->table = table_create(schema_copy(table->schema), columns, r->next_row, hidden, inferred);
  table->changed = r->updated_count > 0;
  if (r->updated_count) {
    table->updated = mem_alloc_zero(bits_words(table->base->row_count) * sizeof(uint64_t));
    for (uint64_t i = 0; i < r->updated_count; i++) bits_set(table->updated, r->updated_rows[i]);
  }
  uint64_t before = table->base ? table->base->row_count : table->has_members;
  table->report->rows = r->next_row - before;
  table->report->updated = r->updated_count;
  table->report->rejected = rejects_table_count(r->load->rejects);
  return STATUS_OK;
}

static void reader_clear(TableReader *r) {
  if (r->source) r->source->destroy(r->source);
  for (uint32_t c = 0; c < r->table->column_count; c++) {
    dictionary_builder_destroy(r->table->columns[c].dictionary);
    r->table->columns[c].dictionary = NULL;
  }
  stage_set_clear(&r->stages);
  for (uint32_t i = 0; i < r->ledger_count; i++) mem_free(r->ledger[i].lines);
  mem_free(r->ledger);
  mem_free(r->updated_rows);
  mem_free(r->source_columns);
  mem_free(r->column_of);
  key_map_destroy(r->keys);
  pthread_mutex_destroy(&r->read_lock);
  pthread_mutex_destroy(&r->turn_lock);
  pthread_cond_destroy(&r->turn_changed);
}

Status load_table_read(LoadTable *table, Error *error) {
  Load *load = table->load;
  TableReader r = {.load = load, .table = table};
  pthread_mutex_init(&r.read_lock, NULL);
  pthread_mutex_init(&r.turn_lock, NULL);
  pthread_cond_init(&r.turn_changed, NULL);
  int64_t limit =
      table->model->reject_limit >= 0 ? table->model->reject_limit : load->model->reject_limit;
  table->report->reject_limit = limit;
  rejects_begin_table(load->rejects, table->model->name, load->options->check ? INT64_MAX : limit);
  if (table->key >= 0) r.keys = key_map_create(table->columns[table->key].type.kind == TYPE_STRING);
  reader_make_spec(&r);
  if (table->base && table->key >= 0) (void)table_key_index(table->base);
  thread_pool_run(load->pool, thread_pool_size(load->pool), worker_run, &r);
  Status status = (Status)r.status;
  if (status != STATUS_OK && error) *error = r.error;
  if (status == STATUS_OK) status = job_check(load->job, error);
  if (status == STATUS_OK) status = reader_finish(&r, error);
  table->report->rejected = rejects_table_count(load->rejects);
  load->bytes_done += table->file_bytes;
  reader_clear(&r);
  return status;
}
