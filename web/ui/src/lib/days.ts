/*
 * Calendar arithmetic on ISO dates ("2025-12-31") and the periods that a reader may choose.
 * A preset is kept by name, so a saved link to "last 28 days" moves on with the data; it is counted
 * back from the last complete day (DEFINITIONS D2), never from the reader's clock.
 * Invariant: a Range is closed on both sides and never reversed.
 */
import type { DataState, Range } from './api';

export const PRESETS = ['yesterday', 'wtd', 'lastweek', 'mtd', 'month', 'quarter', 'lastquarter', 'ytd', 'lastyear', '7d', '28d', '90d', '12m', 'all'] as const;
export type Preset = (typeof PRESETS)[number];
export type Grain = 'day' | 'week' | 'month';

const DAY_MS = 86_400_000;
const ISO = /^\d{4}-\d{2}-\d{2}$/;

const stamp = (iso: string) => Date.parse(iso.slice(0, 10) + 'T00:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export const day_valid = (text: string) => ISO.test(text) && !Number.isNaN(stamp(text)) && iso(stamp(text)) === text;
export const day_add = (day: string, count: number) => iso(stamp(day) + count * DAY_MS);
export const day_diff = (from: string, to: string) => Math.round((stamp(to) - stamp(from)) / DAY_MS);
export const range_days = (range: Range) => day_diff(range.from, range.to) + 1;
/** 1 is Monday, 7 is Sunday. */
export const day_weekday = (day: string) => ((new Date(stamp(day)).getUTCDay() + 6) % 7) + 1;
export const month_start = (day: string) => day.slice(0, 7) + '-01';
export function month_add(day: string, count: number): string {
  const date = new Date(stamp(month_start(day)));
  date.setUTCMonth(date.getUTCMonth() + count);
  return iso(date.getTime());
}
const quarter_start = (day: string) => month_add(day, -((Number(day.slice(5, 7)) - 1) % 3));

const year_start = (day: string) => day.slice(0, 4) + '-01-01';
const week_start = (day: string) => day_add(day, 1 - day_weekday(day));
const month_ends = (day: string) => day_add(day, 1) === month_add(day, 1);

/** The whole calendar month, quarter or year that is complete by `last`. */
function last_complete(start: string, months: number, last: string): Range {
  const end = day_add(month_add(start, months), -1);
  return end <= last ? { from: start, to: end } : { from: month_add(start, -months), to: day_add(start, -1) };
}
/** From Monday to Sunday. */
function last_week(last: string): Range {
  const start = week_start(last);
  return day_weekday(last) === 7 ? { from: start, to: last } : { from: day_add(start, -7), to: day_add(start, -1) };
}
/** The day after the one of the same date a year ago; of the last day of a month, whole months. */
function twelve_months(last: string): string {
  if (month_ends(last)) return month_add(last, -11);
  return day_add(`${Number(last.slice(0, 4)) - 1}${last.slice(4)}`, 1);
}

/** The days of a preset, counted back from `last`; all days are those from `first`. */
export function preset_range(preset: Preset, last: string, first: string = last): Range {
  switch (preset) {
    case 'all': return { from: first, to: last };
    case 'yesterday': return { from: last, to: last };
    case 'wtd': return { from: week_start(last), to: last };
    case 'lastweek': return last_week(last);
    case 'month': return last_complete(month_start(last), 1, last);
    case 'mtd': return { from: month_start(last), to: last };
    case '7d': return { from: day_add(last, -6), to: last };
    case '28d': return { from: day_add(last, -27), to: last };
    case '90d': return { from: day_add(last, -89), to: last };
    case '12m': return { from: twelve_months(last), to: last };
    case 'lastquarter': return last_complete(quarter_start(last), 3, last);
    case 'quarter': return { from: quarter_start(last), to: last };
    case 'lastyear': return last_complete(year_start(last), 12, last);
    case 'ytd': return { from: year_start(last), to: last };
  }
}

export const is_preset = (text: string): text is Preset => (PRESETS as readonly string[]).includes(text);

/** "2025-12-01..2025-12-31" as a range; null when it is none. */
export function range_parse(text: string): Range | null {
  const [from, to, more] = text.split('..');
  if (more !== undefined || !from || !to || !day_valid(from) || !day_valid(to) || from > to) return null;
  return { from, to };
}
export const range_text = (range: Range) => `${range.from}..${range.to}`;

/**
 * The preset that a choice in the URL means; null: dates of the reader's own. The default, and what stands for an unreadable choice, is the
 * last complete month; of data that begin after it, all days, so that a page opens with figures.
 */
export function period_preset(choice: string, data: DataState): Preset | null {
  if (range_parse(choice)) return null;
  const preset = is_preset(choice) ? choice : 'month';
  const last = data.complete_to ?? data.to;
  return preset === 'month' && last && data.from && preset_range(preset, last).to < data.from ? 'all' : preset;
}

/** The days that a choice in the URL means now. */
export function period_range(choice: string, data: DataState): Range | null {
  const last = data.complete_to ?? data.to;
  if (!last) return null;
  const preset = period_preset(choice, data);
  if (preset === 'all') return preset_range(preset, data.to ?? last, data.from ?? last);
  return preset ? preset_range(preset, last) : range_parse(choice);
}

export function grain_of(range: Range): Grain {
  const days = range_days(range);
  return days <= 92 ? 'day' : days <= 400 ? 'week' : 'month';
}

/** The first day of the interval a date level's value stands for: "2025-12", "2025-W49", 2025. */
export function bucket_start(value: unknown): string | null {
  const text = String(value ?? '');
  if (ISO.test(text.slice(0, 10))) return text.slice(0, 10);
  if (/^\d{4}-\d{2}$/.test(text)) return text + '-01';
  if (/^\d{4}$/.test(text)) return text + '-01-01';
  const week = /^(\d{4})-?W(\d{2})$/.exec(text);
  if (!week) return null;
  const fourth = `${week[1]}-01-04`;
  return day_add(fourth, 1 - day_weekday(fourth) + (Number(week[2]) - 1) * 7);
}

const MONTHS: Record<string, number> = { month: 1, quarter: 3, year: 12 };

/** The last day of the interval that begins on `start`; null for a grain that is none of time's. */
export function interval_end(start: string, grain: string): string | null {
  if (grain === 'day') return start;
  if (grain === 'week') return day_add(start, 6);
  return MONTHS[grain] ? day_add(month_add(start, MONTHS[grain]), -1) : null;
}
const bucket_end = (start: string, grain: Grain) => interval_end(start, grain)!;

export interface Bucket { start: string; from: string; to: string; whole: boolean }

/** Every interval that touches the range, in order; one cut by the range's ends is not whole. */
export function range_buckets(range: Range, grain: Grain): Bucket[] {
  let start =
    grain === 'day' ? range.from
    : grain === 'week' ? day_add(range.from, 1 - day_weekday(range.from))
    : month_start(range.from);
  const buckets: Bucket[] = [];
  while (start <= range.to && buckets.length < 4000) {
    const end = bucket_end(start, grain);
    const from = start < range.from ? range.from : start;
    const to = end > range.to ? range.to : end;
    buckets.push({ start, from, to, whole: from === start && to === end });
    start = day_add(end, 1);
  }
  return buckets;
}
