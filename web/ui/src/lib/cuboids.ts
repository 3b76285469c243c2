/*
 * Cuboids as the API tells them (GET /api/v1/cuboids, docs/CUBES.md), and their names in a reader's words.
 * Invariant: every figure is the server's.
 */
import { fetch_json, type DataState } from './api';

export interface Cuboid {
  name: string;
  table: string;
  split_by: string[];
  states: string[];
  cells: number;
  bytes: number;
  current: boolean;
  newer: string | null;
  scans: number;
}
export interface Miss {
  cube: string;
  levels: string[];
  measures: string[];
  never: string | null;
  reasons: string[];
  count: number;
  rows_read: number;
  last_asked: string;
}
export interface Cuboids { cuboids: Cuboid[]; misses: Miss[]; misses_left_off: number; data: DataState }

export const cuboids_fetch = (signal?: AbortSignal) => fetch_json<Cuboids>('cuboids', { signal });

/** The cube and the levels of "sales(date.day, store.store)"; null where the name is of another form. */
export function cuboid_parts(name: string): { cube: string; levels: string[] } | null {
  const parts = /^([^(]+)\((.*)\)$/.exec(name);
  if (!parts) return null;
  return { cube: parts[1], levels: parts[2] ? parts[2].split(',').map((level) => level.trim()) : [] };
}

/** What a model's `cuboids:` takes, so that the question is served: "{levels: [date.month], measures: [revenue]}"; null: nothing can. */
export function miss_yaml(miss: Miss): string | null {
  if (miss.never !== null || !miss.levels.length) return null;
  const levels = `[${miss.levels.join(', ')}]`;
  return miss.measures.length ? `{levels: ${levels}, measures: [${miss.measures.join(', ')}]}` : levels;
}

/** "cuboid sales(date.day): it is not split by tier" as its two halves. */
export function reason_parts(reason: string): { cuboid: string; why: string } {
  const parts = /^cuboid (.+\)): (.*)$/.exec(reason);
  return parts ? { cuboid: parts[1], why: parts[2] } : { cuboid: '', why: reason };
}

/** The moment of an instant in the reader's own time zone, as `moment_text` takes it. */
export function moment_local(instant: string): string {
  const at = new Date(instant);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
