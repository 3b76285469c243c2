// Reads days and moments off the columns' statistics: nothing is scanned.
//
// A cube's time is a level such as "date.day"; its dimension's path in the cube leads from the
// fact, through links, to a date or time stamp column: {"receipt", "business_date"}. That column's
// minimum and maximum are the days; the latest time stamp of any table on the path is the moment.
// The days are those of the model's first cube that has any: it leads (members registered years
// before the first sale would else make the data look older than they are).
#include "data_state.h"

#define PATH_TABLES_MAX 8

typedef struct TimePath {
  const Table *tables[PATH_TABLES_MAX]; // the fact first
  uint32_t table_count;
  const Column *column; // of the last table
} TimePath;

static const ModelCubeDimension *time_dimension(const ModelCube *cube) {
  size_t size = cube->time ? strcspn(cube->time, ".") : 0;
  for (uint32_t d = 0; size && d < cube->dimension_count; d++) {
    const char *name = cube->dimensions[d].dimension;
    if (strlen(name) == size && memcmp(name, cube->time, size) == 0) return &cube->dimensions[d];
  }
  return NULL;
}

static bool time_path_find(const Root *root, const ModelCube *cube, TimePath *path) {
  const ModelCubeDimension *dimension = time_dimension(cube);
  const Table *table = root_find(root, cube->table);
  *path = (TimePath){0};
  for (uint32_t i = 0; dimension && table && i < dimension->path_count; i++) {
    int32_t index = schema_find(table->schema, dimension->path[i]);
    if (index < 0 || path->table_count == PATH_TABLES_MAX) return false;
    path->tables[path->table_count++] = table;
    path->column = table->columns[index];
    const char *link = table->schema->columns[index].link;
    table = link ? root_find(root, link) : NULL;
  }
  return path->column != NULL;
}

static bool is_moment(Type type) {
  return type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

static int32_t day_of(Type type, int64_t value) {
  return is_moment(type) ? timestamp_date(value) : (int32_t)value;
}

static void days_set(const Column *column, DataState *state) {
  if (column->min > column->max || (column->type.kind != TYPE_DATE && !is_moment(column->type)))
    return;
  state->first = day_of(column->type, column->min);
  state->last = day_of(column->type, column->max);
  state->has_days = true;
}

static void moment_add(const Table *table, const TimeZone *zone, DataState *state) {
  for (uint32_t c = 0; c < table->schema->column_count; c++) {
    const Column *column = table->columns[c];
    if (!is_moment(column->type) || column->min > column->max) continue;
    int64_t moment = column->max;
    if (column->type.kind == TYPE_TIMESTAMPTZ && zone) moment = time_zone_to_local(zone, moment);
    if (!state->has_moment || moment > state->as_of) state->as_of = moment;
    state->has_moment = true;
  }
}

void data_state_find(const Root *root, const Model *model, DataState *state) {
  const TimeZone *zone = NULL;
  *state = (DataState){.loaded_at = root->published_at, .version = root->version};
  if (!model) return;
  if (time_zone_find(model->time_zone, &zone, NULL) == STATUS_OK)
    state->loaded_at = time_zone_to_local(zone, root->published_at);
  for (uint32_t c = 0; c < model->cube_count; c++) {
    TimePath path;
    if (!time_path_find(root, &model->cubes[c], &path)) continue;
    if (!state->has_days) days_set(path.column, state);
    for (uint32_t t = 0; t < path.table_count; t++) moment_add(path.tables[t], zone, state);
  }
}

static void day_write(const char *key, bool known, int32_t day, JsonWriter *json) {
  json_write_key(json, key);
  if (known)
    json_write_date(json, day);
  else
    json_write_null(json);
}

static int64_t whole_seconds(int64_t timestamp) {
  return timestamp / USEC_PER_SECOND * USEC_PER_SECOND;
}

void data_state_write_age(const DataState *state, JsonWriter *json) {
  json_write_key(json, "as_of");
  if (state->has_moment)
    json_write_timestamp(json, whole_seconds(state->as_of));
  else if (state->has_days)
    json_write_date(json, state->last);
  else
    json_write_null(json);
  json_write_key(json, "loaded_at");
  if (state->version)
    json_write_timestamp(json, whole_seconds(state->loaded_at));
  else
    json_write_null(json);
  json_write_key_int(json, "version", (int64_t)state->version);
}

void data_state_write(const DataState *state, JsonWriter *json) {
  json_write_key(json, "data");
  json_write_object_open(json);
  day_write("from", state->has_days, state->first, json);
  day_write("to", state->has_days, state->last, json);
  day_write("complete_to", state->has_days, state->last, json); // loads bring whole days
  data_state_write_age(state, json);
  json_write_object_close(json);
}
