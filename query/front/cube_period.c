// Compared periods (D8), as arithmetic on dates alone.
//
// previous: whole calendar months against as many months before (so quarters and years too), any
// other period against as many days before. last_year: 364 days back, so that weekdays match.
// last_year_calendar: the same dates. An unfinished period takes equal elapsed days of the other.
//
// Rows by time are laid beside each other by shifting the compared dates forward before they are
// truncated: by whole months where the comparison is by calendar months and only months, quarters
// or years are shown; a year (or several) always by date, 29 February falling on the 28th; else by
// the days between the two beginnings. A longer compared period (January beside February) then has
// days without a counterpart: they are left out of the rows, not of the totals, and the note says
// so.
#include "cube_period.h"
#include "date.h"

#define YEAR_DAYS 364

// The number of whole calendar months from..to covers, 0 when it is not whole months.
static int32_t whole_months(CubePeriod period) {
  CivilDate from = date_to_civil(period.from), after = date_to_civil(period.to + 1);
  if (from.day != 1 || after.day != 1) return 0;
  return (after.year - from.year) * 12 + after.month - from.month;
}

static CubePeriod period_of(int32_t from, int32_t to) {
  return (CubePeriod){.set = true, .from = from, .to = to};
}

static CubePeriod compared_period(const CubeRequest *request, int32_t *months) {
  CubePeriod period = request->period;
  int32_t days = period.to - period.from + 1;
  *months = 0;
  switch (request->compare) {
  case CUBE_COMPARE_PREVIOUS:
    *months = whole_months(period);
    if (*months) return period_of(date_add_months(period.from, -*months), period.from - 1);
    return period_of(period.from - days, period.from - 1);
  case CUBE_COMPARE_LAST_YEAR:
    return period_of(period.from - YEAR_DAYS, period.to - YEAR_DAYS);
  case CUBE_COMPARE_LAST_YEAR_CALENDAR:
    *months = 12;
    if (whole_months(period)) // February whole, though a day longer or shorter
      return period_of(date_add_months(period.from, -12), date_add_months(period.to + 1, -12) - 1);
    return period_of(date_add_months(period.from, -12), date_add_months(period.to, -12));
  case CUBE_COMPARE_DATES: {
    int32_t own = whole_months(period), other = whole_months(request->compare_dates);
    CivilDate a = date_to_civil(period.from), b = date_to_civil(request->compare_dates.from);
    if (own && own == other) *months = (a.year - b.year) * 12 + a.month - b.month;
    return request->compare_dates;
  }
  case CUBE_COMPARE_NONE:
    break;
  }
  return (CubePeriod){0};
}

static const char *elapsed_note(Arena *arena, CubePeriod period, int32_t last,
                                CubePeriod compared) {
  char to[DATE_TEXT_BYTES], from[DATE_TEXT_BYTES], until[DATE_TEXT_BYTES];
  date_format(last, to);
  date_format(compared.from, from);
  date_format(compared.to, until);
  return arena_printf(arena,
                      "The period is unfinished: its first %d of %d days (to %s) are compared with "
                      "%s to %s.",
                      last - period.from + 1, period.to - period.from + 1, to, from, until);
}

static const char *trim_note(Arena *arena, const char *note, int32_t days) {
  return arena_printf(arena,
                      "%s%sThe compared period is longer: its last %d day%s have no counterpart "
                      "among the rows; totals include them.",
                      note ? note : "", note ? " " : "", days, days == 1 ? "" : "s");
}

static CubeShift make_shift(CubePeriod period, CubePeriod compared, int32_t months, bool fine) {
  if (months && months % 12 == 0) return (CubeShift){.months = months, .by_date = true};
  if (months && !fine) return (CubeShift){.months = months};
  return (CubeShift){.days = period.from - compared.from};
}

void cube_comparison_make(Arena *arena, const CubeRequest *request, int32_t last, bool fine,
                          bool any_time_level, CubeComparison *comparison) {
  int32_t months;
  CubePeriod period = request->period, compared = compared_period(request, &months);
  *comparison = (CubeComparison){0};
  if (period.to > last && period.from <= last) {
    int32_t elapsed_to = compared.from + (last - period.from);
    if (elapsed_to < compared.to) compared.to = elapsed_to;
    comparison->note = elapsed_note(arena, period, last, compared);
  }
  comparison->period = compared;
  comparison->shift = make_shift(period, compared, months, fine);
  int32_t extra = (compared.to - compared.from) - (period.to - period.from);
  if (any_time_level && comparison->shift.months == 0 && extra > 0) {
    comparison->trim = true;
    comparison->trim_to = compared.to - extra;
    comparison->note = trim_note(arena, comparison->note, extra);
  }
}
