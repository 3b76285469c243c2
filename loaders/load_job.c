// A load from end to end: plan, read tables in the order of their links, derive, check, publish.
//
// Everything is made beside the current root, which nobody else changes meanwhile (the writer's
// lock) and which readers keep seeing. Only the last step makes it visible, so a fault, a limit or
// Ctrl-C anywhere before leaves the store as it was.
#include "hash.h"
#include "load.h"
#include <stdio.h>
#include <sys/stat.h>

static size_t chunk_bytes_forced;

void load_set_chunk_bytes(size_t bytes) {
  chunk_bytes_forced = bytes;
}

void load_report_clear(LoadReport *report) {
  arena_destroy(report->arena);
  *report = (LoadReport){0};
}

static void notice_add(LoadReport *report, const char *format, va_list arguments) {
  char text[1024];
  vsnprintf(text, sizeof text, format, arguments);
  char **notices = ARENA_ARRAY(report->arena, char *, report->notice_count + 1);
  if (report->notice_count)
    memcpy(notices, report->notices, report->notice_count * sizeof *notices);
  notices[report->notice_count++] = arena_strdup(report->arena, text);
  report->notices = notices;
}

void load_report_notice(LoadReport *report, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  notice_add(report, format, arguments);
  va_end(arguments);
}

void load_notice(Load *load, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  pthread_mutex_lock(&load->notice_lock);
  notice_add(load->report, format, arguments);
  pthread_mutex_unlock(&load->notice_lock);
  va_end(arguments);
}

// --- The batch ---

// A name made of the files' names, sizes and times: the same files again give the same name.
static const char *batch_name(const Load *load) {
  uint64_t hash = 0;
  for (uint32_t t = 0; t < load->table_count; t++) {
    const LoadTable *table = &load->tables[t];
    for (uint32_t f = 0; f < table->path_count; f++) {
      struct stat status = {0};
      (void)stat(table->paths[f], &status);
      int64_t facts[3] = {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
      hash = hash_xxh64(table->paths[f], strlen(table->paths[f]), hash);
      hash = hash_xxh64(facts, sizeof facts, hash);
    }
  }
  return arena_printf(load->report->arena, "files-%016llx", (unsigned long long)hash);
}

static Status batch_begin_load(Load *load, Error *error) {
  LoadReport *report = load->report;
  report->batch =
      load->options->batch ? arena_strdup(report->arena, load->options->batch) : batch_name(load);
  if (!root_has_batch(load->base, report->batch)) return STATUS_OK;
  return error_set(error, STATUS_EXISTS,
                   load->options->batch
                       ? "the batch '%s' has been loaded already; give another name"
                       : "these files have been loaded already (batch %s); name the batch to load "
                         "them again",
                   report->batch);
}

// --- Tables ---

// The base's columns as this load knows them: shared blocks, no derived extras.
static Table *base_view(const LoadTable *table) {
  Column **columns = mem_alloc(table->column_count * sizeof *columns);
  for (uint32_t c = 0; c < table->column_count; c++)
    columns[c] = column_copy(table->columns[c].base);
  const Table *base = table->base;
  size_t bytes = bits_words(base->row_count) * sizeof(uint64_t);
  uint64_t *bitmaps[2] = {NULL, NULL};
  const uint64_t *from[2] = {base->hidden, base->inferred};
  for (int k = 0; k < 2; k++)
    if (from[k]) bitmaps[k] = memcpy(mem_alloc(bytes), from[k], bytes);
  return table_create(schema_copy(table->schema), columns, base->row_count, bitmaps[0], bitmaps[1]);
}

static bool targets_changed(const LoadTable *table) {
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].target && table->columns[c].target->changed) return true;
  return false;
}

static Status table_make(LoadTable *table, Error *error) {
  bool read = table->in_load || !table->base || table->refresh || targets_changed(table);
  if (!read) {
    table->view = base_view(table);
    table->table = table_retain(table->view);
    for (uint32_t c = 0; c < table->column_count; c++) table->columns[c].ready = true;
    return STATUS_OK;
  }
  if (!table->in_load) table->path_count = 0;
  TRY(load_table_read(table, error));
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].model->kind == MODEL_COLUMN_LINK && !table->columns[c].deferred)
      TRY(load_link_append_inferred(table->columns[c].target, error));
  TRY(load_derive_columns(table, false, error));
  TRY(load_sort_cluster(table, error));
  return load_derive_columns(table, true, error);
}

static Status tables_complete(Load *load, Error *error) {
  for (uint32_t t = 0; t < load->table_count; t++)
    TRY(load_derive_columns(load->order[t], true, error));
  for (uint32_t t = 0; t < load->table_count; t++) {
    LoadTable *table = load->order[t];
    for (uint32_t c = 0; c < table->column_count; c++)
      if (!table->columns[c].ready)
        return error_set(error, STATUS_INVALID, "%s.%s depends on itself through other columns",
                         table->model->name, table->columns[c].model->name);
  }
  return STATUS_OK;
}

static bool table_is_new(const LoadTable *table) {
  return table->table && table->table != table->view;
}

static void tables_report(Load *load) {
  for (uint32_t t = 0; t < load->table_count; t++)
    if (load->tables[t].table)
      load->tables[t].report->size_bytes = table_bytes(load->tables[t].table);
}

// --- The next root ---

static Status root_make(Load *load, Root *next, Error *error) {
  for (uint32_t t = 0; t < load->table_count; t++)
    if (table_is_new(&load->tables[t])) root_put(next, table_retain(load->tables[t].table));
  if (load->model->text) root_set_model(next, load->model->text);
  root_add_batch(next, load->report->batch);
  JobProgress progress = {.phase = "check"};
  if (load->job) job_report(load->job, &progress);
  TRY(load_check_hierarchies(next, load->model, error));
  TRY(job_check(load->job, error));
  if (!load->options->complete) return STATUS_OK;
  return load->options->complete(load->options->complete_context, load->base, next, load->model,
                                 load->job, error);
}

// The job's charge for blocks ends, the store's begins: of what the next root has more than this
// one.
static Status root_charge(Load *load, const Root *next, Error *error) {
  if (load->job) memory_budget_release(&load->job->memory, load->charged_bytes);
  load->charged_bytes = 0;
  int64_t growth = (int64_t)root_bytes(next) - (int64_t)root_bytes(load->base);
  if (growth > 0) return memory_budget_charge(store_budget(load->store), growth, error);
  memory_budget_release(store_budget(load->store), -growth);
  return STATUS_OK;
}

static Status load_publish(Load *load, Error *error) {
  Root *next = root_copy(load->base);
  Status status = root_make(load, next, error);
  if (status == STATUS_OK) status = root_charge(load, next, error);
  if (status == STATUS_OK)
    store_publish(load->store, next);
  else
    root_release(next);
  return status;
}

static Status load_steps(Load *load, Error *error) {
  TRY(time_zone_find(load->model->time_zone ? load->model->time_zone : "UTC", &load->zone, error));
  TRY(load_plan(load, error));
  TRY(batch_begin_load(load, error));
  for (uint32_t t = 0; t < load->table_count; t++) {
    TRY(job_check(load->job, error));
    TRY(table_make(load->order[t], error));
  }
  TRY(tables_complete(load, error));
  for (uint32_t t = 0; t < load->table_count; t++)
    if (table_is_new(load->order[t])) TRY(load_sort_projections(load->order[t], error));
  tables_report(load);
  return load_publish(load, error);
}

static void load_clear(Load *load) {
  for (uint32_t t = 0; t < load->table_count; t++) {
    LoadTable *table = &load->tables[t];
    table_release(table->table);
    table_release(table->view);
    if (table->schema) schema_destroy(table->schema);
    mem_free(table->updated);
    key_map_destroy(table->inferred.map);
    mem_free(table->inferred.ints);
    mem_free(table->inferred.texts);
    arena_destroy(table->inferred.arena);
  }
  if (load->job) memory_budget_release(&load->job->memory, load->charged_bytes);
  rejects_destroy(load->rejects);
  root_release(load->base);
  arena_destroy(load->arena);
  pthread_mutex_destroy(&load->notice_lock);
}

Status load_run(Store *store, const Model *model, const LoadOptions *options, Job *job,
                LoadReport *report, Error *error) {
  int64_t start = clock_now_ns();
  Load load = {.store = store,
               .pool = store_pool(store),
               .model = model,
               .options = options,
               .job = job,
               .report = report,
               .chunk_bytes = chunk_bytes_forced};
  report->arena = arena_create();
  load.arena = arena_create();
  load.rejects = rejects_create(options->rejects_path);
  pthread_mutex_init(&load.notice_lock, NULL);
  store_lock_writer(store);
  load.base = store_pin(store);
  Status status = load_steps(&load, error);
  rejects_report(load.rejects, report);
  load_clear(&load);
  store_unlock_writer(store);
  report->elapsed_ns = clock_now_ns() - start;
  return status;
}
