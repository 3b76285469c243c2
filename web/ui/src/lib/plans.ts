/*
 * Planning a test as the API has it (docs/EXPERIMENTS.md, A plan): what is chosen stands in the address, every figure is the server's.
 */
import { fetch_json, type Text, type Title } from './api';
import { day_add } from './days';
import type { Choices, Kind, Split } from './experiments';

export type PlanCode = 'enough' | 'too_small' | 'no_history' | 'nothing_varies' | 'split_spoiled';
export interface PlanDuration {
  days: number;
  planned: boolean;
  has_history: boolean;
  analyses: { id: string; title: Text; shown: boolean; mean: number | null; deviation: number | null; variance_left: number | null }[];
  detectable: number | null;
  power: number | null;
  customers_needed: number | null;
  customers_needed_raw: number | null;
}
type State = 'sound' | 'warning' | 'invalid';
export interface Plan {
  experiment: { start: string; end: string; minimal_effect: number };
  verdict: { code: PlanCode; words: Text };
  metric: { id: string; title: Text; kind: Kind; unit: string | null };
  alpha: number;
  wanted_power: number;
  customers: number;
  durations: PlanDuration[];
  sizes: { customers: number; detectable: number | null; power: number | null }[];
  curve: { effects: number[]; lines: { days: number; power: (number | null)[] }[] };
  split: Split;
  balance: { arm: string; metric: string; title: Text; standardised_difference: number; p_value: number; p_adjusted: number; sound: boolean }[];
  overlap: { customers: number; share: number; state: State; tests: { id: string; name: Text; customers: number; share: number; state: State }[] } | null;
}

/** What a reader chooses; texts, as they stand in the address. */
export interface Wish { segment: string; list: string; arm: string; metric: string; groups: number; control: string; minimal: string; start: string; days: number; seed: string }

export const DAYS = [7, 14, 28, 42, 56, 84];
export const GROUPS = [2, 3, 4];
/** Shares as the API takes them, and as they are read. */
export const MINIMAL: [string, number][] = [['0.01', 1], ['0.02', 2], ['0.03', 3], ['0.05', 5], ['0.1', 10], ['0.2', 20]];
export const CONTROL: [string, number][] = [['0.1', 10], ['0.2', 20], ['0.3', 30], ['0.5', 50]];

const number = (text: string | null, known: number[], otherwise: number) => (known.includes(Number(text)) ? Number(text) : otherwise);

/** The address's choices; what it lacks, or says wrongly, is the usual. `last`: the last day with data. */
export function wish_read(params: URLSearchParams, last: string | null, metrics: string[]): Wish {
  const start = params.get('start') ?? '';
  return {
    segment: params.get('segment') ?? '',
    list: /^[0-9a-f]{32}$/.test(params.get('list') ?? '') ? params.get('list')! : '',
    arm: params.get('arm') ?? '',
    metric: params.get('metric') ?? metrics[0] ?? '',
    groups: number(params.get('groups'), GROUPS, 2),
    control: CONTROL.find(([share]) => share === params.get('control'))?.[0] ?? '',
    minimal: Number(params.get('minimal')) > 0 ? params.get('minimal')! : '0.05',
    start: /^\d{4}-\d{2}-\d{2}$/.test(start) ? start : last ? day_add(last, 1) : '',
    days: number(params.get('days'), DAYS, 28),
    seed: params.get('seed') || '1'
  };
}

/** An uploaded list: who is in which group, as the server read it. */
export interface MemberList {
  list: string;
  customers: number;
  unknown: { customers: number; first: string[] };
  repeated: number;
  arms: { id: string; customers: number }[];
}
export const LIST_BYTES_MAX = 32 * 1024 * 1024;
export const list_upload = (file: Blob, signal?: AbortSignal) => fetch_json<MemberList>('experiments/lists', { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: file, signal });
export const list_fetch = (id: string, signal?: AbortSignal) => fetch_json<MemberList>(`experiments/lists/${id}`, { signal });
/** The list's group that is the control: the one chosen, else one that is called so. */
export const control_of = (list: MemberList, chosen: string) => (list.arms.find((arm) => arm.id === chosen) ?? list.arms.find((arm) => /^(control|контроль)/i.test(arm.id)) ?? list.arms[0]).id;

/** Shares need not sum to one: the control's is out of a hundred, the others' are alike. */
function arms_of({ groups, control, arm }: Wish, list: MemberList | null) {
  const own = list ? control_of(list, arm) : 'control';
  const others = list ? list.arms.map((one) => one.id).filter((id) => id !== own) : Array.from({ length: groups - 1 }, (_, i) => (groups === 2 ? 'test' : `test-${'abc'[i]}`));
  const share = CONTROL.find(([known]) => known === control)?.[1] ?? 0;
  const each = share ? 100 - share : 1;
  return [{ id: own, share: share ? share * others.length : 1, control: true }, ...others.map((id) => ({ id, share: each }))];
}

/** The wish as a definition that the API takes, with the figures and segments that this store has. `list`: the wish's, or null. */
export function wish_definition(wish: Wish, choices: Choices, name: Title | null, list: MemberList | null) {
  const usual = ['sales_per_customer', 'receipts_per_customer', 'buyers_share', 'average_check', 'items_per_check'];
  const has = (id: string) => id !== wish.metric && choices.metrics.some((one) => one.id === id);
  return {
    ...(name ? { name } : {}),
    members: list ? { list: list.list } : { ...(wish.segment ? { segment: wish.segment } : {}), seed: wish.seed },
    arms: arms_of(wish, list),
    start: wish.start,
    end: day_add(wish.start, wish.days - 1),
    minimal_effect: Number(wish.minimal),
    primary: wish.metric,
    metrics: usual.filter(has),
    guardrails: ['margin_per_customer'].filter(has),
    segments: choices.segments.map((one) => one.id)
  };
}

export const plan_fetch = (definition: object, signal?: AbortSignal) =>
  fetch_json<Plan>('experiments/plan', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(definition), signal });
export const experiment_save = (definition: object) =>
  fetch_json<{ definition: { id: string } }>('experiments', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(definition) });
export const experiment_remove = (id: string) => fetch_json<{ removed: true }>(`experiments/${encodeURIComponent(id)}`, { method: 'DELETE' });

export const PLAN_TONES = {
  enough: { tone: 'good', icon: 'check' },
  too_small: { tone: 'open', icon: 'warn' },
  no_history: { tone: 'open', icon: 'info' },
  nothing_varies: { tone: 'open', icon: 'info' },
  split_spoiled: { tone: 'bad', icon: 'warn' }
} as const;
