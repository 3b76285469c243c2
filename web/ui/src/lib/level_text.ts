/* A value of a level as it is read: months, weeks and weekdays by their names; no value is said as such. */
import type { Cell } from './api';
import { day_valid } from './days';
import { date_text, month_short, NBSP, quarter_text, weekday_name } from './format';
import { words, type Lang } from './words';

const GRAINS: Record<string, (day: string, lang: Lang) => string> = {
  day: date_text,
  week: (day, lang) => `${words[lang].week_of}${NBSP}${date_text(day, lang)}`,
  month: month_short,
  quarter: quarter_text,
  year: (day) => day.slice(0, 4)
};

/** `level`: its name, "date.month"; `time`: the dimension of the cube's time, if it has one. */
export function level_text(value: Cell, level: string, time: string | null, lang: Lang): string {
  if (value === null) return words[lang].no_value;
  if (typeof value === 'boolean') return words[lang][value ? 'yes' : 'no'];
  const [dimension, ...rest] = level.split('.');
  const grain = rest.join('.');
  if (grain === 'weekday' && Number(value) >= 1 && Number(value) <= 7) return weekday_name(Number(value), lang, 'long');
  if (level === 'hour.hour' && /^\d{1,2}$/.test(String(value))) return `${String(value).padStart(2, '0')}:00`;
  const day = typeof value === 'string' && day_valid(value.slice(0, 10)) ? value.slice(0, 10) : null;
  if (!day) return String(value);
  return dimension === time && GRAINS[grain] ? GRAINS[grain](day, lang) : date_text(day, lang);
}
