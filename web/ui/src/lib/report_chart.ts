/*
 * What of an answer is drawn, and where. Totals are in the table only: a row that says "total", or has
 * nothing on an axis, would dwarf the rest. The positions of bars are the only sums made here, and they
 * are drawn, never told: every number that is seen is the server's.
 */
import { heat_top } from './heat';
import { cell_number, report_cell, type ReportShape } from './report_cells';
import type { ReportChart } from './reports';
import { SUMS } from './report_words';
import type { SqlAnswer, SqlCell } from './sql_answer';
import type { Lang } from './words';

export interface Bar {
  row: SqlCell[];
  /** Ends of the bar in the column's own measure. */
  from: number;
  to: number;
  kind: 'whole' | 'up' | 'down';
}
export interface Bars { x: number; y: number; bars: Bar[]; left_out: number }
export interface Heat { x: number; y: number; value: number; xs: SqlCell[]; ys: SqlCell[]; cells: Map<string, SqlCell>; top: number; left_out: boolean }

const BARS_MAX = 60;
const SIDE_MAX = 60;

const place = (answer: SqlAnswer, name: string | null) => answer.columns.findIndex((column) => column.name === name);
/** Rows that other rows add up to, the total among them: none of them is drawn. */
export const is_sum = (row: SqlCell[]) => row.some((cell) => typeof cell === 'string' && SUMS.has(cell));
const drawn = (answer: SqlAnswer, axes: number[]) => answer.rows.filter((row) => !is_sum(row) && axes.every((axis) => row[axis] !== null));

/** Null: the answer lacks a column that the chart names. */
export function bars_of(answer: SqlAnswer, chart: ReportChart): Bars | null {
  const [x, y] = [place(answer, chart.x), place(answer, chart.y)];
  if (x < 0 || y < 0) return null;
  const rows = drawn(answer, [x]).filter((row) => cell_number(row[y]) !== null);
  const bars = chart.kind === 'waterfall' ? steps_make(rows, y) : rows.map((row) => bar_make(row, 0, cell_number(row[y])!, 'whole'));
  return { x, y, bars: bars.slice(0, BARS_MAX), left_out: Math.max(0, bars.length - BARS_MAX) };
}

const bar_make = (row: SqlCell[], from: number, to: number, kind: Bar['kind']): Bar => ({ row, from, to, kind });

/**
 * A bridge: what was, the changes one after the other, what is. The last row that equals all before it is
 * what is; rows after it are remarks that stand in the table only.
 */
function steps_make(rows: SqlCell[][], y: number): Bar[] {
  const values = rows.map((row) => cell_number(row[y])!);
  let sum = 0;
  let close = -1;
  const starts = values.map((value, i) => {
    const start = sum;
    if (i && Math.abs(value - start) <= 1e-9 * Math.max(1, Math.abs(value))) close = i;
    sum += value;
    return start;
  });
  const end = close < 0 ? rows.length : close + 1;
  return rows.slice(0, end).map((row, i) => {
    if (!i || i === close) return bar_make(row, 0, values[i], 'whole');
    return bar_make(row, starts[i], starts[i] + values[i], values[i] < 0 ? 'down' : 'up');
  });
}

/** The figure of a bar: what a step adds has its sign. `y`: the column of the figures. */
export function bar_text(bar: Bar, shape: ReportShape, y: number, lang: Lang): string {
  const text = report_cell(bar.row[y], shape, lang);
  return bar.kind === 'up' && /[1-9]/.test(text) ? '+' + text : text;
}

export const heat_key = (x: SqlCell, y: SqlCell) => `${x}\n${y}`;

export function heat_of(answer: SqlAnswer, chart: ReportChart): Heat | null {
  const [x, y, value] = [place(answer, chart.x), place(answer, chart.y), place(answer, chart.value)];
  if (x < 0 || y < 0 || value < 0) return null;
  const rows = drawn(answer, [x, y]);
  const ys = [...new Set(rows.map((row) => row[y]))];
  const xs = axis_order([...new Set(rows.map((row) => row[x]))], ys);
  const cells = new Map(rows.map((row) => [heat_key(row[x], row[y]), row[value]]));
  const top = heat_top(rows.map((row) => cell_number(row[value])).filter((v): v is number => v !== null));
  return { x, y, value, xs: xs.slice(0, SIDE_MAX), ys: ys.slice(0, SIDE_MAX), cells, top, left_out: xs.length > SIDE_MAX || ys.length > SIDE_MAX };
}

/** Numbers by size; what also stands at the other side in its order (a migration's diagonal); else as answered. */
function axis_order(values: SqlCell[], other: SqlCell[]): SqlCell[] {
  if (values.every((value) => cell_number(value) !== null)) return values.sort((a, b) => Number(a) - Number(b));
  const rank = (value: SqlCell) => (other.includes(value) ? other.indexOf(value) : other.length);
  return values.some((value) => other.includes(value)) ? values.sort((a, b) => rank(a) - rank(b)) : values;
}

export interface Course { x: number; y: number; rows: SqlCell[][] }

export function course_of(answer: SqlAnswer, chart: ReportChart): Course | null {
  const [x, y] = [place(answer, chart.x), place(answer, chart.y)];
  return x < 0 || y < 0 ? null : { x, y, rows: drawn(answer, [x]) };
}
