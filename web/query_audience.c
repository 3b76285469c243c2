// See query_audience.h. A row is told by what it shows at the query's levels. Where two rows show
// the same (two stores of one name), neither can be told so, and both have null.
#include "query_audience.h"
#include "cell_members.h"
#include "cube_fact.h"
#include <stdlib.h>

Status query_audience_check(const DatabaseView *view, const CubeQuery *query, Error *error) {
  const Catalog *catalog = view->catalog;
  const char *name = NULL;
  SegmentMembers members;
  TRY(segment_members_find(view->root, catalog, &members, error));
  for (uint32_t c = 0; c < query->column_count && !name; c++)
    if (query->columns[c].kind == CUBE_MEASURE) name = query->columns[c].name;
  const char *const *cubes;
  uint32_t count = catalog->cube_names(catalog, &cubes);
  for (uint32_t c = 0; name && c < count; c++) {
    const CatalogCube *cube = catalog->find_cube(catalog, cubes[c]);
    if (!cube_find_measure(cube, name) || cube_find_level(cube, members.key->name)) continue;
    error_set(error, STATUS_UNSUPPORTED,
              "cube \"%s\" does not know of members: nobody is told behind \"%s\"", cube->name,
              name);
    return error_prefix_path(error, "audience");
  }
  return STATUS_OK;
}

static uint32_t level_count(const CubeQuery *query) {
  uint32_t levels = 0;
  while (levels < query->column_count && query->columns[levels].kind == CUBE_LEVEL) levels++;
  return levels;
}

// A new reference: the value of each level.
static json_t *row_place(const CubeQuery *query, const json_t *row) {
  json_t *place = json_object();
  for (uint32_t l = 0; l < level_count(query); l++)
    json_object_set(place, query->columns[l].name, json_array_get(row, l));
  return place;
}

static char *place_text(const json_t *place) {
  return json_dumps(place, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
}

// How often each place stands among them, by its text: a new reference.
static json_t *places_count(const json_t *places) {
  json_t *counts = json_object();
  const json_t *place;
  size_t i;
  json_array_foreach(places, i, place) {
    char *text = place_text(place);
    json_int_t before = json_integer_value(json_object_get(counts, text));
    json_object_set_new(counts, text, json_integer(before + 1));
    free(text);
  }
  return counts;
}

static void value_write(const char *key, json_t *value, JsonWriter *json) {
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
  json_write_key(json, key);
  buffer_append_text(json->out, text);
  json->comma = true;
  free(text);
}

static json_t *rows_audience(json_t *places) {
  json_t *counts = places_count(places), *rows = json_array(), *place;
  size_t i;
  json_array_foreach(places, i, place) {
    char *text = place_text(place);
    bool alone = json_integer_value(json_object_get(counts, text)) == 1;
    json_array_append_new(rows, alone ? json_pack("{s:O}", "at", place) : json_null());
    free(text);
  }
  json_decref(counts);
  return rows;
}

static Status places_read(const CubeQuery *query, Str rows, json_t **places, Error *error) {
  Buffer text;
  buffer_init(&text);
  buffer_append_char(&text, '[');
  buffer_append(&text, rows.data, rows.size);
  buffer_append_char(&text, ']');
  json_t *list = json_loadb(text.data, text.size, 0, NULL), *row;
  size_t i;
  buffer_clear(&text);
  *places = json_array();
  json_array_foreach(list, i, row) json_array_append_new(*places, row_place(query, row));
  json_decref(list);
  if (i <= QUERY_AUDIENCE_ROWS_MAX) return STATUS_OK;
  json_decref(*places);
  error_set(error, STATUS_LIMIT,
            "the answer has %zu rows; who is behind them is told of at most %d", i,
            QUERY_AUDIENCE_ROWS_MAX);
  return error_prefix_path(error, "audience");
}

Status query_audience_write(Str body, const CubeQuery *query, Str rows, JsonWriter *json,
                            Error *error) {
  json_t *places;
  TRY(places_read(query, rows, &places, error));
  json_t *document = json_loadb(body.data, body.size, 0, NULL);
  json_t *asked = cell_query(document), *told = rows_audience(places);
  json_t *limit = json_object_get(document, "limit"), *offset = json_object_get(document, "offset");
  json_write_key(json, "audience");
  json_write_object_open(json);
  value_write("query", asked, json);
  value_write("rows", told, json);
  if (query->totals) {
    json_t *whole = json_pack("{s:{}}", "at");
    value_write("totals", whole, json);
    json_decref(whole);
  }
  if (json_is_integer(limit) || json_integer_value(offset)) {
    json_t *others = json_pack("{s:O}", "others", places);
    value_write("others", others, json);
    json_decref(others);
  }
  json_write_object_close(json);
  json_decref(asked);
  json_decref(told);
  json_decref(places);
  json_decref(document);
  return STATUS_OK;
}
