/*
 * The pivot as it stands on the screen, as CSV: its lines in their order, a column for each level, the
 * totals last. Figures are the server's with every digit, a share is in percent; a missing one is empty.
 */
import type { Cell } from './api';
import type { Grid, Leaf, Line } from './pivot_grid';
import { csv_field } from './sql_answer';

export interface PivotNames {
  member: (value: Cell, level: string) => string;
  level: (name: string) => string;
  leaf: (leaf: Leaf) => string;
  foot: (line: Line) => string;
}

export function pivot_csv(grid: Grid, names: PivotNames): string {
  const { rows } = grid.pivot;
  const depth = Math.max(1, rows.length);
  const head = [...rows.map(names.level), ...(rows.length ? [] : ['']), ...grid.leaves.map(names.leaf)];
  const ways = (line: Line): string[] => {
    const way = line.kind === 'member' ? line.path.map((value, i) => names.member(value, rows[i])) : [names.foot(line)];
    return Array.from({ length: depth }, (_, i) => way[i] ?? '');
  };
  const number = (value: Cell) => (value === null ? '' : String(value));
  const lines = [...grid.lines, ...grid.feet].map((line) => [...ways(line).map((text) => (text ? csv_field(text) : '')), ...grid.leaves.map((leaf) => number(grid.shown(line, leaf)))]);
  return [head.map(csv_field), ...lines].map((cells) => cells.join(',') + '\r\n').join('');
}
