/*
 * What of a pivot is drawn: its first measure, the members of the outermost levels. Time and hours lie
 * along the axis wherever they stand; else the members of the rows do. Whatever is drawn is in the table.
 */
import type { Cell, Measure } from './api';
import type { Grid, Leaf, Line } from './pivot_grid';
import { path_same, type ChartKind, type Path } from './pivot_state';

export interface Series { name: string; values: (number | null)[] }
export interface Picture {
  kind: 'line' | 'bar' | 'stacked';
  /** Kinds that these data can be drawn as. */
  kinds: Picture['kind'][];
  leaf: Leaf;
  names: string[];
  series: Series[];
  /** Members of the axis have their own course: they are not sorted by size, and stand upright. */
  course: boolean;
  left_out: boolean;
}

export const SERIES_MAX = 6;
const PLACES_MAX = 400;
const BARS_MAX = 30;

interface Side { name: string; line: Line | null; path: Path }

export interface PictureInput { grid: Grid; measures: Measure[]; ordered: Set<string>; member: (value: Cell, level: string) => string; others: string; total: string }

export function picture_make({ grid, measures, ordered, member, others, total }: PictureInput, choice: ChartKind): Picture | null {
  const { pivot } = grid;
  const rows: Side[] = grid.lines.filter((line) => line.path.length === 1).map((line) => ({ name: member(line.path[0], pivot.rows[0]), line, path: [] }));
  const rest = grid.feet.find((line) => line.kind === 'others');
  if (rest) rows.push({ name: others, line: rest, path: [] });
  const paths = grid.leaves.map((leaf) => leaf.path).filter((path, i, all) => path.length === 1 && all.findIndex((one) => path_same(one, path)) === i);
  const columns: Side[] = paths.map((path) => ({ name: member(path[0], pivot.columns[0]), line: null, path }));
  const row_course = ordered.has(pivot.rows[0]);
  const along_columns = columns.length > 0 && (!rows.length || (!row_course && ordered.has(pivot.columns[0])));
  const places = along_columns ? columns : rows;
  const beside = along_columns ? rows : columns;
  if (places.length < 2) return null;

  const course = along_columns ? ordered.has(pivot.columns[0]) : row_course;
  const measure = measures[0];
  const leaf: Leaf = { path: [], measure: measure.name, kind: 'measure' };
  const whole: Side = { name: total, line: null, path: [] };
  const drawn = beside.length ? beside.slice(0, SERIES_MAX) : [whole];
  const shown = places.slice(0, course ? PLACES_MAX : BARS_MAX);
  const figure = (a: Side, b: Side): number | null => {
    const line = a.line ?? b.line ?? { kind: 'total' as const, path: [] };
    const value = grid.shown(line, { ...leaf, path: a.path.length ? a.path : b.path });
    return typeof value === 'number' ? value : null;
  };
  const kinds: Picture['kind'][] = [...(course ? (['line'] as const) : []), 'bar', ...(drawn.length > 1 && measure.parts === 'add' ? (['stacked'] as const) : [])];
  const usual = course ? 'line' : kinds.includes('stacked') ? 'stacked' : 'bar';
  return {
    kind: kinds.find((kind) => kind === choice) ?? usual,
    kinds, leaf, course,
    names: shown.map((place) => place.name),
    series: drawn.map((one) => ({ name: one.name, values: shown.map((place) => figure(place, one)) })),
    left_out: drawn.length < beside.length || shown.length < places.length
  };
}
