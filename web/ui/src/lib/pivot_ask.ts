/*
 * The questions that a pivot takes. A subtotal is not a sum (customers who bought in two shops are one
 * customer), so each depth of the rows by each depth of the columns is a question of its own:
 *
 *                       depth of the columns
 *                       0: total      1: channel
 *     rows  0: total    one figure    total of each channel
 *           1: region   ...           ...
 *           2: city     ...           ...
 *
 * Members that are not opened are not asked for, where opened ones are listed. The top members of the first
 * level are asked for first, then everything of them alone, and the rest as one line.
 */
import type { Cell, Compare, Filter, Measure, Query, Range } from './api';
import { query_make } from './plan';
import { path_opened, type Path, type Pivot } from './pivot_state';

/** More rows of an answer than this are not shown; one more is asked for to know that there are more. */
export const ROWS_MAX = 100_000;

export const TOP_KEY = 'pivot:top';
export const ask_key = (rows: number | 'others', columns: number) => `pivot:${rows}:${columns}`;

/** Where the same question lies that is compared with another period. */
export const also_key = (key: string, also: string) => `${key}:${also}`;

/** A member as filters: the rows that it stands for. */
export const path_filters = (levels: string[], path: readonly Cell[]): Filter[] =>
  path.map((cell, i) => (cell === null ? { level: levels[i], null: true } : { level: levels[i], in: [cell] }));

/** Opened members whose way is opened too, of one depth; null: all of them. */
function opened_at(pivot: Pivot, depth: number): Path[] | null {
  if (!pivot.open || depth === 0) return null;
  return pivot.open.filter((path) => path.length === depth && path.every((_, i) => path_opened(pivot, path.slice(0, i + 1))));
}

function opened_filter(pivot: Pivot, opened: Path[]): Filter {
  const alone = opened.filter((path) => path.length === 1 && path[0] !== null);
  if (alone.length === opened.length) return { level: pivot.rows[0], in: alone.map((path) => path[0]) };
  const each = opened.map((path): Filter => {
    const filters = path_filters(pivot.rows, path);
    return filters.length === 1 ? filters[0] : { all: filters };
  });
  return each.length === 1 ? each[0] : { any: each };
}

/** How many levels of the rows are asked for: below a level of which nothing is opened, nothing is. */
export function depth_asked(pivot: Pivot): number {
  let depth = Math.min(1, pivot.rows.length);
  while (depth < pivot.rows.length && opened_at(pivot, depth)?.length !== 0) depth++;
  return depth;
}

/** Which members are the top: by the measure that orders the lines, in its column; null: all are shown. */
export function top_question(pivot: Pivot, measures: string[], filters: Filter[], period: Range | null): Query | null {
  if (!pivot.top || !pivot.rows.length || !measures.length) return null;
  const sort = pivot.sort?.by === 'measure' && measures.includes(pivot.sort.measure) ? pivot.sort : null;
  const by = sort?.measure ?? measures[0];
  const narrowed = [...filters, ...path_filters(pivot.columns, sort?.column ?? [])];
  return query_make([by], [pivot.rows[0]], narrowed, period, { order: [{ by, desc: sort?.desc ?? true }], limit: pivot.top });
}

/** That a row is of one of these members. */
export function members_filter(level: string, members: Cell[]): Filter {
  const known: Filter = { level, in: members.filter((one) => one !== null) };
  return members.includes(null) ? { any: [known, { level, null: true }] } : known;
}

/** `compare`: what a table by those levels is compared with. `top`: the members that top_question found; null: all. */
export function pivot_questions(pivot: Pivot, measures: string[], filters: Filter[], period: Range | null, compare: (levels: string[]) => Compare | null, top: Cell[] | null): Record<string, Query> {
  const all: Record<string, Query> = {};
  if (!measures.length) return all;
  const question = (levels: string[], narrowed: Filter[]) => {
    const against = period && compare(levels);
    return query_make(measures, levels, narrowed, period, { ...(against ? { compare: against } : {}), ...(levels.length ? { limit: ROWS_MAX + 1 } : {}) });
  };
  const chosen = top ? members_filter(pivot.rows[0], top) : null;
  for (let c = 0; c <= pivot.columns.length; c++) {
    const levels = pivot.columns.slice(0, c);
    for (let r = 0; r <= depth_asked(pivot); r++) {
      const opened = r > 1 ? opened_at(pivot, r - 1) : null;
      const narrowed = [...filters, ...(r && chosen ? [chosen] : []), ...(opened ? [opened_filter(pivot, opened)] : [])];
      all[ask_key(r, c)] = question([...pivot.rows.slice(0, r), ...levels], narrowed);
    }
    if (chosen && pivot.others) all[ask_key('others', c)] = question(levels, [...filters, { not: chosen }]);
  }
  return all;
}

/** Measures that have one value for the period (a balance, active members) cannot be split by its time. */
export const measure_splits = (measure: Measure, time_split: boolean) => !time_split || measure.by_time !== false;
