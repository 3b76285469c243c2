/*
 * Cuboids as the API tells them (GET /api/v1/cuboids, docs/CUBES.md), and their names in a reader's words.
 * Invariant: every figure is the server's.
 */
import { fetch_json, type DataState } from './api';

export interface Cuboid {
  name: string;
  table: string;
  table_rows: number;
  /** The smallest other cuboid whose cells lie within its own; null: only the rows of the table do. */
  finer: string | null;
  split_by: string[];
  states: string[];
  cells: number;
  bytes: number;
  current: boolean;
  newer: string | null;
  by_name: boolean;
  made_at: string | null;
  made_ms: number;
  scans: number;
  last_scan: string | null;
}
export interface Task { name: string; drop: boolean; unasked: boolean }
export interface Building { every_ms: number; now: Task | null; since: string | null; waiting: Task[]; failed: { name: string; code: string; message: string } | null }
export interface Advised {
  name: string;
  build: string;
  declared: boolean;
  cube: string;
  levels: string[];
  measures: string[];
  cells: number;
  bytes: number;
  benefit: number;
  yaml: string;
}
export interface Advice {
  questions: number;
  bytes_max: number;
  bytes: number;
  rows_before: number;
  rows_after: number;
  cuboids: Advised[];
  drops: { name: string; declared: boolean; bytes: number }[];
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
export interface Cuboids { cuboids: Cuboid[]; misses: Miss[]; misses_left_off: number; building: Building; data: DataState }

export const cuboids_fetch = (signal?: AbortSignal) => fetch_json<Cuboids>('cuboids', { signal });
export const advice_fetch = (signal?: AbortSignal) => fetch_json<Advice>('advice', { signal });
/** Puts cuboids in line to be built; `names` as Advised.build has them. */
export const cuboids_build = (names: string[]) =>
  fetch_json<{ building: Building }>('cuboids', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ names }) });
export const cuboids_cancel = () => fetch_json<{ building: Building }>('cuboids', { method: 'DELETE' });
export const cuboid_drop = (name: string) => fetch_json<{ building: Building }>(`cuboids/${encodeURIComponent(name)}`, { method: 'DELETE' });
export const building_is_busy = (building: Building) => building.now !== null || building.waiting.length > 0;

/** The cube and the levels of "sales(date.day, store.store)"; null where the name is of another form. */
export function cuboid_parts(name: string): { cube: string; levels: string[] } | null {
  const parts = /^([^(]+)\((.*)\)$/.exec(name);
  if (!parts) return null;
  return { cube: parts[1], levels: parts[2] ? parts[2].split(',').map((level) => level.trim()) : [] };
}

export interface LatticeNode { cuboid: Cuboid; coarser: LatticeNode[] }
export interface Lattice { table: string; rows: number; coarser: LatticeNode[] }

/** The cuboids of each table, each under the one that its cells are made of; those with most cells first. */
export function lattices_of(cuboids: Cuboid[]): Lattice[] {
  const sorted = [...cuboids].sort((a, b) => b.cells - a.cells || a.name.localeCompare(b.name));
  const under = (table: string, finer: string | null): LatticeNode[] =>
    sorted.filter((one) => one.table === table && one.finer === finer).map((cuboid) => ({ cuboid, coarser: under(table, cuboid.name) }));
  const tables = [...new Map(cuboids.map((one) => [one.table, one.table_rows]))];
  return tables.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([table, rows]) => ({ table, rows, coarser: under(table, null) }));
}

/** How long a bar of `cells` is, of 1, where one of `most` is whole: by their logarithms. */
export const lattice_length = (cells: number, most: number): number => (most > 1 ? Math.max(0, Math.min(1, Math.log(Math.max(1, cells)) / Math.log(most))) : 1);

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
