/*
 * How the cells of a pivot are written: every column of a measure in one notation, the unit in its head,
 * each column as wide as its largest figure needs.
 */
import { column_find, type Cell, type Column } from './api';
import { change_text, column_shape, currency_sign, number_exact } from './format';
import { extents_find, type Grid, type Leaf } from './pivot_grid';
import type { Lang } from './words';

export interface CellStyle {
  column: Column;
  shape: Pick<Column, 'format' | 'unit' | 'scale' | 'type'>;
  /** The currency, for the head. */
  sign: string;
  width_px: number;
}
export type CellStyles = Map<string, CellStyle>;

/** How wide a text is drawn, in pixels; heads are smaller than figures, figures of groups and totals bold. */
export type TextWidth = (text: string, of: 'head' | 'figure') => number;

const ROOM_PX = 20;
const ARROW_PX = 12;
const WIDTH_MIN_PX = 64;

export const style_of = (styles: CellStyles, leaf: Pick<Leaf, 'measure' | 'kind'>): CellStyle => styles.get(leaf.measure + leaf.kind)!;

export function cell_styles(grid: Grid, lang: Lang, head: (leaf: Pick<Leaf, 'measure' | 'kind'>, sign: string) => string, width: TextWidth): CellStyles {
  const extents = extents_find(grid);
  const styles: CellStyles = new Map();
  const first = grid.answers[0][0];
  for (const measure of grid.measures) {
    for (const kind of ['measure', 'compare', 'change'] as const) {
      const at = column_find(first, measure, kind);
      if (at < 0) continue;
      const column = first.columns[at];
      const { low, high } = extents.get(measure + kind) ?? { low: 0, high: 0 };
      // The compared figures stand beside the measure's: in the same notation.
      const both = [extents.get(measure + 'measure'), extents.get(measure + 'compare')];
      const largest = Math.max(...both.flatMap((one) => (one ? [one.high, -one.low] : [])));
      const style = { column, shape: column_shape(column, largest), sign: currency_sign(column, lang), width_px: 0 };
      const figures = [low, high].map((value) => width(cell_text(value, kind, style, lang), 'figure') + (kind === 'change' ? ARROW_PX : 0));
      // A head may take several lines, but no word of it is cut.
      const words = head({ measure, kind }, style.sign).split(' ').map((word) => width(word, 'head'));
      style.width_px = Math.ceil(Math.max(WIDTH_MIN_PX, ...figures, ...words) + ROOM_PX);
      styles.set(measure + kind, style);
    }
  }
  return styles;
}

export function cell_text(value: Cell, kind: Leaf['kind'], style: CellStyle, lang: Lang): string {
  return kind === 'change' ? change_text(value, style.column.unit, lang) : number_exact(value, style.shape, lang);
}

/** With every digit that was answered, and the unit. */
export const cell_exact = (value: Cell, kind: Leaf['kind'], style: CellStyle, lang: Lang): string =>
  kind === 'change' ? change_text(value, style.column.unit, lang) : number_exact(value, style.column, lang);
