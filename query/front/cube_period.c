// Compared periods (D8), as arithmetic on dates alone.
//
// previous: whole calendar months against as many months before (so quarters and years too), any
// other period against as many days before. last_year: 364 days back, so that weekdays match.
// last_year_calendar: the same dates. Of an unfinished period the days so far are compared: with
// the same dates a year ago, else with equally many days of the other period.
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

static CubePeriod compared_period(const CubeRequest *request, CubePeriod period, int32_t *months) {
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

// --- notes: what the reader cannot see from the two periods ---

static const char *day_text(Arena *arena, int32_t day) {
  char text[DATE_TEXT_BYTES];
  date_format(day, text);
  return arena_strdup(arena, text);
}

static void note_add(Arena *arena, CubeComparison *comparison, const char *sentence) {
  const char *note = comparison->note;
  comparison->note = note ? arena_printf(arena, "%s %s", note, sentence) : sentence;
}

static int32_t period_days(CubePeriod period) {
  return period.to - period.from + 1;
}

static void note_elapsed(Arena *arena, CubePeriod period, int32_t last,
                         CubeComparison *comparison) {
  CubePeriod compared = comparison->period;
  note_add(arena, comparison,
           arena_printf(arena,
                        "The period is unfinished: its first %d of %d days (to %s) are compared "
                        "with %s to %s.",
                        last - period.from + 1, period_days(period), day_text(arena, last),
                        day_text(arena, compared.from), day_text(arena, compared.to)));
}

static void note_trim(Arena *arena, int32_t days, CubeComparison *comparison) {
  note_add(arena, comparison,
           arena_printf(arena,
                        "The compared period is longer: its last %d day%s have no counterpart "
                        "among the rows; totals include them.",
                        days, days == 1 ? "" : "s"));
}

const char *cube_period_note(Arena *arena, CubePeriod period, int32_t first, int32_t last) {
  if (!period.set) return NULL;
  if (first > last) return "There are no days with data.";
  if (period.from > last)
    return arena_printf(arena, "The period begins after the last day with data (%s).",
                        day_text(arena, last));
  if (period.to < first)
    return arena_printf(arena, "The period ends before the first day with data (%s).",
                        day_text(arena, first));
  return NULL;
}

// Periods that anybody may choose need not be alike, and data have a beginning.
static void note_differences(Arena *arena, const CubeRequest *request, int32_t first, int32_t last,
                             CubeComparison *comparison) {
  CubePeriod period = request->period, compared = comparison->period;
  const char *outside = cube_period_note(arena, period, first, last);
  if (outside) note_add(arena, comparison, outside);
  if (first > last) return;
  if (compared.to < first)
    note_add(arena, comparison,
             arena_printf(arena, "The compared period ends before the first day with data (%s).",
                          day_text(arena, first)));
  else if (compared.from < first)
    note_add(arena, comparison,
             arena_printf(arena,
                          "The compared period begins before the first day with data (%s): it has "
                          "%d of %d days.",
                          day_text(arena, first), compared.to - first + 1, period_days(compared)));
  if (compared.from > last)
    note_add(arena, comparison,
             arena_printf(arena, "The compared period begins after the last day with data (%s).",
                          day_text(arena, last)));
  else if (compared.to > last)
    note_add(
        arena, comparison,
        arena_printf(arena,
                     "The compared period ends after the last day with data (%s): it has %d of "
                     "%d days.",
                     day_text(arena, last), last - compared.from + 1, period_days(compared)));
  if (compared.from <= period.to && compared.to >= period.from)
    note_add(arena, comparison, "The two periods overlap.");
  if (period.to > last && period.from <= last) period.to = last;
  int32_t own = period_days(period), other = period_days(compared);
  bool months = whole_months(period) && whole_months(period) == whole_months(compared);
  if (own != other && !months)
    note_add(arena, comparison,
             arena_printf(arena, "The period has %d day%s, the compared one %d.", own,
                          own == 1 ? "" : "s", other));
}

static CubeShift make_shift(CubePeriod period, CubePeriod compared, int32_t months, bool fine) {
  if (months && months % 12 == 0) return (CubeShift){.months = months, .by_date = true};
  if (months && !fine) return (CubeShift){.months = months};
  return (CubeShift){.days = period.from - compared.from};
}

void cube_comparison_make(Arena *arena, const CubeRequest *request, int32_t first, int32_t last,
                          bool fine, bool any_time_level, CubeComparison *comparison) {
  int32_t months;
  CubePeriod period = request->period, compared = compared_period(request, period, &months);
  bool unfinished = period.to > last && period.from <= last;
  if (unfinished && request->compare == CUBE_COMPARE_LAST_YEAR_CALENDAR)
    compared = compared_period(request, period_of(period.from, last), &months);
  else if (unfinished && compared.from + (last - period.from) < compared.to)
    compared.to = compared.from + (last - period.from);
  *comparison = (CubeComparison){.period = compared};
  if (unfinished) note_elapsed(arena, period, last, comparison);
  comparison->shift = make_shift(period, compared, months, fine);
  int32_t extra = period_days(compared) - period_days(period);
  if (any_time_level && comparison->shift.months == 0 && extra > 0) {
    comparison->trim = true;
    comparison->trim_to = compared.to - extra;
    note_trim(arena, extra, comparison);
  }
  note_differences(arena, request, first, last, comparison);
}
