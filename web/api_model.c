// GET /api/v1/model: everything that a page must know to ask and to show: cubes, levels, measures.
//
// Names and types come from the catalog, which is what queries are bound against; titles, units and
// directions from the model.
#include "api.h"
#include "catalog_words.h"
#include "cube_fact.h"
#include "cube_query.h"
#include "member_names.h"
#include "model_words.h"
#include <stdio.h>
#include <stdlib.h>

// The type of a measure's values, as a query gives them.
static Type measure_type(const DatabaseView *view, const char *name) {
  LogicalContext context = {.arena = arena_create(), .next_id = 1};
  CubeQuery query;
  char *text = arena_printf(context.arena, "{\"measures\":[\"%s\"]}", name);
  Type type = type_decimal(38, 2);
  if (cube_query_read(text, strlen(text), view->catalog, view->data.first, view->data.last,
                      api_measure_is_share, (void *)view->model, &context, &query,
                      NULL) == STATUS_OK &&
      query.column_count)
    type = query.columns[0].type;
  arena_destroy(context.arena);
  return type;
}

static const ModelCube *model_cube(const DatabaseView *view, const char *name) {
  return view->model ? model_find_cube(view->model, name) : NULL;
}

static void cube_write(const DatabaseView *view, const CatalogCube *cube, JsonWriter *json) {
  const ModelCube *words = model_cube(view, cube->name);
  json_write_object_open(json);
  json_write_key_text(json, "name", cube->name);
  api_write_title(json, "title", words ? &words->title : NULL, cube->name);
  json_write_key_text(json, "time", cube->time_level);
  json_write_key(json, "levels");
  json_write_array_open(json);
  for (uint32_t l = 0; l < cube->level_count; l++) json_write_text(json, cube->levels[l].name);
  json_write_array_close(json);
  json_write_key(json, "measures");
  json_write_array_open(json);
  for (uint32_t m = 0; m < cube->measure_count; m++) json_write_text(json, cube->measures[m].name);
  json_write_array_close(json);
  json_write_object_close(json);
}

static void level_write(const DatabaseView *view, const CatalogCube *cube,
                        const CatalogLevel *level, JsonWriter *json) {
  const ModelLevel *words = model_level_of(view->model, level->name);
  json_write_object_open(json);
  json_write_key_text(json, "name", level->name);
  json_write_key_text(json, "dimension", level->dimension);
  api_write_title(json, "title", words ? &words->title : NULL, level->name);
  json_write_key_text(json, "type", api_type_name(level->type));
  json_write_key(json, "parent");
  if (words && words->parent_count) {
    char parent[256];
    snprintf(parent, sizeof(parent), "%s.%s", level->dimension, words->parents[0]);
    json_write_text(json, parent);
  } else {
    json_write_null(json);
  }
  json_write_key(json, "values");
  int64_t count = catalog_level_values(view, cube, level);
  if (count < 0)
    json_write_null(json);
  else
    json_write_int(json, count);
  Arena *arena = arena_create();
  name_columns_write(json, "names", view->catalog, level->name, arena);
  arena_destroy(arena);
  json_write_object_close(json);
}

static bool cube_has_level(const CatalogCube *cube, const char *name) {
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (strcmp(cube->levels[l].name, name) == 0) return true;
  return false;
}

// Each level once, as the first cube that has it describes it.
static void levels_write(const DatabaseView *view, const CatalogCube *const *cubes, uint32_t count,
                         JsonWriter *json) {
  json_write_key(json, "levels");
  json_write_array_open(json);
  for (uint32_t c = 0; c < count; c++) {
    for (uint32_t l = 0; l < cubes[c]->level_count; l++) {
      const CatalogLevel *level = &cubes[c]->levels[l];
      bool seen = false;
      for (uint32_t b = 0; b < c && !seen; b++) seen = cube_has_level(cubes[b], level->name);
      if (!seen) level_write(view, cubes[c], level, json);
    }
  }
  json_write_array_close(json);
}

#define RATIO_DEPTH_MAX 8 // deeper ones are refused when they are asked

// Whether a measure can be split and filtered by time: a balance and a look-back window cannot, nor
// can a ratio of one.
static bool measure_by_time(const CatalogCube *cube, const CatalogMeasure *measure,
                            uint32_t depth) {
  if (!measure || depth > RATIO_DEPTH_MAX) return true;
  if (measure->kind != MEASURE_RATIO) return measure->window_days <= 0;
  const char *names[] = {measure->numerator, measure->denominator};
  for (int i = 0; i < 2; i++)
    if (names[i] && !measure_by_time(cube, cube_find_measure(cube, names[i]), depth + 1))
      return false;
  return true;
}

static void measures_write(const DatabaseView *view, const CatalogCube *const *cubes,
                           uint32_t count, JsonWriter *json) {
  json_write_key(json, "measures");
  json_write_array_open(json);
  for (uint32_t c = 0; c < count; c++) {
    for (uint32_t m = 0; m < cubes[c]->measure_count; m++) {
      const char *name = cubes[c]->measures[m].name;
      json_write_object_open(json);
      json_write_key_text(json, "name", name);
      json_write_key_text(json, "cube", cubes[c]->name);
      api_write_measure(json, model_measure_of(view->model, name), name, measure_type(view, name));
      json_write_key(json, "by_time");
      json_write_bool(json, measure_by_time(cubes[c], &cubes[c]->measures[m], 0));
      json_write_key_text(json, "parts", catalog_measure_parts(&cubes[c]->measures[m]));
      json_write_object_close(json);
    }
  }
  json_write_array_close(json);
}

// A whole number goes as a number, anything else as text.
static void definition_write(const ModelDefinition *definition, JsonWriter *json) {
  const char *value = definition->value;
  size_t digits = strspn(value, "0123456789");
  json_write_key(json, definition->name);
  if (digits && digits <= 15 && !value[digits])
    json_write_int(json, strtoll(value, NULL, 10));
  else
    json_write_text(json, value);
}

// What members are on a day, for segments.
static void attributes_write(const Model *model, JsonWriter *json) {
  json_write_key(json, "attributes");
  json_write_array_open(json);
  for (uint32_t a = 0; model && a < model->attribute_count; a++) {
    const ModelAttribute *attribute = &model->attributes[a];
    json_write_object_open(json);
    json_write_key_text(json, "name", attribute->name);
    api_write_title(json, "title", &attribute->title, attribute->name);
    json_write_key_text(json, "level", attribute->level);
    json_write_key(json, "values");
    json_write_array_open(json);
    for (uint32_t v = 0; v < attribute->value_count; v++) {
      json_write_object_open(json);
      json_write_key_text(json, "value", attribute->values[v].value);
      api_write_title(json, "title", &attribute->values[v].title, attribute->values[v].value);
      json_write_object_close(json);
    }
    json_write_array_close(json);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void model_write(const DatabaseView *view, JsonWriter *json) {
  const Model *model = view->model;
  json_write_key_text(json, "name", model ? model->name : NULL);
  api_write_title(json, "title", model ? &model->title : NULL, model ? model->name : NULL);
  json_write_key_text(json, "time_zone", model ? model->time_zone : NULL);
  json_write_key_text(json, "currency", model ? model->currency : NULL);
  json_write_key(json, "definitions");
  json_write_object_open(json);
  for (uint32_t d = 0; model && d < model->definition_count; d++)
    definition_write(&model->definitions[d], json);
  json_write_object_close(json);
  attributes_write(model, json);
}

Status api_model(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                 Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  const char *const *names;
  uint32_t count = view->catalog->cube_names(view->catalog, &names);
  const CatalogCube **cubes = mem_alloc(count * sizeof(CatalogCube *));
  for (uint32_t c = 0; c < count; c++) cubes[c] = view->catalog->find_cube(view->catalog, names[c]);
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  model_write(view, &json);
  data_state_write(&view->data, &json);
  json_write_key(&json, "cubes");
  json_write_array_open(&json);
  for (uint32_t c = 0; c < count; c++) cube_write(view, cubes[c], &json);
  json_write_array_close(&json);
  levels_write(view, cubes, count, &json);
  measures_write(view, cubes, count, &json);
  json_write_object_close(&json);
  mem_free(cubes);
  database_unpin(view);
  return STATUS_OK;
}
