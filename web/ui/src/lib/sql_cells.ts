/*
 * How the cells of an answer are shown: one notation a column, decided over all its rows, so that
 * digits of one weight stand under each other. Thousands are grouped in the reader's language, but in
 * columns of short numbers (years, hours); no digit that the server sent is dropped but zeros that
 * the whole column ends in.
 */
import type { Lang } from './words';
import { NBSP } from './format';
import { cell_text, is_number_type, type SqlAnswer, type SqlCell } from './sql_answer';

const FIGURE_SPACE = '\u2007';
const PLAIN = /^-?\d+(\.\d+)?$/;

export interface CellShape {
  number: boolean;
  /** Every number with its exponent, for one of them needs it. */
  exponent: boolean;
  /** Digits after the point that are shown. */
  decimals: number;
  group: boolean;
}

/** The scale that the type promises: money keeps its two digits even where all are zero. */
function decimals_least(type: string): number {
  const scale = Number(/^decimal\(\d+,(\d+)\)/.exec(type)?.[1] ?? 0);
  return scale <= 4 ? scale : 0;
}

export function cell_shapes(answer: SqlAnswer): CellShape[] {
  return answer.columns.map(({ type }, c) => {
    const shape: CellShape = { number: is_number_type(type), exponent: false, decimals: decimals_least(type), group: false };
    if (!shape.number) return shape;
    for (const row of answer.rows) {
      const cell = row[c];
      if (typeof cell !== 'string') continue;
      if (!PLAIN.test(cell)) {
        if (/^-?\d/.test(cell)) shape.exponent = true;
        continue;
      }
      const point = cell.indexOf('.');
      const whole = (point < 0 ? cell.length : point) - (cell[0] === '-' ? 1 : 0);
      if (whole > 4) shape.group = true;
      if (point < 0) continue;
      let end = cell.length;
      while (cell[end - 1] === '0') end--;
      shape.decimals = Math.max(shape.decimals, end - point - 1);
    }
    return shape;
  });
}

export function cell_shown(cell: SqlCell, type: string, shape: CellShape, lang: Lang): string {
  if (cell === null) return 'NULL';
  if (!shape.number || typeof cell !== 'string') return cell_text(cell, type);
  if (shape.exponent) return number_sign(/^-?\d/.test(cell) ? Number(cell).toExponential() : cell).replace('.', lang === 'ru' ? ',' : '.');
  if (!PLAIN.test(cell)) return cell; // NaN, Infinity
  const [whole, fraction = ''] = cell.split('.');
  const grouped = shape.group ? whole.replace(/\B(?=(\d{3})+$)/g, lang === 'ru' ? NBSP : ',') : whole;
  return number_sign(grouped) + fraction_shown(fraction, type, shape.decimals, lang);
}

const number_sign = (text: string) => text.replace('-', '−');

/** Binary numbers have as many digits as they need; the place of the others stays empty. */
function fraction_shown(fraction: string, type: string, decimals: number, lang: Lang): string {
  if (!decimals) return '';
  const kept = fraction.slice(0, decimals);
  const point = lang === 'ru' ? ',' : '.';
  if (type.startsWith('decimal') || type.startsWith('numeric')) return point + kept.padEnd(decimals, '0');
  return kept ? point + kept.padEnd(decimals, FIGURE_SPACE) : FIGURE_SPACE.repeat(decimals) + '\u2008';
}
