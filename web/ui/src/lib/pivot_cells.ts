/*
 * How the cells of a pivot are written: every column of a measure in one notation, the unit in its head,
 * each column as wide as its largest figure needs.
 */
import { column_find, type Cell, type Column } from './api';
import { change_text, column_shape, currency_sign, number_exact } from './format';
import { is_change, type Figures } from './pivot_state';
import { extents_find, type Extents, type Grid, type Leaf } from './pivot_grid';
import type { Lang } from './words';

export interface CellStyle {
  column: Column;
  /** Of what is seen; the column is that of the figure. */
  shape: Pick<Column, 'format' | 'unit' | 'scale' | 'type'>;
  /** The currency, or the percent sign of a share, for the head. */
  sign: string;
  width_px: number;
}
export type CellStyles = Map<string, CellStyle>;

const PERCENT = { format: 'percent', unit: '%', scale: 1, type: 'decimal' } as const;

/** How wide a text is drawn, in pixels; heads are smaller than figures, figures of groups and totals bold. */
export type TextWidth = (text: string, of: 'head' | 'figure') => number;

const ROOM_PX = 20;
const ARROW_PX = 12;
const WIDTH_MIN_PX = 64;

export const style_of = (styles: CellStyles, leaf: Pick<Leaf, 'measure' | 'kind'>): CellStyle => styles.get(leaf.measure + leaf.kind)!;

function style_make(grid: Grid, measure: string, kind: Leaf['kind'], extents: Extents, lang: Lang): CellStyle | null {
  const at = column_find(grid.answers[0][0], measure, kind);
  if (at < 0) return null;
  const column = grid.answers[0][0].columns[at];
  const share = grid.is_share({ measure, kind });
  // The compared figures stand beside the measure's: in the same notation.
  const both = grid.kinds.filter((one) => !is_change(one)).map((one) => extents.get(measure + one));
  const largest = Math.max(...both.flatMap((one) => (one ? [one.high, -one.low] : [])));
  return { column, shape: share ? PERCENT : column_shape(column, largest), sign: share ? '%' : currency_sign(column, lang), width_px: 0 };
}

/** `group_px`: how wide the columns of one member together must be, for its name. */
export function cell_styles(grid: Grid, lang: Lang, head: (leaf: Pick<Leaf, 'measure' | 'kind'>, sign: string) => string, width: TextWidth, group_px: number): CellStyles {
  const extents = extents_find(grid);
  const styles: CellStyles = new Map();
  for (const measure of grid.measures) {
    for (const kind of new Set<Figures>(['measure', 'compare', 'change', ...grid.kinds])) {
      const style = style_make(grid, measure, kind, extents, lang);
      if (!style) continue;
      const { low, high } = extents.get(measure + kind) ?? { low: 0, high: 0 };
      const ends = grid.is_share({ measure, kind }) ? [-100, 100] : [low, high];
      const figures = ends.map((value) => width(cell_shown(value, kind, style, lang), 'figure') + (is_change(kind) ? ARROW_PX : 0));
      // A head may take several lines, but no word of it is cut, also beside the arrow of an order.
      const words = head({ measure, kind }, style.sign).split(' ').map((word) => width(word, 'head') + ARROW_PX);
      style.width_px = Math.ceil(Math.max(WIDTH_MIN_PX, ...figures, ...words) + ROOM_PX);
      styles.set(measure + kind, style);
    }
  }
  const group = grid.leaves.filter((leaf) => !leaf.path.length).reduce((sum, leaf) => sum + style_of(styles, leaf).width_px, 0);
  const [first] = grid.leaves;
  if (first && group_px > group) style_of(styles, first).width_px += group_px - group;
  return styles;
}

/** How a figure is written where no head names its unit: in a chart, in a file. */
export function figure_style(grid: Grid, leaf: Leaf, lang: Lang): CellStyle {
  const style = style_make(grid, leaf.measure, leaf.kind, extents_find(grid), lang)!;
  return grid.is_share(leaf) ? style : { ...style, shape: style.column };
}

/** A cell as it is seen. */
export function cell_shown(value: Cell, kind: Leaf['kind'], style: CellStyle, lang: Lang): string {
  return is_change(kind) ? change_text(value, style.column.unit, lang) : number_exact(value, style.shape, lang);
}

/** The figure behind it, with every digit that was answered and the unit. */
export const cell_exact = (value: Cell, kind: Leaf['kind'], style: CellStyle, lang: Lang): string =>
  is_change(kind) ? change_text(value, style.column.unit, lang) : number_exact(value, style.column, lang);
