// The load bench: the same CSV files into Tessera and into DuckDB, in turns, answers compared.
//
// Tessera's time is the whole process: start, read, encode, snapshot on disk, exit. DuckDB's is its
// CREATE TABLE statements into memory alone. So Tessera does more in its time than DuckDB in its own.
import {
  bench_folder, count_text, data_folder, fail, load_average, machine_describe, machine_text,
  options_parse, result_write, spread, statements_read, table_print,
} from '../support/common.mjs';
import { answers_difference } from '../support/answers.mjs';
import { process_measure } from '../support/process.mjs';
import {
  tessera_check, tessera_default, tessera_query, tessera_run, tessera_table_info, tessera_version,
} from '../support/tessera.mjs';
import { duckdb_variants, duckdb_version } from '../peers/duckdb.mjs';
import { ssb_data_ensure, ssb_tables } from '../ssb/data.mjs';
import { createReadStream, existsSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const summary = 'CSV into memory: the Star Schema Benchmark, beside DuckDB';

const usage = `usage: bench/run load [options]

Loads the Star Schema Benchmark's five CSV files (generated when missing) into Tessera and into DuckDB
in memory, in turns, checks that both then answer alike, and prints medians. Scale 5 needs 3.1 GB of
disk and, with DuckDB, 6 GiB of memory.

options:`;

const options = {
  scale: { default: 5, help: 'scale factor: 1 is 6 million line orders, 0.61 GB of CSV' },
  threads: { default: 2, whole: true, help: 'threads of each engine' },
  runs: { default: 3, whole: true, help: 'loads of each engine' },
  seed: { default: 1, whole: true, help: 'of the data' },
  only: { default: 'both', help: 'tessera or duckdb: measure one alone; nothing to compare then' },
  variants: { default: Object.keys(duckdb_variants).join(), help: "of DuckDB; the one with the best median counts" },
  model: { default: join(bench_folder, 'ssb', 'model.yaml'), help: "Tessera's model" },
  tessera: { default: tessera_default, help: 'the program' },
  generator: { default: null, help: 'another ssb_generate' },
  json: { default: null, help: 'result file (default bench/data/results/load-TIME.json)' },
};

const answers_file = join(bench_folder, 'load', 'answers.sql');

// The first reading of a file is the disk's affair, not the engine's.
async function files_warm(folder) {
  for (const { file } of Object.values(ssb_tables))
    for await (const chunk of createReadStream(join(folder, file), { highWaterMark: 1 << 20 })) void chunk;
}

function engines_choose(values) {
  if (!['both', 'tessera', 'duckdb'].includes(values.only)) fail('--only must be tessera or duckdb');
  const engines = [];
  if (values.only !== 'duckdb') engines.push({ key: 'tessera', title: 'tessera', load: tessera_load });
  if (values.only === 'tessera') return engines;
  for (const variant of values.variants.split(',')) {
    if (!duckdb_variants[variant])
      fail(`--variants ${variant}: there are ${Object.keys(duckdb_variants).join(', ')}`);
    engines.push({ key: `duckdb-${variant}`, title: `duckdb, ${duckdb_variants[variant].title}`, load: duckdb_load, variant });
  }
  return engines;
}

async function tessera_load(engine, values, data) {
  const store = join(data_folder, 'stores', `ssb-${values.scale}`);
  rmSync(store, { recursive: true, force: true });
  const run = await tessera_run(values.tessera, [
    'load', '--model', values.model, '--data', data.folder, '--out', store, '--threads', `${values.threads}`,
  ]);
  const printed = run.stdout.trim();
  const reported = /([\d.]+) s in all/.exec(printed); // its own clock, if it says
  return { seconds: run.seconds, reported_seconds: reported ? Number(reported[1]) : null, peak_bytes: run.peak_bytes, printed, store };
}

async function duckdb_load(engine, values, data) {
  const first = !engine.runs.length; // answers are the same each time; asking takes long
  const request = { folder: data.folder, threads: values.threads, variant: engine.variant, answers_file: first ? answers_file : null };
  const child = join(bench_folder, 'load', 'duckdb_child.mjs');
  const run = await process_measure(process.execPath, [child, JSON.stringify(request)]);
  if (run.code !== 0) fail(`DuckDB (${engine.variant}) ended with ${run.code}: ${run.stderr.trim()}`);
  const reply = JSON.parse(run.stdout);
  if (first) engine.answers = reply.answers;
  return { seconds: reply.seconds, peak_bytes: reply.peak_bytes, tables: reply.tables };
}

// Round by round; each round starts with another engine, so that none is always first.
async function engines_run(engines, values, data) {
  for (const engine of engines) engine.runs = [];
  for (let round = 0; round < values.runs; round++) {
    const order = engines.map((_, i) => engines[(i + round) % engines.length]);
    for (const engine of order) {
      const load_before = load_average();
      const run = await engine.load(engine, values, data);
      engine.runs.push({ ...run, load_before });
      const own = run.reported_seconds ? `, by its own clock ${run.reported_seconds.toFixed(2)} s` : '';
      console.log(`run ${round + 1}: ${engine.title}: ${run.seconds.toFixed(2)} s${own} (load of the machine before: ${load_before})`);
    }
  }
}

function answers_compare(sql, name_a, a, name_b, b) {
  const difference = answers_difference(a, b);
  if (difference)
    fail(`the answers differ in row ${difference.row} of\n${sql}\n${name_a}: ${difference.a}\n${name_b}: ${difference.b}`);
}

// Every engine against the first DuckDB variant; returns the number of queries.
async function answers_verify(engines, values) {
  const statements = statements_read(answers_file);
  const [base, ...others] = engines.filter((e) => e.answers);
  const tessera = engines.find((e) => e.key === 'tessera');
  for (const [i, sql] of statements.entries()) {
    for (const other of others) answers_compare(sql, base.title, base.answers[i], other.title, other.answers[i]);
    if (!tessera) continue;
    const rows = await tessera_query(values.tessera, tessera.runs.at(-1).store, sql, values.threads);
    if (base) answers_compare(sql, 'tessera', rows, base.title, base.answers[i]);
  }
  return statements.length;
}

function row_count_check(engine, rows, data) {
  const counted = Number(rows[0][0]);
  if (counted !== data.rows.lineorder)
    fail(`${engine} holds ${counted} line orders, the file ${data.rows.lineorder}`);
}

function engines_print(engines, data) {
  const rows = [['', 'median s', 'min', 'max', 'M lines/s', 'MB/s', 'peak MB']];
  for (const engine of engines) {
    engine.seconds = spread(engine.runs.map((r) => r.seconds));
    engine.peak_bytes = Math.max(...engine.runs.map((r) => r.peak_bytes));
    const { median, min, max } = engine.seconds;
    rows.push([engine.title, median.toFixed(2), min.toFixed(2), max.toFixed(2),
      (data.rows.lineorder / median / 1e6).toFixed(2), (data.bytes / median / 1e6).toFixed(0),
      (engine.peak_bytes / 1e6).toFixed(0)]);
  }
  table_print(rows);
}

// Bytes a line of lineorder in memory: its columns, and apart what Tessera adds for speed.
async function size_print(engines, values) {
  const tessera = engines.find((e) => e.key === 'tessera');
  if (!tessera) return null;
  const info = await tessera_table_info(values.tessera, tessera.runs.at(-1).store, 'lineorder');
  const a_line = (bytes) => +((bytes ?? 0) / info.row_count).toFixed(2);
  const size = {
    columns: a_line(info.column_bytes), materialised: a_line(info.materialised_bytes),
    projections: a_line(info.projection_bytes), key_index: a_line(info.key_index_bytes),
  };
  console.log(`tessera: lineorder takes ${size.columns} bytes a line in memory; apart: materialised codes ` +
              `${size.materialised}, projections ${size.projections}, key index ${size.key_index}`);
  return size;
}

// The closing line; null when there is nothing to compare.
function verdict_print(engines, values) {
  const tessera = engines.find((e) => e.key === 'tessera');
  const peers = engines.filter((e) => e.key !== 'tessera').sort((a, b) => a.seconds.median - b.seconds.median);
  if (!tessera || !peers.length) return null;
  const ratio = peers[0].seconds.median / tessera.seconds.median;
  console.log(`load: ${ratio.toFixed(1)}x duckdb (median of ${values.runs}, scale ${values.scale})`);
  return { against: peers[0].key, ratio: +ratio.toFixed(3) };
}

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  const engines = engines_choose(values);
  if (engines[0].key === 'tessera') {
    tessera_check(values.tessera);
    if (!existsSync(values.model)) fail(`${values.model} is missing`);
  }
  const data = await ssb_data_ensure(values);
  const machine = machine_describe();
  const versions = {};
  if (engines[0].key === 'tessera') versions.tessera = await tessera_version(values.tessera);
  if (values.only !== 'tessera') versions.duckdb = await duckdb_version();
  console.log(`load: SSB scale ${values.scale}, ${count_text(data.rows.lineorder)} line orders, ` +
              `${(data.bytes / 1e9).toFixed(2)} GB of CSV; ${values.threads} threads`);
  console.log(`${machine_text(machine)}; ${Object.entries(versions).map(([k, v]) => `${k} ${v.replace(/^tessera /, '')}`).join(', ')}`);
  await files_warm(data.folder);
  await engines_run(engines, values, data);
  engines_print(engines, data);
  const query_count = await answers_verify(engines, values);
  const compared = engines.length > 1;
  for (const engine of engines) if (engine.answers) row_count_check(engine.title, engine.answers[0], data);
  console.log(compared ? `answers: ${query_count} queries agree` : 'answers: not compared (one engine)');
  const bytes_a_line = await size_print(engines, values);
  const verdict = verdict_print(engines, values);
  const file = result_write('load', values.json, {
    machine, versions, scale: values.scale, seed: values.seed, threads: values.threads,
    rows: data.rows, csv_bytes: data.bytes, tessera_bytes_a_line: bytes_a_line, verdict,
    engines: engines.map(({ key, title, seconds, peak_bytes, runs }) => ({ key, title, seconds, peak_bytes, runs })),
  });
  console.log(`results: ${file}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
