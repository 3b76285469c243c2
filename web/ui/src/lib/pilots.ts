/*
 * Pilots as the API has them (docs/EXPERIMENTS.md, Pilots): what is chosen stands in the address, every figure is the server's.
 */
import { fetch_json, type Level, type Measure, type Model, type Text, type Title } from './api';
import { day_add, day_valid } from './days';
import type { Interval, Kind } from './experiments';

export type PilotCode = 'gained' | 'lost' | 'not_decided' | 'trends_differ' | 'too_early' | 'no_data';
export type Design = 'difference_in_differences' | 'matched_control';
export interface PilotDefinition { id: string; name?: Title; design?: Design; level: string; pilot: (string | number)[]; start: string; end: string; primary: string }
export interface PilotPoint { from: string; to: string; before: boolean; pilot: number | null; others: number | null }
export interface Pilot {
  pilot: { id: string; name: Text; design: Design; level: string; start: string; end: string; before_days: number };
  metric: { id: string; title: Text; kind: Kind; unit: string | null; good: 'up' | 'down' };
  verdict: { code: PilotCode; evidence: 'weaker'; words: Text };
  units: { pilot: number; others: number; pilot_left_out: number; others_left_out: number; not_found: string[] };
  means: { pilot_before: number | null; pilot_after: number | null; others_before: number | null; others_after: number | null };
  difference: Interval;
  relative: Interval;
  p_value: number | null;
  trend: { difference: Interval; p_value: number | null; sound: boolean };
  course: { days: number; points: PilotPoint[] } | null;
  balance: { covariate: string; title: Text; all: number | null; matched: number | null; sound: boolean }[] | null;
  matches: { pilot: string; pilot_label: string; other: string | null; other_label: string | null; distance: number | null }[] | null;
}

const post = <T>(path: string, body: object, signal?: AbortSignal) => fetch_json<T>(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal });
export const pilot_judge = (id: string, signal?: AbortSignal) => post<Pilot>(`experiments/${encodeURIComponent(id)}/evaluate`, {}, signal);
export const pilot_ask = (definition: object, signal?: AbortSignal) => post<Pilot>('experiments/pilot', definition, signal);

/** How a verdict sounds: what moved with the measure's good side up is good news, and the reverse. */
export function pilot_tone(code: PilotCode, good: 'up' | 'down' = 'up'): { tone: 'good' | 'bad' | 'open' | 'early'; icon: 'check' | 'close' | 'warn' | 'info' | 'clock' } {
  if (code === 'gained' || code === 'lost') return (code === 'gained') === (good === 'up') ? { tone: 'good', icon: 'check' } : { tone: 'bad', icon: 'close' };
  if (code === 'trends_differ') return { tone: 'bad', icon: 'warn' };
  return code === 'too_early' ? { tone: 'early', icon: 'clock' } : { tone: 'open', icon: 'info' };
}

// ---- A new one ----

/** What a reader chooses; texts, as they stand in the address. */
export interface PilotWish { level: string; units: string[]; measure: string; design: Design; start: string; end: string; before: number }
export const BEFORE = [28, 56, 84, 168, 364];
const UNITS_MAX = 1000;

/** Measures that a day of a unit can have: of a cube that knows customers and days, as tests need it. */
export function pilot_measures(model: Model): Measure[] {
  const cubes = model.cubes.filter((cube) => cube.time && cube.levels.includes('customer.customer')).map((cube) => cube.name);
  return model.measures.filter((measure) => cubes.includes(measure.cube) && measure.by_time !== false);
}
/** Levels whose values may be units: of the measure's cube, not of time nor of single customers. */
export function pilot_levels(model: Model, measure: Measure | undefined): Level[] {
  const cube = model.cubes.find((one) => one.name === measure?.cube);
  const time = cube?.time?.split('.')[0];
  return model.levels.filter((level) => cube?.levels.includes(level.name) && level.dimension !== time && (level.values ?? 0) > 1 && (level.values ?? 0) <= UNITS_MAX);
}

export function wish_of(params: URLSearchParams, model: Model, last: string | null): PilotWish {
  const day = (name: string, otherwise: string) => (day_valid(params.get(name) ?? '') ? params.get(name)! : otherwise);
  const measures = pilot_measures(model);
  const measure = params.get('measure') ?? (measures.find((one) => one.name === 'receipts.sales') ?? measures[0])?.name ?? '';
  const levels = pilot_levels(model, measures.find((one) => one.name === measure));
  const end = day('end', last ?? '');
  const before = Number(params.get('before'));
  return {
    level: params.get('level') ?? (levels.find((one) => one.name === 'store.store') ?? levels[0])?.name ?? '',
    units: params.getAll('unit'),
    measure,
    design: params.get('design') === 'matched_control' ? 'matched_control' : 'difference_in_differences',
    start: day('start', end ? day_add(end, -55) : ''),
    end,
    before: BEFORE.includes(before) ? before : 84
  };
}

export const pilot_definition = (wish: PilotWish, name: string | null) => ({
  ...(name ? { name } : {}),
  design: wish.design, level: wish.level, pilot: wish.units, start: wish.start, end: wish.end, before_days: wish.before, primary: wish.measure
});
