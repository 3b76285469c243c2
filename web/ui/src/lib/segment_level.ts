/*
 * Saved segments as a level of Explore: its members are the segments, and a row is in each that its customer is in.
 * The pivot knows it as any other level; here its questions become those of the API, which has segments as a
 * dimension and as filters of their own. Rows of nobody's, or of a member of none, are in no question that it stands in.
 */
import type { Filter, Level, Model, Query } from './api';
import type { Saved } from './segments';

export const SEGMENTS = 'segments.segment';
/** The API splits by so many at once. */
export const SEGMENTS_MAX = 20;
const MEMBERS = 'customer.';

export const segment_level: Level = { name: SEGMENTS, dimension: 'segments', title: { en: 'Segments', ru: 'Сегменты' }, type: 'string', parent: null };

/** The model with segments as a level of each cube that knows of members; without saved ones (null: not known yet) as it is. */
export function segments_join(model: Model, saved: Saved[] | null): Model {
  const knows = (levels: string[]) => levels.some((name) => name.startsWith(MEMBERS));
  if ((saved && !saved.length) || !model.cubes.some((cube) => knows(cube.levels))) return model;
  const cubes = model.cubes.map((cube) => (knows(cube.levels) ? { ...cube, levels: [...cube.levels, SEGMENTS] } : cube));
  return { ...model, cubes, levels: [...model.levels, { ...segment_level, values: saved?.length ?? null }] };
}

/** Those that rows are split by: the chosen ones, or the first of all. */
export const segments_split = (chosen: string[] | undefined, saved: Saved[]): string[] =>
  (chosen?.length ? chosen : saved.map((one) => one.id)).slice(0, SEGMENTS_MAX);

const either = (filters: Filter[]): Filter => (filters.length === 1 ? filters[0] : { any: filters });
export const segments_any = (ids: string[]): Filter => either(ids.map((segment) => ({ segment })));

/** A filter on the level as the API has it. */
export function segment_filter(filter: Filter): Filter {
  if ('any' in filter) return { any: filter.any.map(segment_filter) };
  if ('all' in filter) return { all: filter.all.map(segment_filter) };
  if ('not' in filter) return { not: segment_filter(filter.not) };
  if (!('level' in filter) || filter.level !== SEGMENTS) return filter;
  const ids = 'in' in filter ? filter.in.map(String) : [];
  return ids.length ? segments_any(ids) : { any: [] };
}

/** A pivot's question as the API has it. ids: the segments that rows are split by, where the pivot splits by them. */
export function segment_question(query: Query, ids: string[] | null): Query {
  const filters = [...(query.filters ?? []).map(segment_filter), ...(ids ? [segments_any(ids)] : [])];
  const dimensions = query.dimensions?.map((one) => (one === SEGMENTS ? { segments: ids ?? [] } : one));
  return { ...query, ...(filters.length ? { filters } : {}), ...(dimensions ? { dimensions } : {}) };
}
