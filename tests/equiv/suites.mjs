/*
 * TPC-H's 22 queries and the Star Schema Benchmark's 13 give the same rows in Tessera and in DuckDB.
 *
 *   node tests/equiv/suites.mjs [--suite tpch|ssb] [--scale S] [--seed N] [--only q07,q1.1] [--tessera PROGRAM]
 *                               [--generators FOLDER] [--work FOLDER] [--threads 2] [--time]
 *
 * Both load the same CSV files (bench/tpch, bench/ssb make them). Whole numbers, decimals, texts and dates must be equal
 * to the last digit where both engines are exact; where one has a double (averages and quotients in DuckDB), numbers may
 * differ by 1e-9 of their size. Rows come in the stated order; ties of it are compared as a set. A scale of 1 needs 2 GB
 * of disk, 6 GB of memory and a release build. The last line is `N passed, N failed`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { duckdb_load_sql, duckdb_open, duckdb_typed } from '../../bench/peers/duckdb.mjs';
import { ssb_tables } from '../../bench/ssb/data.mjs';
import { tpch_fraction, tpch_tables } from '../../bench/tpch/data.mjs';
import { program_run, Server } from './server.mjs';
import { typed_differ, typed_json } from './typed.mjs';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const build = resolve(home, process.env.TESSERA_BUILD ?? 'build/dev');
const { values: options } = parseArgs({ options: {
  suite: { type: 'string' }, scale: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' },
  tessera: { type: 'string', default: join(build, 'web/tessera') }, generators: { type: 'string', default: join(build, 'bench') },
  work: { type: 'string', default: join(home, 'build/check/suites') }, threads: { type: 'string', default: '2' }, time: { type: 'boolean', default: false } } });

const names = (suite) => readdirSync(join(home, 'bench', suite, 'queries')).filter((name) => name.endsWith('.sql')).sort();
// The default scales and seeds are small ones at which every query has rows.
const SUITES = {
  tpch: { tables: tpch_tables, scale: '0.01', seed: '2' },
  ssb: { tables: ssb_tables, scale: '0.05', seed: '1' },
};
const query_sql = (suite, name, scale) => readFileSync(join(home, 'bench', suite, 'queries', name), 'utf8').replaceAll('${fraction}', tpch_fraction(scale));

// The outputs, counted from 0, that a query's rows are ordered by: its comment says so, or its ORDER BY names them.
function order_of(sql, columns) {
  const said = /^-- ordered by outputs (.*)$/m.exec(sql);
  if (said) return said[1].split(', ').map((number) => Number(number) - 1);
  const clause = /\border by ([^)]*?)(?:\blimit\b.*)?$/is.exec(sql);
  return clause ? clause[1].split(',').map((key) => columns.findIndex(({ name }) => name === key.trim().split(/\s/)[0])) : [];
}

async function peers_start(suite, { tables, scale, seed }) {
  const folder = join(options.work, `${suite}-${scale}-${seed}`), data = join(folder, 'data'), store = join(folder, 'store');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await program_run(join(options.generators, `${suite}_generate`), ['--out', data, '--scale', scale, '--seed', seed]);
  await program_run(options.tessera, ['load', '--model', join(home, 'bench', suite, 'model.yaml'), '--data', data, '--out', store, '--quiet']);
  const duckdb = await duckdb_open({ threads: Number(options.threads) });
  for (const [table, about] of Object.entries(tables)) await duckdb.run(duckdb_load_sql(table, about, data, 'given'));
  return { folder, duckdb, server: await new Server().start(options.tessera, store, Number(options.threads), '600s') };
}

const counts = { passed: 0, failed: 0 };

async function query_check({ duckdb, server }, title, sql) {
  const started = performance.now();
  const reply = await server.ask_as('json', sql);
  const took = performance.now() - started;
  if (reply.error) {
    counts.failed++;
    return console.log(`not ok - ${title}: ${reply.error}`);
  }
  const ours = typed_json(reply.text), theirs = await duckdb_typed(duckdb, sql);
  const difference = theirs.rows.length ? typed_differ(ours, theirs, order_of(sql, ours.columns)) : 'no rows: the query tests nothing';
  counts[difference ? 'failed' : 'passed']++;
  if (difference) console.log(`not ok - ${title}: ${difference}`);
  else if (options.time) console.log(`# ${title}: ${ours.rows.length} rows, ${took.toFixed(0)} ms`);
}

async function suite_check(suite) {
  if (!existsSync(join(options.generators, `${suite}_generate`))) throw new Error(`${options.generators}/${suite}_generate is not built`);
  const about = { ...SUITES[suite], ...Object.fromEntries(['scale', 'seed'].filter((name) => options[name]).map((name) => [name, options[name]])) };
  const peers = await peers_start(suite, about);
  for (const name of names(suite)) {
    const short = name.replace('.sql', '');
    if (options.only && !options.only.split(',').includes(short)) continue;
    await query_check(peers, `${suite} ${short}, scale ${about.scale}, seed ${about.seed}`, query_sql(suite, name, Number(about.scale)));
  }
  await peers.server.stop();
  peers.duckdb.closeSync();
  rmSync(peers.folder, { recursive: true, force: true });
}

for (const suite of options.suite ? [options.suite] : Object.keys(SUITES)) {
  try {
    await suite_check(suite);
  } catch (cause) {
    counts.failed++;
    console.log(`not ok - ${suite}: ${cause.stack}`);
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
