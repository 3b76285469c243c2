// See cell_members.h.
#include "cell_members.h"
#include "cube_fact.h"
#include "cube_query.h"
#include "date.h"
#include <stdlib.h>

// ---------------------------------------------------------------- the document

static Status place_check(const json_t *place, const char *path, Error *error) {
  const char *level;
  json_t *value;
  json_object_foreach((json_t *)place, level, value) {
    if (!json_is_object(value) && !json_is_array(value)) continue;
    error_set(error, STATUS_INVALID, "a value is expected: a text, a number, true, false or null");
    return error_prefix_path(error, "%s.%s", path, level);
  }
  return STATUS_OK;
}

static Status others_check(const json_t *others, Error *error) {
  size_t i;
  const json_t *place;
  if (!json_is_array(others))
    return error_set(error, STATUS_INVALID,
                     "\"others\" must be a list of cells, each an object: a value for each level");
  json_array_foreach(others, i, place) {
    if (!json_is_object(place))
      return error_set(error, STATUS_INVALID,
                       "\"others\" must be a list of objects: a value for each level");
    char path[32];
    snprintf(path, sizeof path, "others[%zu]", i);
    TRY(place_check(place, path, error));
  }
  return STATUS_OK;
}

Status cell_check(const json_t *document, bool with_limit, Error *error) {
  static const char *const known[] = {"query", "at", "others", "measure", "limit"};
  const char *key;
  json_t *value;
  size_t count = with_limit ? 5 : 4;
  json_object_foreach((json_t *)document, key, value) {
    size_t k = 0;
    while (k < count && strcmp(known[k], key) != 0) k++;
    if (k == count)
      return error_set(error, STATUS_INVALID,
                       "unknown key \"%.100s\"; expected query, at, others%s", key,
                       with_limit ? ", measure and limit" : " and measure");
  }
  const json_t *at = json_object_get(document, "at"), *others = json_object_get(document, "others"),
               *measure = json_object_get(document, "measure");
  if (at && !json_is_object(at))
    return error_set(error, STATUS_INVALID, "\"at\" must be an object: a value for each level");
  if (!json_is_object(json_object_get(document, "query")))
    return error_set(error, STATUS_INVALID, "\"query\" must be an object: a cube query");
  if (measure && !json_is_string(measure))
    return error_set(error, STATUS_INVALID, "\"measure\" must be a text: the name of a measure");
  if (at) TRY(place_check(at, "at", error));
  return others ? others_check(others, error) : STATUS_OK;
}

// Whether a value has, at any depth, an object with the key, and (text not NULL) this text there.
static bool has_key(const json_t *value, const char *name, const char *text) {
  const json_t *inner, *found = json_object_get(value, name);
  const char *key;
  size_t i;
  if (found && (!text || (json_is_string(found) && !strcmp(json_string_value(found), text))))
    return true;
  json_array_foreach(value, i, inner) if (has_key(inner, name, text)) return true;
  json_object_foreach((json_t *)value, key, inner) if (has_key(inner, name, text)) return true;
  return false;
}

// The dimension that splits rows by segments; NULL: none does.
static const json_t *segments_dimension(const json_t *query) {
  size_t i;
  const json_t *one;
  json_array_foreach(json_object_get(query, "dimensions"), i, one) {
    if (json_object_get(one, CUBE_SEGMENTS_LEVEL)) return one;
  }
  return NULL;
}

bool cell_asks_segments(const json_t *document) {
  const json_t *query = json_object_get(document, "query");
  return has_key(json_object_get(query, "filters"), "segment", NULL) || segments_dimension(query);
}

Status cell_measure(const json_t *document, const Catalog *catalog, const CatalogMeasure **measure,
                    Error *error) {
  const json_t *named = json_object_get(document, "measure");
  const json_t *measures = json_object_get(json_object_get(document, "query"), "measures");
  const char *name = json_string_value(named ? named : json_array_get(measures, 0));
  if (!name)
    return error_set(error, STATUS_INVALID,
                     "expected \"query\" with \"measures\", as POST "
                     "/api/v1/query takes them, and \"measure\", one of them");
  const char *const *cubes;
  uint32_t count = catalog->cube_names(catalog, &cubes);
  for (uint32_t c = 0; c < count; c++) {
    const CatalogCube *cube = catalog->find_cube(catalog, cubes[c]);
    *measure = cube_find_measure(cube, name);
    if (*measure) return STATUS_OK;
  }
  return error_set(error, STATUS_NOT_FOUND, "unknown measure \"%.200s\"", name);
}

json_t *cell_query(const json_t *query) {
  static const char *const kept[] = {"measures", "dimensions", "filters", "period"};
  json_t *made = json_object();
  for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
    json_t *value = json_object_get(query, kept[k]);
    if (value && !json_is_null(value)) json_object_set(made, kept[k], value);
  }
  return made;
}

// ---------------------------------------------------------------- filters

static bool has_dimension(const json_t *query, const char *level) {
  size_t i;
  const json_t *one;
  if (!strcmp(level, CUBE_SEGMENTS_LEVEL)) return segments_dimension(query);
  json_array_foreach(json_object_get(query, "dimensions"), i, one) {
    const char *name = json_string_value(json_is_object(one) ? json_object_get(one, "level") : one);
    if (name && !strcmp(name, level)) return true;
  }
  return false;
}

static json_t *segment_filter(const json_t *dimension, json_t *id) {
  json_t *filter = json_pack("{s:O}", "segment", id), *day = json_object_get(dimension, "as_of");
  if (day) json_object_set(filter, "as_of", day);
  return filter;
}

// What a level's value is, as a filter.
static json_t *value_filter(const json_t *query, const char *level, json_t *value) {
  if (!strcmp(level, CUBE_SEGMENTS_LEVEL)) return segment_filter(segments_dimension(query), value);
  if (json_is_null(value)) return json_pack("{s:s,s:b}", "level", level, "null", 1);
  return json_pack("{s:s,s:[O]}", "level", level, "in", value);
}

// Adds the filters of a place's levels; without: one that is left out, or NULL.
static Status place_filters(const json_t *query, const json_t *place, const char *path,
                            const char *without, json_t *filters, Error *error) {
  const char *level;
  json_t *value;
  json_object_foreach((json_t *)place, level, value) {
    if (!has_dimension(query, level)) {
      error_set(error, STATUS_INVALID, "the query has no such dimension");
      return error_prefix_path(error, "%s.%s", path, level);
    }
    if (!strcmp(level, CUBE_SEGMENTS_LEVEL) && !json_is_string(value)) {
      error_set(error, STATUS_INVALID, "the id of a segment is expected");
      return error_prefix_path(error, "%s.%s", path, level);
    }
    if (!without || strcmp(level, without) != 0)
      json_array_append_new(filters, value_filter(query, level, value));
  }
  return STATUS_OK;
}

// Adds {"not": any of the others}; segment: of those others that are of this one, or NULL: of all.
static Status others_filter(const json_t *query, const json_t *others, const char *segment,
                            json_t *filters, Error *error) {
  json_t *any = json_array();
  const json_t *place;
  size_t i;
  Status status = STATUS_OK;
  json_array_foreach(others, i, place) {
    const char *own = json_string_value(json_object_get(place, CUBE_SEGMENTS_LEVEL));
    if (status != STATUS_OK || (segment && own && strcmp(own, segment) != 0)) continue;
    json_t *all = json_array();
    status =
        place_filters(query, place, "others", segment ? CUBE_SEGMENTS_LEVEL : NULL, all, error);
    json_array_append_new(any, json_pack("{s:o}", "all", all));
  }
  json_array_append_new(filters, json_pack("{s:{s:o}}", "not", "any", any));
  return status;
}

// Of a query by segments: rows of the members of any of them, but of those pairs of a segment and a
// cell that are among the others.
static Status segments_filter(const json_t *query, const json_t *others, json_t *filters,
                              Error *error) {
  const json_t *dimension = segments_dimension(query),
               *ids = json_object_get(dimension, "segments");
  json_t *any = json_array(), *id;
  size_t i;
  Status status = STATUS_OK;
  json_array_foreach(ids, i, id) {
    json_t *all = json_array();
    json_array_append_new(all, segment_filter(dimension, id));
    if (status == STATUS_OK && others && json_is_string(id))
      status = others_filter(query, others, json_string_value(id), all, error);
    json_array_append_new(any, json_pack("{s:o}", "all", all));
  }
  json_array_append_new(filters, json_pack("{s:o}", "any", any));
  return status;
}

static Status filters_make(const json_t *document, json_t *filters, Error *error) {
  const json_t *query = json_object_get(document, "query"), *at = json_object_get(document, "at"),
               *others = json_object_get(document, "others");
  const json_t *own = json_object_get(query, "filters");
  if (json_is_array(own)) json_array_extend(filters, (json_t *)own);
  if (at) TRY(place_filters(query, at, "at", NULL, filters, error));
  if (segments_dimension(query) && !json_object_get(at, CUBE_SEGMENTS_LEVEL))
    return segments_filter(query, others, filters, error);
  return others ? others_filter(query, others, NULL, filters, error) : STATUS_OK;
}

// ---------------------------------------------------------------- the question

// A catalog whose cubes show the key of a member instead of its label.
typedef struct KeysCatalog {
  Catalog catalog; // the first member: what is handed on
  const Catalog *own;
  const CatalogLevel *level;
  Arena *arena;
} KeysCatalog;

static const CatalogCube *keys_find_cube(const Catalog *catalog, const char *name) {
  const KeysCatalog *keys = (const KeysCatalog *)catalog;
  const CatalogCube *cube = keys->own->find_cube(keys->own, name);
  if (!cube || !keys->level->key) return cube;
  CatalogCube *copy = ARENA_NEW(keys->arena, CatalogCube);
  CatalogLevel *levels = ARENA_ARRAY(keys->arena, CatalogLevel, cube->level_count);
  memcpy(levels, cube->levels, cube->level_count * sizeof *levels);
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (!strcmp(levels[l].name, keys->level->name) && levels[l].key) {
      levels[l].column = levels[l].key;
      levels[l].key = NULL;
    }
  *copy = *cube;
  copy->levels = levels;
  return copy;
}

static json_t *date_json(int32_t day) {
  char text[DATE_TEXT_BYTES];
  date_format(day, text);
  return json_string(text);
}

// The period of the query that is made, up to the day; false: it begins later.
static bool period_set(const json_t *query, const CellDays *days, json_t *made) {
  json_t *period = json_object_get(query, "period");
  int32_t day;
  if (json_is_null(period)) period = NULL;
  if (period) json_object_set(made, "period", period);
  if (!days->has_until) return true;
  json_t *from = json_object_get(period, "from"), *to = json_object_get(period, "to");
  if (json_is_string(from) &&
      date_parse(json_string_value(from), json_string_length(from), DATE_YMD, &day) &&
      day > days->until)
    return false;
  if (json_is_string(to) &&
      date_parse(json_string_value(to), json_string_length(to), DATE_YMD, &day) &&
      day <= days->until)
    return true;
  if (period && (!json_is_string(from) || !json_is_string(to))) return true; // a fault, told later
  json_object_set_new(made, "period",
                      json_pack("{s:o,s:o}", "from", from ? json_incref(from) : date_json(DATE_MIN),
                                "to", date_json(days->until)));
  return true;
}

static bool is_count(const CatalogMeasure *measure) {
  return measure->kind == MEASURE_AGGREGATE &&
         (measure->aggregate == AGGREGATE_COUNT || measure->aggregate == AGGREGATE_COUNT_ROWS ||
          measure->aggregate == AGGREGATE_COUNT_DISTINCT);
}

static Expr *is_there(Arena *arena, Expr *value) {
  Expr *null = expr_make(arena, EXPR_IS_NULL, TYPE_OF_BOOL, &value, 1, -1);
  return expr_make(arena, EXPR_NOT, TYPE_OF_BOOL, &null, 1, -1);
}

// The members of the query's rows for whom the measure has a value, in the order of their keys.
static Logical *members_keep(LogicalContext *context, const CatalogMeasure *measure,
                             Logical *tree) {
  Arena *arena = context->arena;
  Expr *member = logical_ref(context, tree, 0), *value = logical_ref(context, tree, 1);
  Expr *wanted = expr_and(arena, is_there(arena, member), is_there(arena, value));
  if (is_count(measure)) {
    Expr *zero = expr_constant(arena, (Value){.type = TYPE_OF_INT, .i = 0}, -1);
    Expr *pair[] = {value, zero};
    wanted = expr_and(arena, wanted, expr_call(arena, FUNCTION_GREATER, TYPE_OF_BOOL, pair, 2, -1));
  }
  tree = logical_filter(context, tree, wanted);
  member = logical_ref(context, tree, 0);
  return logical_project(context, tree, &member, (const char *[]){"member"}, 1);
}

static Status made_read(json_t *made, const Catalog *catalog, const CatalogLevel *level,
                        const CellDays *days, LogicalContext *context, CubeQuery *query,
                        Error *error) {
  KeysCatalog *keys = ARENA_NEW(context->arena, KeysCatalog);
  *keys =
      (KeysCatalog){.catalog = *catalog, .own = catalog, .level = level, .arena = context->arena};
  keys->catalog.find_cube = keys_find_cube;
  char *text = json_dumps(made, JSON_COMPACT | JSON_REAL_PRECISION(17));
  Status status = cube_query_read(text, strlen(text), &keys->catalog, days->first, days->last, NULL,
                                  NULL, context, query, error);
  free(text);
  return status == STATUS_OK ? STATUS_OK : error_prefix_path(error, "query");
}

Status cell_tree(const json_t *document, const Catalog *catalog, const SegmentMembers *members,
                 const CellDays *days, LogicalContext *context, Logical **tree, Error *error) {
  const json_t *query = json_object_get(document, "query");
  const CatalogLevel *level = members->key;
  const CatalogMeasure *measure;
  CubeQuery asked;
  *tree = NULL;
  TRY(cell_measure(document, catalog, &measure, error));
  if (level->key && has_key(json_object_get(query, "filters"), "level", level->name))
    return error_set(
        error, STATUS_UNSUPPORTED,
        "a filter asks for %s, which shows a label, and members are told by their keys",
        level->name);
  json_t *filters = json_array(), *made = json_object();
  json_object_set_new(made, "measures", json_pack("[s]", measure->name));
  json_object_set_new(made, "dimensions", json_pack("[s]", level->name));
  Status status = filters_make(document, filters, error);
  json_object_set_new(made, "filters", filters);
  bool begun = period_set(query, days, made);
  if (status == STATUS_OK && begun) {
    status = made_read(made, catalog, level, days, context, &asked, error);
    if (status == STATUS_OK) *tree = members_keep(context, measure, asked.tree);
  }
  json_decref(made);
  return status;
}
