// Tessera as the bench sees it: its command line, nothing else.
//
//   tessera load --model FILE --data DIR --out STORE --threads N       prints "...; 8.12 s in all."
//   tessera sql STORE "SELECT ..." --format json --threads N
//       {"columns": [{"name", "type"}], "rows": [[...], ...], "row_count": n}
//   tessera info STORE --format json
//       {"tables": [{"name", "row_count", "column_bytes", "materialised_bytes", "projection_bytes",
//                    "key_index_bytes", ...}], ...}
//   tessera generate --out DIR --scale S --seed N --threads N
//   tessera --version
// A failure is an exit code other than 0 with a message on standard error.
import { fail, root_folder } from './common.mjs';
import { process_measure } from './process.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const tessera_default = join(root_folder, 'build/release/web/tessera');

export function tessera_check(program) {
  if (!existsSync(program))
    fail(`${program} is missing; build it (cmake --preset release && cmake --build --preset release), ` +
         'name another with --tessera, or measure the peer alone with --only duckdb');
}

// Runs and insists on success.
export async function tessera_run(program, args) {
  const run = await process_measure(program, args);
  if (run.code !== 0)
    fail(`${[program, ...args].join(' ')}\nended with ${run.code}: ${(run.stderr || run.stdout).trim()}`);
  return run;
}

// Integers too long for a double become texts, all digits kept.
export function json_parse(text, what) {
  try {
    return JSON.parse(text.replace(/([[,:])(-?\d{16,})(?=[,\]}])/g, '$1"$2"'));
  } catch (error) {
    return fail(`${what} did not print JSON (${error.message}): ${text.slice(0, 200)}`);
  }
}

// Rows as arrays of values, in the order of the select list.
export async function tessera_query(program, store, sql, threads) {
  const run = await tessera_run(program, ['sql', store, sql, '--format', 'json', '--threads', `${threads}`]);
  const { rows } = json_parse(run.stdout, 'tessera sql');
  if (!Array.isArray(rows)) fail(`tessera sql: no "rows" in ${run.stdout.slice(0, 200)}`);
  return rows;
}

// What a table takes in memory, as tessera info tells it.
export async function tessera_table_info(program, store, table) {
  const run = await tessera_run(program, ['info', store, '--format', 'json']);
  const found = json_parse(run.stdout, 'tessera info').tables?.find((t) => t.name === table);
  return found ?? fail(`tessera info: no table ${table} in ${store}`);
}

export async function tessera_version(program) {
  const run = await process_measure(program, ['--version']);
  return run.code === 0 ? run.stdout.trim().split('\n')[0] : 'tessera';
}
