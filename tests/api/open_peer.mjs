/*
 * The Overview's questions of a server, and the same in SQL over the tables. The statements are written from the model that the server
 * was started with (what inspection prints, a line a measure and a path), by another way than the cube's: joins instead of links.
 */
import { check, check_equal } from './harness.mjs';

/** The parts of an inspected model that the statements need. */
export function model_read(yaml) {
  const model = { keys: {}, links: {}, dimensions: {}, cubes: [] };
  let section = '', name = '', cube = null, part = '';
  for (const line of yaml.split('\n')) {
    const [, indent, key, rest] = /^( *)([a-z_0-9]+):(.*)$/.exec(line) ?? [];
    if (!key) continue;
    if (!indent) section = key;
    else if (indent.length === 2) {
      name = key;
      if (section === 'tables') model.links[name] = {};
      if (section === 'dimensions') model.dimensions[name] = { table: null, time: /time: true/.test(rest), levels: {} };
      if (section === 'cubes') model.cubes.push((cube = { name, table: null, paths: {}, measures: {} }));
    } else if (section === 'tables') {
      if (key === 'key') model.keys[name] = rest.trim();
      const link = /^ \{link: ([a-z_0-9]+)/.exec(rest);
      if (link) model.links[name][key] = link[1];
    } else if (section === 'dimensions') {
      if (key === 'table') model.dimensions[name].table = rest.trim();
      if (indent.length === 6) model.dimensions[name].levels[key] = { path: /column: ([a-z_0-9.]+)/.exec(rest)?.[1] ?? key, label: /label: ([a-z_0-9]+)/.exec(rest)?.[1] };
    } else if (indent.length === 4) {
      part = key;
      if (key === 'table') cube.table = rest.trim();
    } else if (part === 'dimensions') cube.paths[key] = rest.trim() === '[]' ? '' : rest.trim();
    else if (part === 'measures') {
      const [, aggregate, expression] = /\{(sum|avg|count|distinct): ([^,}]+)/.exec(rest);
      cube.measures[`${cube.name}.${key}`] = { aggregate, expression };
    }
  }
  return model;
}

/** A column at the end of a path of links, and the joins that lead there (collected in `joins`). */
function path_sql(model, table, path, joins) {
  const steps = path.split('.');
  let alias = 'f', at = table;
  for (const step of steps.slice(0, -1)) {
    const target = model.links[at][step], next = `${alias}_${step}`;
    joins.set(next, `LEFT JOIN ${target} ${next} ON ${alias}.${step} = ${next}.${model.keys[target]}`);
    [alias, at] = [next, target];
  }
  return `${alias}.${steps.at(-1)}`;
}

function measure_sql(model, cube, { aggregate, expression }, joins) {
  if (expression === 'rows') return 'count(*)';
  const value = /^[a-z_0-9.]+$/.test(expression) ? path_sql(model, cube.table, expression, joins) : expression.replace(/[a-z_][a-z_0-9]*/g, 'f.$&');
  return aggregate === 'distinct' ? `count(DISTINCT ${value})` : `${aggregate}(${value})`;
}

/** What is grouped by, and what is shown for it. */
function level_sql(model, cube, level, joins) {
  const [dimension, name] = level.split('.');
  const path = cube.paths[dimension], { table, levels, time } = model.dimensions[dimension];
  if (!table) {
    const column = path_sql(model, cube.table, path, joins);
    const value = time ? `date_trunc('${name}', ${column})::date` : column;
    return { key: value, shown: value };
  }
  const full = path ? `${path}.${levels[name].path}` : levels[name].path;
  const key = path_sql(model, cube.table, full, joins);
  // The key of an inferred member has no row to join with: the fact's own column has it. Under a label it is among the rows without one.
  if (path && levels[name].path === model.keys[table] && !levels[name].label) {
    const held = path_sql(model, cube.table, path, joins);
    return { key: held, shown: held };
  }
  return { key, shown: levels[name].label ? key.replace(/[^.]+$/, levels[name].label) : key };
}

/** The question in SQL: the levels as they are shown, then the measures. `period`: {from, to} or null. */
export function statement(model, cube, measures, levels, period) {
  const joins = new Map();
  const keys = levels.map((level) => level_sql(model, cube, level, joins));
  const values = measures.map((name) => measure_sql(model, cube, cube.measures[name], joins));
  const where = period ? `WHERE ${level_sql(model, cube, 'date.day', joins).key} BETWEEN '${period.from}' AND '${period.to}'` : '';
  const group = keys.length ? `GROUP BY ${keys.flatMap(({ key, shown }) => (key === shown ? [key] : [key, shown])).join(', ')}` : '';
  return `SELECT ${[...keys.map(({ shown }) => shown), ...values].join(', ')} FROM ${cube.table} f ${[...joins.values()].join(' ')} ${where} ${group}`;
}

const near = (a, b) => a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)));
const row_key = (row, count) => JSON.stringify(row.slice(0, count));

/** The same rows in any order; numbers to nine digits, since an average of decimals has more in SQL. */
function rows_check(got, wanted, keys, what) {
  check_equal(got.length, wanted.length, `${what}: rows`);
  const by_key = new Map();
  for (const row of wanted) by_key.set(row_key(row, keys), [...(by_key.get(row_key(row, keys)) ?? []), row]);
  for (const row of got) {
    const others = by_key.get(row_key(row, keys)) ?? []; // several, where two members have one name
    const at = others.findIndex((other) => row.every((value, i) => i < keys || near(value, other[i])));
    check(at >= 0, `${what}: ${JSON.stringify(row)}, in SQL ${JSON.stringify(others[0])}`);
    others.splice(at, 1);
  }
}

const MEASURES = 10, LEVELS = 5;

/** What the page asks of its first cube: its figures, their course, and each breakdown, for all days and for the last four weeks. */
export async function overview_check(server, yaml) {
  const inspected = model_read(yaml);
  const model = (await server.get('/api/v1/model')).json();
  const cube = inspected.cubes[0], shown = model.cubes[0];
  check_equal(shown.name, cube.name, 'the first cube');
  const measures = shown.measures.slice(0, MEASURES);
  check(measures.length >= 2, `the cube ${cube.name} has figures`);
  const { from, to } = model.data;
  check_equal(!!from, !!shown.time, 'days, where the cube has time');
  const periods = from ? [{ from, to }, { from: new Date(Date.parse(to) - 27 * 86400000).toISOString().slice(0, 10), to }] : [null];
  const levels = shown.levels.filter((name) => !inspected.dimensions[name.split('.')[0]].time).slice(0, LEVELS);
  const figures = {};
  for (const period of periods) {
    const asked = [[], ...levels.map((level) => [level]), ...(period ? [['date.month']] : [])];
    for (const keys of asked) {
      const query = { measures, ...(keys.length ? { dimensions: keys } : {}), ...(period ? { period } : {}) };
      const got = (await server.query(query)).rows;
      const sql = statement(inspected, cube, measures, keys, period);
      const wanted = await server.sql(sql);
      rows_check(got.map((row) => (keys[0] === 'date.month' ? [String(row[0]).slice(0, 7), ...row.slice(1)] : row)), wanted.map((row) => (keys[0] === 'date.month' ? [String(row[0]).slice(0, 7), ...row.slice(1)] : row)), keys.length, `${JSON.stringify(query)} and ${sql}`);
      if (!keys.length && period === periods[0]) measures.forEach((name, i) => (figures[name.split('.')[1]] = got[0][i]));
      if (!keys.length) check(got[0].some((value) => value), `figures of ${JSON.stringify(period)}`);
    }
  }
  return { figures, levels: shown.levels, title: shown.title, from, to };
}
