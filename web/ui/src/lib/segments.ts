/*
 * Segments as the API has them: rules as JSON, what a definition comes to, the saved ones.
 * Rules are never changed in place: an edit makes a new tree, so that each state can be gone back to.
 */
import { fetch_json, type Cell, type Filter, type Measure, type Model } from './api';
import type { Word } from './words';

export interface MeasureRule {
  measure: string;
  filters?: Filter[];
  /** Rows of that purchase's day alone. */
  purchase?: 'first' | 'last';
  days?: number;
  /** The window ends so many days before the day. */
  ago?: number;
  from?: string;
  to?: string;
  at_least?: number | string;
  at_most?: number | string;
  above?: number | string;
  below?: number | string;
  equal?: number | string;
}
export interface LevelRule { level: string; in?: Cell[]; not_in?: Cell[]; from?: string; to?: string; null?: boolean }
export interface AttributeRule { attribute: string; in?: Cell[]; not_in?: Cell[]; null?: boolean }
/** Who are behind a number of a cube query: the query, and where in its answer. */
export interface CellRule { cell: { query: Record<string, unknown>; at?: Record<string, Cell>; others?: Record<string, Cell>[]; measure?: string } }
export type Rule = { all: Rule[] } | { any: Rule[] } | { not: Rule } | LevelRule | MeasureRule | AttributeRule | CellRule | { segment: string };
export type Group = { all: Rule[] } | { any: Rule[] };

export interface RuleResult { path: string; size: number; unknown: number; cut: number }
export interface Preview {
  as_of: string;
  base: number;
  size: number;
  share: number | null;
  sales?: { days: number; net: number; receipts: number; average_check: number | null; share: number | null };
  reachable: { channel: string; members: number; share: number | null }[];
  rules: RuleResult[];
}
export interface Saved extends Partial<Preview> {
  id: string;
  name: string;
  description: string;
  definition: Rule;
  created_at: string;
  updated_at: string;
  fault: string | null;
}

export const COMPARISONS = ['at_least', 'at_most', 'above', 'below', 'equal'] as const;
export type Comparison = (typeof COMPARISONS)[number];
export const COMPARISON_WORDS: Record<Comparison, Word> = { at_least: 'seg_at_least', at_most: 'seg_at_most', above: 'seg_above', below: 'seg_below', equal: 'seg_equal' };

export const is_group = (rule: Rule): rule is Group => 'all' in rule || 'any' in rule;
export const items_of = (group: Group): Rule[] => ('all' in group ? group.all : group.any);
export const group_make = (kind: 'all' | 'any', items: Rule[]): Group => (kind === 'all' ? { all: items } : { any: items });
export const comparison_of = (rule: MeasureRule): Comparison => COMPARISONS.find((name) => rule[name] !== undefined) ?? 'at_least';
/** A definition whose outermost rule is no group, as a group of it alone. */
export const as_group = (rule: Rule): Group => (is_group(rule) ? rule : { all: [rule] });

const MEMBERS = 'customer.';

/** Attributes of members: levels of their own cube. */
export function attribute_levels(model: Model): string[] {
  const cube = members_cube(model);
  return cube ? cube.levels.filter((name) => name.startsWith(MEMBERS) && model.levels.find((l) => l.name === name)?.type !== 'date') : [];
}
/** The cube whose rows are the members: the one that counts the base. */
export function members_cube(model: Model) {
  return model.cubes.find((cube) => cube.measures.includes(`${cube.name}.base`)) ?? model.cubes.find((cube) => cube.name === 'customers');
}
/** Measures of cubes that know of members, the members' own cube left out. */
export function member_measures(model: Model): Measure[] {
  const own = members_cube(model)?.name;
  const knowing = new Set(model.cubes.filter((cube) => cube.name !== own && cube.levels.some((level) => level.startsWith(MEMBERS))).map((cube) => cube.name));
  return model.measures.filter((measure) => knowing.has(measure.cube));
}
/** Whether the model says what a purchase is, so that rules can stand on the first and the last one. */
export const counts_purchases = (model: Model) => model.measures.some((measure) => measure.name === 'receipts.count');
/** Levels by which the rows of a cube can be chosen: neither time nor members. */
export function row_levels(model: Model, cube: string): string[] {
  const found = model.cubes.find((one) => one.name === cube);
  return (found?.levels ?? []).filter((name) => !name.startsWith(MEMBERS) && !name.startsWith('date.'));
}
/** A measure to look a level's values up with. */
export function lookup_measure(model: Model, level: string, cube?: string): string | null {
  const fits = (measure: Measure) => (!cube || measure.cube === cube) && model.cubes.find((one) => one.name === measure.cube)?.levels.includes(level);
  return (model.measures.find((m) => fits(m) && m.format === 'integer') ?? model.measures.find(fits))?.name ?? null;
}

function ask<T>(path: string, method: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const sent = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  return fetch_json<T>(path, { method, signal, ...sent });
}

/** A measure of both sides: its values, by the member where it adds up, and how the first differs from the second. */
export interface ComparedMeasure extends Pick<Measure, 'name' | 'type' | 'scale' | 'unit' | 'format' | 'title' | 'definition' | 'good'> {
  values: (number | null)[];
  per_member: (number | null)[] | null;
  change: number | null;
  change_unit: string;
}
export interface Compared {
  days: number;
  sides: (Preview & { from: string })[];
  both: number;
  only_a: number;
  only_b: number;
  change: number | null;
  change_unit: string;
  measures: ComparedMeasure[];
}

/** Two of the segments that lie over each other, by their places in the question. */
export interface OverlapPair { a: number; b: number; both: number; either: number; share_of_a: number | null; share_of_b: number | null; jaccard: number | null; lift: number | null }
export interface Overlap { base: number; all: number; any: number; segments: (Preview & { only: number })[]; pairs: OverlapPair[] }
export const OVERLAP_FIGURES = ['both', 'share', 'jaccard', 'lift'] as const;
export type OverlapFigure = (typeof OVERLAP_FIGURES)[number];
/** Segments in one question of the page; more columns would not be read. */
export const OVERLAP_MAX = 6;
/** What two of them have in common; share: of those of a. */
export function overlap_cell(overlap: Overlap, a: number, b: number, figure: OverlapFigure): number | null {
  const pair = overlap.pairs.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a));
  if (!pair) return null;
  return figure === 'share' ? (pair.a === a ? pair.share_of_a : pair.share_of_b) : pair[figure];
}
export type Side = { definition?: Rule; segment?: string; as_of?: string };

const one = (id: string) => `segments/${encodeURIComponent(id)}`;
export const segments_fetch = (signal?: AbortSignal) => ask<{ segments: Saved[]; kept: boolean }>('segments', 'GET', undefined, signal);
export const preview_fetch = (definition: Rule, as_of: string | null, signal?: AbortSignal) =>
  ask<Preview>('segments/preview', 'POST', as_of ? { definition, as_of } : { definition }, signal);
export const compare_fetch = (sides: Side[], signal?: AbortSignal) => ask<Compared>('segments/compare', 'POST', { sides }, signal);
export const overlap_fetch = (segments: (Rule | string)[], as_of: string | null, signal?: AbortSignal) =>
  ask<Overlap>('segments/overlap', 'POST', as_of ? { segments, as_of } : { segments }, signal);
export const segment_create = (id: string, name: string, description: string, definition: Rule) => ask<Saved>('segments', 'POST', { id, name, description, definition });
export const segment_replace = (id: string, name: string, description: string, definition: Rule) => ask<Saved>(one(id), 'PUT', { name, description, definition });
export const segment_remove = (id: string) => ask<{ removed: true }>(one(id), 'DELETE');
/** The definition in words, and back. */
export const text_write = async (definition: Rule, signal?: AbortSignal) => (await ask<{ text: string }>('segments/text', 'POST', { definition }, signal)).text;
export const text_read = async (text: string) => (await ask<{ definition: Rule }>('segments/text', 'POST', { text })).definition;
export const members_address = (id: string) => `api/v1/${one(id)}/members`;

const LATIN: Record<string, string> = Object.fromEntries(
  [...'абвгдеёжзийклмнопрстуфхцчшщъыьэюя'].map((letter, i) => [letter, 'a b v g d e e zh z i y k l m n o p r s t u f h ts ch sh sch  y  e yu ya'.split(' ')[i]])
);
/** An id from a name: Latin letters, digits and hyphens; never one that is taken. */
export function id_make(name: string, taken: string[]): string {
  const plain = [...name.toLowerCase()].map((letter) => LATIN[letter] ?? letter).join('').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 48) || 'segment';
  let id = plain;
  for (let n = 2; taken.includes(id); n++) id = `${plain}-${n}`;
  return id;
}
