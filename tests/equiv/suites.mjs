/*
 * The bench's suites of queries (TPC-H, the Star Schema Benchmark, loyalty, operators, adhoc) give the same rows in Tessera and in
 * DuckDB.
 *
 *   node tests/equiv/suites.mjs [--suite tpch|ssb|...] [--scale S] [--seed N] [--only q07,q1.1] [--tessera PROGRAM]
 *                               [--generators FOLDER] [--work FOLDER] [--threads 2] [--time]
 *
 * Both load the same CSV files, which the bench's generators make. Whole numbers, decimals, texts and dates must be equal
 * to the last digit where both engines are exact; where one has a double (averages and quotients in DuckDB), numbers may
 * differ by 1e-9 of their size. Rows come in the stated order; ties of it are compared as a set. A scale of 1 needs 2 GB
 * of disk, 6 GB of memory and a release build. The last line is `N passed, N failed`.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { duckdb_load_sql, duckdb_open, duckdb_typed } from '../../bench/peers/duckdb.mjs';
import { query_names, query_suites, query_text } from '../../bench/queries/suites.mjs';
import { order_of, typed_differ, typed_json } from '../../bench/support/typed.mjs';
import { program_run, Server } from './server.mjs';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const build = resolve(home, process.env.TESSERA_BUILD ?? 'build/dev');
const { values: options } = parseArgs({ options: {
  suite: { type: 'string' }, scale: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' },
  tessera: { type: 'string', default: join(build, 'web/tessera') }, generators: { type: 'string', default: join(build, 'bench') },
  work: { type: 'string', default: join(home, 'build/check/suites') }, threads: { type: 'string', default: '2' }, time: { type: 'boolean', default: false } } });

// The default scales and seeds are small ones at which every query has rows.
const SIZES = {
  tpch: { scale: '0.01', seed: '2' }, ssb: { scale: '0.05', seed: '1' }, loyalty: { scale: '0.05', seed: '1' }, operators: { scale: '0.05', seed: '1' },
  adhoc: { scale: '0.05', seed: '1' },
};

async function peers_start(suite, { tables, data: generator, data_make, model, scale, seed }) {
  const folder = join(options.work, `${suite}-${scale}-${seed}`), data = join(folder, 'data'), store = join(folder, 'store');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (data_make) await data_make(data, { scale: Number(scale), seed: Number(seed) });
  else await program_run(join(options.generators, `${generator}_generate`), ['--out', data, '--scale', scale, '--seed', seed]);
  await program_run(options.tessera, ['load', '--model', typeof model === 'function' ? model() : model, '--data', data, '--out', store, '--quiet']);
  const duckdb = await duckdb_open({ threads: Number(options.threads) });
  for (const [table, about] of Object.entries(tables)) await duckdb.run(duckdb_load_sql(table, about, data, 'given'));
  return { folder, duckdb, server: await new Server().start(options.tessera, store, Number(options.threads), '600s') };
}

const counts = { passed: 0, failed: 0 };

async function query_check({ duckdb, server }, title, sql, sql_duckdb) {
  const started = performance.now();
  const reply = await server.ask_as('json', sql);
  const took = performance.now() - started;
  if (reply.error) {
    counts.failed++;
    return console.log(`not ok - ${title}: ${reply.error}`);
  }
  const ours = typed_json(reply.text), theirs = await duckdb_typed(duckdb, sql_duckdb);
  const difference = theirs.rows.length ? typed_differ(ours, theirs, order_of(sql, ours.columns)) : 'no rows: the query tests nothing';
  counts[difference ? 'failed' : 'passed']++;
  if (difference) console.log(`not ok - ${title}: ${difference}`);
  else if (options.time) console.log(`# ${title}: ${ours.rows.length} rows, ${took.toFixed(0)} ms`);
}

async function suite_check(suite) {
  const about = { ...query_suites[suite], ...SIZES[suite], ...Object.fromEntries(['scale', 'seed'].filter((name) => options[name]).map((name) => [name, options[name]])) };
  if (!about.data_make && !existsSync(join(options.generators, `${about.data}_generate`))) throw new Error(`${options.generators}/${about.data}_generate is not built`);
  const peers = await peers_start(suite, about);
  for (const name of query_names(suite)) {
    if (options.only && !options.only.split(',').includes(name)) continue;
    const [ours, theirs] = ['tessera', 'duckdb'].map((engine) => query_text(suite, name, engine, Number(about.scale)));
    await query_check(peers, `${suite} ${name}, scale ${about.scale}, seed ${about.seed}`, ours, theirs);
  }
  await peers.server.stop();
  peers.duckdb.closeSync();
  rmSync(peers.folder, { recursive: true, force: true });
}

for (const suite of options.suite ? [options.suite] : Object.keys(SIZES)) {
  try {
    await suite_check(suite);
  } catch (cause) {
    counts.failed++;
    console.log(`not ok - ${suite}: ${cause.stack}`);
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
