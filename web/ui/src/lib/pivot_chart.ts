/*
 * What of a pivot is drawn: its first measure, the members of the outermost levels. Time and hours lie
 * along the axis wherever they stand; else the members of the rows do. A heat map keeps rows as lines and
 * columns as columns; a scatter chart has the first measure across and the second up, a point a member.
 * Whatever is drawn is in the table.
 */
import type { Cell, Measure } from './api';
import type { Grid, Leaf, Line } from './pivot_grid';
import { path_same, type ChartKind, type Path } from './pivot_state';

export interface Series { name: string; values: (number | null)[] }
/** What is drawn, whatever it is of. */
export interface Drawn {
  kind: 'line' | 'bar' | 'stacked' | 'scatter' | 'heatmap';
  names: string[];
  /** Of a heat map its lines; of a scatter chart the figures across and those upwards. */
  series: Series[];
  /** Members of the axis have their own course: they are not sorted by size, and stand upright. */
  course: boolean;
  left_out: boolean;
  /** Of a scatter chart: some members lack one of the two figures. */
  unplaced: boolean;
}
export interface Picture extends Drawn {
  /** Kinds that these data can be drawn as. */
  kinds: Picture['kind'][];
  leaf: Leaf;
  /** Of a scatter chart: what is drawn upwards. */
  up: Leaf | null;
  /** Of a course: the level along the axis and its members, place by place. */
  axis: { level: string; members: Cell[] } | null;
}

export const SERIES_MAX = 6;
const PLACES_MAX = 400;
const BARS_MAX = 30;
const POINTS_MAX = 2000;
const HEAT_SIDE_MAX = 60;
/** More members beside the axis than this are seen better as shades than as bars or lines. */
const HEAT_FROM = 12;

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
  const second = measures[1] && !columns.length && !course ? { ...leaf, measure: measures[1].name } : null;
  const whole: Side = { name: total, line: null, path: [] };
  const figure = (a: Side, b: Side, of = leaf): number | null => {
    const line = a.line ?? b.line ?? { kind: 'total' as const, path: [] };
    const value = grid.shown(line, { ...of, path: a.path.length ? a.path : b.path });
    return typeof value === 'number' ? value : null;
  };
  const square = rows.length > 1 && columns.length > 1;
  const kinds: Picture['kind'][] = [
    ...(course ? (['line'] as const) : []),
    'bar',
    ...(beside.length > 1 && measure.parts === 'add' ? (['stacked'] as const) : []),
    ...(second ? (['scatter'] as const) : []),
    ...(square ? (['heatmap'] as const) : [])
  ];
  const both = square && row_course && ordered.has(pivot.columns[0]);
  const fits = both || (square && beside.length > HEAT_FROM) ? 'heatmap' : second && rows.length > BARS_MAX ? 'scatter' : course ? 'line' : kinds.includes('stacked') ? 'stacked' : 'bar';
  const kind = kinds.find((one) => one === choice) ?? fits;
  const common = { kind, kinds, leaf, course, up: null, axis: null, unplaced: false };

  if (kind === 'scatter' && second) {
    const points = rows.filter((row) => figure(row, whole) !== null && figure(row, whole, second) !== null);
    const shown = points.slice(0, POINTS_MAX);
    return { ...common, up: second, names: shown.map((row) => row.name), series: [leaf, second].map((of) => ({ name: of.measure, values: shown.map((row) => figure(row, whole, of)) })), left_out: shown.length < points.length, unplaced: points.length < rows.length };
  }
  if (kind === 'heatmap') {
    const [down, across] = [rows.slice(0, HEAT_SIDE_MAX), columns.slice(0, HEAT_SIDE_MAX)];
    return { ...common, names: across.map((one) => one.name), series: down.map((row) => ({ name: row.name, values: across.map((one) => figure(row, one)) })), left_out: down.length < rows.length || across.length < columns.length };
  }
  const drawn = beside.length ? beside.slice(0, SERIES_MAX) : [whole];
  const shown = places.slice(0, course ? PLACES_MAX : BARS_MAX);
  return {
    ...common,
    axis: course ? { level: along_columns ? pivot.columns[0] : pivot.rows[0], members: shown.map((place) => (place.line?.path ?? place.path)[0]) } : null,
    names: shown.map((place) => place.name),
    series: drawn.map((one) => ({ name: one.name, values: shown.map((place) => figure(place, one)) })),
    left_out: drawn.length < beside.length || shown.length < places.length
  };
}
