/*
 * The answers of a pivot laid out: lines and columns, each a member or a total, and where the figure of a
 * line in a column stands. Nothing is computed: figures are found, and members put in order by them.
 */
import { column_find, type Answer, type Cell } from './api';
import { ROWS_MAX } from './pivot_ask';
import { path_key, path_opened, path_same, type Figures, type Path, type Pivot } from './pivot_state';

/** A column of figures. The path is shorter than the levels of the columns where it is a total. */
export interface Leaf { path: Path; measure: string; kind: Figures }
export interface Line { path: Path; depth: number; open: boolean | null }
export interface HeadCell { path: Path; total: boolean; span: number; rows: number }

type Rows = Map<string, Cell[]>;

export interface Grid {
  pivot: Pivot;
  measures: string[];
  /** Rows of the head above the measures' own: members of the columns. */
  heads: HeadCell[][];
  leaves: Leaf[];
  lines: Line[];
  /** Answers by depth of rows and of columns; at least the grand total is there. */
  answers: Answer[][];
  figure: (path: Path, leaf: Leaf) => Cell;
  /** What was left out: columns beyond what can be read, lines of an answer that was cut. */
  columns_cut: boolean;
  lines_cut: boolean;
}

const GROUPS_MAX = 400;

export const kinds_of = (pivot: Pivot, compared: boolean): Figures[] =>
  !compared || pivot.versus === 'none' ? ['measure'] : pivot.versus === 'both' ? ['measure', 'compare', 'change'] : ['measure', 'change'];

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

export function grid_make(pivot: Pivot, measures: string[], answers: Answer[][], lang: string, ordered: Set<string>): Grid {
  const indexes = answers.map((row, r) => row.map((answer, c) => index_make(answer, r + c)));
  const places = new Map(measures.flatMap((m) => (['measure', 'compare', 'change'] as const).map((kind) => [m + kind, column_find(answers[0][0], m, kind)])));
  const figure = (path: Path, leaf: Leaf): Cell => {
    const { length: levels } = path;
    const answer = answers[levels]?.[leaf.path.length];
    const row = answer && indexes[levels][leaf.path.length].get(path_key([...path, ...leaf.path]));
    const at = places.get(leaf.measure + leaf.kind) ?? -1;
    // The first columns are the levels, as many as the two paths have.
    return row && at >= 0 ? (row[at + levels + leaf.path.length] ?? null) : null;
  };
  const kinds = kinds_of(pivot, !!answers[0][0].compare);
  const all = column_paths(answers[0], pivot.columns.length);
  // The grand total comes last, and stays.
  const room = Math.max(1, Math.floor(GROUPS_MAX / Math.max(1, measures.length * kinds.length)));
  const paths = all.length > room ? [...all.slice(0, room - 1), []] : all;
  const leaves = paths.flatMap((path) => measures.flatMap((measure) => kinds.map((kind) => ({ path, measure, kind }))));
  const lines = lines_make(pivot, measures, answers, figure, order_make(lang), ordered);
  return {
    pivot, measures, leaves, lines, answers, figure,
    heads: heads_make(paths, pivot.columns.length, measures.length * kinds.length),
    columns_cut: paths.length < all.length,
    lines_cut: answers.some((row) => row.some((answer) => answer.rows.length > ROWS_MAX))
  };
}

/** The least and the largest figure of each measure and kind, over all that was answered: how wide a column must be. */
export function extents_find(grid: Grid): Map<string, { low: number; high: number }> {
  const extents = new Map<string, { low: number; high: number }>();
  for (const answer of grid.answers.flat()) {
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

/** Members of the rows as a tree written line by line, siblings in order, the grand total at the end. */
function lines_make(pivot: Pivot, measures: string[], answers: Answer[][], figure: Grid['figure'], compare: (a: Cell, b: Cell) => number, ordered: Set<string>): Line[] {
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
    for (const path of siblings_sort(pivot, measures, children, figure, compare, ordered)) {
      const open = path.length < pivot.rows.length ? path_opened(pivot, path) : null;
      lines.push({ path, depth: path.length, open });
      if (open) walk(path);
    }
  };
  walk([]);
  lines.push({ path: [], depth: 0, open: null });
  return lines;
}

/** Time and numbers keep their course and other members stand by their first figure, unless the reader chose an order. */
function siblings_sort(pivot: Pivot, measures: string[], paths: Path[], figure: Grid['figure'], compare: (a: Cell, b: Cell) => number, ordered: Set<string>): Path[] {
  if (paths.length < 2) return paths;
  const { sort } = pivot;
  const level = pivot.rows[paths[0].length - 1];
  const by_level = sort ? sort.by === 'level' : ordered.has(level);
  const leaf: Leaf = sort && sort.by !== 'level' ? { path: sort.column, measure: sort.measure, kind: sort.by } : { path: [], measure: measures[0], kind: 'measure' };
  const desc = sort ? sort.desc : !by_level;
  const keyed = paths.map((path) => ({ path, key: by_level ? path[path.length - 1] : figure(path, leaf) }));
  keyed.sort((a, b) => {
    const order = compare(a.key, b.key);
    // What is missing stays at the end in either direction.
    return desc && a.key !== null && b.key !== null ? -order : order;
  });
  return keyed.map((one) => one.path);
}
