/*
 * Random correlated subqueries and laterals (correlated_generate.mjs) over small tables (world_correlated.mjs), answered by
 * Tessera and by DuckDB, and by PostgreSQL where one is at hand.
 *
 *   node tests/equiv/correlated.mjs [--queries N] [--seed S] [--oracles duckdb,postgres] [--tessera PROGRAM] [--work FOLDER] [--verbose]
 *
 * ./check equiv runs some hundred against DuckDB. By hand, with a PostgreSQL 15 whose server psql finds by PGHOST, PGPORT,
 * PGUSER and PGDATABASE (it makes and drops a schema tessera_correlated):
 *
 *   PGHOST=/tmp PGUSER=postgres node tests/equiv/correlated.mjs --queries 20000 --seed 1 --oracles duckdb,postgres --tessera build/release/web/tessera
 *
 * Rows of a statement without ORDER BY over all its outputs are compared in an order of their own. In Tessera the answer must be the same
 * with two threads and without rewrite passes. A failure is shrunk and printed with its seed.
 *
 * The oracles' own differences, which are counted and not failures (--verbose shows each):
 *   - DuckDB refuses some forms (a correlated LIMIT below another subquery, LEFT JOIN LATERAL on a condition) and has internal errors:
 *     a statement that an oracle cannot run is compared with the other one alone.
 *   - DuckDB's answer changes with its optimiser switched off: the plain one counts.
 *   - Where PostgreSQL answers as Tessera and DuckDB does not, the difference is DuckDB's.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { duckdb_open, duckdb_query } from '../../bench/peers/duckdb.mjs';
import { answers_differ, csv_parse, lines_sorted, rows_canonical } from './answers.mjs';
import { CorrelatedGenerator } from './correlated_generate.mjs';
import { Postgres } from './postgres.mjs';
import { Random } from './random.mjs';
import { program_run, Server } from './server.mjs';
import { query_shrink } from './shrink.mjs';
import { query_outputs } from './sql_generate.mjs';
import { query_text } from './sql_text.mjs';
import { world_correlated_make } from './world_correlated.mjs';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options } = parseArgs({ options: {
  queries: { type: 'string', default: '300' }, seed: { type: 'string' }, oracles: { type: 'string', default: 'duckdb' },
  tessera: { type: 'string', default: join(home, 'build/dev/web/tessera') }, work: { type: 'string', default: join(home, 'build/check/correlated') },
  verbose: { type: 'boolean', default: false } } });

const WORLD_QUERIES = 200; // of one world
const SHRINK_TRIES = 400;
const TIMEOUT = '4s'; // of a statement: a query around is asked anew for each reference to it, so that deep nests may be large
const PASSES = ['pushdown', 'fold,factor,pushdown,prune'];
const counts = { passed: 0, failed: 0 }, notes = new Map();

const note = (text) => notes.set(text, (notes.get(text) ?? 0) + 1);

class DuckDB {
  name = 'DuckDB';
  async start(statements) {
    this.connection = await duckdb_open({ threads: 1 });
    for (const statement of statements) await this.connection.run(statement);
    return this;
  }

  async ask_sql(sql) {
    try {
      return { rows: await duckdb_query(this.connection, sql) };
    } catch (cause) {
      return { error: cause.message.split('\n')[0] };
    }
  }

  // The plain plan answers too: where the two differ, it is right.
  async ask(query, fits) {
    const sql = query_text(query, { duck: true }), answer = await this.ask_sql(sql);
    if (answer.rows && fits(answer.rows)) return answer;
    await this.connection.run('pragma disable_optimizer');
    const plain = await this.ask_sql(sql);
    await this.connection.run('pragma enable_optimizer');
    return plain.rows ? plain : answer;
  }

  stop() {
    this.connection.closeSync();
  }
}

class PostgresOracle {
  name = 'PostgreSQL';
  async start(statements) {
    this.session = await new Postgres().start('tessera_correlated', statements);
    return this;
  }

  async ask(query) {
    const types = query_outputs(query).map(({ e }) => e.t);
    const { rows, error } = await this.session.ask(query_text(query, { duck: false }));
    return error ? { error } : { rows: rows.map((row) => row.map((value, i) => (types[i].k === 'bool' && value !== null ? String(value === 't') : value))) };
  }

  stop() {
    return this.session.stop();
  }
}

const is_limit = (error) => /time limit|memory|the plan has more than/i.test(error ?? '');

// {kind, text}: kind is null (equal), 'skip', or what failed.
async function query_try(peers, query) {
  const sql = query_text(query, { duck: false }), ours = await peers.one.ask(sql);
  const types = query_outputs(query).map(({ e }) => e.t), ordered = query.order?.length === types.length;
  const rows = ours.error ? null : rows_canonical(csv_parse(ours.csv).slice(1), types);
  const differ = (theirs) => (rows ? answers_differ(rows, rows_canonical(theirs, types), types, ordered) : 'an error');
  if (is_limit(ours.error)) return { kind: 'skip', text: 'Tessera meets its limit', detail: ours.error };
  const answers = [];
  for (const oracle of peers.oracles) answers.push({ name: oracle.name, ...(await oracle.ask(query, (theirs) => !differ(theirs))) });
  const judges = answers.filter((answer) => answer.rows);
  if (!judges.length) return { kind: 'skip', text: ours.error ? 'all fail' : `${answers.map((a) => a.name).join(' and ')} cannot run it`, detail: [ours.error, ...answers.map((a) => a.error)].join(' | ') };
  if (ours.error) return { kind: `error ${ours.error.replace(/[\d"'].*/, '')}`, text: `error: ${ours.error}` };
  const against = judges.map(({ name, rows: theirs }) => ({ name, difference: differ(theirs) })).filter(({ difference }) => difference);
  if (against.some(({ name }) => name === 'PostgreSQL') || (against.length && judges.length === against.length))
    return { kind: 'rows', text: against.map(({ name, difference }) => `${difference.replaceAll('DuckDB', name)}`).join('; ') };
  for (const { name, difference } of against) return { kind: 'other', text: `${name} differs, PostgreSQL agrees`, detail: difference };
  const same = (answer) => answer.csv !== undefined && (ordered ? answer.csv === ours.csv : lines_sorted(answer.csv) === lines_sorted(ours.csv));
  const two = await peers.two.ask(sql);
  if (is_limit(two.error)) return { kind: 'skip', text: 'Tessera meets its limit', detail: two.error };
  if (!same(two)) return { kind: 'threads', text: `two threads give another answer: ${two.error ?? ''}` };
  for (const passes of PASSES) {
    const plain = await peers.two.ask(sql, passes);
    if (!same(plain) && !is_limit(plain.error)) return { kind: `passes ${passes}`, text: `without ${passes} the answer is another: ${plain.error ?? ''}` };
  }
  counts.with_rows = (counts.with_rows ?? 0) + (rows.length > 0);
  for (const { name, error } of answers) if (error) note(`${name} cannot run it`);
  return { kind: null };
}

async function query_test(peers, query, place) {
  const found = await query_try(peers, query);
  if (found.kind === null) return counts.passed++;
  if (found.kind === 'skip' || found.kind === 'other') {
    note(found.text);
    if (found.kind === 'other') counts.passed++;
    if (options.verbose) console.log(`# ${place}: ${found.text}: ${found.detail}\n  ${query_text(query, { duck: false })}`);
    return;
  }
  counts.failed++;
  const small = await query_shrink(query, async (candidate) => (await query_try(peers, candidate).catch(() => ({ kind: 'broken' }))).kind === found.kind, SHRINK_TRIES);
  console.log(`not ok - ${place}\n  ${(await query_try(peers, small)).text}\n  ${query_text(small, { duck: false })};`);
}

async function world_test(seed, query_count) {
  const folder = join(options.work, `${seed}`), store = join(folder, 'store');
  rmSync(folder, { recursive: true, force: true });
  const world = world_correlated_make(new Random(seed), folder);
  await program_run(options.tessera, ['load', '--model', world.model, '--data', folder, '--out', store, '--quiet']);
  const [one, two] = await Promise.all([1, 2].map((threads) => new Server().start(options.tessera, store, threads, TIMEOUT)));
  const oracles = [];
  for (const name of options.oracles.split(',')) oracles.push(await (name === 'postgres' ? new PostgresOracle() : new DuckDB()).start(world.statements[name]));
  const peers = { one, two, oracles };
  for (let i = 0; i < query_count; i++) {
    const query = new CorrelatedGenerator(new Random(seed * 7919 + i), world).statement();
    await query_test(peers, query, `seed ${seed}, query ${i + 1}`);
    if (one.code !== undefined || two.code !== undefined) throw new Error(`a server died at\n${query_text(query, { duck: false })}\n${one.errors}\n${two.errors}`);
  }
  await Promise.all([one.stop(), two.stop(), ...oracles.map((oracle) => oracle.stop())]);
  rmSync(folder, { recursive: true, force: true });
}

const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9)), total = Number(options.queries);
console.log(`# correlated: seed ${seed}, ${total} queries, oracles ${options.oracles}`);
mkdirSync(options.work, { recursive: true });
for (let asked = 0, number = 0; asked < total; asked += WORLD_QUERIES, number++) {
  try {
    await world_test(seed + number, Math.min(WORLD_QUERIES, total - asked));
  } catch (cause) {
    counts.failed++;
    console.log(`not ok - seed ${seed + number}: ${cause.stack}`);
  }
}
console.log(`# ${counts.with_rows ?? 0} answers have rows`);
for (const [text, count] of notes) console.log(`# ${text}: ${count}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
