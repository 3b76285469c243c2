// What a load will do: files, columns, types, the order of tables; all faults that need no data.
#include "load.h"
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>

// --- Names ---

LoadTable *load_find_table(Load *load, const char *name) {
  for (uint32_t t = 0; name && t < load->table_count; t++)
    if (!strcmp(load->tables[t].model->name, name)) return &load->tables[t];
  return NULL;
}

int32_t load_find_column(const LoadTable *table, const char *name) {
  for (uint32_t c = 0; name && c < table->column_count; c++)
    if (!strcmp(table->columns[c].model->name, name)) return (int32_t)c;
  return -1;
}

// --- Files ---

static bool only_has(const LoadOptions *options, const char *name) {
  for (uint32_t i = 0; i < options->only_count; i++)
    if (!strcmp(options->only[i], name)) return true;
  return !options->only || !options->only_count;
}

static void table_add_path(LoadTable *table, const char *path) {
  Load *load = table->load;
  struct stat status;
  if (stat(path, &status) || !S_ISREG(status.st_mode)) return;
  for (uint32_t i = 0; i < table->path_count; i++)
    if (!strcmp(table->paths[i], path)) return;
  const char **paths = ARENA_ARRAY(load->arena, const char *, table->path_count + 1);
  if (table->path_count) memcpy(paths, table->paths, table->path_count * sizeof *paths);
  paths[table->path_count++] = arena_strdup(load->arena, path);
  table->paths = paths;
  table->file_bytes += status.st_size;
}

// The folder is a name, whatever is in it; only the model's files are patterns.
static const char *folder_pattern(Arena *arena, const char *folder) {
  char *pattern = arena_alloc(arena, strlen(folder) * 2 + 1), *to = pattern;
  for (; *folder; folder++) {
    if (strchr("*?[\\", *folder)) *to++ = '\\';
    *to++ = *folder;
  }
  return pattern;
}

static void table_find_files(LoadTable *table) {
  Arena *arena = table->load->arena;
  const char *data = table->load->options->data ? table->load->options->data : ".";
  data = folder_pattern(arena, data);
  for (uint32_t f = 0; f < table->model->file_count; f++) {
    const char *pattern = table->model->files[f];
    if (*pattern != '/') pattern = arena_printf(arena, "%s/%s", data, pattern);
    glob_t found;
    if (!glob(pattern, 0, NULL, &found))
      for (size_t i = 0; i < found.gl_pathc; i++) table_add_path(table, found.gl_pathv[i]);
    globfree(&found);
  }
}

static Status plan_files(Load *load, Error *error) {
  bool any = false;
  for (uint32_t t = 0; t < load->table_count; t++) {
    LoadTable *table = &load->tables[t];
    const ModelTable *model = table->model;
    if (!only_has(load->options, model->name)) continue;
    table_find_files(table);
    table->in_load = table->path_count > 0;
    any |= table->in_load;
    load->bytes_total += table->file_bytes;
    table->report->file_count = table->path_count;
    if (table->in_load || !model->file_count) continue;
    if (table->base)
      load_notice(load, "%s: no new files", model->name);
    else if (model->optional)
      load_notice(load, "%s: no files, the table is empty", model->name);
    else
      return error_set(error, STATUS_NOT_FOUND, "table %s: no file matches '%s' in %s", model->name,
                       model->files[0],
                       load->options->data ? load->options->data : "the current folder");
  }
  if (any) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND, "nothing to load: no files of any table in %s",
                   load->options->data ? load->options->data : "the current folder");
}

// --- Columns ---

#define THROUGH_DEPTH_MAX 16

// What a model column is made from in the end, and the link it holds (NULL: none). False: it is not
// made at load (an expression, or through one).
static bool column_resolve(const Load *load, const ModelTable *table, const ModelColumn *column,
                           unsigned depth, Type *type, const char **link) {
  *link = NULL;
  *type = column->type;
  switch (column->kind) {
  case MODEL_COLUMN_EXPRESSION:
    return false;
  case MODEL_COLUMN_DATE_OF:
    *type = TYPE_OF_DATE;
    return true;
  case MODEL_COLUMN_HOUR_OF:
    *type = TYPE_OF_INT32;
    return true;
  case MODEL_COLUMN_PLAIN:
    return true;
  case MODEL_COLUMN_LINK:
  case MODEL_COLUMN_AS_OF: {
    const ModelTable *target = model_find_table(load->model, column->link);
    *link = column->link;
    *type = TYPE_OF_INT;
    return target && !target->query;
  }
  default:
    break;
  }
  const ModelColumn *through = model_find_column(table, column->through_link);
  Type ignored;
  const char *next = NULL;
  if (!through || depth == THROUGH_DEPTH_MAX ||
      !column_resolve(load, table, through, depth + 1, &ignored, &next) || !next)
    return false;
  const ModelTable *target = model_find_table(load->model, next);
  const ModelColumn *source = target ? model_find_column(target, column->through_column) : NULL;
  return source && column_resolve(load, target, source, depth + 1, type, link);
}

static Type link_key_type(const Load *load, const ModelColumn *column) {
  const ModelTable *target = model_find_table(load->model, column->link);
  const ModelColumn *key = target && target->key ? model_find_column(target, target->key) : NULL;
  return key ? key->type : column->type;
}

static void plan_column(LoadTable *table, const ModelColumn *model, Type type, const char *link,
                        int32_t *source) {
  LoadColumn *column = &table->columns[table->column_count];
  ColumnSchema *schema = &table->schema->columns[table->column_count++];
  column->model = model;
  column->type = type;
  column->source_type = type;
  column->source = -1;
  column->is_link = link != NULL;
  if (model->kind == MODEL_COLUMN_LINK) column->source_type = link_key_type(table->load, model);
  if (model->kind == MODEL_COLUMN_PLAIN || model->kind == MODEL_COLUMN_LINK)
    column->source = (*source)++;
  *schema = (ColumnSchema){
      .name = mem_strdup(model->name),
      .type = type,
      .link = link ? mem_strdup(link) : NULL,
      .as_of = model->as_of ? mem_strdup(model->as_of) : NULL,
      .hidden = model->hidden,
      .through_link = model->through_link ? mem_strdup(model->through_link) : NULL,
      .through_column = model->through_column ? mem_strdup(model->through_column) : NULL};
}

static Status plan_columns(LoadTable *table, Error *error) {
  const ModelTable *model = table->model;
  table->columns = ARENA_ARRAY(table->load->arena, LoadColumn, model->column_count);
  table->schema = mem_alloc_zero(sizeof *table->schema);
  table->schema->name = mem_strdup(model->name);
  table->schema->columns = mem_alloc_zero(model->column_count * sizeof *table->schema->columns);
  int32_t source = 0;
  for (uint32_t c = 0; c < model->column_count; c++) {
    Type type;
    const char *link;
    if (column_resolve(table->load, model, &model->columns[c], 0, &type, &link))
      plan_column(table, &model->columns[c], type, link, &source);
  }
  table->schema->column_count = table->column_count;
  table->key = table->schema->key = load_find_column(table, model->key);
  table->schema->cluster = load_find_column(table, model->cluster);
  if (table->key < 0) return STATUS_OK;
  const LoadColumn *key = &table->columns[table->key];
  Physical physical = type_physical(key->type);
  if (key->model->kind == MODEL_COLUMN_PLAIN &&
      (physical == PHYSICAL_INT || physical == PHYSICAL_TEXT))
    return STATUS_OK;
  return error_set(error, STATUS_UNSUPPORTED,
                   "%s.%s cannot be a key: a key is a whole number, a string or a date read from "
                   "the files",
                   model->name, key->model->name);
}

// --- Links and the previous version ---

static Status plan_links(LoadTable *table, Error *error) {
  for (uint32_t c = 0; c < table->column_count; c++) {
    LoadColumn *column = &table->columns[c];
    const ModelColumn *model = column->model;
    if (model->kind == MODEL_COLUMN_LINK || model->kind == MODEL_COLUMN_AS_OF) {
      column->target = load_find_table(table->load, model->link);
      column->target->has_members = column->target->schema->has_members = true;
      if (model->kind == MODEL_COLUMN_LINK && column->target->key < 0)
        return error_set(error, STATUS_INVALID, "%s.%s links to %s, which has no key",
                         table->model->name, model->name, model->link);
    } else if (model->kind == MODEL_COLUMN_THROUGH) {
      int32_t link = load_find_column(table, model->through_link);
      column->target = load_find_table(table->load, table->schema->columns[link].link);
    }
  }
  return STATUS_OK;
}

// The customers' table has members even where nothing links to it: segments are sets of its rows,
// of which row 0 is nobody's.
#define MEMBERS_DIMENSION "customer"

static void plan_members(LoadTable *table) {
  const Model *model = table->load->model;
  for (uint32_t d = 0; d < model->dimension_count; d++) {
    const ModelDimension *dimension = &model->dimensions[d];
    if (strcmp(dimension->name, MEMBERS_DIMENSION) != 0 || !dimension->table || table->key < 0 ||
        strcmp(dimension->table, table->model->name) != 0)
      continue;
    table->has_members = table->schema->has_members = true;
  }
}

static Status plan_base(LoadTable *table, Error *error) {
  if (!table->base) return STATUS_OK;
  const TableSchema *base = table->base->schema;
  if (base->has_members != table->has_members)
    return error_set(error, STATUS_INVALID,
                     "table %s is %s a link's target in this model; load into a new store",
                     base->name, table->has_members ? "now" : "no longer");
  for (uint32_t c = 0; c < table->column_count; c++) {
    LoadColumn *column = &table->columns[c];
    int32_t found = schema_find(base, column->model->name);
    table->refresh |= found < 0;
    if (found < 0) continue;
    const ColumnSchema *was = &base->columns[found], *is = &table->schema->columns[c];
    bool same_link = was->link && is->link ? !strcmp(was->link, is->link) : was->link == is->link;
    if (!type_equal(was->type, is->type) || !same_link) {
      char old_name[TYPE_NAME_BYTES], new_name[TYPE_NAME_BYTES];
      return error_set(error, STATUS_INVALID,
                       "%s.%s was %s%s%s in the store and is %s%s%s in the model; load into a new "
                       "store",
                       base->name, was->name, was->link ? "a link to " : "",
                       was->link ? was->link : type_format(was->type, old_name), "",
                       is->link ? "a link to " : "",
                       is->link ? is->link : type_format(is->type, new_name), "");
    }
    column->base = table->base->columns[found];
  }
  int32_t key = base->key;
  bool same_key = key < 0 ? table->key < 0
                          : table->key >= 0 && !strcmp(base->columns[key].name,
                                                       table->columns[table->key].model->name);
  if (same_key) return STATUS_OK;
  return error_set(
      error, STATUS_INVALID,
      "table %s has another key in this model than in the store; load into a new store",
      base->name);
}

// --- Order ---

static void order_visit(LoadTable *table, uint32_t *count) {
  if (table->visit) return;
  table->visit = 1;
  for (uint32_t c = 0; c < table->column_count; c++) {
    LoadColumn *column = &table->columns[c];
    if (!column->target) continue;
    order_visit(column->target, count);
    // A target still under way: the own table, or one around a circle.
    if (column->model->kind == MODEL_COLUMN_LINK) column->deferred = column->target->visit == 1;
  }
  table->visit = 2;
  table->load->order[(*count)++] = table;
}

Status load_plan(Load *load, Error *error) {
  const Model *model = load->model;
  load->tables = ARENA_ARRAY(load->arena, LoadTable, model->table_count);
  load->order = ARENA_ARRAY(load->arena, LoadTable *, model->table_count);
  LoadReport *report = load->report;
  report->tables = ARENA_ARRAY(report->arena, LoadTableReport, model->table_count);
  for (uint32_t t = 0; t < model->table_count; t++) {
    if (model->tables[t].query) continue;
    LoadTable *table = &load->tables[load->table_count++];
    table->load = load;
    table->model = &model->tables[t];
    table->base = root_find(load->base, model->tables[t].name);
    table->report = &report->tables[report->table_count++];
    table->report->table = arena_strdup(report->arena, model->tables[t].name);
  }
  for (uint32_t t = 0; t < load->table_count; t++) TRY(plan_columns(&load->tables[t], error));
  for (uint32_t t = 0; t < load->table_count; t++) TRY(plan_links(&load->tables[t], error));
  for (uint32_t t = 0; t < load->table_count; t++) plan_members(&load->tables[t]);
  for (uint32_t t = 0; t < load->table_count; t++) TRY(plan_base(&load->tables[t], error));
  uint32_t ordered = 0;
  for (uint32_t t = 0; t < load->table_count; t++) order_visit(&load->tables[t], &ordered);
  return plan_files(load, error);
}
