/*
 * The pivot as it stands on the screen, as a file: its lines in their order, a column for each level, the
 * others and the total last. Figures are the server's with every digit; a missing one is empty. In CSV a
 * share is in percent; the workbook, which the server writes, has the number formats of a spreadsheet.
 */
import { reply_fetch, type Cell } from './api';
import type { CellStyle } from './pivot_cells';
import type { Grid, Leaf, Line } from './pivot_grid';
import { is_change } from './pivot_state';
import { csv_field } from './sql_answer';
import type { Lang } from './words';

export interface PivotNames {
  member: (value: Cell, level: string) => string;
  level: (name: string) => string;
  leaf: (leaf: Leaf) => string;
  foot: (line: Line) => string;
}

/** A text for each level of the rows: the way to the member, or what the line at the foot is. */
function way_texts(grid: Grid, names: PivotNames, line: Line): string[] {
  const { rows } = grid.pivot;
  const way = line.kind === 'member' ? line.path.map((value, i) => names.member(value, rows[i])) : [names.foot(line)];
  return Array.from({ length: Math.max(1, rows.length) }, (_, i) => way[i] ?? '');
}
const level_texts = (grid: Grid, names: PivotNames) => (grid.pivot.rows.length ? grid.pivot.rows.map(names.level) : ['']);

export function pivot_csv(grid: Grid, names: PivotNames): string {
  const number = (value: Cell) => (value === null ? '' : String(value));
  const head = [...level_texts(grid, names), ...grid.leaves.map(names.leaf)].map(csv_field);
  const lines = [...grid.lines, ...grid.feet].map((line) => [...way_texts(grid, names, line).map((text) => (text ? csv_field(text) : '')), ...grid.leaves.map((leaf) => number(grid.shown(line, leaf)))]);
  return [head, ...lines].map((cells) => cells.join(',') + '\r\n').join('');
}

export interface Workbook {
  columns: { title: string; format: 'text' | 'money' | 'count' | 'number' | 'percent' }[];
  rows: (string | number | null)[][];
  sheet: string;
  lines: [string, string | null][];
  language: Lang;
  filename: string;
}

/** How a spreadsheet shows a column; `percent`: the figures are in percent, and it wants fractions of one. */
function leaf_format({ column, shape }: CellStyle, leaf: Leaf, share: boolean): { format: Workbook['columns'][number]['format']; percent: boolean } {
  if (is_change(leaf.kind)) return column.unit === 'pp' ? { format: 'number', percent: false } : { format: 'percent', percent: true };
  if (share || shape.format === 'percent') return { format: 'percent', percent: shape.unit === '%' };
  if (column.format === 'money') return { format: 'money', percent: false };
  return { format: column.format === 'integer' ? 'count' : 'number', percent: false };
}

export function pivot_workbook(grid: Grid, names: PivotNames, style: (leaf: Leaf) => CellStyle, about: Pick<Workbook, 'sheet' | 'lines' | 'language' | 'filename'>): Workbook {
  const formats = grid.leaves.map((leaf) => leaf_format(style(leaf), leaf, grid.is_share(leaf)));
  const figure = (line: Line, leaf: Leaf, at: number) => {
    const value = grid.shown(line, leaf);
    return typeof value !== 'number' ? null : formats[at].percent ? value / 100 : value;
  };
  return {
    ...about,
    columns: [...level_texts(grid, names).map((title) => ({ title, format: 'text' as const })), ...grid.leaves.map((leaf, at) => ({ title: names.leaf(leaf), format: formats[at].format }))],
    rows: [...grid.lines, ...grid.feet].map((line) => [...way_texts(grid, names, line).map((text) => text || null), ...grid.leaves.map((leaf, at) => figure(line, leaf, at))])
  };
}

export const workbook_fetch = async (workbook: Workbook, signal?: AbortSignal): Promise<Blob> =>
  (await reply_fetch('workbook', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(workbook), signal })).blob();
