/*
 * The ways from a row of a report: to the rows behind it (Explore, by the same values and days), to the customers whom a
 * figure counts, and to the segment of those who are as the row says. Where the model lacks what the drill names, where
 * Explore cannot ask for just these rows, and to the rows behind totals, there is no way.
 */
import type { Cell, Level, Model, Range } from './api';
import { day_add, day_valid, interval_end, month_add, range_text } from './days';
import { NO_VALUE } from './plan';
import { pivot_default, pivot_print, time_dimension } from './pivot_state';
import { is_sum } from './report_chart';
import type { Drill, Report, Values } from './reports';
import type { Rule } from './segments';
import type { SqlAnswer, SqlCell } from './sql_answer';

interface Chosen { level: Level; values: Cell[] }
/** `column` of the answer, whose cell leads there. */
export interface RowsWay { column: number; address: URLSearchParams }

const typed = (level: Level, text: string): Cell => (/^(int|integer|number)/.test(level.type) && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text);
const first_day = (value: string) => (value.length === 7 ? `${value}-01` : value);
const last_day = (value: string) => (value.length === 7 ? day_add(month_add(`${value}-01`, 1), -1) : value);
const place = (answer: SqlAnswer, name: string) => answer.columns.findIndex((column) => column.name === name);

// ---- rows ----

function period_of(period: string[], values: Values): Range | null {
  if (!period.length) return null;
  const [first, last] = [period[0], period.at(-1)!].map((name) => String(values[name] ?? ''));
  const days = { from: first_day(first), to: last_day(last) };
  return day_valid(days.from) && day_valid(days.to) ? days : null;
}

/** The lists of members that the report is cut to. Null: one is of a level that the cube lacks. */
function lists_of(report: Report, model: Model, values: Values, levels: string[]): Chosen[] | null {
  const lists: Chosen[] = [];
  for (const { name, level, type } of report.parameters) {
    const members = values[name];
    if (type !== 'members' && type !== 'segment') continue;
    if (!members?.length) continue;
    const found = model.levels.find((one) => one.name === level);
    if (!Array.isArray(members) || !found || !levels.includes(found.name)) return null;
    lists.push({ level: found, values: members.map((text) => typed(found, text)) });
  }
  return lists;
}

function above(model: Model, level: Level): Set<string> {
  const names = new Set<string>();
  for (let at: Level | undefined = level; at?.parent && !names.has(at.parent); at = model.levels.find((one) => one.name === at!.parent)) names.add(at.parent);
  return names;
}

/** Explore adds the values of one dimension up, a report narrows: so a dimension has one level, the row's own where it is below the list's. */
function narrowed(model: Model, own: Chosen[], lists: Chosen[]): Chosen[] | null {
  const kept = lists.filter((list) => !own.some(({ level }) => above(model, level).has(list.level.name) || level.name === list.level.name));
  const all = [...own, ...kept];
  return all.some((a, i) => all.some((b, j) => i < j && a.level.dimension === b.level.dimension)) ? null : all;
}

function explore_address(model: Model, cube: string, measures: string[], chosen: Chosen[], days: Range | null): URLSearchParams {
  const known = model.cubes.find((one) => one.name === cube)!;
  const below = model.levels.find((one) => known.levels.includes(one.name) && chosen.some(({ level }) => one.parent === level.name));
  const row = below?.name ?? known.time;
  const params = new URLSearchParams(pivot_print({ ...pivot_default(model, cube), measures, rows: row ? [row] : [], versus: 'none' }));
  if (days) params.append('period', range_text(days));
  for (const { level, values } of chosen) for (const value of values) params.append(...(value === NO_VALUE ? ['null', level.name] : [level.name, String(value)]) as [string, string]);
  return params;
}

/** Of a row the way to its rows; null: no row has one. */
export function rows_ways(report: Report, model: Model, answer: SqlAnswer, values: Values): ((row: SqlCell[]) => RowsWay | null) | null {
  const drill: Drill['rows'] = report.drill.rows;
  const known = (drill?.measures ?? []).flatMap(({ measure }) => model.measures.filter((one) => one.name === measure));
  const cube = model.cubes.find((one) => one.name === known[0]?.cube);
  if (!drill || !cube) return null;
  const time = time_dimension(model, cube.name);
  const wanted = drill.levels.filter(({ when }) => when === null || when === values[drill.by!]);
  const levels = wanted.flatMap(({ column, level }) => model.levels.filter((one) => one.name === level && (cube.levels.includes(one.name) || one.name === cube.time)).map((one) => ({ at: place(answer, column), level: one })));
  const lists = lists_of(report, model, values, cube.levels);
  const whole = period_of(drill.period, values);
  if (!wanted.length || levels.length < wanted.length || levels.some(({ at }) => at < 0) || !lists || (drill.period.length && !whole)) return null;
  const measures = known.filter((one) => cube.measures.includes(one.name)).map((one) => one.name);
  return (row) => {
    if (is_sum(row) || levels.some(({ at }) => row[at] === null)) return null;
    let days = whole;
    const own: Chosen[] = [];
    for (const { at, level } of levels) {
      const value = typed(level, String(row[at]));
      const end = level.dimension === time && typeof value === 'string' && day_valid(value) ? interval_end(value, level.name.split('.')[1]) : null;
      if (!end) own.push({ level, values: [value] });
      else days = { from: days && days.from > String(value) ? days.from : String(value), to: days && days.to < end ? days.to : end };
    }
    const chosen = narrowed(model, own, lists);
    return chosen && !(days && days.from > days.to) ? { column: levels[0].at, address: explore_address(model, cube.name, measures, chosen, days) } : null;
  };
}

// ---- customers ----

/** A figure that was asked for: its column, and the values of its row that say which. */
export interface Figure { column: string; row: Record<string, string | null> }

/** The figure of a cell; null: it counts no customers whom the report names. */
export function figure_of(report: Report, answer: SqlAnswer, row: SqlCell[], at: number): Figure | null {
  const customers = report.drill.customers.find(({ column }) => column === answer.columns[at].name);
  const cell = row[at];
  if (!customers || cell === null || Number(cell) === 0) return null;
  return { column: customers.column, row: Object.fromEntries(customers.row.map((name) => [name, row[place(answer, name)] as string | null])) };
}

const FIGURE = 'customers', ROW = 'row.';

/** In the address: what is not known (NULL) is left out. */
export function figure_print(figure: Figure): [string, string][] {
  return [[FIGURE, figure.column], ...Object.entries(figure.row).flatMap(([name, value]): [string, string][] => (value === null ? [] : [[ROW + name, value]]))];
}
export function figure_parse(report: Report, params: URLSearchParams): Figure | null {
  const customers = report.drill.customers.find(({ column }) => column === params.get(FIGURE));
  return customers ? { column: customers.column, row: Object.fromEntries(customers.row.map((name) => [name, params.get(ROW + name)])) } : null;
}
export const is_figure_key = (key: string) => key === FIGURE || key.startsWith(ROW);

/** The row of the answer that the figure is of. */
export const figure_row = (answer: SqlAnswer, figure: Figure): SqlCell[] | null =>
  answer.rows.find((row) => Object.entries(figure.row).every(([name, value]) => row[place(answer, name)] === value)) ?? null;

/**
 * The segment of a figure's customers: whoever has the row's value of an attribute on the report's day. The model's
 * definitions stand behind an attribute, so with other values of the other parameters there is none.
 */
export function segment_way(report: Report, model: Model, values: Values, figure: Figure): URLSearchParams | null {
  const drill = report.drill.segment;
  const attribute = model.attributes?.find((one) => one.name === drill?.attribute);
  const wanted = drill && figure.row[drill.column];
  const value = attribute?.values.find((one) => String(one.value) === wanted)?.value;
  const usual = report.parameters.every(({ name, default: proposed }) => name === drill?.day || (Array.isArray(proposed) ? !values[name]?.length : (values[name] ?? proposed) === proposed));
  if (!drill || !attribute || value === undefined || !usual) return null;
  const rules: Rule = { all: [{ attribute: attribute.name, in: [value] }] };
  return new URLSearchParams({ rules: JSON.stringify(rules), as_of: String(values[drill.day]) });
}
