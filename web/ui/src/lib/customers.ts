/* A member's card, as the API has it. */
import { fetch_json, type Cell, type Title } from './api';

export type CardRow = Record<string, Cell>;
export interface CardSection { total: number; rows: CardRow[] }
export interface Card {
  customer: number | string;
  personal: boolean;
  personal_data: boolean;
  in_base: boolean;
  profile: { name: string; title: Title; value: Cell; masked: boolean }[];
  summary: { first_purchase: string | null; last_purchase: string | null; receipts: number; sales: number; points: number };
  identities?: CardSection;
  tiers?: CardSection;
  consents?: CardSection;
  receipts?: CardSection;
  points?: CardSection;
  contacts?: CardSection;
  tests?: CardSection;
  lines?: CardRow[];
  segments: { id: string; name: string }[];
}
export type Wanted = { customer: number | string } | { identity: { value: string } };

export const card_fetch = (wanted: Wanted, personal: boolean, signal?: AbortSignal) =>
  fetch_json<Card>('customers/card', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...wanted, ...(personal ? { personal } : {}) }), signal });
