/*
 * Experiments as the API tells them (docs/EXPERIMENTS.md), and how their figures are written.
 * Invariant: every figure is the server's; here it only gets its sign, its unit and its digits.
 */
import { fetch_json, type Text, type Title } from './api';
import { change_text, DASH, number_axis, number_exact } from './format';
import type { PilotDefinition } from './pilots';
import type { Lang, Word } from './words';

export type Code =
  | 'roll_out' | 'below_minimum' | 'not_decided' | 'split_spoiled' | 'guardrail_broken' | 'guardrail_unclear' | 'too_early' | 'not_robust' | 'invalid' | 'no_data';
export type Kind = 'money' | 'count' | 'number' | 'share' | 'change';
export interface Interval { value: number | null; low: number | null; high: number | null; kind: Kind; unit: string | null }
export interface Arm { id: string; name?: Title; share: number; control?: boolean }
export type MetricAsked = string | { measure?: string; [key: string]: unknown };
export interface Choice { id: string; title: Text }
/** The usual metrics and segments that this store has. */
export interface Choices { metrics: Choice[]; segments: Choice[] }
/** What is known of a definition that the server keeps. */
export interface SavedTest { id: string; fault: string | null }
export interface Tests extends Choices { experiments: Definition[]; pilots: PilotDefinition[]; saved: SavedTest[] }
export interface Definition { id: string; name?: Title; campaign?: string | number; arms: Arm[]; start?: string; end?: string; guardrails?: MetricAsked[] }
export interface Verdict { arm: string; code: Code; words: Text; balanced: boolean | null }
export interface SplitArm { id: string; name: Text; control: boolean; assigned: number; analysed: number; planned: number; came: number | null }
export interface Behind { segment: string; title: Text; value: Text | null; arms: { id: string; customers: number; came: number }[]; p_value: number }
export interface Split { spoiled: boolean; acknowledged: boolean; effects_hidden: boolean; p_value: number | null; arms: SplitArm[]; behind: Behind[] }
export interface Overlap { id: string; title: Text; customers: number | null; share: number | null; state: 'sound' | 'warning' | 'invalid' | 'unknown' }
export interface Analysis {
  id: 'raw' | 'cuped' | 'capped' | 'capped_cuped';
  title: Text;
  shown: boolean;
  control: number | null;
  treated: number | null;
  difference: Interval;
  relative: Interval;
  p_value: number | null;
}
export interface Metric {
  id: string;
  title: Text;
  role: 'primary' | 'secondary' | 'guardrail';
  kind: Kind;
  unit: string | null;
  good: 'up' | 'down';
  exploratory: boolean;
  /** null: a mean, a share or a ratio. */
  quantile: number | null;
  analyses: Analysis[];
  p_adjusted: number | null;
  significant: boolean;
  cap: number | null;
  balance: { standardised_difference: number; p_value: number; p_adjusted: number; sound: boolean } | null;
  power: { detectable: number | null; minimal_effect: number; power: number | null; customers_needed: number | null };
  guardrail: { state: 'unknown' | 'sound' | 'broken' | 'unclear'; title: Text; permitted: number } | null;
}
export interface SegmentResult {
  segment: string;
  title: Text;
  value: Text | null;
  treated_customers: number;
  control_customers: number;
  few: boolean;
  control: number | null;
  treated: number | null;
  difference: Interval;
  p_value: number | null;
  p_adjusted: number | null;
  significant: boolean;
}
export interface DayResult { day: number; difference: Interval; p_adjusted: number | null; significant: boolean }
export interface Monthly { value: number; low: number; high: number; kind: 'money'; unit: string | null; metric: string; customers: number }
export interface ArmResult {
  id: string;
  name: Text;
  verdict: Verdict;
  monthly: Monthly | null;
  metrics: Metric[] | null;
  segments: SegmentResult[] | null;
  days: DayResult[] | null;
}
export interface Evaluation {
  experiment: { id: string; name: Title; start: string | null; end: string | null; as_of: string | null; window_days: number; before_days: number; return_days: number; minimal_effect: number };
  intervals: 'fixed' | 'always_valid';
  level: number;
  progress: { day: number; days: number; verdict_day: string | null; window_days: number };
  verdict: Verdict;
  split: Split;
  overlaps: Overlap[];
  left_out: Record<string, number>;
  arms: ArmResult[];
}

export const experiments_fetch = (signal?: AbortSignal) => fetch_json<Tests>('experiments', { signal });
export const experiment_evaluate = (id: string, overrides: object, signal?: AbortSignal) =>
  fetch_json<Evaluation>(`experiments/${encodeURIComponent(id)}/evaluate`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(overrides), signal
  });

/** How a verdict sounds; each tone has a colour, a pictogram and words of its own. */
export const TONES: Record<Code, { tone: 'good' | 'bad' | 'open' | 'early'; icon: 'check' | 'close' | 'warn' | 'info' | 'clock'; word: Word; change: Word }> = {
  roll_out: { tone: 'good', icon: 'check', word: 'test_roll_out', change: 'test_change_roll_out' },
  below_minimum: { tone: 'bad', icon: 'close', word: 'test_below_minimum', change: 'test_change_below_minimum' },
  guardrail_broken: { tone: 'bad', icon: 'close', word: 'test_guardrail_broken', change: 'test_change_guardrail_broken' },
  split_spoiled: { tone: 'bad', icon: 'warn', word: 'test_split_spoiled', change: 'test_change_split_spoiled' },
  invalid: { tone: 'bad', icon: 'warn', word: 'test_split_spoiled', change: 'test_change_invalid' },
  not_decided: { tone: 'open', icon: 'info', word: 'test_not_decided', change: 'test_change_not_decided' },
  guardrail_unclear: { tone: 'open', icon: 'info', word: 'test_not_decided', change: 'test_change_guardrail_unclear' },
  not_robust: { tone: 'open', icon: 'info', word: 'test_not_robust', change: 'test_change_not_robust' },
  no_data: { tone: 'open', icon: 'info', word: 'test_no_data', change: 'test_change_no_data' },
  too_early: { tone: 'early', icon: 'clock', word: 'test_too_early', change: 'test_change_too_early' }
};
/** A good verdict on groups that were not alike before the start does not look good. */
export const look_of = ({ code, balanced }: Pick<Verdict, 'code' | 'balanced'>) =>
  balanced === false && TONES[code].tone === 'good' ? ({ ...TONES[code], tone: 'open', icon: 'warn' } as const) : TONES[code];

/** Decimals that suit the largest of numbers that stand together. */
function scale_of(kind: Kind, numbers: (number | null)[]): number {
  const largest = Math.max(...numbers.map((number) => Math.abs(number ?? 0)));
  if (kind === 'money') return largest >= 1000 ? 0 : 2;
  return largest >= 100 ? 1 : largest >= 10 ? 2 : largest >= 1 ? 3 : 4;
}
const shape_of = (kind: Kind, unit: string | null, scale: number) => ({
  format: kind === 'money' ? ('money' as const) : kind === 'share' ? ('percent' as const) : ('decimal' as const),
  type: 'float', unit: kind === 'share' ? '%' : unit, scale
});

export const level_text = (value: number | null, kind: Kind, unit: string | null, lang: Lang) => number_exact(value, shape_of(kind, unit, scale_of(kind, [value])), lang);
export const percent_text = (value: number | null, lang: Lang) => number_exact(value, { format: 'percent', type: 'float', unit: '%', scale: 1 }, lang);

function signed_text(value: number | null, kind: Kind, unit: string | null, scale: number, lang: Lang): string {
  if (value === null) return DASH;
  if (kind === 'change' || kind === 'share') return change_text(value, unit, lang);
  const text = number_exact(Math.abs(value), shape_of(kind, unit, scale), lang);
  return (/[1-9]/.test(text) ? (value > 0 ? '+' : '−') : '') + text;
}

/** "+4.2%" and "+1.9% to +6.5%", every number with its sign. */
export function interval_texts(interval: Interval, lang: Lang): { value: string; range: string } {
  const { value, low, high, kind, unit } = interval;
  const scale = scale_of(kind, [value, low, high]);
  const write = (number: number | null) => signed_text(number, kind, unit, scale, lang);
  return { value: write(value), range: low === null || high === null ? DASH : `${write(low)} ${lang === 'ru' ? '…' : 'to'} ${write(high)}` };
}

/** The end of an axis, with its sign and as few digits as it takes. */
export function axis_text(value: number, kind: Kind, unit: string | null, lang: Lang): string {
  const shape = { ...shape_of(kind === 'change' ? 'share' : kind, unit, 2), ...(unit === 'pp' ? { format: 'decimal' as const } : {}) };
  return (value > 0 ? '+' : value < 0 ? '−' : '') + number_axis(Math.abs(value), shape, lang);
}

/** "0.043", "< 0.001": never nought. */
export function p_text(p: number | null, lang: Lang): string {
  if (p === null) return DASH;
  const write = (number: number) => number_exact(number, { format: 'decimal', type: 'float', unit: null, scale: 3 }, lang);
  return p < 0.001 ? '<\u00a0' + write(0.001) : write(p);
}

/** How far an axis reaches to both sides of zero: a round number that holds the intervals. `most`: what lies beyond is cut. */
export function reach_of(intervals: Interval[], most = Infinity): number {
  const ends = intervals.flatMap(({ low, high, value }) => [low, high, value]).map((end) => Math.abs(end ?? 0));
  const largest = Math.min(Math.max(0, ...ends), most);
  if (!largest) return 1;
  const step = 10 ** Math.floor(Math.log10(largest));
  return Number((step * [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((times) => times * step >= largest * 0.999)!).toPrecision(3));
}
