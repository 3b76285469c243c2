// The experiments that a store's own tables describe, as definitions that could be sent.
//
// experiments: experiment, name, name_en, start_date, end_date, primary_metric, planned_test, maybe
// campaign; assignments: experiment, customer, arm, assigned_at. Arms are those that occur; the
// arm "test" has the planned share, the others share what is left.
#include "experiment_query.h"
#include <jansson.h>

#define STORED_MAX 10000

static bool table_has(const CatalogTable *table, const char *column) {
  for (uint32_t i = 0; i < table->column_count; i++)
    if (strcmp(table->columns[i].name, column) == 0) return true;
  return false;
}

bool experiment_tables_exist(const ExperimentStore *store) {
  static const char *const needed[][9] = {
      {"experiments", "experiment", "name", "name_en", "start_date", "end_date", "primary_metric",
       "planned_test", NULL},
      {"assignments", "experiment", "customer", "arm", "assigned_at", NULL}};
  for (size_t t = 0; t < 2; t++) {
    const CatalogTable *table = store->catalog->find_table(store->catalog, needed[t][0]);
    if (!table) return false;
    for (uint32_t n = 1; needed[t][n]; n++)
      if (!table_has(table, needed[t][n])) return false;
  }
  return true;
}

static json_t *day_json(const QueryRows *rows, uint32_t row, uint32_t column, Arena *arena) {
  const Value *value = query_value(rows, row, column);
  if (value->is_null) return json_null();
  CivilDate civil = date_to_civil((int32_t)value->i);
  return json_string(arena_printf(arena, "%04d-%02d-%02d", civil.year, civil.month, civil.day));
}

// The arms of one experiment, from `arms`' rows of it; the control first.
static json_t *arms_json(const QueryRows *arms, int64_t experiment, double planned_test,
                         Arena *arena) {
  uint32_t others = 0;
  json_t *list = json_array();
  for (uint32_t row = 0; row < arms->row_count; row++)
    others += query_int(arms, row, 0) == experiment &&
              strcmp(query_text(arms, row, 1, arena), "test") != 0;
  for (uint32_t row = 0; row < arms->row_count; row++) {
    if (query_int(arms, row, 0) != experiment) continue;
    const char *arm = query_text(arms, row, 1, arena);
    double share = strcmp(arm, "test") == 0 ? planned_test : (1 - planned_test) / others;
    json_array_append_new(list, json_pack("{s:s, s:f, s:b}", "id", arm, "share", share, "control",
                                          strcmp(arm, "control") == 0));
  }
  return list;
}

// Names of metrics and segments that this store has, each once.
static void known_add(json_t *list, const char *name, const char *not_this,
                      const ExperimentStore *store, Arena *arena) {
  ExperimentMetric metric;
  Error error = ERROR_INIT;
  if (strcmp(name, not_this) != 0 &&
      experiment_metric_find(name, store, arena, &metric, &error) == STATUS_OK)
    json_array_append_new(list, json_string(name));
}

static void metrics_set(json_t *definition, const char *primary, const ExperimentStore *store,
                        Arena *arena) {
  static const char *const usual[] = {"sales_per_customer", "receipts_per_customer", "buyers_share",
                                      "average_check", "items_per_check"};
  json_t *metrics = json_array(), *guardrails = json_array();
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
    known_add(metrics, usual[i], primary, store, arena);
  known_add(guardrails, "margin_per_customer", primary, store, arena);
  json_object_set_new(definition, "primary", json_string(primary));
  json_object_set_new(definition, "metrics", metrics);
  json_object_set_new(definition, "guardrails", guardrails);
}

static void segments_set(json_t *definition, const ExperimentStore *store, Arena *arena) {
  static const char *const usual[] = {"status", "acquisition_channel"};
  const Experiment dated = {.has_dates = true};
  json_t *segments = json_array();
  ExperimentSegment segment;
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
    if (experiment_segment_find(usual[i], &dated, store, arena, &segment))
      json_array_append_new(segments, json_string(usual[i]));
  json_object_set_new(definition, "segments", segments);
}

static json_t *definition_json(const QueryRows *rows, uint32_t row, const QueryRows *arms,
                               const ExperimentStore *store, Arena *arena) {
  int64_t key = query_int(rows, row, 0);
  const Value *planned = query_value(rows, row, 6);
  double test =
      planned->is_null ? 0.5 : decimal_to_double(query_wide(rows, row, 6), planned->type.scale);
  const char *ru = query_text(rows, row, 1, arena), *en = query_text(rows, row, 2, arena);
  const char *primary = query_text(rows, row, 5, arena);
  json_t *definition = json_pack("{s:s, s:{s:s, s:s}, s:{s:I}}", "id",
                                 arena_printf(arena, "%lld", (long long)key), "name", "en",
                                 en   ? en
                                 : ru ? ru
                                      : "?",
                                 "ru",
                                 ru   ? ru
                                 : en ? en
                                      : "?",
                                 "members", "experiment", (json_int_t)key);
  json_object_set_new(definition, "arms", arms_json(arms, key, test, arena));
  json_object_set_new(definition, "start", day_json(rows, row, 3, arena));
  json_object_set_new(definition, "end", day_json(rows, row, 4, arena));
  const char *campaign = query_text(rows, row, 7, arena);
  if (campaign) json_object_set_new(definition, "campaign", json_string(campaign));
  metrics_set(definition, primary ? primary : "sales_per_customer", store, arena);
  segments_set(definition, store, arena);
  return definition;
}

static Status stored_read(ExperimentSession *session, const char *id, json_t *definitions,
                          Error *error) {
  QueryRows rows, arms;
  Arena *arena = session->arena;
  const Catalog *catalog = session->store->catalog;
  const char *campaign =
      table_has(catalog->find_table(catalog, "experiments"), "campaign") ? "campaign" : "NULL";
  TRY(experiment_query(
      session,
      arena_printf(arena,
                   "SELECT experiment, CAST(name AS text), CAST(name_en AS text), start_date, "
                   "end_date, CAST(primary_metric AS text), CAST(planned_test AS decimal(9,6)), "
                   "CAST(%s AS text) FROM experiments ORDER BY start_date DESC, experiment DESC",
                   campaign),
      STORED_MAX, &rows, error));
  TRY(experiment_query(
      session,
      "SELECT experiment, CAST(arm AS text) FROM assignments WHERE arm IS NOT NULL "
      "GROUP BY 1, 2 ORDER BY 1, 2",
      STORED_MAX * EXPERIMENT_ARMS_MAX, &arms, error));
  for (uint32_t row = 0; row < rows.row_count; row++) {
    json_t *definition = definition_json(&rows, row, &arms, session->store, arena);
    bool asked = !id || strcmp(json_string_value(json_object_get(definition, "id")), id) == 0;
    if (asked)
      json_array_append_new(definitions, definition);
    else
      json_decref(definition);
  }
  return STATUS_OK;
}

Status experiment_stored(const ExperimentStore *store, const char *id, Job *job, Arena *arena,
                         json_t **definitions, Error *error) {
  ExperimentSession session;
  *definitions = json_array();
  if (!experiment_tables_exist(store)) return STATUS_OK;
  Status status = experiment_session_init(&session, store, job, arena, error);
  if (status == STATUS_OK) {
    status = stored_read(&session, id, *definitions, error);
    experiment_session_clear(&session);
  }
  if (status == STATUS_OK) return status;
  json_decref(*definitions);
  *definitions = NULL;
  return status;
}
