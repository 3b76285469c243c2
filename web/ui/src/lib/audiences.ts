/*
 * Audiences and what leaves of them, as the API has them: frozen lists of members, split into arms.
 * Shares are texts of exact digits: no sum of binary fractions may miss 1.
 */
import { reply_fetch, fetch_json, type Title } from './api';
import type { Rule } from './segments';

export interface Arm { id: string; name: string; share: number; hold_out: boolean; size: number }
export interface Audience {
  id: string;
  name: string;
  description: string;
  segment: string | null;
  definition: Rule;
  as_of: string;
  seed: string;
  stratify_by: string[];
  strata: number | null;
  size: number;
  arms: Arm[];
  created_at: string;
}
export interface ExportColumn { name: string; title: Title; personal: boolean }
export interface ExportEntry { at: string; audience: string | null; segment: string | null; arms: string[]; columns: string[]; personal: boolean; rows: number }
export interface Exports { personal_data: boolean; columns: ExportColumn[]; exports: ExportEntry[] }
export interface Freeze { id: string; name: string; description: string; segment?: string; definition?: Rule; as_of?: string; stratify_by?: string[]; arms: { id: string; name: string; share: string; hold_out: boolean }[] }

export const TARGET = 'target';
export const CONTROL = 'control';

const sent = (body: unknown) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const one = (id: string) => `audiences/${encodeURIComponent(id)}`;

export const audiences_fetch = () => fetch_json<{ audiences: Audience[]; kept: boolean }>('audiences', {});
export const audience_freeze = (asked: Freeze) => fetch_json<Audience>('audiences', sent(asked));
export const audience_remove = (id: string) => fetch_json<{ removed: true }>(one(id), { method: 'DELETE' });
export const exports_fetch = () => fetch_json<Exports>('exports', {});
export const audience_export = async (id: string, columns: string[], arms: string[], personal: boolean): Promise<Blob> =>
  (await reply_fetch(`${one(id)}/export`, sent({ columns, arms, ...(personal ? { personal } : {}) }))).blob();

/** The arms of a hold-out in tenths of a percent, 0 to 1000: none of it is one arm of all. */
export function arms_make(tenths: number, target: string, control: string): Freeze['arms'] {
  const share = (of: number) => (of === 1000 ? '1' : `0.${String(of).padStart(3, '0')}`);
  if (tenths === 0) return [{ id: TARGET, name: target, share: '1', hold_out: false }];
  return [{ id: TARGET, name: target, share: share(1000 - tenths), hold_out: false }, { id: CONTROL, name: control, share: share(tenths), hold_out: true }];
}
/** A percentage as typed, in tenths of a percent; null: it is none, or leaves nobody. */
export function tenths_read(text: string): number | null {
  const match = /^\s*(\d{1,2})(?:[.,](\d))?\s*%?\s*$/.exec(text);
  return match ? Number(match[1]) * 10 + Number(match[2] ?? 0) : null;
}
