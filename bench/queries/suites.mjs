// The suites of queries, as text: a folder of .sql files over the tables of one generator.
import { bench_folder, data_folder } from '../support/common.mjs';
import { adhoc_data_ensure, adhoc_data_make, adhoc_model, adhoc_tables, VISITS, WIDE_NUMBERS } from '../adhoc/data.mjs';
import { ssb_data_ensure, ssb_tables } from '../ssb/data.mjs';
import { tpch_data_ensure, tpch_fraction, tpch_tables } from '../tpch/data.mjs';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ssb = { tables: ssb_tables, data_ensure: ssb_data_ensure, data: 'ssb', model: join(bench_folder, 'ssb', 'model.yaml') };
const tpch = { tables: tpch_tables, data_ensure: tpch_data_ensure, data: 'tpch', model: join(bench_folder, 'tpch', 'model.yaml') };

// SSB's model with cuboids, as a file.
function cubes_model() {
  const file = join(data_folder, 'cubes.yaml');
  mkdirSync(data_folder, { recursive: true });
  writeFileSync(file, readFileSync(ssb.model, 'utf8') + readFileSync(join(bench_folder, 'cubes', 'cuboids.yaml'), 'utf8'));
  return file;
}

// Name -> tables, generator, model (a file, or a function that makes one). `queries`: those of another suite. `threads_one`:
// each query also runs with one thread. `warm`: each is also timed by the plan that Tessera's server has kept of it.
export const query_suites = {
  ssb: { ...ssb, title: "the Star Schema Benchmark's 13 queries" },
  cubes: { ...ssb, model: cubes_model, queries: 'ssb', warm: true, title: "the Star Schema Benchmark's 13 queries on declared cuboids" },
  loyalty: { ...ssb, title: 'questions of a loyalty programme, on the data of the Star Schema Benchmark' },
  tpch: { ...tpch, title: "TPC-H's 22 queries" },
  adhoc: { tables: adhoc_tables, data_ensure: adhoc_data_ensure, data_make: adhoc_data_make, model: adhoc_model, title: 'questions on one giant store, a million texts and 350 columns' },
  operators: { ...ssb, title: 'one operator a query, with one thread and with several', threads_one: true },
};

const ORDERS = 1_500_000; // of SSB at scale 1

// What stands for ${name} in a text, where the scale decides.
const parameters = (scale) => ({
  fraction: tpch_fraction(scale), // of TPC-H's query 11
  middle: `${Math.floor(2 * ORDERS * scale)}`, // about half of the line orders
  half: `${Math.floor((VISITS * scale) / 2)}`, // of the visits of `adhoc`
  wide_sums: WIDE_NUMBERS.map((name) => `sum(${name}) as ${name}`).join(', '),
});

const query_fill = (text, scale) => text.replace(/\$\{(\w+)\}/g, (whole, name) => parameters(scale)[name] ?? whole);

const folder_of = (suite) => join(bench_folder, query_suites[suite].queries ?? suite, 'queries');

// The names of its queries, in order: a file NAME.sql each; NAME.PEER.sql is a dialect of one.
export const query_names = (suite) =>
  readdirSync(folder_of(suite)).map((file) => /^(.+?)\.sql$/.exec(file)?.[1]).filter((name) => name && !/\.[a-z]+$/.test(name)).sort();

// The text of a query for one engine (tessera, or a peer's name).
export function query_text(suite, name, engine, scale) {
  const own = join(folder_of(suite), `${name}.${engine}.sql`);
  return query_fill(readFileSync(existsSync(own) ? own : join(folder_of(suite), `${name}.sql`), 'utf8'), scale);
}
