// The passes of reading a model, one after the other, and look-ups by name.
//
// A pass runs even when the one before found faults, so that the writer sees all of them; only a
// text that is no YAML ends it at once. A model with a fault is never handed out.
#include "model.h"
#include "model_reader.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>

// ---- Titles ------------------------------------------------------------------------------------

static void title_fill(ModelText *title, const char *name) {
  if (!title->en) title->en = name;
  if (!title->ru) title->ru = title->en;
}

static void dimension_fill_titles(ModelDimension *dimension) {
  title_fill(&dimension->title, dimension->name);
  for (uint32_t i = 0; i < dimension->level_count; i++) {
    title_fill(&dimension->levels[i].title, dimension->levels[i].name);
  }
}

static void cube_fill_titles(ModelCube *cube) {
  title_fill(&cube->title, cube->name);
  for (uint32_t i = 0; i < cube->measure_count; i++) {
    ModelMeasure *measure = &cube->measures[i];
    title_fill(&measure->title, measure->name);
    if (!measure->definition.ru) measure->definition.ru = measure->definition.en;
  }
}

static void model_fill_titles(Model *model) {
  title_fill(&model->title, model->name);
  for (uint32_t t = 0; t < model->table_count; t++) {
    ModelTable *table = &model->tables[t];
    title_fill(&table->title, table->name);
    for (uint32_t c = 0; c < table->column_count; c++) {
      title_fill(&table->columns[c].title, table->columns[c].name);
    }
  }
  for (uint32_t i = 0; i < model->dimension_count; i++) {
    dimension_fill_titles(&model->dimensions[i]);
  }
  for (uint32_t i = 0; i < model->cube_count; i++) cube_fill_titles(&model->cubes[i]);
}

// ---- Reading -----------------------------------------------------------------------------------

static void take_yaml_fault(void *context, uint32_t line, uint32_t column, const char *message) {
  model_fault_add(context, (ModelPlace){line, column}, "%s", message);
}

static Model *model_create(const char *text, size_t size, const char *name) {
  Arena *arena = arena_create();
  Model *model = ARENA_NEW(arena, Model);
  model->arena = arena;
  model->file = arena_strdup(arena, name);
  model->text = arena_strndup(arena, text, size <= YAML_TEXT_BYTES_MAX ? size : 0);
  model->time_zone = "UTC";
  return model;
}

static void model_read(ModelReader *reader, const char *text, size_t size) {
  const YamlNode *root =
      yaml_tree_read(text, size, reader->arena, take_yaml_fault, &reader->faults);
  if (!root) return;
  model_read_root(reader, root);
  model_check_tables(reader);
  model_check_cubes(reader);
  model_check_attributes(reader);
}

Status model_read_text(const char *text, size_t size, const char *name, ModelFaultSink faults,
                       void *context, Model **model, Error *error) {
  *model = NULL;
  Model *made = model_create(text, size, name);
  ModelReader reader = {.model = made, .arena = made->arena};
  reader.source = (ModelSource){.decimal_point = '.', .has_header = true};
  model_faults_init(&reader.faults, made->arena, made->file);
  model_read(&reader, text, size);
  Status status = model_faults_finish(&reader.faults, faults, context, error);
  if (status != STATUS_OK) {
    model_destroy(made);
    return status;
  }
  model_fill_titles(made);
  *model = made;
  return STATUS_OK;
}

// Reads at most one byte more than a model may have.
static Status file_read(const char *path, char *text, size_t *size, Error *error) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    return error_set(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                     "cannot open the model %s: %s", path, strerror(errno));
  }
  *size = fread(text, 1, YAML_TEXT_BYTES_MAX + 1, file);
  int failed = ferror(file) ? errno : 0;
  fclose(file);
  if (failed) {
    return error_set(error, STATUS_IO, "cannot read the model %s: %s", path, strerror(failed));
  }
  return STATUS_OK;
}

Status model_read_file(const char *path, ModelFaultSink faults, void *context, Model **model,
                       Error *error) {
  *model = NULL;
  char *text = mem_alloc(YAML_TEXT_BYTES_MAX + 1);
  size_t size = 0;
  Status status = file_read(path, text, &size, error);
  if (status == STATUS_OK) {
    status = model_read_text(text, size, path, faults, context, model, error);
  }
  mem_free(text);
  return status;
}

void model_destroy(Model *model) {
  if (model) arena_destroy(model->arena); // the model itself lies in it
}

// ---- Look-ups ----------------------------------------------------------------------------------

const ModelTable *model_find_table(const Model *model, const char *name) {
  for (uint32_t i = 0; i < model->table_count; i++) {
    if (!strcmp(model->tables[i].name, name)) return &model->tables[i];
  }
  return NULL;
}

const ModelColumn *model_find_column(const ModelTable *table, const char *name) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (!strcmp(table->columns[i].name, name)) return &table->columns[i];
  }
  return NULL;
}

bool model_column_is_personal(const Model *model, const ModelTable *table,
                              const ModelColumn *column) {
  if (column->personal || column->kind != MODEL_COLUMN_THROUGH) return column->personal;
  const ModelColumn *link = model_find_column(table, column->through_link);
  const ModelTable *target = link && link->link ? model_find_table(model, link->link) : NULL;
  const ModelColumn *source = target ? model_find_column(target, column->through_column) : NULL;
  return source && model_column_is_personal(model, target, source);
}

const ModelAttribute *model_find_attribute(const Model *model, const char *name) {
  for (uint32_t i = 0; i < model->attribute_count; i++) {
    if (!strcmp(model->attributes[i].name, name)) return &model->attributes[i];
  }
  return NULL;
}

const ModelDimension *model_find_dimension(const Model *model, const char *name) {
  for (uint32_t i = 0; i < model->dimension_count; i++) {
    if (!strcmp(model->dimensions[i].name, name)) return &model->dimensions[i];
  }
  return NULL;
}

const ModelCube *model_find_cube(const Model *model, const char *name) {
  for (uint32_t i = 0; i < model->cube_count; i++) {
    if (!strcmp(model->cubes[i].name, name)) return &model->cubes[i];
  }
  return NULL;
}
