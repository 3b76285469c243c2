// A pilot's units from one statement, and what follows from them.
#include "experiment_pilot.h"
#include "buffer.h"
#include "experiment_query.h"
#include "experiment_words.h"
#include <math.h>

enum {
  COLUMN_UNIT,
  COLUMN_LABEL,
  COLUMN_AFTER,
  COLUMN_BEFORE,
  COLUMN_EARLY,
  COLUMN_LATE,
  COLUMN_COVARIATES
};

// ---- The statement -----------------------------------------------------------------------------

static void measure_append(const char *measure, const char *day, int32_t from, int32_t to,
                           Buffer *text, Arena *arena) {
  buffer_printf(text, ", CAST(measure(%s) FILTER (WHERE %s BETWEEN %s AND %s) AS double precision)",
                sql_name(strchr(measure, '.') + 1, arena), day, sql_day(from, arena),
                sql_day(to, arena));
}

static const char *units_sql(const Pilot *pilot, const ExperimentStore *store, Arena *arena) {
  const CatalogCube *cube = store->catalog->find_cube(store->catalog, pilot->metric.cube);
  const char *day = sql_level(cube->time_level, "", arena);
  const char *level = sql_level(pilot->level, "", arena);
  const char *label = pilot->has_labels ? sql_level(pilot->level, "_label", arena) : level;
  int32_t first = pilot->start - pilot->before_days, middle = first + pilot->before_days / 2;
  const char *measure = pilot->metric.measure;
  Buffer text;
  buffer_init(&text);
  buffer_printf(&text, "SELECT CAST(%s AS text), CAST(%s AS text)", level, label);
  measure_append(measure, day, pilot->start, pilot->end, &text, arena);
  measure_append(measure, day, first, pilot->start - 1, &text, arena);
  measure_append(measure, day, first, middle - 1, &text, arena);
  measure_append(measure, day, middle, pilot->start - 1, &text, arena);
  for (uint32_t c = 0; c < pilot->covariate_count; c++)
    measure_append(pilot->covariates[c], day, first, pilot->start - 1, &text, arena);
  buffer_printf(&text, " FROM cube.%s WHERE %s BETWEEN %s AND %s AND %s IS NOT NULL GROUP BY 1, 2",
                sql_name(cube->name, arena), day, sql_day(first, arena), sql_day(pilot->end, arena),
                level);
  return sql_take(&text, arena);
}

// ---- Units -------------------------------------------------------------------------------------

// By its key or its label.
static bool is_named(const PilotUnit *unit, const char *value) {
  return strcmp(unit->name, value) == 0 || strcmp(unit->label, value) == 0;
}

static bool among(const char *const *values, uint32_t count, const PilotUnit *unit) {
  for (uint32_t i = 0; i < count; i++)
    if (is_named(unit, values[i])) return true;
  return false;
}

double pilot_value(const Pilot *pilot, const Value *value, int32_t days) {
  if (pilot->metric.is_ratio) return value->is_null ? NAN : value->d;
  return value->is_null ? 0 : value->d / days;
}

static bool unit_fill(const Pilot *pilot, const QueryRows *rows, uint32_t row, PilotUnit *unit) {
  int32_t before = pilot->before_days, early = before / 2;
  unit->after =
      pilot_value(pilot, query_value(rows, row, COLUMN_AFTER), pilot->end - pilot->start + 1);
  unit->before = pilot_value(pilot, query_value(rows, row, COLUMN_BEFORE), before);
  unit->early = pilot_value(pilot, query_value(rows, row, COLUMN_EARLY), early);
  unit->late = pilot_value(pilot, query_value(rows, row, COLUMN_LATE), before - early);
  unit->match = PILOT_NONE;
  unit->covariates[0] = unit->early;
  unit->covariates[1] = unit->late;
  for (uint32_t c = 0; c < pilot->covariate_count; c++) {
    const Value *value = query_value(rows, row, COLUMN_COVARIATES + c);
    unit->covariates[c] = value->is_null ? 0 : value->d;
  }
  // A unit that was not there before, or is gone, has no change.
  bool there = !query_value(rows, row, COLUMN_BEFORE)->is_null &&
               !query_value(rows, row, COLUMN_AFTER)->is_null;
  return there && isfinite(unit->after) && isfinite(unit->before) && isfinite(unit->early) &&
         isfinite(unit->late);
}

static void units_take(const Pilot *pilot, const QueryRows *rows, Arena *arena,
                       PilotResult *result) {
  bool *seen = ARENA_ARRAY(arena, bool, pilot->pilot_count + 1);
  memset(seen, 0, pilot->pilot_count + 1);
  result->units = ARENA_ARRAY(arena, PilotUnit, rows->row_count + 1);
  for (uint32_t row = 0; row < rows->row_count; row++) {
    PilotUnit *unit = &result->units[result->unit_count];
    *unit = (PilotUnit){.name = query_text(rows, row, COLUMN_UNIT, arena),
                        .label = query_text(rows, row, COLUMN_LABEL, arena)};
    if (!unit->label) unit->label = unit->name;
    for (uint32_t i = 0; i < pilot->pilot_count; i++)
      if (is_named(unit, pilot->pilot[i])) unit->is_pilot = seen[i] = true;
    if (!unit->is_pilot && pilot->other_count && !among(pilot->others, pilot->other_count, unit))
      continue;
    if (unit_fill(pilot, rows, row, unit))
      result->unit_count++;
    else if (unit->is_pilot)
      result->pilots_left_out++;
    else
      result->others_left_out++;
  }
  result->not_found = ARENA_ARRAY(arena, const char *, pilot->pilot_count + 1);
  for (uint32_t i = 0; i < pilot->pilot_count; i++)
    if (!seen[i]) result->not_found[result->not_found_count++] = pilot->pilot[i];
}

// ---- Words -------------------------------------------------------------------------------------

static void change_say(Buffer *out, const Pilot *pilot, const Difference *change,
                       WordsLanguage language) {
  bool ru = language == WORDS_RU;
  buffer_printf(
      out, ru ? "показатель «%s»: " : "%s: ", ru ? pilot->metric.title.ru : pilot->metric.title.en);
  words_percent(out, change->estimate, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? " относительно остальных (95\xC2\xA0% ДИ от "
                             : " relative to the others (95\xC2\xA0% interval ");
  words_points(out, change->low, NUMBER_SIGN, language);
  buffer_append_text(out, ru ? " до " : " to ");
  words_points(out, change->high, NUMBER_SIGN, language);
  buffer_append_char(out, ')');
}

static void found_say(Buffer *out, const Pilot *pilot, const PilotResult *result,
                      WordsLanguage language) {
  bool ru = language == WORDS_RU, matched = pilot->design == PILOT_MATCHED;
  if (result->code == PILOT_NOT_DECIDED)
    buffer_append_text(out, ru ? "Вывод невозможен: " : "Not decided: ");
  else
    buffer_append_text(out, ru ? "Свидетельство слабее, чем у теста: "
                               : "Weaker evidence than a test's: ");
  change_say(out, pilot, &result->estimate.relative, language);
  if (ru)
    buffer_append_text(out, matched ? "; сравнение с похожими по прошлому, не случайными."
                                    : "; группы выбраны не случайно.");
  else
    buffer_append_text(out, matched ? "; compared with those alike in the past, not drawn by lot."
                                    : "; the groups were not drawn by lot.");
}

static const char *sentence(const Pilot *pilot, const PilotResult *result, Arena *arena,
                            WordsLanguage language) {
  bool ru = language == WORDS_RU;
  Buffer out;
  buffer_init(&out);
  if (result->code == PILOT_TRENDS_DIFFER)
    buffer_append_text(
        &out, ru ? "Результат использовать нельзя: группы расходились ещё до начала (p < 0,05), "
                   "поэтому разница ничего не говорит о пилоте."
                 : "Do not use: the groups moved apart before the start already (p < 0.05), so the "
                   "difference says nothing of the pilot.");
  else if (result->code == PILOT_TOO_EARLY)
    buffer_append_text(&out, ru ? "Рано: последний день пилота ещё не прошёл."
                                : "Too early: the pilot's last day has not passed.");
  else if (result->code == PILOT_NO_DATA)
    buffer_append_text(
        &out, ru ? "Вывод невозможен: нужны хотя бы по две точки в пилоте и вне его, с данными до "
                   "начала и после."
                 : "Not decided: at least two units in the pilot and two others are needed, with "
                   "figures before the start and after it.");
  else
    found_say(&out, pilot, result, language);
  return sql_take(&out, arena);
}

// ---- The whole ---------------------------------------------------------------------------------

static PilotCode code_find(const Pilot *pilot, const ExperimentStore *store,
                           const PilotResult *result) {
  const PilotEstimate *estimate = &result->estimate;
  if (store->has_days && pilot->end > store->last_day) return PILOT_TOO_EARLY;
  if (!estimate->difference.tested || !estimate->relative.tested) return PILOT_NO_DATA;
  if (estimate->trend.tested && estimate->trend.p_value < PILOT_TREND_P) return PILOT_TRENDS_DIFFER;
  if (estimate->difference.low > 0) return PILOT_GAINED;
  return estimate->difference.high < 0 ? PILOT_LOST : PILOT_NOT_DECIDED;
}

static Status units_match(const Pilot *pilot, Job *job, PilotResult *result, Error *error) {
  uint32_t pilots = 0, covariates = pilot->covariate_count ? pilot->covariate_count : 2;
  for (uint32_t i = 0; i < result->unit_count; i++) pilots += result->units[i].is_pilot;
  if ((int64_t)pilots * result->unit_count > PILOT_PAIRS_MAX)
    return error_set(error, STATUS_LIMIT,
                     "%u units of the pilot among %u are too many to match; name fewer, or a "
                     "coarser level",
                     pilots, result->unit_count);
  TRY(pilot_match(result->units, result->unit_count, covariates, job, error));
  result->estimate = pilot_matched(result->units, result->unit_count, EXPERIMENT_LEVEL);
  return STATUS_OK;
}

static Status pilot_run(const Pilot *pilot, ExperimentSession *session, PilotResult *result,
                        Error *error) {
  QueryRows rows;
  TRY(experiment_query(session, units_sql(pilot, session->store, session->arena), PILOT_UNITS_MAX,
                       &rows, error));
  units_take(pilot, &rows, session->arena, result);
  if (pilot->design == PILOT_MATCHED)
    TRY(units_match(pilot, session->job, result, error));
  else
    result->estimate = pilot_difference(result->units, result->unit_count, EXPERIMENT_LEVEL);
  return pilot_course_read(pilot, session, result, error);
}

Status experiment_pilot_judge(const Pilot *pilot, const ExperimentStore *store, Job *job,
                              Arena *arena, PilotResult *result, Error *error) {
  ExperimentSession session;
  *result = (PilotResult){0};
  TRY(experiment_session_init(&session, store, job, arena, error));
  Status status = pilot_run(pilot, &session, result, error);
  result->rows_read = session.rows_read;
  result->bytes_read = session.bytes_read;
  experiment_session_clear(&session);
  if (status != STATUS_OK) return status;
  result->code = code_find(pilot, store, result);
  result->en = sentence(pilot, result, arena, WORDS_EN);
  result->ru = sentence(pilot, result, arena, WORDS_RU);
  return STATUS_OK;
}
