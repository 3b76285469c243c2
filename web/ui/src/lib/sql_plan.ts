/*
 * The text of EXPLAIN as trees: a line is a node, two more blanks in front make it a child. What
 * EXPLAIN ANALYZE says in brackets is taken apart: the variant that ran, rows, time, the rest.
 */
import type { SqlAnswer } from './sql_answer';

export interface PlanNode {
  depth: number;
  /** "Scan", and what of: "sales (day, store)". */
  name: string;
  detail: string;
  rows: string | null;
  ms: number | null;
  /** The variant and the other figures, as they are written. */
  notes: string;
}
export interface Plan { logical: PlanNode[]; physical: PlanNode[]; totals: string }

function node_parse(line: string): PlanNode {
  const depth = (line.length - line.trimStart().length) / 2;
  const [, text, bracket = ''] = /^(.*?)(?: {2}\[([^[\]]*)\])?$/.exec(line.trim())!;
  const parts = bracket ? bracket.split(', ') : [];
  const ms_at = parts.findIndex((part) => / ms$/.test(part));
  const rows_at = parts.findIndex((part) => /^\d+ rows( of \d+)?$/.test(part));
  const [, name, detail] = /^([A-Za-z]+(?: (?:all|join|anti|semi|outer))*)(.*)$/.exec(text) ?? ['', text, ''];
  return {
    depth,
    name,
    detail: detail.replace(/^:? /, ''),
    rows: rows_at < 0 ? null : parts[rows_at].replace(' rows', ''),
    ms: ms_at < 0 ? null : parseFloat(parts[ms_at]),
    notes: parts.filter((_, i) => i !== ms_at && i !== rows_at).join(', ')
  };
}

/** Null: the answer is no plan. */
export function plan_parse(answer: SqlAnswer): Plan | null {
  if (answer.columns.length !== 1 || answer.columns[0].name !== 'plan') return null;
  const blocks = answer.rows.map((row) => String(row[0] ?? '')).join('\n').split(/\n\n+/);
  const nodes = (block = '') => block.split('\n').filter(Boolean).map(node_parse);
  return { logical: nodes(blocks[0]), physical: nodes(blocks[1]), totals: blocks.slice(2).join(' ').trim() };
}
