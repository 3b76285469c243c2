// The generator bench: how fast `tessera generate` makes the demo chain, in sale lines a second.
import {
  count_text, data_folder, fail, load_average, machine_describe, machine_text, options_parse,
  result_write, spread, table_print,
} from '../support/common.mjs';
import { tessera_check, tessera_default, tessera_run } from '../support/tessera.mjs';
import { createReadStream, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const summary = 'the demo chain: sale lines a second';

const usage = `usage: bench/run generate [options]

Runs \`tessera generate\` into a folder of bench/data several times, counts the sale lines in what it
wrote, and prints lines a second by the wall clock of the whole process. The files are deleted.

options:`;

const options = {
  scale: { default: 0.1, help: '1 is about 30 million sale lines' },
  seed: { default: 1, whole: true, help: 'of the chain' },
  threads: { default: 2, whole: true, help: 'threads' },
  runs: { default: 3, whole: true, help: 'how often' },
  table: { default: 'sales', help: 'table whose lines are counted: sales.csv, sales-2023.csv, ...' },
  tessera: { default: tessera_default, help: 'the program' },
  json: { default: null, help: 'result file (default bench/data/results/generate-TIME.json)' },
};

async function lines_count(file) {
  let lines = -1; // the header
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }))
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  return lines;
}

// Every file below the folder; the chain has subfolders (late rows, truth).
function files_list(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files_list(path) : [path];
  });
}

// -> {lines, bytes}: of the table's files (sales-2023.csv, late/sales-late.csv), of all files.
async function folder_measure(folder, table) {
  let lines = 0, bytes = 0, found = false;
  for (const file of files_list(folder)) {
    bytes += statSync(file).size;
    const name = basename(file);
    if (!(name.startsWith(`${table}-`) || name.startsWith(`${table}.`)) || !name.endsWith('.csv')) continue;
    found = true;
    lines += await lines_count(file);
  }
  if (!found) fail(`tessera generate wrote no ${table}*.csv into ${folder}`);
  return { lines, bytes };
}

export async function main(argv) {
  const values = options_parse(argv, usage, options);
  tessera_check(values.tessera);
  const machine = machine_describe();
  console.log(`generate: demo chain, scale ${values.scale}, ${values.threads} threads\n${machine_text(machine)}`);
  const folder = join(data_folder, `demo-${values.scale}-bench`);
  const runs = [];
  let written;
  for (let i = 0; i < values.runs; i++) {
    rmSync(folder, { recursive: true, force: true });
    const load_before = load_average();
    const run = await tessera_run(values.tessera, ['generate', '--out', folder, '--scale', `${values.scale}`,
      '--seed', `${values.seed}`, '--threads', `${values.threads}`]);
    const now = await folder_measure(folder, values.table);
    if (written && (now.lines !== written.lines || now.bytes !== written.bytes))
      fail(`run ${i + 1} wrote ${now.lines} lines, ${now.bytes} bytes; run 1: ${written.lines}, ${written.bytes}: not reproducible`);
    written = now;
    runs.push({ seconds: run.seconds, peak_bytes: run.peak_bytes, load_before });
    console.log(`run ${i + 1}: ${run.seconds.toFixed(2)} s (load of the machine before: ${load_before})`);
  }
  rmSync(folder, { recursive: true, force: true });
  const seconds = spread(runs.map((r) => r.seconds));
  table_print([
    ['', 'median s', 'min', 'max', 'MB/s', 'peak MB'],
    ['tessera generate', seconds.median.toFixed(2), seconds.min.toFixed(2), seconds.max.toFixed(2),
      (written.bytes / seconds.median / 1e6).toFixed(0), (Math.max(...runs.map((r) => r.peak_bytes)) / 1e6).toFixed(0)],
  ]);
  const rate = written.lines / seconds.median;
  console.log(`generate: ${(rate / 1e6).toFixed(2)} million lines/s (${count_text(written.lines)} sale lines, median of ${values.runs}, scale ${values.scale})`);
  const file = result_write('generate', values.json, {
    machine, scale: values.scale, seed: values.seed, threads: values.threads, ...written, seconds, lines_a_second: Math.round(rate), runs,
  });
  console.log(`results: ${file}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
