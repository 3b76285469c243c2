/*
 * What a pivot shows: levels that make its rows and columns, measures, order, which members are opened.
 * It stands in the address beside the choices of the filter bar, under keys without a dot; defaults are
 * left out. A member is named by the values on the way to it, as JSON: ["Урал","Пермь"], null for rows
 * without a value.
 * Invariant: a pivot that was read holds only what its cube has; what the address names besides is told.
 */
import type { Cell, Cube, Level, Model } from './api';

export type Path = Cell[];
/** A comparison beside that of the filter bar. */
export const ALSO = ['previous', 'last_year'] as const;
export type Also = (typeof ALSO)[number];
export type Figures = 'measure' | 'compare' | 'change' | `compare:${Also}` | `change:${Also}`;
export const is_change = (kind: Figures): boolean => kind === 'change' || kind.startsWith('change:');
/** Which comparison a figure is of: null the filter bar's. */
export const also_of = (kind: Figures): Also | null => ALSO.find((one) => kind.endsWith(`:${one}`)) ?? null;
export const VERSUS = ['none', 'change', 'both'] as const;
export type Versus = (typeof VERSUS)[number];
/** What figures are shown in percent of: the total of their line, of their column, of all. */
export const SHARES = ['none', 'row', 'column', 'total'] as const;
export type Share = (typeof SHARES)[number];
/** 'auto': as the data have it. */
export const CHARTS = ['auto', 'none', 'line', 'bar', 'stacked', 'scatter', 'heatmap'] as const;
export type ChartKind = (typeof CHARTS)[number];
export const TOPS = [5, 10, 20, 50, 100];
export interface Sort {
  /** The member of the columns; empty: their total. */
  column: Path;
  measure: string;
  /** 'level': by the members' own order. */
  by: Figures | 'level';
  desc: boolean;
}
export interface Pivot {
  cube: string;
  rows: string[];
  columns: string[];
  measures: string[];
  /** Levels to filter by, beside those of the filter bar. */
  filters: string[];
  versus: Versus;
  /** Comparisons beside that of the bar, each with columns of its own. */
  also: Also[];
  sort: Sort | null;
  /** Which members show what is below them; null: all but those shut. */
  open: Path[] | null;
  shut: Path[];
  /** So many members of the first level of the rows, the largest; null: all. */
  top: number | null;
  /** The rest of them as one line. */
  others: boolean;
  share: Share;
  heat: boolean;
  chart: ChartKind;
  /** What makes up the change of the first measure that has parts, below the table. */
  changes: boolean;
}

export type Pairs = [string, string][];

const VALUES_MAX = 60;
const MEASURES_FIRST = 2;

const levels_of = (model: Model, cube: Cube): Level[] => model.levels.filter((l) => cube.levels.includes(l.name));
export const cube_levels = (model: Model, name: string): Level[] => {
  const cube = model.cubes.find((c) => c.name === name);
  return cube ? levels_of(model, cube) : [];
};
export const time_dimension = (model: Model, name: string): string | null => {
  const time = model.cubes.find((c) => c.name === name)?.time;
  return time ? (model.levels.find((l) => l.name === time)?.dimension ?? time.split('.')[0]) : null;
};

/** The first level that is short enough to be read, and the cube's first measures. */
export function pivot_default(model: Model, name?: string): Pivot {
  const cube = model.cubes.find((c) => c.name === name) ?? model.cubes[0];
  const time = cube ? time_dimension(model, cube.name) : null;
  const levels = cube ? levels_of(model, cube).filter((l) => l.dimension !== time && l.type === 'string') : [];
  const roots = levels.filter((l) => !l.parent && (l.values ?? Infinity) > 1 && (l.values ?? Infinity) <= VALUES_MAX);
  // A level with others below it is the better start: one can go down from it.
  const row = roots.find((l) => levels.some((child) => child.parent === l.name)) ?? roots[0];
  return {
    cube: cube?.name ?? '',
    rows: row ? [row.name] : [],
    columns: [],
    measures: model.measures.filter((m) => m.cube === cube?.name).slice(0, MEASURES_FIRST).map((m) => m.name),
    filters: [],
    versus: 'change',
    also: [],
    sort: null,
    open: null,
    shut: [],
    top: null,
    others: true,
    share: 'none',
    heat: false,
    chart: 'auto',
    changes: false
  };
}

export interface Unknown { what: 'cube' | 'level' | 'measure'; name: string }

export function pivot_parse(pairs: Pairs, model: Model): { pivot: Pivot; unknown: Unknown[] } {
  const all = (key: string) => pairs.filter(([k]) => k === key).map(([, value]) => value);
  const wanted = all('cube')[0];
  const start = pivot_default(model, wanted);
  const unknown: Unknown[] = [];
  if (wanted !== undefined && wanted !== start.cube) unknown.push({ what: 'cube', name: wanted });
  const levels = new Set(cube_levels(model, start.cube).map((l) => l.name));
  const measures = new Set(model.measures.filter((m) => m.cube === start.cube).map((m) => m.name));
  const known = (key: string, what: Unknown['what'], names: Set<string>) =>
    [...new Set(all(key))].filter((name) => {
      if (!names.has(name) && !unknown.some((u) => u.name === name)) unknown.push({ what, name });
      return names.has(name);
    });
  // Once anything is said, nothing said of a place means that it is empty.
  const said = pairs.some(([key]) => key === 'cube');
  const rows = said ? known('row', 'level', levels) : start.rows;
  const columns = known('col', 'level', levels).filter((name) => !rows.includes(name));
  const open = all('open');
  return {
    pivot: {
      ...start,
      rows,
      columns,
      measures: said ? known('show', 'measure', measures) : start.measures,
      filters: known('filter', 'level', levels),
      versus: one_of(VERSUS, all('versus')[0], start.versus),
      also: ALSO.filter((one) => all('also').includes(one)),
      sort: sort_parse(all('sort')[0], measures),
      open: open.length ? open.flatMap(path_parse).filter((path) => path.length > 0) : null,
      shut: all('shut').flatMap(path_parse),
      top: TOPS.find((count) => String(count) === all('top')[0]) ?? null,
      others: all('others')[0] !== 'no',
      share: one_of(SHARES, all('share')[0], start.share),
      heat: all('heat')[0] === 'yes',
      chart: one_of(CHARTS, all('chart')[0], start.chart),
      changes: all('changes')[0] === 'yes'
    },
    unknown
  };
}

export function pivot_print(pivot: Pivot): Pairs {
  const pairs: Pairs = [['cube', pivot.cube]];
  for (const name of pivot.rows) pairs.push(['row', name]);
  for (const name of pivot.columns) pairs.push(['col', name]);
  for (const name of pivot.measures) pairs.push(['show', name]);
  for (const name of pivot.filters) pairs.push(['filter', name]);
  if (pivot.versus !== 'change') pairs.push(['versus', pivot.versus]);
  for (const one of pivot.also) pairs.push(['also', one]);
  const { sort } = pivot;
  if (sort) pairs.push(['sort', JSON.stringify([sort.by, sort.desc ? 'desc' : 'asc', sort.measure, ...sort.column])]);
  if (pivot.open) for (const path of pivot.open.length ? pivot.open : [[]]) pairs.push(['open', JSON.stringify(path)]);
  for (const path of pivot.shut) pairs.push(['shut', JSON.stringify(path)]);
  if (pivot.top) pairs.push(['top', String(pivot.top)]);
  if (!pivot.others) pairs.push(['others', 'no']);
  if (pivot.share !== 'none') pairs.push(['share', pivot.share]);
  if (pivot.heat) pairs.push(['heat', 'yes']);
  if (pivot.chart !== 'auto') pairs.push(['chart', pivot.chart]);
  if (pivot.changes) pairs.push(['changes', 'yes']);
  return pairs;
}

const one_of = <T extends string>(choices: readonly T[], text: string | undefined, otherwise: T): T => choices.find((choice) => choice === text) ?? otherwise;

function json_parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
const is_cell = (value: unknown): value is Cell => value === null || ['string', 'number', 'boolean'].includes(typeof value);

function path_parse(text: string): Path[] {
  const path = json_parse(text);
  return Array.isArray(path) && path.every(is_cell) ? [path] : [];
}

function sort_parse(text: string | undefined, measures: Set<string>): Sort | null {
  const parts = text === undefined ? null : json_parse(text);
  if (!Array.isArray(parts) || parts.length < 3 || !parts.every(is_cell)) return null;
  const [by, direction, measure, ...column] = parts;
  if (direction !== 'asc' && direction !== 'desc') return null;
  if (by === 'level') return { by, desc: direction === 'desc', measure: '', column: [] };
  if (!/^(measure|(compare|change)(:(previous|last_year))?)$/.test(String(by)) || !measures.has(String(measure))) return null;
  return { by: by as Figures, desc: direction === 'desc', measure: String(measure), column };
}

// ---- paths: the values on the way to a member ----

/** One text for one path, whatever its values hold: texts are compared and kept in maps by it. */
export const path_key = (path: readonly Cell[]): string => path.map((cell) => (cell === null ? '\u0000' : String(cell))).join('\u0001');
export const path_same = (a: readonly Cell[], b: readonly Cell[]) => a.length === b.length && path_key(a) === path_key(b);

/** Whether what is below a member is shown. */
export function path_opened(pivot: Pivot, path: Path): boolean {
  const among = (paths: Path[]) => paths.some((one) => path_same(one, path));
  return pivot.open ? among(pivot.open) : !among(pivot.shut);
}
