/*
 * Differential tests of the execution core: random queries over random stars, answered by Tessera and by DuckDB.
 *
 *   node tests/equiv/run.mjs [--queries N] [--seed S] [--tessera PROGRAM] [--work FOLDER] [--rows N] [--keep] [--verbose]
 *
 * Each query must give the same rows in both, and in Tessera the same bytes with one thread, with two, and without
 * rewrite passes. A failure is shrunk and printed with its seed; the last line is `N passed, N failed`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { duckdb_open, duckdb_query } from '../../bench/peers/duckdb.mjs';
import { answers_differ, csv_parse, lines_sorted, rows_canonical } from './answers.mjs';
import { Random } from './random.mjs';
import { program_run, Server } from './server.mjs';
import { query_shrink } from './shrink.mjs';
import { Generator, query_outputs } from './sql_generate.mjs';
import { query_text } from './sql_text.mjs';
import { world_make } from './world.mjs';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options } = parseArgs({ options: {
  queries: { type: 'string', default: '300' }, seed: { type: 'string' }, tessera: { type: 'string', default: join(home, 'build/dev/web/tessera') },
  work: { type: 'string', default: join(home, 'build/check/equiv') }, rows: { type: 'string' }, keep: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false } } });

// Sizes of the fact, and what share of the queries asks each: mostly small, for a small star has all the edges.
const SIZES = [
  [2, [0, 1]], [4, [63, 64, 65]], [6, [400, 900]], [4, [2047, 2048, 2049, 4097]], [3, [10000]], [2, [65535, 65536, 65537]], [1, [200000]],
];
const SHRINK_TRIES = 300;
const SKIPPED_MAX = 0.05; // of the queries; more of them would be a fault of the generator

// Loads a world into both; {one, two: servers, duckdb}.
async function peers_start(world) {
  const store = join(world.folder, 'store');
  rmSync(store, { recursive: true, force: true });
  for (const [i, batch] of world.batches.entries())
    await program_run(options.tessera, ['load', '--model', world.model, '--data', batch, '--out', store, '--batch', `${i}`, '--quiet']);
  const duckdb = await duckdb_open({ threads: 1 });
  for (const statement of world.duckdb) await duckdb.run(statement);
  const [one, two] = await Promise.all([new Server().start(options.tessera, store, 1), new Server().start(options.tessera, store, 2)]);
  return { one, two, duckdb, row_count: world.row_count };
}

async function duckdb_ask(peers, sql) {
  try {
    return { rows: await duckdb_query(peers.duckdb, sql) };
  } catch (cause) {
    return { error: cause.message.split('\n')[0] };
  }
}

// DuckDB's answer by its plain plan: a difference that goes away with its optimiser is not ours.
async function duckdb_ask_plainly(peers, sql) {
  await peers.duckdb.run('pragma disable_optimizer');
  const answer = await duckdb_ask(peers, sql);
  await peers.duckdb.run('pragma enable_optimizer');
  return answer;
}

const has_comma = (query) => JSON.stringify(query).includes('"kind":","');

// Without `pushdown` a comma join is a product, and so is the join of a correlated subquery to its domain: on a large star
// neither ends in time.
const ROWS_OF_PRODUCTS_MAX = 5000;
const needs_pushdown = (query, sql, row_count) => has_comma(query) || (row_count > ROWS_OF_PRODUCTS_MAX && /LATERAL|\(SELECT/.test(sql));

// {kind, text}: kind is null (equal), 'skip', or what failed.
async function query_try(peers, query) {
  const sql = query_text(query, { duck: false });
  const ours = await peers.one.ask(sql), theirs = await duckdb_ask(peers, query_text(query, { duck: true }));
  if (ours.error && theirs.error) return { kind: 'skip', text: `both fail: ${ours.error}; DuckDB: ${theirs.error}` };
  if (theirs.error) return { kind: 'skip', text: `DuckDB alone fails: ${theirs.error}` };
  if (ours.error) return { kind: `error ${ours.error.replace(/[\d"'].*/, '')}`, text: `error: ${ours.error}` };
  const types = query_outputs(query).map(({ e }) => e.t);
  const ordered = Boolean(query.order?.length) && query.order.length === types.length;
  const differ = ({ rows }) => answers_differ(rows_canonical(csv_parse(ours.csv).slice(1), types), rows_canonical(rows, types), types, ordered);
  const difference = differ(theirs);
  if (difference) {
    const plain = await duckdb_ask_plainly(peers, query_text(query, { duck: true }));
    if (plain.rows && !differ(plain)) return { kind: 'skip', text: `DuckDB's optimiser changes its answer: ${difference}` };
    return { kind: 'rows', text: difference };
  }
  const same = (answer) => answer.csv !== undefined && (ordered ? answer.csv === ours.csv : lines_sorted(answer.csv) === lines_sorted(ours.csv));
  const two = await peers.two.ask(sql);
  if (!same(two)) return { kind: 'threads', text: `two threads give another answer: ${two.error ?? ''}` };
  for (const passes of ['fold', 'prune', 'factor', 'order', 'eager', ...(needs_pushdown(query, sql, peers.row_count) ? ['fold,factor,eager,order,prune'] : ['pushdown', 'fold,factor,pushdown,eager,order,prune'])].slice(-2)) {
    const plain = await peers.two.ask(sql, passes);
    if (!same(plain)) return { kind: `passes ${passes}`, text: `without ${passes} the answer is another: ${plain.error ?? ''}` };
  }
  counts.with_rows += theirs.rows.length > 0;
  return { kind: null };
}

// Leaves out what makes DuckDB's answer empty, most of the time: empty answers are all alike.
async function query_relax(peers, query, random) {
  for (let tries = 6; tries > 0 && query.kind === 'select' && random.chance(0.9); tries--) {
    const { rows } = await duckdb_ask(peers, query_text(query, { duck: true }));
    if (!rows || rows.length) return;
    const joins = query.from.joins.filter((join) => join.kind === 'INNER');
    if (query.limit === 0) query.limit = 10;
    else if (query.offset) query.offset = 0;
    else if (query.having) query.having = null;
    else if (query.where.length && !has_comma(query)) query.where.splice(random.below(query.where.length), 1);
    else if (joins.length) random.pick(joins).kind = 'LEFT';
    else return;
  }
}

const counts = { passed: 0, failed: 0, skipped: 0, with_rows: 0 };

async function query_test(peers, query, place) {
  const found = await query_try(peers, query);
  if (found.kind === null) return counts.passed++;
  if (found.kind === 'skip') {
    counts.skipped++;
    if (options.verbose) console.log(`skipped: ${found.text}\n  ${query_text(query, { duck: false })}`);
    return;
  }
  counts.failed++;
  const small = await query_shrink(query, async (candidate) => (await query_try(peers, candidate).catch(() => ({ kind: 'broken' }))).kind === found.kind, SHRINK_TRIES);
  const last = await query_try(peers, small);
  console.log(`not ok - ${place}\n  ${last.text}\n  ${query_text(small, { duck: false })};`);
  if (query_text(small, { duck: true }) !== query_text(small, { duck: false })) console.log(`  DuckDB: ${query_text(small, { duck: true })};`);
}

async function world_test(seed, row_count, query_count, number) {
  const random = new Random(seed), folder = join(options.work, `${number}`);
  rmSync(folder, { recursive: true, force: true });
  const world = world_make(random, row_count, folder);
  const peers = await peers_start(world);
  const started = Date.now();
  for (let i = 0; i < query_count; i++) {
    const own = new Random(seed * 7919 + i), query = new Generator(own, world).statement();
    await query_relax(peers, query, own);
    await query_test(peers, query, `seed ${seed}, rows ${row_count}, query ${i + 1}`);
    if (peers.one.code !== undefined || peers.two.code !== undefined) throw new Error(`a server died:\n${peers.one.errors}\n${peers.two.errors}`);
  }
  console.log(`# ${row_count} rows, seed ${seed}: ${query_count} queries in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  await Promise.all([peers.one.stop(), peers.two.stop()]);
  peers.duckdb.closeSync();
  if (!options.keep) rmSync(folder, { recursive: true, force: true });
}

const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9));
const random = new Random(seed), total = Number(options.queries);
const weights = SIZES.reduce((sum, [weight]) => sum + weight, 0);
console.log(`# seed ${seed}, ${total} queries`);
mkdirSync(options.work, { recursive: true });
const sizes = options.rows ? [[weights, [Number(options.rows)]]] : SIZES;
let number = 0, asked = 0, weight_sum = 0;
for (const [weight, choices] of sizes) {
  weight_sum += weight;
  const upto = Math.round((total * weight_sum) / weights);
  try {
    if (upto > asked) await world_test(options.rows ? seed : seed + number, random.pick(choices), upto - asked, number);
  } catch (cause) {
    counts.failed++;
    console.log(`not ok - seed ${seed + number}: ${cause.stack}`);
  }
  asked = upto;
  number++;
}
console.log(`# ${counts.with_rows} answers have rows`);
if (counts.skipped) console.log(`# ${counts.skipped} queries are beyond DuckDB or both engines and were not compared; --verbose shows them`);
if (counts.skipped > 2 + total * SKIPPED_MAX) {
  counts.failed++;
  console.log('not ok - too many queries were not compared');
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed ? 1 : 0;
