/* What the Data page shows of a server: its loads, its queries, its memory, as the API has them. */
import { fetch_json, type Health } from './api';

export interface LoadTable { table: string; files: number; rows: number; rejected: number; updated: number; inferred: number; unmatched: number; bytes_read: number }
export interface Load { version: number; batch: string; loaded_at: string; elapsed_ms: number; rejects: string | null; tables: LoadTable[]; notices: string[] }
export interface Loads { loads: Load[]; kept: boolean }

export type QueryState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
export interface RunningQuery {
  id: string;
  kind: string;
  text: string;
  state: QueryState;
  started: string;
  elapsed_ms: number;
  rows: number;
  rows_read: number;
  memory_peak_bytes: number;
  error: { code: string; message: string } | null;
}
export interface Queries { running: number; waiting: number; queries: RunningQuery[] }
export interface Memory { used_bytes: number; peak_bytes: number; limit_bytes: number }
export interface Holdings extends Health { memory: Memory; queries: { running: number; waiting: number; admitted: number; refused: number } }

export const loads_fetch = (signal?: AbortSignal) => fetch_json<Loads>('loads', { signal });
export const queries_fetch = (signal?: AbortSignal) => fetch_json<Queries>('queries', { signal });
export const holdings_fetch = (signal?: AbortSignal) => fetch_json<Holdings>('health', { signal });
export const query_cancel = (id: string) => fetch_json<unknown>(`queries/${encodeURIComponent(id)}`, { method: 'DELETE' });

export const query_live = (query: RunningQuery) => query.state === 'running' || query.state === 'waiting';
