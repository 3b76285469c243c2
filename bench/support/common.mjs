// What every suite needs: paths, options, errors, medians, tables, the machine, result files.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const bench_folder = dirname(dirname(fileURLToPath(import.meta.url)));
export const root_folder = dirname(bench_folder);
export const data_folder = join(bench_folder, 'data');

// A reader that stops early (`... | head`) is no fault.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

export function fail(message) {
  console.error(`bench: ${message}`);
  process.exit(1);
}

// options: name -> {default, help, whole}. The type of the default (number or string) is the
// option's; null is an optional string; whole: integers only. --help prints `usage` and the options.
export function options_parse(argv, usage, options) {
  const strings = Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' }]));
  let given;
  try {
    given = parseArgs({ args: argv, options: { ...strings, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    fail(`${error.message.split('\n')[0]}; see --help`);
  }
  if (given.values.help) {
    console.log(usage);
    for (const [name, option] of Object.entries(options)) {
      const fallback = option.default === null ? '' : ` (default ${option.default})`;
      console.log(`  --${name.padEnd(12)} ${option.help}${fallback}`);
    }
    process.exit(0);
  }
  const values = {};
  for (const [name, option] of Object.entries(options)) {
    const text = given.values[name];
    values[name] = text === undefined ? option.default : text;
    if (typeof option.default !== 'number') continue;
    values[name] = Number(values[name]);
    if (!(values[name] > 0)) fail(`--${name} ${text}: must be a number above 0`);
    if (option.whole && !Number.isInteger(values[name])) fail(`--${name} ${text}: must be a whole number`);
  }
  return values;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const spread = (numbers) => ({
  median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers),
});

export const count_text = (n) => Math.round(n).toLocaleString('en-US');

// Rows of cells, the first one the heading; first column left, the others right.
export function table_print(rows) {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  for (const row of rows)
    console.log('  ' + row.map((cell, c) => (c ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join('  '));
}

function git(...args) {
  try {
    return execFileSync('git', ['-C', root_folder, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

// Where and what was measured; goes into every result file.
export function machine_describe() {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cpus: os.cpus().length,
    memory_gib: +(os.totalmem() / 2 ** 30).toFixed(1),
    kernel: os.release(),
    node: process.version,
    commit: git('rev-parse', '--short=12', 'HEAD') || 'unknown',
    modified: git('status', '--porcelain', '--untracked-files=no') !== '',
  };
}

export const machine_text = (m) =>
  `${m.cpu}, ${m.cpus} CPUs, ${m.memory_gib} GiB, Linux ${m.kernel}; commit ${m.commit}${m.modified ? ' (modified)' : ''}`;

// The load of the machine by others shows here: near 0 before a run that is to count.
export const load_average = () => +os.loadavg()[0].toFixed(2);

// Writes bench/data/results/SUITE-TIME.json, or `path`; returns the path for messages.
export function result_write(suite, path, result) {
  const time = new Date().toISOString();
  const file = path ?? join(data_folder, 'results', `${suite}-${time.replace(/[:.]/g, '-')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ suite, time, ...result }, null, 1) + '\n');
  return relative(process.cwd(), file);
}

// Statements of a text file, separated by semicolons at line ends; lines of comment are dropped.
export function statements_read(path) {
  const text = readFileSync(path, 'utf8').replace(/^--.*\n/gm, '');
  return text.split(/;\s*\n/).map((s) => s.trim()).filter(Boolean);
}
