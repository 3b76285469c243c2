/*
 * The JSON contract of docs/API.md as types, and the one place that speaks HTTP.
 * Invariant: whatever goes wrong, callers see an ApiError that says what, where and what to do,
 * or an AbortError when they themselves withdrew the request.
 */

export interface Text { en?: string; ru?: string }
export type Title = Text | string;
export type Cell = string | number | boolean | null;
export type Format = 'money' | 'integer' | 'decimal' | 'percent';
export type Good = 'up' | 'down' | null;

export interface DataState {
  from: string | null;
  to: string | null;
  /** Left out: the last day with data is complete. */
  complete_to?: string | null;
  as_of: string | null;
  loaded_at: string | null;
  version: number;
}
export interface Cube { name: string; title?: Title; time?: string | null; levels: string[]; measures: string[] }
export interface Level {
  name: string;
  dimension: string;
  title?: Title;
  type: string;
  parent: string | null;
  values?: number | null;
  /** Where English names of the members stand beside their own. */
  names?: { table: string; column: string; en: string } | null;
}
export interface Measure {
  name: string;
  cube: string;
  title?: Title;
  definition?: Title;
  type: string;
  scale?: number;
  unit: string | null;
  format: Format;
  good: Good;
  /** False: one value for the period, which cannot be broken down or filtered by time. */
  by_time?: boolean;
  /** How parts make up a whole: they add, they overlap (distinct customers), or neither (a ratio). */
  parts?: 'add' | 'overlap' | null;
}
/** What a member is on a day: a value of those named, of a level, or anything. */
export interface Attribute { name: string; title?: Title; level: string | null; values: { value: string; title?: Title }[] }
export interface Model {
  name: string;
  title?: Title;
  time_zone?: string;
  currency?: string;
  data: DataState;
  cubes: Cube[];
  levels: Level[];
  measures: Measure[];
  attributes?: Attribute[];
  definitions?: Record<string, unknown>;
}
export interface Missing { level: string; value: string; title?: Title; date: string }
export interface Health { status: string; version: string; uptime_s: number; data: DataState; missing?: Missing[] }

export interface SchemaColumn { name: string; type: string; key: boolean; link: string | null; bytes: number }
export interface SchemaTable { name: string; rows: number; bytes: number; columns: SchemaColumn[] }
export interface Tables { tables: SchemaTable[]; data: DataState }

export type Filter =
  | { level: string; in: Cell[] }
  | { level: string; not_in: Cell[] }
  | { level: string; from?: string; to?: string }
  | { level: string; null: true }
  | { any: Filter[] }
  | { all: Filter[] }
  | { not: Filter }
  | { segment: string; as_of?: string };
export interface Range { from: string; to: string }
export type Compare = 'previous' | 'last_year' | 'last_year_calendar' | Range;
export interface Query {
  measures: string[];
  dimensions?: (string | { level: string } | { segments: string[]; as_of?: string })[];
  filters?: Filter[];
  period?: Range;
  compare?: Compare;
  order?: { by: string; desc?: boolean }[];
  limit?: number;
  offset?: number;
  totals?: boolean;
}
export interface Column {
  name: string;
  /** With a name behind a colon: of a further comparison (lib/pivot_compare). */
  kind: 'level' | 'measure' | 'compare' | 'change' | `compare:${string}` | `change:${string}`;
  type: string;
  scale?: number;
  unit?: string | null;
  format?: Format;
  title?: Title;
  definition?: Title;
  good?: Good;
}
export interface Answer {
  columns: Column[];
  rows: Cell[][];
  totals?: Cell[];
  period?: Range & { note?: Title | null };
  compare?: Range & { note?: Title | null };
  source?: { kind: string; tables?: string[]; rows_read?: number; bytes_read?: number; blocks_skipped?: number };
  data?: { as_of: string | null; loaded_at: string | null; version: number };
  elapsed_ms?: number;
}

/** Where a column stands in the rows; -1: the answer lacks it. */
export const column_find = (answer: Answer, name: string, kind: Column['kind']): number =>
  answer.columns.findIndex((c) => c.name === name && c.kind === kind);

export class ApiError extends Error {
  constructor(readonly code: string, message: string, readonly path: string | null = null, readonly status = 0, readonly position: number | null = null) {
    super(message);
  }
}

const ROOT = 'api/v1/';

let unreachable = () => {};
/** Whom to tell that a request found no server at the other end, or one about to stop. */
export function unreachable_watch(tell: () => void): void {
  unreachable = tell;
}

async function error_of_reply(reply: Response): Promise<ApiError> {
  try {
    const { error } = await reply.json();
    return new ApiError(error.code, error.message, error.path ?? null, reply.status, error.position ?? null);
  } catch {
    // A proxy's own page for a server that is not there.
    if (reply.status >= 502 && reply.status <= 504) return new ApiError('network', '', null, reply.status);
    return new ApiError('http', `HTTP ${reply.status} ${reply.statusText}`.trim(), null, reply.status);
  }
}

/** A reply whose status is a success; anything else is an ApiError. */
export async function reply_fetch(path: string, init: RequestInit): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(ROOT + path, init);
  } catch (cause) {
    if ((cause as Error).name === 'AbortError') throw cause;
    unreachable();
    throw new ApiError('network', '');
  }
  if (reply.ok) return reply;
  const error = await error_of_reply(reply);
  if (error.code === 'network' || error.status === 503) unreachable();
  throw error;
}

export async function fetch_json<T>(path: string, init: RequestInit): Promise<T> {
  const reply = await reply_fetch(path, init);
  try {
    return (await reply.json()) as T;
  } catch (cause) {
    if ((cause as Error).name === 'AbortError') throw cause;
    throw new ApiError('bad_reply', `${path}: not JSON`, null, reply.status);
  }
}

export const model_fetch = (signal?: AbortSignal) => fetch_json<Model>('model', { signal });
export const tables_fetch = (signal?: AbortSignal) => fetch_json<Tables>('tables', { signal });
export const health_fetch = (signal?: AbortSignal) => fetch_json<Health>('health', { signal });

export function query_fetch(query: Query, signal?: AbortSignal): Promise<Answer> {
  return fetch_json<Answer>('query', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(query),
    signal
  });
}
