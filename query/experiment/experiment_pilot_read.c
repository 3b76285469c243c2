// A pilot's definition in JSON.
#include "experiment_pilot.h"
#include "experiment_reader.h"
#include "text.h"

#define VALUES_MAX 1000

static Status values_read(DefinitionReader *reader, const json_t *document, const char *key,
                          const char ***values, uint32_t *count) {
  const json_t *list = reader_member(document, key);
  *count = 0;
  if (!list) return STATUS_OK;
  if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > VALUES_MAX)
    return reader_wrong(reader, key, "an array of 1 to 1,000 values of the level, as texts");
  *values = ARENA_ARRAY(reader->arena, const char *, json_array_size(list));
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *value = json_array_get(list, i);
    const char *text = json_string_value(value);
    if (json_is_integer(value))
      text = arena_printf(reader->arena, "%lld", (long long)json_integer_value(value));
    if (!text || (json_is_string(value) && strlen(text) != json_string_length(value)))
      return reader_wrong(reader, arena_printf(reader->arena, "%s[%zu]", key, i),
                          "a value of the level: a text or a whole number");
    (*values)[(*count)++] = arena_strdup(reader->arena, text);
  }
  return STATUS_OK;
}

static Status level_find(DefinitionReader *reader, Pilot *pilot) {
  const Catalog *catalog = reader->store->catalog;
  const CatalogCube *cube = catalog->find_cube(catalog, pilot->metric.cube);
  const char **names = ARENA_ARRAY(reader->arena, const char *, cube->level_count + 1);
  for (uint32_t i = 0; i < cube->level_count; i++) {
    names[i] = cube->levels[i].name;
    if (strcmp(names[i], pilot->level) != 0) continue;
    pilot->has_labels = cube->levels[i].key != NULL;
    return STATUS_OK;
  }
  const char *nearest = text_nearest(pilot->level, names, cube->level_count);
  error_set(reader->error, STATUS_NOT_FOUND, "the cube %s has no level \"%.100s\"%s%s%s",
            cube->name, pilot->level, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
            nearest ? "\"?" : "");
  return error_prefix_path(reader->error, "level");
}

static Status covariate_read(DefinitionReader *reader, Pilot *pilot, const json_t *value,
                             const char *path) {
  const char *name = json_string_value(value);
  ExperimentMetric *metric = ARENA_NEW(reader->arena, ExperimentMetric);
  if (!name) return reader_wrong(reader, path, "a measure, as \"receipts.count\"");
  name = arena_strdup(reader->arena, name);
  if (experiment_metric_find(name, reader->store, reader->arena, metric, reader->error) !=
      STATUS_OK)
    return error_prefix_path(reader->error, "%s", path);
  if (strcmp(metric->cube, pilot->metric.cube) != 0)
    return reader_wrong(
        reader, path,
        arena_printf(reader->arena, "a measure of the primary's cube %s", pilot->metric.cube));
  pilot->covariates[pilot->covariate_count] = metric->measure;
  pilot->covariate_titles[pilot->covariate_count++] =
      experiment_measure_title(reader->store, metric);
  return STATUS_OK;
}

static Status covariates_read(DefinitionReader *reader, const json_t *document, Pilot *pilot) {
  const json_t *list = reader_member(document, "match_on");
  if (!list) return STATUS_OK;
  if (pilot->design != PILOT_MATCHED)
    return reader_wrong(reader, "match_on", "\"design\": \"matched_control\" beside it");
  if (!json_is_array(list) || !json_array_size(list) ||
      json_array_size(list) > PILOT_COVARIATES_MAX)
    return reader_wrong(reader, "match_on", "an array of 1 to 8 measures");
  for (size_t i = 0; i < json_array_size(list); i++)
    TRY(covariate_read(reader, pilot, json_array_get(list, i),
                       arena_printf(reader->arena, "match_on[%zu]", i)));
  return STATUS_OK;
}

static Status design_read(DefinitionReader *reader, const json_t *document, Pilot *pilot) {
  const char *design = "difference_in_differences";
  TRY(reader_text(reader, document, "", "design", &design));
  pilot->design = strcmp(design, "matched_control") == 0 ? PILOT_MATCHED : PILOT_DIFFERENCE;
  if (pilot->design == PILOT_MATCHED || strcmp(design, "difference_in_differences") == 0)
    return STATUS_OK;
  return reader_wrong(reader, "design", "\"difference_in_differences\" or \"matched_control\"");
}

static Status days_read(DefinitionReader *reader, const json_t *document, Pilot *pilot) {
  bool has_start, has_end;
  pilot->before_days = 84;
  TRY(reader_date(reader, document, "start", &has_start, &pilot->start));
  TRY(reader_date(reader, document, "end", &has_end, &pilot->end));
  TRY(reader_days(reader, document, "before_days", 2, &pilot->before_days));
  if (!has_start) return reader_wrong(reader, "start", "the pilot's first day");
  if (!has_end) return reader_wrong(reader, "end", "the pilot's last day");
  if (pilot->end < pilot->start || pilot->end - pilot->start >= EXPERIMENT_DAYS_MAX)
    return reader_wrong(reader, "end", "a day from the start on, within ten years");
  return STATUS_OK;
}

static Status metric_read(DefinitionReader *reader, const json_t *document, Pilot *pilot) {
  const char *name = NULL;
  TRY(reader_text(reader, document, "", "primary", &name));
  if (!name) return reader_wrong(reader, "primary", "a measure, such as \"receipts.sales\"");
  Status status =
      experiment_metric_find(name, reader->store, reader->arena, &pilot->metric, reader->error);
  if (status != STATUS_OK) return error_prefix_path(reader->error, "primary");
  pilot->metric.title = experiment_measure_title(reader->store, &pilot->metric);
  return STATUS_OK;
}

bool experiment_is_pilot(const json_t *document) {
  return json_object_get(document, "pilot") != NULL;
}

Status experiment_pilot_read(const json_t *document, const ExperimentStore *store, Arena *arena,
                             Pilot *pilot, Error *error) {
  DefinitionReader reader = {store, arena, NULL, error};
  *pilot = (Pilot){.id = "pilot"};
  TRY(READER_KEYS_CHECK(&reader, document, "", "id", "name", "design", "level", "pilot", "others",
                        "start", "end", "before_days", "primary", "match_on"));
  TRY(reader_text(&reader, document, "", "id", &pilot->id));
  pilot->name = (ModelText){pilot->id, pilot->id};
  TRY(reader_words(&reader, document, "", "name", &pilot->name));
  TRY(design_read(&reader, document, pilot));
  TRY(metric_read(&reader, document, pilot));
  TRY(reader_text(&reader, document, "", "level", &pilot->level));
  if (!pilot->level)
    return reader_wrong(&reader, "level", "what the pilot's units are, as \"store.store\"");
  TRY(level_find(&reader, pilot));
  TRY(values_read(&reader, document, "pilot", &pilot->pilot, &pilot->pilot_count));
  if (!pilot->pilot_count)
    return reader_wrong(&reader, "pilot", "an array of the values that had the pilot");
  TRY(values_read(&reader, document, "others", &pilot->others, &pilot->other_count));
  TRY(days_read(&reader, document, pilot));
  return covariates_read(&reader, document, pilot);
}
