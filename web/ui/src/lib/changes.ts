/* What makes up a measure's change: POST /api/v1/changes. The server compares, orders and rounds. */
import { fetch_json, type Cell, type Column, type Compare, type Filter, type Range, type Title } from './api';

export interface ChangeSums { value: number; compare: number; change: number; growth: number | null }
export interface ChangeMember extends ChangeSums { member: Cell; share: number | null; excess: number | null }
export interface ChangeLevel { level: string; title?: Title; count: number; shift: number; members: ChangeMember[]; others: (ChangeSums & { count: number; share: number | null }) | null }
export interface Changes {
  measure: Omit<Column, 'kind'>;
  total: ChangeSums;
  levels: ChangeLevel[];
  /** Levels with too many members. */
  left_out: string[];
  period: Range & { note: Title | null };
  compare: Range & { note: Title | null };
}
export interface ChangesQuestion { measure: string; filters?: Filter[]; period: Range; compare: Compare; members: number }

export const changes_fetch = (question: ChangesQuestion, signal: AbortSignal) =>
  fetch_json<Changes>('changes', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(question), signal });
