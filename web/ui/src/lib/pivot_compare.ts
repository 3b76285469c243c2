/*
 * Several comparisons of one pivot. A question is compared with one period, so each further comparison asks the
 * same questions once more; here the answers about one table become one, which has the figures of each comparison
 * as columns of their own. Nothing is computed: a row is found in both answers by its members.
 */
import type { Answer, Cell, Column } from './api';
import { path_key, type Also } from './pivot_state';

const is_versus = (column: Column) => column.kind === 'compare' || column.kind === 'change';

/** `levels`: how many of the first columns are members. A row that one of the answers lacks has no figures from it. */
export function answers_join(base: Answer, levels: number, further: { also: Also; answer: Answer }[]): Answer {
  if (!further.length) return base;
  const key = (row: Cell[]) => path_key(row.slice(0, levels));
  const rows = new Map(base.rows.map((row) => [key(row), [...row]]));
  const columns = [...base.columns] as Column[];
  for (const { also, answer } of further) {
    const taken = answer.columns.flatMap((column, at) => (is_versus(column) ? [at] : []));
    const start = columns.length;
    for (const at of taken) columns.push({ ...answer.columns[at], kind: `${answer.columns[at].kind as 'compare' | 'change'}:${also}` });
    for (const row of answer.rows) {
      const name = key(row);
      const joined = rows.get(name) ?? [...row.slice(0, levels), ...Array<Cell>(start - levels).fill(null)];
      rows.set(name, joined);
      while (joined.length < start) joined.push(null);
      for (const at of taken) joined.push(row[at]);
    }
    for (const row of rows.values()) while (row.length < columns.length) row.push(null);
  }
  return { ...base, columns, rows: [...rows.values()] };
}
