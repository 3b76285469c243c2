// The speed gate: how many instructions each query of the suites executes, against those kept in gate.json. Instructions
// and not times, for they are the same on a busy machine: callgrind counts them, with one thread and AVX2, which is the
// widest that valgrind knows. What reading the store takes is measured apart and taken off.
import { bench_folder, data_folder, fail, options_parse, table_print } from '../support/common.mjs';
import { tessera_check, tessera_default, tessera_run } from '../support/tessera.mjs';
import { query_names, query_suites, query_text } from '../queries/suites.mjs';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const summary = 'instructions of each query against those of the last release: what became slower, by name';

const usage = `usage: bench/run gate [options]

Loads the data of the suites of queries, counts the instructions of each query (valgrind --tool=callgrind, one thread), and
fails where one takes more than --limit percent, and more than a million, above what bench/gate/gate.json says. Needs valgrind. Counts differ between
compilers: write the file anew with the build that is to be compared against.

options:`;

const options = {
  scale: { default: 0.05, help: 'scale factor of the data; another than that of gate.json is only told' },
  suites: { default: 'ssb,loyalty,operators,tpch,adhoc', help: 'separated by commas' },
  limit: { default: 15, help: 'percent that a query may take more' },
  write: { default: null, help: 'yes: write gate.json instead of comparing' },
  seed: { default: 1, whole: true, help: 'of the data' },
  jobs: { default: 2, whole: true, help: 'queries at once' },
  tessera: { default: tessera_default, help: 'the program' },
};

// What reading a store takes differs by so much from one process to the next.
const NOISE = 1e6;

const file = join(bench_folder, 'gate', 'gate.json');

// Instructions of `tessera sql`, the whole process; its answer goes nowhere.
function instructions_count(program, store, text) {
  const sql = text.replace(/^--.*\n/gm, ''); // an argument that begins so would be an option
  const args = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program, 'sql', store, sql, '--format', 'csv', '--threads', '1'];
  return new Promise((done) => {
    const child = spawn('valgrind', args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, TESSERA_SIMD: 'avx2' } });
    let text = '';
    child.on('error', (error) => fail(error.code === 'ENOENT' ? 'valgrind is not installed (Debian: apt-get install valgrind)' : error.message));
    child.stderr.on('data', (part) => (text += part));
    child.on('close', (code) => {
      const count = /Collected : (\d+)/.exec(text)?.[1];
      if (code || !count) fail(`valgrind ${args.join(' ')}\nended with ${code}: ${text.trim().slice(-2000)}`);
      done(Number(count));
    });
  });
}

async function store_make(program, suite, { scale, seed }) {
  const about = query_suites[suite], { folder } = await about.data_ensure({ scale, seed }), store = `${folder}-gate`;
  if (!existsSync(join(store, 'MANIFEST')))
    await tessera_run(program, ['load', '--model', typeof about.model === 'function' ? about.model() : about.model, '--data', folder, '--out', store, '--quiet']);
  return store;
}

// Runs the tasks, `jobs` at once.
async function tasks_run(tasks, jobs) {
  const worker = async () => {
    for (let task; (task = tasks.shift()); ) await task();
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

async function measure(values) {
  const counts = {}, bases = {}, tasks = [];
  for (const suite of values.suites.split(',')) {
    if (!query_suites[suite]) fail(`--suites ${suite}: there are ${Object.keys(query_suites).join(', ')}`);
    const store = await store_make(values.tessera, suite, values);
    bases[suite] = await instructions_count(values.tessera, store, 'select 1');
    for (const name of query_names(suite)) {
      counts[`${suite} ${name}`] = 0; // the order of the table
      tasks.push(async () => {
        counts[`${suite} ${name}`] = (await instructions_count(values.tessera, store, query_text(suite, name, 'tessera', values.scale))) - bases[suite];
      });
    }
  }
  await tasks_run(tasks, values.jobs);
  return counts;
}

const millions = (count) => (count / 1e6).toFixed(1);

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  const counts = await measure(values);
  if (values.write) {
    writeFileSync(file, JSON.stringify({ scale: values.scale, seed: values.seed, instructions: counts }, null, 1) + '\n');
    return console.log(`gate: ${Object.keys(counts).length} queries written to ${file}`);
  }
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : fail(`${file} is missing; write it: bench/run gate --write yes`);
  const alike = kept.scale === values.scale && kept.seed === values.seed;
  const rows = [['million instructions', 'now', 'kept', 'more']], slower = [], unknown = [];
  for (const [name, count] of Object.entries(counts)) {
    const before = alike ? kept.instructions[name] : undefined;
    if (alike && !before) unknown.push(name);
    const percent = before ? (count / before - 1) * 100 : NaN;
    if (percent > values.limit && count - before > NOISE) slower.push(`${name} (${percent.toFixed(0)} %)`);
    rows.push([name, millions(count), before ? millions(before) : '-', before ? `${percent.toFixed(1)} %` : '-']);
  }
  table_print(rows);
  if (!alike) return console.log(`gate: scale ${values.scale}, seed ${values.seed} is not that of ${file}: nothing was compared`);
  if (unknown.length) console.log(`gate: not in ${file} yet: ${unknown.join(', ')}`);
  if (slower.length) fail(`more than ${values.limit} % slower than ${file} says: ${slower.join(', ')}`);
  console.log(`gate: none of ${rows.length - 1} queries takes more than ${values.limit} % more instructions`);
}
