/*
 * The customers behind a cell, as the rules of a segment: who bought (or was written to, or spent points)
 * within what the cell is about. Of a sum those who add to it, of a distinct count those who are counted,
 * of a ratio those whom its cube counts.
 */
import type { Cell, Filter, Measure, Model, Range } from './api';
import { day_valid, interval_end } from './days';
import { SEGMENTS } from './segment_level';
import type { Group, MeasureRule, Rule } from './segments';
import { member_measures } from './segments';

export interface CellScope {
  model: Model;
  measure: Measure;
  /** The dimension of the cube's time. */
  time: string | null;
  /** Levels and values on the way to the cell, of rows and columns. */
  way: { level: string; value: Cell }[];
  /** Those of the page; of the line of others, that it is not of the top. */
  filters: Filter[];
  period: Range | null;
}

export interface CellMembers { rules: Group; as_of: string | null }

/** Days that are in both; null: none. */
const cut = (a: Range, b: Range): Range | null => {
  const range = { from: a.from > b.from ? a.from : b.from, to: a.to < b.to ? a.to : b.to };
  return range.from <= range.to ? range : null;
};

/** Null: the cell knows no customers, or has none. */
export function cell_members({ model, measure, time, way, filters, period }: CellScope): CellMembers | null {
  const known = member_measures(model).filter((m) => m.cube === measure.cube);
  const counted = measure.parts ? measure : known.find((m) => m.parts === 'overlap' && m.by_time !== false);
  if (!counted || !known.includes(counted)) return null;
  // Whose segment they are in is a rule of its own: rows are of no segment.
  const whose = (ids: Cell[]): Rule => (ids.length === 1 ? { segment: String(ids[0]) } : { any: ids.map((id) => ({ segment: String(id) })) });
  const segment_rule = (filter: Filter): Rule | null => {
    if ('level' in filter) return filter.level === SEGMENTS && 'in' in filter ? whose(filter.in) : null;
    const inner = 'not' in filter ? segment_rule(filter.not) : null;
    return inner && { not: inner };
  };
  const rows: Filter[] = filters.filter((filter) => !segment_rule(filter));
  const besides: Rule[] = filters.flatMap((filter) => segment_rule(filter) ?? []);
  let days = period;
  for (const { level, value } of way) {
    if (level === SEGMENTS) {
      besides.push(whose([value]));
      continue;
    }
    const [dimension, grain] = level.split('.');
    // Nobody is known of rows without a customer.
    if (dimension === 'customer' && value === null) return null;
    const end = dimension === time && typeof value === 'string' && day_valid(value) ? interval_end(value, grain) : null;
    if (end) {
      days = days ? cut(days, { from: value as string, to: end }) : { from: value as string, to: end };
      if (!days) return null;
    } else rows.push(value === null ? { level, null: true } : { level, in: [value] });
  }
  const rule: MeasureRule = { measure: counted.name, ...(rows.length ? { filters: rows } : {}) };
  const windowed = counted.by_time === false;
  if (days && !windowed) Object.assign(rule, days);
  return { rules: { all: [counted.parts === 'overlap' ? { ...rule, at_least: 1 } : { ...rule, above: 0 }, ...besides] }, as_of: windowed ? (period?.to ?? null) : null };
}
