/*
 * What the Overview shows for a given model, and which questions that takes. The retail model has a
 * hand-picked page; any other model gets one cube's measures, time level and levels: the first cube's, or
 * those of the one that the reader chose. A part whose
 * measures or levels the model lacks is left out, and the reason is kept for the reader.
 * Invariant: no number is computed here. The plan says what to ask; the server does all arithmetic.
 */
import type { Cell, Compare, Cube, Filter, Level, Measure, Model, Query, Range } from './api';
import type { Grain } from './days';

export interface Lack { what: 'measure' | 'level'; name: string }
export interface Breakdown { id: string; chain: Level[]; mix: boolean }
export interface Heat { measure: Measure; weekday: Level; hour: Level }
export interface Plan {
  retail: boolean;
  /** Shown alone; null: the page is hand-picked from several. */
  cube: Cube | null;
  tiles: Measure[];
  breakdowns: Breakdown[];
  heat: Heat | null;
  filters: Breakdown[];
  lacks: Lack[];
}

const RETAIL_TILES = [
  'sales.revenue', 'receipts.count', 'receipts.average_check', 'receipts.items_per_check', 'receipts.card_share',
  'receipts.active_members', 'receipts.frequency'
];
const RETAIL_CHAINS: { id: string; levels: string[]; mix: boolean }[] = [
  { id: 'channel', levels: ['channel.channel'], mix: true },
  { id: 'product', levels: ['product.category', 'product.subcategory'], mix: false },
  { id: 'store', levels: ['store.region', 'store.city', 'store.store'], mix: false }
];
const HEAT = { measure: 'receipts.per_day', weekday: 'date.weekday', hour: 'hour.hour' };
const TILES_MAX = 24;
/** So many of the retail page's own figures make a model one of retail: a name alone may be anybody's. */
const RETAIL_TILES_MIN = 4;
/** A level with more values than this is no filter to pick from. */
const VALUES_MAX = 5000;

/** The same figure counted on receipts that have a matching line (DEFINITIONS D7). */
const COUNTERPARTS: Record<string, string> = {
  'receipts.count': 'sales.receipts',
  'receipts.average_check': 'sales.spend_per_receipt',
  'receipts.buyers': 'sales.buyers',
  'receipts.frequency': 'sales.frequency',
  'receipts.active_members': 'sales.active_members',
  'receipts.items_per_check': 'sales.items_per_receipt'
};

export function plan_make(model: Model, chosen: string | null = null): Plan {
  const measures = new Map(model.measures.map((m) => [m.name, m]));
  const retail = RETAIL_TILES.filter((name) => measures.has(name)).length >= RETAIL_TILES_MIN;
  return retail ? plan_retail(model, measures) : plan_generic(model, chosen);
}

function plan_retail(model: Model, measures: Map<string, Measure>): Plan {
  const levels = new Map(model.levels.map((l) => [l.name, l]));
  const lacks: Lack[] = [];
  const tiles: Measure[] = [];
  for (const name of RETAIL_TILES) {
    const measure = measures.get(name);
    if (measure) tiles.push(measure);
    else lacks.push({ what: 'measure', name });
  }
  const breakdowns: Breakdown[] = [];
  for (const { id, levels: names, mix } of RETAIL_CHAINS) {
    const chain = names.flatMap((name) => levels.get(name) ?? []);
    if (chain.length) breakdowns.push({ id, chain, mix });
    else lacks.push({ what: 'level', name: names[0] });
  }
  const heat = heat_find(measures, levels, lacks);
  const filters = ['store', 'channel', 'product'].flatMap((id) => breakdowns.find((b) => b.id === id) ?? []);
  return { retail: true, cube: null, tiles, breakdowns, heat, filters, lacks };
}

function heat_find(measures: Map<string, Measure>, levels: Map<string, Level>, lacks: Lack[]): Heat | null {
  const measure = measures.get(HEAT.measure);
  const weekday = levels.get(HEAT.weekday);
  const hour = levels.get(HEAT.hour);
  if (measure && weekday && hour) return { measure, weekday, hour };
  if (!measure) lacks.push({ what: 'measure', name: HEAT.measure });
  else lacks.push({ what: 'level', name: weekday ? HEAT.hour : HEAT.weekday });
  return null;
}

const titles_of = ({ chain }: Breakdown) => chain.map((level) => JSON.stringify(level.title ?? level.name)).join('\n') + '\n';

/** The longest chain of each dimension of the cube; of chains that read alike (a product of its own, and by way of the line) the shortest. */
function plan_generic(model: Model, chosen: string | null): Plan {
  const cube = model.cubes.find((c) => c.name === chosen) ?? model.cubes[0];
  if (!cube) return { retail: false, cube: null, tiles: [], breakdowns: [], heat: null, filters: [], lacks: [] };
  const tiles = model.measures.filter((m) => cube.measures.includes(m.name)).slice(0, TILES_MAX);
  const time = model.levels.find((l) => l.name === cube.time)?.dimension;
  const levels = model.levels.filter((l) => cube.levels.includes(l.name) && l.dimension !== time);
  const roots = levels.filter((l) => !l.parent || !levels.some((other) => other.name === l.parent));
  const chains = roots
    .map((root) => ({ id: root.name, chain: chain_below(root, levels), mix: false }))
    .filter((b) => b.chain[0].type === 'string' && b.chain[0].values !== 1)
    .map((b) => ({ ...b, chain: b.chain.filter((l, i) => !i || (l.values ?? 0) <= VALUES_MAX) }))
    .sort((a, b) => b.chain.length - a.chain.length)
    .filter((b, i, all) => all.findIndex((other) => other.chain[0].dimension === b.chain[0].dimension) === i)
    .filter((b, i, all) => !all.some((other, j) => j !== i && titles_of(b).startsWith(titles_of(other)) && (titles_of(b) !== titles_of(other) || j < i)));
  return { retail: false, cube, tiles, breakdowns: chains.slice(0, 3), heat: null, filters: chains.slice(0, 5), lacks: [] };
}

function chain_below(root: Level, levels: Level[]): Level[] {
  const chain = [root];
  for (;;) {
    const child = levels.find((l) => l.parent === chain[chain.length - 1].name);
    if (!child || chain.includes(child)) return chain;
    chain.push(child);
  }
}

/** The measure to ask for under these filters and breakdown, or the level that stands in the way. */
export interface Standing { measure: Measure; blocked: string | null; kind: 'filter' | 'breakdown' }

export function measure_stand(model: Model, measure: Measure, filtered: string[], broken: string[] = []): Standing {
  const lacking = (m: Measure) => {
    const cube = model.cubes.find((c) => c.name === m.cube);
    const has = (level: string) => !cube || cube.levels.includes(level) || level === cube.time;
    const breakdown = broken.find((level) => !has(level));
    const filter = filtered.find((level) => !has(level));
    return breakdown ? { level: breakdown, kind: 'breakdown' as const } : filter ? { level: filter, kind: 'filter' as const } : null;
  };
  const lack = lacking(measure);
  if (!lack) return { measure, blocked: null, kind: 'filter' };
  const other = model.measures.find((m) => m.name === COUNTERPARTS[measure.name]);
  if (other && !lacking(other)) return { measure: other, blocked: null, kind: 'filter' };
  return { measure, blocked: lack.level, kind: lack.kind };
}

/** Among the chosen values of a level: its rows without a value. No text of the data has this character. */
export const NO_VALUE = '\u0000';
/** A member as it stands among the chosen values. */
export const filter_value = (cell: Cell): string => (cell === null ? NO_VALUE : String(cell));

/** Values of one dimension widen the choice ("region A or store 7"); dimensions narrow each other. */
export function filters_make(chosen: Record<string, string[]>, model: Model, without?: string): Filter[] {
  const groups = new Map<string, Filter[]>();
  for (const [name, values] of Object.entries(chosen)) {
    const level = model.levels.find((l) => l.name === name);
    if (!level || name === without || !values.length) continue;
    const typed = values.filter((v) => v !== NO_VALUE).map((v) => (/^(int|integer|number)/.test(level.type) && v.trim() !== '' && Number.isFinite(Number(v)) ? Number(v) : v));
    const group = groups.get(level.dimension) ?? [];
    if (typed.length) group.push({ level: name, in: typed });
    if (typed.length < values.length) group.push({ level: name, null: true });
    groups.set(level.dimension, group);
  }
  return [...groups.values()].map((group) => (group.length === 1 ? group[0] : { any: group }));
}

/** The level that cuts the time of a cube into days, weeks or months; else its own time level. */
export function time_level(model: Model, cube: Cube, grain: Grain): { level: string; grain: Grain } | null {
  if (!cube.time) return null;
  const dimension = model.levels.find((l) => l.name === cube.time)?.dimension ?? cube.time.split('.')[0];
  const wanted = `${dimension}.${grain}`;
  const found = cube.levels.includes(wanted) || wanted === cube.time;
  return found ? { level: wanted, grain } : { level: cube.time, grain: 'day' };
}

/** Looks back over the days before the period's end, or is a balance there: one value for it, and no course. */
export const is_windowed = (measure: Measure) => measure.by_time === false;

/** Measures that one question can ask together: of one cube, those that look back apart. */
export function measures_group(measures: Measure[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const m of measures) {
    const key = group_key(m);
    groups.set(key, [...new Set([...(groups.get(key) ?? []), m.name])]);
  }
  return groups;
}

export const group_key = (measure: Measure) => measure.cube + (is_windowed(measure) ? ':window' : '');

/** The count of buyers beside a cube's figures: percentages on few of them get a mark. */
export function buyers_of(model: Model, cube: string): string | null {
  const name = `${cube}.buyers`;
  return model.measures.some((m) => m.name === name) ? name : null;
}

export function query_make(
  measures: string[],
  dimensions: string[],
  filters: Filter[],
  period: Range | null,
  more: Partial<Query> & { compare?: Compare } = {}
): Query {
  const query: Query = { measures };
  if (dimensions.length) query.dimensions = dimensions;
  if (filters.length) query.filters = filters;
  if (period) query.period = period;
  return { ...query, ...more };
}
