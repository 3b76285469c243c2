/*
 * Numbers, money and dates as a reader of English or Russian writes them: 1,234.5 and 31 Dec 2025;
 * 1 234,5 with non-breaking spaces and 31.12.2025. A missing value is a dash; minus is a minus sign.
 * Invariant: a shortened number always carries its unit ("1.24B", "1,24 млрд"), and `exact` texts are
 * never shortened.
 */
import type { Column, Measure, Range } from './api';
import type { Lang } from './words';

/** A name in the quotation marks of the language. */
export const quoted = (name: string, lang: Lang) => (lang === 'ru' ? `«${name}»` : `“${name}”`);

export const DASH = '–';
export const NBSP = '\u00a0';

type Shape = Pick<Column | Measure, 'format' | 'unit' | 'scale' | 'type'>;

const makers = new Map<string, Intl.NumberFormat>();
function maker(lang: Lang, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = lang + JSON.stringify(options);
  let made = makers.get(key);
  if (!made) makers.set(key, (made = new Intl.NumberFormat(lang === 'ru' ? 'ru-RU' : 'en-GB', options)));
  return made;
}

const tidy = (text: string) => text.replace(/^-|(?<=[^\d])-(?=\d)/, '−').replace(/\u202f/g, NBSP);

function decimals_of(shape: Shape): number {
  if (shape.format === 'integer' || shape.type === 'integer') return 0;
  if (shape.format === 'percent') return Math.min(shape.scale ?? 1, 1);
  return Math.min(shape.scale ?? 2, 4);
}

function money_options(shape: Shape): Intl.NumberFormatOptions {
  if (!shape.unit || !/^[A-Z]{3}$/.test(shape.unit)) return {};
  return { style: 'currency', currency: shape.unit, currencyDisplay: 'narrowSymbol' };
}

const percent_sign = (lang: Lang) => (lang === 'ru' ? NBSP + '%' : '%');

/** A percentage comes in percent when its unit says so, else as a fraction of one. */
function percent_text(value: number, shape: Shape, lang: Lang, least: number, most: number): string {
  const options = { minimumFractionDigits: least, maximumFractionDigits: most };
  if (shape.unit === '%') return tidy(maker(lang, options).format(value)) + percent_sign(lang);
  return tidy(maker(lang, { style: 'percent', ...options }).format(value));
}

/** Every digit the server sent. */
export function number_exact(value: unknown, shape: Shape, lang: Lang): string {
  if (typeof value !== 'number') return DASH;
  const digits = decimals_of(shape);
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  if (shape.format === 'percent') return percent_text(value, shape, lang, digits, digits);
  if (shape.format === 'money') return tidy(maker(lang, { ...options, ...money_options(shape) }).format(value));
  return tidy(maker(lang, options).format(value));
}

/**
 * The shape of a column whose head names the unit: plain digits, the same number of them after the point in
 * all its cells; large money without kopecks.
 */
export function column_shape(shape: Shape, largest: number): Shape {
  if (shape.format === 'money') return { format: 'decimal', type: 'decimal', unit: null, scale: largest >= 10_000 ? 0 : decimals_of(shape) };
  return shape;
}

/** "₽", "$"; nothing for a measure that is no money. */
export function currency_sign(shape: Shape, lang: Lang): string {
  if (shape.format !== 'money') return '';
  return maker(lang, money_options(shape)).formatToParts(0).find((part) => part.type === 'currency')?.value ?? '';
}

/** For tables and lists: large money without kopecks, anything else exact. */
export function number_table(value: unknown, shape: Shape, lang: Lang): string {
  if (typeof value !== 'number' || shape.format !== 'money' || Math.abs(value) < 10_000) return number_exact(value, shape, lang);
  return tidy(maker(lang, { maximumFractionDigits: 0, ...money_options(shape) }).format(value));
}

/** For tiles, bars and axes: at most `digits` significant digits, with the magnitude named. */
export function number_short(value: unknown, shape: Shape, lang: Lang, digits = 4): string {
  if (typeof value !== 'number') return DASH;
  const limit = shape.format === 'money' ? 100_000 : 1_000_000;
  if (shape.format === 'percent' || Math.abs(value) < limit) return number_table(value, shape, lang);
  const money = shape.format === 'money' ? money_options(shape) : {};
  return tidy(maker(lang, { notation: 'compact', maximumSignificantDigits: digits, minimumSignificantDigits: digits, ...money }).format(value));
}

const MAGNITUDES = [
  { from: 1e9, en: 'bn', ru: NBSP + 'млрд' },
  { from: 1e6, en: 'm', ru: NBSP + 'млн' },
  { from: 1e3, en: 'k', ru: NBSP + 'тыс.' }
] as const;

/** For lists: every number in the magnitude of the largest, so that their digits stand under each other. */
export function number_aligned(value: unknown, shape: Shape, lang: Lang, largest: number): string {
  const limit = shape.format === 'money' ? 100_000 : 1_000_000;
  if (typeof value !== 'number' || shape.format === 'percent' || largest < limit) return number_table(value, shape, lang);
  const magnitude = MAGNITUDES.find((m) => largest >= 10 * m.from)!;
  if (value !== 0 && Math.abs(value) < magnitude.from / 100) return number_short(value, shape, lang, 3);
  const digits = largest >= 1000 * magnitude.from && magnitude.from === 1e3 ? 0 : 1;
  const money = shape.format === 'money' ? money_options(shape) : {};
  const parts = maker(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits, ...money }).formatToParts(value / magnitude.from);
  const last = parts.findLastIndex((p) => p.type === 'fraction' || p.type === 'integer');
  return tidy(parts.map((p, i) => p.value + (i === last ? magnitude[lang] : '')).join(''));
}

/** For axes: as few digits as it takes; `group` false: years, which have no thousands. */
export function number_axis(value: number, shape: Shape, lang: Lang, group = true): string {
  if (shape.format === 'percent') return percent_text(value, shape, lang, 0, 1);
  const money = shape.format === 'money' ? money_options(shape) : {};
  const size: Intl.NumberFormatOptions = Math.abs(value) >= 10_000 ? { notation: 'compact', maximumSignificantDigits: 3 } : { minimumFractionDigits: 0, maximumFractionDigits: 2 };
  return tidy(maker(lang, { ...size, ...money, ...(group ? {} : { useGrouping: false }) }).format(value));
}

/** For the small cells of the heat map and the axis: three digits, no unit. */
export function number_tiny(value: unknown, lang: Lang): string {
  if (typeof value !== 'number') return DASH;
  const options: Intl.NumberFormatOptions = Math.abs(value) >= 10_000
    ? { notation: 'compact', maximumSignificantDigits: 3 }
    : { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 1 };
  return tidy(maker(lang, options).format(value));
}

/** For cells of any format that have little room: about three digits, of a share two. */
export function number_cell(value: number, shape: Shape, lang: Lang): string {
  const size = Math.abs(value);
  if (shape.format === 'percent') return tidy(maker(lang, { style: 'percent', maximumSignificantDigits: size >= 1 ? 3 : 2 }).format(value));
  return size < 10 ? tidy(maker(lang, { maximumFractionDigits: 2 }).format(value)) : number_tiny(value, lang);
}

/** A change with its sign: +4.2%, −1,3 п. п. (of a share, in points); a dash when there is no base. */
export function change_text(change: unknown, unit: string | null | undefined, lang: Lang): string {
  if (typeof change !== 'number') return DASH;
  const value = change;
  const big = Math.abs(value) >= 1000;
  const digits = maker(lang, { minimumFractionDigits: big ? 0 : 1, maximumFractionDigits: big ? 0 : 1 }).format(Math.abs(value));
  const sign = /[1-9]/.test(digits) ? (value > 0 ? '+' : '−') : '';
  if (unit === 'pp') return sign + digits + NBSP + (lang === 'ru' ? `п.${NBSP}п.` : 'pp');
  return sign + digits + percent_sign(lang);
}

const BYTE_UNITS = { en: ['B', 'kB', 'MB', 'GB', 'TB'], ru: ['Б', 'кБ', 'МБ', 'ГБ', 'ТБ'] } as const;

/** "1.24 MB", "12,4 ГБ": three digits, of a thousand bytes a step. */
export function bytes_text(bytes: number, lang: Lang): string {
  let step = 0;
  let size = bytes;
  while (size >= 999.5 && step < BYTE_UNITS.en.length - 1) {
    size /= 1000;
    step++;
  }
  return tidy(maker(lang, step ? { maximumSignificantDigits: 3, minimumSignificantDigits: 3 } : {}).format(size)) + NBSP + BYTE_UNITS[lang][step];
}

export const count_text = (value: number, lang: Lang) => tidy(maker(lang, {}).format(value));

const date_makers = new Map<string, Intl.DateTimeFormat>();
function date_maker(lang: Lang, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = lang + JSON.stringify(options);
  let made = date_makers.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(lang === 'ru' ? 'ru-RU' : 'en-GB', { timeZone: 'UTC', ...options });
    date_makers.set(key, made);
  }
  return made;
}
const at = (day: string) => new Date(day.slice(0, 10) + 'T00:00:00Z');

/** 31.12.2025 or 31 Dec 2025. */
export function date_text(day: string | null | undefined, lang: Lang): string {
  if (!day) return DASH;
  const month = lang === 'ru' ? '2-digit' : 'short';
  return date_maker(lang, { day: lang === 'ru' ? '2-digit' : 'numeric', month, year: 'numeric' }).format(at(day)).replace(' г.', '');
}

/** "31.12.2025, 22:47": the moment as the server wrote it, in the model's time zone. */
export function moment_text(moment: string | null | undefined, lang: Lang): string {
  if (!moment) return DASH;
  const time = /T(\d{2}:\d{2})/.exec(moment)?.[1];
  return date_text(moment, lang) + (time ? `, ${time}` : '');
}

/** The shortest form that stays clear: 1–31 Dec 2025; 01.12–31.12.2025. */
export function range_label(range: Range, lang: Lang): string {
  const { from, to } = range;
  if (from === to) return date_text(from, lang);
  if (from.slice(0, 4) !== to.slice(0, 4)) return `${date_text(from, lang)}${NBSP}–${NBSP}${date_text(to, lang)}`;
  if (lang === 'ru') return `${from.slice(8)}.${from.slice(5, 7)}–${date_text(to, lang)}`;
  if (from.slice(0, 7) === to.slice(0, 7)) return `${Number(from.slice(8))}–${date_text(to, lang)}`;
  const start = date_maker(lang, { day: 'numeric', month: 'short' }).format(at(from));
  return `${start}${NBSP}–${NBSP}${date_text(to, lang)}`;
}

/** As it is typed: 31.12.2025 or 31/12/2025. */
export function date_numeric(day: string, lang: Lang): string {
  const mark = lang === 'ru' ? '.' : '/';
  return [day.slice(8, 10), day.slice(5, 7), day.slice(0, 4)].join(mark);
}

/** A typed date as ISO: day, month, year with any mark between, or ISO itself. Null when it is none. */
export function date_parse(text: string): string | null {
  const trimmed = text.trim();
  if (/^\d{4}-\d{2}-\d{2}$/.test(trimmed)) return trimmed;
  const parts = /^(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})$/.exec(trimmed);
  return parts ? `${parts[3]}-${parts[2].padStart(2, '0')}-${parts[1].padStart(2, '0')}` : null;
}

/** A month as it is typed: 12.2025 or 12/2025. */
export const month_numeric = (month: string, lang: Lang): string => month.slice(5, 7) + (lang === 'ru' ? '.' : '/') + month.slice(0, 4);

/** A typed month as "2025-12": month and year with any mark between, or ISO itself. Null when it is none. */
export function month_parse(text: string): string | null {
  const trimmed = text.trim();
  const parts = /^(\d{1,2})[./ -](\d{4})$/.exec(trimmed);
  const iso = parts ? `${parts[2]}-${parts[1].padStart(2, '0')}` : trimmed;
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(iso) ? iso : null;
}

/** "December 2025". */
export const month_long = (day: string, lang: Lang) =>
  date_maker(lang, { month: 'long', year: 'numeric' }).format(at(day)).replace(' г.', '');

/** For a screen reader: "1 December 2025". */
export const date_long = (day: string, lang: Lang) =>
  date_maker(lang, { day: 'numeric', month: 'long', year: 'numeric' }).format(at(day)).replace(' г.', '');

export const day_short = (day: string, lang: Lang) =>
  date_maker(lang, { day: 'numeric', month: 'short' }).format(at(day)).replace('.', '');
export const month_short = (day: string, lang: Lang) =>
  date_maker(lang, { month: 'short', year: 'numeric' }).format(at(day)).replace(' г.', '').replace('.', '');
export const weekday_of_day = (day: string, lang: Lang) => date_maker(lang, { weekday: 'short' }).format(at(day));

/** "Q4 2025", «4-й кв. 2025». */
export function quarter_text(day: string, lang: Lang): string {
  const quarter = Math.ceil(Number(day.slice(5, 7)) / 3);
  return (lang === 'ru' ? `${quarter}-й${NBSP}кв.` : `Q${quarter}`) + NBSP + day.slice(0, 4);
}

/** 1 is Monday. */
export function weekday_name(index: number, lang: Lang, width: 'short' | 'long' = 'short'): string {
  return date_maker(lang, { weekday: width }).format(new Date(Date.UTC(2024, 0, index)));
}
