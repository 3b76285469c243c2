/*
 * With which days a period is compared (DEFINITIONS D8), and which of them stand beside which. By weekday,
 * the default, a day stands beside one of the same weekday: a year back is 364 days, any other way back a
 * whole number of weeks; whole calendar months are compared as such, and only what is drawn or listed by day
 * is laid weekday on weekday. By date, the first day stands beside the first day.
 * Invariant: compared days never overlap the period.
 */
import type { Compare, Range } from './api';
import { day_add, day_diff, day_weekday, month_add, month_start, range_days, range_parse } from './days';

export const COMPARES = ['previous', 'last_year'] as const;
export const MATCHES = ['weekday', 'date'] as const;
export type Match = (typeof MATCHES)[number];

/** As the reader chose them; `period`, `compare`: words or dates of the address. */
export interface CompareChoice { period: string; compare: string; match: Match }

export const compare_kind = (choice: string): (typeof COMPARES)[number] | 'custom' =>
  range_parse(choice) ? 'custom' : choice === 'last_year' ? 'last_year' : 'previous';

/** So many calendar months back lies what comes before a period that is still running. */
const MONTHS_BACK: Record<string, number> = { mtd: 1, quarter: 3, ytd: 12 };

const month_last = (day: string) => day_add(month_add(day, 1), -1);

/** How many calendar months the period is; 0: it is not of whole ones. */
function whole_months({ from, to }: Range): number {
  if (from !== month_start(from) || to !== month_last(to)) return 0;
  return 12 * (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) + Number(to.slice(5, 7)) - Number(from.slice(5, 7)) + 1;
}

/** The days before, as the server understands "previous". */
export function previous_range(period: Range): Range {
  const months = whole_months(period);
  return { from: months ? month_add(period.from, -months) : day_add(period.from, -range_days(period)), to: day_add(period.from, -1) };
}

function previous_of({ period: word, match }: CompareChoice, period: Range): Compare {
  if (whole_months(period)) return 'previous';
  const days = range_days(period);
  const months = MONTHS_BACK[word];
  const start = months ? month_add(period.from, -months) : day_add(period.from, -days);
  if (match === 'date') {
    if (!months) return 'previous';
    const end = day_add(start, days - 1);
    return { from: start, to: end < period.from ? end : day_add(period.from, -1) };
  }
  const weeks = Math.max(Math.round(day_diff(start, period.from) / 7), Math.ceil(days / 7));
  if (7 * weeks === days) return 'previous';
  return { from: day_add(period.from, -7 * weeks), to: day_add(period.to, -7 * weeks) };
}

/** What is asked of the server for the period before, a year back, and as the reader chose. */
export function compare_asks(choice: CompareChoice, period: Range | null): { previous: Compare; last_year: Compare; chosen: Compare } {
  const previous = period ? previous_of(choice, period) : 'previous';
  const last_year = choice.match === 'date' ? 'last_year_calendar' : 'last_year';
  const literal = range_parse(choice.compare);
  return { previous, last_year, chosen: literal ?? (choice.compare === 'last_year' ? last_year : previous) };
}

/** Those of the compared days that can be laid on the period, weekday on weekday; all of them by date. */
export function compared_days(period: Range, compared: Range, match: Match): Range {
  if (match === 'date') return compared;
  const late = (day_weekday(period.from) - day_weekday(compared.from) + 7) % 7;
  const from = day_add(compared.from, late);
  return from <= compared.to ? { from, to: compared.to } : compared;
}

/** Days, weeks and weekdays are where it shows on which weekday a compared day is laid. */
export const level_by_weekday = (level: string, time: string | null): boolean =>
  time !== null && ['day', 'week', 'weekday'].some((grain) => level === `${time}.${grain}`);

/** What is asked for a table by those levels: the compared days, moved by whole weeks. */
export function compare_by_day(chosen: Compare, period: Range | null, match: Match): Compare {
  if (!period || match === 'date' || chosen === 'last_year' || chosen === 'last_year_calendar') return chosen;
  const compared = chosen === 'previous' ? previous_range(period) : chosen;
  const days = compared_days(period, compared, match);
  return days.from === compared.from ? chosen : days;
}
