/*
 * How the cells of a report are shown: by the format of their column, in one notation a column, so that
 * digits of one weight stand under each other. NULL is a dash. Money and counts are never shortened.
 */
import type { Cell, Column } from './api';
import { DASH, date_text, month_short, number_axis, number_cell, number_exact, weekday_name } from './format';
import type { Report, ReportColumn } from './reports';
import { report_word } from './report_words';
import type { SqlAnswer, SqlCell } from './sql_answer';
import { words, type Lang } from './words';

export interface ReportShape {
  column: ReportColumn;
  number: boolean;
  /** For lib/format. */
  figure: Pick<Column, 'format' | 'unit' | 'scale' | 'type'>;
  /** What a member is called in the reader's language. */
  named: (member: string) => string;
}
/** A member's name in the reader's language, of the first of the levels that knows it. */
export type Naming = (member: Cell, ...levels: string[]) => Cell;

const NUMBERS = new Set(['money', 'count', 'number', 'percent']);

/** Numbers that are names: nothing is added to them, and years have no thousands. */
const NAMED = new Set(['weekday', 'hour', 'year']);

/** Two digits after the point, or fewer where no cell has as many. */
function decimals_of(answer: SqlAnswer, at: number): number {
  let most = 0;
  for (const row of answer.rows) {
    const fraction = typeof row[at] === 'string' ? /\.(\d\d?)/.exec(row[at])?.[1].replace(/0+$/, '') : '';
    most = Math.max(most, fraction?.length ?? 0);
  }
  return most ? 2 : 0;
}

/** One shape a column of the answer, in its order. */
export function report_shapes(report: Report, answer: SqlAnswer, currency: string | null, naming: Naming = (member) => member): ReportShape[] {
  return answer.columns.map(({ name }, at) => {
    const column = report.columns.find((c) => c.name === name) ?? { name, title: { en: name, ru: name }, format: 'text' as const, levels: [] };
    const named = NAMED.has(column.name);
    const number = NUMBERS.has(column.format) && !named;
    const { format } = column;
    const figure =
      format === 'money' ? { format, unit: currency, scale: 2, type: 'decimal' }
      : format === 'percent' ? { format, unit: null, scale: 1, type: 'decimal' }
      : format === 'count' ? { format: 'integer' as const, unit: null, scale: 0, type: 'integer' }
      : { format: 'decimal' as const, unit: null, scale: decimals_of(answer, at), type: 'decimal' };
    return { column, number, figure, named: (member) => String(naming(member, ...column.levels)) };
  });
}

export const cell_number = (cell: SqlCell): number | null => (typeof cell === 'string' && cell !== '' && Number.isFinite(Number(cell)) ? Number(cell) : null);

/** Weekdays (1 is Monday), hours and years are said as such; what is not a number of that kind stays as it is. */
function named_text(name: string, cell: string, lang: Lang): string | null {
  if (name === 'weekday' && /^[1-7]$/.test(cell)) return weekday_name(Number(cell), lang);
  if (name === 'hour' && /^([01]?\d|2[0-3])$/.test(cell)) return `${cell.padStart(2, '0')}:00`;
  if (name === 'year' && /^\d{4}$/.test(cell)) return cell;
  return null;
}

/** "−0.0%" is said without its sign. */
const unsigned_zero = (text: string) => (/[1-9]/.test(text) ? text : text.replace('−', ''));

export function report_cell(cell: SqlCell, shape: ReportShape, lang: Lang): string {
  if (cell === null) return DASH;
  if (typeof cell === 'boolean') return words[lang][cell ? 'yes' : 'no'];
  const named = named_text(shape.column.name, cell, lang);
  if (named) return named;
  const { format } = shape.column;
  if (format === 'date') return date_text(cell, lang);
  if (format === 'month') return month_short(cell, lang);
  const value = shape.number ? cell_number(cell) : null;
  return value === null ? report_word(shape.named(cell), lang) : unsigned_zero(number_exact(value, shape.figure, lang));
}

/** In as little room as the cells of a heat map have. */
export function report_cell_tiny(cell: SqlCell, shape: ReportShape, lang: Lang): string {
  const value = shape.number ? cell_number(cell) : null;
  return value === null ? report_cell(cell, shape, lang) : unsigned_zero(number_cell(value, shape.figure, lang));
}

export const report_axis = (value: number, shape: ReportShape, lang: Lang): string => number_axis(value, shape.figure, lang);
