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
 * Members that are not opened are not asked for, where opened ones are listed.
 */
import type { Answer, Cell, Compare, Filter, Measure, Query, Range } from './api';
import { query_make } from './plan';
import { path_key, path_opened, type Path, type Pivot } from './pivot_state';

/** More rows of an answer than this are not shown; one more is asked for to know that there are more. */
export const ROWS_MAX = 100_000;

export const ask_key = (rows: number, columns: number) => `pivot:${rows}:${columns}`;

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

export function pivot_questions(pivot: Pivot, measures: string[], filters: Filter[], period: Range | null, compare: Compare | null): Record<string, Query> {
  const all: Record<string, Query> = {};
  if (!measures.length) return all;
  for (let r = 0; r <= depth_asked(pivot); r++) {
    const opened = r > 1 ? opened_at(pivot, r - 1) : null;
    const narrowed = opened ? [...filters, opened_filter(pivot, opened)] : filters;
    for (let c = 0; c <= pivot.columns.length; c++) {
      const levels = [...pivot.rows.slice(0, r), ...pivot.columns.slice(0, c)];
      all[ask_key(r, c)] = query_make(measures, levels, narrowed, period, {
        ...(compare && period ? { compare } : {}),
        ...(levels.length ? { limit: ROWS_MAX + 1 } : {})
      });
    }
  }
  return all;
}

/** Whether an answer is one to this question: an older one may still lie in its place. */
export function answer_fits(answer: Answer, query: Query): boolean {
  const levels = answer.columns.filter((c) => c.kind === 'level').map((c) => c.name);
  const measures = answer.columns.filter((c) => c.kind === 'measure').map((c) => c.name);
  return path_key(levels) === path_key((query.dimensions ?? []) as string[]) && path_key(measures) === path_key(query.measures) && !!answer.compare === !!query.compare;
}

/** Measures that have one value for the period (a balance, active members) cannot be split by its time. */
export const measure_splits = (measure: Measure, time_split: boolean) => !time_split || measure.by_time !== false;
