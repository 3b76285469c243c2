// How the units of a pilot and those they are compared with went along, before the start and after
// it: the means that a reader sees drawn beside the estimate. The units are the estimate's own.
#include "buffer.h"
#include "experiment_pilot.h"
#include "experiment_query.h"
#include <math.h>
#include <stdlib.h>

enum { COLUMN_UNIT, COLUMN_STRETCH, COLUMN_VALUE };

// ---- Stretches ---------------------------------------------------------------------------------

// Days are cut at the start, so that no stretch is half before it.
typedef struct Stretches {
  int32_t first, last; // days that are read
  int32_t days;        // of a stretch
  int32_t zero;        // the day on which stretch 0 begins, or would
  uint32_t count;
} Stretches;

static Stretches stretches_make(const Pilot *pilot, const ExperimentStore *store) {
  Stretches stretches = {.first = pilot->start - pilot->before_days, .last = pilot->end, .days = 7};
  if (store->has_days && stretches.last > store->last_day) stretches.last = store->last_day;
  if (pilot->before_days < 14 || stretches.last - pilot->start + 1 < 14) stretches.days = 1;
  int32_t before = (pilot->before_days + stretches.days - 1) / stretches.days;
  stretches.zero = pilot->start - before * stretches.days;
  if (stretches.last >= stretches.first)
    stretches.count = (uint32_t)((stretches.last - stretches.zero) / stretches.days) + 1;
  return stretches;
}

static PilotPoint point_of(const Stretches *stretches, uint32_t s) {
  int32_t from = stretches->zero + (int32_t)s * stretches->days, to = from + stretches->days - 1;
  return (PilotPoint){.from = from < stretches->first ? stretches->first : from,
                      .to = to > stretches->last ? stretches->last : to};
}

static const char *course_sql(const Pilot *pilot, const ExperimentStore *store,
                              const Stretches *stretches, Arena *arena) {
  const CatalogCube *cube = store->catalog->find_cube(store->catalog, pilot->metric.cube);
  const char *day = sql_level(cube->time_level, "", arena);
  const char *level = sql_level(pilot->level, "", arena);
  return arena_printf(
      arena,
      "SELECT CAST(%s AS text), (%s - %s) / %d, CAST(measure(%s) AS double precision) FROM cube.%s "
      "WHERE %s BETWEEN %s AND %s AND %s IS NOT NULL GROUP BY 1, 2",
      level, day, sql_day(stretches->zero, arena), stretches->days,
      sql_name(strchr(pilot->metric.measure, '.') + 1, arena), sql_name(cube->name, arena), day,
      sql_day(stretches->first, arena), sql_day(stretches->last, arena), level);
}

// ---- Units -------------------------------------------------------------------------------------

typedef struct Place { // of a unit that is compared
  const char *name;
  uint32_t kind; // 0: of the others, 1: of the pilot
} Place;

static int place_compare(const void *a, const void *b) {
  return strcmp(((const Place *)a)->name, ((const Place *)b)->name);
}

// All units, or the pairs alone; by name.
static uint32_t places_make(const Pilot *pilot, const PilotResult *result, Place *places,
                            double units[2]) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < result->unit_count; i++) {
    const PilotUnit *unit = &result->units[i];
    if (pilot->design != PILOT_MATCHED) {
      places[count++] = (Place){unit->name, unit->is_pilot};
    } else if (unit->is_pilot && unit->match != PILOT_NONE) {
      places[count++] = (Place){unit->name, 1};
      places[count++] = (Place){result->units[unit->match].name, 0};
    }
  }
  for (uint32_t i = 0; i < count; i++) units[places[i].kind]++;
  qsort(places, count, sizeof *places, place_compare);
  return count;
}

typedef struct Sum {
  double value, units;
} Sum;

// Of a sum, a unit without rows in a stretch had nothing in it; of a ratio it has no value.
static double mean_of(const Pilot *pilot, const Sum *sum, double units) {
  double over = pilot->metric.is_ratio ? sum->units : units;
  return over > 0 ? sum->value / over : NAN;
}

static void rows_add(const Pilot *pilot, const QueryRows *rows, const Place *places, uint32_t count,
                     const PilotPoint *points, Sum (*sums)[2], Arena *arena) {
  for (uint32_t row = 0; row < rows->row_count; row++) {
    Place wanted = {.name = query_text(rows, row, COLUMN_UNIT, arena)};
    const Place *place = bsearch(&wanted, places, count, sizeof *places, place_compare);
    uint32_t s = (uint32_t)query_int(rows, row, COLUMN_STRETCH);
    if (!place) continue;
    double value =
        pilot_value(pilot, query_value(rows, row, COLUMN_VALUE), points[s].to - points[s].from + 1);
    if (!isfinite(value)) continue;
    sums[s][place->kind].value += value;
    sums[s][place->kind].units++;
  }
}

Status pilot_course_read(const Pilot *pilot, ExperimentSession *session, PilotResult *result,
                         Error *error) {
  Arena *arena = session->arena;
  Stretches stretches = stretches_make(pilot, session->store);
  QueryRows rows;
  double units[2] = {0};
  if (!stretches.count || !result->unit_count ||
      (uint64_t)stretches.count * result->unit_count > PILOT_COURSE_MAX)
    return STATUS_OK;
  Place *places = ARENA_ARRAY(arena, Place, 2 * (size_t)result->unit_count);
  uint32_t count = places_make(pilot, result, places, units);
  if (!count) return STATUS_OK;
  PilotPoint *points = ARENA_ARRAY(arena, PilotPoint, stretches.count);
  Sum(*sums)[2] = (Sum(*)[2])ARENA_ARRAY(arena, Sum, 2 * (size_t)stretches.count);
  memset(sums, 0, stretches.count * sizeof *sums);
  for (uint32_t s = 0; s < stretches.count; s++) points[s] = point_of(&stretches, s);
  TRY(experiment_query(session, course_sql(pilot, session->store, &stretches, arena),
                       4 * PILOT_COURSE_MAX, &rows, error));
  rows_add(pilot, &rows, places, count, points, sums, arena);
  for (uint32_t s = 0; s < stretches.count; s++) {
    points[s].others = mean_of(pilot, &sums[s][0], units[0]);
    points[s].pilot = mean_of(pilot, &sums[s][1], units[1]);
  }
  result->course = points;
  result->course_count = stretches.count;
  result->course_days = stretches.days;
  return STATUS_OK;
}
