/*
 * The answers of a pivot laid out: lines and columns, each a member or a total, and where the figure of a
 * line in a column stands. Figures are found, not computed, and members put in order by them. The one
 * quotient is a share: of two figures that the server gave.
 */
import { column_find, type Answer, type Cell, type Measure } from './api';
import { heat_top } from './heat';
import { ROWS_MAX } from './pivot_ask';
import { is_change, path_key, path_opened, path_same, type Also, type Figures, type Path, type Pivot } from './pivot_state';

/** A column of figures. The path is shorter than the levels of the columns where it is a total. */
export interface Leaf { path: Path; measure: string; kind: Figures }
export interface Line {
  kind: 'member' | 'others' | 'total';
  path: Path;
  /** Whether what is below it is shown; null: it has nothing below. */
  open: boolean | null;
}
export interface HeadCell { path: Path; total: boolean; span: number; rows: number }

type Rows = Map<string, Cell[]>;

export interface Grid {
  pivot: Pivot;
  measures: string[];
  kinds: Figures[];
  /** Rows of the head above the measures' own: members of the columns. */
  heads: HeadCell[][];
  leaves: Leaf[];
  lines: Line[];
  /** The line of all others, where only the top is shown; the total. */
  feet: Line[];
  /** Answers by depth of rows and of columns; at least the grand total is there. */
  answers: Answer[][];
  others: Answer[];
  figure: (line: Pick<Line, 'kind' | 'path'>, leaf: Leaf) => Cell;
  /** What is seen: the figure, or in percent of what the reader chose. */
  shown: (line: Pick<Line, 'kind' | 'path'>, leaf: Leaf) => Cell;
  is_share: (leaf: Pick<Leaf, 'measure' | 'kind'>) => boolean;
  /** Columns beyond what can be read were left out; an answer is incomplete, so that the table would have holes. */
  columns_cut: boolean;
  lines_cut: boolean;
}

const GROUPS_MAX = 400;

/** The columns of a measure: its figure, and for each comparison what it is compared with and the change. */
export function kinds_of(pivot: Pivot, compared: boolean, also: Also[]): Figures[] {
  if (!compared || pivot.versus === 'none') return ['measure'];
  const both = pivot.versus === 'both';
  const further = also.flatMap((one): Figures[] => (both ? [`compare:${one}`, `change:${one}`] : [`change:${one}`]));
  return ['measure', ...(both ? (['compare'] as const) : []), 'change', ...further];
}

const index_make = (answer: Answer, levels: number): Rows => new Map(answer.rows.map((row) => [path_key(row.slice(0, levels)), row]));

/** The members of the columns in their order, each total after what it totals; the longest path has all levels. */
function column_paths(answers: Answer[], levels: number): Path[] {
  if (!levels) return [[]];
  const paths: Path[] = [];
  const below = new Map<string, Path[]>();
  for (let depth = 1; depth <= levels; depth++) {
    for (const row of answers[depth].rows) {
      const path = row.slice(0, depth);
      const parent = path_key(path.slice(0, -1)) + `\u0002${depth - 1}`;
      below.set(parent, [...(below.get(parent) ?? []), path]);
    }
  }
  const walk = (path: Path) => {
    for (const child of below.get(path_key(path) + `\u0002${path.length}`) ?? []) walk(child);
    paths.push(path);
  };
  walk([]);
  return paths;
}

/** Cells of the head, a row a level: neighbours with the same way share one, a total reaches down to the measures. */
function heads_make(paths: Path[], levels: number, width: number): HeadCell[][] {
  const heads: HeadCell[][] = Array.from({ length: levels }, () => []);
  for (const path of paths) {
    for (let depth = 0; depth < levels; depth++) {
      const total = path.length <= depth;
      if (total && path.length < depth) break;
      const way = total ? path : path.slice(0, depth + 1);
      const last = heads[depth].at(-1);
      if (!total && last && !last.total && path_same(last.path, way)) last.span += width;
      else heads[depth].push({ path: way, total, span: width, rows: total ? levels - depth : 1 });
    }
  }
  return heads;
}

/** Nothing stands after everything; texts by the alphabet of the language. */
function order_make(lang: string): (a: Cell, b: Cell) => number {
  const texts = new Intl.Collator(lang, { numeric: true });
  return (a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return typeof a === 'number' && typeof b === 'number' ? a - b : texts.compare(String(a), String(b));
  };
}

const TOTAL: Line = { kind: 'total', path: [], open: null };
const OTHERS: Line = { kind: 'others', path: [], open: null };

export interface GridInput {
  pivot: Pivot;
  /** Measures that were asked for. */
  measures: Measure[];
  /** By depth of rows, then of columns. */
  answers: Answer[][];
  /** The rest beside the top, by depth of columns; empty: not asked for. */
  others: Answer[];
  lang: string;
  /** Levels that keep their own course: time, hours. */
  ordered: Set<string>;
  /** Comparisons beside the first, whose columns the answers have. */
  also?: Also[];
  /** By what name a member stands in the alphabet. */
  named?: (value: Cell, level: string) => Cell;
}

export function grid_make({ pivot, measures, answers, others, lang, ordered, also = [], named = (value) => value }: GridInput): Grid {
  const names = measures.map((m) => m.name);
  const index = (rows: Answer[], depth: number) => rows.map((answer, c) => index_make(answer, depth + c));
  const indexes = answers.map(index);
  const rest = index(others, 0);
  const kinds = kinds_of(pivot, !!answers[0][0].compare, also);
  const places = new Map(names.flatMap((m) => [...new Set<Figures>(['measure', 'compare', 'change', ...kinds])].map((kind) => [m + kind, column_find(answers[0][0], m, kind)] as const)));
  const figure: Grid['figure'] = (line, leaf) => {
    const row = (line.kind === 'others' ? rest : indexes[line.path.length])?.[leaf.path.length]?.get(path_key([...line.path, ...leaf.path]));
    const at = places.get(leaf.measure + leaf.kind) ?? -1;
    // The first columns are the levels, as many as the two paths have.
    return row && at >= 0 ? (row[at + line.path.length + leaf.path.length] ?? null) : null;
  };
  const parted = new Set(measures.filter((m) => m.parts).map((m) => m.name));
  const is_share: Grid['is_share'] = (leaf) => pivot.share !== 'none' && !is_change(leaf.kind) && parted.has(leaf.measure);
  const shown: Grid['shown'] = (line, leaf) => {
    const value = figure(line, leaf);
    if (!is_share(leaf) || typeof value !== 'number') return value;
    const whole = figure(pivot.share === 'row' ? line : TOTAL, pivot.share === 'column' ? leaf : { ...leaf, path: [] });
    return typeof whole === 'number' && whole > 0 ? (100 * value) / whole : null;
  };

  const all = column_paths(answers[0], pivot.columns.length);
  // The grand total comes last, and stays.
  const room = Math.max(1, Math.floor(GROUPS_MAX / Math.max(1, names.length * kinds.length)));
  const paths = all.length > room ? [...all.slice(0, room - 1), []] : all;
  const leaves = paths.flatMap((path) => names.flatMap((measure) => kinds.map((kind) => ({ path, measure, kind }))));
  const order = { pivot, first: names[0], shown, compare: order_make(lang), ordered, named };
  return {
    pivot, measures: names, kinds, leaves, answers, others, figure, shown, is_share,
    lines: lines_make(order, answers),
    feet: others.length ? [OTHERS, TOTAL] : [TOTAL],
    heads: heads_make(paths, pivot.columns.length, names.length * kinds.length),
    columns_cut: paths.length < all.length,
    lines_cut: answers.some((row) => row.some((answer) => answer.rows.length > ROWS_MAX))
  };
}

/** Whether a cell is among those that are coloured: of members with nothing shown below them, in no total. */
export const heat_counts = (grid: Grid, line: Line, leaf: Leaf): boolean =>
  line.kind === 'member' && !line.open && leaf.kind === 'measure' && leaf.path.length === grid.pivot.columns.length;

/** What the darkest colour stands for, by measure. */
export function heat_tops(grid: Grid): Map<string, number> {
  const values = new Map<string, number[]>(grid.measures.map((name) => [name, []]));
  for (const line of grid.lines) {
    for (const leaf of grid.leaves) {
      const value = heat_counts(grid, line, leaf) ? grid.shown(line, leaf) : null;
      if (typeof value === 'number') values.get(leaf.measure)!.push(value);
    }
  }
  return new Map([...values].map(([name, all]) => [name, heat_top(all)]));
}

export type Extents = Map<string, { low: number; high: number }>;

/** The least and the largest figure of each measure and kind, over all that was answered: how wide a column must be. */
export function extents_find(grid: Grid): Extents {
  const extents: Extents = new Map();
  for (const answer of [...grid.answers.flat(), ...grid.others]) {
    for (const [at, { name, kind }] of answer.columns.entries()) {
      if (kind === 'level') continue;
      let { low, high } = extents.get(name + kind) ?? { low: 0, high: 0 };
      for (const row of answer.rows) {
        const value = row[at];
        if (typeof value !== 'number') continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      extents.set(name + kind, { low, high });
    }
  }
  return extents;
}

interface Order { pivot: Pivot; first: string; shown: Grid['shown']; compare: (a: Cell, b: Cell) => number; ordered: Set<string>; named: NonNullable<GridInput['named']> }

/** Members of the rows as a tree written line by line, siblings in order. */
function lines_make(order: Order, answers: Answer[][]): Line[] {
  const { pivot } = order;
  const below = new Map<string, Path[]>();
  for (let depth = 1; depth < answers.length; depth++) {
    for (const row of answers[depth][0].rows) {
      const path = row.slice(0, depth);
      const parent = `${depth - 1}\u0002${path_key(path.slice(0, -1))}`;
      const siblings = below.get(parent);
      if (siblings) siblings.push(path);
      else below.set(parent, [path]);
    }
  }
  const lines: Line[] = [];
  const walk = (parent: Path) => {
    const children = below.get(`${parent.length}\u0002${path_key(parent)}`) ?? [];
    for (const path of siblings_sort(order, children)) {
      const open = path.length < pivot.rows.length ? path_opened(pivot, path) : null;
      lines.push({ kind: 'member', path, open });
      if (open) walk(path);
    }
  };
  walk([]);
  return lines;
}

/** Time and numbers keep their course and other members stand by their first figure, unless the reader chose an order. */
function siblings_sort({ pivot, first, shown, compare, ordered, named }: Order, paths: Path[]): Path[] {
  if (paths.length < 2) return paths;
  const { sort } = pivot;
  const level = pivot.rows[paths[0].length - 1];
  const by_level = sort ? sort.by === 'level' : ordered.has(level);
  const leaf: Leaf = sort && sort.by !== 'level' ? { path: sort.column, measure: sort.measure, kind: sort.by } : { path: [], measure: first, kind: 'measure' };
  const desc = sort ? sort.desc : !by_level;
  const keyed = paths.map((path) => ({ path, key: by_level ? named(path[path.length - 1], level) : shown({ kind: 'member', path }, leaf) }));
  keyed.sort((a, b) => {
    const order = compare(a.key, b.key);
    // What is missing stays at the end in either direction.
    return desc && a.key !== null && b.key !== null ? -order : order;
  });
  return keyed.map((one) => one.path);
}
