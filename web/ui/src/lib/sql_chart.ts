/*
 * A quick chart of an answer to SQL: which of its columns lie along the axis and which are drawn, chosen by
 * their types and changed by the reader. Lines follow days or numbers in their course, bars stand in the
 * order of the rows, points have a number each way. Several rows of one day are lines beside each other, by
 * the first column of texts that tells them apart.
 * Invariant: nothing is added up; each mark is one cell of the answer, and its text has every digit of it.
 */
import { DASH } from './format';
import { SERIES_MAX, type Drawn, type Series } from './pivot_chart';
import { is_number_type, type SqlAnswer, type SqlCell } from './sql_answer';
import { cell_shapes, cell_shown, type CellShape } from './sql_cells';
import type { Drawing } from './pivot_option';
import type { Lang } from './words';

export const SQL_CHARTS = ['line', 'bar', 'scatter'] as const;
export type SqlChartKind = (typeof SQL_CHARTS)[number];

/** What a reader asked for; columns by their names, for another answer may have them elsewhere. */
export interface SqlChartChoice { kind: SqlChartKind | null; x: string | null; ys: string[] }

/** What is drawn: columns by their places. `by`: the column whose values are lines or bars beside each other. */
export interface SqlChart { kind: SqlChartKind; kinds: SqlChartKind[]; x: number; ys: number[]; by: number | null }

const PLACES_MAX = 2000;
const BARS_MAX = 40;
/** Columns that many times larger or smaller than the first are not drawn beside it unasked. */
const SIZE_RATIO_MAX = 20;
const MIDNIGHT = / 00:00:00(\+00)?$/;

export const is_time_type = (type: string) => /^(date|timestamp)/.test(type);

/** A cell as a place on an axis; null where it is no finite number. */
export function cell_number(cell: SqlCell): number | null {
  const value = typeof cell === 'string' && cell !== '' ? Number(cell) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** The places of columns of numbers; those that hold nothing but NULL are none. */
export const number_columns = ({ columns, rows }: SqlAnswer): number[] =>
  columns.flatMap(({ type }, c) => (is_number_type(type) && rows.some((row) => cell_number(row[c]) !== null) ? [c] : []));

const repeats = (answer: SqlAnswer, ...columns: number[]) => {
  const seen = new Set(answer.rows.map((row) => JSON.stringify(columns.map((c) => row[c]))));
  return seen.size < answer.rows.length;
};
const largest = (answer: SqlAnswer, column: number) => answer.rows.reduce((most, row) => Math.max(most, Math.abs(cell_number(row[column]) ?? 0)), 0);

/** Days first, then texts that are not numbers, then the first number. */
function x_fitting(answer: SqlAnswer): number {
  const { columns } = answer;
  if (is_time_type(columns[0].type)) return 0;
  const text = columns.findIndex(({ type }) => !is_number_type(type) && !is_time_type(type));
  const time = columns.findIndex(({ type }) => is_time_type(type));
  if (text < 0) return Math.max(0, time);
  return time >= 0 && repeats(answer, text) ? time : text;
}

/** Numbers right of the axis' column, else all others, of the size of the first. */
function ys_fitting(answer: SqlAnswer, numbers: number[], x: number): number[] {
  const others = numbers.filter((c) => c !== x);
  const right = others.filter((c) => c > x);
  const fit = right.length ? right : others;
  const size = fit.length ? largest(answer, fit[0]) : 0;
  const like = (c: number) => {
    const one = largest(answer, c);
    return one <= size * SIZE_RATIO_MAX && one * SIZE_RATIO_MAX >= size;
  };
  return fit.filter((c, i) => i === 0 || like(c)).slice(0, SERIES_MAX);
}

/** The chart of an answer; null where it has no number to draw against another column. */
export function sql_chart(answer: SqlAnswer, choice: SqlChartChoice): SqlChart | null {
  const numbers = number_columns(answer);
  if (!answer.rows.length || !numbers.length || answer.columns.length < 2) return null;
  const named = (name: string) => answer.columns.findIndex((column) => column.name === name);
  const asked_x = choice.x === null ? -1 : named(choice.x);
  const x = asked_x >= 0 && numbers.some((c) => c !== asked_x) ? asked_x : x_fitting(answer);
  const asked = choice.ys.map(named).filter((c, i, all) => numbers.includes(c) && c !== x && all.indexOf(c) === i);
  const fitting = asked.length ? asked.slice(0, SERIES_MAX) : ys_fitting(answer, numbers, x);
  if (!fitting.length) return null;
  const { type } = answer.columns[x];
  const kinds: SqlChartKind[] = is_time_type(type) ? ['line', 'bar'] : is_number_type(type) ? ['scatter', 'line', 'bar'] : ['bar'];
  const kind = kinds.find((one) => one === choice.kind) ?? kinds[0];
  const ys = kind === 'scatter' ? fitting.slice(0, 1) : fitting;
  let by: number | null = null;
  if (kind !== 'scatter' && ys.length === 1 && repeats(answer, x)) {
    const apart = answer.columns.findIndex((column, c) => c !== x && !is_number_type(column.type) && !repeats(answer, x, c));
    by = apart < 0 ? null : apart;
  }
  return { kind, kinds, x, ys, by };
}

/** An answer and how its cells are written. */
interface Written { answer: SqlAnswer; shapes: CellShape[]; lang: Lang }
interface Drawable { drawn: Drawn; texts: string[][] }

/** The texts of a column; moments that are all midnights are days. */
function column_texts({ answer, shapes, lang }: Written, column: number, rows: SqlCell[][]): string[] {
  const { type } = answer.columns[column];
  const texts = rows.map((row) => cell_shown(row[column], type, shapes[column], lang));
  const days = type.startsWith('timestamp') && rows.every((row, i) => row[column] === null || MIDNIGHT.test(texts[i]));
  return days ? texts.map((text) => text.replace(MIDNIGHT, '')) : texts;
}

function points_draw(of: Written, { x, ys }: SqlChart): Drawable {
  const { answer } = of;
  const known = answer.rows.filter((row) => cell_number(row[x]) !== null && cell_number(row[ys[0]]) !== null);
  const rows = known.slice(0, PLACES_MAX);
  const name = answer.columns.findIndex((column) => !is_number_type(column.type));
  const series = [x, ys[0]].map((c): Series => ({ name: answer.columns[c].name, values: rows.map((row) => cell_number(row[c])) }));
  return {
    drawn: { kind: 'scatter', names: name < 0 ? rows.map(() => '') : column_texts(of, name, rows), series, course: false, left_out: rows.length < known.length, unplaced: known.length < answer.rows.length },
    texts: [x, ys[0]].map((c) => column_texts(of, c, rows))
  };
}

function in_course(answer: SqlAnswer, x: number): SqlCell[][] {
  const rows = answer.rows.filter((row) => row[x] !== null);
  const number = is_number_type(answer.columns[x].type);
  // Days of the same type are texts of the same form, which sort as their days do.
  return [...rows].sort((a, b) => (number ? (cell_number(a[x]) ?? 0) - (cell_number(b[x]) ?? 0) : a[x]! < b[x]! ? -1 : a[x]! > b[x]! ? 1 : 0));
}

function series_draw(of: Written, { kind, x, ys, by }: SqlChart): Drawable {
  const { answer, shapes, lang } = of;
  const { type } = answer.columns[x];
  const course = is_time_type(type) || is_number_type(type);
  const rows = course ? in_course(answer, x) : answer.rows;
  // Each place is the rows that stand there: one, or one of each line.
  const places: SqlCell[][][] = [];
  const at = new Map<SqlCell, SqlCell[][]>();
  for (const row of rows) {
    const there = by === null ? undefined : at.get(row[x]);
    if (there) there.push(row);
    else {
      const place = [row];
      at.set(row[x], place);
      places.push(place);
    }
  }
  const shown = places.slice(0, kind === 'line' || course ? PLACES_MAX : BARS_MAX);
  const names = column_texts(of, x, shown.map(([row]) => row));
  const kept = (list: { name: string; cells: (SqlCell[] | undefined)[]; column: number }[], cut: boolean): Drawable => ({
    drawn: {
      kind: kind === 'line' ? 'line' : 'bar', names, course, unplaced: rows.length < answer.rows.length, left_out: cut || shown.length < places.length,
      series: list.map(({ name, cells, column }) => ({ name, values: cells.map((row) => (row ? cell_number(row[column]) : null)) }))
    },
    texts: list.map(({ cells, column }) => cells.map((row) => (row ? cell_shown(row[column], answer.columns[column].type, shapes[column], lang) : DASH)))
  });
  if (by === null) return kept(ys.map((column) => ({ name: answer.columns[column].name, column, cells: shown.map(([row]) => row) })), false);
  const members = [...new Set(answer.rows.map((row) => row[by]))];
  const lines = members.slice(0, SERIES_MAX);
  const titles = column_texts(of, by, lines.map((member) => answer.rows.find((row) => row[by] === member)!));
  return kept(lines.map((member, i) => ({ name: titles[i], column: ys[0], cells: shown.map((place) => place.find((row) => row[by] === member)) })), lines.length < members.length);
}

/** The chart as it is drawn, on the page and in a file. */
export function sql_drawing(answer: SqlAnswer, chart: SqlChart, lang: Lang): Drawing {
  const shapes = cell_shapes(answer);
  const of = { answer, shapes, lang };
  const { drawn, texts } = chart.kind === 'scatter' ? points_draw(of, chart) : series_draw(of, chart);
  const style = (columns: number[]) => ({
    shape: { format: 'decimal' as const, unit: null, scale: Math.max(...columns.map((c) => shapes[c].decimals)), type: 'decimal' },
    group: columns.some((c) => shapes[c].group)
  });
  const across = chart.kind === 'scatter' ? [chart.x] : chart.ys;
  return {
    picture: drawn, texts, lang,
    style: style(across),
    up: chart.kind === 'scatter' ? style(chart.ys) : null,
    names: [answer.columns[across[0]].name, answer.columns[chart.ys[0]].name]
  };
}

/** What a reader asked for, as the address has it. */
export function choice_parse(params: URLSearchParams): SqlChartChoice | null {
  const kind = params.get('chart');
  if (kind === null) return null;
  return { kind: SQL_CHARTS.find((one) => one === kind) ?? null, x: params.get('x'), ys: params.getAll('y') };
}
export function choice_print(choice: SqlChartChoice | null): [string, string][] {
  if (!choice) return [];
  return [['chart', choice.kind ?? 'auto'], ...(choice.x === null ? [] : [['x', choice.x] as [string, string]]), ...choice.ys.map((name): [string, string] => ['y', name])];
}
