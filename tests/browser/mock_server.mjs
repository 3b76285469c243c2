/*
 * A stand-in for the server, for work on the pages without one: answers docs/API.md from a small invented
 * world that is a pure function of the day, the shop, the channel and the subcategory, so that filters,
 * totals and comparisons agree with each other and every run gives the same numbers.
 * It checks names like the real one (unknown measure, level the cube lacks) but evaluates loosely.
 *
 *   node mock_server.mjs [--port 8090] [--model retail|wholesale] [--dist ../../web/ui/dist] [--delay-ms 0]
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CATEGORIES, CHANNELS, MISSING, RETAIL, RETAIL_STORES, WHOLESALE } from './mock_model.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const DAY_MS = 86_400_000;
const MODELS = { retail: RETAIL, wholesale: WHOLESALE };
const MIME = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const stamp = (iso) => Date.parse(iso + 'T00:00:00Z');
const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
const add = (day, n) => iso(stamp(day) + n * DAY_MS);
const days_of = ({ from, to }) => Array.from({ length: Math.max(0, (stamp(to) - stamp(from)) / DAY_MS + 1) }, (_, i) => add(from, i));
const weekday = (day) => ((new Date(stamp(day)).getUTCDay() + 6) % 7) + 1;

class Fault extends Error {
  constructor(status, code, message, path) {
    super(message);
    Object.assign(this, { status, code, path });
  }
}

/** 0..1, the same for the same words. */
const CHANCES = new Map();
function chance(a, b) {
  let of_a = CHANCES.get(a);
  if (!of_a) CHANCES.set(a, (of_a = new Map()));
  let known = of_a.get(b);
  if (known === undefined) of_a.set(b, (known = chance_make(`${a}|${b}`)));
  return known;
}
function chance_make(text) {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  h ^= h >>> 15;
  h = Math.imul(h, 2246822507);
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
}

// ---- the invented world: facts per day, and what a place, a channel, a product add to it ----

const PLACES = {
  retail: RETAIL_STORES.map((s) => ({ 'store.store': s.store, 'store.city': s.city, 'store.region': s.region, 'store.format': s.format })),
  wholesale: ['Mexico', 'Canada', 'USA'].flatMap((country) => [1, 2, 3].map((n) => ({ 'customer.country': country, 'customer.city': `${country} City ${n}` })))
};
const GOODS = {
  retail: Object.entries(CATEGORIES).flatMap(([category, subs]) => subs.map((sub) => ({ 'product.category': category, 'product.subcategory': sub }))),
  wholesale: ['Food', 'Drink', 'Other'].map((family) => ({ 'product.family': family }))
};
const ROUTES = { retail: CHANNELS.map((c) => ({ 'channel.channel': c })), wholesale: [{}] };
const ROUTE_WEIGHT = [0.79, 0.12, 0.06, 0.03];
const HOURS = [0, 0, 0, 0, 0, 0, 0, 0.2, 0.6, 1, 1.2, 1.3, 1.5, 1.4, 1.2, 1.2, 1.4, 1.9, 2.3, 2.1, 1.6, 1, 0.4, 0];

function day_factor(day) {
  const t = (stamp(day) - stamp('2023-01-01')) / DAY_MS;
  const season = 1 + 0.12 * Math.sin(((t % 365) / 365) * 2 * Math.PI - 2) + (day.slice(5, 7) === '12' ? 0.18 : 0);
  return (1 + t / 4200) * season * [0.9, 0.88, 0.92, 0.97, 1.16, 1.22, 1.02][weekday(day) - 1] * (0.96 + 0.08 * chance('day', day));
}
const good_weight = (g, month) => {
  const name = Object.values(g).at(-1);
  const winter = name === 'Зимняя обувь' ? [2, 1, 1, 0.4, 0.2, 0.1, 0.1, 0.3, 1, 2, 3, 3][month] : 1;
  return (0.3 + 2.2 * chance('good', name) ** 2) * winter * (0.9 + 0.2 * chance(name, month));
};

/** Every atom that passes the filters: {fields, receipts, revenue, units} summed over the days asked. */
function* atoms(kind, period, passes, need_hours) {
  for (const day of days_of(period)) {
    const base = day_factor(day);
    const month = Number(day.slice(5, 7)) - 1;
    const weekend = weekday(day) > 5;
    const age = (stamp(day) - stamp('2023-01-01')) / DAY_MS;
    const date = date_fields(day, kind === 'retail' ? 'date' : 'time');
    for (const place of PLACES[kind]) {
      const place_name = Object.values(place)[0];
      if (MISSING.some((m) => m.date === day && m.value === place_name)) continue;
      const weight = (0.5 + 1.6 * chance('place', place_name)) * (0.93 + 0.14 * chance(place_name, day));
      for (const [r, route] of ROUTES[kind].entries()) {
        const drift = r === 1 ? 0.6 + (stamp(day) - stamp('2023-01-01')) / DAY_MS / 1300 : 1;
        const receipts = 620 * base * weight * (ROUTE_WEIGHT[r] ?? 1) * drift;
        const common = { ...date, ...place, ...route };
        if (!need_hours) {
          yield { fields: common, receipts, month, age };
          continue;
        }
        // One object for all hours: whoever reads an atom is done with it before the next one.
        for (let hour = 7; hour < 23; hour++) {
          const late = weekend ? (hour < 16 ? 1.25 : 0.85) : 1;
          common['hour.hour'] = hour;
          yield { fields: common, receipts: (receipts * HOURS[hour] * late) / 20.3, month, age };
        }
      }
    }
  }
}

function date_fields(day, dim) {
  const month = day.slice(0, 7) + '-01';
  return {
    [`${dim}.day`]: day, [`${dim}.week`]: add(day, 1 - weekday(day)), [`${dim}.month`]: month,
    [`${dim}.quarter`]: `${day.slice(0, 5)}${String(Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`,
    [`${dim}.year`]: Number(day.slice(0, 4)), [`${dim}.weekday`]: weekday(day)
  };
}

// ---- filters ----

function filter_levels(filters) {
  return filters.flatMap((f) => (f.any ? filter_levels(f.any) : f.all ? filter_levels(f.all) : f.not ? filter_levels([f.not]) : [f.level]));
}
function filter_passes(f, fields) {
  if (f.any) return f.any.some((one) => filter_passes(one, fields));
  if (f.all) return f.all.every((one) => filter_passes(one, fields));
  if (f.not) return !filter_passes(f.not, fields);
  const value = fields[f.level];
  if (f.in) return f.in.includes(value);
  if (f.not_in) return !f.not_in.includes(value);
  if (f.null) return value === undefined || value === null;
  return (!f.from || value >= f.from) && (!f.to || value <= f.to);
}

// ---- measures ----

const GOOD_TOTAL = new Map();
function good_total(kind, month) {
  const key = kind + month;
  if (!GOOD_TOTAL.has(key)) GOOD_TOTAL.set(key, GOODS[kind].reduce((sum, g) => sum + good_weight(g, month), 0));
  return GOOD_TOTAL.get(key);
}

const RATIOS = {
  'receipts.average_check': (s) => s.revenue / s.receipts, 'receipts.items_per_check': (s) => s.units / s.receipts,
  'receipts.card_share': (s) => s.carded / s.receipts, 'receipts.frequency': (s) => s.carded / s.buyers,
  'receipts.per_day': (s) => s.receipts / s.days.size, 'sales.spend_per_receipt': (s) => s.revenue / s.receipts
};
const SUMS = {
  'sales.revenue': (s) => s.revenue, 'sales.units': (s) => s.units, 'sales.margin': (s) => s.revenue * 0.21, 'sales.receipts': (s) => s.receipts,
  'sales.buyers': (s) => s.buyers, 'receipts.count': (s) => s.receipts, 'receipts.with_card': (s) => s.carded, 'receipts.buyers': (s) => s.buyers,
  'receipts.active_members': (s) => s.buyers * 1.7, 'orders.amount': (s) => s.revenue, 'orders.count': (s) => s.receipts, 'orders.returns': (s) => s.revenue * 0.03,
  'stock.units': (s) => s.units
};

function value_of(measure, state) {
  if (!state || !state.receipts) return null;
  const value = (RATIOS[measure.name] ?? SUMS[measure.name])(state);
  const digits = 10 ** (measure.format === 'integer' ? 0 : measure.format === 'percent' ? 6 : measure.scale);
  return Math.round(value * digits) / digits;
}

function state_add(state, atom, share, lines) {
  const receipts = Math.round(atom.receipts * lines);
  const check = (640 + 260 * chance('check', atom.fields['store.region'] ?? '')) * (0.97 + 0.06 * chance('check', atom.fields['date.day'] ?? '')) * (1 + atom.age / 9000);
  state.receipts += receipts;
  state.revenue += Math.round(atom.receipts * check * share * 100) / 100;
  state.units += Math.round(atom.receipts * (6.1 + 0.5 * chance('items', atom.fields['date.day'] ?? '')) * share);
  state.carded += Math.round(receipts * (0.57 + 0.1 * chance('card', atom.fields['channel.channel'] ?? '') + 0.02 * chance('card', atom.fields['date.day'] ?? '') + atom.age / 20000));
  state.days.add(atom.fields['date.day'] ?? atom.fields['time.day']);
}

function groups_make(kind, query, period, by_good, filters) {
  const dims = query.dimensions;
  const groups = new Map();
  const good_filters = filters.filter((f) => filter_levels([f]).every((l) => l.startsWith('product.')));
  const other_filters = filters.filter((f) => !good_filters.includes(f));
  const goods = by_good ? GOODS[kind].filter((g) => good_filters.every((f) => filter_passes(f, g))) : [null];
  for (const atom of atoms(kind, period, null, filter_levels(filters).concat(dims).includes('hour.hour'))) {
    if (!other_filters.every((f) => filter_passes(f, atom.fields))) continue;
    for (const good of goods) {
      const share = good ? good_weight(good, atom.month) / good_total(kind, atom.month) : 1;
      const key = dims.map((d) => good?.[d] ?? atom.fields[d] ?? null);
      const text = key.join('\u0001');
      let state = groups.get(text);
      if (!state) groups.set(text, (state = { key, receipts: 0, revenue: 0, units: 0, carded: 0, days: new Set(), buyers: 0 }));
      state_add(state, atom, share, good ? Math.min(1, share * 4) : 1);
    }
  }
  for (const state of groups.values()) state.buyers = Math.round(state.carded / (1 + state.days.size / 22)) || 0;
  return groups;
}

// ---- the query ----

function compare_range(compare, period) {
  const days = (stamp(period.to) - stamp(period.from)) / DAY_MS + 1;
  if (typeof compare === 'object') return { ...compare };
  if (compare === 'last_year') return { from: add(period.from, -364), to: add(period.to, -364) };
  if (compare === 'last_year_calendar') {
    const back = (day) => `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
    return { from: back(period.from), to: back(period.to) };
  }
  const month = period.from.slice(8) === '01' && add(period.to, 1).slice(8) === '01' && period.from.slice(0, 7) === period.to.slice(0, 7);
  if (!month) return { from: add(period.from, -days), to: add(period.from, -1) };
  const end = add(period.from, -1);
  return { from: end.slice(0, 8) + '01', to: end };
}

function query_check(model, query) {
  const measures = (query.measures ?? []).map((name, i) => {
    const found = model.measures.find((m) => m.name === name);
    if (!found) throw new Fault(404, 'not_found', `no measure "${name}"; the model has ${model.measures.map((m) => m.name).slice(0, 5).join(', ')}, ...`, `measures[${i}]`);
    return found;
  });
  if (!measures.length) throw new Fault(400, 'invalid', 'measures: at least one is needed', 'measures');
  const used = [...query.dimensions.map((d, i) => [d, `dimensions[${i}]`]), ...filter_levels(query.filters).map((l, i) => [l, `filters[${i}]`])];
  for (const [name, path] of used) {
    if (!model.levels.some((l) => l.name === name)) throw new Fault(404, 'not_found', `no level "${name}"`, path);
    for (const measure of measures) {
      const cube = model.cubes.find((c) => c.name === measure.cube);
      if (measure.name === 'receipts.active_members' && /^(date|time)\./.test(name)) {
        throw new Fault(400, 'invalid', `${measure.name} looks back 90 days from the period's end, so it has no values by ${name}`, path);
      }
      if (!cube.levels.includes(name)) throw new Fault(400, 'not_in_cube', `measure ${measure.name}: cube ${cube.name} has no level ${name}`, path);
    }
  }
  return measures;
}

function change_of(measure, now, before) {
  if (now === null || before === null || before <= 0) return null;
  const change = measure.format === 'percent' ? now - before : ((now - before) / before) * 100;
  return Math.round(change * 1e6) / 1e6;
}

function columns_make(model, query, measures) {
  const columns = query.dimensions.map((name) => {
    const level = model.levels.find((l) => l.name === name);
    return { name, kind: 'level', type: level.type, title: level.title };
  });
  for (const m of measures) {
    const { cube, ...column } = m;
    columns.push({ ...column, kind: 'measure' });
    if (query.compare) columns.push({ ...column, kind: 'compare' }, { name: m.name, kind: 'change', type: 'decimal', scale: 2, unit: m.format === 'percent' ? 'pp' : '%', title: m.title, good: m.good });
  }
  return columns;
}

function row_make(query, measures, now, before) {
  const row = [...(now ?? before).key];
  for (const m of measures) {
    const value = value_of(m, now);
    row.push(value);
    if (query.compare) {
      const other = value_of(m, before);
      row.push(other, change_of(m, value, other));
    }
  }
  return row;
}

export function query_run(model, asked) {
  const started = performance.now();
  const query = { ...asked, dimensions: (asked.dimensions ?? []).map((d) => d.level ?? d), filters: asked.filters ?? [] };
  const measures = query_check(model, query);
  const period = query.period ?? { from: model.data.from, to: model.data.to };
  if (period.from > period.to) throw new Fault(400, 'invalid', `period: ${period.from} is after ${period.to}`, 'period');
  const values_only = query.dimensions.length > 0 && !query.compare && query.limit === 10_000; // a filter looks up its values
  const span = values_only ? { from: model.data.to, to: model.data.to } : clip(period, model.data);
  const by_good = [...query.dimensions, ...filter_levels(query.filters)].some((l) => l.startsWith('product.'));
  const compared = query.compare ? compare_range(query.compare, period) : null;
  const run = (range, dims) => groups_make(model.name, { ...query, dimensions: dims }, range, by_good, query.filters);
  const now = run(span, query.dimensions);
  const before = compared ? run(clip(compared, model.data), query.dimensions) : new Map();
  const keys = [...new Set([...now.keys(), ...(query.dimensions.some((d) => /^(date|time)/.test(d)) ? [] : before.keys())])];
  let rows = keys.map((key) => row_make(query, measures, now.get(key), before.get(key)));
  if (!query.dimensions.length && !rows.length) rows = [[...Array(measures.length * (query.compare ? 3 : 1)).fill(null)]];
  const columns = columns_make(model, query, measures);
  for (const { by, desc } of [...(query.order ?? [])].reverse()) {
    const at = columns.findIndex((c) => c.name === by);
    rows.sort((a, b) => ((a[at] ?? -Infinity) < (b[at] ?? -Infinity) ? -1 : a[at] === b[at] ? 0 : 1) * (desc ? -1 : 1));
  }
  rows = rows.slice(query.offset ?? 0, (query.offset ?? 0) + (query.limit ?? 10000));
  const answer = { columns, rows, period };
  if (query.totals) {
    const total = [run(span, []).get(''), compared ? run(clip(compared, model.data), []).get('') : undefined];
    const cells = total[0] || total[1] ? row_make(query, measures, total[0], total[1]) : Array(columns.length - query.dimensions.length).fill(null);
    answer.totals = [...Array(query.dimensions.length).fill(null), ...cells];
  }
  if (compared) answer.compare = { ...compared, note: null };
  const rows_read = days_of(span).length * 27_400;
  answer.source = { kind: 'scan', tables: [measures[0].cube], rows_read, bytes_read: rows_read * 24, blocks_skipped: 11 };
  answer.data = { as_of: model.data.as_of, loaded_at: model.data.loaded_at, version: model.data.version };
  answer.elapsed_ms = Math.round((performance.now() - started) * 10) / 10;
  return answer;
}
const clip = (range, data) => ({ from: range.from < data.from ? data.from : range.from, to: range.to > data.to ? data.to : range.to });

// ---- HTTP ----

const ANSWERS = new Map();

function send(reply, status, body) {
  reply.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  reply.end(JSON.stringify(body));
}

function asset_send(dist, path, reply) {
  const file = join(dist, normalize(/^\/[^/.]*$/.test(path) ? '/index.html' : path));
  if (!file.startsWith(dist) || !existsSync(file)) return send(reply, 404, { error: { code: 'not_found', message: `no page ${path}` } });
  const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'";
  reply.writeHead(200, { 'Content-Type': MIME[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': policy });
  createReadStream(file).pipe(reply);
}

async function body_read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw new Fault(400, 'invalid', 'the body is not JSON', null);
  }
}

async function answer_send(model, request, reply, delay_ms) {
  try {
    const query = await body_read(request);
    const text = model.name + JSON.stringify(query);
    const answer = ANSWERS.get(text) ?? query_run(model, query);
    ANSWERS.set(text, answer);
    if (delay_ms) await new Promise((resolve) => setTimeout(resolve, delay_ms));
    send(reply, 200, answer);
  } catch (fault) {
    if (!(fault instanceof Fault)) console.error(fault);
    send(reply, fault.status ?? 500, { error: { code: fault.code ?? 'internal', message: fault.message, path: fault.path } });
  }
}

/** Starts the server; port 0 takes any free one. Resolves to {url, close}. */
export function mock_start({ port = 0, model: name = 'retail', dist = join(HERE, '../../web/ui/dist'), delay_ms = 0 } = {}) {
  const model = MODELS[name];
  const missing = name === 'retail' ? MISSING.map((m) => ({ ...m })) : [];
  const server = createServer((request, reply) => {
    const { pathname } = new URL(request.url, 'http://mock');
    if (pathname === '/api/v1/model') send(reply, 200, model);
    else if (pathname === '/api/v1/health') send(reply, 200, { status: 'ok', version: '0.1.0', uptime_s: Math.round(process.uptime()), data: model.data, missing });
    else if (pathname === '/api/v1/tables') send(reply, 200, { tables: [], data: model.data });
    else if (pathname === '/api/v1/query' && request.method === 'POST') answer_send(model, request, reply, delay_ms);
    else if (/^\/api(\/|$)/.test(pathname)) send(reply, 404, { error: { code: 'not_found', message: 'there is no such address in the API', path: null } });
    else asset_send(dist, pathname, reply);
  });
  return new Promise((resolve) =>
    server.listen(port, '127.0.0.1', () =>
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, close: () => (server.closeAllConnections(), server.close()) })
    )
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
  const started = await mock_start({
    port: Number(option('--port', 8090)), model: option('--model', 'retail'), dist: option('--dist', join(HERE, '../../web/ui/dist')), delay_ms: Number(option('--delay-ms', 0))
  });
  console.log(started.url);
}
