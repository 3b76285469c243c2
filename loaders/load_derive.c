// Columns made from others once a table's rows are known: block by block, in parallel.
//
//   THROUGH  out[row] = target.column[link[row]]      as-of links  out[row] = history row valid
//   then DATE_OF  day of the local time less the day start  HOUR_OF     hour of the local time
//
// A column is made when its inputs are ready, whatever their order in the model; a THROUGH of a
// THROUGH, or a date in the zone of a copied store, needs no special case. Blocks of the previous
// version are shared when nothing that they were made from has changed.
#include "load_history.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

// --- Putting a column in its place ---

typedef struct MakeColumn {
  LoadMakeBlock make;
  void *context;
  Job *job;
  const Column *shared; // blocks below shared_count are taken from it
  uint32_t shared_count, block_count;
  uint64_t row_count;
  Block **blocks;
  _Atomic uint32_t next;
  atomic_bool stopped;
} MakeColumn;

static void make_run(void *context, uint32_t worker) {
  (void)worker;
  MakeColumn *m = context;
  for (uint32_t b; (b = atomic_fetch_add(&m->next, 1)) < m->block_count;) {
    uint64_t left = m->row_count - (uint64_t)b * BLOCK_ROWS;
    uint32_t rows = left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
    if (job_check(m->job, NULL) != STATUS_OK) m->stopped = true;
    if (b < m->shared_count)
      m->blocks[b] = block_retain(m->shared->blocks[b]);
    else if (!m->stopped)
      m->blocks[b] = m->make(m->context, b, rows);
    else
      m->blocks[b] = NULL;
  }
}

static Status put_column(LoadTable *table, uint32_t c, Type type, Dictionary *dictionary,
                         const Column *shared, uint32_t shared_count, LoadMakeBlock make,
                         void *context, Error *error) {
  Load *load = table->load;
  const Table *into = table->table;
  MakeColumn m = {.make = make,
                  .context = context,
                  .job = load->job,
                  .shared = shared,
                  .shared_count = shared_count,
                  .row_count = into->row_count,
                  .block_count = (uint32_t)((into->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS)};
  m.blocks = mem_alloc(m.block_count * sizeof *m.blocks);
  thread_pool_run(load->pool, thread_pool_size(load->pool), make_run, &m);
  if (m.stopped) {
    for (uint32_t b = 0; b < m.block_count; b++) block_release(m.blocks[b]);
    mem_free(m.blocks);
    dictionary_release(dictionary);
    return job_check(load->job, error);
  }
  int64_t bytes = 0;
  for (uint32_t b = shared_count; b < m.block_count; b++)
    bytes += (int64_t)block_bytes(m.blocks[b]);
  column_destroy(into->columns[c]);
  into->columns[c] = column_create(type, dictionary, m.blocks, m.block_count);
  if (load->job) TRY(memory_budget_charge(&load->job->memory, bytes, error));
  load->charged_bytes += load->job ? bytes : 0;
  return STATUS_OK;
}

Status load_put_column(LoadTable *table, uint32_t c, Type type, Dictionary *dictionary,
                       LoadMakeBlock make, void *context, Error *error) {
  return put_column(table, c, type, dictionary, NULL, 0, make, context, error);
}

// Full blocks of the base that can stay, when no input changed.
static uint32_t shareable_blocks(const LoadTable *table, const LoadColumn *column,
                                 const LoadTable *target, Type type, const Dictionary *dictionary) {
  const Column *base = column->base;
  if (!base || table->changed || (target && target->changed)) return 0;
  if (!type_equal(base->type, type) || !base->dictionary != !dictionary) return 0;
  return (uint32_t)(table->base->row_count / BLOCK_ROWS);
}

// --- THROUGH ---

typedef struct Through {
  const Column *links, *source;
  Physical physical;
  void *flat;         // values of all of the target's rows
  uint64_t *validity; // of them; NULL: all valid
} Through;

// Flat values of a whole column; validity as one bitmap, NULL when all are valid.
static void *column_flatten(const Column *column, uint64_t **validity) {
  Physical physical = column_physical(column);
  size_t size = physical_bytes(physical);
  char *flat = mem_alloc(column->row_count * size + 16);
  *validity = column->null_count ? mem_alloc_zero(bits_words(column->row_count) * 8) : NULL;
  VectorBuffer buffer = {0};
  for (uint64_t row = 0; row < column->row_count; row += VECTOR_ROWS) {
    uint64_t left = column->row_count - row;
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector v;
    column_read(column, row, count, &buffer, &v);
    if (physical == PHYSICAL_INT)
      vector_flatten_int(&v, count, (int64_t *)flat + row);
    else
      for (uint32_t i = 0; i < count; i++)
        memcpy(flat + (row + i) * size, (const char *)v.data + (v.constant ? 0 : i) * size, size);
    if (!*validity) continue;
    if (v.validity)
      memcpy(*validity + row / 64, v.validity, bits_words(count) * 8);
    else
      bits_fill(*validity + row / 64, count);
  }
  vector_buffer_clear(&buffer); // strings are views into blocks
  return flat;
}

static Block *through_block(void *context, uint32_t block, uint32_t rows) {
  const Through *t = context;
  size_t size = physical_bytes(t->physical);
  int64_t *links = mem_alloc(rows * sizeof *links);
  char *values = mem_alloc(rows * size);
  uint64_t *validity = t->validity ? mem_alloc_zero(bits_words(rows) * sizeof *validity) : NULL;
  block_decode_int(t->links->blocks[block], links);
  if (size == 8)
    for (uint32_t i = 0; i < rows; i++) ((int64_t *)values)[i] = ((int64_t *)t->flat)[links[i]];
  else
    for (uint32_t i = 0; i < rows; i++)
      memcpy(values + i * size, (char *)t->flat + (size_t)links[i] * size, size);
  for (uint32_t i = 0; validity && i < rows; i++)
    if (bits_get(t->validity, (size_t)links[i])) bits_set(validity, i);
  Block *made = block_encode_physical(t->physical, values, validity, rows);
  mem_free(links);
  mem_free(values);
  mem_free(validity);
  return made;
}

static Status derive_through(LoadTable *table, uint32_t c, Error *error) {
  LoadColumn *column = &table->columns[c];
  const LoadColumn *link = &table->columns[load_find_column(table, column->model->through_link)];
  LoadTable *target = column->target;
  const Column *source =
      target->table->columns[load_find_column(target, column->model->through_column)];
  Through t = {.links = table->table->columns[link - table->columns],
               .source = source,
               .physical = column_physical(source)};
  uint32_t shared = shareable_blocks(table, column, target, source->type, source->dictionary);
  t.flat = column_flatten(source, &t.validity);
  Status status = put_column(table, c, source->type, dictionary_retain(source->dictionary),
                             column->base, shared, through_block, &t, error);
  mem_free(t.flat);
  mem_free(t.validity);
  if (target->changed) table->changed = true;
  return status;
}

// --- Times ---

typedef struct TimeOf {
  const Column *times, *links; // links: to the table that names the zone; or NULL
  const TimeZone **zones;      // of its rows
  const TimeZone *zone;        // of rows without one
  bool utc, is_date, hour;
  int64_t day_start_usec;
} TimeOf;

static Block *time_block(void *context, uint32_t block, uint32_t rows) {
  const TimeOf *t = context;
  const Block *times = t->times->blocks[block];
  int64_t *values = mem_alloc(rows * sizeof *values), *links = NULL;
  block_decode_int(times, values);
  if (t->links) {
    links = mem_alloc(rows * sizeof *links);
    block_decode_int(t->links->blocks[block], links);
  }
  for (uint32_t i = 0; i < rows; i++) {
    if (times->validity && !bits_get(times->validity, i)) continue;
    int64_t local = t->is_date ? values[i] * USEC_PER_DAY : values[i];
    if (t->utc) {
      const TimeZone *zone = links && t->zones[links[i]] ? t->zones[links[i]] : t->zone;
      local = time_zone_to_local(zone, local);
    }
    values[i] = t->hour ? timestamp_time_of_day(local) / (3600 * USEC_PER_SECOND)
                        : timestamp_date(t->is_date ? local : local - t->day_start_usec);
  }
  Block *made = block_encode_int(values, times->validity, rows);
  mem_free(values);
  mem_free(links);
  return made;
}

// The zone of each row of the table that names zones; an unknown name is an error.
static Status zones_read(const LoadTable *target, uint32_t c, const TimeZone ***out, Error *error) {
  const Column *names = target->table->columns[c];
  if (target->columns[c].type.kind != TYPE_STRING)
    return error_set(error, STATUS_INVALID, "%s.%s must be a string: it names time zones",
                     target->model->name, target->columns[c].model->name);
  const TimeZone **zones = mem_alloc_zero((names->row_count + 1) * sizeof *zones);
  for (uint64_t row = 0; row < names->row_count; row++) {
    Value name = column_value(names, row);
    if (name.is_null || !name.s.size) continue;
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)(name.s.size < 120 ? name.s.size : 120), name.s.data);
    Error why = ERROR_INIT;
    if (time_zone_find(text, &zones[row], &why) == STATUS_OK) continue;
    mem_free(zones);
    return error_set(error, STATUS_INVALID, "%s.%s, row %llu: %s", target->model->name,
                     target->columns[c].model->name, (unsigned long long)row, why.message);
  }
  *out = zones;
  return STATUS_OK;
}

static Status derive_time(LoadTable *table, uint32_t c, Error *error) {
  LoadColumn *column = &table->columns[c];
  const ModelColumn *model = column->model;
  const LoadColumn *of = &table->columns[load_find_column(table, model->of)];
  TimeOf t = {.times = table->table->columns[of - table->columns],
              .zone = table->load->zone,
              .utc = of->type.kind == TYPE_TIMESTAMPTZ,
              .is_date = of->type.kind == TYPE_DATE,
              .hour = model->kind == MODEL_COLUMN_HOUR_OF,
              .day_start_usec = table->load->model->day_start_minutes * 60 * USEC_PER_SECOND};
  LoadTable *target = NULL;
  if (model->zone) TRY(time_zone_find(model->zone, &t.zone, error));
  if (t.utc && model->zone_link) {
    int32_t link = load_find_column(table, model->zone_link);
    target = load_find_table(table->load, table->schema->columns[link].link);
    t.links = table->table->columns[link];
    uint32_t zone_column = (uint32_t)load_find_column(target, model->zone_column);
    TRY(zones_read(target, zone_column, &t.zones, error));
  }
  uint32_t shared = shareable_blocks(table, column, target, column->type, NULL);
  Status status =
      put_column(table, c, column->type, NULL, column->base, shared, time_block, &t, error);
  mem_free(t.zones);
  return status;
}

// --- As-of links ---

typedef struct AsOf {
  const Column *keys, *times;
  History history;
  int64_t *key_of_code; // strings: this table's codes as the history's; NULL: integers
  Type time_type;
  const TimeZone *zone;
} AsOf;

static Block *as_of_block(void *context, uint32_t block, uint32_t rows) {
  const AsOf *a = context;
  int64_t *keys = mem_alloc(rows * sizeof *keys), *times = mem_alloc(rows * sizeof *times);
  const uint64_t *key_validity = a->keys->blocks[block]->validity;
  const uint64_t *time_validity = a->times->blocks[block]->validity;
  block_decode_int(a->keys->blocks[block], keys);
  block_decode_int(a->times->blocks[block], times);
  for (uint32_t i = 0; i < rows; i++) {
    bool known = (!key_validity || bits_get(key_validity, i)) &&
                 (!time_validity || bits_get(time_validity, i));
    int64_t key = known && a->key_of_code ? a->key_of_code[keys[i]] : keys[i];
    keys[i] =
        known ? history_find(&a->history, key, history_time(a->time_type, a->zone, times[i])) : 0;
  }
  Block *made = block_encode_int(keys, NULL, rows);
  mem_free(keys);
  mem_free(times);
  return made;
}

// Both keys must be in one domain: rows of the same table, integers, or strings (mapped by text).
static Status as_of_keys(AsOf *a, const LoadTable *table, uint32_t key, const LoadTable *history,
                         uint32_t history_key, Error *error) {
  const ColumnSchema *mine = &table->schema->columns[key];
  const ColumnSchema *theirs = &history->schema->columns[history_key];
  const Dictionary *from = table->table->columns[key]->dictionary;
  const Dictionary *to = history->table->columns[history_key]->dictionary;
  bool same = mine->link || theirs->link
                  ? mine->link && theirs->link && !strcmp(mine->link, theirs->link)
                  : type_physical(mine->type) == type_physical(theirs->type) && !from == !to;
  bool integers = column_physical(table->table->columns[key]) == PHYSICAL_INT &&
                  column_physical(history->table->columns[history_key]) == PHYSICAL_INT;
  if (!same || !integers)
    return error_set(error, STATUS_UNSUPPORTED,
                     "%s.%s and %s.%s must both be links to one table, or both whole numbers, for "
                     "an as-of link",
                     table->model->name, mine->name, history->model->name, theirs->name);
  if (!from) return STATUS_OK;
  a->key_of_code = mem_alloc((from->count + 1) * sizeof *a->key_of_code);
  for (uint32_t code = 0; code < from->count; code++) {
    uint32_t found = dictionary_find(to, dictionary_get(from, code));
    a->key_of_code[code] = found == DICTIONARY_NONE ? -1 : (int64_t)found;
  }
  return STATUS_OK;
}

static Status derive_as_of(LoadTable *table, uint32_t c, Error *error) {
  LoadColumn *column = &table->columns[c];
  LoadTable *history = column->target;
  uint32_t key = (uint32_t)load_find_column(table, column->model->link_key);
  uint32_t time = (uint32_t)load_find_column(table, column->model->as_of);
  uint32_t history_key = (uint32_t)load_find_column(history, history->model->history_key);
  AsOf a = {.keys = table->table->columns[key],
            .times = table->table->columns[time],
            .time_type = table->columns[time].type,
            .zone = table->load->zone};
  TRY(as_of_keys(&a, table, key, history, history_key, error));
  history_read(&a.history, history, table->load->zone);
  bool grown = history->table != history->view; // new entries may hold for old rows
  if (grown && a.history.overlaps && !history->overlaps_told) {
    load_notice(
        table->load,
        "%s: %llu rows began while another row of the same %s held; the one that began last "
        "is taken",
        history->model->name, (unsigned long long)a.history.overlaps, history->model->history_key);
    history->overlaps_told = true;
  }
  uint32_t shared = grown ? 0 : shareable_blocks(table, column, history, TYPE_OF_INT, NULL);
  Status status =
      put_column(table, c, TYPE_OF_INT, NULL, column->base, shared, as_of_block, &a, error);
  history_clear(&a.history);
  mem_free(a.key_of_code);
  return status;
}

// --- What can be made now ---

static bool column_ready(const LoadTable *table, const char *name) {
  int32_t c = name ? load_find_column(table, name) : -1;
  return c >= 0 && table->columns[c].ready;
}

static bool inputs_ready(const LoadTable *table, const LoadColumn *column) {
  const ModelColumn *model = column->model;
  const LoadTable *target = column->target;
  switch (model->kind) {
  case MODEL_COLUMN_LINK:
    return target->table != NULL;
  case MODEL_COLUMN_AS_OF:
    return target->table && column_ready(table, model->link_key) &&
           column_ready(table, model->as_of) && column_ready(target, target->model->history_key) &&
           column_ready(target, target->model->valid_from) &&
           column_ready(target, target->model->valid_to);
  case MODEL_COLUMN_THROUGH:
    return target->table && column_ready(table, model->through_link) &&
           column_ready(target, model->through_column);
  default: {
    if (!column_ready(table, model->of)) return false;
    if (!model->zone_link) return true;
    int32_t link = load_find_column(table, model->zone_link);
    if (link < 0 || !table->columns[link].ready) return false;
    const LoadTable *zones = load_find_table(table->load, table->schema->columns[link].link);
    return zones && zones->table && column_ready(zones, model->zone_column);
  }
  }
}

static Status derive_one(LoadTable *table, uint32_t c, Error *error) {
  LoadColumn *column = &table->columns[c];
  Status status;
  switch (column->model->kind) {
  case MODEL_COLUMN_LINK:
    return load_link_resolve_deferred(table, c, error);
  case MODEL_COLUMN_AS_OF:
    status = derive_as_of(table, c, error);
    break;
  case MODEL_COLUMN_THROUGH:
    status = derive_through(table, c, error);
    break;
  default:
    status = derive_time(table, c, error);
    break;
  }
  column->ready = true;
  return status;
}

Status load_derive_columns(LoadTable *table, bool own_links, Error *error) {
  for (bool progress = true; progress;) {
    progress = false;
    for (uint32_t c = 0; c < table->column_count; c++) {
      LoadColumn *column = &table->columns[c];
      bool own = column->model->kind == MODEL_COLUMN_LINK && column->target == table;
      if (column->ready || (own && !own_links) || !inputs_ready(table, column)) continue;
      TRY(derive_one(table, c, error));
      progress = true;
    }
  }
  return STATUS_OK;
}
